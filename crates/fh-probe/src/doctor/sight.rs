//! What was seen of everything, before anything is concluded from it.

use std::{collections::BTreeMap, net::IpAddr, path::PathBuf, time::Duration};

use fh_outbox::{MaySend, Stats};
use fh_types::{CatDateTime, jiff::SignedDuration};
use fiscal_harmony::{
    Error,
    account::{FiscalDevice, Subscription},
    mapping::Mapped,
};

use super::patient::{Other, Said, Source};

/// What was seen.
#[derive(Debug)]
#[non_exhaustive]
pub struct Sight {
    /// The version of the program that looks.
    pub version: String,
    /// When.
    pub now: CatDateTime,
    /// Who this till is.
    pub settings: SettingsSight,
    /// The way to the service; none where no address is known.
    pub network: Option<NetworkSight>,
    /// What the service said; the error is why nobody could be asked.
    pub account: Result<AccountSight, String>,
    /// The outbox; the error is why there is none to look at.
    pub outbox: Result<OutboxSight, String>,
    /// The agent; none where none is looked for.
    pub agent: Option<AgentSight>,
    /// The receiver of webhooks; none where no address was given.
    pub webhook: Option<WebhookSight>,
    /// Whether results are expected to be pushed.
    pub expects_webhooks: bool,
}

/// Who this till is, as far as its settings say.
#[derive(Debug)]
#[non_exhaustive]
pub struct SettingsSight {
    /// Where they come from.
    pub source: Source,
    /// The file of profiles, where they come from one.
    pub file: Option<FileSight>,
    /// What they say.
    pub said: Result<Said, String>,
    /// Why no client can be made of them.
    pub client: Result<(), String>,
    /// Variables that are not looked at.
    pub ignored: Vec<String>,
    /// The other profiles.
    pub others: Vec<OtherSight>,
}

/// Another profile.
pub(super) type OtherSight = Other;

impl std::fmt::Debug for Other {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Other")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// A file and who may read it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileSight {
    /// Which.
    pub path: PathBuf,
    /// Its permission bits, on Unix; the error is why it cannot be looked at.
    pub mode: Result<Option<u32>, String>,
    /// The permission bits of its folder, on Unix.
    pub folder_mode: Option<u32>,
    /// How long it is.
    pub bytes: u64,
}

/// The way to the service.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NetworkSight {
    /// The address that is spoken to.
    pub base_url: String,
    /// The host of it.
    pub host: String,
    /// Whether it is this machine.
    pub is_loopback: bool,
    /// The proxy that is used, without a password, and whether it could be reached.
    pub proxy: Option<(String, Result<(), String>)>,
    /// What the name of the host stands for; none where a proxy looks it up.
    pub dns: Option<Result<Vec<IpAddr>, String>>,
    /// How long a connection took; none where a proxy makes it, or the name stands for nothing.
    pub connect: Option<Result<Duration, String>>,
    /// The certificate; none over plain HTTP, through a proxy, or without a connection.
    pub tls: Option<Result<TlsSight, TlsFault>>,
}

/// A certificate that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsSight {
    /// Who issued it.
    pub issuer: String,
    /// Until when it is good.
    pub not_after: Option<CatDateTime>,
}

/// A certificate that was not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsFault {
    /// It has ended.
    Expired {
        /// When.
        not_after: Option<CatDateTime>,
    },
    /// It begins later: here or there a clock is wrong.
    NotYet,
    /// Nobody who is trusted here has issued it.
    UnknownIssuer {
        /// Who did.
        issuer: String,
    },
    /// It is another host's.
    OtherName,
    /// Something else.
    Other(String),
}

/// What the service said.
#[derive(Debug)]
#[non_exhaustive]
pub struct AccountSight {
    /// Whether it knows the key: an unsigned question.
    pub key: Result<String, Error>,
    /// Whether it takes the signature: a signed question that changes nothing.
    pub signature: Result<(), Error>,
    /// The device; `None` where there is none.
    pub device: Result<Option<FiscalDevice>, Error>,
    /// The subscription; `None` where there is none.
    pub subscription: Result<Option<Subscription>, Error>,
    /// The mappings and what they may point to.
    pub mapped: Result<Mapped, Error>,
    /// How far this machine's clock is ahead of the service's.
    pub clock_ahead: Option<SignedDuration>,
    /// How long answers took.
    pub latencies: Vec<Duration>,
}

/// The outbox.
#[derive(Debug)]
#[non_exhaustive]
pub struct OutboxSight {
    /// Where it is, for people.
    pub place: String,
    /// Its file, where it is one.
    pub file: Option<FileSight>,
    /// Whether it is whole; the error is what is damaged. None where that was not looked at.
    pub whole: Option<Result<(), String>>,
    /// The free bytes of its disk; none where that cannot be told.
    pub free_bytes: Option<u64>,
    /// The lane that documents go into.
    pub lane: String,
    /// What it says of itself; the error is why it cannot be opened.
    pub open: Result<OpenSight, String>,
}

/// An outbox that could be opened.
#[derive(Debug)]
#[non_exhaustive]
pub struct OpenSight {
    /// Whether this machine sends from it.
    pub may_send: MaySend,
    /// At a glance, with its alarms.
    pub stats: Stats,
    /// When the latest document was fiscalised.
    pub last_fiscalised: Option<CatDateTime>,
    /// When the oldest of its latest documents was taken in.
    pub oldest: Option<CatDateTime>,
    /// What its latest documents use.
    pub used: Used,
}

/// What documents use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Used {
    /// How many were looked at.
    pub documents: usize,
    /// How many lines they have.
    pub lines: usize,
    /// The tax codes of invoices, each with its lines and its latest date.
    pub taxes: BTreeMap<String, (usize, CatDateTime)>,
    /// The currencies, each with its documents.
    pub currencies: BTreeMap<String, usize>,
    /// The HS codes, each with its lines.
    pub hs_codes: BTreeMap<String, usize>,
}

/// The agent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AgentSight {
    /// Where it is looked for.
    pub address: String,
    /// The file of its token; none where there is no such file.
    pub token_file: Option<FileSight>,
    /// How many characters the token has; the error is why it cannot be read.
    pub token: Option<Result<usize, String>>,
    /// Whether something listens there.
    pub listens: bool,
    /// Whether what listens is an agent.
    pub is_agent: bool,
    /// Its version, where it says it.
    pub version: Option<String>,
    /// Whether it took the token; none where it was not asked.
    pub takes_token: Option<bool>,
    /// Whether it can take documents in; the error is why not. None where it was not asked.
    pub is_ready: Option<Result<(), String>>,
    /// Webhooks without a right signature since it began; none where it receives none.
    pub refused_webhooks: Option<u64>,
}

/// The receiver of webhooks, tested as the portal does.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WebhookSight {
    /// Its address.
    pub url: String,
    /// What was sent and what came back; the error is why nothing could be sent.
    pub steps: Result<Vec<WebhookStep>, String>,
}

/// One request of the test.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WebhookStep {
    /// What was sent.
    pub sent: &'static str,
    /// Whether its signature was right.
    pub is_right: bool,
    /// The status; the error is why there was none.
    pub status: Result<u16, String>,
    /// Whether a cookie came with it.
    pub cookies: bool,
    /// How long it took.
    pub took: Duration,
}
