use std::fmt::Write as _;

use fast_qr::{ECL, QRBuilder, QRCode};

/// White modules around the code; readers need four.
const QUIET_ZONE: usize = 4;

/// A QR code, ready to be printed or shown.
#[derive(Debug, Clone)]
pub struct Qr {
    code: QRCode,
}

/// The text cannot be made into a QR code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{length} bytes cannot be put into a QR code; a receipt's address has under 100")]
pub struct QrError {
    length: usize,
}

impl Qr {
    /// The QR code of a text, at medium error correction.
    ///
    /// # Errors
    ///
    /// When the text is too long for one.
    pub fn new(text: &str) -> Result<Self, QrError> {
        let error = |_| QrError { length: text.len() };
        let code = QRBuilder::new(text).ecl(ECL::M).build().map_err(error)?;
        Ok(Self { code })
    }

    /// How many modules each side has, without the quiet zone.
    #[must_use]
    pub fn size(&self) -> usize {
        self.code.size
    }

    /// Whether the module at this place is dark; outside of the code all is light.
    #[must_use]
    pub fn is_dark(&self, column: usize, row: usize) -> bool {
        column < self.code.size && row < self.code.size && self.code[row][column].value()
    }

    /// Dark or light, counted from the corner of the quiet zone.
    fn with_quiet_zone(&self, column: usize, row: usize) -> bool {
        match (column.checked_sub(QUIET_ZONE), row.checked_sub(QUIET_ZONE)) {
            (Some(column), Some(row)) => self.is_dark(column, row),
            _ => false,
        }
    }

    fn outer_size(&self) -> usize {
        self.code.size + 2 * QUIET_ZONE
    }

    /// An SVG document, with a quiet zone, that scales to any size.
    #[must_use]
    pub fn svg(&self) -> String {
        let side = self.outer_size();
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
             <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\""
        );
        for row in 0..self.code.size {
            let mut column = 0;
            while column < self.code.size {
                let run = (column..self.code.size)
                    .take_while(|column| self.is_dark(*column, row))
                    .count();
                if run > 0 {
                    // Writing to a String cannot fail.
                    let _ = write!(svg, "M{} {}h{run}v1h-{run}z", column + QUIET_ZONE, row + QUIET_ZONE);
                }
                column += run.max(1);
            }
        }
        svg.push_str("\"/></svg>\n");
        svg
    }

    /// A PNG image with a quiet zone, each module `scale` pixels wide (at least 1). 8 suits a printed invoice.
    #[must_use]
    pub fn png(&self, scale: u32) -> Vec<u8> {
        let scale = scale.clamp(1, 64) as usize;
        let side = self.outer_size() * scale;
        let stride = side.div_ceil(8);
        let mut pixels = vec![0xff_u8; stride * side];
        for y in 0..side {
            for x in 0..side {
                if self.with_quiet_zone(x / scale, y / scale) {
                    pixels[y * stride + x / 8] &= !(0x80 >> (x % 8));
                }
            }
        }
        let mut file = Vec::new();
        let side = u32::try_from(side).expect("a QR code has under 200 modules and 64 pixels to each");
        let mut encoder = png::Encoder::new(&mut file, side, side);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        encoder
            .write_header()
            .and_then(|mut writer| writer.write_image_data(&pixels))
            .expect("writing to memory does not fail and the sizes agree");
        file
    }

    /// Text that shows the code on a terminal, two modules to a character. It sets its own colours, so that it can be read
    /// on dark and light backgrounds alike.
    #[must_use]
    pub fn terminal(&self) -> String {
        let side = self.outer_size();
        let mut text = String::new();
        for row in (0..side).step_by(2) {
            text.push_str("\u{1b}[38;5;16;48;5;231m");
            for column in 0..side {
                let (upper, lower) = (self.with_quiet_zone(column, row), self.with_quiet_zone(column, row + 1));
                text.push(half_blocks(upper, lower));
            }
            text.push_str("\u{1b}[0m\n");
        }
        text
    }

    /// As [`terminal`](Self::terminal) without colours, for a dark text on a light ground: a file, a printer, a pipe.
    #[must_use]
    pub fn text(&self) -> String {
        let side = self.outer_size();
        let mut text = String::new();
        for row in (0..side).step_by(2) {
            for column in 0..side {
                text.push(half_blocks(
                    self.with_quiet_zone(column, row),
                    self.with_quiet_zone(column, row + 1),
                ));
            }
            text.push('\n');
        }
        text
    }
}

fn half_blocks(upper: bool, lower: bool) -> char {
    match (upper, lower) {
        (true, true) => '█',
        (true, false) => '▀',
        (false, true) => '▄',
        (false, false) => ' ',
    }
}
