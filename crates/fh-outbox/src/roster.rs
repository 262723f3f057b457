//! Who of this machine's workers lives, by locks of the operating system.
//!
//! Each worker takes a seat and holds its lock for as long as it lives. Whatever ends it (a crash, `SIGKILL`, the power), the system lets
//! the lock go; a process that is only stopped keeps it. A process id would prove neither: it is given to others.
//!
//! A seat is two files: one is locked, the other says who sits there. It is written only under the lock, so that a name that is not (or no
//! more) there is the name of one who has left.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    hash::{BuildHasher, RandomState},
    io,
    path::{Path, PathBuf},
};

use fiscal_harmony::auth::{make_private_folder, open_private};

/// More than any shop has workers on one machine.
const SEATS: u32 = 1_000;

/// A folder of seats.
#[derive(Debug, Clone)]
pub(crate) struct Roster {
    folder: PathBuf,
    /// Names of another realm belong to other seats, of which nothing is known here.
    realm: String,
}

/// A worker's sign of life. It ends when this is dropped, or when its process ends.
#[derive(Debug)]
pub(crate) struct Seat {
    name: String,
    _lock: File,
}

impl Seat {
    /// The name of a worker with this seat, as it is noted with a document that it has in hand. Several may share a seat, which live and
    /// die together.
    pub(crate) fn name(&self, nth: usize) -> String {
        format!("{}#{nth}", self.name)
    }
}

impl Roster {
    pub(crate) fn new(folder: PathBuf, realm: impl Into<String>) -> Self {
        Self {
            folder,
            realm: realm.into(),
        }
    }

    /// Takes a seat that is free. None when the folder cannot be used: then only the end of its lease says that a worker is gone.
    pub(crate) fn enter(&self) -> Option<Seat> {
        match self.take_a_seat() {
            Ok(seat) => seat,
            Err(error) => {
                tracing::warn!(
                    %error, folder = %self.folder.display(),
                    "no lock can be held there; after a crash the outbox waits until the lease is over"
                );
                None
            }
        }
    }

    fn take_a_seat(&self) -> io::Result<Option<Seat>> {
        make_private_folder(&self.folder)?;
        for seat in 1..=SEATS {
            let lock = open(&self.path(seat, "lock"), true)?;
            match lock.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => continue,
                Err(TryLockError::Error(error)) => return Err(error),
            }
            // From the system's randomness: two seats of one name would be one worker.
            let unique = RandomState::new().hash_one(std::process::id());
            let name = format!("{}/{seat}/{}/{unique:016x}", self.realm, identity(&lock)?);
            let file = open(&self.path(seat, "name"), true)?;
            file.set_len(0)?;
            io::Write::write_all(&mut &file, name.as_bytes())?;
            return Ok(Some(Seat { name, _lock: lock }));
        }
        Ok(None)
    }

    /// Whether the worker of that name has certainly ended. When nothing can be told, it may live.
    pub(crate) fn has_left(&self, name: &str) -> bool {
        let name = name.split_once('#').map_or(name, |(seat, _)| seat);
        let rest = name.strip_prefix(&self.realm).and_then(|rest| rest.strip_prefix('/'));
        let parts = rest.and_then(|rest| {
            let (seat, rest) = rest.split_once('/')?;
            Some((seat.parse().ok()?, rest.split_once('/')?.0))
        });
        let Some((seat, file)) = parts else { return false };
        let Ok(lock) = open(&self.path(seat, "lock"), false) else {
            return false;
        };
        // In a copy of the folder, as in another container or on another machine, others sit on the seats.
        if identity(&lock).ok().as_deref() != Some(file) {
            return false;
        }
        match fs::read_to_string(self.path(seat, "name")) {
            Ok(sits) if sits == name => lock.try_lock().is_ok(),
            Ok(sits) => !sits.is_empty(),
            Err(_) => false,
        }
    }

    fn path(&self, seat: u32, kind: &str) -> PathBuf {
        self.folder.join(format!("{seat}.{kind}"))
    }
}

/// Which file it is, whatever its name: a copy is another.
fn identity(file: &File) -> io::Result<String> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let found = file.metadata()?;
        Ok(format!("{:x}.{:x}", found.dev(), found.ino()))
    }
    #[cfg(not(unix))]
    {
        file.metadata().map(|_| "file".to_owned())
    }
}

fn open(path: &Path, may_make: bool) -> io::Result<File> {
    open_private(OpenOptions::new().read(true).write(true).create(may_make), path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_holds_a_seat_lives_and_whoever_let_it_go_has_left() {
        let folder = tempfile::tempdir().unwrap();
        let roster = Roster::new(folder.path().join("workers"), "till");
        let (one, two) = (roster.enter().unwrap(), roster.enter().unwrap());
        assert_ne!(one.name(0), two.name(0));
        assert!(!roster.has_left(&one.name(0)) && !roster.has_left(&two.name(1)));
        let name = one.name(0);
        drop(one);
        assert!(roster.has_left(&name));
        // Its seat is taken by the next, who is another.
        let next = roster.enter().unwrap();
        assert!(roster.has_left(&name) && !roster.has_left(&next.name(0)));
    }

    #[test]
    fn of_whom_nothing_is_known_may_live() {
        let folder = tempfile::tempdir().unwrap();
        let roster = Roster::new(folder.path().join("workers"), "till");
        assert!(!roster.has_left("till/1/0123"), "nobody ever sat there");
        let seat = roster.enter().unwrap();
        let elsewhere = seat.name(0).replace("till/", "other/");
        assert!(!roster.has_left(&elsewhere));
        let copied = seat.name(0).replacen("till/1/", "till/1/0", 1);
        assert!(!roster.has_left(&copied), "it sits in another copy of the folder");
        for strange in ["", "till", "till/", "till/x/y", "till/x/y/z", "till/1/y", "worker 17"] {
            assert!(!roster.has_left(strange), "{strange}");
        }
        // As a power cut leaves it that took the name and not the file.
        fs::write(roster.path(1, "name"), "").unwrap();
        assert!(!roster.has_left(&seat.name(0)));
    }

    #[cfg(unix)]
    #[test]
    fn the_folder_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let roster = Roster::new(folder.path().join("workers"), "till");
        let _seat = roster.enter().unwrap();
        let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(roster.folder.clone()), 0o700);
        assert_eq!(mode(roster.path(1, "lock")), 0o600);
        assert_eq!(mode(roster.path(1, "name")), 0o600);
    }
}
