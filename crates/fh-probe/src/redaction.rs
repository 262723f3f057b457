//! Takes out of exchanges what belongs to somebody: the key, the secret, names, numbers of taxpayers, addresses. The same value becomes the
//! same pseudonym everywhere in one probe, and another in the next, since the pseudonyms are keyed.

use std::collections::{BTreeMap, BTreeSet};

use fh_auth::{ApiKey, ApiSecret, signature};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value};
use sha2::Sha256;

use crate::{
    exchange::{Exchange, Reply},
    looks::{by_form, is_date, is_host, is_number, is_own, link, replaced},
};

/// Members whose values name somebody or something: each value is looked for everywhere.
const NAMING: [(&str, &str); 27] = [
    ("fullname", "name"),
    ("taxpayername", "name"),
    ("tradename", "name"),
    ("name", "name"),
    ("username", "name"),
    ("firstname", "name"),
    ("lastname", "name"),
    ("devicebranchname", "branch"),
    ("branchname", "branch"),
    ("taxpayertin", "tin"),
    ("tin", "tin"),
    ("vatnumber", "vat"),
    ("deviceserialno", "serial"),
    ("serialno", "serial"),
    ("phone", "phone"),
    ("phoneno", "phone"),
    ("phonenumber", "phone"),
    ("mobile", "phone"),
    ("email", "email"),
    ("province", "place"),
    ("city", "place"),
    ("street", "place"),
    ("houseno", "place"),
    ("district", "place"),
    ("address", "place"),
    ("requestid", "request"),
    ("fiscalinvoicepdf", "file"),
];

/// Members whose texts are evidence and stay, with what is known to be somebody's taken out.
const TELLING: [&str; 24] = [
    "error",
    "title",
    "detail",
    "type",
    "errors",
    "message",
    "traceid",
    "billingstatus",
    "fiscaldaystatus",
    "cycle",
    "deviceoperatingmode",
    "taxname",
    "taxcode",
    "currencycode",
    "sourcecurrency",
    "destinationcurrency",
    "paymentmethod",
    "productcode",
    "description",
    "reference",
    "plan",
    "status",
    "invoiceid",
    "invoicenumber",
];

/// More of those, of credit notes and of what only the probe sends.
const TELLING_TOO: [&str; 4] = ["creditnoteid", "creditnotenumber", "originalinvoiceid", "fhprobefield"];

/// Numbers that name a device or an account.
const NUMBERING: [&str; 3] = ["deviceid", "userid", "id"];

/// Words that are in many names and tell nobody, or that the bundle itself is made of.
const COMMON: &str = "pvt ltd limited private trading company enterprises holdings investments stores shop street avenue road harare \
    province head office branch main cash probe line name value step request reply answer status headers body bytes millis support \
    switches question finding said exchange conclusion switch method path about date version error success true false null";

/// Makes exchanges fit to be shown.
pub struct Redactor {
    key: ApiKey,
    secret: ApiSecret,
    salt: String,
    /// What is looked for, in lower case and the longest first, and what takes its place.
    known: Vec<(String, String)>,
    /// The signatures that went out, which are written down nowhere.
    signatures: Vec<String>,
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redactor")
            .field("known", &self.known.len())
            .finish_non_exhaustive()
    }
}

impl Redactor {
    /// One that knows what these exchanges name.
    #[must_use]
    pub fn new(key: ApiKey, secret: ApiSecret, salt: &str, exchanges: &[Exchange]) -> Self {
        let mut redactor = Self {
            key,
            secret,
            salt: salt.to_owned(),
            known: Vec::new(),
            signatures: Vec::new(),
        };
        let mut found: BTreeSet<(String, &'static str)> = BTreeSet::new();
        for exchange in exchanges {
            let bodies = [
                exchange.request.body.as_deref(),
                exchange.answer().map(|answer| answer.body.as_str()),
            ];
            for body in bodies.into_iter().flatten() {
                if let Ok(value) = serde_json::from_str::<Value>(body) {
                    naming(&value, &mut found);
                }
            }
            if let Some(answer) = exchange.answer().filter(|_| exchange.step.ends_with("/submit"))
                && let Some(request) = crate::verdict::request_id(answer).filter(|_| answer.is_success())
            {
                found.insert((request, "request"));
            }
        }
        let mut known = BTreeMap::new();
        for (value, label) in found {
            if is_own(&value) {
                continue;
            }
            let mark = redactor.pseudonym(label, &value);
            if label == "name" || label == "branch" {
                for word in value.split(|letter: char| !letter.is_alphanumeric()) {
                    let is_telling = word.chars().count() >= 4
                        && !COMMON.split_whitespace().any(|common| common == word.to_lowercase());
                    if is_telling {
                        known.entry(word.to_owned()).or_insert_with(|| mark.clone());
                    }
                }
            }
            if value.chars().count() >= 4 || (label != "place" && value.chars().count() >= 3) {
                known.insert(value, mark);
            }
        }
        let lower = |(value, mark): (String, String)| (value.to_lowercase(), mark);
        let mut known: Vec<_> = known.into_iter().map(lower).collect();
        known.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        redactor.known = known;
        let bodies: BTreeSet<&str> = exchanges
            .iter()
            .filter_map(|exchange| exchange.request.body.as_deref())
            .collect();
        redactor.signatures = bodies
            .into_iter()
            .map(|body| signature(&redactor.secret, body.as_bytes()))
            .collect();
        redactor
    }

    fn pseudonym(&self, label: &str, value: &str) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.salt.as_bytes()) else {
            return format!("<{label}>");
        };
        mac.update(label.as_bytes());
        mac.update(b"\n");
        mac.update(value.to_lowercase().as_bytes());
        let digest = mac.finalize().into_bytes();
        let digits: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        format!("<{label}-{digits}>")
    }

    /// A text without what belongs to somebody.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        let mut out = self
            .secret
            .hidden_in(text, "<secret>")
            .replace(self.key.as_str(), "<key>");
        let mut low = out.to_lowercase();
        for (value, mark) in &self.known {
            if low.contains(value.as_str()) {
                out = replaced(&out, value, mark);
                low = out.to_lowercase();
            }
        }
        by_form(&out)
    }

    /// An exchange without what belongs to somebody.
    #[must_use]
    pub fn exchange(&self, exchange: &Exchange) -> Exchange {
        let mut out = exchange.clone();
        out.request.path = self.text(&exchange.request.path);
        out.request.headers = self.headers(&exchange.request.headers);
        out.request.body = exchange.request.body.as_deref().map(|body| self.body(body));
        match &mut out.reply {
            Reply::Answer(answer) => {
                answer.headers = self.headers(&answer.headers);
                answer.body = self.body(&answer.body);
            }
            Reply::Lost { why } | Reply::NotSent { why } => *why = self.text(why),
        }
        out
    }

    fn headers(&self, headers: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        headers
            .iter()
            .map(|(name, value)| (self.text(name), self.text(value)))
            .collect()
    }

    fn body(&self, body: &str) -> String {
        match serde_json::from_str::<Value>(body) {
            // A bare number is an id or a text that looks like one.
            Ok(value @ (Value::Object(_) | Value::Array(_) | Value::String(_) | Value::Bool(_))) => {
                self.value("", value).to_string()
            }
            _ => self.text(body),
        }
    }

    fn value(&self, name: &str, value: Value) -> Value {
        let low = name.to_ascii_lowercase();
        match value {
            Value::Object(object) => {
                let redacted: Map<String, Value> = object
                    .into_iter()
                    .map(|(name, value)| (self.text(&name), self.value(&name, value)))
                    .collect();
                Value::Object(redacted)
            }
            Value::Array(items) => Value::Array(items.into_iter().map(|item| self.value(name, item)).collect()),
            Value::String(text) => Value::String(self.string(&low, &text)),
            Value::Number(number) => {
                let is_long = number.to_string().bytes().filter(u8::is_ascii_digit).count() >= 9;
                let redacted = NUMBERING.contains(&low.as_str()) || is_long;
                if redacted {
                    Value::from(0)
                } else {
                    Value::Number(number)
                }
            }
            other => other,
        }
    }

    fn string(&self, name: &str, text: &str) -> String {
        if name == "currentconfig" {
            return match serde_json::from_str::<Value>(text) {
                Ok(config) => self.value("", config).to_string(),
                Err(_) => self.pseudonym("text", text),
            };
        }
        if name == "qrcodeurl" {
            return link(text).unwrap_or_else(|| self.pseudonym("link", text));
        }
        let scrubbed = self.text(text);
        let is_code = text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_uppercase());
        let is_plain = text.is_empty() || is_own(text) || is_code || is_number(text) || is_date(text) || is_host(text);
        let stays =
            name.is_empty() || TELLING.contains(&name) || TELLING_TOO.contains(&name) || name.contains(['[', '.', '$']);
        if is_plain || stays || (scrubbed.starts_with('<') && scrubbed.ends_with('>')) {
            return scrubbed;
        }
        self.pseudonym("text", text)
    }

    /// What is still in a text that must not be, if anything; the text is about to leave this machine.
    #[must_use]
    pub fn leak(&self, text: &str) -> Option<&'static str> {
        if self.secret.hidden_in(text, "") != text {
            return Some("the API secret");
        }
        if text.contains(self.key.as_str()) {
            return Some("the API key");
        }
        if self
            .signatures
            .iter()
            .any(|signature| text.contains(signature.as_str()))
        {
            return Some("a signature");
        }
        let low = text.to_lowercase();
        let mut named = self
            .known
            .iter()
            .filter(|(value, _)| value.chars().count() >= 4 && low.contains(value.as_str()));
        named
            .any(|(value, _)| replaced(text, value, "") != text)
            .then_some("a name, a number or an address of somebody")
    }
}

fn naming(value: &Value, found: &mut BTreeSet<(String, &'static str)>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                let low = name.to_ascii_lowercase();
                let label = NAMING.iter().find(|(known, _)| *known == low).map(|(_, label)| *label);
                match (label, value) {
                    (Some(label), Value::String(text)) if !text.trim().is_empty() => {
                        found.insert((text.trim().to_owned(), label));
                    }
                    (Some(label @ ("tin" | "vat" | "phone")), Value::Number(number)) => {
                        found.insert((number.to_string(), label));
                    }
                    _ if low == "currentconfig" => {
                        if let Some(config) = value.as_str().and_then(|text| serde_json::from_str(text).ok()) {
                            naming(&config, found);
                        }
                    }
                    _ => naming(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| naming(item, found)),
        _ => {}
    }
}
