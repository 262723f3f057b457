//! A folder into which files are put: each is taken in once, and moved to `done` or `failed` with a report.
//!
//! A file that is being imported lies in `.importing`. Whoever was killed finds it there and begins anew: documents are known by their ids, so
//! that none is taken in twice.

use std::{
    collections::HashMap,
    fs::{self, File, OpenOptions},
    future::Future,
    io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use fh_outbox::{Outbox, OutboxError};

use crate::{
    intake::{BackDated, Taken, take_in_file},
    mapping::Mapping,
    sheet::Limits,
};

/// What is watched, and how.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Watch {
    /// The folder.
    pub folder: PathBuf,
    /// How tables are read; files of other formats need none.
    pub mapping: Option<Mapping>,
    /// What a file may be at most.
    pub limits: Limits,
    /// What is done with back-dated documents.
    pub back_dated: BackDated,
    /// How often the folder is looked at.
    pub every: Duration,
    /// A file is complete when nothing was written to it for so long.
    pub quiet: Duration,
}

/// What came of a file.
#[derive(Debug)]
#[non_exhaustive]
pub struct Moved {
    /// Its name.
    pub name: String,
    /// Where it lies now.
    pub to: PathBuf,
    /// What came of its documents.
    pub taken: Taken,
}

impl Watch {
    /// Watches a folder.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>, mapping: Option<Mapping>) -> Self {
        Self {
            folder: folder.into(),
            mapping,
            limits: Limits::default(),
            back_dated: BackDated::Refuse,
            every: Duration::from_secs(2),
            quiet: Duration::from_secs(5),
        }
    }

    fn inside(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// Why a folder is not watched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WatchError {
    /// The folder.
    #[error("{}: {source}", path.display())]
    Folder {
        /// Which path.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// Somebody else watches it.
    #[error("{} is watched by another `fh import` already; end that one first", .0.display())]
    Watched(PathBuf),
    /// The outbox. The file stays in `.importing` and is begun anew.
    #[error(transparent)]
    Outbox(#[from] OutboxError),
}

const WORKING: &str = ".importing";
const DONE: &str = "done";
const FAILED: &str = "failed";

/// Takes files as they come, until `stop` does; the file that is in hand is finished first. With `once`, ends when nothing is left.
///
/// # Errors
///
/// When the folder cannot be used, or the outbox fails; whoever watches it again goes on where this one ended.
pub async fn watch(
    watch: &Watch,
    outbox: &Outbox,
    once: bool,
    stop: impl Future<Output = ()>,
    observe: &mut dyn FnMut(&Moved),
) -> Result<(), WatchError> {
    for name in [WORKING, DONE, FAILED] {
        let path = watch.inside(name);
        fs::create_dir_all(&path).map_err(|source| WatchError::Folder { path, source })?;
    }
    let _lock = lock(watch)?;
    let mut seen = HashMap::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        // What an earlier watch left comes first.
        for path in listed(&watch.inside(WORKING))? {
            if is_over(stop.as_mut()).await {
                return Ok(());
            }
            import(watch, outbox, &path, observe).await?;
        }
        let mut waits = false;
        for path in listed(&watch.folder)? {
            if is_over(stop.as_mut()).await {
                return Ok(());
            }
            if !is_complete(&path, watch.quiet, &mut seen) {
                waits = true;
                continue;
            }
            let Some(name) = path.file_name() else { continue };
            let working = watch.inside(WORKING).join(name);
            rename(&path, &working)?;
            import(watch, outbox, &working, observe).await?;
        }
        if once && !waits {
            return Ok(());
        }
        tokio::select! {
            () = stop.as_mut() => return Ok(()),
            () = tokio::time::sleep(watch.every) => {}
        }
    }
}

async fn is_over(stop: std::pin::Pin<&mut impl Future<Output = ()>>) -> bool {
    tokio::select! {
        biased;
        () = stop => true,
        () = std::future::ready(()) => false,
    }
}

/// Held for as long as it is open; ends with the process.
fn lock(watch: &Watch) -> Result<File, WatchError> {
    let path = watch.inside(WORKING).join(".lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|source| WatchError::Folder {
            path: path.clone(),
            source,
        })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(WatchError::Watched(watch.folder.clone())),
        Err(fs::TryLockError::Error(source)) => Err(WatchError::Folder { path, source }),
    }
}

/// The files of a folder in the order of their names, without those that are hidden or that programs keep beside one that is open.
fn listed(folder: &Path) -> Result<Vec<PathBuf>, WatchError> {
    let wrong = |source| WatchError::Folder {
        path: folder.to_owned(),
        source,
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(wrong)? {
        let entry = entry.map_err(wrong)?;
        let name = entry.file_name().to_string_lossy().to_lowercase();
        let is_passing = name.starts_with('.')
            || name.starts_with('~')
            || [".tmp", ".part", ".partial", ".crdownload", ".filepart"]
                .iter()
                .any(|end| name.ends_with(end));
        if !is_passing && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

/// What was seen of a file, and since when nothing was written to it.
struct Seen {
    length: u64,
    modified: Option<SystemTime>,
    since: std::time::Instant,
}

fn is_complete(path: &Path, quiet: Duration, seen: &mut HashMap<PathBuf, Seen>) -> bool {
    let Ok(metadata) = path.metadata() else { return false };
    let now = Seen {
        length: metadata.len(),
        modified: metadata.modified().ok(),
        since: std::time::Instant::now(),
    };
    match seen.get(path) {
        Some(before) if (before.length, before.modified) == (now.length, now.modified) => {
            let is_complete = before.since.elapsed() >= quiet;
            if is_complete {
                seen.remove(path);
            }
            is_complete
        }
        _ => {
            seen.insert(path.to_owned(), now);
            false
        }
    }
}

fn rename(from: &Path, to: &Path) -> Result<(), WatchError> {
    fs::rename(from, to).map_err(|source| WatchError::Folder {
        path: from.to_owned(),
        source,
    })
}

async fn import(
    watch: &Watch,
    outbox: &Outbox,
    path: &Path,
    observe: &mut dyn FnMut(&Moved),
) -> Result<(), WatchError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let taken = take_in_file(
        path,
        watch.mapping.as_ref(),
        &watch.limits,
        outbox,
        watch.back_dated,
        &mut |_| {},
    )
    .await?;
    let folder = watch.inside(if taken.is_well() { DONE } else { FAILED });
    let to = free(&folder, &name);
    let mut report = to.clone().into_os_string();
    report.push(".report.txt");
    let report = PathBuf::from(report);
    // The report first: a file that is there without one would say nothing.
    fs::write(&report, taken.report(&name)).map_err(|source| WatchError::Folder { path: report, source })?;
    rename(path, &to)?;
    observe(&Moved { name, to, taken });
    Ok(())
}

/// A name that no file has there.
fn free(folder: &Path, name: &str) -> PathBuf {
    let (stem, end) = match name.rsplit_once('.') {
        Some((stem, end)) if !stem.is_empty() => (stem, format!(".{end}")),
        _ => (name, String::new()),
    };
    let mut path = folder.join(name);
    let mut number = 1;
    while path.exists() {
        number += 1;
        path = folder.join(format!("{stem}-{number}{end}"));
    }
    path
}
