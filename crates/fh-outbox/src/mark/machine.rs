//! Which machine this is, and where it keeps its state.

use std::{
    env,
    ffi::OsString,
    fs::{self, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

use fiscal_harmony::auth::{make_private_folder, open_private};
use sha2::{Digest, Sha256};

/// Names another folder for the marks.
const VARIABLE: &str = "FH_MARK_FOLDER";
/// Where systems keep a name of the machine that outlives its host name.
#[cfg(not(windows))]
const IDS: [&str; 3] = ["/etc/machine-id", "/var/lib/dbus/machine-id", "/etc/hostid"];
/// The file with a name of our own, where the system has none.
const OWN: &str = "machine";

/// The folder in which this machine keeps the state of the programs of this project: `fiscal-harmony` in `$XDG_STATE_HOME`, else in
/// `~/.local/state`; on Windows in `%LOCALAPPDATA%`. None where neither is known.
#[must_use]
pub fn state_folder() -> Option<PathBuf> {
    folder_of(|name| env::var_os(name).filter(|value| !value.is_empty()))
}

fn folder_of(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let folder = if cfg!(windows) {
        variable("LOCALAPPDATA").map(PathBuf::from)
    } else {
        variable("XDG_STATE_HOME")
            .map(PathBuf::from)
            .or_else(|| variable("HOME").map(|home| Path::new(&home).join(".local/state")))
    };
    Some(folder?.join("fiscal-harmony"))
}

/// Where marks are kept unless the program around says otherwise.
pub(crate) fn mark_folder() -> Option<PathBuf> {
    let named = env::var_os(VARIABLE)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from);
    named.or_else(|| Some(state_folder()?.join("marks")))
}

/// The name of this machine in a store: a hash, since the system's own name of it is nobody else's business.
///
/// `among_many` is for stores that many machines share: containers may have their machine's name from the same image, so the folder's
/// own name counts too, unless somebody chose one.
pub(crate) fn name_of(chosen: Option<&str>, folder: Option<&Path>, among_many: bool) -> String {
    let name = match chosen {
        Some(chosen) => format!("chosen {chosen}"),
        None => {
            let system = name_of_system();
            let own = || folder.and_then(|folder| own_name(folder).ok());
            match system {
                Some(system) if among_many => format!("system {system} {}", own().unwrap_or_default()),
                Some(system) => format!("system {system}"),
                None => format!("own {}", own().unwrap_or_default()),
            }
        }
    };
    let hash = Sha256::digest(format!("fiscal-harmony machine {name}"));
    hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(not(windows))]
fn name_of_system() -> Option<String> {
    IDS.iter().find_map(|path| read(Path::new(path)))
}

/// Windows makes it when it is installed; a cloned disk has its original's unless it was generalised.
#[cfg(windows)]
fn name_of_system() -> Option<String> {
    use winreg::{RegKey, enums::HKEY_LOCAL_MACHINE};
    let key = RegKey::predef(HKEY_LOCAL_MACHINE)
        .open_subkey("SOFTWARE\\Microsoft\\Cryptography")
        .ok()?;
    key.get_value::<String, _>("MachineGuid")
        .ok()
        .filter(|name| !name.trim().is_empty())
}

fn read(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let text = text.trim();
    (!text.is_empty() && text != "uninitialized").then(|| text.to_owned())
}

/// The random name that a folder of marks has, made when it has none.
fn own_name(folder: &Path) -> std::io::Result<String> {
    let path = folder.join(OWN);
    if let Some(name) = read(&path) {
        return Ok(name);
    }
    make_private_folder(folder)?;
    let name = fresh();
    match open_private(OpenOptions::new().write(true).create_new(true), &path) {
        Ok(mut file) => {
            file.write_all(name.as_bytes())?;
            file.sync_all()?;
            Ok(name)
        }
        // Another process was first.
        Err(_) => read(&path).ok_or_else(|| std::io::ErrorKind::InvalidData.into()),
    }
}

/// A name that nothing else has.
pub(crate) fn fresh() -> String {
    format!("{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_is_where_the_platform_keeps_it() {
        let home = |name: &str| (name == "HOME" || name == "LOCALAPPDATA").then(|| OsString::from("/home/rudo"));
        let folder = folder_of(home).unwrap();
        assert!(folder.ends_with("fiscal-harmony"), "{folder:?}");
        assert_eq!(folder_of(|_| None), None);
        if !cfg!(windows) {
            let state = |name: &str| (name == "XDG_STATE_HOME").then(|| OsString::from("/state"));
            assert_eq!(folder_of(state).unwrap(), Path::new("/state/fiscal-harmony"));
        }
    }

    #[test]
    fn a_chosen_name_is_the_same_everywhere_and_the_others_stay_what_they_are() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let name = |folder: &Path, chosen, many| name_of(chosen, Some(folder), many);
        assert_eq!(
            name(one.path(), Some("till-7"), false),
            name(other.path(), Some("till-7"), true)
        );
        assert_ne!(
            name(one.path(), Some("till-7"), false),
            name(one.path(), Some("till-8"), false)
        );
        assert_eq!(name(one.path(), None, true), name(one.path(), None, true));
        assert_ne!(name(one.path(), None, true), name(other.path(), None, true));
    }
}
