//! `cargo xtask drift`: what changed in the vendor's documentation, and whom it breaks.

use std::io::stdout;
use std::path::Path;
use std::process::ExitCode;

use fh_drift::drift::{report::EXIT_NO_REPORT, run};
use fh_drift::harvest::Limits;

pub(crate) use fh_drift::drift::run::Arguments;

/// Reports; the exit code is the verdict.
pub(crate) fn drift(root: &Path, arguments: &Arguments) -> ExitCode {
    match run::run(root, arguments, Limits::default(), &today(), &mut stdout()) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(EXIT_NO_REPORT)
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
