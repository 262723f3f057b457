//! Pages from a directory that holds a copy of a site.

use std::fs;
use std::path::{Component, Path, PathBuf};

use fh_codegen::reference::decoded;

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

fn leads_out(path: &str) -> bool {
    Path::new(path)
        .components()
        .any(|part| !matches!(part, Component::Normal(_)))
}

impl Source for Directory {
    fn page(&self, path: &str) -> Result<Fetched, String> {
        let written = path.trim_start_matches('/');
        // Programs that copy a site save a page under its address or under what the address says.
        let decoded = decoded(written);
        let names = [written, decoded.as_str()];
        if names.iter().any(|name| leads_out(name)) {
            return Err("the path leads out of the directory".to_owned());
        }
        let there = names
            .iter()
            .map(|name| self.root.join(name))
            .find(|file| file.is_file());
        let file =
            fs::File::open(there.unwrap_or_else(|| self.root.join(written))).map_err(|error| error.to_string())?;
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
