//! Reading documents strictly: a misspelt field is named with its place, never lost.

use std::fmt;

use fh_types::Amount;
use serde::de::DeserializeOwned;

use super::locate::{line_and_column, locate};

/// Why a text is not a document: what is wrong, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentError {
    pub(super) pointer: String,
    pub(super) place: Option<(usize, usize)>,
    pub(super) message: String,
}

impl DocumentError {
    /// What is wrong, without the place.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The JSON pointer of the value that is wrong, such as `/LineItems/0/UnitAmount`; empty for the whole document.
    #[must_use]
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// The line of the text, from 1.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.place.map(|(line, _)| line)
    }

    /// The column of the text, from 1.
    #[must_use]
    pub fn column(&self) -> Option<usize> {
        self.place.map(|(_, column)| column)
    }

    pub(super) fn whole(message: impl Into<String>) -> Self {
        Self {
            pointer: String::new(),
            place: None,
            message: message.into(),
        }
    }

    pub(super) fn unwritable(error: &serde_json::Error) -> Self {
        Self::whole(format!("the document cannot be written as JSON: {error}"))
    }

    fn at_path(json: &[u8], path: &serde_path_to_error::Path, error: &serde_json::Error) -> Self {
        let mut pointer = pointer(path);
        let place = (error.line() > 0)
            .then(|| refused_value(json, &pointer, error).unwrap_or_else(|| (error.line(), error.column().max(1))));
        let mut message = error.to_string();
        if let Some(at) = message.rfind(" at line ") {
            message.truncate(at);
        }
        if let Some(field) = message.strip_prefix("missing field ") {
            pointer.push('/');
            pointer.push_str(field.trim_matches('`'));
        }
        let message = if error.is_syntax() {
            format!("this is not valid JSON: {message}")
        } else {
            friendly(&message)
        };
        Self {
            pointer,
            place,
            message,
        }
    }
}

impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((line, column)) = self.place {
            write!(f, "line {line}, column {column}: ")?;
        }
        if !self.pointer.is_empty() {
            write!(f, "{}: ", self.pointer)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for DocumentError {}

/// Reads a document of a known kind.
pub(super) fn read_strictly<T: DeserializeOwned>(json: &[u8]) -> Result<T, DocumentError> {
    let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
    if let Some(at) = overlong_number(json) {
        return Err(DocumentError {
            pointer: String::new(),
            place: Some(line_and_column(json, at)),
            message: format!(
                "this number has more than {} significant digits, which cannot be carried exactly; shorten it",
                Amount::MAX_DIGITS
            ),
        });
    }
    read(json)
}

pub(super) fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, DocumentError> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    let value = serde_path_to_error::deserialize(&mut reader)
        .map_err(|error| DocumentError::at_path(json, error.path(), error.inner()))?;
    reader.end().map_err(|error| DocumentError {
        place: Some((error.line(), error.column().max(1))),
        ..DocumentError::whole(
            "there is more text after the document; several documents go into an array or one to a line",
        )
    })?;
    Ok(value)
}

/// Where the value begins that was read to its end and then refused. The JSON reader stands behind it by then, with a number even
/// behind the character that follows, which may be the end of the line.
fn refused_value(json: &[u8], pointer: &str, error: &serde_json::Error) -> Option<(usize, usize)> {
    if !error.is_data() {
        return None;
    }
    let line_start: usize = json
        .split_inclusive(|byte| *byte == b'\n')
        .take(error.line() - 1)
        .map(<[u8]>::len)
        .sum();
    let value = locate(json, pointer)?;
    let behind = json.get(value.end..(line_start + error.column()).min(json.len()))?;
    let is_value = !matches!(json.get(value.start), Some(b'{' | b'[') | None);
    (is_value
        && behind
            .iter()
            .all(|byte| byte.is_ascii_whitespace() || b",]}".contains(byte)))
    .then_some((value.line, value.column))
}

/// Where a number begins that a float would round before anyone could see its digits.
fn overlong_number(json: &[u8]) -> Option<usize> {
    let mut at = 0;
    while at < json.len() {
        match json[at] {
            b'"' => {
                at += 1;
                while at < json.len() && json[at] != b'"' {
                    at += if json[at] == b'\\' { 2 } else { 1 };
                }
                at += 1;
            }
            b'-' | b'0'..=b'9' => {
                let start = at;
                let mut digits = 0;
                let mut zeros_held = 0;
                let mut after_dot = false;
                while at < json.len() {
                    match json[at] {
                        b'0' if digits == 0 => {}
                        // A nought after the dot counts once a digit follows it.
                        b'0' if after_dot => zeros_held += 1,
                        b'0'..=b'9' => {
                            digits += 1 + zeros_held;
                            zeros_held = 0;
                        }
                        b'.' => after_dot = true,
                        b'-' if at == start => {}
                        _ => break,
                    }
                    at += 1;
                }
                if digits > Amount::MAX_DIGITS {
                    return Some(start);
                }
                while at < json.len() && matches!(json[at], b'e' | b'E' | b'+' | b'-' | b'0'..=b'9') {
                    at += 1;
                }
            }
            _ => at += 1,
        }
    }
    None
}

/// The path of a value as a JSON pointer.
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter().fold(String::new(), |mut pointer, segment| {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => {
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
            }
            Segment::Enum { .. } | Segment::Unknown => {}
        }
        pointer
    })
}

/// The reader's own words, where a shopkeeper would stumble over them, in plainer ones.
fn friendly(message: &str) -> String {
    if let Some((field, known)) = message
        .strip_prefix("unknown field ")
        .and_then(|rest| rest.split_once(", expected "))
    {
        return format!(
            "unknown field {field}: check its spelling and its place; known here are {}",
            known.trim_start_matches("one of ")
        );
    }
    if let Some(field) = message.strip_prefix("missing field ") {
        return format!("the field {field} is missing");
    }
    if let Some((value, known)) = message
        .strip_prefix("unknown variant ")
        .and_then(|rest| rest.split_once(", expected "))
    {
        return format!(
            "{value} is not a known value here; known are {}",
            known.trim_start_matches("one of ")
        );
    }
    if let Some((found, expected)) = message
        .strip_prefix("invalid type: ")
        .and_then(|rest| rest.split_once(", expected "))
    {
        return format!("{expected} belongs here, not {found}");
    }
    if message.starts_with("EOF while parsing") {
        return "the text ends in the middle of the document; was the file cut short?".to_owned();
    }
    message.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_measured_by_their_significant_digits() {
        for fine in [
            "123456789012345",
            "0.00000123456789012345",
            "12345678901234.50000",
            "-1.5e300",
            "\"12345678901234567\"",
            "[1, 22, \"\\\"99999999999999999\"]",
        ] {
            assert_eq!(overlong_number(fine.as_bytes()), None, "{fine}");
        }
        assert_eq!(overlong_number(b"{\"a\": 0.10000000000000000001}"), Some(6));
        assert_eq!(overlong_number(b"1234567890123456"), Some(0));
        assert_eq!(overlong_number(b"[1.0, 100000000000000000000]"), Some(6));
    }

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "what is read is of no interest")]
    struct Sale {
        total: Amount,
        name: Option<String>,
    }

    #[test]
    fn a_value_that_is_refused_is_shown_where_it_begins() {
        for (json, place) in [
            ("{\"total\": 1.0000001e400\n}", (1, 11)),
            ("{\n  \"total\": 1e99\n\n, \"name\": null}", (2, 12)),
            ("{\"total\":1e99}", (1, 10)),
            ("{\"total\" :  1e99 , \"name\": \"x\"}", (1, 13)),
            ("{\"total\": \"x\"\n}", (1, 11)),
            ("{\"total\": 1,\n \"name\":\n  7\n}", (3, 3)),
            ("{\"name\": true, \"total\": 1}", (1, 10)),
        ] {
            let error = read::<Sale>(json.as_bytes()).unwrap_err();
            assert_eq!(error.place, Some(place), "{json}: {error}");
        }
    }

    #[test]
    fn a_field_that_is_unknown_or_missing_is_shown_where_the_reader_stood() {
        let unknown = read::<Sale>(b"{\"total\": 1,\n \"nmae\": 7\n}").unwrap_err();
        assert_eq!(unknown.place, Some((2, 7)), "{unknown}");
        let missing = read::<Sale>(b"{\"name\": \"x\"\n}").unwrap_err();
        assert_eq!(
            (missing.place, missing.pointer()),
            (Some((2, 1)), "/total"),
            "{missing}"
        );
    }

    #[test]
    fn an_error_shows_line_column_and_pointer() {
        let error = DocumentError {
            pointer: "/LineItems/0".into(),
            place: Some((3, 7)),
            message: "bad".into(),
        };
        assert_eq!(error.to_string(), "line 3, column 7: /LineItems/0: bad");
    }
}
