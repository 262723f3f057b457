//! The code pages of printers: which byte is which letter.

/// The letters that a printer is told to use for the bytes above ASCII.
///
/// The numbers are those of Epson for `ESC t`, from memory, which most makes are said to share \[inferred\]; where a printer differs,
/// [`Settings::code_page_number`](super::Settings) says its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum CodePage {
    /// Nothing above ASCII, which all printers share. No code page is chosen.
    #[default]
    Ascii,
    /// USA and western Europe, PC437.
    Cp437,
    /// Western Europe, PC850.
    Cp850,
    /// Central Europe, PC852.
    Cp852,
    /// Western Europe with the euro sign, PC858.
    Cp858,
    /// Cyrillic, PC866.
    Cp866,
    /// Western Europe with the euro sign, WPC1252.
    Cp1252,
}

impl CodePage {
    /// Every code page, the default first.
    pub const ALL: [Self; 7] = [
        Self::Ascii,
        Self::Cp437,
        Self::Cp850,
        Self::Cp852,
        Self::Cp858,
        Self::Cp866,
        Self::Cp1252,
    ];

    /// Its name in settings, such as `cp858`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ascii => "ascii",
            Self::Cp437 => "cp437",
            Self::Cp850 => "cp850",
            Self::Cp852 => "cp852",
            Self::Cp858 => "cp858",
            Self::Cp866 => "cp866",
            Self::Cp1252 => "cp1252",
        }
    }

    /// Its number in `ESC t`; none where none is chosen.
    #[must_use]
    pub fn number(self) -> Option<u8> {
        match self {
            Self::Ascii => None,
            Self::Cp437 => Some(0),
            Self::Cp850 => Some(2),
            Self::Cp852 => Some(18),
            Self::Cp858 => Some(19),
            Self::Cp866 => Some(17),
            Self::Cp1252 => Some(16),
        }
    }

    /// The byte of a letter, if the page has it.
    pub(super) fn byte(self, c: char) -> Option<u8> {
        if c.is_ascii() {
            return (c == ' ' || c.is_ascii_graphic()).then_some(c as u8);
        }
        let at = self.upper().chars().position(|known| known == c && c != NONE)?;
        u8::try_from(0x80 + at).ok()
    }

    /// The letters of the bytes from 0x80 on.
    fn upper(self) -> &'static str {
        match self {
            Self::Ascii => "",
            Self::Cp437 => CP437,
            Self::Cp850 => CP850,
            Self::Cp852 => CP852,
            Self::Cp858 => CP858,
            Self::Cp866 => CP866,
            Self::Cp1252 => CP1252,
        }
    }
}

/// Stands where a page has nothing, or a blank that does not break.
const NONE: char = '\u{fffd}';

const CP437: &str = concat!(
    "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐",
    "└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{fffd}"
);
const CP850: &str = concat!(
    "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐",
    "└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{fffd}±‗¾¶§÷¸°¨·¹³²■\u{fffd}"
);
const CP852: &str = concat!(
    "ÇüéâäůćçłëŐőîŹÄĆÉĹĺôöĽľŚśÖÜŤťŁ×čáíóúĄąŽžĘę¬źČş«»░▒▓│┤ÁÂĚŞ╣║╗╝Żż┐",
    "└┴┬├─┼Ăă╚╔╩╦╠═╬¤đĐĎËďŇÍÎě┘┌█▄ŢŮ▀ÓßÔŃńňŠšŔÚŕŰýÝţ´\u{fffd}˝˛ˇ˘§÷¸°¨˙űŘř■\u{fffd}"
);
const CP858: &str = concat!(
    "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐",
    "└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈ€ÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{fffd}±‗¾¶§÷¸°¨·¹³²■\u{fffd}"
);
const CP866: &str = concat!(
    "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдежзийклмноп░▒▓│┤╡╢╖╕╣║╗╝╜╛┐",
    "└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀рстуфхцчшщъыьэюяЁёЄєЇїЎў°∙·√№¤■\u{fffd}"
);
const CP1252: &str = concat!(
    "€\u{fffd}‚ƒ„…†‡ˆ‰Š‹Œ\u{fffd}Ž\u{fffd}\u{fffd}‘’“”•–—˜™š›œ\u{fffd}žŸ\u{fffd}¡¢£¤¥¦§¨©ª«¬\u{fffd}®¯°±²³´µ¶·¸¹º»¼½¾¿",
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_a_letter_for_each_byte() {
        for page in CodePage::ALL.into_iter().skip(1) {
            assert_eq!(page.upper().chars().count(), 128, "{page:?}");
            let letters: std::collections::BTreeSet<char> = page.upper().chars().filter(|c| *c != NONE).collect();
            assert_eq!(
                letters.len(),
                page.upper().chars().filter(|c| *c != NONE).count(),
                "{page:?}: one twice"
            );
        }
    }

    #[test]
    fn letters_have_the_bytes_of_the_published_tables() {
        for (page, c, byte) in [
            (CodePage::Cp437, 'é', Some(0x82)),
            (CodePage::Cp437, '€', None),
            (CodePage::Cp850, 'ß', Some(0xe1)),
            (CodePage::Cp858, '€', Some(0xd5)),
            (CodePage::Cp852, 'ł', Some(0x88)),
            (CodePage::Cp866, 'Ж', Some(0x86)),
            (CodePage::Cp866, 'я', Some(0xef)),
            (CodePage::Cp1252, '€', Some(0x80)),
            (CodePage::Cp1252, 'é', Some(0xe9)),
            (CodePage::Ascii, 'é', None),
            (CodePage::Ascii, 'A', Some(0x41)),
            (CodePage::Cp858, '\u{1b}', None),
            (CodePage::Cp858, NONE, None),
        ] {
            assert_eq!(page.byte(c), byte, "{page:?} {c:?}");
        }
    }
}
