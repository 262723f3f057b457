//! Scripts whose letters cannot be put side by side as they come: they join, stack, move, or run from the right. Printed so they would be
//! wrong letters; their name is printed in their place instead.

use unicode_bidi::{BidiInfo, Level};
use unicode_normalization::char::is_combining_mark;

use super::shop_font::ShopFont;

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

/// Whether a character can be drawn by itself, from the letters that are bundled.
fn is_bundled(c: char) -> bool {
    fh_font::glyph(c).is_some()
}

/// Whether a character can be drawn.
pub(super) fn is_drawn(c: char, font: Option<&ShopFont>) -> bool {
    is_bundled(c) || font.is_some_and(|font| font.has(c))
}

/// A stretch of a line that is drawn in one way, in the order from left to right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stretch {
    /// Letter by letter, each in its cell.
    Cells(String),
    /// Together, from the shop's font.
    Shaped { text: String, is_from_the_right: bool },
}

/// A line as stretches from left to right. What runs from the right does so within a line that runs from the left.
pub(super) fn stretches(line: &str, font: Option<&ShopFont>) -> Vec<Stretch> {
    if line.chars().all(is_bundled) || font.is_none() {
        return vec![Stretch::Cells(line.to_owned())];
    }
    let info = BidiInfo::new(line, Some(Level::ltr()));
    let Some(paragraph) = info.paragraphs.first() else {
        return Vec::new();
    };
    let (levels, runs) = info.visual_runs(paragraph, paragraph.range.clone());
    runs.into_iter()
        .flat_map(|run| {
            let is_from_the_right = levels.get(run.start).is_some_and(Level::is_rtl);
            let mut parts = in_parts(&line[run], is_from_the_right);
            if is_from_the_right {
                parts.reverse();
            }
            parts
        })
        .collect()
}

fn in_parts(run: &str, is_from_the_right: bool) -> Vec<Stretch> {
    let mut parts: Vec<Stretch> = Vec::new();
    for c in run.chars() {
        match (is_bundled(c), parts.last_mut()) {
            (true, Some(Stretch::Cells(text))) if is_from_the_right => text.insert(0, c),
            (true, Some(Stretch::Cells(text))) | (false, Some(Stretch::Shaped { text, .. })) => text.push(c),
            (true, _) => parts.push(Stretch::Cells(c.to_string())),
            (false, _) => parts.push(Stretch::Shaped {
                text: c.to_string(),
                is_from_the_right,
            }),
        }
    }
    parts
}

/// The text, with the names of scripts in brackets where their letters cannot be drawn.
pub(super) fn named(text: impl Iterator<Item = char>, font: Option<&ShopFont>) -> String {
    let is_drawn = |c| is_drawn(c, font);
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
            assert_eq!(named(text.chars(), None), printed);
        }
    }

    #[test]
    fn no_script_that_needs_shaping_has_letters_to_draw() {
        for (first, last, name) in SHAPED {
            let drawn: Vec<char> = (first..=last)
                .filter_map(char::from_u32)
                .filter(|c| is_drawn(*c, None))
                .collect();
            assert!(drawn.is_empty(), "{name}: {drawn:?}");
        }
    }
}
