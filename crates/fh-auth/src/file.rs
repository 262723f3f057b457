use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

/// No file of credentials is longer than this.
const MAX_BYTES: u64 = 64 * 1024;

/// Why a file that holds secrets was not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrivateFileError {
    /// It is not there or cannot be opened.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others can read or change it.
    #[error("{} holds secrets and others on this machine may read or change it (mode {mode:04o}); run: chmod 600 {}", path.display(), path.display())]
    NotPrivate {
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It is far too long to be what it should be.
    #[error("{} is longer than 64 KiB; it cannot be a file of credentials", path.display())]
    TooLong {
        /// Which file.
        path: PathBuf,
    },
}

/// Reads a text file that holds secrets, refusing one that others can read or change. The text is wiped when dropped.
///
/// On Windows the permissions are not checked: access lists there follow the user's profile folder, or were set by [`open_private`].
///
/// # Errors
///
/// When the file cannot be read, is not UTF-8, is not private (on Unix: any group or other permission), or is over 64 KiB.
pub fn read_private_file(path: &Path) -> Result<Zeroizing<String>, PrivateFileError> {
    let unreadable = |source| PrivateFileError::Unreadable {
        path: path.to_owned(),
        source,
    };
    // The permissions of the opened file are checked, not of the path, so that it cannot be swapped in between.
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o7777;
        if mode & 0o077 != 0 {
            return Err(PrivateFileError::NotPrivate {
                path: path.to_owned(),
                mode,
            });
        }
    }
    if metadata.len() > MAX_BYTES {
        return Err(PrivateFileError::TooLong { path: path.to_owned() });
    }
    // One allocation of the final size: growing would leave unwiped copies behind.
    let mut text = Zeroizing::new(String::with_capacity(MAX_BYTES as usize));
    file.take(MAX_BYTES).read_to_string(&mut text).map_err(unreadable)?;
    Ok(text)
}

/// Opens a file as `options` say, and where that makes it, makes it for its owner's eyes only.
///
/// On Unix a new file has mode 0600 from its first moment. On Windows the user's profile folder is closed to other users, and what is
/// made in it inherits that; a file that is made elsewhere gets an access list of its own (its owner, the system and the administrators)
/// as soon as it is there, before anything is written. A file that was there keeps the rights that it had.
///
/// # Errors
///
/// When it cannot be opened, or (on Windows) cannot be closed to others.
///
/// # Examples
///
/// ```
/// use std::{fs::OpenOptions, io::Write};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("buyers.csv");
/// let mut file = fh_auth::open_private(OpenOptions::new().write(true).create_new(true), &path)?;
/// writeln!(file, "Tendai")?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn open_private(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    #[cfg(windows)]
    let was_there = path.exists();
    let file = options.open(path)?;
    #[cfg(windows)]
    // A printer has no access list that we could set.
    if !was_there && file.metadata().is_ok_and(|found| found.is_file()) {
        crate::access::close_to_others(path)?;
    }
    Ok(file)
}

/// Makes a folder, and those above it, for its owner's eyes only (on Unix: mode 0700; on Windows: as [`open_private`] does). One that is
/// there is left as it is.
///
/// # Errors
///
/// When it cannot be made.
pub fn make_private_folder(path: &Path) -> io::Result<()> {
    #[cfg(windows)]
    let was_there = path.exists();
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    #[cfg(windows)]
    if !was_there {
        crate::access::close_to_others(path)?;
    }
    Ok(())
}
