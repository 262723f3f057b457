//! Packs the letters of GNU Unifont for `fh-font`: which scripts, and in what form, is decided here.

use std::{collections::BTreeMap, fs, ops::RangeInclusive, path::Path, path::PathBuf};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The font as it is published: unifont.hex, a line for each letter.
    hex: PathBuf,
}

/// What is bundled: whatever can be put side by side as it comes. Scripts that need shaping are left out.
const BUNDLED: [RangeInclusive<u32>; 25] = [
    0x20..=0x7e,
    0xa0..=0x52f,    // Latin, Greek, Cyrillic, and marks
    0x531..=0x58f,   // Armenian
    0x10a0..=0x10ff, // Georgian
    0x1200..=0x139f, // Ethiopic
    0x1d00..=0x1dff,
    0x1e00..=0x1fff, // more Latin and Greek
    0x2000..=0x2bff, // punctuation, currencies, arrows, mathematics, boxes
    0x2c60..=0x2c7f,
    0x2d00..=0x2ddf,
    0x2de0..=0x2e7f,
    0x2e80..=0x2fdf, // radicals
    0x2ff0..=0x312f, // CJK punctuation, kana, bopomofo
    0x3131..=0x33ff,
    0x3400..=0x4dbf, // Han
    0x4e00..=0x9fff, // Han
    0xa640..=0xa69f,
    0xa720..=0xa7ff,
    0xab30..=0xab6f,
    0xac00..=0xd7a3, // Hangul
    0xf900..=0xfaff,
    0xfb00..=0xfb06,
    0xfe20..=0xfe4f,
    0xff01..=0xffef, // full and half width
    0xfffc..=0xfffd,
];

/// Writes `crates/fh-font/unifont.bin`.
pub(crate) fn font(root: &Path, arguments: &Arguments) -> Result<(), String> {
    let path = &arguments.hex;
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut pages: BTreeMap<u16, BTreeMap<u8, Vec<u8>>> = BTreeMap::new();
    for (at, line) in text.lines().enumerate() {
        let wrong = || format!("{}:{}: {line:?} is no letter", path.display(), at + 1);
        let (code, dots) = line.trim().split_once(':').ok_or_else(wrong)?;
        let code = u32::from_str_radix(code, 16).map_err(|_| wrong())?;
        if BUNDLED.iter().any(|range| range.contains(&code)) {
            let dots = bytes(dots)
                .filter(|dots| matches!(dots.len(), 16 | 32))
                .ok_or_else(wrong)?;
            let (page, letter) = (u16::try_from(code >> 8), u8::try_from(code & 0xff));
            pages
                .entry(page.map_err(|_| wrong())?)
                .or_default()
                .insert(letter.map_err(|_| wrong())?, dots);
        }
    }
    let (mut list, mut packed) = (Vec::new(), Vec::new());
    for (page, letters) in &pages {
        let compressed = miniz_oxide::deflate::compress_to_vec(&unpacked(letters), 10);
        let too_large = |_| format!("the page {page} is too large");
        list.extend(page.to_le_bytes());
        list.extend(u32::try_from(packed.len()).map_err(too_large)?.to_le_bytes());
        list.extend(u16::try_from(compressed.len()).map_err(too_large)?.to_le_bytes());
        packed.extend(compressed);
    }
    let count = u16::try_from(pages.len()).map_err(|_| "there are too many pages".to_owned())?;
    let file = [&b"FHF1"[..], &count.to_le_bytes(), &list, &packed].concat();
    let to = root.join("crates/fh-font/unifont.bin");
    fs::write(&to, file).map_err(|error| format!("{}: {error}", to.display()))
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = hex
        .chars()
        .map(|digit| u8::try_from(digit.to_digit(16)?).ok())
        .collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    Some(digits.chunks_exact(2).map(|two| two[0] << 4 | two[1]).collect())
}

/// A page as `fh-font` reads it: which letters it has, which of them are wide, and their dots.
fn unpacked(letters: &BTreeMap<u8, Vec<u8>>) -> Vec<u8> {
    let (mut present, mut wide) = ([0_u8; 32], [0_u8; 32]);
    for (letter, dots) in letters {
        let (byte, bit) = (usize::from(letter / 8), 1 << (letter % 8));
        present[byte] |= bit;
        if dots.len() == 32 {
            wide[byte] |= bit;
        }
    }
    [
        &present[..],
        &wide,
        &letters.values().flatten().copied().collect::<Vec<_>>(),
    ]
    .concat()
}
