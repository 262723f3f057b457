use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Map, Value};

use super::{
    extra::{self, AllowedFields, Object},
    fault::said,
    faults,
    frozen::{Attempt, Frozen},
    kind::DocumentKind,
    locate::locate,
    mending,
    problem::DocumentError,
    reader,
    types::{CreditNote, Invoice},
    view::View,
};

/// An invoice or a credit note.
#[derive(Debug, Clone, PartialEq)]
pub enum Document {
    /// A sale.
    Invoice(Invoice),
    /// A sale taken back.
    CreditNote(CreditNote),
}

impl From<Invoice> for Document {
    fn from(invoice: Invoice) -> Self {
        Self::Invoice(invoice)
    }
}

impl From<CreditNote> for Document {
    fn from(credit_note: CreditNote) -> Self {
        Self::CreditNote(credit_note)
    }
}

impl TryFrom<Document> for Invoice {
    type Error = Document;

    fn try_from(document: Document) -> Result<Self, Document> {
        match document {
            Document::Invoice(invoice) => Ok(invoice),
            other @ Document::CreditNote(_) => Err(other),
        }
    }
}

impl TryFrom<Document> for CreditNote {
    type Error = Document;

    fn try_from(document: Document) -> Result<Self, Document> {
        match document {
            Document::CreditNote(credit_note) => Ok(credit_note),
            other @ Document::Invoice(_) => Err(other),
        }
    }
}

/// What tells the two kinds of document apart.
#[derive(Deserialize)]
struct Kind {
    #[serde(rename = "InvoiceId")]
    invoice: Option<IgnoredAny>,
    #[serde(rename = "CreditNoteId")]
    credit_note: Option<IgnoredAny>,
}

impl Document {
    /// Reads an invoice or a credit note from JSON; which one it is, its `InvoiceId` or `CreditNoteId` tells.
    ///
    /// The form is checked strictly: a field that does not exist, one that is missing, a number of over 15 digits and a
    /// date without a time are errors that name the place. Whether the values make sense is the business of preflight.
    ///
    /// # Errors
    ///
    /// When the text is not JSON or not a document of the known form.
    pub fn from_json(json: &[u8]) -> Result<Self, DocumentError> {
        Self::from_json_allowing(json, &AllowedFields::none())
    }

    /// The same, and takes fields beside the known ones: for what the vendor has added and this crate does not know yet.
    /// They are kept as they are, in the document, its buyer, the buyer's address or a line, and are frozen and sent after
    /// the others. Preflight warns of them.
    ///
    /// ```
    /// use fiscal_harmony::{Document, document::AllowedFields};
    /// let json = br#"{"InvoiceId":"A1","InvoiceNumber":"A1","IsTaxInclusive":true,"BuyerContact":{"Name":"Cash Customer"},
    ///   "Date":"2026-02-03T10:00:00+02:00","DueDate":"2026-03-03","CurrencyCode":"USD","LineItems":[{"Description":"Soap",
    ///   "UnitAmount":19.99,"Quantity":3,"LineAmount":59.97,"TaxCode":"VAT","ProductCode":"34011100"}]}"#;
    /// assert!(Document::from_json(json).is_err(), "a field that is not known is refused");
    /// let document = Document::from_json_allowing(json, &AllowedFields::named(["DueDate"])?)?;
    /// assert_eq!(document.view().extra["DueDate"], "2026-03-03");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Document::from_json`], for every field that is neither known nor allowed; and when an allowed one stands twice in
    /// the same place.
    pub fn from_json_allowing(json: &[u8], allowed: &AllowedFields) -> Result<Self, DocumentError> {
        let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
        let read = |json: &[u8]| {
            Self::read(json, allowed).map_err(|error| {
                let patch = mending::patch(json, &error);
                error.with_patch(patch)
            })
        };
        read(json).or_else(|error| {
            // The vendor's own sample has a number here, so both forms are taken.
            const PHONE: &str = "/BuyerContact/Phone";
            match locate(json, PHONE) {
                Some(place) if error.pointer() == PHONE && *error.fault() == faults::TEXT_WITHOUT_QUOTES => {
                    let (before, number, after) =
                        (&json[..place.start], &json[place.start..place.end], &json[place.end..]);
                    read(&[before, b"\"", number, b"\"", after].concat())
                }
                _ => Err(error),
            }
        })
    }

    fn read(json: &[u8], allowed: &AllowedFields) -> Result<Self, DocumentError> {
        if json.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') {
            return Err(DocumentError::whole(&faults::A_LIST, &[]));
        }
        let kind: Kind = reader::read(json)?;
        match (kind.invoice.is_some(), kind.credit_note.is_some()) {
            (true, false) => {
                let (rest, lifted) = extra::lift(json, allowed, Invoice::NAMES)?;
                let mut invoice: Invoice = reader::read_strictly(&rest)?;
                for field in lifted {
                    let fields = match field.object {
                        Object::Document => Some(&mut invoice.extra),
                        inner => inner.fields_of(&mut invoice.buyer_contact, &mut invoice.line_items),
                    };
                    field.put_into(fields);
                }
                Ok(Self::Invoice(invoice))
            }
            (false, true) => {
                let (rest, lifted) = extra::lift(json, allowed, CreditNote::NAMES)?;
                let mut credit_note: CreditNote = reader::read_strictly(&rest)?;
                for field in lifted {
                    let fields = match field.object {
                        Object::Document => Some(&mut credit_note.extra),
                        inner => inner.fields_of(&mut credit_note.buyer_contact, &mut credit_note.line_items),
                    };
                    field.put_into(fields);
                }
                Ok(Self::CreditNote(credit_note))
            }
            (true, true) => Err(DocumentError::whole(&faults::BOTH_IDS, &[])),
            (false, false) => Err(without_id(json)),
        }
    }

    /// Which of the two it is.
    #[must_use]
    pub fn kind(&self) -> DocumentKind {
        match self {
            Self::Invoice(_) => DocumentKind::Invoice,
            Self::CreditNote(_) => DocumentKind::CreditNote,
        }
    }

    /// Its id in the seller's system: the key under which it is fiscalised once.
    #[must_use]
    pub fn id(&self) -> &str {
        self.view().id
    }

    /// The number that people see.
    #[must_use]
    pub fn number(&self) -> &str {
        self.view().number
    }

    /// What both kinds have in common, borrowed.
    #[must_use]
    pub fn view(&self) -> View<'_> {
        match self {
            Self::Invoice(invoice) => invoice.view(),
            Self::CreditNote(credit_note) => credit_note.view(),
        }
    }

    /// Serialises it, once, into the bytes that are journalled, signed and sent.
    ///
    /// # Errors
    ///
    /// When an amount has more digits than can be carried exactly, or an extra field has the name of a known one.
    pub fn freeze(&self, attempt: Attempt) -> Result<Frozen, DocumentError> {
        match self {
            Self::Invoice(invoice) => invoice.freeze(attempt),
            Self::CreditNote(credit_note) => credit_note.freeze(attempt),
        }
    }
}

/// A text with neither of the two ids: they are often there, in other letters or further in.
fn without_id(json: &[u8]) -> DocumentError {
    const IDS: [&str; 2] = ["InvoiceId", "CreditNoteId"];
    let fields: Map<String, Value> = serde_json::from_slice(json).unwrap_or_default();
    let letters = |name: &str| name.replace(['_', '-', ' '], "");
    let other_letters = fields.keys().find_map(|name| {
        Some((
            name,
            IDS.into_iter().find(|id| id.eq_ignore_ascii_case(&letters(name)))?,
        ))
    });
    // A null stands for no id at all, so the name itself may be right.
    if let Some((found, right)) = other_letters.filter(|(found, right)| found != right) {
        return DocumentError::whole(&faults::NO_ID_SMALL, said![found, right]).at(format!("/{found}"));
    }
    let has_id = |value: &Value| {
        value.as_object().is_some_and(|inner| {
            inner
                .keys()
                .any(|name| IDS.into_iter().any(|id| id.eq_ignore_ascii_case(&letters(name))))
        })
    };
    match fields.iter().find(|(_, value)| has_id(value)) {
        Some((wrapper, _)) => DocumentError::whole(&faults::NO_ID_WRAPPED, said![wrapper]),
        None => DocumentError::whole(&faults::NO_ID, &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(json: &str) -> DocumentError {
        Document::from_json(json.as_bytes()).unwrap_err()
    }

    #[test]
    fn every_fault_is_named_with_its_place() {
        for (json, place, pointer, words) in [
            (
                "{\"InvoiceId\":\"1\",\n\"LineItems\":[{\"Descripton\":\"x\"}]}",
                (2, 26),
                "/LineItems/0/Descripton",
                "unknown field `Descripton`",
            ),
            (
                r#"{"InvoiceId":"1","LineItems":[]}"#,
                (1, 32),
                "/BuyerContact",
                "the field `BuyerContact` is missing",
            ),
            (
                r#"{"InvoiceId":"1","Date":"2026-01-01"}"#,
                (1, 25),
                "/Date",
                "no time of day",
            ),
            (
                r#"{"InvoiceId":"1","Total":1234567890123456}"#,
                (1, 26),
                "",
                "more than 15 significant digits",
            ),
            (
                r#"{"InvoiceId":"1","PaymentMethod":"Cheque"}"#,
                (1, 34),
                "/PaymentMethod",
                "`Cheque` is not a known value",
            ),
            (
                r#"{"InvoiceId":"1","Date":5}"#,
                (1, 25),
                "/Date",
                "a text in double quotes belongs here, not the number 5",
            ),
            (r#"{"InvoiceId":"1","InvoiceId":"2"}"#, (1, 28), "", "duplicate field"),
            (
                r#"{"InvoiceId":"1","LineItems":[{"Quantity":"x"}]}"#,
                (1, 43),
                "/LineItems/0/Quantity",
                "not a decimal number",
            ),
            ("not json", (1, 2), "", "not valid JSON"),
            ("", (1, 1), "", "cut short"),
            ("{\"InvoiceId\":\"1\"", (1, 16), "", "cut short"),
        ] {
            let error = error(json);
            assert!(error.message().contains(words), "{json}: {error}");
            assert_eq!(
                (error.pointer(), error.place),
                (pointer, Some(place)),
                "{json}: {error}"
            );
        }
    }

    #[test]
    fn what_is_no_document_is_told_so() {
        assert!(error("[]").to_string().contains("a list"));
        assert!(
            error(r#"{"InvoiceId":null}"#)
                .to_string()
                .contains("neither an invoice nor a credit note")
        );
        assert!(
            error(r#"{"InvoiceId":"1","CreditNoteId":"2"}"#)
                .to_string()
                .contains("both")
        );
    }
}
