//! The receipt on a roll: the rows of a till, in letters of one width.

use super::{
    super::{content::Content, layout::Row, letters::Letters, rows, settings::Settings},
    ink::Ink,
    widths::Face,
};
use crate::Qr;

/// 80 mm, and 72 mm of it that are printed on.
const WIDTH: i32 = 2268;
const PRINTED: i32 = 2041;
const LEFT: i32 = (WIDTH - PRINTED) / 2;

/// Lines on one page: a page has a greatest height.
const LINES: usize = 700;

/// 1.2 mm, as a printer of 203 dots to the inch makes a module of 6 dots wide at most.
const MODULE: i32 = 21;

enum Piece {
    Line(String, Face, i32),
    Logo,
    Qr(Box<Qr>),
}

pub(super) fn pdf(content: &Content, settings: &Settings) -> Vec<u8> {
    let words = settings.language.words();
    let letters = Letters::Drawn(settings.font.as_deref());
    let mut all = rows::rows(content, words);
    if all.iter().flat_map(Row::texts).any(|text| letters.lacks(text)) {
        all.push(Row::Text(words.letters.to_owned()));
    }
    let columns = settings.width();
    let url = content.fiscal.as_ref().map_or("", |fiscal| fiscal.url.as_str());
    let pieces: Vec<Piece> = all.iter().flat_map(|row| pieces(row, columns, url, letters)).collect();
    // A letter is six tenths as wide as it is high.
    let size = PRINTED * 10 / (6 * i32::try_from(columns).unwrap_or(48));
    let mut ink = Ink::new(settings);
    for part in pieces.chunks(LINES) {
        put(&mut ink, part, size);
    }
    ink.finish(&content.title)
}

fn pieces(row: &Row, columns: usize, url: &str, letters: Letters<'_>) -> Vec<Piece> {
    let lines = |columns: usize, face: Face, scale: i32| {
        let lines = row.lines(columns, letters).into_iter();
        lines.map(move |line| Piece::Line(line, face, scale)).collect()
    };
    match row {
        Row::Logo => vec![Piece::Logo],
        Row::Qr => Qr::new(url)
            .ok()
            .filter(|_| !url.is_empty())
            .map(|code| Piece::Qr(Box::new(code)))
            .into_iter()
            .collect(),
        Row::Big(_) => lines(columns / 2, Face::Mono, 2),
        _ => lines(columns, Face::Mono, 1),
    }
}

impl Piece {
    fn height(&self, size: i32, logo: i32) -> i32 {
        match self {
            Self::Line(_, _, scale) => size * scale * 12 / 10,
            Self::Logo => logo,
            Self::Qr(qr) => (i32::try_from(qr.size()).unwrap_or_default() + 8) * MODULE,
        }
    }
}

fn put(ink: &mut Ink, pieces: &[Piece], size: i32) {
    const EDGE: i32 = 150;
    const LOGO: i32 = 600;
    let has_logo = ink.has_logo();
    let logo = if has_logo { LOGO + 100 } else { 0 };
    let height = pieces.iter().map(|piece| piece.height(size, logo)).sum::<i32>() + 2 * EDGE;
    ink.page(WIDTH, height);
    let page = ink.pages() - 1;
    let mut y = EDGE;
    for piece in pieces {
        match piece {
            Piece::Line(line, face, scale) => {
                ink.text(page, LEFT, y + size * scale, *face, size * scale, line);
            }
            Piece::Logo if has_logo => {
                ink.logo(page, LEFT, y, PRINTED, LOGO);
            }
            Piece::Logo => {}
            Piece::Qr(qr) => {
                let side = i32::try_from(qr.size()).unwrap_or_default() * MODULE;
                ink.qr(page, (WIDTH - side) / 2, y + 4 * MODULE, MODULE, qr);
            }
        }
        y += piece.height(size, logo);
    }
}
