//! What a column can be, and by which headings it is known.

use serde::{Deserialize, Serialize};

macro_rules! fields {
    ($($field:ident $name:literal $pointer:literal $meaning:literal;)+) => {
        /// What a column, or a constant, can be.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum Field {
            $(#[doc = $meaning] #[serde(rename = $name)] $field,)+
        }

        /// Every field: as it is written in a mapping, and what it means.
        pub const FIELDS: &[(Field, &str, &str)] = &[$((Field::$field, $name, $meaning),)+];

        impl Field {
            /// As it is written in a mapping.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$field => $name,)+ }
            }

            /// The field at a JSON pointer of a document, whatever line it is of.
            pub(crate) fn at(pointer: &str) -> Option<Self> {
                let (place, _) = line_of(pointer);
                match place.as_str() {
                    "/CreditNoteId" => Some(Self::Id),
                    "/CreditNoteNumber" => Some(Self::Number),
                    $($pointer => Some(Self::$field),)+
                    _ => None,
                }
            }
        }
    };
}

fields! {
    Id "id" "/InvoiceId" "the document's id: one for each, and the same when it is imported again";
    Number "number" "/InvoiceNumber" "its number on paper; the id where it is left out";
    Kind "kind" "/kind" "what it is: a word that begins with `credit` (or `cn`) makes a credit note, `invoice` (or `inv`) an invoice";
    Original "original" "/OriginalInvoiceId" "the id of the invoice that is credited; a document with one is a credit note";
    Reference "reference" "/Reference" "a reference; of a credit note the reason";
    Date "date" "/Date" "the day of the sale, perhaps with its time";
    Time "time" "/time" "the time of the sale, where it stands apart";
    Currency "currency" "/CurrencyCode" "your currency code";
    Payment "payment" "/PaymentMethod" "how it was paid; `[payments]` says which words mean what";
    TaxInclusive "tax_inclusive" "/IsTaxInclusive" "whether amounts hold the tax: yes or no";
    BuyerName "buyer_name" "/BuyerContact/Name" "the buyer's name";
    BuyerTradeName "buyer_trade_name" "/BuyerContact/TradeName" "the buyer's trade name";
    BuyerTin "buyer_tin" "/BuyerContact/Tin" "the buyer's TIN, 10 digits";
    BuyerVat "buyer_vat_number" "/BuyerContact/VatNumber" "the buyer's VAT number, 9 digits";
    BuyerPhone "buyer_phone" "/BuyerContact/Phone" "the buyer's phone";
    BuyerEmail "buyer_email" "/BuyerContact/Email" "the buyer's e-mail address";
    BuyerProvince "buyer_province" "/BuyerContact/Address/Province" "the province of the buyer's address";
    BuyerCity "buyer_city" "/BuyerContact/Address/City" "its city";
    BuyerStreet "buyer_street" "/BuyerContact/Address/Street" "its street";
    BuyerHouse "buyer_house" "/BuyerContact/Address/HouseNo" "its house number";
    Description "description" "/LineItems/*/Description" "what was sold on this line";
    HsCode "hs_code" "/LineItems/*/ProductCode" "the HS code, 4 or 8 digits";
    UnitPrice "unit_price" "/LineItems/*/UnitAmount" "the price of one";
    Quantity "quantity" "/LineItems/*/Quantity" "how many; 1 where it is left out";
    Discount "discount" "/LineItems/*/DiscountAmount" "what is off the line";
    LineAmount "line_amount" "/LineItems/*/LineAmount" "what the line comes to; price times quantity less discount where it is left out";
    TaxCode "tax_code" "/LineItems/*/TaxCode" "the tax; `[taxes]` says which words mean which code";
    SubTotal "sub_total" "/SubTotal" "the document's total without tax; computed where it is left out";
    TotalTax "total_tax" "/TotalTax" "its tax; computed where it is left out";
    Total "total" "/Total" "its total with tax; computed where it is left out";
}

/// A pointer with its line taken out, and the line.
pub(crate) fn line_of(pointer: &str) -> (String, Option<usize>) {
    let Some(rest) = pointer.strip_prefix("/LineItems/") else {
        return (pointer.to_owned(), None);
    };
    let (number, rest) = rest.split_once('/').unwrap_or((rest, ""));
    (format!("/LineItems/*/{rest}"), number.parse().ok())
}

impl Field {
    /// The field of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        FIELDS
            .iter()
            .find(|(_, known, _)| *known == name)
            .map(|(field, ..)| *field)
    }

    /// Whether it is of a line and may differ from row to row of one document.
    #[must_use]
    pub fn is_of_line(self) -> bool {
        matches!(
            self,
            Self::Description
                | Self::HsCode
                | Self::UnitPrice
                | Self::Quantity
                | Self::Discount
                | Self::LineAmount
                | Self::TaxCode
        )
    }

    /// How many digits it has, where leading zeros count.
    pub(crate) fn digits(self) -> Option<usize> {
        match self {
            Self::HsCode => Some(8),
            Self::BuyerTin => Some(10),
            Self::BuyerVat => Some(9),
            _ => None,
        }
    }
}

/// Where a heading is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum Evidence {
    /// The vendor's knowledge base names it.
    Vendor,
    /// This project's own export writes it.
    Own,
    /// People and programs call it so.
    Common,
}

impl Evidence {
    /// As it stands beside a proposal.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Vendor => "named by the vendor's knowledge base",
            Self::Own => "as `fh export` writes it",
            Self::Common => "a common word",
        }
    }
}

/// A heading that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Heading {
    /// What it is.
    pub field: Field,
    /// In small letters and digits alone.
    pub name: &'static str,
    /// Where it is known from.
    pub evidence: Evidence,
}

macro_rules! headings {
    ($($field:ident $evidence:ident: $($name:literal)+;)+) => {
        /// The headings that are known, in small letters and digits alone. The vendor has published no list of columns: one heading alone is
        /// attested, `Credited Invoice` \[kb\].
        pub const HEADINGS: &[Heading] = &[$($(Heading { field: Field::$field, name: $name, evidence: Evidence::$evidence },)+)+];
    };
}

headings! {
    Original Vendor: "creditedinvoice";
    Id Own: "document";
    Kind Own: "kind";
    Number Own: "number";
    Original Own: "original";
    Date Own: "date";
    Currency Own: "currency";
    BuyerName Own: "buyer";
    BuyerTin Own: "tin";
    Payment Own: "payment";
    Description Own: "description";
    HsCode Own: "hscode";
    Quantity Own: "quantity";
    UnitPrice Own: "unitamount";
    Discount Own: "discount";
    LineAmount Own: "lineamount";
    TaxCode Own: "taxcode";
    Id Common: "invoiceid" "documentid" "docid" "invoiceno" "invoicenumber" "invoicenr" "invoice" "docno" "documentno" "documentnumber" "receiptno";
    Kind Common: "type" "documenttype" "doctype" "transactiontype";
    Original Common: "originalinvoice" "originalinvoiceid" "originalinvoiceno" "creditsinvoice" "againstinvoice" "relatedinvoice";
    Reference Common: "reference" "ref" "ponumber" "pono" "orderno" "ordernumber" "reason";
    Date Common: "invoicedate" "documentdate" "docdate" "transactiondate" "datetime" "saledate";
    Time Common: "time" "invoicetime";
    Currency Common: "currencycode" "curr" "ccy";
    Payment Common: "paymentmethod" "paymenttype" "paidby" "tender" "moneytype";
    TaxInclusive Common: "taxinclusive" "istaxinclusive" "vatinclusive" "incltax" "inclusive";
    BuyerName Common: "buyername" "customer" "customername" "client" "clientname" "soldto" "billto";
    BuyerTradeName Common: "tradename" "buyertradename";
    BuyerTin Common: "buyertin" "customertin" "bpn" "buyerbpn" "customerbpn" "taxnumber";
    BuyerVat Common: "vatnumber" "vatno" "vatregno" "customervat" "buyervat" "vatregistration";
    BuyerPhone Common: "phone" "telephone" "buyerphone" "customerphone";
    BuyerEmail Common: "email" "buyeremail" "customeremail";
    BuyerProvince Common: "province";
    BuyerCity Common: "city" "town";
    BuyerStreet Common: "street" "address" "customeraddress";
    BuyerHouse Common: "houseno" "housenumber" "streetno";
    Description Common: "item" "itemname" "itemdescription" "product" "productname" "goods" "particulars" "details";
    HsCode Common: "hs" "productcode" "tariffcode" "commoditycode";
    Quantity Common: "qty" "units" "quantitysold";
    UnitPrice Common: "unitprice" "price" "rate" "priceperunit";
    Discount Common: "less" "discountamount" "lessdiscount";
    LineAmount Common: "linetotal" "amount" "extended" "extendedprice" "totalprice" "value";
    TaxCode Common: "tax" "vatcode" "vat" "vatrate" "taxrate" "taxtype";
    SubTotal Common: "subtotal" "nettotal" "totalexcl" "totalexclvat" "net";
    TotalTax Common: "totaltax" "totalvat" "vatamount" "taxamount";
    Total Common: "invoicetotal" "totalincl" "totalinclvat" "grandtotal" "total" "gross";
}

/// A heading in small letters and digits alone.
pub(crate) fn bare(heading: &str) -> String {
    heading
        .chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_heading_is_bare_and_names_one_field() {
        let names: BTreeSet<_> = HEADINGS.iter().map(|heading| heading.name).collect();
        assert_eq!(names.len(), HEADINGS.len());
        for heading in HEADINGS {
            assert_eq!(bare(heading.name), heading.name);
        }
        for (field, name, _) in FIELDS {
            assert_eq!(Field::named(name), Some(*field));
            assert_eq!(serde_json::to_value(field).unwrap(), *name);
        }
    }

    #[test]
    fn a_pointer_leads_to_its_field_and_line() {
        assert_eq!(Field::at("/LineItems/7/TaxCode"), Some(Field::TaxCode));
        assert_eq!(line_of("/LineItems/7/TaxCode").1, Some(7));
        assert_eq!(Field::at("/CreditNoteId"), Some(Field::Id));
        assert_eq!(Field::at("/BuyerContact/Tin"), Some(Field::BuyerTin));
    }
}
