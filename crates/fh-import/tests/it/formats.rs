//! GOBL and UBL.

use std::fs;

use fh_import::{Limits, read};
use fiscal_harmony::Attempt;
use tempfile::tempdir;

fn said(name: &str, content: &str) -> String {
    let folder = tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    let all: Vec<String> = read(&path, None, &Limits::default())
        .map(|found| match found {
            Ok(imported) => {
                let frozen = imported.document.freeze(Attempt::First).unwrap();
                let value: serde_json::Value = serde_json::from_slice(frozen.bytes()).unwrap();
                serde_json::to_string_pretty(&value).unwrap()
            }
            Err(problem) => problem.to_string(),
        })
        .collect();
    all.join("\n")
}

const GOBL: &str = r#"{
  "$schema": "https://gobl.org/draft-0/envelope",
  "doc": {
    "$schema": "https://gobl.org/draft-0/bill/invoice",
    "type": "standard", "series": "INV", "code": "431",
    "issue_date": "2026-11-27", "issue_time": "10:15:00", "currency": "USD",
    "tax": { "prices_include": "VAT" },
    "customer": {
      "name": "Baobab Lodge (Pvt) Ltd", "alias": "Baobab Lodge",
      "tax_id": { "country": "ZW", "code": "2000654321" },
      "identities": [{ "type": "VAT", "code": "220065432" }],
      "addresses": [{ "num": "118", "street": "Enterprise Road", "locality": "Harare", "region": "Harare" }],
      "emails": [{ "addr": "accounts@baobablodge.example" }]
    },
    "lines": [
      { "i": 1, "quantity": "2", "item": { "name": "Cooking oil 2 l", "price": "4.20", "identities": [{ "type": "HS", "code": "15121900" }] },
        "discounts": [{ "amount": "0.40" }], "taxes": [{ "cat": "VAT", "key": "standard", "percent": "15.5%" }], "total": "8.00" },
      { "i": 2, "quantity": "1", "item": { "name": "Roller meal", "price": "6.85", "identities": [{ "type": "HS", "code": "11022000" }] },
        "taxes": [{ "cat": "VAT", "key": "exempt" }], "total": "6.85" }
    ],
    "payment": { "instructions": { "key": "credit-transfer" } },
    "totals": { "sum": "14.85", "tax_included": "1.07", "tax": "1.07", "total_with_tax": "14.85" }
  }
}"#;

#[test]
fn gobl_with_prices_that_hold_the_tax_and_without() {
    insta::assert_snapshot!("gobl_inclusive", said("a.json", GOBL));
    let exclusive = GOBL
        .replace("\"tax\": { \"prices_include\": \"VAT\" },", "")
        .replace("\"tax_included\": \"1.07\", \"tax\": \"1.07\", \"total_with_tax\": \"14.85\"", "\"tax\": \"1.24\", \"total_with_tax\": \"16.09\"")
        .replace("\"standard\", \"series\": \"INV\"", "\"credit-note\", \"preceding\": [{ \"series\": \"INV\", \"code\": \"417\", \"reason\": \"Leaking\" }], \"series\": \"CN\"");
    insta::assert_snapshot!("gobl_exclusive_credit_note", said("b.json", &exclusive));
}

#[test]
fn what_of_gobl_has_no_place_is_refused_and_not_dropped() {
    for (from, to, wanted) in [
        (
            "\"lines\"",
            "\"charges\": [{ \"amount\": \"1.00\" }], \"lines\"",
            "charges: what is added",
        ),
        ("\"issue_time\": \"10:15:00\", ", "", "issue_time: there is none"),
        (
            "\"standard\", \"series\"",
            "\"proforma\", \"series\"",
            "type: \"proforma\"",
        ),
        ("bill/invoice", "bill/order", "$schema:"),
        (
            "\"percent\": \"15.5%\"",
            "\"percent\": \"x\"",
            "lines[0].taxes[0].percent",
        ),
        ("\"price\": \"4.20\", ", "", "lines[0].item.price: there is none"),
    ] {
        let said = said("a.json", &GOBL.replace(from, to));
        assert!(said.starts_with(wanted), "{wanted}: {said}");
    }
    assert!(said("c.json", "{\"InvoiceId\": \"A\"}").contains("fh submit"));
}

const UBL: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2" xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2" xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2">
  <cbc:ID>INV-431</cbc:ID>
  <cbc:IssueDate>2026-11-27</cbc:IssueDate>
  <cbc:IssueTime>10:15:00</cbc:IssueTime>
  <cbc:DocumentCurrencyCode>USD</cbc:DocumentCurrencyCode>
  <cac:OrderReference><cbc:ID>PO-77120</cbc:ID></cac:OrderReference>
  <cac:AccountingCustomerParty><cac:Party>
    <cac:PartyName><cbc:Name>Baobab &amp; Sons</cbc:Name></cac:PartyName>
    <cac:PostalAddress><cbc:StreetName>Enterprise Road</cbc:StreetName><cbc:BuildingNumber>118</cbc:BuildingNumber><cbc:CityName>Harare</cbc:CityName><cbc:CountrySubentity>Harare</cbc:CountrySubentity></cac:PostalAddress>
    <cac:PartyTaxScheme><cbc:CompanyID>220065432</cbc:CompanyID></cac:PartyTaxScheme>
    <cac:PartyLegalEntity><cbc:RegistrationName>Baobab Lodge (Pvt) Ltd</cbc:RegistrationName><cbc:CompanyID>2000654321</cbc:CompanyID></cac:PartyLegalEntity>
  </cac:Party></cac:AccountingCustomerParty>
  <cac:PaymentMeans><cbc:PaymentMeansCode>30</cbc:PaymentMeansCode></cac:PaymentMeans>
  <cac:TaxTotal><cbc:TaxAmount currencyID="USD">1.24</cbc:TaxAmount></cac:TaxTotal>
  <cac:LegalMonetaryTotal><cbc:TaxInclusiveAmount currencyID="USD">16.09</cbc:TaxInclusiveAmount></cac:LegalMonetaryTotal>
  <cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:InvoicedQuantity unitCode="C62">2</cbc:InvoicedQuantity><cbc:LineExtensionAmount currencyID="USD">8.00</cbc:LineExtensionAmount>
    <cac:AllowanceCharge><cbc:ChargeIndicator>false</cbc:ChargeIndicator><cbc:Amount currencyID="USD">0.40</cbc:Amount></cac:AllowanceCharge>
    <cac:Item><cbc:Name>Cooking oil 2 l</cbc:Name><cac:CommodityClassification><cbc:ItemClassificationCode listID="HS">15121900</cbc:ItemClassificationCode></cac:CommodityClassification>
      <cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>15.50</cbc:Percent></cac:ClassifiedTaxCategory></cac:Item>
    <cac:Price><cbc:PriceAmount currencyID="USD">4.20</cbc:PriceAmount></cac:Price></cac:InvoiceLine>
  <cac:InvoiceLine><cbc:ID>2</cbc:ID><cbc:InvoicedQuantity unitCode="C62">1</cbc:InvoicedQuantity><cbc:LineExtensionAmount currencyID="USD">6.85</cbc:LineExtensionAmount>
    <cac:Item><cbc:Name>Roller meal</cbc:Name><cac:CommodityClassification><cbc:ItemClassificationCode listID="HS">11022000</cbc:ItemClassificationCode></cac:CommodityClassification>
      <cac:ClassifiedTaxCategory><cbc:ID>E</cbc:ID></cac:ClassifiedTaxCategory></cac:Item>
    <cac:Price><cbc:PriceAmount currencyID="USD">6.85</cbc:PriceAmount></cac:Price></cac:InvoiceLine>
</Invoice>"#;

#[test]
fn ubl_invoices_and_credit_notes() {
    insta::assert_snapshot!("ubl_invoice", said("a.xml", UBL));
    let credit = UBL
        .replace("<Invoice ", "<CreditNote ")
        .replace("</Invoice>", "</CreditNote>")
        .replace("InvoiceLine>", "CreditNoteLine>")
        .replace("InvoicedQuantity", "CreditedQuantity")
        .replace("INV-431", "CN-19")
        .replace(
            "<cac:OrderReference><cbc:ID>PO-77120</cbc:ID></cac:OrderReference>",
            "<cac:DiscrepancyResponse><cbc:Description>Leaking</cbc:Description></cac:DiscrepancyResponse><cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>INV-417</cbc:ID></cac:InvoiceDocumentReference></cac:BillingReference>",
        );
    insta::assert_snapshot!("ubl_credit_note", said("b.xml", &credit));
}

#[test]
fn what_of_ubl_has_no_place_is_refused_and_not_dropped() {
    for (from, to, wanted) in [
        (
            "<Invoice ",
            "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><Invoice ",
            "it has a document type",
        ),
        (
            "<cbc:IssueTime>10:15:00</cbc:IssueTime>",
            "",
            "IssueTime: there is none",
        ),
        (
            "<cac:TaxTotal>",
            "<cac:AllowanceCharge/><cac:TaxTotal>",
            "AllowanceCharge: what is added",
        ),
        ("</Invoice>", "", "it is no XML that can be read"),
        ("4.20<", "x<", ""),
        (
            "<cbc:Percent>15.50</cbc:Percent>",
            "",
            "InvoiceLine[1]/Item/ClassifiedTaxCategory/Percent: there is none",
        ),
    ] {
        let said = said("a.xml", &UBL.replace(from, to));
        assert!(said.starts_with(wanted) && !said.starts_with('{'), "{wanted}: {said}");
    }
    assert!(said("a.xml", "<html><body/></html>").contains("\"html\""));
    let deep = format!("{}{}", "<a>".repeat(100), "</a>".repeat(100));
    assert!(said("a.xml", &deep).contains("deep"));
}
