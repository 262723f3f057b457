//! Which outbox, and which lane of it.

use std::{
    env,
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

use fh_auth::make_private_folder;
use fh_outbox::{Outbox, OutboxBuilder, Policy, state_folder};
use fh_probe::doctor::StorePlace;
use tempfile::TempDir;

use crate::{connection::machine_of_profile, exit::Failure, global::Global};

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
    /// The name of this machine, by which a copy of the outbox on another one is noticed; for a container, whose own name changes. Otherwise
    /// the profile's machine_id, or the system's.
    #[arg(long, value_name = "NAME", env = "FH_MACHINE_ID", hide_env_values = true)]
    machine_id: Option<String>,
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
        let outbox = self.builder(global, policy)?.open().await?;
        Ok(Opened {
            outbox: outbox.for_lane(self.lane(global)),
            folder: None,
        })
    }

    /// How it is opened.
    pub(crate) fn builder(&self, global: &Global, policy: Policy) -> Result<OutboxBuilder, Failure> {
        let address = self.address()?;
        if let Some(folder) = self.default_folder() {
            make_private_folder(&folder).map_err(|error| {
                Failure::service(format!(
                    "the folder {} cannot be made: {error}; name another place with --outbox",
                    folder.display()
                ))
            })?;
        }
        Ok(self.builder_at(&address, global, policy))
    }

    fn builder_at(&self, address: &OsStr, global: &Global, policy: Policy) -> OutboxBuilder {
        let builder = Outbox::builder(Path::new(address)).policy(policy);
        match self.machine_id.clone().or_else(|| machine_of_profile(global)) {
            Some(name) => builder.machine_id(name),
            None => builder,
        }
    }

    /// Opens a new one that ends with this process unless it is kept.
    pub(crate) async fn open_of_its_own(&self, global: &Global, policy: Policy) -> Result<Opened, Failure> {
        // What is kept should outlive a restart of the machine, which a temporary folder may not.
        let beside_the_other = || {
            let folder = state_folder()?;
            make_private_folder(&folder).ok()?;
            tempfile::Builder::new().prefix("direct-").tempdir_in(folder).ok()
        };
        let folder = if global.sandbox { None } else { beside_the_other() };
        let folder = folder.map_or_else(temporary, Ok)?;
        self.open_in(folder, global, policy).await
    }

    async fn open_in(&self, folder: TempDir, global: &Global, policy: Policy) -> Result<Opened, Failure> {
        // It ends with its folder, and so does its mark.
        let builder = Outbox::builder(folder.path().join(FILE)).mark_folder(None);
        let outbox = builder.policy(policy).open().await?;
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

    /// The outbox for who only looks at it: one that is not there is not made.
    pub(crate) fn looked_at(&self, global: &Global, policy: Policy) -> Result<StorePlace, Failure> {
        let address = self.address()?;
        let builder = self.builder_at(&address, global, policy);
        let shown = address.to_string_lossy().into_owned();
        if shown.starts_with("postgres") && shown.contains("://") {
            return Ok(StorePlace::new("the PostgreSQL database", None, builder));
        }
        let file = PathBuf::from(shown.strip_prefix("sqlite:").unwrap_or(&shown));
        Ok(StorePlace::new(file.display().to_string(), Some(file), builder))
    }

    /// Whether there is an outbox to look at.
    pub(crate) fn is_there(&self, global: &Global) -> Result<bool, Failure> {
        if global.sandbox && self.outbox.is_none() {
            return Ok(false);
        }
        let address = self.address()?;
        let shown = address.to_string_lossy();
        let is_server = shown.starts_with("postgres") && shown.contains("://");
        Ok(is_server || Path::new(shown.strip_prefix("sqlite:").unwrap_or(&shown)).exists())
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
        let folder = state_folder().ok_or_else(|| {
            Failure::usage(format!(
                "there is no place for the outbox: name one with --outbox or {VARIABLE}, or set HOME (on Windows: LOCALAPPDATA)"
            ))
        })?;
        Ok(folder.join(FILE).into_os_string())
    }

    /// The folder that it is in, when nobody named another place.
    fn default_folder(&self) -> Option<PathBuf> {
        let is_named = self.outbox.is_some() || env::var_os(VARIABLE).is_some_and(|value| !value.is_empty());
        state_folder().filter(|_| !is_named)
    }
}

fn temporary() -> Result<TempDir, Failure> {
    tempfile::tempdir().map_err(|error| Failure::service(format!("there is no place for a temporary outbox: {error}")))
}

fn holds_a_password(address: &str) -> bool {
    let authority = address
        .split_once("://")
        .and_then(|(_, rest)| rest.split(['/', '?']).next());
    let user = authority.and_then(|authority| authority.rsplit_once('@'));
    user.is_some_and(|(user, _)| user.contains(':')) || address.contains("password=")
}

/// Where the agent's token is, unless told otherwise.
pub(crate) fn token_file() -> Result<PathBuf, Failure> {
    let folder = state_folder();
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
}
