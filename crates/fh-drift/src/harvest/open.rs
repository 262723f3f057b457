//! What `--from` names: a site or a directory.

use super::directory::Directory;
use super::site::Site;
use super::source::{Limits, Source};

/// Opens `--from`: an `http(s)` address, or else a directory.
///
/// # Errors
///
/// When it is neither, or plain `http` to another machine.
pub fn open(from: &str, limits: Limits) -> Result<Box<dyn Source>, String> {
    if from.starts_with("http://") || from.starts_with("https://") {
        return Ok(Box::new(Site::new(from, limits)?));
    }
    let directory = Directory::new(from, limits);
    if !directory.root.is_dir() {
        return Err(format!("`{from}` is neither an http(s) address nor a directory"));
    }
    Ok(Box::new(directory))
}
