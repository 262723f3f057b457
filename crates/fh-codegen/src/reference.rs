//! `$ref`: what it leads to, and how it is written. One reading for the harvest, the comparison and the generator.
//!
//! A reference is the fragment of an address, so whatever an address cannot hold is percent-encoded in it:
//! `#/components/schemas/Z-Report%20Summary` leads to the schema `Z-Report Summary`. Documentation tools write both forms.

use std::fmt::Write as _;

use serde_json::Value;

use crate::json_path::{escape, unescape};

const SCHEMAS: &str = "/components/schemas/";

/// What a reference into the same document leads to; nothing when it leads out of it or nowhere.
#[must_use]
pub fn target<'v>(document: &'v Value, reference: &str) -> Option<&'v Value> {
    let written = reference.strip_prefix('#')?;
    // A name may hold a percent sign of its own.
    document
        .pointer(&decoded(written))
        .or_else(|| document.pointer(written))
}

/// The JSON pointer that a reference into the same document holds, decoded.
#[must_use]
pub fn pointer(reference: &str) -> Option<String> {
    reference.strip_prefix('#').map(decoded)
}

/// The name that a reference ends in: `Z-Report Summary` for `#/components/schemas/Z-Report%20Summary`.
#[must_use]
pub fn name(reference: &str) -> String {
    let last = reference.rsplit('/').next().unwrap_or(reference);
    unescape(&decoded(last))
}

/// The component schema that a reference names, when it names one.
#[must_use]
pub fn schema(reference: &str) -> Option<String> {
    let pointer = pointer(reference)?;
    let name = pointer.strip_prefix(SCHEMAS)?;
    (!name.contains('/')).then(|| unescape(name))
}

/// The reference to a component schema, as an address can hold it.
#[must_use]
pub fn to_schema(name: &str) -> String {
    encoded(&format!("{SCHEMAS}{}", escape(name)))
}

/// The same reference in the one spelling that addresses allow, whichever it had.
#[must_use]
pub fn respelled(reference: &str) -> String {
    match pointer(reference) {
        Some(pointer) => encoded(&pointer),
        None => reference.to_owned(),
    }
}

/// The same reference without percent signs: for readers that look names up as they are written.
#[must_use]
pub fn plain(reference: &str) -> String {
    match pointer(reference) {
        Some(pointer) => format!("#{pointer}"),
        None => reference.to_owned(),
    }
}

/// Calls `change` for every reference of a value, and writes down what it gives.
pub fn each(value: &mut Value, change: &mut dyn FnMut(&str) -> String) {
    match value {
        Value::Object(object) => {
            for (key, inner) in object {
                match (key.as_str(), &mut *inner) {
                    ("$ref", Value::String(reference)) => *reference = change(reference),
                    // A discriminator maps values to references.
                    ("mapping", Value::Object(mapping)) if mapping.values().all(Value::is_string) => {
                        for target in mapping.values_mut() {
                            if let Value::String(target) = target
                                && target.starts_with('#')
                            {
                                *target = change(target);
                            }
                        }
                    }
                    // What stands in an example is a value, whatever it looks like.
                    ("example" | "examples" | "default" | "enum", _) => {}
                    _ => each(inner, change),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each(item, change)),
        _ => {}
    }
}

/// The text with every `%41` as what it stands for; as it is when that is no text.
#[must_use]
pub fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let byte = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        match byte.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

/// `#` and the pointer with everything encoded that a fragment cannot hold (RFC 3986, 3.5).
fn encoded(pointer: &str) -> String {
    let mut out = String::from("#");
    for byte in pointer.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn encoded_and_plain_references_lead_to_the_same() {
        let document = json!({"components": {"schemas": {
            "Object Not Found(404)": 1, "a/b": 2, "Größe": 3, "100%": 4, "[NB] x": 5, "trailing ": 6, "50%20": 7}}});
        for (reference, found) in [
            ("#/components/schemas/Object%20Not%20Found(404)", 1),
            ("#/components/schemas/Object Not Found(404)", 1),
            ("#/components/schemas/Object%20Not%20Found%28404%29", 1),
            ("#/components/schemas/a~1b", 2),
            ("#/components/schemas/a%7E1b", 2),
            ("#/components/schemas/Gr%C3%B6%C3%9Fe", 3),
            ("#/components/schemas/100%", 4),
            ("#/components/schemas/100%25", 4),
            ("#/components/schemas/%5BNB%5D%20x", 5),
            ("#/components/schemas/trailing%20", 6),
            ("#/components/schemas/50%20", 7),
        ] {
            assert_eq!(target(&document, reference), Some(&json!(found)), "{reference}");
        }
        for lost in [
            "#/components/schemas/Gone",
            "other.json#/a",
            "",
            "#/components/schemas/trailing",
        ] {
            assert_eq!(target(&document, lost), None, "{lost}");
        }
    }

    #[test]
    fn a_name_is_written_and_read_again() {
        for name in ["Invoice", "Object Not Found(404)", "a/b~c", "Größe", "100% [x]"] {
            let reference = to_schema(name);
            assert!(reference.is_ascii() && !reference.contains(' '), "{reference}");
            assert_eq!(schema(&reference).as_deref(), Some(name));
            assert_eq!(super::name(&reference), name);
            assert_eq!(respelled(&reference), reference);
            assert_eq!(respelled(&plain(&reference)), reference);
        }
        assert_eq!(schema("#/components/responses/Problem"), None);
        assert_eq!(schema("#/components/schemas/S/properties/a"), None);
    }
}
