//! How receipts are printed: the paper, the printer, the words. Every choice has one name, in a profile, as a flag, and in an address.

use std::sync::Arc;

use super::{
    choices::{Cut, OtherLetters, QrBy},
    code_page::CodePage,
    logo::Logo,
    printers::{self, Printer},
    shop_font::ShopFont,
    words::Language,
};

/// How receipts are printed.
///
/// ```
/// use fiscal_harmony::print::Settings;
/// let mut settings = Settings::default();
/// settings.set("printer", "xprinter-58")?;
/// settings.set("drawer", "2")?;
/// settings.check()?;
/// assert_eq!(settings.columns, 32);
/// # Ok::<(), fiscal_harmony::print::SettingError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Settings {
    /// Characters on a line, 24 to 64.
    pub columns: usize,
    /// Dots across the paper; none takes what is usual for the columns: 384 (58 mm) up to 32, 576 (80 mm) above.
    pub dots: Option<usize>,
    /// The printer's letters above ASCII.
    pub code_page: CodePage,
    /// The number by which this printer chooses the code page, where it differs from [`CodePage::number`].
    pub code_page_number: Option<u8>,
    /// What becomes of letters that the code page has not.
    pub letters: OtherLetters,
    /// Who draws the QR code.
    pub qr: QrBy,
    /// How the paper is cut.
    pub cut: Cut,
    /// The pin of the cash drawer to open, 2 or 5, if any.
    pub drawer: Option<u8>,
    /// How many are printed, 1 to 5; all after the first say COPY.
    pub copies: usize,
    /// The language of the receipt's own words.
    pub language: Language,
    /// Where a customer who got a provisional slip finds the receipt later.
    pub found_at: Option<String>,
    /// A picture above all.
    pub logo: Option<Arc<Logo>>,
    /// A font with the letters of a script that needs shaping.
    pub font: Option<Arc<ShopFont>>,
}

/// A choice that can be made by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Key {
    /// Its name; as a flag it has dashes.
    pub name: &'static str,
    /// What it decides, in a sentence.
    pub meaning: &'static str,
    /// What is allowed, in words.
    pub allowed: &'static str,
}

/// A choice that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SettingError(String);

/// The columns that can be had.
const COLUMNS: std::ops::RangeInclusive<usize> = 24..=64;
const COPIES: std::ops::RangeInclusive<usize> = 1..=5;
const DOTS: std::ops::RangeInclusive<usize> = 200..=1200;

impl Default for Settings {
    fn default() -> Self {
        Self {
            columns: 48,
            dots: None,
            code_page: CodePage::default(),
            code_page_number: None,
            letters: OtherLetters::default(),
            qr: QrBy::default(),
            cut: Cut::default(),
            drawer: None,
            copies: 1,
            language: Language::default(),
            found_at: None,
            logo: None,
            font: None,
        }
    }
}

macro_rules! key {
    ($name:literal, $meaning:literal, $allowed:expr) => {
        Key {
            name: $name,
            meaning: $meaning,
            allowed: $allowed,
        }
    };
}

impl Settings {
    /// Every choice that has a name, in the order in which it is shown. A printer is the first, since it decides others.
    pub const KEYS: [Key; 12] = [
        key!(
            "printer",
            "A known printer, which decides columns, dots, code page, QR code and cut until they are said.",
            printers::NAMES
        ),
        key!("columns", "Characters on a line of the receipt.", "24 to 64"),
        key!("dots", "Dots across the paper.", "200 to 1200, or auto"),
        key!(
            "code_page",
            "The printer\u{2019}s letters above ASCII.",
            "ascii, cp437, cp850, cp852, cp858, cp866 or cp1252"
        ),
        key!(
            "code_page_number",
            "The number by which this printer chooses its code page.",
            "0 to 255, or auto"
        ),
        key!(
            "letters",
            "What becomes of letters that the code page has not.",
            "drawn or ascii"
        ),
        key!(
            "qr",
            "Who draws the QR code: the printer by its own command, or we dot by dot.",
            "printer, dots or none"
        ),
        key!("cut", "How the paper is cut.", "partial, full or none"),
        key!("drawer", "The pin of the cash drawer to open.", "2, 5 or none"),
        key!(
            "copies",
            "How many are printed; all after the first say COPY.",
            "1 to 5"
        ),
        key!(
            "language",
            "The language of the receipt\u{2019}s own words. Shona is not reviewed by a native speaker yet.",
            "english or shona"
        ),
        key!(
            "found_at",
            "Where a customer with a provisional slip finds the receipt later.",
            "a sentence"
        ),
    ];

    /// Receipts of so many columns, all else being usual.
    #[must_use]
    pub fn columns(columns: usize) -> Self {
        Self {
            columns,
            ..Self::default()
        }
    }

    /// Makes a choice by its name.
    ///
    /// # Errors
    ///
    /// When there is no such choice, or the value is not allowed; the text says what is.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), SettingError> {
        let Some(key) = Self::KEYS.iter().find(|key| key.name == name) else {
            let known = Self::KEYS.map(|key| key.name).join(", ");
            return Err(SettingError(format!("there is no {name:?}; known are {known}")));
        };
        let value = value.trim();
        let word = value.to_ascii_lowercase();
        self.choose(name, value, &word)
            .ok_or_else(|| SettingError(format!("{name} is {}, not {value:?}", key.allowed)))
    }

    fn choose(&mut self, name: &str, value: &str, word: &str) -> Option<()> {
        match name {
            "printer" => self.take_over(printers::find(word)?),
            "columns" => self.columns = number(word, &COLUMNS)?,
            "dots" => self.dots = auto(word, |word| number(word, &DOTS))?,
            "code_page" => {
                self.code_page = CodePage::ALL.into_iter().find(|page| page.name() == word)?;
            }
            "code_page_number" => self.code_page_number = auto(word, |word| word.parse().ok())?,
            "letters" => {
                self.letters = one_of(word, &[("drawn", OtherLetters::Drawn), ("ascii", OtherLetters::Ascii)])?
            }
            "qr" => {
                self.qr = one_of(
                    word,
                    &[("printer", QrBy::Printer), ("dots", QrBy::Dots), ("none", QrBy::Nobody)],
                )?
            }
            "cut" => {
                self.cut = one_of(
                    word,
                    &[("partial", Cut::Partial), ("full", Cut::Full), ("none", Cut::None)],
                )?
            }
            "drawer" => self.drawer = one_of(word, &[("2", Some(2)), ("5", Some(5)), ("none", None)])?,
            "copies" => self.copies = number(word, &COPIES)?,
            "language" => {
                self.language = Language::ALL.into_iter().find(|language| language.name() == word)?;
            }
            _ => self.found_at = Some(value.to_owned()).filter(|place| !place.is_empty()),
        }
        Some(())
    }

    /// The choices of a printer; what it does not decide stays.
    fn take_over(&mut self, printer: &Printer) {
        self.columns = printer.columns;
        self.dots = Some(printer.dots);
        self.code_page = printer.code_page;
        self.code_page_number = None;
        self.qr = printer.qr;
        self.cut = printer.cut;
    }

    /// Whether the choices fit together.
    ///
    /// # Errors
    ///
    /// When so many columns do not fit onto the paper: a printer\u{2019}s smaller letters are 9 dots wide.
    pub fn check(&self) -> Result<(), SettingError> {
        let (columns, dots) = (self.width(), self.dots());
        if columns * SMALL_CELL > dots {
            return Err(SettingError(format!(
                "{columns} columns do not fit onto {dots} dots: a printer\u{2019}s smaller letters are {SMALL_CELL} dots wide; take at most {} columns, \
                 or say how many dots the paper has",
                dots / SMALL_CELL
            )));
        }
        Ok(())
    }

    /// Columns, within what is allowed.
    pub(super) fn width(&self) -> usize {
        self.columns.clamp(*COLUMNS.start(), *COLUMNS.end())
    }

    /// Dots across the paper.
    pub(super) fn dots(&self) -> usize {
        let usual = if self.width() <= 32 { 384 } else { 576 };
        self.dots.map_or(usual, |dots| dots.clamp(*DOTS.start(), *DOTS.end()))
    }

    /// Whether the printer\u{2019}s smaller letters must be taken for the columns to fit.
    pub(super) fn is_small(&self) -> bool {
        self.width() * LARGE_CELL > self.dots()
    }
}

/// The widths of the two fonts that printers have.
pub(super) const LARGE_CELL: usize = 12;
pub(super) const SMALL_CELL: usize = 9;

fn number(word: &str, range: &std::ops::RangeInclusive<usize>) -> Option<usize> {
    word.parse().ok().filter(|number| range.contains(number))
}

fn auto<T>(word: &str, read: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
    if word == "auto" {
        Some(None)
    } else {
        read(word).map(Some)
    }
}

fn one_of<T: Copy>(word: &str, known: &[(&str, T)]) -> Option<T> {
    known.iter().find(|(name, _)| *name == word).map(|(_, value)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_takes_what_it_says_and_names_what_it_would_take() {
        for (name, good, bad) in [
            ("printer", "Epson-TM-T20", "epson"),
            ("columns", "42", "23"),
            ("dots", "512", "50"),
            ("dots", "auto", "none"),
            ("code_page", "CP858", "858"),
            ("code_page_number", "21", "256"),
            ("letters", "ascii", "latin"),
            ("qr", "dots", "yes"),
            ("cut", "none", "no"),
            ("drawer", "5", "3"),
            ("copies", "2", "6"),
            ("language", "shona", "french"),
        ] {
            let mut settings = Settings::default();
            settings.set(name, good).unwrap();
            let error = settings.set(name, bad).unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("{name} is ")) && error.contains(bad),
                "{error}"
            );
        }
        let error = Settings::default().set("colums", "42").unwrap_err().to_string();
        assert!(error.contains("known are printer, columns"), "{error}");
    }

    #[test]
    fn every_known_printer_is_named_and_fits_onto_its_paper() {
        let names: Vec<&str> = printers::NAMES
            .split(", ")
            .flat_map(|names| names.split(" or "))
            .collect();
        for name in &names {
            let mut settings = Settings::default();
            settings.set("printer", name).unwrap();
            settings.check().unwrap();
            assert!(
                !settings.is_small(),
                "{name}: its columns are those of its usual letters"
            );
        }
        assert_eq!(names.len(), printers::PRINTERS.len());
    }

    #[test]
    fn columns_that_do_not_fit_onto_the_paper_are_refused() {
        let mut settings = Settings::columns(64);
        settings.check().unwrap();
        assert!(settings.is_small() && !Settings::columns(48).is_small());
        settings.set("dots", "384").unwrap();
        let error = settings.check().unwrap_err().to_string();
        assert!(error.contains("at most 42 columns"), "{error}");
        assert_eq!(Settings::columns(24).dots(), 384);
        assert_eq!((Settings::columns(1).width(), Settings::columns(900).width()), (24, 64));
    }
}
