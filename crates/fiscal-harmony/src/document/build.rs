use fh_types::Amount;

use super::extra::FieldNameError;

/// Whether the prices of a document contain the tax. One answer for the whole document \[kb\]\[zimra\].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Prices {
    /// They do. The default: at Zimbabwe's rates rounding is then never in doubt.
    #[default]
    TaxInclusive,
    /// They do not; the tax is added to the sum of each tax.
    TaxExclusive,
}

/// Why a document or a line cannot be built as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A text is empty, too long, or holds control characters.
    #[error("{field} {problem}; the service takes {allowed}")]
    Text {
        /// Which field, by its name on the wire.
        field: &'static str,
        /// What is wrong with it.
        problem: &'static str,
        /// What is right.
        allowed: &'static str,
    },
    /// A number is out of its range.
    #[error("{field} is {value}; it must be {allowed}")]
    Number {
        /// Which field, by its name on the wire.
        field: &'static str,
        /// What was given.
        value: Amount,
        /// What is right.
        allowed: &'static str,
    },
    /// A line total that no unit price of up to six decimals comes back to.
    #[error("no unit price with up to 6 decimals gives {total} for a quantity of {quantity}; split the line")]
    NoUnitPrice {
        /// The total wanted.
        total: Amount,
        /// For how many units.
        quantity: Amount,
    },
    /// No lines.
    #[error("the document has no lines; the authority refuses an empty one (RCPT016)")]
    NoLines,
    /// Two lines with one tax code and different rates.
    #[error("the tax code {code:?} stands for two different rates in one document; give each rate a code of its own")]
    TaxCodeConflict {
        /// The code.
        code: String,
    },
    /// An extra field that cannot be one.
    #[error(transparent)]
    Extra(#[from] FieldNameError),
    /// A part of an invoice that it does not have, or has no more.
    #[error("line {line} of the invoice {problem}")]
    Part {
        /// The line, from 0.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// Amounts beyond what money is.
    #[error("the amounts are too large to be added up exactly")]
    TooLarge,
}

pub(super) const NUMBER: &str = "1 to 50 characters, unique for the taxpayer";
pub(super) const ID: &str = "a text that is unique in your system and never changes";
pub(super) const REASON: &str = "the reason of the return, 1 to 500 characters (RCPT034)";

/// A trimmed text of 1 to `longest` characters without control characters.
pub(super) fn text(
    field: &'static str,
    text: impl Into<String>,
    longest: usize,
    allowed: &'static str,
) -> Result<String, BuildError> {
    let text: String = text.into();
    let text = text.trim();
    let problem = if text.is_empty() {
        "is empty"
    } else if text.chars().count() > longest {
        "is too long"
    } else if text.chars().any(char::is_control) {
        "holds a line break or another control character"
    } else {
        return Ok(text.to_owned());
    };
    Err(BuildError::Text {
        field,
        problem,
        allowed,
    })
}
