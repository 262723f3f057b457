//! `fh doctor`: what stands between a till and its receipts, looked for before a customer waits.
//!
//! [`examine`] looks at everything at once, each look with a time-out of its own ([`Sight`] is what was seen), and then holds each of
//! [`CHECKS`] to it. A check is a pure function of what was seen: it passes, warns, fails or is skipped, and says in one sentence what to
//! do. No text of it holds a secret, and nothing that is sent to the service changes anything there.

mod account;
mod agent;
mod bundle;
mod certificate;
mod check;
mod checks;
mod documents;
mod look;
mod network;
mod outbox;
mod patient;
mod settings;
mod sight;
mod taxes;
mod webhook;
mod zip;

pub use bundle::{Bundle, BundleError};
pub use check::{Area, Check, Finding, Report, Verdict};
pub use checks::{CHECKS, examine, judge};
pub use look::look;
pub use patient::{AgentPlace, Environment, Other, Patient, Said, Source, StorePlace};
pub use sight::{
    AccountSight, AgentSight, FileSight, NetworkSight, OutboxSight, SettingsSight, Sight, TlsFault, TlsSight, Used,
    WebhookSight, WebhookStep,
};
