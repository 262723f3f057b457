use serde::{Deserialize, Serialize};

/// How grave the authority finds something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Colour {
    /// Not looked at.
    Off,
    /// Kept with a remark; the fiscal day can be closed.
    Yellow,
    /// Kept as invalid; it stops the fiscal day from closing.
    Red,
}

impl Colour {
    /// How it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Yellow => "yellow",
            Self::Red => "red",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Off, Self::Yellow, Self::Red]
            .into_iter()
            .find(|colour| colour.name() == name)
    }
}

/// One validation code of the authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RcptCode {
    /// The code, such as `RCPT019`.
    pub code: &'static str,
    /// The colour that it has in the authority's table \[zimra\].
    pub colour: Colour,
    /// The colour that a simulator gives it by default.
    pub default: Colour,
    /// What it means.
    pub meaning: &'static str,
}

const fn red(code: &'static str, meaning: &'static str) -> RcptCode {
    RcptCode {
        code,
        colour: Colour::Red,
        default: Colour::Red,
        meaning,
    }
}

const fn yellow(code: &'static str, meaning: &'static str) -> RcptCode {
    RcptCode {
        code,
        colour: Colour::Yellow,
        default: Colour::Yellow,
        meaning,
    }
}

/// Red in the table, yellow here: whether the service passes on the figure or the date at all is not known.
const fn softened(code: &'static str, meaning: &'static str) -> RcptCode {
    RcptCode {
        code,
        colour: Colour::Red,
        default: Colour::Yellow,
        meaning,
    }
}

/// The codes that a document can earn here. `RCPT012`, `017`, `018`, `020`, `028`, `029` and `039` concern what the service itself
/// numbers, signs and fills in.
pub const RCPT_CODES: [RcptCode; 29] = [
    red(
        "RCPT010",
        "the currency is not one the authority takes at the receipt's date",
    ),
    red("RCPT011", "the receipt counter is not sequential"),
    red("RCPT013", "the document number was used before by this taxpayer"),
    yellow("RCPT014", "the date is earlier than the opening of the fiscal day"),
    red("RCPT015", "the credited invoice is not named"),
    red("RCPT016", "there are no lines"),
    red("RCPT019", "the total differs from the sum of the line amounts"),
    red("RCPT021", "VAT is charged, but the taxpayer is not registered for VAT"),
    red("RCPT022", "a price is not greater than zero"),
    red("RCPT023", "a quantity is not greater than zero"),
    red("RCPT024", "a line amount differs from price times quantity"),
    red(
        "RCPT025",
        "a tax is unknown to the authority or not valid at the receipt's date",
    ),
    red("RCPT026", "the tax amount is wrong"),
    softened("RCPT027", "the net total is not the sales amount with tax less the tax"),
    softened("RCPT030", "the date is not later than that of the previous receipt"),
    yellow("RCPT031", "the date is in the future"),
    red("RCPT032", "the credited invoice does not exist"),
    red("RCPT033", "the credited invoice was issued more than 12 months before"),
    red("RCPT034", "the reason of the credit note is missing"),
    red("RCPT035", "the credit notes exceed the credited invoice"),
    red("RCPT036", "a tax is used that is not on the credited invoice"),
    red("RCPT037", "the total differs from the line amounts plus the taxes"),
    red(
        "RCPT038",
        "the total differs from the sum of the sales amounts with tax",
    ),
    red("RCPT040", "the total is negative"),
    yellow("RCPT041", "the receipt was issued after the end of the fiscal day"),
    red("RCPT042", "the currency differs from that of the credited invoice"),
    red("RCPT043", "a buyer is given without a name"),
    red("RCPT047", "an HS code is missing"),
    red("RCPT048", "an HS code has the wrong length"),
];

pub(crate) fn code(name: &str) -> Option<&'static RcptCode> {
    RCPT_CODES.iter().find(|known| known.code == name)
}
