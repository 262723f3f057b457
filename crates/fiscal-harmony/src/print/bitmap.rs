//! Pictures of dots, for printers: text that no code page has, QR codes, logos.

use fh_font::{Glyph, HEIGHT, glyph};

use super::{
    letters::Letters,
    scripts::{Stretch, stretches},
    shop_font::{Shaped, ShopFont},
};
use crate::Qr;

/// Dark dots on white.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bitmap {
    width: usize,
    height: usize,
    /// Row after row, each of whole bytes, the leftmost dot the highest bit.
    bits: Vec<u8>,
}

impl Bitmap {
    pub(super) fn new(width: usize, height: usize) -> Self {
        Self {
            width,
            height,
            bits: vec![0; width.div_ceil(8) * height],
        }
    }

    pub(super) fn height(&self) -> usize {
        self.height
    }

    /// Bytes across.
    pub(super) fn stride(&self) -> usize {
        self.width.div_ceil(8)
    }

    pub(super) fn darken(&mut self, x: usize, y: usize) {
        if x < self.width && y < self.height {
            let at = y * self.stride() + x / 8;
            self.bits[at] |= 0x80 >> (x % 8);
        }
    }

    /// The bytes of some rows.
    pub(super) fn rows(&self, from: usize, count: usize) -> &[u8] {
        &self.bits[from * self.stride()..(from + count).min(self.height) * self.stride()]
    }

    /// A line of text in cells of so many dots.
    pub(super) fn text(
        text: &str,
        width: usize,
        (cell, height): (usize, usize),
        is_bold: bool,
        font: Option<&ShopFont>,
    ) -> Self {
        let mut bitmap = Self::new(width, height);
        let (mut at, mut before) = (0, 0);
        for stretch in stretches(text, font) {
            match stretch {
                Stretch::Cells(text) => {
                    for c in text.chars() {
                        let columns = Letters::Drawn(None).columns(c);
                        // A mark goes over the letter before it.
                        let column = if columns == 0 { before } else { at };
                        if let Some(glyph) = glyph(c) {
                            bitmap.draw(&glyph, column * cell, cell * glyph.width() / 8, is_bold);
                        }
                        before = column;
                        at += columns;
                    }
                }
                Stretch::Shaped {
                    text,
                    is_from_the_right,
                } => {
                    let columns: usize = text.chars().map(|c| Letters::Drawn(None).columns(c)).sum();
                    if let Some(shaped) = font.and_then(|font| font.shape(&text, is_from_the_right)) {
                        bitmap.shaped(&shaped, at * cell, columns * cell);
                    }
                    before = at;
                    at += columns;
                }
            }
        }
        bitmap
    }

    /// Draws a stretch of the shop's letters. A dot is dark when a third of it is.
    #[expect(
        clippy::float_arithmetic,
        clippy::cast_precision_loss,
        reason = "they are places on paper and no amounts"
    )]
    fn shaped(&mut self, shaped: &Shaped, left: usize, width: usize) {
        const PARTS: [f32; 3] = [0.17, 0.5, 0.83];
        let fit = shaped.fit(width as f32, self.height as f32);
        for y in 0..self.height {
            for x in 0..width {
                let places = PARTS
                    .iter()
                    .flat_map(|down| PARTS.iter().map(move |across| (across, down)));
                let dark = places.filter(|(across, down)| shaped.covers(fit, x as f32 + *across, y as f32 + *down));
                if dark.count() >= 3 {
                    self.darken(left + x, y);
                }
            }
        }
    }

    /// Draws a letter into a cell, however much larger or smaller than itself that is. A dot becomes dark when at least half of it, or of the
    /// letter's dot, lies under a dark dot of the letter; so strokes keep their width and no thin one is lost.
    fn draw(&mut self, glyph: &Glyph, left: usize, width: usize, is_bold: bool) {
        let height = self.height;
        for y in 0..height {
            for x in 0..width {
                let is_dark = covering(x, width, glyph.width())
                    .any(|from_x| covering(y, height, HEIGHT).any(|from_y| glyph.is_dark(from_x, from_y)));
                if is_dark {
                    self.darken(left + x, y);
                    if is_bold {
                        self.darken(left + x + 1, y);
                    }
                }
            }
        }
    }

    /// A QR code in the middle of the paper, with white around it; none where it does not fit.
    pub(super) fn qr(qr: &Qr, width: usize, module: usize) -> Self {
        const WHITE: usize = 4;
        let side = qr.size() * module;
        let mut bitmap = Self::new(width, side + 2 * WHITE * module);
        let left = width.saturating_sub(side) / 2;
        for y in 0..side {
            for x in 0..side {
                if qr.is_dark(x / module, y / module) {
                    bitmap.darken(left + x, WHITE * module + y);
                }
            }
        }
        bitmap
    }
}

/// The dots of the letter that cover at least half of a dot of the cell, or lie in it by at least half.
fn covering(at: usize, cell: usize, letter: usize) -> impl Iterator<Item = usize> {
    // In units in which a dot of the cell is `letter` long and one of the letter `cell`.
    let (start, end) = (at * letter, (at + 1) * letter);
    let least = letter.min(cell);
    (start / cell..end.div_ceil(cell).min(letter)).filter(move |from| {
        let overlap = end.min((from + 1) * cell) - start.max(from * cell);
        2 * overlap >= least
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(bitmap: &Bitmap) -> Vec<String> {
        let dark = |x: usize, y: usize| bitmap.bits[y * bitmap.stride() + x / 8] >> (7 - x % 8) & 1 == 1;
        (0..bitmap.height)
            .map(|y| (0..bitmap.width).map(|x| if dark(x, y) { '#' } else { '.' }).collect())
            .collect()
    }

    #[test]
    fn at_its_own_size_a_letter_is_itself() {
        let bitmap = Bitmap::text("A", 8, (8, HEIGHT), false, None);
        let letter = glyph('A').unwrap();
        for (y, row) in shown(&bitmap).iter().enumerate() {
            let expected: String = (0..8).map(|x| if letter.is_dark(x, y) { '#' } else { '.' }).collect();
            assert_eq!(*row, expected);
        }
    }

    #[test]
    fn in_a_printer_s_cell_every_stroke_is_two_dots_wide() {
        let rows = shown(&Bitmap::text("l", 12, (12, 24), false, None));
        let widest = rows.iter().map(|row| row.matches('#').count()).collect::<Vec<_>>();
        assert!(widest.contains(&2), "{}", rows.join("\n"));
        assert!(!widest.contains(&1), "{}", rows.join("\n"));
    }

    #[test]
    fn wide_letters_take_two_cells_and_marks_none() {
        let columns_of = |text: &str| {
            let rows = shown(&Bitmap::text(text, 60, (12, 24), false, None));
            rows.iter().filter_map(|row| row.rfind('#')).max().unwrap() / 12
        };
        assert_eq!(columns_of("茶A"), 2);
        assert_eq!(columns_of("e\u{301}"), 0);
    }

    #[test]
    fn a_code_keeps_its_white_margin_even_at_the_edge() {
        let qr = Qr::new("https://example.test/1").unwrap();
        let bitmap = Bitmap::qr(&qr, 384, 6);
        let rows = shown(&bitmap);
        assert_eq!(rows.len(), (qr.size() + 8) * 6);
        assert!(rows[..24].iter().all(|row| !row.contains('#')));
        let left = rows.iter().filter_map(|row| row.find('#')).min().unwrap();
        assert_eq!(left, (384 - qr.size() * 6) / 2);
    }
}
