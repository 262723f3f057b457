//! A picture above the receipt.

use super::bitmap::Bitmap;

/// The largest side of a picture that is read, in dots.
const LARGEST: u32 = 4096;

/// A logo, read from a PNG file. Thermal printers show what is darker than half as black; the PDF keeps its greys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo {
    width: usize,
    height: usize,
    /// 0 is black; row after row.
    grey: Vec<u8>,
}

/// A file that is no logo.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}; a logo is a PNG file of at most {LARGEST} by {LARGEST} dots")]
pub struct LogoError(String);

impl Logo {
    /// Reads a PNG file of any kind. What is transparent is white.
    ///
    /// # Errors
    ///
    /// When the file is no PNG, is damaged, or is too large.
    pub fn from_png(bytes: &[u8]) -> Result<Self, LogoError> {
        let wrong = |error: png::DecodingError| LogoError(format!("it cannot be read: {error}"));
        let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().map_err(wrong)?;
        let info = reader.info();
        if info.width > LARGEST || info.height > LARGEST {
            return Err(LogoError(format!("it has {} by {} dots", info.width, info.height)));
        }
        let size = reader.output_buffer_size().unwrap_or_default();
        let mut buffer = vec![0; size];
        let frame = reader.next_frame(&mut buffer).map_err(wrong)?;
        let samples = frame.color_type.samples();
        let grey = buffer.chunks_exact(samples).map(|dot| match *dot {
            [grey] => grey,
            [grey, alpha] => over_white(grey, alpha),
            [red, green, blue] => luma(red, green, blue),
            [red, green, blue, alpha] => over_white(luma(red, green, blue), alpha),
            _ => u8::MAX,
        });
        let (width, height) = (frame.width as usize, frame.height as usize);
        Ok(Self {
            width,
            height,
            grey: grey.take(width * height).collect(),
        })
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    pub(super) fn height(&self) -> usize {
        self.height
    }

    pub(super) fn grey(&self) -> &[u8] {
        &self.grey
    }

    /// As dots in the middle of the paper, made smaller where it is wider.
    pub(super) fn dots(&self, paper: usize) -> Bitmap {
        let width = self.width.min(paper).max(1);
        let height = (self.height * width).div_ceil(self.width.max(1));
        let mut bitmap = Bitmap::new(paper, height);
        let left = (paper - width) / 2;
        for y in 0..height {
            for x in 0..width {
                if self.mean(x, y, width, height) < 128 {
                    bitmap.darken(left + x, y);
                }
            }
        }
        bitmap
    }

    /// How bright the part of the picture is that becomes one dot.
    fn mean(&self, x: usize, y: usize, width: usize, height: usize) -> usize {
        let span = |at: usize, of: usize, whole: usize| (at * whole / of)..((at + 1) * whole).div_ceil(of).min(whole);
        let (mut sum, mut count) = (0, 0);
        for from_y in span(y, height, self.height) {
            for from_x in span(x, width, self.width) {
                sum += usize::from(self.grey.get(from_y * self.width + from_x).copied().unwrap_or(u8::MAX));
                count += 1;
            }
        }
        sum.checked_div(count).unwrap_or(255)
    }
}

fn over_white(grey: u8, alpha: u8) -> u8 {
    let (grey, alpha) = (u32::from(grey), u32::from(alpha));
    u8::try_from((grey * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
}

/// By the weights of BT.601.
fn luma(red: u8, green: u8, blue: u8) -> u8 {
    let sum = 299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue);
    u8::try_from(sum / 1000).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32, colour: png::ColorType, bytes: &[u8]) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, width, height);
        encoder.set_color(colour);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.write_header().unwrap().write_image_data(bytes).unwrap();
        file
    }

    #[test]
    fn pictures_of_any_kind_are_read_and_what_is_transparent_is_white() {
        let grey = Logo::from_png(&png(2, 1, png::ColorType::Grayscale, &[0, 200])).unwrap();
        assert_eq!((grey.width, grey.height, &*grey.grey), (2, 1, &[0, 200][..]));
        let colours = [255, 0, 0, 255, 0, 0, 0, 0];
        let colour = Logo::from_png(&png(2, 1, png::ColorType::Rgba, &colours)).unwrap();
        assert_eq!(colour.grey, [76, 255]);
        assert!(
            Logo::from_png(b"GIF89a")
                .unwrap_err()
                .to_string()
                .contains("is a PNG file")
        );
        let cut = png(64, 64, png::ColorType::Rgb, &[9; 64 * 64 * 3]);
        assert!(Logo::from_png(&cut[..cut.len() / 2]).is_err());
    }

    #[test]
    fn a_picture_wider_than_the_paper_is_made_smaller() {
        let black = Logo::from_png(&png(800, 100, png::ColorType::Grayscale, &[0; 80_000])).unwrap();
        let dots = black.dots(384);
        assert_eq!(dots.height(), 48);
        assert!(dots.rows(0, 48).iter().all(|byte| *byte == 0xff));
        let small = Logo::from_png(&png(8, 1, png::ColorType::Grayscale, &[0; 8])).unwrap();
        assert_eq!(
            small.dots(384).rows(0, 1).iter().filter(|byte| **byte != 0).count(),
            2,
            "in the middle of two bytes"
        );
    }
}
