//! Receipts on paper: plain text, the commands of a thermal printer, and a PDF.
//!
//! [`Slip`] gathers what there is: the receipt, the document it is for, the taxes as they were then, the device, the seller. [`Content`] is
//! what comes of it, worked out once; text, bytes and PDF are laid out from that. Whatever comes from the network or a document is cleaned
//! first: a control character in a buyer's name would otherwise be obeyed by the printer.
//!
//! # Letters
//!
//! [`Slip::text`] keeps all letters and is UTF-8. A thermal printer has the letters of one code page ([`CodePage`]); a line with any other is
//! drawn dot by dot, with letters that travel in this crate: Latin, Greek, Cyrillic, CJK and more. Scripts whose letters join or run from the
//! right are drawn from a font file that the shop names ([`ShopFont`]); without one, `[Arabic]` stands in their place, and the receipt says so.

mod bitmap;
mod choices;
mod code_page;
mod content;
mod escpos;
mod layout;
mod letters;
mod logo;
mod pdf;
mod printers;
mod rows;
mod scripts;
mod seller;
mod settings;
mod shop_font;
mod taxes;
mod words;

use std::fmt;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

pub use self::{
    choices::{Cut, OtherLetters, QrBy},
    code_page::CodePage,
    content::{Content, Fiscal, Item, Original, Sale, Standing},
    logo::{Logo, LogoError},
    pdf::Sheet,
    seller::{Seller, UnknownPart},
    settings::{Key, SettingError, Settings},
    shop_font::{FontError, ShopFont},
    taxes::{KnownTax, TaxRow, TaxTable, WhyNotKnown},
    words::Language,
};
use self::{content::Sources, layout::Row, letters::Letters};
use crate::{Document, Receipt, device::DeviceConfig, receipt::Mismatch};

/// A receipt, to be laid out for paper.
///
/// ```
/// # use fiscal_harmony::{Document, Receipt, catalogue::Catalogue};
/// # fn example(receipt: &Receipt, invoice: &Document, catalogue: &Catalogue) -> Result<(), Box<dyn std::error::Error>> {
/// use fiscal_harmony::print::{KnownTax, Settings, Slip};
/// let mut slip = Slip::new(receipt)?
///     .with_document(invoice)
///     .taxes(KnownTax::of(&invoice.view(), catalogue))
///     .settings(Settings::columns(32));
/// if let Some(device) = catalogue.device() {
///     slip = slip.device(device); // the seller's name, TIN and address, and the serial number
/// }
/// std::fs::write("receipt.txt", slip.text())?;
/// std::fs::write("/dev/usb/lp0", slip.escpos())?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Slip<'a> {
    sources: Sources<'a>,
    settings: Settings,
}

/// A receipt whose link contradicts its record must not be printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MixedUp {
    mismatches: Vec<Mismatch>,
}

impl MixedUp {
    /// The points on which they disagree.
    #[must_use]
    pub fn mismatches(&self) -> &[Mismatch] {
        &self.mismatches
    }
}

impl fmt::Display for MixedUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the receipt is not printed, since it is of two receipts")?;
        self.mismatches
            .iter()
            .try_for_each(|mismatch| write!(f, "; {mismatch}"))?;
        f.write_str("; ask for its status again, and report it")
    }
}

impl std::error::Error for MixedUp {}

impl<'a> Slip<'a> {
    /// The receipt alone.
    ///
    /// # Errors
    ///
    /// When its link and its record speak of different receipts; see [`Receipt::mismatches`].
    pub fn new(receipt: &'a Receipt) -> Result<Self, MixedUp> {
        let mismatches = receipt.mismatches();
        if !mismatches.is_empty() {
            return Err(MixedUp { mismatches });
        }
        Ok(Self::of(Sources {
            receipt: Some(receipt),
            ..Sources::default()
        }))
    }

    /// A slip for a sale that is not fiscalised yet, while the line is down. It says at its head and its foot that it is no fiscal receipt, and
    /// where the customer finds that later.
    #[must_use]
    pub fn provisional(document: &'a Document) -> Self {
        Self::of(Sources {
            document: Some(document),
            ..Sources::default()
        })
    }

    fn of(sources: Sources<'a>) -> Self {
        Self {
            sources,
            settings: Settings::default(),
        }
    }

    /// The document it is the receipt of: its number, date, buyer, lines and totals.
    #[must_use]
    pub fn with_document(mut self, document: &'a Document) -> Self {
        self.sources.document = Some(document);
        self
    }

    /// What the document's tax codes stood for when it was handed in. Without it there is no table of taxes, and the receipt says so.
    #[must_use]
    pub fn taxes(mut self, taxes: impl IntoIterator<Item = KnownTax>) -> Self {
        self.sources.taxes = taxes.into_iter().collect();
        self
    }

    /// The configuration of the fiscal device: its serial number, and what it says of the seller.
    #[must_use]
    pub fn device(mut self, device: &'a DeviceConfig) -> Self {
        self.sources.device = Some(device);
        self
    }

    /// Who sells: lines for the top, or the parts by name. What is not given comes from the [device](Self::device).
    #[must_use]
    pub fn seller(mut self, seller: impl Into<Seller>) -> Self {
        self.sources.seller = seller.into();
        self
    }

    /// What is known of the invoice that a credit note credits.
    #[must_use]
    pub fn original(mut self, original: Original) -> Self {
        self.sources.original = Some(original);
        self
    }

    /// Another title than that of the document's kind.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.sources.title = Some(title.into());
        self
    }

    /// A copy: the first one is 1, and 0 is one that nobody counts. It says COPY.
    #[must_use]
    pub fn copy(mut self, number: u32) -> Self {
        self.sources.copy = Some(number);
        self
    }

    /// Paper, printer and words.
    #[must_use]
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// All that it says, worked out.
    #[must_use]
    pub fn content(&self) -> Content {
        let mut content = self.sources.content(&self.address());
        content.found_at.clone_from(&self.settings.found_at);
        content
    }

    /// Plain text, each line ended by a line feed and none wider than the paper. In place of the QR code stands its address;
    /// [`Qr::text`](crate::Qr::text) draws it for a device that has block characters.
    #[must_use]
    pub fn text(&self) -> String {
        let width = self.settings.width();
        let rows = rows::rows(&self.content(), self.settings.language.words());
        let lines = rows.into_iter().flat_map(|row| match row {
            Row::Big(text) => Row::Title(format!("*** {text} ***")).lines(width, Letters::All),
            row => row.lines(width, Letters::All),
        });
        lines.fold(String::new(), |text, line| text + &line + "\n")
    }

    /// The bytes to send to a thermal printer that knows ESC/POS: text, drawn lines, the QR code, feed and cut, as often as
    /// [`Settings::copies`] says. The drawer is opened for the first print of a receipt and for no copy.
    #[must_use]
    pub fn escpos(&self) -> Vec<u8> {
        let mut content = self.content();
        let mut bytes = Vec::new();
        for at in 0..self.settings.copies.max(1) {
            if at > 0 && content.standing == Standing::Original {
                content.standing = Standing::Copy(0);
            }
            let rows = self.rows_for_a_printer(&content);
            let opens_drawer = at == 0 && !matches!(content.standing, Standing::Copy(_));
            bytes.extend(escpos::job(&rows, &self.settings, &self.address(), opens_drawer));
        }
        bytes
    }

    /// A PDF of our own, for which the service is not asked. Its font is what every reader has, and for all other letters one of dots that
    /// holds those alone that are used.
    #[must_use]
    pub fn pdf(&self, sheet: Sheet) -> Vec<u8> {
        pdf::pdf(&self.content(), &self.settings, sheet)
    }

    fn rows_for_a_printer(&self, content: &Content) -> Vec<Row> {
        let words = self.settings.language.words();
        let mut rows = rows::rows(content, words);
        let letters = escpos::letters(&self.settings);
        if rows.iter().flat_map(Row::texts).any(|text| letters.lacks(text)) {
            rows.push(Row::Text(words.letters.to_owned()));
        }
        rows
    }

    /// The address behind the QR code, in characters that are allowed in one.
    fn address(&self) -> String {
        const ODD: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>');
        let url = self.sources.receipt.map_or("", |receipt| receipt.qr_url.as_str());
        utf8_percent_encode(url, ODD).to_string()
    }
}
