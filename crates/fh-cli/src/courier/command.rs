//! A command that is run for each alarm.

use std::{
    io::Write,
    process::{self, Stdio},
    thread,
    time::{Duration, Instant},
};

use fh_outbox::Alarm;
use serde_json::Value;

use super::post::SECRET_VARIABLE;

/// How long it may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// What must not be handed on to it.
const SECRETS: [&str; 2] = ["FH_API_SECRET", SECRET_VARIABLE];

pub(super) struct Command(pub(super) String);

impl Command {
    /// Runs it. The alarm is a line of JSON on its standard input; the parts that a short script wants are in its environment.
    pub(super) fn run(&self, alarm: &Alarm, letter: &Value) -> Result<(), String> {
        let (shell, option) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
        let mut command = process::Command::new(shell);
        command
            .arg(option)
            .arg(&self.0)
            .env("FH_ALARM_ID", alarm.id())
            .env("FH_ALARM_KIND", alarm.kind.name())
            .env("FH_ALARM_GRAVITY", letter["gravity"].as_str().unwrap_or_default())
            .env("FH_ALARM_LANE", plain(alarm.lane.as_deref()))
            .env("FH_ALARM_DOCUMENT", plain(alarm.document.as_deref()))
            .env("FH_ALARM_MESSAGE", plain(Some(&alarm.message)))
            .stdin(Stdio::piped())
            // Standard output is the program's own.
            .stdout(Stdio::null());
        for secret in SECRETS {
            command.env_remove(secret);
        }
        let mut child = command
            .spawn()
            .map_err(|error| format!("it cannot be started: {error}"))?;
        if let Some(mut input) = child.stdin.take() {
            // One that reads nothing may have ended before.
            let _ = writeln!(input, "{letter}");
        }
        let began = Instant::now();
        loop {
            match child.try_wait() {
                Ok(Some(status)) if status.success() => return Ok(()),
                Ok(Some(status)) => return Err(format!("it ended with {status}")),
                Ok(None) if began.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(20)),
                Ok(None) => {
                    let _ = child.kill();
                    let _ = child.wait();
                    return Err(format!("it did not end within {} s", PATIENCE.as_secs()));
                }
                Err(error) => return Err(error.to_string()),
            }
        }
    }
}

/// What an environment can hold.
fn plain(text: Option<&str>) -> String {
    text.unwrap_or_default().replace('\0', "\u{fffd}")
}
