//! How wide the letters of Helvetica are, by Adobe's published metrics, in thousandths of the size. Every reader of PDF has the font.

use unicode_normalization::UnicodeNormalization;

use super::super::code_page::CodePage;

/// The three faces that every reader has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Face {
    Regular,
    Bold,
    /// Courier: every letter is 600 wide.
    Mono,
}

const REGULAR: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
    556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
    260, 334, 584,
];
const BOLD: [u16; 95] = [
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611,
    556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389,
    280, 389, 584,
];

/// Signs above ASCII that are as wide in both faces, or whose widths are given for each.
const SIGNS: [(char, u16, u16); 24] = [
    ('€', 556, 556),
    ('£', 556, 556),
    ('¥', 556, 556),
    ('§', 556, 556),
    ('–', 556, 556),
    ('—', 1000, 1000),
    ('‘', 222, 278),
    ('’', 222, 278),
    ('“', 333, 500),
    ('”', 333, 500),
    ('•', 350, 350),
    ('…', 1000, 1000),
    ('°', 400, 400),
    ('±', 584, 584),
    ('×', 584, 584),
    ('÷', 584, 584),
    ('½', 834, 834),
    ('²', 333, 333),
    ('ß', 611, 611),
    ('æ', 889, 889),
    ('Æ', 1000, 1000),
    ('ø', 611, 611),
    ('Ø', 778, 778),
    ('©', 737, 737),
];

/// The byte of a letter and its width, where the face has it and both are known.
pub(super) fn letter(c: char, face: Face) -> Option<(u8, u16)> {
    let byte = CodePage::Cp1252.byte(c)?;
    let table = match face {
        Face::Mono => return Some((byte, 600)),
        Face::Regular => &REGULAR,
        Face::Bold => &BOLD,
    };
    if let Some((_, regular, bold)) = SIGNS.iter().find(|(sign, ..)| *sign == c) {
        return Some((byte, if face == Face::Bold { *bold } else { *regular }));
    }
    // A letter with a mark is as wide as without it; the narrow i is not, where its mark is wider, but then it is 278 in both.
    let base = std::iter::once(c).nfd().next().filter(char::is_ascii)?;
    let at = usize::from(u8::try_from(base).ok()?).checked_sub(0x20)?;
    let width = if base == 'i' && base != c { 278 } else { *table.get(at)? };
    Some((byte, width))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_the_published_metrics() {
        let width = |c, face| letter(c, face).map(|(_, width)| width);
        for (c, regular, bold) in [
            (' ', 278, 278),
            ('0', 556, 556),
            ('W', 944, 944),
            ('i', 222, 278),
            ('é', 556, 556),
            ('ï', 278, 278),
            ('~', 584, 584),
        ] {
            assert_eq!(
                (width(c, Face::Regular), width(c, Face::Bold)),
                (Some(regular), Some(bold)),
                "{c}"
            );
        }
        assert_eq!(letter('€', Face::Regular), Some((0x80, 556)));
        assert_eq!(width('茶', Face::Mono), None);
        assert_eq!(
            width('þ', Face::Regular),
            None,
            "drawn from dots, since its width is not known here"
        );
    }
}
