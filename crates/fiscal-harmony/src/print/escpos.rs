//! The commands of thermal printers: those few that all makes share.

use super::{
    bitmap::Bitmap,
    choices::{Cut, OtherLetters, QrBy},
    layout::Row,
    letters::Letters,
    settings::{LARGE_CELL, SMALL_CELL, Settings},
};
use crate::Qr;

const ESC: u8 = 0x1b;
const GS: u8 = 0x1d;

/// Centimetres of edge that a telephone reads well: 6 dots of an eighth of a millimetre to a module.
const MODULE_DOTS: usize = 6;

/// Rows of dots that are sent at once: cheap printers have little memory.
const BAND: usize = 96;

/// A line of text that is drawn: its height to each width of a cell, by the fonts that printers have.
const CELL_HEIGHT: usize = 2;

/// The letters that a printer can be brought to print.
pub(super) fn letters(settings: &Settings) -> Letters<'_> {
    match settings.letters {
        OtherLetters::Drawn => Letters::Drawn(settings.font.as_deref()),
        OtherLetters::Ascii => Letters::Plain(settings.code_page),
    }
}

/// One receipt. The drawer is opened before it, if it is to be.
pub(super) fn job(rows: &[Row], settings: &Settings, url: &str, opens_drawer: bool) -> Vec<u8> {
    let mut job = Job {
        bytes: vec![ESC, b'@'],
        settings,
    };
    if let Some(pin) = settings.drawer.filter(|_| opens_drawer) {
        // On for 50 ms, off for 500 ms.
        job.bytes.extend([ESC, b'p', u8::from(pin == 5), 25, 250]);
    }
    if let Some(page) = settings.code_page_number.or(settings.code_page.number()) {
        job.bytes.extend([ESC, b't', page]);
    }
    if settings.is_small() {
        job.bytes.extend([ESC, b'M', 1]);
    }
    for row in rows {
        match row {
            Row::Qr => job.qr(url),
            Row::Logo => job.logo(),
            Row::Title(_) | Row::Sum(..) => job.lines(row, 1, true),
            Row::Big(_) => job.lines(row, 2, true),
            _ => job.lines(row, 1, false),
        }
    }
    match settings.cut {
        // On past the cutter, then cut. A printer without a cutter only feeds.
        Cut::Partial => job.bytes.extend([GS, b'V', 66, 3]),
        Cut::Full => job.bytes.extend([GS, b'V', 65, 3]),
        Cut::None => job.bytes.extend([b'\n'; 5]),
    }
    job.bytes
}

struct Job<'s> {
    bytes: Vec<u8>,
    settings: &'s Settings,
}

impl Job<'_> {
    /// Lines of text: in the printer's letters where it has them all, else drawn.
    fn lines(&mut self, row: &Row, scale: usize, is_bold: bool) {
        let (mut bold, mut large) = (false, false);
        for line in row.lines(self.settings.width() / scale, letters(self.settings)) {
            let Some(bytes) = self.in_its_letters(&line) else {
                self.drawn(&line, scale, is_bold);
                continue;
            };
            if is_bold && !bold {
                self.bytes.extend([ESC, b'E', 1]);
                bold = true;
            }
            if scale > 1 && !large {
                self.bytes.extend([GS, b'!', 0x11]);
                large = true;
            }
            self.bytes.extend(bytes);
            self.bytes.push(b'\n');
        }
        if large {
            self.bytes.extend([GS, b'!', 0]);
        }
        if bold {
            self.bytes.extend([ESC, b'E', 0]);
        }
    }

    fn in_its_letters(&self, line: &str) -> Option<Vec<u8>> {
        line.chars().map(|c| self.settings.code_page.byte(c)).collect()
    }

    fn drawn(&mut self, line: &str, scale: usize, is_bold: bool) {
        let cell = scale
            * if self.settings.is_small() {
                SMALL_CELL
            } else {
                LARGE_CELL
            };
        let font = self.settings.font.as_deref();
        let bitmap = Bitmap::text(line, self.settings.dots(), (cell, CELL_HEIGHT * cell), is_bold, font);
        self.raster(&bitmap);
    }

    fn logo(&mut self) {
        if let Some(logo) = &self.settings.logo {
            let dots = logo.dots(self.settings.dots());
            self.raster(&dots);
        }
    }

    /// Dots, band by band (`GS v 0`).
    fn raster(&mut self, bitmap: &Bitmap) {
        let Ok(across) = u16::try_from(bitmap.stride()) else {
            return;
        };
        for from in (0..bitmap.height()).step_by(BAND) {
            let rows = BAND.min(bitmap.height() - from);
            let Ok(down) = u16::try_from(rows) else { return };
            self.bytes.extend([GS, b'v', b'0', 0]);
            self.bytes.extend(across.to_le_bytes());
            self.bytes.extend(down.to_le_bytes());
            self.bytes.extend(bitmap.rows(from, rows));
        }
    }

    /// The code of the receipt's address; nothing where the address does not fit into one.
    fn qr(&mut self, url: &str) {
        let Ok(code) = Qr::new(url) else { return };
        let fits = self.settings.dots() / (code.size() + 8);
        let module = fits.min(MODULE_DOTS);
        if url.is_empty() || module == 0 {
            return;
        }
        match self.settings.qr {
            QrBy::Printer => self.qr_by_command(url, module),
            QrBy::Dots => {
                let dots = Bitmap::qr(&code, self.settings.dots(), module);
                self.raster(&dots);
            }
            QrBy::Nobody => {}
        }
    }

    fn qr_by_command(&mut self, url: &str, module: usize) {
        let Ok(module) = u8::try_from(module) else { return };
        self.bytes.extend([ESC, b'a', 1]);
        self.symbol(&[65, 50, 0]); // Model 2.
        self.symbol(&[67, module]);
        self.symbol(&[69, 49]); // Error correction M.
        self.symbol(&[&[80, 48], url.as_bytes()].concat());
        self.symbol(&[81, 48]);
        self.bytes.extend([b'\n', ESC, b'a', 0]);
    }

    /// One of the functions of `GS ( k` for QR codes: its number and what it takes. The length goes before it, so nothing in
    /// it can be taken for a command.
    fn symbol(&mut self, function: &[u8]) {
        // An address that fits into a QR code is far below 64 KiB.
        let Ok(length) = u16::try_from(function.len() + 1) else {
            return;
        };
        self.bytes.extend([GS, b'(', b'k']);
        self.bytes.extend(length.to_le_bytes());
        self.bytes.push(49);
        self.bytes.extend(function);
    }
}
