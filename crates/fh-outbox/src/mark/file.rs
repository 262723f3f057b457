//! One file of a mark: read and advanced under its lock, in place.
//!
//! The file is never renamed, so that everyone locks the same one. Two slots are written in turn, each within one sector and with a check
//! sum: a write that the power cuts short costs the newest number and no more.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, ErrorKind, Read, Seek, SeekFrom, Write},
    path::Path,
    thread,
    time::{Duration, Instant},
};

use fiscal_harmony::auth::open_private;

use crate::store::folder::sync_folder_of;

/// How far a store has come: how many sendings one machine has begun, and a random number for the last of them. Two stores that have come equally
/// far differ in that number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) number: i64,
    pub(crate) nonce: i64,
}

/// What a file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Content {
    /// The identity of the store.
    pub(super) store: String,
    pub(super) mark: Mark,
    /// Where the store was when this was written.
    pub(super) place: String,
}

/// The length of a line, so that each is rewritten in its place.
const LINE: usize = 64;
const TITLE: &str = "fiscal-harmony mark 1";
const NOTE: &str = "This file tells whether the outbox was replaced by an older copy. Leave it where it is.\n";
/// How long another process may hold the lock: it does so for the time of a write.
const PATIENCE: Duration = Duration::from_secs(5);
/// More than a mark ever has.
const LONGEST: u64 = 64 * 1024;

/// A file of a mark, locked until it is dropped.
pub(super) struct Locked {
    file: File,
    is_new: bool,
}

impl Locked {
    /// Opens and locks it. None when it is not there and not to be made.
    pub(super) fn open(path: &Path, make: bool) -> io::Result<Option<Self>> {
        let file = match open_private(OpenOptions::new().read(true).write(true).create(make), path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound && !make => return Ok(None),
            Err(error) => return Err(error),
        };
        lock(&file)?;
        let is_new = file.metadata()?.len() == 0;
        Ok(Some(Self { file, is_new }))
    }

    /// What it says; none when it says nothing that can be read.
    pub(super) fn read(&mut self) -> io::Result<Option<Content>> {
        let mut text = Vec::new();
        self.file.seek(SeekFrom::Start(0))?;
        (&mut self.file).take(LONGEST).read_to_end(&mut text)?;
        Ok(parse(&String::from_utf8_lossy(&text)))
    }

    /// Writes the whole of it anew.
    pub(super) fn write(&mut self, path: &Path, content: &Content) -> io::Result<()> {
        let place = &content.place;
        let text = format!(
            "{}{}{}{}place {place}\n{NOTE}",
            line(TITLE),
            line(&format!("store {}", content.store)),
            line(&slot(&content.store, content.mark)),
            line(""),
        );
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(text.as_bytes())?;
        self.file.set_len(text.len() as u64)?;
        self.file.sync_all()?;
        if self.is_new {
            sync_folder_of(path)?;
            self.is_new = false;
        }
        Ok(())
    }

    /// Puts a number into the slot that is not the newest.
    pub(super) fn advance(&mut self, store: &str, mark: Mark, sync: bool) -> io::Result<()> {
        let mut slots = vec![0; 2 * LINE];
        self.file.seek(SeekFrom::Start(2 * LINE as u64))?;
        self.file.read_exact(&mut slots)?;
        let text = String::from_utf8_lossy(&slots).into_owned();
        let numbers = [0, 1].map(|index| {
            let line = text.get(index * LINE..(index + 1) * LINE);
            line.and_then(|line| read_slot(store, line)).map(|mark| mark.number)
        });
        let older = u64::from(numbers[1] < numbers[0]);
        self.file.seek(SeekFrom::Start((2 + older) * LINE as u64))?;
        self.file.write_all(line(&slot(store, mark)).as_bytes())?;
        if sync { self.file.sync_data() } else { Ok(()) }
    }
}

/// Waits for the lock, but not for one whose holder is stopped. Where a file system knows no locks, there is none.
fn lock(file: &File) -> io::Result<()> {
    let began = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if began.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(2)),
            Err(TryLockError::WouldBlock) => {
                return Err(io::Error::new(
                    ErrorKind::WouldBlock,
                    "another process holds its lock and does not let go",
                ));
            }
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

fn line(text: &str) -> String {
    format!("{text:<width$}\n", width = LINE - 1)
}

fn slot(store: &str, mark: Mark) -> String {
    let body = format!("{:020} {:016x}", mark.number, mark.nonce);
    let sum = sum(store, &body);
    format!("{body} {sum:016x}")
}

fn read_slot(store: &str, line: &str) -> Option<Mark> {
    let line = line.trim_end();
    let (body, told) = line.rsplit_once(' ')?;
    if u64::from_str_radix(told, 16).ok()? != sum(store, body) {
        return None;
    }
    let (number, nonce) = body.split_once(' ')?;
    Some(Mark {
        number: number.parse().ok()?,
        nonce: u64::from_str_radix(nonce, 16).ok()?.cast_signed(),
    })
}

/// FNV-1a: against half a write, not against anyone's will.
fn sum(store: &str, body: &str) -> u64 {
    store
        .bytes()
        .chain(body.bytes())
        .fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
            (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
}

fn parse(text: &str) -> Option<Content> {
    let mut lines = text.split('\n');
    if lines.next()?.trim_end() != TITLE {
        return None;
    }
    let store = lines.next()?.trim_end().strip_prefix("store ")?.to_owned();
    let slots = [lines.next()?, lines.next()?];
    let newest = slots.iter().filter_map(|line| read_slot(&store, line));
    let mark = newest.max_by_key(|mark| mark.number)?;
    let place = lines
        .next()
        .and_then(|line| line.strip_prefix("place "))
        .unwrap_or_default();
    Some(Content {
        place: place.to_owned(),
        store,
        mark,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(number: i64) -> Mark {
        Mark {
            number,
            nonce: -number - 7,
        }
    }

    fn content(number: i64) -> Content {
        Content {
            store: "0123456789abcdef0123456789abcdef".to_owned(),
            mark: mark(number),
            place: "/shop/till.db".to_owned(),
        }
    }

    #[test]
    fn what_is_written_is_read_and_a_torn_slot_costs_one_number() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mark");
        assert!(Locked::open(&path, false).unwrap().is_none());
        let mut locked = Locked::open(&path, true).unwrap().unwrap();
        assert_eq!(locked.read().unwrap(), None, "an empty file is no mark");
        locked.write(&path, &content(4)).unwrap();
        let store = content(4).store;
        for number in [5, 6, 7] {
            locked.advance(&store, mark(number), true).unwrap();
            assert_eq!(locked.read().unwrap(), Some(content(number)));
        }
        let whole = std::fs::read(&path).unwrap();
        for cut in 0..20 {
            // The next number goes where the older of the two is; only its beginning gets there.
            locked.advance(&store, mark(8), true).unwrap();
            let next = std::fs::read(&path).unwrap();
            let first = (0..whole.len()).find(|at| whole[*at] != next[*at]).unwrap();
            let mut torn = whole.clone();
            torn[first..first + cut].copy_from_slice(&next[first..first + cut]);
            std::fs::write(&path, &torn).unwrap();
            let read = locked.read().unwrap().unwrap().mark;
            assert!(read == mark(7) || read == mark(8), "{read:?} after {cut}");
            std::fs::write(&path, &whole).unwrap();
        }
    }

    #[test]
    fn what_is_no_mark_is_none() {
        for text in ["", "fiscal-harmony mark 1\n", "something else\n\n\n\n\n"] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
