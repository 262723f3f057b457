//! The documents that were named on the command line, read while others are sent.

use std::path::PathBuf;

use fiscal_harmony::document::AllowedFields;
use tokio::sync::mpsc;

use crate::{
    exit::Failure,
    input::{self, Found, Problem, Source},
};

/// What was named on the command line.
pub(crate) fn sources(files: &[PathBuf]) -> Result<Vec<Source>, Failure> {
    let sources: Vec<_> = files.iter().cloned().map(Source::from_argument).collect();
    if sources.iter().filter(|source| **source == Source::Stdin).count() > 1 {
        return Err(Failure::usage("standard input (-) can be read only once"));
    }
    Ok(sources)
}

/// Parses ahead in a thread of its own. It is not waited for, since it may stand in a read of standard input for ever.
pub(crate) fn in_background(sources: Vec<Source>, allowed: AllowedFields) -> mpsc::Receiver<Result<Found, Problem>> {
    let (sender, receiver) = mpsc::channel(8);
    std::thread::spawn(move || {
        for found in input::without_repeats(input::documents(sources, allowed)) {
            if sender.blocking_send(found).is_err() {
                return;
            }
        }
    });
    receiver
}
