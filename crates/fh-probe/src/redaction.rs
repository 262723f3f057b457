//! Takes out of exchanges what belongs to somebody: the key, the secret, names, numbers of taxpayers, addresses. The same value becomes the
//! same pseudonym everywhere in one probe, and another in the next, since the pseudonyms are keyed.

use std::collections::{BTreeMap, BTreeSet};

use fh_auth::{ApiKey, ApiSecret, signature};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value};
use sha2::Sha256;

use crate::exchange::{Exchange, Reply};

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

/// Words that are in many names and tell nobody.
const COMMON: [&str; 22] = [
    "pvt",
    "ltd",
    "limited",
    "private",
    "trading",
    "company",
    "enterprises",
    "holdings",
    "investments",
    "stores",
    "shop",
    "street",
    "avenue",
    "road",
    "harare",
    "province",
    "head",
    "office",
    "branch",
    "main",
    "cash",
    "probe",
];

/// Makes exchanges fit to be shown.
pub struct Redactor {
    key: ApiKey,
    secret: ApiSecret,
    salt: String,
    /// What is looked for, the longest first, and what takes its place.
    known: Vec<(String, String)>,
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
                    let is_telling = word.chars().count() >= 4 && !COMMON.contains(&word.to_lowercase().as_str());
                    if is_telling {
                        known.entry(word.to_owned()).or_insert_with(|| mark.clone());
                    }
                }
            }
            if value.chars().count() >= 4 || (label != "place" && value.chars().count() >= 3) {
                known.insert(value, mark);
            }
        }
        let mut known: Vec<_> = known.into_iter().collect();
        known.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        redactor.known = known;
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
        for (value, mark) in &self.known {
            out = replaced(&out, value, mark);
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
    pub fn leak(&self, text: &str, exchanges: &[Exchange]) -> Option<&'static str> {
        if self.secret.hidden_in(text, "") != text {
            return Some("the API secret");
        }
        if text.contains(self.key.as_str()) {
            return Some("the API key");
        }
        let signed = exchanges.iter().filter_map(|exchange| exchange.request.body.as_deref());
        if signed
            .into_iter()
            .any(|body| text.contains(&signature(&self.secret, body.as_bytes())))
        {
            return Some("a signature");
        }
        let named = self.known.iter().filter(|(value, _)| value.chars().count() >= 4);
        named
            .into_iter()
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

/// What the probe itself wrote into its documents.
fn is_own(text: &str) -> bool {
    let trimmed = text.trim();
    [
        "FH-PROBE",
        "FHPROBE",
        "Cash Probe",
        "cash Probe",
        "CashProbe",
        "Probe",
        "PROBE",
    ]
    .iter()
    .any(|own| trimmed.starts_with(own))
        || trimmed
            .trim_start_matches("Cash ")
            .chars()
            .all(|letter| letter == 'n' || letter == 'd')
}

/// Every place of a value in a text, whatever its case, as a whole word.
fn replaced(text: &str, value: &str, mark: &str) -> String {
    let (low, wanted) = (text.to_lowercase(), value.to_lowercase());
    if low.len() != text.len() || wanted.is_empty() {
        return text.replace(value, mark);
    }
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    while let Some(place) = low[from..].find(&wanted).map(|place| place + from) {
        let end = place + wanted.len();
        let is_letter = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
        let inside_word = (is_letter(low[..place].chars().next_back()) && is_letter(wanted.chars().next()))
            || (is_letter(low[end..].chars().next()) && is_letter(wanted.chars().next_back()));
        out.push_str(&text[from..place]);
        // Digits run together in links and numbers; letters in a longer word are another word.
        let is_part = inside_word && wanted.chars().all(char::is_alphabetic);
        out.push_str(if is_part { &text[place..end] } else { mark });
        from = end;
    }
    out.push_str(&text[from..]);
    out
}

/// Takes out what looks like an address, a key, a signature or somebody's number.
fn by_form(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let is_of_token = |letter: char| letter.is_alphanumeric() || "@._+-/=%".contains(letter);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|letter: char| !is_of_token(letter)).unwrap_or(rest.len());
        if end == 0 {
            out.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let token = &rest[..end];
        rest = &rest[end..];
        out.push_str(&token_by_form(token));
    }
    out
}

fn token_by_form(token: &str) -> String {
    let bare = token.trim_end_matches(['.', '-', '/']);
    if let Some((user, host)) = bare.split_once('@')
        && !user.is_empty()
        && host.contains('.')
    {
        return token.replace(bare, "<email>");
    }
    let base64 = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte))
    };
    if bare.len() == 32
        && bare
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    {
        return token.replace(bare, "<key>");
    }
    if base64(bare) && ((bare.len() == 88 && bare.ends_with("==")) || (bare.len() == 44 && bare.ends_with('='))) {
        return token.replace(bare, "<signature>");
    }
    if is_own(token) || is_date(token) {
        return token.to_owned();
    }
    // Nine digits and more are somebody's number.
    let mut out = String::new();
    let mut digits = String::new();
    for letter in token.chars().chain(std::iter::once('\0')) {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        if digits.len() >= 9 {
            out.push_str("<digits>")
        } else {
            out.push_str(&digits)
        }
        digits.clear();
        if letter != '\0' {
            out.push(letter);
        }
    }
    out
}

fn is_number(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    digits > 0 && digits < 9 && text.bytes().all(|byte| byte.is_ascii_digit() || b".-".contains(&byte))
}

fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 10
        && bytes.len() <= 35
        && bytes[4] == b'-'
        && bytes[7] == b'-'
        && bytes[..4].iter().all(u8::is_ascii_digit)
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"-:.+TZ".contains(&byte))
}

/// The address of a host of the authority, without anything behind it.
fn is_host(text: &str) -> bool {
    let host = text.strip_prefix("https://").map(|host| host.trim_end_matches('/'));
    host.is_some_and(|host| host.ends_with(".zimra.co.zw") && !host.contains('/'))
}

/// A verification link with its host and its date, and noughts for the device, the number and the code.
fn link(text: &str) -> Option<String> {
    let (host, digits) = text.rsplit_once('/')?;
    let date = digits.get(10..18)?;
    let fits = is_host(host) && digits.len() == 44 && date.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| format!("{host}/0000000000{date}00000000000000000000000000"))
}
