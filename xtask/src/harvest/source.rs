//! Where pages come from: a site, or a directory that holds a copy of one.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::site::{Limits, Site};

/// One page as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The text, UTF-8.
    pub text: String,
    /// What the server said of its age, as it said it.
    pub last_modified: Option<String>,
}

/// Something that has pages.
pub trait Source {
    /// The page at this absolute path of the site, such as `/llms.txt`.
    ///
    /// # Errors
    ///
    /// What went wrong, in words for the person who reads the report; the caller names the page.
    fn page(&self, path: &str) -> Result<Fetched, String>;

    /// Scheme, host and port that every link must have, such as `https://docs.example.com`; a directory has none of
    /// its own and takes the one its links agree on.
    fn origin(&self) -> Option<String>;

    /// The most pages that are read before the site is taken to be something else.
    fn most_pages(&self) -> usize;
}

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

/// A copy of a site: `llms.txt` and the pages under their paths.
#[derive(Debug)]
pub struct Directory {
    root: PathBuf,
    limits: Limits,
}

impl Directory {
    /// Reads below `root`.
    pub fn new(root: impl Into<PathBuf>, limits: Limits) -> Self {
        Directory {
            root: root.into(),
            limits,
        }
    }
}

impl Source for Directory {
    fn page(&self, path: &str) -> Result<Fetched, String> {
        let relative = Path::new(path.trim_start_matches('/'));
        if relative
            .components()
            .any(|part| !matches!(part, std::path::Component::Normal(_)))
        {
            return Err("the path leads out of the directory".to_owned());
        }
        let file = fs::File::open(self.root.join(relative)).map_err(|error| error.to_string())?;
        let text = read_capped(file, self.limits.largest_page, || Ok(()))?;
        Ok(Fetched {
            text,
            last_modified: None,
        })
    }

    fn origin(&self) -> Option<String> {
        None
    }

    fn most_pages(&self) -> usize {
        self.limits.most_pages
    }
}

/// Reads at most `largest` bytes of UTF-8; `go_on` is asked before each further piece.
pub(super) fn read_capped(
    mut from: impl Read,
    largest: usize,
    go_on: impl Fn() -> Result<(), String>,
) -> Result<String, String> {
    let mut bytes = Vec::new();
    let mut piece = [0_u8; 16 * 1024];
    loop {
        go_on()?;
        let count = from
            .read(&mut piece)
            .map_err(|error| format!("the text broke off: {error}"))?;
        if count == 0 {
            break;
        }
        bytes.extend_from_slice(&piece[..count]);
        if bytes.len() > largest {
            return Err(format!("longer than {largest} bytes: no page of documentation is"));
        }
    }
    String::from_utf8(bytes).map_err(|error| format!("not UTF-8 at byte {}", error.utf8_error().valid_up_to()))
}
