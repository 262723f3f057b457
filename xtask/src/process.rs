//! Running other programs: said aloud, and a failure is a failure.

use std::{
    ffi::OsStr,
    fmt,
    path::Path,
    process::{Command, Stdio},
};

/// A program that could not be run or did not succeed.
#[derive(Debug)]
pub(crate) struct Failed(String);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failed {}

impl Failed {
    /// A failure in the task's own words.
    #[must_use]
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

/// Runs a program in `folder`, with its output shown, and wants it to succeed.
///
/// # Errors
///
/// When it cannot be started or its exit status is not zero.
pub(crate) fn run<I, S>(folder: &Path, program: &str, arguments: I) -> Result<(), Failed>
where
    I: IntoIterator<Item = S>,
    S: AsRef<OsStr>,
{
    run_with(folder, program, arguments, &[])
}

/// As [`run`], with variables in the program's environment.
///
/// # Errors
///
/// As for [`run`].
pub(crate) fn run_with<I, S>(
    folder: &Path,
    program: &str,
    arguments: I,
    variables: &[(&str, &str)],
) -> Result<(), Failed>
where
    I: IntoIterator<Item = S>,
    S: AsRef<OsStr>,
{
    let mut command = Command::new(program);
    command
        .current_dir(folder)
        .args(arguments)
        .envs(variables.iter().copied());
    let words: Vec<_> = command
        .get_args()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let line = format!("{program} {}", words.join(" "));
    println!("+ {line}");
    let status = command.status().map_err(|error| Failed(format!("{line}: {error}")))?;
    if status.success() {
        Ok(())
    } else {
        Err(Failed(format!("{line}: {status}")))
    }
}

/// Whether a program answers to `--version` or at least starts.
#[must_use]
pub(crate) fn exists(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok()
}

/// The cargo that runs this task.
#[must_use]
pub(crate) fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}
