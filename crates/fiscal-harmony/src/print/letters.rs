//! What may reach paper. Texts come from documents and from the network, and a printer obeys what it is sent.

use std::iter;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use unicode_width::UnicodeWidthChar;

use super::{code_page::CodePage, scripts, shop_font::ShopFont};

/// Which letters a device can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Letters<'f> {
    /// All of Unicode: a screen, a file, a printer behind a driver.
    All,
    /// What a code page has. Other letters lose their marks or become `?`.
    Plain(CodePage),
    /// What can be drawn dot by dot: the letters that `fh-font` has, and those of the shop's font.
    Drawn(Option<&'f ShopFont>),
}

impl Letters<'_> {
    /// The text without anything that is no letter: one line, no control characters, nothing that turns the direction of
    /// writing or is not seen.
    pub(super) fn clean(self, text: &str) -> String {
        let seen = text.chars().filter_map(|c| match c {
            c if c.is_control() || c.is_whitespace() => Some(' '),
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => None,
            '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}' => None,
            c => Some(c),
        });
        match self {
            Self::All => seen.collect(),
            Self::Plain(page) => seen.nfc().fold(String::new(), |text, c| match page.byte(c) {
                Some(_) => text + c.encode_utf8(&mut [0; 4]),
                None => iter::once(c)
                    .nfkd()
                    .filter(|c| !is_combining_mark(*c))
                    .fold(text, ascii),
            }),
            Self::Drawn(font) => scripts::named(seen.nfc(), font),
        }
    }

    /// Whether something of the text has to be left out, and its script named in its place.
    pub(super) fn lacks(self, text: &str) -> bool {
        match self {
            Self::Drawn(font) => !Self::All.clean(text).nfc().all(|c| scripts::is_drawn(c, font)),
            _ => false,
        }
    }

    /// How many columns a character takes on a device with columns.
    pub(super) fn columns(self, c: char) -> usize {
        let columns = c.width().unwrap_or(0);
        match fh_font::glyph(c) {
            Some(glyph) if matches!(self, Self::Drawn(_)) && columns > 0 => glyph.width() / 8,
            _ => columns,
        }
    }
}

fn ascii(mut text: String, c: char) -> String {
    let known = match c {
        'ß' => "ss",
        'æ' => "ae",
        'Æ' => "AE",
        'œ' => "oe",
        'Œ' => "OE",
        'ø' => "o",
        'Ø' => "O",
        'ł' => "l",
        'Ł' => "L",
        'đ' | 'ð' => "d",
        'Đ' | 'Ð' => "D",
        'þ' => "th",
        'Þ' => "Th",
        'ı' => "i",
        '‘' | '’' | '‚' | '′' => "'",
        '“' | '”' | '„' | '«' | '»' | '″' => "\"",
        '‐' | '‑' | '‒' | '–' | '—' | '−' => "-",
        '⁄' => "/",
        '×' => "x",
        '·' | '•' => "*",
        '€' => "EUR ",
        '£' => "GBP ",
        '¥' => "JPY ",
        c if c.is_ascii_graphic() || c == ' ' => {
            text.push(c);
            return text;
        }
        _ => "?",
    };
    text.push_str(known);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_written_without_their_marks() {
        for (text, plain) in [
            ("Café Zoë – “Müller’s”", "Cafe Zoe - \"Muller's\""),
            ("½ kg, 10 °C, 5 € ﬁne", "1/2 kg, 10 ?C, 5 EUR  fine"),
            ("Łódź, Straße, Ærø", "Lodz, Strasse, AEro"),
            ("茶", "?"),
        ] {
            assert_eq!(Letters::Plain(CodePage::Ascii).clean(text), plain);
        }
        assert_eq!(Letters::All.clean("Café 茶"), "Café 茶");
        let western = Letters::Plain(CodePage::Cp858);
        assert_eq!(western.clean("Cafe\u{301}, 5 €, Łódź, 茶"), "Café, 5 €, Lódz, ?");
    }

    #[test]
    fn nothing_that_a_device_would_obey_is_left() {
        let hostile = "a\u{1b}@b\u{1d}V\0c\r\nd\u{7f}e\u{9b}2Jf\u{202e}g\u{200b}h\u{feff}i\u{e0041}";
        assert_eq!(Letters::All.clean(hostile), "a @b V c  d e 2Jfghi");
        assert_eq!(Letters::Plain(CodePage::Ascii).clean(hostile), "a @b V c  d e 2Jfghi");
    }
}
