//! What is examined.

use std::{fmt, path::PathBuf};

use fh_outbox::OutboxBuilder;
use zeroize::Zeroizing;

/// What is examined: where the settings are, which outbox, which agent.
#[non_exhaustive]
pub struct Patient {
    /// The version of the program that asks.
    pub version: String,
    /// Where the settings come from.
    pub source: Source,
    /// What they say, or why they cannot be read.
    pub said: Result<Said, String>,
    /// Variables of the environment that are not looked at.
    pub ignored: Vec<String>,
    /// The other profiles of the same file.
    pub others: Vec<Other>,
    /// The outbox; none in a sandbox.
    pub store: Option<StorePlace>,
    /// The lane that documents go into.
    pub lane: String,
    /// Whether results are expected to be pushed.
    pub expects_webhooks: bool,
    /// The agent.
    pub agent: Option<AgentPlace>,
    /// The public address of the receiver of webhooks, which is tested when it is given.
    pub webhook_url: Option<String>,
    /// What the environment says of proxies.
    pub environment: Environment,
    /// More certificates to trust, as PEM.
    pub root_certificates: Vec<Vec<u8>>,
}

/// Where settings come from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// The variables of the environment.
    Environment,
    /// A section of a file.
    Profile {
        /// The file.
        path: PathBuf,
        /// The section.
        name: String,
    },
    /// A simulator inside of this process.
    Sandbox,
    /// Nothing says who is speaking.
    Nowhere {
        /// Where a profile file would be looked for.
        path: Option<PathBuf>,
    },
}

/// What settings say, as they stand there: none of it is checked.
#[derive(Default, Clone)]
#[non_exhaustive]
pub struct Said {
    /// The API key.
    pub api_key: Option<String>,
    /// The API secret.
    pub api_secret: Option<Zeroizing<String>>,
    /// The secret before a rotation.
    pub previous_api_secret: Option<Zeroizing<String>>,
    /// The application.
    pub application: Option<String>,
    /// The station.
    pub station: Option<String>,
    /// The application's version.
    pub app_version: Option<String>,
    /// The base URL; `None` is production.
    pub base_url: Option<String>,
    /// Key and secret may have any form.
    pub unchecked_format: bool,
}

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Said")
            .field("application", &self.application)
            .field("station", &self.station)
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

/// Another profile of the same file, as far as it matters to this one.
#[derive(Clone)]
#[non_exhaustive]
pub struct Other {
    /// Its name.
    pub name: String,
    /// What it says, or why it cannot be read.
    pub said: Result<Said, String>,
}

impl Other {
    /// Another profile.
    #[must_use]
    pub fn new(name: impl Into<String>, said: Result<Said, String>) -> Self {
        let name = name.into();
        Self { name, said }
    }
}

/// Which outbox, and how it is opened.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StorePlace {
    /// Where it is, for people; without a password.
    pub shown: String,
    /// The file, where it is one.
    pub file: Option<PathBuf>,
    /// How it is opened.
    pub builder: OutboxBuilder,
}

impl StorePlace {
    /// An outbox.
    #[must_use]
    pub fn new(shown: impl Into<String>, file: Option<PathBuf>, builder: OutboxBuilder) -> Self {
        let shown = shown.into();
        Self { shown, file, builder }
    }
}

/// Where an agent would be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AgentPlace {
    /// Its address, such as `127.0.0.1:8490`.
    pub address: String,
    /// The file of its token.
    pub token_file: PathBuf,
}

impl AgentPlace {
    /// An agent.
    #[must_use]
    pub fn new(address: impl Into<String>, token_file: impl Into<PathBuf>) -> Self {
        Self {
            address: address.into(),
            token_file: token_file.into(),
        }
    }
}

/// What the environment says of proxies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Environment {
    /// `HTTPS_PROXY` or `ALL_PROXY`, in either case.
    pub proxy: Option<String>,
    /// `NO_PROXY`, in either case.
    pub no_proxy: Option<String>,
}

impl Environment {
    /// The environment of this process.
    #[must_use]
    pub fn of_this_process() -> Self {
        let variable = |names: &[&str]| {
            let read = |name: &&str| std::env::var(name).ok().filter(|value| !value.is_empty());
            names.iter().find_map(read)
        };
        Self {
            proxy: variable(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]),
            no_proxy: variable(&["no_proxy", "NO_PROXY"]),
        }
    }
}

impl Patient {
    /// A patient of whom nothing is known but where his settings come from and what they say.
    #[must_use]
    pub fn new(version: impl Into<String>, source: Source, said: Result<Said, String>) -> Self {
        Self {
            version: version.into(),
            source,
            said,
            ignored: Vec::new(),
            others: Vec::new(),
            store: None,
            lane: "default".to_owned(),
            expects_webhooks: false,
            agent: None,
            webhook_url: None,
            environment: Environment::default(),
            root_certificates: Vec::new(),
        }
    }
}

impl fmt::Debug for Patient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Patient")
            .field("source", &self.source)
            .field("said", &self.said)
            .finish_non_exhaustive()
    }
}
