//! Where a value ends, and where the next one begins: brackets and quotation marks are counted, nothing is parsed.

use std::io::{self, Read};

use super::window::Window;

/// A document longer than this is not one. It bounds the memory that any input can use.
pub(super) const LONGEST: usize = 16 * 1024 * 1024;
/// Deeper nesting is not followed; the JSON parser gives up at the same depth.
const DEEPEST: usize = 128;

/// How the scan of one value ended.
pub(super) enum Scan {
    /// Just past its last byte.
    Complete(usize),
    /// It cannot be a value.
    Broken,
    /// It goes on and on.
    TooLong,
}

/// Where to go on after a value that breaks off.
pub(super) enum Next {
    /// The next document begins here.
    At(usize),
    /// There is none.
    End,
    /// Documents in this input have no beginning that can be recognised.
    Unrecognisable,
    /// It was not found in reach.
    TooFar,
}

/// Finds the end of the value that begins at `start`.
pub(super) fn scan<R: Read>(window: &mut Window<R>, start: usize, one_per_line: bool) -> io::Result<Scan> {
    let mut open = Vec::new();
    let mut offset = start;
    let mut in_text = false;
    loop {
        if offset - start > LONGEST {
            return Ok(Scan::TooLong);
        }
        let Some(byte) = window.byte(offset)? else {
            // A bare word or number at the very end is complete; anything open is not.
            return Ok(if open.is_empty() && !in_text {
                Scan::Complete(offset)
            } else {
                Scan::Broken
            });
        };
        match byte {
            b'\n' if in_text => return Ok(Scan::Broken),
            b'\\' if in_text => {
                offset += 1;
                if matches!(window.byte(offset)?, None | Some(b'\n')) {
                    return Ok(Scan::Broken);
                }
            }
            b'"' => {
                in_text = !in_text;
                if !in_text && open.is_empty() {
                    return Ok(Scan::Complete(offset + 1));
                }
            }
            _ if in_text => {}
            b'{' | b'[' => {
                if open.len() == DEEPEST {
                    return Ok(Scan::Broken);
                }
                open.push(byte + 2);
            }
            b'}' | b']' => match open.pop() {
                Some(expected) if expected == byte => {
                    if open.is_empty() {
                        return Ok(Scan::Complete(offset + 1));
                    }
                }
                None if offset > start => return Ok(Scan::Complete(offset)),
                _ => return Ok(Scan::Broken),
            },
            b'\n' if one_per_line && !open.is_empty() && window.byte(offset + 1)? == Some(b'{') => {
                return Ok(Scan::Broken);
            }
            b',' | b' ' | b'\t' | b'\r' | b'\n' if open.is_empty() => return Ok(Scan::Complete(offset)),
            _ => {}
        }
        offset += 1;
    }
}

/// The next line after `start` that begins as documents of this input do: with `indent` before the bracket. None when that is not known.
pub(super) fn next_beginning<R: Read>(window: &mut Window<R>, start: usize, indent: Option<&[u8]>) -> io::Result<Next> {
    let Some(indent) = indent else {
        return Ok(Next::Unrecognisable);
    };
    let mut offset = start;
    while let Some(byte) = window.byte(offset)? {
        if offset - start > LONGEST {
            return Ok(Next::TooFar);
        }
        offset += 1;
        if byte == b'\n' {
            window.byte(offset + indent.len())?;
            if window.bytes()[offset..].starts_with(indent) && window.bytes().get(offset + indent.len()) == Some(&b'{')
            {
                return Ok(Next::At(offset));
            }
        }
    }
    Ok(Next::End)
}
