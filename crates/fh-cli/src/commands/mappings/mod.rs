//! `fh mappings`: what should be mapped, in a file, and what the account has.

mod export;
mod file;
mod plan;
mod suggest;
mod text;

use std::path::PathBuf;

use crate::{
    connection::Connection,
    exit::{Exit, Failure},
    output::Output,
};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Say what `apply` would do. Nothing is changed.
    Plan {
        #[command(flatten)]
        wanted: Wanted,
    },
    /// Add and change mappings until the account has what the file says.
    ///
    /// Nothing is deleted without --delete. It may be run again after anything, a lost connection or a power cut: it goes on from where it was,
    /// and adds nothing twice.
    Apply {
        #[command(flatten)]
        wanted: Wanted,
    },
    /// Write what the account has as such a file. Taxes stand in it by name and rate, so that it serves other accounts too.
    Export {
        #[command(flatten)]
        to: To,
    },
    /// Propose such a file from the tax and currency codes that documents use. Nothing is changed: read it, then `fh mappings plan`.
    Suggest {
        /// Files of documents, or folders of them (*.json and *.jsonl).
        #[arg(required = true, value_name = "FILE|DIR")]
        documents: Vec<PathBuf>,
        #[command(flatten)]
        to: To,
    },
}

/// What should be mapped.
#[derive(Debug, clap::Args)]
pub(crate) struct Wanted {
    /// The TOML file that says what should be mapped; `fh mappings export` writes one. `-` is standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Delete what the file does not name, in the sections that it has. Documents that use a deleted code are refused from then on.
    #[arg(long)]
    delete: bool,
}

/// Where a file is written.
#[derive(Debug, clap::Args)]
pub(crate) struct To {
    /// The file to write; one that is there is not written over. Otherwise standard output.
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

pub(crate) async fn run(command: Command, connection: &Connection, output: &Output) -> Result<Exit, Failure> {
    let client = &connection.client;
    match command {
        Command::Plan { wanted } => plan::plan(&wanted, client, output).await,
        Command::Apply { wanted } => plan::apply(&wanted, client, output).await,
        Command::Export { to } => export::run(&to, client, output).await,
        Command::Suggest { documents, to } => suggest::run(&documents, &to, client, output).await,
    }
}

impl To {
    /// Writes a text where it was asked for.
    fn write(&self, text: &str, output: &Output) -> Result<(), Failure> {
        use std::io::Write;
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
