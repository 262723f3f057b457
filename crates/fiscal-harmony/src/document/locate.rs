//! Where a JSON pointer points to in the text of a document, so that a person can be shown the line.

/// Where a value stands in the text of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The column in bytes, from 1.
    pub column: usize,
    /// Where the value begins, in bytes.
    pub start: usize,
    /// Where the value ends, in bytes.
    pub end: usize,
}

/// Finds the value that a JSON pointer names. Where a part of the pointer does not exist, the value around it is found: a field
/// that is missing is missing from there.
///
/// `None` when the text is not JSON as far as the value.
///
/// ```
/// use fiscal_harmony::document::locate;
/// let json = "{\n  \"LineItems\": [ {\"Quantity\": 3} ]\n}";
/// let place = locate(json.as_bytes(), "/LineItems/0/Quantity").unwrap();
/// assert_eq!((place.line, place.column, &json[place.start..place.end]), (2, 31, "3"));
/// ```
#[must_use]
pub fn locate(json: &[u8], pointer: &str) -> Option<Place> {
    let mut scanner = Scanner { json, at: 0 };
    scanner.blanks();
    for segment in pointer.split('/').skip(1) {
        let before = scanner.at;
        if !scanner.enter(&segment.replace("~1", "/").replace("~0", "~"))? {
            scanner.at = before;
            break;
        }
    }
    let start = scanner.at;
    scanner.skip_value()?;
    let (line, column) = line_and_column(json, start);
    Some(Place {
        line,
        column,
        start,
        end: scanner.at,
    })
}

/// The line and the column of a byte, both from 1.
pub(super) fn line_and_column(json: &[u8], at: usize) -> (usize, usize) {
    let before = &json[..at];
    let line_start = before
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |newline| newline + 1);
    (
        before.iter().filter(|byte| **byte == b'\n').count() + 1,
        at - line_start + 1,
    )
}

/// The byte at a line and a column, both from 1.
pub(super) fn offset_of(json: &[u8], line: usize, column: usize) -> usize {
    let line_start: usize = json
        .split_inclusive(|byte| *byte == b'\n')
        .take(line.saturating_sub(1))
        .map(<[u8]>::len)
        .sum();
    (line_start + column.saturating_sub(1)).min(json.len())
}

/// A value that begins before a place where the text is no JSON any more.
pub(super) struct LastValue {
    pub(super) pointer: String,
    pub(super) start: usize,
    /// Where its line, or what a person would take for the value, ends.
    pub(super) end: usize,
}

/// The last value that begins at or before a place in a text that is JSON up to there: what a person wrote for one, though it
/// be none, such as `2,50`.
pub(super) fn last_value(json: &[u8], stop: usize) -> Option<LastValue> {
    /// The members and elements around a value: a name, or a number.
    enum Level {
        Object { name: String, at_value: bool },
        List { index: usize },
    }
    let mut levels: Vec<Level> = Vec::new();
    let mut scanner = Scanner { json, at: 0 };
    let mut last = None;
    loop {
        scanner.blanks();
        if scanner.at > stop {
            break;
        }
        let start = scanner.at;
        let Some(byte) = scanner.peek() else { break };
        let is_name = byte == b'"' && matches!(levels.last(), Some(Level::Object { at_value: false, .. }));
        let is_value = !is_name
            && !matches!(byte, b',' | b':' | b'}' | b']')
            && !matches!(levels.last(), Some(Level::Object { at_value: false, .. }));
        if is_value {
            let pointer = levels.iter().fold(String::new(), |pointer, level| match level {
                Level::Object { name, .. } => format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")),
                Level::List { index } => format!("{pointer}/{index}"),
            });
            last = Some((pointer, start));
        }
        match byte {
            b'{' => levels.push(Level::Object {
                name: String::new(),
                at_value: false,
            }),
            b'[' => levels.push(Level::List { index: 0 }),
            b'}' | b']' => drop(levels.pop()),
            b':' => {
                if let Some(Level::Object { at_value, .. }) = levels.last_mut() {
                    *at_value = true;
                }
            }
            b',' => match levels.last_mut() {
                Some(Level::Object { at_value, .. }) => *at_value = false,
                Some(Level::List { index }) => *index += 1,
                None => {}
            },
            b'"' => {
                if scanner.skip_string().is_none() {
                    break;
                }
                if is_name && let Some(Level::Object { name, .. }) = levels.last_mut() {
                    *name = serde_json::from_slice(&json[start..scanner.at]).unwrap_or_default();
                }
                continue;
            }
            _ => {
                while scanner
                    .peek()
                    .is_some_and(|byte| !byte.is_ascii_whitespace() && !b",:]}[{\"".contains(&byte))
                {
                    scanner.at += 1;
                }
                continue;
            }
        }
        scanner.at += 1;
    }
    let (pointer, start) = last?;
    let rest = &json[start..];
    // A comma within a number has a digit behind it; one between members has not.
    let end = rest
        .iter()
        .enumerate()
        .position(|(at, byte)| match byte {
            b'\n' | b'\r' | b'"' | b'}' | b']' => true,
            b',' => !rest.get(at + 1).is_some_and(u8::is_ascii_digit),
            _ => false,
        })
        .unwrap_or(rest.len())
        .min(60);
    Some(LastValue {
        pointer,
        start,
        end: start + rest[..end].trim_ascii_end().len(),
    })
}

/// Walks over JSON without reading its values.
pub(super) struct Scanner<'a> {
    pub(super) json: &'a [u8],
    pub(super) at: usize,
}

impl Scanner<'_> {
    pub(super) fn peek(&self) -> Option<u8> {
        self.json.get(self.at).copied()
    }

    pub(super) fn blanks(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// Goes to a member or an element of the value that begins here. False when there is none such.
    fn enter(&mut self, segment: &str) -> Option<bool> {
        match self.peek()? {
            b'{' => {
                self.at += 1;
                loop {
                    self.blanks();
                    match self.peek()? {
                        b'}' => return Some(false),
                        b',' => self.at += 1,
                        b'"' => {
                            let start = self.at;
                            self.skip_string()?;
                            let name: String = serde_json::from_slice(&self.json[start..self.at]).ok()?;
                            self.blanks();
                            if self.peek()? != b':' {
                                return None;
                            }
                            self.at += 1;
                            self.blanks();
                            if name == segment {
                                return Some(true);
                            }
                            self.skip_value()?;
                        }
                        _ => return None,
                    }
                }
            }
            b'[' => {
                let Ok(wanted) = segment.parse::<usize>() else {
                    return Some(false);
                };
                self.at += 1;
                for index in 0.. {
                    self.blanks();
                    if self.peek()? == b']' {
                        return Some(false);
                    }
                    if index == wanted {
                        return Some(true);
                    }
                    self.skip_value()?;
                    self.blanks();
                    if self.peek()? == b',' {
                        self.at += 1;
                    }
                }
                None
            }
            _ => Some(false),
        }
    }

    /// Goes behind the value that begins here. Brackets are counted, not recursed into: depth is the sender's choice.
    pub(super) fn skip_value(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            self.blanks();
            match self.peek()? {
                b'"' => self.skip_string()?,
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.at += 1;
                }
                b',' | b':' => {
                    if depth == 0 {
                        return None;
                    }
                    self.at += 1;
                }
                _ => {
                    while self
                        .peek()
                        .is_some_and(|byte| !byte.is_ascii_whitespace() && !b",:]}[{\"".contains(&byte))
                    {
                        self.at += 1;
                    }
                }
            }
            if depth == 0 {
                return Some(());
            }
        }
    }

    pub(super) fn skip_string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some(());
                }
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text_at<'a>(json: &'a str, pointer: &str) -> Option<&'a str> {
        locate(json.as_bytes(), pointer).map(|place| &json[place.start..place.end])
    }

    #[test]
    fn values_of_every_kind_are_found() {
        let json = r#"{"a": [1, {"b/c": "x\"]"}, [true , null]], "d\u0065": {"f": -1.5e3}}"#;
        assert_eq!(text_at(json, ""), Some(json));
        assert_eq!(text_at(json, "/a/0"), Some("1"));
        assert_eq!(text_at(json, "/a/1/b~1c"), Some(r#""x\"]""#));
        assert_eq!(text_at(json, "/a/2/1"), Some("null"));
        assert_eq!(text_at(json, "/de/f"), Some("-1.5e3"));
        assert_eq!(text_at(json, "/a/2"), Some("[true , null]"));
    }

    #[test]
    fn what_is_missing_is_missing_from_the_value_around_it() {
        let json = r#"{"LineItems": [{"Quantity": 1}]}"#;
        assert_eq!(text_at(json, "/LineItems/0/TaxCode"), Some(r#"{"Quantity": 1}"#));
        assert_eq!(text_at(json, "/LineItems/7/TaxCode"), Some(r#"[{"Quantity": 1}]"#));
        assert_eq!(text_at(json, "/Total"), Some(json));
    }

    #[test]
    fn text_that_ends_too_soon_has_no_place() {
        assert_eq!(locate(b"{\"a\": [1, 2", "/a"), None);
        assert_eq!(locate(b"", ""), None);
        assert!(
            locate("[".repeat(1_000_000).as_bytes(), "/0/0").is_none(),
            "and no depth is too deep"
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_or_loop(json in proptest::collection::vec(proptest::sample::select(b"{}[]\",:1a\\ \n".to_vec()), 0..200), pointer in "(/[a1]){0,4}") {
            if let Some(place) = locate(&json, &pointer) {
                prop_assert!(place.start <= place.end && place.end <= json.len());
            }
        }
    }
}
