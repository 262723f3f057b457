//! Access lists of Windows, which has no mode 0600.

use std::{
    env, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Whoever owns the file, the system, and the administrators, by the identifiers that are the same in every language of Windows.
const MAY: [&str; 3] = ["*S-1-3-4", "*S-1-5-18", "*S-1-5-32-544"];

/// Takes the rights of everyone else away from a file, or from a folder and what will be made in it. What lies in the user's profile
/// folder is left as it is, since Windows has closed that already.
pub(crate) fn close_to_others(path: &Path) -> io::Result<()> {
    let absolute = std::path::absolute(path)?;
    if in_the_profile(&absolute, env::var_os("USERPROFILE").map(PathBuf::from).as_deref()) {
        return Ok(());
    }
    // The tool of the system, by its full name, so that nothing of that name beside the program is run in its place.
    let system = env::var_os("SystemRoot").unwrap_or_else(|| "C:\\Windows".into());
    let mut command = Command::new(Path::new(&system).join("System32").join("icacls.exe"));
    command.arg(&absolute).arg("/inheritance:r");
    let reaches = if absolute.is_dir() { "(OI)(CI)F" } else { "F" };
    for who in MAY {
        command.arg("/grant:r").arg(format!("{who}:{reaches}"));
    }
    let ended = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    if ended.success() {
        Ok(())
    } else {
        Err(io::Error::other(format!(
            "{} could not be closed to other users of this machine: icacls ended with {ended}",
            absolute.display()
        )))
    }
}

/// Paths of Windows are the same in capitals and small letters.
fn in_the_profile(path: &Path, profile: Option<&Path>) -> bool {
    let lower = |path: &Path| PathBuf::from(path.as_os_str().to_ascii_lowercase());
    profile.is_some_and(|profile| lower(path).starts_with(lower(profile)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_users_own_folder_is_closed_already() {
        let profile = Some(Path::new("C:\\Users\\Rudo"));
        for (path, inside) in [
            ("c:\\users\\rudo\\till.db", true),
            ("C:\\Users\\Rudolf\\till.db", false),
            ("C:\\fh\\till.db", false),
            ("\\\\server\\share\\till.db", false),
        ] {
            assert_eq!(in_the_profile(Path::new(path), profile), inside, "{path}");
        }
        assert!(!in_the_profile(Path::new("C:\\fh\\till.db"), None));
    }

    #[test]
    fn a_file_outside_it_can_still_be_read_by_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "t").unwrap();
        close_to_others(&path).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "t");
    }
}
