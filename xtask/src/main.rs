//! `cargo xtask`: the project's own tasks.

use std::io::stdout;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use xtask::{bench, drift, harvest, package, regen, semver, test, workspace};

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
    /// Read the vendor's documentation site into spec/upstream.json and spec/prose.
    Harvest(harvest::run::Arguments),
    /// Say what changed in the vendor's documentation and whom it breaks. Exit code 0: nothing, 4: regenerate, 1: breaking, 2: no report.
    Drift(drift::run::Arguments),
    /// Say what the next version must be, and check docs/public-api and CHANGELOG.md.
    Semver(semver::Arguments),
    /// Install or find what the tests need, then run all of them.
    Test,
    /// Run the benchmarks; each prints ratios measured side by side.
    Bench,
    /// Package every publishable crate and build each from its tarball.
    Package,
}

fn main() -> ExitCode {
    let root = workspace::root();
    let limits = harvest::Limits::default();
    let outcome = match Arguments::parse().task {
        Task::Test => test::test(&root).map_err(|error| error.to_string()),
        Task::Bench => bench::bench(&root).map_err(|error| error.to_string()),
        Task::Package => package::package(&root).map_err(|error| error.to_string()),
        Task::Regen { check } => regen::run(&root, regen::Mode::from_check(check)).map_err(|error| error.to_string()),
        Task::Harvest(arguments) => {
            harvest::run::run(&root, &arguments, limits, &mut stdout()).map_err(|error| error.to_string())
        }
        Task::Semver(arguments) => semver::run(&root, arguments, &mut stdout()).map_err(|error| error.to_string()),
        Task::Drift(arguments) => match drift::run::run(&root, &arguments, limits, &today(), &mut stdout()) {
            Ok(code) => return ExitCode::from(code),
            Err(error) => {
                eprintln!("{error}");
                return ExitCode::from(drift::report::EXIT_NO_REPORT);
            }
        },
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// The day on which acknowledgements are judged, in UTC.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place of the tasks that reads the clock; all else is given the day"
)]
fn today() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%d").to_string()
}
