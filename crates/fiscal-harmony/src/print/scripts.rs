//! Scripts whose letters cannot be put side by side as they come: they join, stack, move, or run from the right. Printed so they would be
//! wrong letters; their name is printed in their place instead.

use unicode_normalization::char::is_combining_mark;

/// The scripts by their first and last code points, in their order.
const SHAPED: [(u32, u32, &str); 31] = [
    (0x0590, 0x05ff, "Hebrew"),
    (0x0600, 0x06ff, "Arabic"),
    (0x0700, 0x074f, "Syriac"),
    (0x0750, 0x077f, "Arabic"),
    (0x0780, 0x07bf, "Thaana"),
    (0x07c0, 0x07ff, "N'Ko"),
    (0x0800, 0x085f, "Syriac"),
    (0x0860, 0x08ff, "Arabic"),
    (0x0900, 0x097f, "Devanagari"),
    (0x0980, 0x09ff, "Bengali"),
    (0x0a00, 0x0a7f, "Gurmukhi"),
    (0x0a80, 0x0aff, "Gujarati"),
    (0x0b00, 0x0b7f, "Oriya"),
    (0x0b80, 0x0bff, "Tamil"),
    (0x0c00, 0x0c7f, "Telugu"),
    (0x0c80, 0x0cff, "Kannada"),
    (0x0d00, 0x0d7f, "Malayalam"),
    (0x0d80, 0x0dff, "Sinhala"),
    (0x0e00, 0x0e7f, "Thai"),
    (0x0e80, 0x0eff, "Lao"),
    (0x0f00, 0x0fff, "Tibetan"),
    (0x1000, 0x109f, "Burmese"),
    (0x1100, 0x11ff, "Hangul"),
    (0x1780, 0x17ff, "Khmer"),
    (0x1800, 0x18af, "Mongolian"),
    (0xa8e0, 0xa8ff, "Devanagari"),
    (0xa9e0, 0xa9ff, "Burmese"),
    (0xaa60, 0xaa7f, "Burmese"),
    (0xfb1d, 0xfb4f, "Hebrew"),
    (0xfb50, 0xfdff, "Arabic"),
    (0xfe70, 0xfefe, "Arabic"),
];

/// Whether a character can be drawn by itself.
pub(super) fn is_drawn(c: char) -> bool {
    fh_font::glyph(c).is_some()
}

/// The text, with the names of scripts in brackets where their letters cannot be drawn.
pub(super) fn named(text: impl Iterator<Item = char>) -> String {
    let mut named = String::new();
    let mut left_out: Option<&str> = None;
    let mut blanks = String::new();
    for c in text {
        match left_out {
            // Words of one script are one.
            Some(_) if c == ' ' => blanks.push(c),
            Some(script) if is_drawn(c) => {
                named = named + "[" + script + "]" + &blanks;
                named.push(c);
                blanks.clear();
                left_out = None;
            }
            None if is_drawn(c) => named.push(c),
            Some(script) if script == name(c) || is_combining_mark(c) => blanks.clear(),
            Some(script) => {
                named = named + "[" + script + "]" + &blanks;
                blanks.clear();
                left_out = Some(name(c));
            }
            None => left_out = Some(name(c)),
        }
    }
    if let Some(script) = left_out {
        named = named + "[" + script + "]" + &blanks;
    }
    named
}

fn name(c: char) -> &'static str {
    let code = u32::from(c);
    let known = SHAPED.iter().find(|(first, last, _)| (*first..=*last).contains(&code));
    known.map_or("symbol", |(_, _, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_drawn_is_named_once_for_each_stretch() {
        for (text, printed) in [
            ("Crème brûlée, 茶叶 100克, Пиво", "Crème brûlée, 茶叶 100克, Пиво"),
            ("Tea شاي أخضر 100 g", "Tea [Arabic] 100 g"),
            ("नमस्ते", "[Devanagari]"),
            ("🍕 pizza", "[symbol] pizza"),
            ("שלום مرحبا ok", "[Hebrew] [Arabic] ok"),
            ("a\u{e3a}b", "a[Thai]b"),
            ("", ""),
        ] {
            assert_eq!(named(text.chars()), printed);
        }
    }

    #[test]
    fn no_script_that_needs_shaping_has_letters_to_draw() {
        for (first, last, name) in SHAPED {
            let drawn: Vec<char> = (first..=last)
                .filter_map(char::from_u32)
                .filter(|c| is_drawn(*c))
                .collect();
            assert!(drawn.is_empty(), "{name}: {drawn:?}");
        }
    }
}
