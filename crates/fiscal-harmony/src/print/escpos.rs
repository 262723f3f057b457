//! The commands of thermal printers: those few that all makes share.

use super::{layout::Row, letters::Letters, paper::Paper};
use crate::Qr;

const ESC: u8 = 0x1b;
const GS: u8 = 0x1d;

/// Centimetres of edge that a telephone reads well: 6 dots of an eighth of a millimetre to a module.
const MODULE_DOTS: usize = 6;

pub(super) fn job(rows: &[Row], paper: Paper, url: &str) -> Vec<u8> {
    let mut job = Job(vec![ESC, b'@']);
    for row in rows {
        match row {
            Row::Qr => job.qr(url, paper),
            Row::Title(_) | Row::Sum(..) => {
                job.0.extend([ESC, b'E', 1]);
                job.lines(row, paper);
                job.0.extend([ESC, b'E', 0]);
            }
            _ => job.lines(row, paper),
        }
    }
    // On past the cutter, then cut but for a strip. A printer without a cutter only feeds.
    job.0.extend([GS, b'V', 66, 3]);
    job.0
}

struct Job(Vec<u8>);

impl Job {
    fn lines(&mut self, row: &Row, paper: Paper) {
        for line in row.lines(paper.columns(), Letters::Ascii) {
            self.0.extend(line.bytes());
            self.0.push(b'\n');
        }
    }

    /// Lets the printer draw the code itself; nothing where the address does not fit into one.
    fn qr(&mut self, url: &str, paper: Paper) {
        let Ok(code) = Qr::new(url) else { return };
        let fits = paper.dots() / (code.size() + 8);
        let Ok(module) = u8::try_from(fits.min(MODULE_DOTS)) else {
            return;
        };
        if url.is_empty() || module == 0 {
            return;
        }
        self.0.extend([ESC, b'a', 1]);
        self.symbol(&[65, 50, 0]); // Model 2.
        self.symbol(&[67, module]);
        self.symbol(&[69, 49]); // Error correction M.
        self.symbol(&[&[80, 48], url.as_bytes()].concat());
        self.symbol(&[81, 48]);
        self.0.extend([b'\n', ESC, b'a', 0]);
    }

    /// One of the functions of `GS ( k` for QR codes: its number and what it takes. The length goes before it, so nothing in
    /// it can be taken for a command.
    fn symbol(&mut self, function: &[u8]) {
        // An address that fits into a QR code is far below 64 KiB.
        let Ok(length) = u16::try_from(function.len() + 1) else {
            return;
        };
        self.0.extend([GS, b'(', b'k']);
        self.0.extend(length.to_le_bytes());
        self.0.push(49);
        self.0.extend(function);
    }
}
