use std::{
    fs::{self, File},
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
/// On Windows the permissions are not checked: access lists there follow the user's profile folder.
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

/// Makes a folder, and those above it, for its owner's eyes only (on Unix: mode 0700). One that is there is left as it is.
///
/// # Errors
///
/// When it cannot be made.
pub fn make_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(path)
}
