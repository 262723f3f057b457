//! A thermal printer made of its manual, and not of our code: it obeys the bytes and draws what comes out onto a strip of dots.

use std::path::Path;

use fh_font::glyph;
use fiscal_harmony::Qr;

/// What a printer did.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Did {
    Initialise,
    CodePage(u8),
    SmallFont,
    Align(u8),
    Bold(u8),
    Size(u8),
    /// A line of its own letters, as bytes.
    Text(Vec<u8>),
    Raster {
        across: usize,
        down: usize,
    },
    Qr {
        function: u8,
        data: Vec<u8>,
    },
    Drawer(u8),
    Cut(u8),
}

/// A strip of paper, and what was done to it.
pub(crate) struct Paper {
    pub(crate) did: Vec<Did>,
    dots: usize,
    rows: Vec<Vec<bool>>,
    small: bool,
    bold: bool,
    size: usize,
    centred: bool,
    page: u8,
    line: Vec<u8>,
    symbol: Vec<u8>,
    module: usize,
}

/// Prints bytes on paper of so many dots. What the manual does not have is a panic.
pub(crate) fn print(mut stream: &[u8], dots: usize) -> Paper {
    let mut paper = Paper {
        did: Vec::new(),
        dots,
        rows: Vec::new(),
        small: false,
        bold: false,
        size: 1,
        centred: false,
        page: 0,
        line: Vec::new(),
        symbol: Vec::new(),
        module: 3,
    };
    while !stream.is_empty() {
        let taken = paper.take(stream);
        stream = &stream[taken..];
    }
    assert!(paper.line.is_empty(), "a line was never ended");
    paper
}

impl Paper {
    fn take(&mut self, stream: &[u8]) -> usize {
        let (did, length) = match stream {
            [0x1b, b'@', ..] => {
                (self.small, self.bold, self.size, self.centred, self.page) = (false, false, 1, false, 0);
                (Did::Initialise, 2)
            }
            [0x1b, b't', n, ..] => {
                self.page = *n;
                (Did::CodePage(*n), 3)
            }
            [0x1b, b'M', 1, ..] => {
                self.small = true;
                (Did::SmallFont, 3)
            }
            [0x1b, b'a', n, ..] => {
                self.centred = *n == 1;
                (Did::Align(*n), 3)
            }
            [0x1b, b'E', n, ..] => {
                self.bold = *n == 1;
                (Did::Bold(*n), 3)
            }
            [0x1b, b'p', pin, _, _, ..] => (Did::Drawer(*pin), 5),
            [0x1d, b'!', n, ..] => {
                self.size = if *n == 0x11 { 2 } else { 1 };
                (Did::Size(*n), 3)
            }
            [0x1d, b'V', n @ (65 | 66), _, ..] => (Did::Cut(*n), 4),
            [0x1d, b'v', b'0', 0, xl, xh, yl, yh, rest @ ..] => {
                let across = usize::from(u16::from_le_bytes([*xl, *xh]));
                let down = usize::from(u16::from_le_bytes([*yl, *yh]));
                self.raster(&rest[..across * down], across);
                (Did::Raster { across, down }, 8 + across * down)
            }
            [0x1d, b'(', b'k', low, high, 49, function, rest @ ..] => {
                let length = usize::from(u16::from_le_bytes([*low, *high])) - 2;
                let data = rest[..length].to_vec();
                self.code(*function, &data);
                let function = *function;
                (Did::Qr { function, data }, 7 + length)
            }
            [b'\n', ..] => {
                let line = std::mem::take(&mut self.line);
                self.text(&line);
                (Did::Text(line), 1)
            }
            [byte @ (b' '..=b'~' | 0x80..), ..] => {
                self.line.push(*byte);
                return 1;
            }
            other => panic!(
                "an unknown command: {:?}",
                other[..other.len().min(8)].escape_ascii().to_string()
            ),
        };
        self.did.push(did);
        length
    }

    fn text(&mut self, line: &[u8]) {
        let (width, height) = if self.small { (9, 18) } else { (12, 24) };
        let (width, height) = (width * self.size, height * self.size);
        assert!(
            line.len() * width <= self.dots,
            "{} letters of {width} dots on {} dots",
            line.len(),
            self.dots
        );
        let left = if self.centred {
            (self.dots - line.len() * width) / 2
        } else {
            0
        };
        let mut rows = vec![vec![false; self.dots]; height];
        for (at, byte) in line.iter().enumerate() {
            let letter = glyph(self.letter(*byte)).unwrap();
            for (y, row) in rows.iter_mut().enumerate() {
                for x in 0..width {
                    if letter.is_dark(x * 8 / width, y * 16 / height) {
                        row[left + at * width + x] = true;
                        if self.bold && x + 1 < width {
                            row[left + at * width + x + 1] = true;
                        }
                    }
                }
            }
        }
        self.rows.extend(rows);
    }

    /// By the published tables, as far as the tests use them.
    fn letter(&self, byte: u8) -> char {
        let from = |first: char, offset: u8| char::from_u32(u32::from(first) + u32::from(byte - offset)).unwrap();
        match (self.page, byte) {
            (_, ..=0x7f) => char::from(byte),
            (17, 0x80..=0xaf) => from('А', 0x80),
            (17, 0xe0..=0xef) => from('р', 0xe0),
            (19, 0x82) => 'é',
            (19, 0x96) => 'û',
            (19, 0x8b) => 'ï',
            (19, 0x87) => 'ç',
            (19, 0x94) => 'ö',
            (19, 0xa2) => 'ó',
            (19, 0xa5) => 'Ñ',
            (19, 0xa3) => 'ú',
            (19, 0x9c) => '£',
            (19, 0xab) => '½',
            (19, 0xbe) => '¥',
            (19, 0xfd) => '²',
            (19, 0x9e) => '×',
            (19, 0xf6) => '÷',
            (19, 0xf1) => '±',
            (19, 0xe6) => 'µ',
            (19, 0x8a) => 'è',
            (19, 0x81) => 'ü',
            (19, 0xd5) => '€',
            (19, 0xe1) => 'ß',
            (19, 0xf8) => '°',
            (page, byte) => panic!("the tests know no letter {byte:#x} of the page {page}"),
        }
    }

    fn raster(&mut self, bits: &[u8], across: usize) {
        assert!(across * 8 <= self.dots + 7, "wider than the paper");
        for row in bits.chunks_exact(across) {
            let dot = |x: usize| row.get(x / 8).is_some_and(|byte| byte >> (7 - x % 8) & 1 == 1);
            self.rows.push((0..self.dots).map(dot).collect());
        }
    }

    fn code(&mut self, function: u8, data: &[u8]) {
        match function {
            65 => assert_eq!(data, [50, 0], "model 2"),
            67 => self.module = usize::from(data[0]),
            69 => assert_eq!(data, b"1", "correction M"),
            80 => self.symbol = data.strip_prefix(b"0").unwrap().to_vec(),
            81 => {
                let code = Qr::new(std::str::from_utf8(&self.symbol).unwrap()).unwrap();
                let side = code.size() * self.module;
                let left = if self.centred { (self.dots - side) / 2 } else { 0 };
                for y in 0..side {
                    let dark = |x: usize| {
                        x.checked_sub(left)
                            .is_some_and(|x| code.is_dark(x / self.module, y / self.module))
                    };
                    self.rows.push((0..self.dots).map(dark).collect());
                }
            }
            other => panic!("the function {other} of GS ( k"),
        }
    }

    /// The lines of the printer's own letters.
    pub(crate) fn lines(&self) -> Vec<String> {
        let text = |did: &Did| match did {
            Did::Text(line) => Some(line.iter().map(|byte| char::from(*byte)).collect()),
            _ => None,
        };
        self.did.iter().filter_map(text).collect()
    }

    pub(crate) fn count(&self, what: impl Fn(&Did) -> bool) -> usize {
        self.did.iter().filter(|did| what(did)).count()
    }

    /// What the QR codes on the paper say, read by a program that knows nothing of ours.
    pub(crate) fn codes(&self) -> Vec<String> {
        // They stand near the end, and reading takes its time.
        let last = &self.rows[self.rows.len().saturating_sub(700)..];
        let (width, height) = (self.dots + 40, last.len() + 40);
        let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
            let dark = |x: usize, y: usize| last.get(y).is_some_and(|row| row.get(x).copied().unwrap_or(false));
            let is_dark = x >= 20 && y >= 20 && dark(x - 20, y - 20);
            if is_dark { 0 } else { 255 }
        });
        picture
            .detect_grids()
            .iter()
            .map(|grid| grid.decode().unwrap().1)
            .collect()
    }

    /// Holds the paper against a picture that a person has looked at. `FH_UPDATE_PICTURES=1` takes what there is; look at it then.
    pub(crate) fn is_as_in(&self, name: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/print/pictures")
            .join(name);
        let picture = self.png();
        if std::env::var_os("FH_UPDATE_PICTURES").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, picture).unwrap();
            return;
        }
        let golden = std::fs::read(&path).unwrap_or_else(|error| {
            panic!(
                "{}: {error}; write it with FH_UPDATE_PICTURES=1, and look at it",
                path.display()
            )
        });
        assert!(
            dots(&golden) == dots(&picture),
            "what is printed is not {}; write it with FH_UPDATE_PICTURES=1, and look at it",
            path.display()
        );
    }

    fn png(&self) -> Vec<u8> {
        let mut file = Vec::new();
        let (width, height) = (self.dots.try_into().unwrap(), self.rows.len().try_into().unwrap());
        let mut encoder = png::Encoder::new(&mut file, width, height);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        let mut bytes = Vec::new();
        for row in &self.rows {
            for eight in row.chunks(8) {
                let bits = eight.iter().enumerate().filter(|(_, dark)| !**dark);
                bytes.push(bits.fold(0_u8, |byte, (at, _)| byte | 0x80 >> at));
            }
        }
        encoder.write_header().unwrap().write_image_data(&bytes).unwrap();
        file
    }
}

/// A picture's dots, however it is compressed.
fn dots(file: &[u8]) -> (u32, u32, Vec<u8>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
    let mut buffer = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut buffer).unwrap();
    (frame.width, frame.height, buffer)
}
