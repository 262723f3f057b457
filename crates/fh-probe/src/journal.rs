//! The journal: everything that was sent and received, on the disk before and after it happened, so that a probe that was killed goes on.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
};

use fh_auth::open_private;
use serde::{Deserialize, Serialize};

use crate::{
    exchange::{Exchange, Reply, Request},
    log::Log,
};

/// A line of the journal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
enum Line {
    Begin(Begin),
    /// A run of the probe begins: the first, or a resumed one.
    Run {
        at_ms: i64,
        red: bool,
    },
    /// About to be sent.
    Intent {
        step: String,
        at_ms: i64,
        request: Request,
    },
    Reply {
        step: String,
        reply: Reply,
    },
    /// Something arrived that nobody asked for: a webhook.
    Arrival(Exchange),
    /// A mapping of the probe's own.
    Made(Made),
    /// It is gone again.
    Removed(Made),
    /// What was concluded so far.
    Conclusion(crate::conclusion::Conclusion),
}

/// How a journal begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begin {
    /// The version of the probe.
    pub version: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// The address that is probed.
    pub base_url: String,
    /// Names this probe in the ids of its documents and in the codes of its mappings.
    pub tag: String,
    /// The key of the pseudonyms, as hexadecimal digits.
    pub salt: String,
}

/// A mapping of the probe's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// `taxmapping` or `currencymapping`.
    pub kind: String,
    /// Its id, as it stands in paths.
    pub id: String,
    /// Its code.
    pub code: String,
}

/// What a journal holds.
#[derive(Debug, Clone)]
pub struct Held {
    /// How it begins.
    pub begin: Begin,
    /// The exchanges. One whose answer nobody wrote down is a lost one.
    pub log: Log,
    /// The probe's own mappings that are still there.
    pub left: Vec<Made>,
    /// How many runs there were, and whether one of them asked the red questions.
    pub runs: u32,
    /// Whether red questions were agreed to.
    pub red: bool,
}

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The disk.
    #[error("the probe's journal {}: {source}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is something else, or damaged in the middle.
    #[error("{}, line {line}: this is no journal of a probe, or it is damaged; name another file with --journal", path.display())]
    Form {
        /// Which file.
        path: PathBuf,
        /// Where.
        line: usize,
    },
}

/// An open journal.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    path: PathBuf,
}

impl Journal {
    /// Begins one; there may be none yet.
    pub(crate) fn create(path: &Path, begin: &Begin) -> Result<Self, JournalError> {
        let file = open_private(OpenOptions::new().write(true).create_new(true), path)
            .map_err(|source| io_error(path, source))?;
        let mut journal = Self {
            file,
            path: path.to_owned(),
        };
        journal.write(&Line::Begin(begin.clone()), true)?;
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            // So that the name of the file outlives a power cut too.
            let _ = File::open(folder).and_then(|folder| folder.sync_all());
        }
        Ok(journal)
    }

    /// Goes on with one. A torn last line is dropped.
    pub(crate) fn reopen(path: &Path) -> Result<(Self, Held), JournalError> {
        let (held, good) = read(path)?;
        let file = OpenOptions::new()
            .append(true)
            .open(path)
            .map_err(|source| io_error(path, source))?;
        file.set_len(good).map_err(|source| io_error(path, source))?;
        Ok((
            Self {
                file,
                path: path.to_owned(),
            },
            held,
        ))
    }

    pub(crate) fn run(&mut self, at_ms: i64, red: bool) -> Result<(), JournalError> {
        self.write(&Line::Run { at_ms, red }, true)
    }

    /// About to be sent. It is on the disk when this returns, where what is sent changes something.
    pub(crate) fn intent(&mut self, step: &str, at_ms: i64, request: &Request) -> Result<(), JournalError> {
        let line = Line::Intent {
            step: step.to_owned(),
            at_ms,
            request: request.clone(),
        };
        self.write(&line, request.method != "GET")
    }

    pub(crate) fn reply(&mut self, exchange: &Exchange) -> Result<(), JournalError> {
        let line = Line::Reply {
            step: exchange.step.clone(),
            reply: exchange.reply.clone(),
        };
        self.write(&line, false)
    }

    pub(crate) fn arrival(&mut self, exchange: &Exchange) -> Result<(), JournalError> {
        self.write(&Line::Arrival(exchange.clone()), false)
    }

    pub(crate) fn made(&mut self, made: &Made) -> Result<(), JournalError> {
        self.write(&Line::Made(made.clone()), true)
    }

    pub(crate) fn removed(&mut self, made: &Made) -> Result<(), JournalError> {
        self.write(&Line::Removed(made.clone()), true)
    }

    pub(crate) fn conclusion(&mut self, conclusion: &crate::conclusion::Conclusion) -> Result<(), JournalError> {
        self.write(&Line::Conclusion(conclusion.clone()), false)
    }

    pub(crate) fn sync(&mut self) -> Result<(), JournalError> {
        self.file.sync_data().map_err(|source| io_error(&self.path, source))
    }

    /// One write for each line, so that a process that is killed tears none.
    fn write(&mut self, line: &Line, sync: bool) -> Result<(), JournalError> {
        let mut text = serde_json::to_string(line).unwrap_or_default();
        text.push('\n');
        self.file
            .write_all(text.as_bytes())
            .map_err(|source| io_error(&self.path, source))?;
        if sync { self.sync() } else { Ok(()) }
    }
}

fn io_error(path: &Path, source: io::Error) -> JournalError {
    JournalError::Io {
        path: path.to_owned(),
        source,
    }
}

/// Reads a journal without going on with it.
///
/// # Errors
///
/// When it cannot be read, or is none.
pub fn read_journal(path: &Path) -> Result<Held, JournalError> {
    read(path).map(|(held, _)| held)
}

fn read(path: &Path) -> Result<(Held, u64), JournalError> {
    let file = File::open(path).map_err(|source| io_error(path, source))?;
    let mut reader = BufReader::new(file);
    let mut held: Option<Held> = None;
    let mut waiting: Vec<(String, i64, Request)> = Vec::new();
    let mut good = 0_u64;
    let mut number = 0;
    let mut text = String::new();
    loop {
        text.clear();
        let read = reader.read_line(&mut text).map_err(|source| io_error(path, source))?;
        if read == 0 || !text.ends_with('\n') {
            break;
        }
        number += 1;
        let damaged = || JournalError::Form {
            path: path.to_owned(),
            line: number,
        };
        let line: Line = serde_json::from_str(&text).map_err(|_| damaged())?;
        good += u64::try_from(read).unwrap_or_default();
        let Some(held) = held.as_mut() else {
            let Line::Begin(begin) = line else {
                return Err(damaged());
            };
            held = Some(Held {
                begin,
                log: Log::default(),
                left: Vec::new(),
                runs: 0,
                red: false,
            });
            continue;
        };
        match line {
            Line::Begin(_) => return Err(damaged()),
            Line::Run { red, .. } => {
                // What was under way when the run before ended has no answer.
                for (step, at_ms, request) in waiting.drain(..) {
                    held.log.push(lost(step, at_ms, request));
                }
                held.runs += 1;
                held.red |= red;
            }
            Line::Intent { step, at_ms, request } => waiting.push((step, at_ms, request)),
            Line::Reply { step, reply } => {
                let place = waiting.iter().position(|(waiting, ..)| *waiting == step);
                if let Some((step, at_ms, request)) = place.map(|place| waiting.remove(place)) {
                    held.log.push(Exchange {
                        step,
                        at_ms,
                        request,
                        reply,
                    });
                }
            }
            Line::Arrival(exchange) => held.log.push(exchange),
            Line::Made(made) => held.left.push(made),
            Line::Removed(made) => held.left.retain(|left| *left != made),
            Line::Conclusion(_) => {}
        }
    }
    let mut held = held.ok_or_else(|| JournalError::Form {
        path: path.to_owned(),
        line: 1,
    })?;
    for (step, at_ms, request) in waiting {
        held.log.push(lost(step, at_ms, request));
    }
    Ok((held, good))
}

fn lost(step: String, at_ms: i64, request: Request) -> Exchange {
    let why = "the probe ended before an answer came".to_owned();
    Exchange {
        step,
        at_ms,
        request,
        reply: Reply::Lost { why },
    }
}
