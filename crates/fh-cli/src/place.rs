//! Which outbox, and which lane of it.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use fh_outbox::{Alarm, AlarmKind, Outbox, OutboxError, Policy};
use fh_types::SystemClock;
use tempfile::TempDir;

use crate::{
    cli::Global,
    exit::{Exit, Failure},
};

/// Names another outbox; the place for an address with a password in it.
const VARIABLE: &str = "FH_OUTBOX";

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Place {
    /// The outbox: a SQLite file, or a postgres:// address. Otherwise FH_OUTBOX, or fiscal-harmony/outbox.db in the folder of the
    /// programs' state. An address with a password belongs into FH_OUTBOX.
    #[arg(long, value_name = "ADDRESS")]
    outbox: Option<OsString>,
    /// The lane: documents of one lane are sent in order. Otherwise the name of the profile, or "default".
    #[arg(long, value_name = "NAME")]
    lane: Option<String>,
}

/// An open outbox, and the folder that it is in when that ends with this process.
pub(crate) struct Opened {
    pub(crate) outbox: Outbox,
    _sandbox: Option<TempDir>,
}

impl Place {
    /// Opens it. In the sandbox it is a new one in a temporary folder.
    pub(crate) async fn open(&self, global: &Global, policy: Policy) -> Result<Opened, Failure> {
        let (address, sandbox) = if global.sandbox && self.outbox.is_none() {
            let folder = tempfile::tempdir()
                .map_err(|error| Failure::service(format!("there is no place for the sandbox's outbox: {error}")))?;
            (folder.path().join("outbox.db").into_os_string(), Some(folder))
        } else {
            (self.address()?, None)
        };
        let outbox = Outbox::open_with(Path::new(&address), policy, Arc::new(SystemClock))
            .await
            .map_err(Failure::from)?;
        Ok(Opened {
            outbox: outbox.for_lane(self.lane(global)),
            _sandbox: sandbox,
        })
    }

    /// The lane that was asked for.
    pub(crate) fn lane(&self, global: &Global) -> String {
        let lane = self.lane.as_deref().or(global.profile.as_deref());
        lane.unwrap_or("default").to_owned()
    }

    /// The lane, if one was named.
    pub(crate) fn asked_lane(&self) -> Option<String> {
        self.lane.clone()
    }

    fn address(&self) -> Result<OsString, Failure> {
        if let Some(address) = &self.outbox {
            if address.to_str().is_some_and(holds_a_password) {
                return Err(Failure::usage(format!(
                    "--outbox: others on this machine can see the password in an argument; put the address into {VARIABLE}, or the \
                     password into ~/.pgpass or PGPASSWORD"
                )));
            }
            return Ok(address.clone());
        }
        if let Some(address) = env::var_os(VARIABLE).filter(|value| !value.is_empty()) {
            return Ok(address);
        }
        let folder = folder_of_state(|name| env::var_os(name).filter(|value| !value.is_empty())).ok_or_else(|| {
            Failure::usage(format!(
                "there is no place for the outbox: name one with --outbox or {VARIABLE}, or set HOME (on Windows: LOCALAPPDATA)"
            ))
        })?;
        make_folder(&folder).map_err(|error| {
            Failure::service(format!(
                "the folder {} cannot be made: {error}; name another place with --outbox",
                folder.display()
            ))
        })?;
        Ok(folder.join("outbox.db").into_os_string())
    }
}

fn holds_a_password(address: &str) -> bool {
    let authority = address
        .split_once("://")
        .and_then(|(_, rest)| rest.split(['/', '?']).next());
    let user = authority.and_then(|authority| authority.rsplit_once('@'));
    user.is_some_and(|(user, _)| user.contains(':')) || address.contains("password=")
}

fn folder_of_state(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let folder = if cfg!(windows) {
        variable("LOCALAPPDATA").map(PathBuf::from)
    } else {
        variable("XDG_STATE_HOME")
            .map(PathBuf::from)
            .or_else(|| variable("HOME").map(|home| Path::new(&home).join(".local/state")))
    };
    Some(folder?.join("fiscal-harmony"))
}

/// Where the agent's token is, unless told otherwise.
pub(crate) fn token_file() -> Result<PathBuf, Failure> {
    let folder = folder_of_state(|name| env::var_os(name).filter(|value| !value.is_empty()));
    let folder = folder.ok_or_else(|| {
        Failure::usage(
            "there is no place for the token: name a file with --token-file, or set HOME (on Windows: LOCALAPPDATA)",
        )
    })?;
    Ok(folder.join("agent-token"))
}

/// Makes a folder for its owner's eyes only.
pub(crate) fn make_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(folder)
}

impl From<OutboxError> for Failure {
    fn from(error: OutboxError) -> Self {
        let exit = match &error {
            OutboxError::Document(_) | OutboxError::Preflight(_) | OutboxError::OtherContent { .. } => Exit::Refused,
            OutboxError::NoSuchDocument(_) | OutboxError::NotPossible { .. } | OutboxError::Address(_) => Exit::Usage,
            _ => Exit::Service,
        };
        Self {
            exit,
            message: words(&error),
        }
    }
}

/// What an error says at a terminal: where the library names its own calls, the command that makes them.
fn words(error: &OutboxError) -> String {
    match error {
        OutboxError::NoSuchDocument(document) => {
            format!("{document:?} is not in the outbox; `fh queue ls` lists what is")
        }
        error => error.to_string(),
    }
}

/// What to do about an alarm, at a terminal.
pub(crate) fn advice(alarm: &Alarm) -> &'static str {
    match alarm.kind {
        AlarmKind::Unsent => {
            "see why with `fh queue ls`; a fault of more than eight hours must be reported to ZIMRA within eight hours"
        }
        _ => alarm.remedy,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_an_address_is_seen() {
        for (address, holds) in [
            ("postgres://fh:geheim@db/till", true),
            ("postgres://db/till?user=fh&password=geheim", true),
            ("postgres://fh@db:5432/till", false),
            ("postgres://db:5432/till", false),
            ("C:\\shop\\till.db", false),
            ("/var/lib/a@b:c/till.db", false),
        ] {
            assert_eq!(holds_a_password(address), holds, "{address}");
        }
    }

    #[test]
    fn the_outbox_is_where_the_platform_keeps_state() {
        let home = |name: &str| (name == "HOME" || name == "LOCALAPPDATA").then(|| OsString::from("/home/rudo"));
        let folder = folder_of_state(home).unwrap();
        assert!(folder.ends_with("fiscal-harmony"), "{folder:?}");
        assert_eq!(folder_of_state(|_| None), None);
        if !cfg!(windows) {
            let state = |name: &str| (name == "XDG_STATE_HOME").then(|| OsString::from("/state"));
            assert_eq!(folder_of_state(state).unwrap(), Path::new("/state/fiscal-harmony"));
        }
    }
}
