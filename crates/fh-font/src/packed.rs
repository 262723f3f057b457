//! The letters as they are kept: in pages of 256 code points, each compressed by itself and unpacked when it is first asked for.
//!
//! `cargo xtask font` writes the file. It begins with `FHF1` and the number of pages; then, for each page, its number, the place of its
//! bytes after this list, and how many there are (2, 4 and 2 bytes, the lowest first). Unpacked, a page is 32 bytes of which code points
//! it has, 32 bytes of which of them are wide, and the rows of each, from the top: one byte each, or two for the wide ones.

use std::sync::OnceLock;

static PACKED: &[u8] = include_bytes!("../unifont.bin");
static PAGES: [OnceLock<Vec<u8>>; 256] = [const { OnceLock::new() }; 256];

/// Rows of every letter.
pub const HEIGHT: usize = 16;

/// Where the bits of a page end and its letters begin.
const BITS: usize = 64;

/// A letter as dots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glyph {
    /// The leftmost dot is the highest bit of the width.
    rows: [u16; HEIGHT],
    wide: bool,
}

impl Glyph {
    /// Dots across: 8 or 16.
    #[must_use]
    pub fn width(&self) -> usize {
        if self.wide { 16 } else { 8 }
    }

    /// Whether the dot is dark, counted from the upper left corner; outside of the letter none is.
    #[must_use]
    pub fn is_dark(&self, x: usize, y: usize) -> bool {
        x < self.width() && y < HEIGHT && self.rows[y] >> (self.width() - 1 - x) & 1 == 1
    }
}

/// The letter of a character; none for what is not bundled, among it every script that needs shaping.
#[must_use]
pub fn glyph(c: char) -> Option<Glyph> {
    let code = usize::try_from(u32::from(c)).ok()?;
    let (page, at) = (code >> 8, code & 0xff);
    let page = PAGES.get(page)?.get_or_init(|| unpacked(page));
    let (present, wide) = (page.get(..32)?, page.get(32..BITS)?);
    let is = |bits: &[u8], at: usize| bits[at / 8] >> (at % 8) & 1 == 1;
    if !is(present, at) {
        return None;
    }
    let size = |at: usize| if is(wide, at) { 2 * HEIGHT } else { HEIGHT };
    let start = BITS + (0..at).filter(|before| is(present, *before)).map(size).sum::<usize>();
    let dots = page.get(start..start + size(at))?;
    let wide = is(wide, at);
    let mut rows = [0; HEIGHT];
    for (y, row) in rows.iter_mut().enumerate() {
        *row = if wide {
            u16::from_be_bytes([dots[2 * y], dots[2 * y + 1]])
        } else {
            dots[y].into()
        };
    }
    Some(Glyph { rows, wide })
}

/// A page, unpacked; empty for one that is not there. The file is our own, so what does not fit together is as good as missing, and a test
/// reads every page.
fn unpacked(page: usize) -> Vec<u8> {
    let found = || {
        let number = |at: usize, bytes: usize| {
            let bytes = PACKED.get(at..at + bytes)?;
            Some(bytes.iter().rev().fold(0, |sum, byte| sum << 8 | usize::from(*byte)))
        };
        let count = number(4, 2)?;
        let entry = (0..count)
            .map(|at| 6 + 8 * at)
            .find(|at| number(*at, 2) == Some(page))?;
        let (place, length) = (number(entry + 2, 4)?, number(entry + 6, 2)?);
        let start = 6 + 8 * count + place;
        miniz_oxide::inflate::decompress_to_vec(PACKED.get(start..start + length)?).ok()
    };
    found().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(c: char) -> Vec<String> {
        let glyph = glyph(c).unwrap();
        let row = |y| {
            (0..glyph.width())
                .map(|x| if glyph.is_dark(x, y) { '#' } else { '.' })
                .collect()
        };
        (0..HEIGHT).map(row).collect()
    }

    #[test]
    fn a_letter_is_drawn_as_the_font_draws_it() {
        assert_eq!(
            drawn('A')[3..15],
            [
                "........", "...##...", "..#..#..", "..#..#..", ".#....#.", ".#....#.", ".######.", ".#....#.",
                ".#....#.", ".#....#.", ".#....#.", "........",
            ]
        );
    }

    #[test]
    fn every_page_can_be_unpacked_and_holds_what_it_says() {
        let mut letters = 0;
        for code in 0..=0xffff_u32 {
            let Some(c) = char::from_u32(code) else { continue };
            let Some(glyph) = glyph(c) else { continue };
            letters += 1;
            let outside = (0..HEIGHT).any(|y| glyph.is_dark(glyph.width(), y));
            assert!(!outside, "{c:?}");
        }
        assert_eq!(letters, 47_465);
        assert!(PACKED.starts_with(b"FHF1") && PACKED.len() < 2 << 20);
        assert!(glyph('\u{1f355}').is_none() && glyph(char::MAX).is_none());
    }

    #[test]
    fn the_scripts_of_receipts_are_there_and_those_that_need_shaping_are_not() {
        for c in "Aé€ßŁİΩЖщ茶楽あ한ℓ½×ÐÞ№₽₦".chars() {
            assert!(glyph(c).is_some(), "{c}");
        }
        for c in "بשहกမ".chars() {
            assert!(glyph(c).is_none(), "{c}");
        }
    }
}
