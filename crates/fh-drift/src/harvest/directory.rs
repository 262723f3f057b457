//! Pages from a directory that holds a copy of a site.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::source::{Fetched, Limits, Source, read_capped};

/// A copy of a site: `llms.txt` and the pages under their paths.
#[derive(Debug)]
pub struct Directory {
    pub(super) root: PathBuf,
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
        if relative.components().any(|part| !matches!(part, Component::Normal(_))) {
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
