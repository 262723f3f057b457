//! What the JSON reader stumbled over, in words for the person who wrote the text: by the value that stands there.

use fh_types::Amount;
use serde_json::Value;

use super::{
    date_form,
    fault::{Fault, said},
    faults,
    locate::{last_value, line_and_column, locate, offset_of},
    number_form, payment_form,
    problem::DocumentError,
    spread,
    types::PaymentMethod,
};

/// Where the reader stopped.
pub(super) struct Stop<'a> {
    pub(super) json: &'a [u8],
    pub(super) pointer: String,
    pub(super) place: Option<(usize, usize)>,
    /// The reader's own words.
    pub(super) message: &'a str,
}

impl Stop<'_> {
    fn told(&self, fault: &'static Fault, values: super::fault::Values<'_>) -> DocumentError {
        let error = DocumentError::whole(fault, values).at(self.pointer.clone());
        match self.place {
            Some(place) => error.placed(place),
            None => error,
        }
    }

    /// The text of the value that the pointer names.
    fn value(&self) -> String {
        locate(self.json, &self.pointer)
            .map(|place| String::from_utf8_lossy(&self.json[place.start..place.end]).into_owned())
            .unwrap_or_default()
    }

    fn name(&self) -> &str {
        self.pointer.rsplit('/').next().unwrap_or_default()
    }
}

/// A text that is not JSON where the reader stopped.
pub(super) fn syntax(mut stop: Stop<'_>) -> DocumentError {
    let last = stop
        .place
        .and_then(|(line, column)| last_value(stop.json, offset_of(stop.json, line, column)));
    if let Some(last) = last {
        let text = String::from_utf8_lossy(&stop.json[last.start..last.end]).into_owned();
        if let Some(form) = number_form::judge(&text) {
            stop.pointer = last.pointer;
            stop.place = Some(line_and_column(stop.json, last.start));
            return stop.told(
                form.fault,
                said![found = shown(&text), right = form.right, other = form.other],
            );
        }
        // The reader calls it no JSON when a list stands where it wants a word.
        if last.pointer == "/PaymentMethod" && serde_json::from_slice::<serde::de::IgnoredAny>(stop.json).is_ok() {
            stop.pointer = last.pointer;
            return payment(&stop);
        }
    }
    stop.told(&faults::NOT_JSON, said![why = stop.message])
}

/// JSON that is not a document.
pub(super) fn data(mut stop: Stop<'_>) -> DocumentError {
    let message = stop.message;
    if let Some(named) = message.strip_prefix("unknown field ") {
        let (field, known) = named.split_once(", expected ").unwrap_or((named, ""));
        return unknown(&stop, field.trim_matches('`'), known.trim_start_matches("one of "));
    }
    if let Some(field) = message.strip_prefix("missing field ") {
        let field = field.trim_matches('`');
        stop.pointer.push('/');
        stop.pointer.push_str(field);
        return if stop.pointer == "/BuyerContact/Name" {
            stop.told(&faults::BUYER_NAMELESS, &[])
        } else {
            stop.told(&faults::MISSING_FIELD, said![field])
        };
    }
    if let Some(field) = message.strip_prefix("duplicate field ") {
        return stop.told(&faults::DUPLICATE_FIELD, said![field = field.trim_matches('`')]);
    }
    value(&stop)
}

fn unknown(stop: &Stop<'_>, field: &str, known: &str) -> DocumentError {
    let of_the_document = stop.pointer.matches('/').count() == 1;
    let names = || known.split(", ").map(|name| name.trim_matches('`'));
    let plain = letters(field);
    if let Some(right) = names().find(|name| letters(name) == plain) {
        return stop.told(&faults::UNKNOWN_FIELD_CASE, said![field, right]);
    }
    if of_the_document && (plain.contains("discount") || plain.contains("rebate")) {
        let spread = spread_of(stop);
        return stop.told(&faults::BILL_DISCOUNT_FIELD, said![field, spread]);
    }
    if of_the_document
        && [
            "payments",
            "paymentmethods",
            "paymentlines",
            "tenders",
            "tender",
            "splitpayments",
        ]
        .contains(&plain.as_str())
    {
        return stop.told(&faults::PAYMENT_FIELD, said![field]);
    }
    match right_name(field, names()) {
        Some(right) => stop.told(&faults::UNKNOWN_FIELD_NEAR, said![field, right]),
        None => stop.told(&faults::UNKNOWN_FIELD, said![field, known]),
    }
}

/// The known name that a name stands for: the same but for capitals and signs, else one that differs by a letter or two.
pub(super) fn right_name<'n>(field: &str, mut names: impl Iterator<Item = &'n str> + Clone) -> Option<&'n str> {
    let plain = letters(field);
    let same = names.clone().find(|name| letters(name) == plain);
    same.or_else(|| names.find(|name| plain.len() > 3 && nearly(&plain, &letters(name))))
}

fn letters(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// How a discount on the whole document falls to its lines, as the end of a sentence.
fn spread_of(stop: &Stop<'_>) -> String {
    let spread = || {
        if is_a_rate(stop.name()) {
            return None;
        }
        let discount: Amount = serde_json::from_str(&stop.value()).ok()?;
        let document: Value = serde_json::from_slice(stop.json).ok()?;
        let amounts: Option<Vec<Amount>> = document["LineItems"]
            .as_array()?
            .iter()
            .map(|line| line["LineAmount"].to_string().parse().ok())
            .collect();
        spread::spread(discount, &amounts?)
    };
    spread().map_or_else(String::new, |shares| format!(": {}", spread::shares(&shares)))
}

/// True when a name says that its number is a percentage.
pub(super) fn is_a_rate(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["percent", "rate", "pct", "%"].iter().any(|word| name.contains(word))
}

/// True when two names differ by a letter or two.
fn nearly(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().take(40).collect(), other.chars().take(40).collect());
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (place, theirs) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != theirs);
            diagonal = row[place + 1];
            row[place + 1] = replaced.min(diagonal + 1).min(row[place] + 1);
        }
    }
    row[other.len()] <= 2
}

/// A value that is of another kind or form than its field.
fn value(stop: &Stop<'_>) -> DocumentError {
    let text = stop.value();
    let kind = Kind::of(&text);
    let name = stop.name();
    let found = shown(&text);
    match (name, kind) {
        ("PaymentMethod", _) => payment(stop),
        ("BuyerContact", _) => stop.told(&faults::BUYER_NULL, said![found = kind.named(&text)]),
        (
            "Quantity" | "UnitAmount" | "LineAmount" | "DiscountAmount" | "SubTotal" | "TotalTax" | "Total",
            Kind::Text,
        ) => number(stop, &text),
        ("Quantity" | "UnitAmount" | "LineAmount" | "DiscountAmount" | "SubTotal" | "TotalTax" | "Total", _) => {
            other_kind(stop, "a number", kind, &text)
        }
        ("Date", Kind::Text) => {
            let form = date_form::judge_text(&inner(&text));
            stop.told(form.fault, said![found, right = form.right, other = form.other])
        }
        ("Date", Kind::Number) => match date_form::judge_number(&text) {
            Some(form) => stop.told(form.fault, said![found, right = form.right]),
            None => stop.told(&faults::TEXT_WITHOUT_QUOTES, said![found]),
        },
        ("IsTaxInclusive" | "IsDiscounted" | "IsRetry", Kind::Text) => {
            let right = match inner(&text).to_ascii_lowercase().as_str() {
                "true" | "yes" | "1" | "y" => "true",
                "false" | "no" | "0" | "n" | "" => "false",
                _ => "true or false",
            };
            stop.told(&faults::TRUE_IN_QUOTES, said![found, right])
        }
        ("IsTaxInclusive" | "IsDiscounted" | "IsRetry", _) => {
            other_kind(stop, "true or false, without quotes,", kind, &text)
        }
        ("LineItems", Kind::Object) => stop.told(&faults::ONE_NOT_A_LIST, &[]),
        ("LineItems", _) => other_kind(stop, "a list of lines", kind, &text),
        ("ProductCode", Kind::Number) => match text.len() {
            3 | 7 => stop.told(&faults::HS_NUMBER_SHORT, said![found, digits = text.len()]),
            _ => stop.told(&faults::HS_NUMBER, said![found]),
        },
        ("Address", _) => other_kind(stop, "an object with Province, City, Street and HouseNo", kind, &text),
        (name, _) if name.parse::<usize>().is_ok() => other_kind(stop, "a line, {…},", kind, &text),
        ("", _) => stop.told(&faults::OTHER, said![why = stop.message]),
        (_, Kind::Number) => stop.told(&faults::TEXT_WITHOUT_QUOTES, said![found]),
        (_, Kind::Text) => stop.told(&faults::OTHER, said![why = stop.message]),
        _ => other_kind(stop, "a text in double quotes", kind, &text),
    }
}

fn other_kind(stop: &Stop<'_>, wanted: &str, kind: Kind, text: &str) -> DocumentError {
    match kind {
        Kind::Null => stop.told(&faults::NULL, said![wanted]),
        // A number that is not taken where a number belongs is too long or too fine.
        Kind::Number => stop.told(&faults::OTHER, said![why = stop.message]),
        _ => stop.told(&faults::OTHER_KIND, said![wanted, found = kind.named(text)]),
    }
}

/// A text where a number belongs.
fn number(stop: &Stop<'_>, text: &str) -> DocumentError {
    let found = shown(text);
    match number_form::judge(&inner(text)) {
        Some(form) => stop.told(form.fault, said![found, right = form.right, other = form.other]),
        None if stop.message.contains("significant digits") => {
            stop.told(&faults::TOO_MANY_DIGITS, said![limit = Amount::MAX_DIGITS])
        }
        None => stop.told(&faults::NUMBER_TEXT, said![found]),
    }
}

fn payment(stop: &Stop<'_>) -> DocumentError {
    let text = stop.value();
    let kind = Kind::of(&text);
    if matches!(kind, Kind::List | Kind::Object) {
        return stop.told(&faults::PAYMENT_LIST, said![found = kind.named(&text)]);
    }
    let word = inner(&text);
    let known = PaymentMethod::ALL
        .iter()
        .map(|method| method.name())
        .collect::<Vec<_>>()
        .join(", ");
    let found = shown(&word);
    match payment_form::meant(&word) {
        Some(right) => stop.told(&faults::PAYMENT_WORD, said![found, known, right]),
        None => stop.told(&faults::PAYMENT_UNKNOWN, said![found, known]),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Null,
    Bool,
    Number,
    Text,
    List,
    Object,
}

impl Kind {
    fn of(text: &str) -> Self {
        match text.bytes().next() {
            Some(b'"') => Self::Text,
            Some(b'[') => Self::List,
            Some(b'{') => Self::Object,
            Some(b't' | b'f') => Self::Bool,
            Some(b'-' | b'0'..=b'9') => Self::Number,
            _ => Self::Null,
        }
    }

    /// As a person would call it.
    fn named(self, text: &str) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool => shown(text),
            Self::Number => format!("the number {}", shown(text)),
            Self::Text => format!("the text {}", shown(text)),
            Self::List => "a list".to_owned(),
            Self::Object => "an object".to_owned(),
        }
    }
}

/// What stands within the quotes.
fn inner(text: &str) -> String {
    serde_json::from_str(text).unwrap_or_else(|_| text.to_owned())
}

/// A text short enough to be shown.
fn shown(text: &str) -> String {
    text.chars().take(40).collect()
}
