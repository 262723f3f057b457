//! What the strict reader refuses, as findings.

use super::{Finding, Level, Rule, rule};
use crate::DocumentError;

/// The rule before all others: a file that is not a document in form has no values to check. It is not in
/// [`rules`](super::rules), as it runs in the reader ([`Document::from_json`](crate::Document::from_json)).
pub const SHAPE: Rule = Rule {
    id: "PF00",
    title: "The text is JSON with the fields of an invoice or a credit note, and no others.",
    level: Level::Block,
    needs: &[],
    only: None,
    codes: &["RCPT02"],
    remedy: "Correct the file; the schema of documents says what goes where.",
    check: |_, _| {},
};

/// A reader's error as a finding: of the rule that watches over the field where there is one, else of [`SHAPE`].
///
/// ```
/// use fiscal_harmony::{Document, preflight::finding_of};
/// let error = Document::from_json(b"{\"InvoiceId\": \"A1\", \"PaymentMethod\": \"Cheque\"}").unwrap_err();
/// assert_eq!(finding_of(&error).rule, "PF28", "no such way to pay");
/// ```
#[must_use]
pub fn finding_of(error: &DocumentError) -> Finding {
    let unknown = error.message().starts_with("unknown field");
    let found = if unknown {
        None
    } else {
        rule_of(error.pointer()).and_then(rule)
    };
    let rule = found.unwrap_or(&SHAPE);
    Finding {
        rule: rule.id,
        level: Level::Block,
        code: rule.codes.first().copied(),
        pointer: error.pointer().to_owned(),
        message: error.message().to_owned(),
        remedy: rule.remedy,
    }
}

/// A text that cannot even be read as JSON, as a finding of [`SHAPE`]: another encoding, say, or a file that breaks off.
#[must_use]
pub fn unreadable(message: impl Into<String>) -> Finding {
    Finding {
        rule: SHAPE.id,
        level: Level::Block,
        code: None,
        pointer: String::new(),
        message: message.into(),
        remedy: SHAPE.remedy,
    }
}

/// The rule that watches over a field.
fn rule_of(pointer: &str) -> Option<&'static str> {
    let mut segments = pointer.split('/').skip(1);
    Some(match (segments.next()?, segments.next(), segments.next()) {
        ("LineItems", Some(_), Some(field)) => match field {
            "Quantity" => "PF04",
            "UnitAmount" => "PF05",
            "LineAmount" => "PF09",
            "DiscountAmount" => "PF08",
            "TaxCode" => "PF10",
            "ProductCode" => "PF12",
            "Description" => "PF23",
            _ => return None,
        },
        ("LineItems", _, _) => "PF01",
        ("InvoiceId" | "InvoiceNumber" | "CreditNoteId" | "CreditNoteNumber", _, _) => "PF02",
        ("BuyerContact", None | Some("Name" | "Tin"), _) => "PF18",
        ("BuyerContact", Some("VatNumber"), _) => "PF19",
        ("BuyerContact", Some("TradeName" | "Phone" | "Email"), _) => "PF20",
        ("BuyerContact", Some("Address"), _) => "PF21",
        ("SubTotal" | "TotalTax" | "Total", _, _) => "PF09",
        ("CurrencyCode", _, _) => "PF24",
        ("Date", _, _) => "PF25",
        ("PaymentMethod", _, _) => "PF28",
        ("OriginalInvoiceId" | "Reference", _, _) => "PF29",
        ("IsRetry", _, _) => "PF36",
        _ => return None,
    })
}
