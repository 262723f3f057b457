//! What the commands take.

use std::{io::Write, path::PathBuf};

use fh_types::{CatDateTime, SystemClock};

use crate::{exit::Failure, output::Output};

/// What should be mapped.
#[derive(Debug, clap::Args)]
pub(crate) struct Wanted {
    /// The TOML file that says what should be mapped; `fh mappings export` writes one. `-` is standard input.
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// Delete what the file does not name, in the sections that it has. Documents that use a deleted code are refused from then on.
    #[arg(long)]
    pub(super) delete: bool,
}

/// Where a file is written.
#[derive(Debug, clap::Args)]
pub(crate) struct To {
    /// The file to write; one that is there is not written over. Otherwise standard output.
    #[arg(long, value_name = "FILE")]
    pub(super) to: Option<PathBuf>,
}

/// Taxes are looked up among those that apply today.
pub(super) fn today() -> CatDateTime {
    CatDateTime::now(&SystemClock)
}

impl To {
    /// Writes a text where it was asked for.
    pub(super) fn write(&self, text: &str, output: &Output) -> Result<(), Failure> {
        let Some(path) = &self.to else {
            output.write(text);
            return Ok(());
        };
        let written = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
        let written = written.and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => Failure::usage(format!(
                "--to: {} is there already; name another file, or take it away first",
                path.display()
            )),
            _ => Failure::service(format!("{} cannot be written: {error}", path.display())),
        })?;
        output.remark(&format!("written into {}", path.display()));
        Ok(())
    }
}
