//! A PDF, opened by a reader that is not ours: its text by what its fonts say each byte is, and its QR code from the rectangles.

use std::collections::BTreeMap;

use lopdf::{Dictionary, Document, Object, content::Content};

/// What is on the pages of a PDF.
pub(crate) struct Read {
    /// All text in the order in which it is shown, without blanks.
    pub(crate) text: String,
    /// What the QR codes of each page say.
    pub(crate) codes: Vec<Vec<String>>,
    /// The size of each page in points.
    pub(crate) sizes: Vec<(f32, f32)>,
    /// The fonts that the file brings along, and how many letters they have together.
    pub(crate) letters: usize,
    /// What drawings are said to mean.
    pub(crate) spoken: Vec<String>,
}

pub(crate) fn read(file: &[u8]) -> Read {
    let pdf = Document::load_mem(file).unwrap();
    let mut read = Read {
        text: String::new(),
        codes: Vec::new(),
        sizes: Vec::new(),
        letters: 0,
        spoken: Vec::new(),
    };
    for (_, id) in pdf.get_pages() {
        let page = pdf.get_dictionary(id).unwrap();
        let size = page.get(b"MediaBox").unwrap().as_array().unwrap();
        read.sizes
            .push((size[2].as_float().unwrap(), size[3].as_float().unwrap()));
        let fonts = pdf.get_page_fonts(id).unwrap();
        let maps: BTreeMap<Vec<u8>, BTreeMap<u8, char>> = fonts
            .iter()
            .map(|(name, font)| (name.clone(), letters(&pdf, font)))
            .collect();
        read.letters = maps
            .iter()
            .filter(|(name, _)| name[0] == b'D')
            .map(|(_, map)| map.len())
            .sum();
        let content = Content::decode(&pdf.get_page_content(id)).unwrap();
        let mut font = None;
        let mut dark: Vec<[f32; 4]> = Vec::new();
        for operation in &content.operations {
            match operation.operator.as_str() {
                "Tf" => font = maps.get(operation.operands[0].as_name().unwrap()),
                "Tj" => {
                    let bytes = operation.operands[0].as_str().unwrap();
                    let map = font.expect("a font was chosen");
                    let shown = bytes.iter().map(|byte| map[byte]).filter(|c| !c.is_whitespace());
                    read.text.extend(shown);
                }
                "BDC" => {
                    let properties = operation.operands[1].as_dict().unwrap();
                    let text = lopdf::decode_text_string(properties.get(b"ActualText").unwrap()).unwrap();
                    read.spoken.push(text);
                }
                "re" => {
                    let numbers: Vec<f32> = operation
                        .operands
                        .iter()
                        .map(|number| number.as_float().unwrap())
                        .collect();
                    dark.push(numbers.try_into().unwrap());
                }
                _ => {}
            }
        }
        read.codes.push(codes(&dark));
    }
    read
}

/// Which letter each byte is: by the table of the font, or as every reader has it for WinAnsi.
fn letters(pdf: &Document, font: &Dictionary) -> BTreeMap<u8, char> {
    let Ok(map) = font.get(b"ToUnicode") else {
        assert_eq!(font.get(b"Encoding").unwrap().as_name().unwrap(), b"WinAnsiEncoding");
        let mut map: BTreeMap<u8, char> = (0x20..=0x7e)
            .chain(0xa0..=0xff)
            .map(|byte| (byte, char::from(byte)))
            .collect();
        map.extend([
            (0x80, '€'),
            (0x85, '…'),
            (0x91, '‘'),
            (0x92, '’'),
            (0x93, '“'),
            (0x94, '”'),
            (0x95, '•'),
            (0x96, '–'),
            (0x97, '—'),
        ]);
        return map;
    };
    let map = match map {
        Object::Reference(id) => pdf.get_object(*id).unwrap(),
        other => other,
    };
    let text = String::from_utf8(map.as_stream().unwrap().get_plain_content().unwrap()).unwrap();
    let pairs = text.lines().filter_map(|line| {
        let (byte, code) = line.trim().strip_prefix('<')?.split_once("> <")?;
        let code = u32::from_str_radix(code.strip_suffix('>')?, 16).ok()?;
        Some((u8::from_str_radix(byte, 16).ok()?, char::from_u32(code)?))
    });
    // The range of all bytes has this form too.
    pairs.filter(|(byte, c)| *byte > 0 && *c > '\u{7f}').collect()
}

#[expect(clippy::float_arithmetic, reason = "places on paper")]
fn codes(dark: &[[f32; 4]]) -> Vec<String> {
    // Modules are squares; rules are not.
    let modules: Vec<_> = dark.iter().filter(|[_, _, width, height]| width == height).collect();
    let Some(first) = modules.first() else {
        return Vec::new();
    };
    let side = first[2];
    let edge = |at: usize| modules.iter().map(|module| module[at]).fold(f32::MAX, f32::min);
    let (left, bottom) = (edge(0), edge(1));
    let place = |from: f32, at: f32| ((at - from) / side).round() as usize;
    let dots: Vec<(usize, usize)> = modules
        .iter()
        .map(|module| (place(left, module[0]), place(bottom, module[1])))
        .collect();
    let rows = dots.iter().map(|(_, y)| *y).max().unwrap() + 1;
    let scale = 4;
    let whole = (rows + 8) * scale;
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(whole, whole, |x, y| {
        let at = |pixel: usize| (pixel / scale).checked_sub(4);
        // The page counts from below.
        let is_dark = match (at(x), at(y)) {
            (Some(x), Some(y)) if y < rows => dots.contains(&(x, rows - 1 - y)),
            _ => false,
        };
        if is_dark { 0 } else { 255 }
    });
    picture
        .detect_grids()
        .iter()
        .map(|grid| grid.decode().unwrap().1)
        .collect()
}
