//! Foreign text at a terminal: what cannot be seen is written out, so that no name makes a row, a colour or another name.

use std::borrow::Cow;

/// The text on one line, with control characters, changes of direction and characters without width written out.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| (0x20..0x7F).contains(&byte)) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c == ' ' || c.is_ascii_graphic() {
            shown.push(c);
        } else {
            // Behind a letter, so that accents that stand on it stay what they are.
            shown.extend(format!("a{c}").escape_debug().skip(1));
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_written_out_and_the_rest_stays() {
        for (text, shown) in [
            ("INV-1 \\ \"x\"", "INV-1 \\ \"x\""),
            ("Café, cafe\u{301}, فاتورة, 発票", "Café, cafe\u{301}, فاتورة, 発票"),
            ("A\nB", "A\\nB"),
            ("A\u{1b}[2J\0", "A\\u{1b}[2J\\0"),
            ("A\u{202e}\u{200b}\u{feff}", "A\\u{202e}\\u{200b}\\u{feff}"),
        ] {
            assert_eq!(visible(text), shown);
        }
    }
}
