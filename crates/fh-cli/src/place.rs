//! Which outbox, and which lane of it.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    sync::Arc,
};

use fh_auth::make_private_folder;
use fh_outbox::{Outbox, Policy};
use fh_types::SystemClock;
use tempfile::TempDir;

use crate::{exit::Failure, global::Global};

/// Names another outbox; the place for an address with a password in it.
const VARIABLE: &str = "FH_OUTBOX";
/// The file in the folder that is taken when nothing is named.
const FILE: &str = "outbox.db";

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
    folder: Option<TempDir>,
}

impl Opened {
    /// Leaves the folder where it is. Says where the outbox is.
    pub(crate) fn keep(self) -> Option<PathBuf> {
        self.folder.map(|folder| folder.keep().join(FILE))
    }
}

impl Place {
    /// Opens it. In the sandbox it is a new one in a temporary folder.
    pub(crate) async fn open(&self, global: &Global, policy: Policy) -> Result<Opened, Failure> {
        if global.sandbox && self.outbox.is_none() {
            return self.open_in(temporary()?, global, policy).await;
        }
        let outbox = open(Path::new(&self.address()?), policy).await?;
        Ok(Opened {
            outbox: outbox.for_lane(self.lane(global)),
            folder: None,
        })
    }

    /// Opens a new one that ends with this process unless it is kept.
    pub(crate) async fn open_of_its_own(&self, global: &Global, policy: Policy) -> Result<Opened, Failure> {
        // What is kept should outlive a restart of the machine, which a temporary folder may not.
        let beside_the_other = || {
            let folder = folder_of_state(set_variable)?;
            make_private_folder(&folder).ok()?;
            tempfile::Builder::new().prefix("direct-").tempdir_in(folder).ok()
        };
        let folder = if global.sandbox { None } else { beside_the_other() };
        let folder = folder.map_or_else(temporary, Ok)?;
        self.open_in(folder, global, policy).await
    }

    async fn open_in(&self, folder: TempDir, global: &Global, policy: Policy) -> Result<Opened, Failure> {
        let outbox = open(&folder.path().join(FILE), policy).await?;
        Ok(Opened {
            outbox: outbox.for_lane(self.lane(global)),
            folder: Some(folder),
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
        let folder = folder_of_state(set_variable).ok_or_else(|| {
            Failure::usage(format!(
                "there is no place for the outbox: name one with --outbox or {VARIABLE}, or set HOME (on Windows: LOCALAPPDATA)"
            ))
        })?;
        make_private_folder(&folder).map_err(|error| {
            Failure::service(format!(
                "the folder {} cannot be made: {error}; name another place with --outbox",
                folder.display()
            ))
        })?;
        Ok(folder.join(FILE).into_os_string())
    }
}

fn set_variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

fn temporary() -> Result<TempDir, Failure> {
    tempfile::tempdir().map_err(|error| Failure::service(format!("there is no place for a temporary outbox: {error}")))
}

async fn open(address: &Path, policy: Policy) -> Result<Outbox, Failure> {
    Ok(Outbox::open_with(address, policy, Arc::new(SystemClock)).await?)
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
    let folder = folder_of_state(set_variable);
    let folder = folder.ok_or_else(|| {
        Failure::usage(
            "there is no place for the token: name a file with --token-file, or set HOME (on Windows: LOCALAPPDATA)",
        )
    })?;
    Ok(folder.join("agent-token"))
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
