//! `cargo xtask`: the project's own tasks, each a file that calls a crate.

mod adopt;
mod bench;
mod deny;
mod drift;
mod features;
mod font;
mod harvest;
mod package;
mod process;
mod regen;
mod semver;
mod test;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

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
    Regen(regen::Arguments),
    /// Make evidence, switches and defaults of what `fh probe` saw. Exit code 0: nothing was seen otherwise, 4: something was, 1: not adopted.
    Adopt(adopt::Arguments),
    /// Read the vendor's documentation site into spec/upstream.json and spec/prose.
    Harvest(harvest::Arguments),
    /// Say what changed in the vendor's documentation and whom it breaks. Exit code 0: nothing, 4: regenerate, 1: breaking, 2: no report.
    Drift(drift::Arguments),
    /// Say what the next version must be, and check docs/public-api and CHANGELOG.md.
    Semver(semver::Arguments),
    /// Install or find what the tests need, then run all of them.
    Test,
    /// Check every published crate with each of its sets of features.
    Features(features::Arguments),
    /// Pack the letters of GNU Unifont for receipts into crates/fh-font.
    Font(font::Arguments),
    /// Run the benchmarks; each prints ratios measured side by side.
    Bench,
    /// Hold licences, bans and sources of every dependency against deny.toml.
    Deny,
    /// Package every publishable crate and build each from its tarball.
    Package,
}

fn main() -> ExitCode {
    let root = workspace::root();
    let outcome = match Arguments::parse().task {
        Task::Test => test::test(&root).map_err(|error| error.to_string()),
        Task::Features(arguments) => features::features(&root, &arguments).map_err(|error| error.to_string()),
        Task::Font(arguments) => font::font(&root, &arguments),
        Task::Bench => bench::bench(&root).map_err(|error| error.to_string()),
        Task::Deny => deny::deny(&root).map_err(|error| error.to_string()),
        Task::Package => package::package(&root).map_err(|error| error.to_string()),
        Task::Regen(arguments) => regen::regen(&root, arguments),
        Task::Harvest(arguments) => harvest::harvest(&root, &arguments),
        Task::Semver(arguments) => semver::semver(&root, arguments),
        Task::Adopt(arguments) => return adopt::adopt(&root, &arguments),
        Task::Drift(arguments) => return drift::drift(&root, &arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
