//! The support archive: what a person far away needs to help, without a secret and without anybody's data.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use fh_auth::open_private;
use fiscal_harmony::device::VatStatus;
use serde_json::{Value, json};

use super::{
    account::config_of,
    check::{Area, Report},
    patient::Source,
    sight::{OpenSight, Sight},
    zip::{Member, archive},
};

/// A support archive, made and not written yet.
///
/// It is made from what is known to be harmless, not by crossing out: settings by name, versions, counts, the tax table, the mappings. Names,
/// numbers, documents and secrets are not in it; a last look for what is secret here refuses to write it should one have slipped in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    bytes: Vec<u8>,
    members: Vec<(&'static str, usize)>,
}

/// Why there is no support archive.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// Something secret would be in it.
    #[error(
        "the support archive would hold {0}, so it was not written; send the output of `fh doctor` instead, and report this"
    )]
    Secret(&'static str),
    /// It cannot be made.
    #[error("the support archive cannot be made: {0}; send the output of `fh doctor` instead")]
    Made(String),
    /// It cannot be written.
    #[error("{} cannot be written: {source}; name another file", path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is something of that name.
    #[error("{} is there already; name another file, or take it away first", .0.display())]
    Exists(PathBuf),
}

impl Bundle {
    /// Makes the archive of an examination.
    ///
    /// # Errors
    ///
    /// When a secret of the settings, or the taxpayer's name or number, would be in it, or it cannot be made.
    pub fn of(sight: &Sight, report: &Report) -> Result<Self, BundleError> {
        let hidden = hidden(sight);
        let members = [
            member("README.txt", README.as_bytes().to_vec()),
            member("report.json", text(&redacted(&findings(report), &hidden))),
            member("settings.json", text(&settings(sight))),
            member("network.json", text(&redacted(&network(sight), &hidden))),
            member("account.json", text(&redacted(&account(sight), &hidden))),
            member("outbox.json", text(&redacted(&outbox(sight), &hidden))),
        ];
        for member in &members {
            for (what, secret) in &hidden {
                if contains(&member.content, secret.as_bytes()) {
                    return Err(BundleError::Secret(what));
                }
            }
        }
        Ok(Self {
            bytes: archive(&members).map_err(|error| BundleError::Made(error.to_string()))?,
            members: members
                .iter()
                .map(|member| (member.name, member.content.len()))
                .collect(),
        })
    }

    /// The names of its files and how long each is.
    #[must_use]
    pub fn members(&self) -> &[(&'static str, usize)] {
        &self.members
    }

    /// The archive itself, a ZIP file.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Writes it for its owner alone. A file that is there is not written over.
    ///
    /// # Errors
    ///
    /// When there is something of that name, or it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), BundleError> {
        let written = open_private(std::fs::OpenOptions::new().write(true).create_new(true), path)
            .and_then(|mut file| file.write_all(&self.bytes));
        written.map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => BundleError::Exists(path.to_owned()),
            _ => BundleError::Write {
                path: path.to_owned(),
                source,
            },
        })
    }
}

const README: &str = "\
A support archive of `fh doctor`. It holds what each check found, settings by name (no key, no secret), the device's tax table, the mappings, and
counts of the outbox. It holds no document, no buyer, no taxpayer and no secret. Look through it before you send it on: it is plain text.
";

fn member(name: &'static str, content: Vec<u8>) -> Member {
    Member { name, content }
}

fn text(value: &Value) -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(value).unwrap_or_default();
    text.push(b'\n');
    text
}

/// What must not be in the archive, each with what it is.
fn hidden(sight: &Sight) -> Vec<(&'static str, String)> {
    let mut hidden = Vec::new();
    let mut hide = |what: &'static str, text: Option<&str>| {
        // What is short stands anywhere by chance.
        if let Some(text) = text.map(str::trim).filter(|text| text.len() >= 6) {
            hidden.push((what, text.to_owned()));
            let escaped = serde_json::to_string(text).unwrap_or_default();
            let escaped = escaped.trim_matches('"');
            if escaped != text {
                hidden.push((what, escaped.to_owned()));
            }
        }
    };
    let others = sight
        .settings
        .others
        .iter()
        .filter_map(|other| other.said.as_ref().ok());
    for said in sight.settings.said.as_ref().ok().into_iter().chain(others) {
        hide("an API key", said.api_key.as_deref());
        hide("an API secret", said.api_secret.as_deref().map(String::as_str));
        hide("an API secret", said.previous_api_secret.as_deref().map(String::as_str));
        hide("the name of a station", said.station.as_deref());
    }
    if let Ok(account) = &sight.account {
        hide("the name of the account", account.key.as_ref().ok().map(String::as_str));
        if let Some(config) = config_of(account) {
            hide("the taxpayer's name", config.taxpayer_name.as_deref());
            hide("the taxpayer's TIN", config.taxpayer_tin.as_deref());
            hide("the device's serial number", config.serial_number.as_deref());
            if let VatStatus::Registered(number) = &config.vat {
                hide("the taxpayer's VAT number", Some(number));
            }
        }
    }
    if let Some(home) = std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE")) {
        hide(
            "the name of a person's folder",
            home.to_str().filter(|home| home.len() > 5),
        );
    }
    hidden
}

/// A value in whose texts nothing hidden stands.
fn redacted(value: &Value, hidden: &[(&'static str, String)]) -> Value {
    match value {
        Value::String(text) => {
            let mut text = text.clone();
            for (what, secret) in hidden {
                if text.contains(secret.as_str()) {
                    text = text.replace(secret.as_str(), &format!("[{what}]"));
                }
            }
            Value::String(text)
        }
        Value::Array(items) => items.iter().map(|item| redacted(item, hidden)).collect(),
        Value::Object(object) => {
            let members = object.iter();
            Value::Object(
                members
                    .map(|(name, value)| (name.clone(), redacted(value, hidden)))
                    .collect(),
            )
        }
        other => other.clone(),
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    !part.is_empty() && text.windows(part.len()).any(|window| window == part)
}

/// Checks outside of [`Area::Network`], [`Area::Account`] and [`Area::Webhook`] whose words name nobody, no file and no document.
const HARMLESS: [&str; 9] = [
    "settings.one_source",
    "credentials.key",
    "credentials.secret",
    "credentials.previous_secret",
    "documents.hs_codes",
    "outbox.size",
    "outbox.disk",
    "outbox.backup",
    "versions",
];

/// What was found, with the words where they are harmless.
fn findings(report: &Report) -> Value {
    let findings = report.findings.iter().map(|finding| {
        let is_harmless =
            matches!(finding.area, Area::Network | Area::Account | Area::Webhook) || HARMLESS.contains(&finding.check);
        let words = is_harmless.then_some(&finding.message);
        json!({"check": finding.check, "verdict": finding.verdict, "message": words})
    });
    json!({"version": report.version, "at": report.at, "findings": findings.collect::<Vec<_>>()})
}

fn settings(sight: &Sight) -> Value {
    let source = match &sight.settings.source {
        Source::Environment => "environment",
        Source::Profile { .. } => "profile",
        Source::Sandbox => "sandbox",
        Source::Nowhere { .. } => "nowhere",
    };
    let said = sight.settings.said.as_ref().ok();
    let length = |text: Option<&str>| text.map(str::len);
    json!({
        "source": source,
        "readable": said.is_some(),
        "api_key_length": said.and_then(|said| length(said.api_key.as_deref())),
        "api_secret_length": said.and_then(|said| length(said.api_secret.as_deref().map(String::as_str))),
        "has_previous_secret": said.is_some_and(|said| said.previous_api_secret.is_some()),
        "has_application": said.is_some_and(|said| said.application.is_some()),
        "has_station": said.is_some_and(|said| said.station.is_some()),
        "unchecked_format": said.is_some_and(|said| said.unchecked_format),
        "profiles": sight.settings.others.len() + 1,
        "not_looked_at": sight.settings.ignored,
        "system": std::env::consts::OS,
        "processor": std::env::consts::ARCH,
        "version": sight.version,
        "at": sight.now,
    })
}

fn network(sight: &Sight) -> Value {
    let Some(network) = &sight.network else {
        return Value::Null;
    };
    json!({
        "base_url": network.base_url,
        "has_proxy": network.proxy.is_some(),
        "addresses": network.dns.as_ref().map(|dns| dns.as_ref().map_or(0, Vec::len)),
        "connect_millis": network.connect.as_ref().and_then(|connect| connect.as_ref().ok()).map(|took| took.as_millis() as u64),
        "issuer": network.tls.as_ref().and_then(|tls| tls.as_ref().ok()).map(|tls| &tls.issuer),
    })
}

fn account(sight: &Sight) -> Value {
    let Ok(account) = &sight.account else {
        return Value::Null;
    };
    let mapped = account.mapped.as_ref().ok();
    let config = config_of(account);
    json!({
        "clock_ahead_seconds": account.clock_ahead.map(|ahead| ahead.as_secs()),
        "latency_millis": account.latencies.iter().map(|took| took.as_millis() as u64).collect::<Vec<_>>(),
        "device": config.as_ref().map(|config| json!({
            "taxes": config.taxes,
            "is_registered_for_vat": matches!(config.vat, VatStatus::Registered(_)),
            "certificate_valid_till": config.certificate_valid_till,
            "qr_url": config.qr_url,
            "not_understood": config.unread.len(),
        })),
        // Which fields there are is worth knowing, since none is documented; what stands in them may be anything.
        "subscription_fields": account.subscription.as_ref().ok().and_then(Option::as_ref).map(|subscription| {
            subscription.members.keys().cloned().collect::<Vec<_>>()
        }),
        "tax_mappings": mapped.map(|mapped| {
            let mappings = mapped.taxes.iter();
            mappings.map(|mapping| json!({"code": mapping.tax_code, "tax_id": mapping.destination_tax_id})).collect::<Vec<_>>()
        }),
        "currency_mappings": mapped.map(|mapped| {
            let mappings = mapped.currencies.iter();
            mappings.map(|mapping| json!([mapping.source_currency, mapping.destination_currency])).collect::<Vec<_>>()
        }),
        "supported_currencies": mapped.map(|mapped| &mapped.supported),
    })
}

fn outbox(sight: &Sight) -> Value {
    let Ok(outbox) = &sight.outbox else { return Value::Null };
    json!({
        "bytes": outbox.file.as_ref().map(|file| file.bytes),
        "free_bytes": outbox.free_bytes,
        "opened": outbox.open.as_ref().ok().map(opened),
    })
}

fn opened(open: &OpenSight) -> Value {
    let stats = &open.stats;
    json!({
        "settled": stats.settled,
        "today": stats.today,
        "open": stats.open(),
        "lanes": stats.lanes.len(),
        // An alarm's text names documents.
        "alarms": stats.alarms.iter().map(|alarm| json!({"kind": alarm.kind, "gravity": alarm.gravity, "since": alarm.since})).collect::<Vec<_>>(),
        "last_webhook": stats.last_webhook,
        "last_backup": stats.last_backup,
        "last_fiscalised": open.last_fiscalised,
        "documents_looked_at": open.used.documents,
    })
}
