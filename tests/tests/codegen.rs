//! The generated client, as it is reviewed, and the exact JSON that it sends.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use fh_raw::types;
use fiscal_harmony::{Attempt, Document};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

fn source() -> String {
    fh_codegen::generate(&serde_json::from_str(fh_raw::SPEC).unwrap()).unwrap()
}

#[test]
fn the_generated_client_is_as_reviewed() {
    insta::assert_snapshot!("generated_client", source());
}

#[test]
fn no_float_is_left() {
    let source = source();
    let words: Vec<&str> = source.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    assert!(words.contains(&"Amount"), "the search looks at the wrong text");
    for float in ["f64", "f32"] {
        assert!(!words.contains(&float), "`{float}` in the generated client");
    }
}

#[test]
fn generation_is_deterministic() {
    assert_eq!(source(), source());
}

#[test]
fn the_client_has_no_constructor_that_follows_redirects() {
    let source = source();
    assert!(source.contains("pub fn new_with_client("));
    assert!(!source.contains("pub fn new("));
}

/// The text itself: reading it back into a value would lose digits and order.
fn wire(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

/// A document as a wire type, from JSON: a literal would have to name every field that the vendor ever adds.
fn read<T: DeserializeOwned>(document: Value) -> T {
    serde_json::from_str(&document.to_string()).unwrap()
}

fn buyer() -> Value {
    json!({
        "Address": { "City": "Harare", "HouseNo": "12", "Province": "Harare", "Street": "Samora Machel Ave" },
        "Email": "accounts@acme.example", "Name": "Acme (Pvt) Ltd – Café", "Phone": "0772000000", "Tin": "2000123456",
        "TradeName": "Acme Stores", "VatNumber": "220012345"
    })
}

fn line() -> Value {
    json!({
        "Description": "Toner \"XL\"", "DiscountAmount": "5.00", "LineAmount": "110.00", "ProductCode": "84439990",
        "Quantity": "2", "TaxCode": "VAT 15%", "UnitAmount": "57.500000"
    })
}

fn full_invoice() -> Value {
    json!({
        "BuyerContact": buyer(), "CurrencyCode": "USD", "Date": "2025-01-20T14:03:33+02:00", "InvoiceId": "INV/2025/00001",
        "InvoiceNumber": "INV/2025/00001", "IsDiscounted": true, "IsRetry": false, "IsTaxInclusive": true,
        "LineItems": [line()], "PaymentMethod": "MobileWallet", "Reference": "PO 7", "SubTotal": "95.65",
        "Total": "110.00", "TotalTax": "14.35"
    })
}

fn minimal_invoice() -> Value {
    let mut line = line();
    line.as_object_mut().unwrap().remove("DiscountAmount");
    json!({
        "BuyerContact": { "Name": "Cash Customer" }, "CurrencyCode": "USD", "Date": "2025-01-20T14:03:33+02:00",
        "InvoiceId": "INV/2025/00001", "InvoiceNumber": "INV/2025/00001", "IsTaxInclusive": true, "LineItems": [line]
    })
}

fn credit_note() -> Value {
    json!({
        "BuyerContact": buyer(), "CreditNoteId": "RINV/2025/00002", "CreditNoteNumber": "RINV/2025/00002",
        "CurrencyCode": "USD", "Date": "2025-01-21T00:00:00+02:00", "IsDiscounted": false, "IsRetry": true,
        "IsTaxInclusive": true, "LineItems": [line()], "OriginalInvoiceId": "INV/2025/00001",
        "Reference": "Goods returned", "SubTotal": "95.65", "Total": "110.00", "TotalTax": "14.35"
    })
}

fn invoice() -> types::Invoice {
    read(full_invoice())
}

/// What the facade freezes is to the byte what the generated type writes: its types are other ones.
#[test]
fn the_facade_freezes_what_the_wire_type_writes() {
    let frozen = |document: &Value, attempt| {
        let document = Document::from_json(document.to_string().as_bytes()).unwrap();
        String::from_utf8(document.freeze(attempt).unwrap().bytes().to_vec()).unwrap()
    };
    for document in [full_invoice(), minimal_invoice()] {
        let mut wired: types::Invoice = read(document.clone());
        assert_eq!(frozen(&document, Attempt::First), wire(&wired));
        wired.is_retry = Some(true);
        assert_eq!(frozen(&document, Attempt::Retry), wire(&wired));
    }
    let wired: types::CreditNote = read(credit_note());
    assert_eq!(frozen(&credit_note(), Attempt::First), wire(&wired));
}

#[test]
fn the_macros_of_the_facades_documents_are_as_reviewed() {
    let specification = serde_json::from_str(fh_raw::SPEC).unwrap();
    insta::assert_snapshot!("documents", fh_codegen::documents(&specification).unwrap());
}

#[test]
fn a_full_invoice_on_the_wire() {
    insta::assert_snapshot!("wire_invoice_full", wire(&invoice()));
}

#[test]
fn a_minimal_invoice_leaves_out_what_it_does_not_say() {
    let invoice: types::Invoice = read(minimal_invoice());
    insta::assert_snapshot!("wire_invoice_minimal", wire(&invoice));
}

#[test]
fn a_credit_note_on_the_wire() {
    let note: types::CreditNote = read(credit_note());
    insta::assert_snapshot!("wire_credit_note", wire(&note));
}

#[test]
fn mappings_on_the_wire() {
    let tax: types::TaxMapping =
        read(json!({ "DestinationTaxId": 514, "TaxCode": "VAT 15%", "TaxName": "Standard rated" }));
    insta::assert_snapshot!("wire_tax_mapping", wire(&tax));
    let currency: types::CurrencyMapping =
        read(json!({ "DestinationCurrency": "USD", "Id": 3, "SourceCurrency": "US$", "UserId": 42 }));
    insta::assert_snapshot!("wire_currency_mapping", wire(&currency));
}

#[test]
fn request_ids_on_the_wire() {
    insta::assert_snapshot!(
        "wire_status",
        wire(&vec!["6f9619ff-8b86-d011-b42d-00c04fc964ff".to_owned()])
    );
}

#[test]
fn what_is_written_reads_back_the_same() {
    let text = wire(&invoice());
    assert_eq!(serde_json::from_str::<types::Invoice>(&text).unwrap(), invoice());
}

#[test]
fn an_unknown_field_of_a_document_is_refused_by_name() {
    let text = wire(&invoice()).replacen("\"Reference\"", "\"Referense\"", 1);
    let error = serde_json::from_str::<types::Invoice>(&text).unwrap_err().to_string();
    assert!(error.contains("`Referense`"), "{error}");
}

#[test]
fn a_device_configuration_keeps_exact_rates_and_what_it_does_not_know() {
    let text = r#"{"applicableTaxes":[{"taxID":1,"taxName":"Standard rated 15.5%","taxPercent":15.50,"new":1},
        {"taxID":3,"taxName":"Exempt"}],"taxPayerTIN":null,"deviceBranchAddress":{"city":"Harare"},"future":[1]}"#;
    let config: types::DeviceConfig = serde_json::from_str(text).unwrap();
    let taxes = config.applicable_taxes.as_ref().unwrap();
    assert_eq!(taxes[0].tax_percent, Some("15.5".parse().unwrap()));
    assert_eq!(taxes[1].tax_percent, None);
    assert_eq!(config.extra["future"], serde_json::json!([1]));
}
