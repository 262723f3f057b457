//! `fh mappings`: what should be mapped, in a file, and what the account has.

mod arguments;
mod export;
mod file;
mod plan;
mod suggest;
mod text;

use std::path::PathBuf;

use arguments::{To, Wanted};

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

pub(crate) async fn run(command: Command, connection: &Connection, output: &Output) -> Result<Exit, Failure> {
    let client = &connection.client;
    match command {
        Command::Plan { wanted } => plan::plan(&wanted, client, output).await,
        Command::Apply { wanted } => plan::apply(&wanted, client, output).await,
        Command::Export { to } => export::run(&to, client, output).await,
        Command::Suggest { documents, to } => suggest::run(&documents, &to, client, output).await,
    }
}
