//! Reading documents strictly: a misspelt field is named with its place, never lost.

use fh_types::Amount;
use serde::de::DeserializeOwned;

use super::{
    explain::{self, Stop},
    fault::said,
    faults, foreign,
    locate::line_and_column,
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
    let place = (error.line() > 0).then(|| (error.line(), error.column().max(1)));
    let stop = Stop {
        json,
        pointer: pointer(path),
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
}
