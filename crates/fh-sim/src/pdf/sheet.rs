use fast_qr::{ECL, QRBuilder};
use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, Str};

/// What is drawn with.
#[derive(Clone, Copy)]
pub(super) enum Ink {
    Black,
    Grey,
    White,
}

const REGULAR: Name<'static> = Name(b"F1");
const BOLD: Name<'static> = Name(b"F2");

/// An A4 page that is drawn on in points from the lower left corner, in the reader's own Helvetica.
pub(super) struct Sheet {
    content: Content,
}

#[expect(
    clippy::float_arithmetic,
    reason = "positions on a page are fractions of points; no amount is computed here"
)]
impl Sheet {
    pub(super) fn new() -> Self {
        Self {
            content: Content::new(),
        }
    }

    fn ink(&mut self, ink: Ink) {
        match ink {
            Ink::Black => self.content.set_fill_rgb(0.09, 0.11, 0.13),
            Ink::Grey => self.content.set_fill_rgb(0.40, 0.43, 0.46),
            Ink::White => self.content.set_fill_gray(1.0),
        };
    }

    fn show(&mut self, font: Name<'_>, x: f32, y: f32, size: f32, ink: Ink, text: &str) {
        self.ink(ink);
        self.content.begin_text();
        self.content
            .set_font(font, size)
            .next_line(x, y)
            .show(Str(&win_ansi(text)));
        self.content.end_text();
    }

    pub(super) fn text(&mut self, x: f32, y: f32, size: f32, ink: Ink, text: &str) {
        self.show(REGULAR, x, y, size, ink, text);
    }

    pub(super) fn bold(&mut self, x: f32, y: f32, size: f32, text: &str) {
        self.show(BOLD, x, y, size, Ink::Black, text);
    }

    pub(super) fn right(&mut self, x: f32, y: f32, size: f32, ink: Ink, text: &str) {
        self.show(REGULAR, x - width(text, size), y, size, ink, text);
    }

    pub(super) fn right_bold(&mut self, x: f32, y: f32, size: f32, text: &str) {
        // Helvetica-Bold is a little wider than Helvetica; its digits are not.
        let wider = if text.bytes().any(|byte| byte.is_ascii_alphabetic()) {
            1.06
        } else {
            1.0
        };
        self.show(BOLD, x - width(text, size) * wider, y, size, Ink::Black, text);
    }

    pub(super) fn centred(&mut self, x: f32, y: f32, size: f32, ink: Ink, text: &str) {
        self.show(BOLD, x - width(text, size) * 1.06 / 2.0, y, size, ink, text);
    }

    /// A dark band across the page.
    pub(super) fn band(&mut self, y: f32, height: f32) {
        self.content.set_fill_rgb(0.62, 0.16, 0.13);
        self.content.rect(0.0, y, 595.0, height).fill_nonzero();
    }

    pub(super) fn rule(&mut self, from: f32, to: f32, y: f32) {
        self.content.set_stroke_rgb(0.78, 0.80, 0.82).set_line_width(0.6);
        self.content.move_to(from, y).line_to(to, y).stroke();
    }

    /// A QR code of `text` as squares, `side` points wide with its quiet zone.
    pub(super) fn qr(&mut self, x: f32, y: f32, side: f32, text: &str) {
        // A link of the authority is far below what a QR code holds.
        let Ok(code) = QRBuilder::new(text).ecl(ECL::M).build() else {
            return;
        };
        let modules = u16::try_from(code.size).unwrap_or(u16::MAX);
        let module = side / f32::from(modules + 8);
        self.content.set_fill_gray(0.0);
        for row in 0..modules {
            for column in 0..modules {
                if code[usize::from(row)][usize::from(column)].value() {
                    let left = x + f32::from(column + 4) * module;
                    let top = y + side - f32::from(row + 5) * module;
                    self.content.rect(left, top, module, module);
                }
            }
        }
        self.content.fill_nonzero();
    }

    pub(super) fn finish(self) -> Vec<u8> {
        let [catalogue, pages, page, content, regular, bold] = [1, 2, 3, 4, 5, 6].map(Ref::new);
        let mut pdf = Pdf::new();
        pdf.catalog(catalogue).pages(pages);
        pdf.pages(pages).kids([page]).count(1);
        let mut only = pdf.page(page);
        only.parent(pages)
            .media_box(Rect::new(0.0, 0.0, 595.0, 842.0))
            .contents(content);
        only.resources().fonts().pair(REGULAR, regular).pair(BOLD, bold);
        only.finish();
        for (id, name) in [(regular, &b"Helvetica"[..]), (bold, &b"Helvetica-Bold"[..])] {
            pdf.type1_font(id)
                .base_font(Name(name))
                .encoding_predefined(Name(b"WinAnsiEncoding"));
        }
        pdf.stream(content, &self.content.finish());
        pdf.finish()
    }
}

/// The first `limit` characters, with dots when there are more.
pub(super) fn clip(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let kept: String = text.chars().take(limit.saturating_sub(3)).collect();
    format!("{}...", kept.trim_end())
}

/// Latin-1 letters as they are, typographic dashes and quotes as plain ones, anything else as a question mark.
fn win_ansi(text: &str) -> Vec<u8> {
    let byte = |letter: char| match letter {
        '\u{2013}' | '\u{2014}' => b'-',
        '\u{2018}' | '\u{2019}' => b'\'',
        '\u{201C}' | '\u{201D}' => b'"',
        ' '..='~' | '\u{A0}'..='\u{FF}' => u8::try_from(u32::from(letter)).unwrap_or(b'?'),
        _ => b'?',
    };
    text.chars().map(byte).collect()
}

/// How wide Helvetica sets a text, in points: exact for figures, near enough for words.
#[expect(
    clippy::float_arithmetic,
    reason = "positions on a page are fractions of points; no amount is computed here"
)]
fn width(text: &str, size: f32) -> f32 {
    let thousandths: u16 = text
        .chars()
        .map(|letter| match letter {
            '0'..='9' => 556_u16,
            '.' | ',' | ' ' | '/' | ':' | 'i' | 'l' | 'I' | 't' | 'f' => 278,
            '-' | '(' | ')' | 'r' => 333,
            'M' | 'm' | 'W' | '%' => 860,
            'A'..='Z' => 690,
            _ => 540,
        })
        .fold(0, u16::saturating_add);
    f32::from(thousandths) * size / 1000.0
}
