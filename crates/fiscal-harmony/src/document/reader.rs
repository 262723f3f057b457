//! Reading documents strictly: a misspelt field is named with its place, never lost.

use fh_types::Amount;
use serde::de::DeserializeOwned;

use super::{
    explain::{self, Stop},
    fault::said,
    faults, foreign,
    locate::{line_and_column, locate, offset_of},
    problem::DocumentError,
};

/// Reads a document of a known kind.
pub(super) fn read_strictly<T: DeserializeOwned>(json: &[u8]) -> Result<T, DocumentError> {
    let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
    if let Some(at) = overlong_number(json) {
        let error = DocumentError::whole(&faults::TOO_MANY_DIGITS, said![limit = Amount::MAX_DIGITS]);
        return Err(error.placed(line_and_column(json, at)));
    }
    read(json)
}

pub(super) fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, DocumentError> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| told(json, &error))?;
    reader.end().map_err(|error| {
        let place = (error.line(), error.column().max(1));
        DocumentError::whole(&faults::MORE_TEXT, &[]).placed(place)
    })?;
    Ok(value)
}

fn told(json: &[u8], error: &serde_path_to_error::Error<serde_json::Error>) -> DocumentError {
    if let Err(foreign) = foreign::recognise(json) {
        return foreign;
    }
    let (path, error) = (error.path(), error.inner());
    let mut message = error.to_string();
    if let Some(at) = message.rfind(" at line ") {
        message.truncate(at);
    }
    let pointer = pointer(path);
    let place = (error.line() > 0)
        .then(|| refused_value(json, &pointer, error).unwrap_or_else(|| (error.line(), error.column().max(1))));
    let stop = Stop {
        json,
        pointer,
        place,
        message: &message,
    };
    if error.is_eof() {
        let error = DocumentError::whole(&faults::CUT_SHORT, &[]).at(stop.pointer);
        place.map_or(error.clone(), |place| error.placed(place))
    } else if error.is_syntax() {
        explain::syntax(stop)
    } else {
        explain::data(stop)
    }
}

/// Where the value begins that was read to its end and then refused. The JSON reader stands behind it by then, with a number even
/// behind the character that follows, which may be the end of the line.
fn refused_value(json: &[u8], pointer: &str, error: &serde_json::Error) -> Option<(usize, usize)> {
    if !error.is_data() {
        return None;
    }
    let value = locate(json, pointer)?;
    let behind = json.get(value.end..offset_of(json, error.line(), error.column() + 1))?;
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
}
