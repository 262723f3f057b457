//! Pages, and what is put on them. All lengths are tenths of a point; places are counted from the upper left corner.

use std::collections::HashMap;

use fh_font::{HEIGHT, glyph};
use pdf_writer::{
    Content, Filter, Finish, Name, Pdf, Rect, Ref, Str, TextStr,
    types::{SystemInfo, UnicodeCmap},
};

use super::{
    super::{
        letters::Letters,
        logo::Logo,
        scripts::{Stretch, stretches},
        settings::Settings,
        shop_font::{Shaped, ShopFont},
    },
    widths::{Face, letter},
};
use crate::Qr;

/// Letters of one font of dots: what one byte can name.
const LETTERS: usize = 255;

/// Rows of a drawn letter below the line it stands on.
const DESCENT: i32 = 2;

/// A drawn letter is this much larger than the face beside it, so that its cell is as wide as a letter of Courier.
const DRAWN: (i32, i32) = (6, 5);

/// The name and the encoding of the faces, in the order of `Face`.
const FACES: [(&str, &[u8]); 3] = [("F0", b"Helvetica"), ("F1", b"Helvetica-Bold"), ("F2", b"Courier")];

/// What a PDF is made of while it is being made.
pub(super) struct Ink {
    pages: Vec<(Content, i32, i32)>,
    /// Letters that are drawn from dots, in the order of their first use, and where in it each stands.
    drawn: Vec<char>,
    place: HashMap<char, usize>,
    logo: Option<std::sync::Arc<Logo>>,
    font: Option<std::sync::Arc<ShopFont>>,
}

impl Ink {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            pages: Vec::new(),
            drawn: Vec::new(),
            place: HashMap::new(),
            logo: settings.logo.clone(),
            font: settings.font.clone(),
        }
    }

    /// A text as it can be drawn: the letters of scripts that need shaping are named where no font has them.
    pub(super) fn drawn(&self, text: &str) -> String {
        Letters::Drawn(self.font.as_deref()).clean(text)
    }

    /// Whether a script has to be named.
    pub(super) fn lacks(&self, text: &str) -> bool {
        Letters::Drawn(self.font.as_deref()).lacks(text)
    }

    pub(super) fn page(&mut self, width: i32, height: i32) {
        let mut content = Content::new();
        // Tenths of a point, from the top down to where a thing stands.
        content.transform([0.1, 0.0, 0.0, 0.1, 0.0, 0.0]);
        self.pages.push((content, width, height));
    }

    pub(super) fn has_logo(&self) -> bool {
        self.logo.is_some()
    }

    pub(super) fn pages(&self) -> usize {
        self.pages.len()
    }

    /// The width of a text.
    pub(super) fn measure(text: &str, face: Face, size: i32) -> i32 {
        text.chars().map(|c| advance(c, face, size)).sum::<i32>() / 1000
    }

    /// A text in lines that are no wider than that.
    pub(super) fn wrap(text: &str, face: Face, size: i32, width: i32) -> Vec<String> {
        let fits = |line: &str| Self::measure(line, face, size) <= width;
        let mut lines = Vec::new();
        let mut line = String::new();
        for word in text.split_whitespace() {
            if !line.is_empty() && !fits(&format!("{line} {word}")) {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            for c in word.chars() {
                line.push(c);
                if !fits(&line) && line.chars().count() > 1 {
                    line.pop();
                    lines.push(std::mem::replace(&mut line, c.to_string()));
                }
            }
        }
        if !line.is_empty() {
            lines.push(line);
        }
        lines
    }

    /// Puts a text on a page, with its line at `y`.
    pub(super) fn text(&mut self, page: usize, x: i32, y: i32, face: Face, size: i32, text: &str) {
        let font = self.font.clone();
        let Some(height) = self.pages.get(page).map(|(.., height)| *height) else {
            return;
        };
        // In thousandths of a tenth.
        let mut at = x * 1000;
        for stretch in stretches(text, font.as_deref()) {
            let wide: i32 = match &stretch {
                Stretch::Cells(text) | Stretch::Shaped { text, .. } => {
                    text.chars().map(|c| advance(c, face, size)).sum()
                }
            };
            match &stretch {
                Stretch::Cells(text) => self.cells(page, at, height - y, face, size, text),
                Stretch::Shaped {
                    text,
                    is_from_the_right,
                } => {
                    if let Some(shaped) = font.as_ref().and_then(|font| font.shape(text, *is_from_the_right)) {
                        self.shaped(page, (at / 1000, height - y), (wide / 1000, size), text, &shaped);
                    }
                }
            }
            at += wide;
        }
    }

    /// Letters one after another, from `at` thousandths of a tenth on.
    fn cells(&mut self, page: usize, mut at: i32, y: i32, face: Face, size: i32, text: &str) {
        let mut run: Vec<u8> = Vec::new();
        let (mut run_at, mut run_font) = (at, None);
        for c in text.chars().map(Some).chain([None]) {
            let font = c.map(|c| match letter(c, face) {
                Some((byte, _)) => (Font::Face(face), byte),
                None => self.draw(c),
            });
            if font.map(|(font, _)| font) != run_font {
                if let Some(font) = run_font.filter(|_| !run.is_empty()) {
                    self.show(page, run_at / 1000, y, font, size, &run);
                }
                run.clear();
                (run_at, run_font) = (at, font.map(|(font, _)| font));
            }
            run.extend(font.map(|(_, byte)| byte));
            at += c.map(|c| advance(c, face, size)).unwrap_or_default();
        }
    }

    /// Letters of the shop's font: their outlines, and for whoever reads the file what they say.
    #[expect(clippy::float_arithmetic, reason = "they are places on paper and no amounts")]
    fn shaped(&mut self, page: usize, (x, y): (i32, i32), (width, size): (i32, i32), text: &str, shaped: &Shaped) {
        let Some((content, ..)) = self.pages.get_mut(page) else {
            return;
        };
        let (across, down, _) = shaped.fit(number(width), number(size * DRAWN.0 / DRAWN.1));
        let mut marked = content.begin_marked_content_with_properties(Name(b"Span"));
        marked.properties().actual_text(TextStr(text));
        marked.finish();
        for outline in &shaped.outlines {
            for (at, place) in outline.iter().enumerate() {
                let (x, y) = (number(x) + place.0 * across, number(y) + place.1 * down);
                if at == 0 {
                    content.move_to(x, y);
                } else {
                    content.line_to(x, y);
                }
            }
            content.close_path();
        }
        content.fill_nonzero();
        content.end_marked_content();
    }

    fn draw(&mut self, c: char) -> (Font, u8) {
        let next = self.drawn.len();
        let place = *self.place.entry(c).or_insert(next);
        if place == next {
            self.drawn.push(c);
        }
        // 0 names nothing.
        (
            Font::Drawn(place / LETTERS),
            u8::try_from(place % LETTERS + 1).unwrap_or_default(),
        )
    }

    fn show(&mut self, page: usize, x: i32, y: i32, font: Font, size: i32, bytes: &[u8]) {
        let Some((content, ..)) = self.pages.get_mut(page) else {
            return;
        };
        let (name, size) = match font {
            Font::Face(face) => (FACES[face as usize].0.to_owned(), size),
            Font::Drawn(number) => (format!("D{number}"), size * DRAWN.0 / DRAWN.1),
        };
        content.begin_text();
        content.set_font(Name(name.as_bytes()), number(size));
        content.set_text_matrix([1.0, 0.0, 0.0, 1.0, number(x), number(y)]);
        content.show(Str(bytes));
        content.end_text();
    }

    /// A dark rectangle, of which `y` is the upper edge.
    pub(super) fn fill(&mut self, page: usize, x: i32, y: i32, width: i32, height: i32) {
        if let Some((content, _, page_height)) = self.pages.get_mut(page) {
            content.rect(
                number(x),
                number(*page_height - y - height),
                number(width),
                number(height),
            );
            content.fill_nonzero();
        }
    }

    /// A QR code of so many tenths of a point to a module, without its margin.
    pub(super) fn qr(&mut self, page: usize, x: i32, y: i32, module: i32, qr: &Qr) {
        let Some((content, _, page_height)) = self.pages.get_mut(page) else {
            return;
        };
        let at = |place: usize| i32::try_from(place).unwrap_or_default() * module;
        for row in 0..qr.size() {
            for column in 0..qr.size() {
                if qr.is_dark(column, row) {
                    let bottom = *page_height - y - at(row + 1);
                    content.rect(number(x + at(column)), number(bottom), number(module), number(module));
                }
            }
        }
        content.fill_nonzero();
    }

    /// The logo within a space, keeping its shape. Answers how much of the space it takes.
    pub(super) fn logo(&mut self, page: usize, x: i32, y: i32, width: i32, height: i32) -> (i32, i32) {
        let Some(logo) = &self.logo else { return (0, 0) };
        let (across, down) = (wide(logo.width()).max(1), wide(logo.height()).max(1));
        let (width, height) = if across * height > down * width {
            (width, (down * width / across).max(1))
        } else {
            ((across * height / down).max(1), height)
        };
        if let Some((content, _, page_height)) = self.pages.get_mut(page) {
            content.save_state();
            let bottom = *page_height - y - height;
            content.transform([number(width), 0.0, 0.0, number(height), number(x), number(bottom)]);
            content.x_object(Name(b"Logo"));
            content.restore_state();
        }
        (width, height)
    }

    /// The file.
    pub(super) fn finish(self, title: &str) -> Vec<u8> {
        let mut next = 0;
        let mut reference = || {
            next += 1;
            Ref::new(next)
        };
        let (catalog, tree, info) = (reference(), reference(), reference());
        let faces = FACES.map(|_| reference());
        let logo = self.logo.as_ref().map(|_| reference());
        let fonts: Vec<(Ref, Ref, &[char])> = self
            .drawn
            .chunks(LETTERS)
            .map(|letters| (reference(), reference(), letters))
            .collect();
        let pages: Vec<_> = self
            .pages
            .into_iter()
            .map(|page| (reference(), reference(), page))
            .collect();

        let mut pdf = Pdf::new();
        pdf.catalog(catalog).pages(tree).lang(TextStr("en"));
        pdf.document_info(info)
            .title(TextStr(title))
            .producer(TextStr("fiscal-harmony"));
        pdf.pages(tree)
            .kids(pages.iter().map(|(page, ..)| *page))
            .count(i32::try_from(pages.len()).unwrap_or_default());
        for (face, (_, base)) in faces.iter().zip(FACES) {
            pdf.type1_font(*face)
                .base_font(Name(base))
                .encoding_predefined(Name(b"WinAnsiEncoding"));
        }
        if let (Some(reference), Some(logo)) = (logo, &self.logo) {
            let packed = packed(logo.grey());
            let mut image = pdf.image_xobject(reference, &packed);
            image.filter(Filter::FlateDecode);
            image.width(wide(logo.width())).height(wide(logo.height()));
            image.color_space().device_gray();
            image.bits_per_component(8);
        }
        for (font, cmap, letters) in &fonts {
            let procedures: Vec<Ref> = letters.iter().map(|_| reference()).collect();
            drawn_font(&mut pdf, *font, *cmap, letters, &procedures);
        }
        for (page, body, (content, width, height)) in pages {
            let mut dictionary = pdf.page(page);
            // Its size is in points.
            dictionary
                .parent(tree)
                .contents(body)
                .media_box(Rect::new(0.0, 0.0, points(width), points(height)));
            let mut resources = dictionary.resources();
            let mut named = resources.fonts();
            for (face, (name, _)) in faces.iter().zip(FACES) {
                named.pair(Name(name.as_bytes()), face);
            }
            for (at, (font, ..)) in fonts.iter().enumerate() {
                named.pair(Name(format!("D{at}").as_bytes()), font);
            }
            named.finish();
            if let Some(logo) = logo {
                resources.x_objects().pair(Name(b"Logo"), logo);
            }
            resources.finish();
            dictionary.finish();
            pdf.stream(body, &packed(&content.finish())).filter(Filter::FlateDecode);
        }
        pdf.finish()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Font {
    Face(Face),
    Drawn(usize),
}

/// A font of those letters alone that are used: each is drawn from its dots, row by row, and says which letter it is.
fn drawn_font(pdf: &mut Pdf, font: Ref, cmap: Ref, letters: &[char], procedures: &[Ref]) {
    let names: Vec<String> = letters.iter().map(|c| format!("u{:04X}", u32::from(*c))).collect();
    let widths = letters
        .iter()
        .map(|c| number(wide(8 * Letters::Drawn(None).columns(*c))));
    let mut dictionary = pdf.type3_font(font);
    dictionary.bbox(Rect::new(0.0, number(-DESCENT), 16.0, 14.0));
    dictionary.matrix([0.0625, 0.0, 0.0, 0.0625, 0.0, 0.0]);
    dictionary
        .first_char(1)
        .last_char(u8::try_from(letters.len()).unwrap_or(u8::MAX));
    dictionary.widths(widths).to_unicode(cmap);
    let mut named = dictionary.char_procs();
    for (name, procedure) in names.iter().zip(procedures) {
        named.pair(Name(name.as_bytes()), *procedure);
    }
    named.finish();
    let bytes = names.iter().map(|name| Name(name.as_bytes()));
    dictionary.encoding_custom().differences().consecutive(1, bytes);
    dictionary.resources();
    dictionary.finish();
    for (c, procedure) in letters.iter().zip(procedures) {
        pdf.stream(*procedure, &packed(&dots(*c))).filter(Filter::FlateDecode);
    }
    let system = SystemInfo {
        registry: Str(b"Adobe"),
        ordering: Str(b"UCS"),
        supplement: 0,
    };
    let mut map = UnicodeCmap::<u8>::new(Name(b"Drawn"), system);
    for (byte, c) in (1..=u8::MAX).zip(letters) {
        map.pair(byte, *c);
    }
    pdf.cmap(cmap, &map.finish());
}

/// The procedure that draws a letter.
fn dots(c: char) -> Vec<u8> {
    let mut content = Content::new();
    content.start_shape_glyph(
        number(wide(8 * Letters::Drawn(None).columns(c))),
        0.0,
        number(-DESCENT),
        16.0,
        14.0,
    );
    if let Some(glyph) = glyph(c) {
        for y in 0..HEIGHT {
            let mut x = 0;
            while x < glyph.width() {
                let run = (x..glyph.width()).take_while(|x| glyph.is_dark(*x, y)).count();
                if run > 0 {
                    let bottom = 14 - wide(y) - 1;
                    content.rect(number(wide(x)), number(bottom), number(wide(run)), 1.0);
                }
                x += run.max(1);
            }
        }
        content.fill_nonzero();
    }
    content.finish().into_vec()
}

/// How far a letter goes on, in thousandths of a tenth of a point.
fn advance(c: char, face: Face, size: i32) -> i32 {
    match letter(c, face) {
        Some((_, width)) => i32::from(width) * size,
        // Half an em for each column, in its own size.
        None => wide(Letters::Drawn(None).columns(c)) * 500 * (size * DRAWN.0 / DRAWN.1),
    }
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    miniz_oxide::deflate::compress_to_vec_zlib(bytes, 9)
}

fn wide(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// A length as the file has it. Lengths on paper are far below the whole numbers that this keeps exactly.
#[expect(clippy::cast_precision_loss, reason = "they are places on paper and no amounts")]
fn number(length: i32) -> f32 {
    length as f32
}

#[expect(clippy::float_arithmetic, reason = "they are places on paper and no amounts")]
fn points(tenths: i32) -> f32 {
    number(tenths) / 10.0
}
