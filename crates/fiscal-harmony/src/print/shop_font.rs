//! A font file that the shop names, for scripts whose letters join, stack or run from the right.

use std::fmt;

use rustybuzz::{
    Direction, Face, UnicodeBuffer,
    ttf_parser::{GlyphId, OutlineBuilder},
};

/// A font file (TrueType or OpenType) with the letters of a script that needs shaping. Whether it may be used so is for its licence to say.
#[derive(Clone, PartialEq, Eq)]
pub struct ShopFont {
    data: Vec<u8>,
}

/// A file that is no font.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it is no font that can be read; a font is a TrueType or OpenType file")]
pub struct FontError;

impl fmt::Debug for ShopFont {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShopFont").field("bytes", &self.data.len()).finish()
    }
}

/// A stretch of text as outlines in the font's own units: x to the right, y upwards, the line at 0.
pub(super) struct Shaped {
    pub(super) outlines: Vec<Vec<(f32, f32)>>,
    pub(super) width: f32,
    pub(super) ascent: f32,
    /// Below the line, and therefore negative.
    pub(super) descent: f32,
}

impl ShopFont {
    /// Reads a font file.
    ///
    /// # Errors
    ///
    /// When the bytes are no font.
    pub fn from_bytes(data: impl Into<Vec<u8>>) -> Result<Self, FontError> {
        let data = data.into();
        Face::from_slice(&data, 0).ok_or(FontError)?;
        Ok(Self { data })
    }

    /// Whether it has a letter.
    pub(super) fn has(&self, c: char) -> bool {
        Face::from_slice(&self.data, 0).is_some_and(|face| face.glyph_index(c).is_some())
    }

    /// The letters of a stretch as they stand beside each other.
    #[expect(
        clippy::float_arithmetic,
        clippy::cast_precision_loss,
        reason = "they are places on paper and no amounts"
    )]
    pub(super) fn shape(&self, text: &str, is_from_the_right: bool) -> Option<Shaped> {
        let face = Face::from_slice(&self.data, 0)?;
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.guess_segment_properties();
        buffer.set_direction(if is_from_the_right {
            Direction::RightToLeft
        } else {
            Direction::LeftToRight
        });
        let glyphs = rustybuzz::shape(&face, &[], buffer);
        let mut pen = Pen::default();
        let (mut x, mut y) = (0, 0);
        for (glyph, place) in glyphs.glyph_infos().iter().zip(glyphs.glyph_positions()) {
            pen.origin = ((x + place.x_offset) as f32, (y + place.y_offset) as f32);
            let id = GlyphId(u16::try_from(glyph.glyph_id).ok()?);
            // A blank has no outline.
            let _ = face.outline_glyph(id, &mut pen);
            x += place.x_advance;
            y += place.y_advance;
        }
        // Fonts leave much room above and below, and a receipt has little: letters are as large as they can be, and of one size in most lines.
        let em = face.units_per_em() as f32;
        let heights = || pen.done.iter().flatten().map(|(_, y)| *y);
        let (ascent, descent) = (heights().fold(0.8 * em, f32::max), heights().fold(-0.3 * em, f32::min));
        (x > 0).then_some(Shaped {
            width: x as f32,
            ascent,
            descent,
            outlines: pen.done,
        })
    }
}

/// Collects outlines, with curves made of short lines.
#[derive(Default)]
struct Pen {
    done: Vec<Vec<(f32, f32)>>,
    origin: (f32, f32),
    /// Where it is, in the letter.
    at: (f32, f32),
}

/// Lines to a curve: letters are an eighth of an inch high at most.
const STEPS: u8 = 6;

#[expect(clippy::float_arithmetic, reason = "they are places on paper and no amounts")]
impl Pen {
    fn go(&mut self, x: f32, y: f32) {
        self.at = (x, y);
        let place = (self.origin.0 + x, self.origin.1 + y);
        if let Some(outline) = self.done.last_mut() {
            outline.push(place);
        }
    }
}

#[expect(clippy::float_arithmetic, reason = "they are places on paper and no amounts")]
impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.done.push(Vec::new());
        self.go(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.go(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let (x0, y0) = self.at;
        for step in 1..=STEPS {
            let t = f32::from(step) / f32::from(STEPS);
            let u = 1.0 - t;
            let between = |from: f32, by: f32, to: f32| u * u * from + 2.0 * u * t * by + t * t * to;
            self.go(between(x0, x1, x), between(y0, y1, y));
        }
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let (x0, y0) = self.at;
        for step in 1..=STEPS {
            let t = f32::from(step) / f32::from(STEPS);
            let u = 1.0 - t;
            let between = |from: f32, by: f32, and: f32, to: f32| {
                u * u * u * from + 3.0 * u * u * t * by + 3.0 * u * t * t * and + t * t * t * to
            };
            self.go(between(x0, x1, x2, x), between(y0, y1, y2, y));
        }
    }

    fn close(&mut self) {}
}

#[expect(clippy::float_arithmetic, reason = "they are places on paper and no amounts")]
impl Shaped {
    /// How it is made to fit into a space: the factors across and down, and the line's distance from the upper edge. It is never made wider.
    pub(super) fn fit(&self, width: f32, height: f32) -> (f32, f32, f32) {
        let down = height / (self.ascent - self.descent);
        (down.min(width / self.width), down, self.ascent * down)
    }

    /// Whether a place is within the letters, in a space they are made to fit into.
    pub(super) fn covers(&self, (across, down, line): (f32, f32, f32), x: f32, y: f32) -> bool {
        let (x, y) = (x / across, (line - y) / down);
        let mut winding = 0;
        for outline in &self.outlines {
            let next = outline.iter().skip(1).chain(outline.first());
            for (from, to) in outline.iter().zip(next) {
                if (from.1 <= y) != (to.1 <= y) {
                    let crossing = from.0 + (y - from.1) / (to.1 - from.1) * (to.0 - from.0);
                    if crossing > x {
                        winding += if to.1 > from.1 { 1 } else { -1 };
                    }
                }
            }
        }
        winding != 0
    }
}
