//! Cuts a stream into the texts of single documents, without parsing them: each is then parsed by itself, so that a bad
//! one costs no other.

use std::{
    collections::VecDeque,
    io::{self, Read},
};

use super::{
    position::Position,
    scan::{LONGEST, Next, Scan, next_beginning, scan},
    window::Window,
};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The text that should be one document, or why there is none.
#[derive(Debug)]
pub(crate) struct Piece {
    /// Its number in the input, from one.
    pub(crate) number: usize,
    /// Where it begins.
    pub(crate) at: Position,
    pub(crate) text: Result<Vec<u8>, String>,
}

/// What the input turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Unknown,
    /// Documents one after another: a single one, or JSON Lines.
    Sequence,
    /// Inside a JSON array.
    Array {
        after: After,
    },
    Ended,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    Bracket,
    Comma,
    Element,
}

/// Iterates over the documents of `R`: a JSON array, JSON Lines, a single document, or several one after another.
///
/// Where a document breaks off, the next one is looked for at the next line that begins as documents in this input do.
pub(crate) struct Pieces<R> {
    window: Window<R>,
    shape: Shape,
    /// Every document so far was one line, so a line that begins with `{` is a new one.
    one_per_line: bool,
    /// The white space before the first document of an array, when that begins on a line of its own.
    indent: Option<Vec<u8>>,
    number: usize,
    /// Found while looking at something else; handed out first.
    ready: VecDeque<Piece>,
}

impl<R: Read> Pieces<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self {
            window: Window::new(reader),
            shape: Shape::Unknown,
            one_per_line: false,
            indent: None,
            number: 0,
            ready: VecDeque::new(),
        }
    }

    fn piece(&mut self, text: Result<Vec<u8>, String>) -> Piece {
        self.number += 1;
        Piece {
            number: self.number,
            at: self.window.position(),
            text,
        }
    }

    /// Takes the text up to `to` as one document.
    fn take(&mut self, to: usize) -> Piece {
        let text = self.window.bytes()[self.window.at()..to].to_vec();
        let piece = self.piece(Ok(text));
        self.window.advance(to);
        piece
    }

    /// Takes the value that begins here, whole or broken.
    fn value(&mut self) -> io::Result<Piece> {
        let start = self.window.at();
        if self.shape == Shape::Sequence && self.window.bytes()[start] != b'{' {
            // Not JSON, or not ours: one complaint up to the next document, not one for each line of a web page.
            return self.broken(start);
        }
        match scan(&mut self.window, start, self.one_per_line)? {
            Scan::Complete(end) if self.shape == Shape::Sequence => self.end_of_line(start, end),
            Scan::Complete(end) => Ok(self.take(end)),
            Scan::TooLong => Ok(self.too_long()),
            Scan::Broken => self.broken(start),
        }
    }

    /// Takes a complete value of a sequence. What follows on its last line belongs to it unless it begins another: a stray
    /// comma or half a document must be told, not passed over.
    fn end_of_line(&mut self, start: usize, end: usize) -> io::Result<Piece> {
        let mut to = end;
        let mut stray = false;
        let begins_another = loop {
            match self.window.byte(to)? {
                None | Some(b'\n') => break false,
                Some(b'{') if !stray => break true,
                Some(byte) => stray |= !byte.is_ascii_whitespace(),
            }
            to += 1;
            if to - start > LONGEST {
                return Ok(self.too_long());
            }
        };
        if stray {
            return Ok(self.take(to));
        }
        self.one_per_line |=
            !begins_another && !self.window.bytes()[start..end].contains(&b'\n') && self.window.byte(to)?.is_some();
        Ok(self.take(end))
    }

    /// Takes what begins here up to where the next document can be expected.
    fn broken(&mut self, start: usize) -> io::Result<Piece> {
        let indent = if self.shape == Shape::Sequence {
            Some(Vec::new())
        } else {
            self.indent.clone()
        };
        match next_beginning(&mut self.window, start, indent.as_deref())? {
            Next::At(next) => {
                if let Shape::Array { after } = &mut self.shape {
                    *after = After::Comma;
                }
                Ok(self.take(next))
            }
            Next::TooFar => Ok(self.too_long()),
            next => {
                self.shape = Shape::Ended;
                self.window.byte(self.window.bytes().len())?;
                let piece = self.take(self.window.bytes().len());
                let more = !self.window.is_at_end_of_input()
                    || piece
                        .text
                        .as_deref()
                        .is_ok_and(more_than_a_bracket_after_the_first_line);
                if matches!(next, Next::Unrecognisable) && more {
                    let lost = self.piece(Err(
                        "cannot be told apart, because the document before it breaks off; nothing from there on was taken".to_owned(),
                    ));
                    self.ready.push_back(lost);
                }
                Ok(piece)
            }
        }
    }

    fn too_long(&mut self) -> Piece {
        self.shape = Shape::Ended;
        self.piece(Err(format!(
            "goes on for more than {} MiB, which no invoice does; a bracket or a quotation mark may be missing. The rest of the \
             input was not read",
            LONGEST / 1024 / 1024
        )))
    }

    fn step(&mut self) -> io::Result<Option<Piece>> {
        if self.shape == Shape::Unknown {
            self.window.byte(BYTE_ORDER_MARK.len())?;
            if self.window.bytes().starts_with(b"\xff\xfe") || self.window.bytes().starts_with(b"\xfe\xff") {
                self.shape = Shape::Ended;
                // The reader of documents says what it is.
                let beginning = self.window.bytes().to_vec();
                return Ok(Some(self.piece(Ok(beginning))));
            }
            if self.window.bytes().starts_with(BYTE_ORDER_MARK) {
                self.window.skip(BYTE_ORDER_MARK.len());
            }
        }
        loop {
            let line = self.window.position().line;
            let before = self.window.at();
            let next = if self.shape == Shape::Ended {
                None
            } else {
                self.window.skip_white_space()?
            };
            match (self.shape, next) {
                (Shape::Ended, _) | (Shape::Unknown | Shape::Sequence, None) => return Ok(None),
                (Shape::Unknown, Some(b'[')) => {
                    self.window.advance(self.window.at() + 1);
                    self.shape = Shape::Array { after: After::Bracket };
                }
                (Shape::Unknown, Some(_)) => self.shape = Shape::Sequence,
                (Shape::Sequence, Some(_)) => return self.value().map(Some),
                (Shape::Array { after }, Some(b']')) => {
                    let trailing = (after == After::Comma).then(|| {
                        self.piece(Err(
                            "is missing: there is a comma before the \"]\", so a document may have been left out"
                                .to_owned(),
                        ))
                    });
                    self.window.advance(self.window.at() + 1);
                    let rest = self.window.skip_white_space()?.is_some().then(|| {
                        self.piece(Err(
                            "is not looked at: it stands after the \"]\" that ends the array".to_owned()
                        ))
                    });
                    self.shape = Shape::Ended;
                    self.ready.extend(rest);
                    if trailing.is_some() {
                        return Ok(trailing);
                    }
                    return Ok(self.ready.pop_front());
                }
                (Shape::Array { .. }, None) => {
                    self.shape = Shape::Ended;
                    return Ok(Some(self.piece(Err(
                        "is missing: the array is not closed, so the input was probably cut off and documents may be missing"
                            .to_owned(),
                    ))));
                }
                (Shape::Array { after: After::Element }, Some(b',')) => {
                    self.window.advance(self.window.at() + 1);
                    self.shape = Shape::Array { after: After::Comma };
                }
                (Shape::Array { .. }, Some(b',')) => {
                    self.shape = Shape::Array { after: After::Element };
                    return Ok(Some(
                        self.piece(Err("is missing: there is nothing before this comma".to_owned())),
                    ));
                }
                (Shape::Array { after }, Some(_)) => {
                    if after == After::Bracket && self.window.position().line > line && before < self.window.at() {
                        let indent = usize::min(self.window.position().column - 1, self.window.at());
                        self.indent = Some(self.window.bytes()[self.window.at() - indent..self.window.at()].to_vec());
                    }
                    self.shape = Shape::Array { after: After::Element };
                    let mut piece = self.value()?;
                    if after == After::Element {
                        piece.text =
                            Err("has no comma before it, so the input is not a JSON array; put one there".to_owned());
                    }
                    return Ok(Some(piece));
                }
            }
        }
    }
}

/// Whether a broken element of an array may have swallowed others.
fn more_than_a_bracket_after_the_first_line(text: &[u8]) -> bool {
    let first_line = text.iter().position(|&byte| byte == b'\n').unwrap_or(text.len());
    !text[first_line..]
        .iter()
        .all(|byte| byte.is_ascii_whitespace() || matches!(byte, b']' | b'}'))
}

impl<R: Read> Iterator for Pieces<R> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        if let Some(piece) = self.ready.pop_front() {
            return Some(piece);
        }
        match self.step() {
            Ok(piece) => piece,
            Err(error) => {
                self.shape = Shape::Ended;
                Some(self.piece(Err(format!("cannot be read: {error}"))))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::window::CHUNK;

    /// Documents as text, problems as `!` and their message.
    fn cut(input: &str) -> Vec<String> {
        Pieces::new(input.as_bytes())
            .map(|piece| match piece.text {
                Ok(text) => String::from_utf8(text).unwrap().trim_end().to_owned(),
                Err(problem) => format!("!{problem}"),
            })
            .collect()
    }

    #[test]
    fn one_document_over_several_lines_is_one() {
        let text = "\u{feff}\n{\n\"a\": [\n{\n\"b\": \"} \\\" {\"\n}\n]\n}\n";
        assert_eq!(cut(text), [text.trim_start_matches('\u{feff}').trim()]);
    }

    #[test]
    fn json_lines_are_one_document_each() {
        assert_eq!(
            cut("{\"a\":1}\n\n{\"a\":2}\r\n{\"a\":3}"),
            ["{\"a\":1}", "{\"a\":2}", "{\"a\":3}"]
        );
        assert_eq!(cut("{\"a\":1} {\"a\":2}\n"), ["{\"a\":1}", "{\"a\":2}"]);
    }

    #[test]
    fn a_bad_line_costs_no_other() {
        let good = "{\"a\":[1,{}]}";
        for bad in [
            "{\"a\":[1",
            "{\"a\":\"x",
            "{\"a\":1]",
            "nonsense, more",
            "{\"a\":1},",
            "{\"a\":1}}",
            "\"",
            "]",
            "{\"a\\",
        ] {
            for lines in [[bad, good, good], [good, bad, good], [good, good, bad]] {
                assert_eq!(cut(&format!("{}\n", lines.join("\n"))), lines, "{bad}");
            }
        }
    }

    #[test]
    fn what_is_not_json_is_one_complaint() {
        assert_eq!(cut("<html>\n<body>\n</html>\n"), ["<html>\n<body>\n</html>"]);
        assert_eq!(cut("a;b\nc;d\n{\"a\":1}\n"), ["a;b\nc;d", "{\"a\":1}"]);
        assert_eq!(cut(""), [""; 0]);
        assert_eq!(cut(" \n"), [""; 0]);
    }

    #[test]
    fn an_array_gives_its_elements() {
        assert_eq!(cut("[]"), [""; 0]);
        assert_eq!(
            cut(" [ {\"a\":[]} , 1,\"x,]\", [2] ]\n"),
            ["{\"a\":[]}", "1", "\"x,]\"", "[2]"]
        );
    }

    #[test]
    fn a_broken_element_of_an_array_costs_no_other() {
        let good = "  {\n    \"a\": [\n      {\n      }\n    ]\n  }";
        for bad in [
            "  {\n    \"a\": \"x\n  }",
            "  {\n    \"a\": [1, 2\n  }",
            "  {\n    \"a\": {\n  }",
        ] {
            let pieces = cut(&format!("[\n{good},\n{bad},\n{good}\n]"));
            assert_eq!(pieces.len(), 3, "{pieces:#?}");
            assert_eq!(pieces[0], good.trim_start());
            assert_eq!(pieces[2], good.trim_start());
        }
    }

    #[test]
    fn what_cannot_be_told_apart_is_said_to_be_lost() {
        let pieces = cut("[{\"a\":\"x\n}, {\"a\":1}]");
        assert!(pieces[1].starts_with("!cannot be told apart"), "{pieces:#?}");
        let pieces = cut("[{\"a\":1},{\"a\":2}");
        assert_eq!(pieces[..2], ["{\"a\":1}", "{\"a\":2}"]);
        assert!(pieces[2].contains("cut off"), "{pieces:#?}");
        assert!(cut("[{},]")[1].contains("comma"));
        assert!(cut("[,{}]")[0].contains("comma"));
        assert!(cut("[{} {}]")[1].contains("no comma"));
        assert!(cut("[{}] {}")[1].contains("after the \"]\""));
    }

    #[test]
    fn positions_are_those_of_an_editor() {
        let text = "{\"é\":1} {}\n\n  {}";
        let at: Vec<_> = Pieces::new(text.as_bytes())
            .map(|piece| (piece.number, piece.at.line, piece.at.column))
            .collect();
        assert_eq!(at, [(1, 1, 1), (2, 1, 9), (3, 3, 3)]);
    }

    #[test]
    fn other_encodings_are_named() {
        let pieces: Vec<_> = Pieces::new(&b"\xff\xfe{\0}\0"[..]).collect();
        assert!(pieces[0].text.as_ref().unwrap().starts_with(b"\xff\xfe"));
    }

    #[test]
    fn memory_follows_the_document_and_not_the_input() {
        let line = format!("{{\"a\":\"{}\"}}\n", "x".repeat(1000));
        let mut pieces = Pieces::new(io::Cursor::new(line.repeat(20_000)));
        let mut count = 0;
        while pieces.next().is_some() {
            count += 1;
            assert!(pieces.window.capacity() < 8 * CHUNK, "{}", pieces.window.capacity());
        }
        assert_eq!(count, 20_000);
    }

    #[test]
    fn a_line_that_breaks_off_does_not_make_it_read_all_that_follows() {
        let line = format!("{{\"a\":\"{}\"}}\n", "x".repeat(1000));
        let mut pieces = Pieces::new(io::Cursor::new(format!("{line}{{\"a\":[\n{}", line.repeat(2_000))));
        let mut count = 0;
        while pieces.next().is_some() {
            count += 1;
            assert!(pieces.window.capacity() < 8 * CHUNK, "{}", pieces.window.capacity());
        }
        assert_eq!(count, 2_002);
    }

    #[test]
    fn a_document_without_an_end_is_given_up() {
        let endless = io::repeat(b'[');
        let pieces: Vec<_> = Pieces::new((&b"{\"a\":\""[..]).chain(endless)).collect();
        assert!(
            pieces[0].text.as_ref().unwrap_err().contains("16 MiB"),
            "{:?}",
            pieces[0].text
        );
    }
}
