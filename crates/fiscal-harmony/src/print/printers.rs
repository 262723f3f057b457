//! A few common printers, from memory of what their makers publish \[inferred\]. None of them was checked or tried here.

use super::{
    choices::{Cut, QrBy},
    code_page::CodePage,
};

/// Their names, in words.
pub(super) const NAMES: &str =
    "generic-80, generic-58, epson-tm-t20, epson-tm-t88, bixolon-srp-350, xprinter-80 or xprinter-58";

/// What a printer decides.
pub(super) struct Printer {
    name: &'static str,
    pub(super) columns: usize,
    pub(super) dots: usize,
    pub(super) code_page: CodePage,
    pub(super) qr: QrBy,
    pub(super) cut: Cut,
}

/// What is not certain for every model of a make is the safe choice: letters drawn rather than from a code page, the QR code drawn rather
/// than by a command.
pub(super) static PRINTERS: [Printer; 7] = [
    printer("generic-80", 48, 576, CodePage::Ascii, QrBy::Printer, Cut::Partial),
    printer("generic-58", 32, 384, CodePage::Ascii, QrBy::Dots, Cut::None),
    printer("epson-tm-t20", 48, 576, CodePage::Cp858, QrBy::Printer, Cut::Partial),
    printer("epson-tm-t88", 42, 512, CodePage::Cp858, QrBy::Printer, Cut::Partial),
    printer("bixolon-srp-350", 42, 512, CodePage::Cp858, QrBy::Printer, Cut::Partial),
    printer("xprinter-80", 48, 576, CodePage::Ascii, QrBy::Dots, Cut::Partial),
    printer("xprinter-58", 32, 384, CodePage::Ascii, QrBy::Dots, Cut::None),
];

const fn printer(name: &'static str, columns: usize, dots: usize, code_page: CodePage, qr: QrBy, cut: Cut) -> Printer {
    Printer {
        name,
        columns,
        dots,
        code_page,
        qr,
        cut,
    }
}

/// A printer by its name.
pub(super) fn find(name: &str) -> Option<&'static Printer> {
    PRINTERS.iter().find(|printer| printer.name == name)
}
