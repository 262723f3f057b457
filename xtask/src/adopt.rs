//! `cargo xtask adopt`: what a probe saw becomes evidence.

use std::io::stdout;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Which bundle.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// What `fh probe` wrote.
    bundle: PathBuf,
}

/// Adopts it.
pub(crate) fn adopt(root: &Path, arguments: &Arguments) -> ExitCode {
    match fh_drift::adopt::run(root, &arguments.bundle, &mut stdout()) {
        Ok(contradictions) if contradictions.is_empty() => {
            println!("Review `git diff`, then `cargo xtask regen` for what compiles.");
            ExitCode::SUCCESS
        }
        Ok(contradictions) => {
            println!(
                "{} things were seen otherwise: change spec/overlay.yaml where they are right. Review `git diff`, then `cargo xtask regen`.",
                contradictions.len()
            );
            ExitCode::from(4)
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
