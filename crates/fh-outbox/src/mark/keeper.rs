//! Both files of a store's mark.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use fiscal_harmony::auth::make_private_folder;

use super::file::{Content, Locked, Mark};

/// Keeps the mark of one store, for all that work on it in this process.
#[derive(Debug)]
pub(crate) struct Keeper {
    /// The folder of the marks of this machine.
    folder: Option<PathBuf>,
    /// The file beside the store.
    beside: Option<PathBuf>,
    /// Where the store is, for people.
    place: String,
    /// The newest that anyone in this process wants to be marked.
    wanted: Mutex<Option<Mark>>,
    /// The newest that is. Whoever holds this writes.
    written: Mutex<Option<Mark>>,
}

/// What the two files say.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// The larger of the two that are this store's.
    pub(crate) mark: Option<Mark>,
    /// Beside the file is the mark of a store that was here before and is nowhere else.
    pub(crate) another: bool,
    /// The store was moved since it was last marked.
    pub(crate) is_moved: bool,
    /// One of them could not be read, which is not the same as that it is not there.
    pub(crate) is_unreadable: bool,
}

impl Keeper {
    pub(crate) fn new(folder: Option<PathBuf>, file: Option<&Path>, place: String) -> Self {
        let beside = file.map(|file| {
            let mut name = file.as_os_str().to_owned();
            name.push(".mark");
            PathBuf::from(name)
        });
        Self {
            folder,
            beside,
            // It is one line of the file.
            place: place.replace(['\n', '\r'], " "),
            wanted: Mutex::default(),
            written: Mutex::default(),
        }
    }

    fn of_machine(&self, store: &str) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.join(store))
    }

    /// What is marked of a store. Waits for the disk.
    pub(crate) fn find(&self, store: &str) -> Found {
        let mut found = Found::default();
        let files = [self.of_machine(store), self.beside.clone()];
        for path in files.iter().flatten() {
            match look_at(path) {
                Ok(Some(content)) if content.store == store => {
                    found.is_moved |= content.place != self.place;
                    let is_more = found.mark.is_none_or(|mark| mark.number < content.mark.number);
                    if is_more {
                        found.mark = Some(content.mark);
                    }
                }
                Ok(Some(content)) => found.another = !self.lives_elsewhere(&content),
                Ok(None) => {}
                Err(error) => {
                    found.is_unreadable = true;
                    tracing::warn!(path = %path.display(), %error, "a mark cannot be read");
                }
            }
        }
        found
    }

    /// A store that was moved away left its mark beside where it was.
    fn lives_elsewhere(&self, content: &Content) -> bool {
        let of_machine = self.of_machine(&content.store);
        let known = of_machine.and_then(|path| look_at(&path).ok().flatten());
        known.is_some_and(|known| known.place != self.place && Path::new(&known.place).exists())
    }

    /// Marks that a store has come so far, durably. Answers the mark that is ahead of it, if one is. Waits for the disk.
    pub(crate) fn advance(&self, store: &str, mark: Mark) -> io::Result<Option<Mark>> {
        // All that waits here is committed in the store, so one write does for all.
        {
            let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
            *wanted = newer(*wanted, mark);
        }
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if written.is_some_and(|written| written.number > mark.number || written == mark) {
            return Ok(None);
        }
        let wanted = *self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = wanted.filter(|wanted| wanted.number > mark.number).unwrap_or(mark);
        let ahead = self.write(store, newest)?;
        if ahead.is_none() {
            *written = Some(newest);
        }
        Ok(ahead)
    }

    /// What was wanted and written before counts no more: the store was put in order.
    pub(crate) fn forget(&self) {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        *self.wanted.lock().unwrap_or_else(PoisonError::into_inner) = None;
        *written = None;
    }

    /// True when there is anywhere to write to.
    pub(crate) fn has_a_place(&self) -> bool {
        self.folder.is_some() || self.beside.is_some()
    }

    /// Both files, each under its lock and in this order: the machine's, by which copies of a store on one machine find out about each
    /// other, and the one beside it.
    fn write(&self, store: &str, mark: Mark) -> io::Result<Option<Mark>> {
        if let Some(folder) = &self.folder {
            // One that cannot be made is found out by the file.
            let _ = make_private_folder(folder);
        }
        let mut failed = None;
        let mut open = Vec::new();
        for path in [self.of_machine(store), self.beside.clone()].into_iter().flatten() {
            match Locked::open(&path, true).and_then(|locked| {
                let mut locked = locked.ok_or(io::ErrorKind::NotFound)?;
                let content = locked.read()?;
                Ok((locked, content))
            }) {
                Ok((locked, content)) => open.push((path, locked, content)),
                Err(error) => failed = Some(error),
            }
        }
        let marks = open
            .iter()
            .filter_map(|(_, _, content)| content.as_ref().filter(|content| content.store == store))
            .map(|content| content.mark);
        let ahead = marks.max_by_key(|mark| mark.number);
        if let Some(ahead) = ahead.filter(|ahead| ahead.number >= mark.number && *ahead != mark) {
            return Ok(Some(ahead));
        }
        let mut is_durable = false;
        for (path, locked, content) in &mut open {
            let is_current = |content: &&Content| content.store == store && content.place == self.place;
            let done = match content.as_ref().filter(is_current) {
                Some(content) if content.mark == mark => Ok(()),
                // After a power cut the other file may lag behind, which is why the larger counts.
                Some(_) => locked.advance(store, mark, !is_durable),
                None => locked.write(
                    path,
                    &Content {
                        store: store.to_owned(),
                        mark,
                        place: self.place.clone(),
                    },
                ),
            };
            match done {
                Ok(()) => is_durable = true,
                Err(error) => failed = Some(error),
            }
        }
        match (is_durable, failed) {
            (false, Some(error)) => Err(error),
            _ => Ok(None),
        }
    }
}

fn newer(known: Option<Mark>, mark: Mark) -> Option<Mark> {
    known.filter(|known| known.number >= mark.number).or(Some(mark))
}

fn look_at(path: &Path) -> io::Result<Option<Content>> {
    match Locked::open(path, false)? {
        Some(mut locked) => locked.read(),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORE: &str = "0123456789abcdef0123456789abcdef";

    fn keeper(folder: &Path) -> Keeper {
        let file = folder.join("till.db");
        Keeper::new(Some(folder.join("marks")), Some(&file), file.display().to_string())
    }

    fn mark(number: i64) -> Mark {
        Mark {
            number,
            nonce: number * 7,
        }
    }

    #[test]
    fn of_many_who_advance_it_at_once_nobody_sees_it_go_backwards() {
        let folder = tempfile::tempdir().unwrap();
        // Two processes of four threads each, as far as the locks of files can tell.
        let keepers = [keeper(folder.path()), keeper(folder.path())];
        std::thread::scope(|scope| {
            for (offset, keeper) in keepers.iter().cycle().take(8).enumerate() {
                scope.spawn(move || {
                    for step in 0..25 {
                        let number = 1 + step * 8 + i64::try_from(offset).unwrap();
                        let ahead = keeper.advance(STORE, mark(number)).unwrap();
                        assert!(ahead.is_none_or(|ahead| ahead.number > number), "{ahead:?} {number}");
                        let found = keeper.find(STORE).mark.unwrap();
                        assert!(found.number >= number, "{found:?} after {number}");
                    }
                });
            }
        });
        for keeper in keepers {
            assert_eq!(keeper.find(STORE).mark, Some(mark(200)));
        }
    }

    #[test]
    fn the_larger_of_the_two_counts_and_either_alone_will_do() {
        let folder = tempfile::tempdir().unwrap();
        let of_machine = folder.path().join("marks").join(STORE);
        let beside = folder.path().join("till.db.mark");
        let fresh = || keeper(folder.path());
        fresh().advance(STORE, mark(3)).unwrap();
        let older = std::fs::read(&beside).unwrap();
        fresh().advance(STORE, mark(5)).unwrap();
        std::fs::write(&beside, older).unwrap();
        assert_eq!(fresh().find(STORE).mark, Some(mark(5)));
        std::fs::remove_file(&of_machine).unwrap();
        assert_eq!(fresh().find(STORE).mark, Some(mark(3)));
        fresh().advance(STORE, mark(6)).unwrap();
        std::fs::remove_file(&beside).unwrap();
        assert_eq!(fresh().find(STORE).mark, Some(mark(6)));
        // The same number of another copy, and a smaller one, are told apart from one's own.
        assert_eq!(fresh().advance(STORE, mark(6)).unwrap(), None);
        let copy = Mark { number: 6, nonce: 1 };
        assert_eq!(fresh().advance(STORE, copy).unwrap(), Some(mark(6)));
        assert_eq!(fresh().advance(STORE, mark(4)).unwrap(), Some(mark(6)));
    }

    #[cfg(unix)]
    #[test]
    fn marks_are_for_their_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        keeper(folder.path()).advance(STORE, mark(1)).unwrap();
        for (name, wanted) in [("marks", 0o700), ("till.db.mark", 0o600)] {
            let mode = std::fs::metadata(folder.path().join(name))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, wanted, "{name}");
        }
    }
}
