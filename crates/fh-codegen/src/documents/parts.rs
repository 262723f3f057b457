/// A schema of which documents are made, and how the facade has it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Part {
    /// The component schema.
    pub schema: &'static str,
    /// The facade's type.
    pub name: &'static str,
    /// Who makes it.
    pub made: Made,
    /// The fields, by their names on the wire, that the facade handles by hand. All others are plain.
    pub by_hand: &'static [&'static str],
}

/// How a value of a part comes about in the facade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// By a builder whose members become fields nobody else can set.
    Document,
    /// By a builder; the fields are public.
    Line,
    /// By a constructor, with a setter for each plain field; the fields are public.
    Piece,
    /// It is one word of several.
    Word,
}

/// Every part of a document. The one list of fields that are handled by hand.
pub const PARTS: [Part; 6] = [
    Part {
        schema: "Address",
        name: "Address",
        made: Made::Piece,
        by_hand: &["City", "HouseNo", "Province", "Street"],
    },
    Part {
        schema: "BuyerContact",
        name: "Buyer",
        made: Made::Piece,
        by_hand: &["Address", "Email", "Name", "Phone", "Tin", "TradeName", "VatNumber"],
    },
    Part {
        schema: "CreditNote",
        name: "CreditNote",
        made: Made::Document,
        by_hand: &[
            "BuyerContact",
            "CreditNoteId",
            "CreditNoteNumber",
            "CurrencyCode",
            "Date",
            "IsDiscounted",
            "IsRetry",
            "IsTaxInclusive",
            "LineItems",
            "OriginalInvoiceId",
            "Reference",
            "SubTotal",
            "Total",
            "TotalTax",
        ],
    },
    Part {
        schema: "Invoice",
        name: "Invoice",
        made: Made::Document,
        by_hand: &[
            "BuyerContact",
            "CurrencyCode",
            "Date",
            "InvoiceId",
            "InvoiceNumber",
            "IsDiscounted",
            "IsRetry",
            "IsTaxInclusive",
            "LineItems",
            "Reference",
            "SubTotal",
            "Total",
            "TotalTax",
        ],
    },
    Part {
        schema: "LineItem",
        name: "LineItem",
        made: Made::Line,
        by_hand: &[
            "Description",
            "DiscountAmount",
            "LineAmount",
            "ProductCode",
            "Quantity",
            "TaxCode",
            "UnitAmount",
        ],
    },
    Part {
        schema: "PaymentMethodType",
        name: "PaymentMethod",
        made: Made::Word,
        by_hand: &[],
    },
];

/// The part that a component schema is.
pub(super) fn part(schema: &str) -> Option<&'static Part> {
    PARTS.iter().find(|part| part.schema == schema)
}
