//! The generated client, as it is reviewed, and the exact JSON that it sends.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use fh_raw::types;
use serde::Serialize;

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

fn buyer() -> types::BuyerContact {
    types::BuyerContact {
        address: Some(types::Address {
            city: "Harare".into(),
            house_no: "12".into(),
            province: "Harare".into(),
            street: "Samora Machel Ave".into(),
        }),
        email: Some("accounts@acme.example".into()),
        name: "Acme (Pvt) Ltd – Café".into(),
        phone: Some("0772000000".into()),
        tin: Some("2000123456".into()),
        trade_name: Some("Acme Stores".into()),
        vat_number: Some("220012345".into()),
    }
}

fn line() -> types::LineItem {
    types::LineItem {
        description: "Toner \"XL\"".into(),
        discount_amount: Some("5.00".parse().unwrap()),
        line_amount: "110.00".parse().unwrap(),
        product_code: "84439990".into(),
        quantity: "2".parse().unwrap(),
        tax_code: "VAT 15%".into(),
        unit_amount: "57.500000".parse().unwrap(),
    }
}

fn invoice() -> types::Invoice {
    types::Invoice {
        buyer_contact: buyer(),
        currency_code: "USD".into(),
        date: "2025-01-20T14:03:33+02:00".parse().unwrap(),
        invoice_id: "INV/2025/00001".into(),
        invoice_number: "INV/2025/00001".into(),
        is_discounted: Some(true),
        is_retry: Some(false),
        is_tax_inclusive: true,
        line_items: vec![line()],
        payment_method: Some(types::PaymentMethodType::MobileWallet),
        reference: Some("PO 7".into()),
        sub_total: Some("95.65".parse().unwrap()),
        total: Some("110.00".parse().unwrap()),
        total_tax: Some("14.35".parse().unwrap()),
    }
}

#[test]
fn a_full_invoice_on_the_wire() {
    insta::assert_snapshot!("wire_invoice_full", wire(&invoice()));
}

#[test]
fn a_minimal_invoice_leaves_out_what_it_does_not_say() {
    let invoice = types::Invoice {
        buyer_contact: types::BuyerContact {
            address: None,
            email: None,
            name: "Cash Customer".into(),
            phone: None,
            tin: None,
            trade_name: None,
            vat_number: None,
        },
        is_discounted: None,
        is_retry: None,
        line_items: vec![types::LineItem {
            discount_amount: None,
            ..line()
        }],
        payment_method: None,
        reference: None,
        sub_total: None,
        total: None,
        total_tax: None,
        ..invoice()
    };
    insta::assert_snapshot!("wire_invoice_minimal", wire(&invoice));
}

#[test]
fn a_credit_note_on_the_wire() {
    let note = types::CreditNote {
        buyer_contact: buyer(),
        credit_note_id: "RINV/2025/00002".into(),
        credit_note_number: "RINV/2025/00002".into(),
        currency_code: "USD".into(),
        date: "2025-01-21T00:00:00+02:00".parse().unwrap(),
        is_discounted: Some(false),
        is_retry: Some(true),
        is_tax_inclusive: true,
        line_items: vec![line()],
        original_invoice_id: "INV/2025/00001".into(),
        payment_method: None,
        reference: "Goods returned".into(),
        sub_total: Some("95.65".parse().unwrap()),
        total: Some("110.00".parse().unwrap()),
        total_tax: Some("14.35".parse().unwrap()),
    };
    insta::assert_snapshot!("wire_credit_note", wire(&note));
}

#[test]
fn mappings_on_the_wire() {
    let tax = types::TaxMapping {
        destination_tax_id: 514,
        id: None,
        tax_code: "VAT 15%".into(),
        tax_name: Some("Standard rated".into()),
        user_id: None,
        zimra_tax_id: None,
    };
    insta::assert_snapshot!("wire_tax_mapping", wire(&tax));
    let currency = types::CurrencyMapping {
        destination_currency: "USD".into(),
        id: Some(3),
        source_currency: "US$".into(),
        user_id: Some(42),
    };
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
