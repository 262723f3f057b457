//! `cargo xtask`: the project's own tasks.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use xtask::{regen, workspace};

/// The project's own tasks.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Compose spec/upstream.json and spec/overlay.yaml into spec/openapi.json, its copies and the snapshots.
    Regen {
        /// Change nothing; show what would change and fail if anything would.
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().task {
        Task::Regen { check } => regen::run(&workspace::root(), regen::Mode::from_check(check)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
