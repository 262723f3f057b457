//! Every code that a document can earn, by one document each.

use std::{sync::Arc, time::Duration};

use fh_sim::{Colour, Count, DayCloseError, DiscountPolicy, RCPT_CODES, Sim};
use fh_types::ManualClock;
use serde_json::{Value, json};

use crate::till::{Till, invoice};

/// A noon in Harare at which the documents of these tests are neither old nor in the future.
const NOON: &str = "2026-11-21T10:00:00Z";

pub(crate) async fn start() -> (Sim, Till) {
    // Without constraints, so that it is the authority that finds what the form would not let through.
    let clock = Arc::new(ManualClock::new(NOON.parse().unwrap()));
    let sim = Sim::builder().constraints(false).clock(clock).start().await.unwrap();
    let till = Till::new(&sim);
    (sim, till)
}

/// Submits a document that must be found wrong for exactly these codes.
pub(crate) async fn red(sim: &Sim, till: &Till, document: &Value, codes: &[&str]) {
    let error = till.rejected(sim, document).await;
    assert_eq!(codes_in(&error), codes, "{error}");
    assert!(error.ends_with("[simulator's wording]"), "{error}");
}

fn codes_in(error: &str) -> Vec<String> {
    let words = error.split(|c: char| !c.is_ascii_alphanumeric());
    words
        .filter(|word| word.starts_with("RCPT"))
        .map(str::to_owned)
        .collect()
}

/// Fiscalises a document that must have exactly these yellow remarks.
async fn yellow(sim: &Sim, till: &Till, id: &str, document: &Value, codes: &[&str]) {
    let record = till.settle(sim, document).await;
    assert_eq!(
        (&record["Success"], &record["Error"]),
        (&json!(true), &Value::Null),
        "{record}"
    );
    assert_eq!(codes_in(&sim.remarks(id).join(" ")), codes);
}

pub(crate) fn with(mut document: Value, pointer: &str, value: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    document.pointer_mut(parent).unwrap()[name] = value;
    document
}

#[tokio::test]
async fn each_red_code_of_an_invoice() {
    let (sim, till) = start().await;
    let cases: [(&str, Value, &[&str]); 13] = [
        ("/LineItems", json!([]), &["RCPT016", "RCPT019", "RCPT038", "RCPT026"]),
        ("/Total", json!(115.51), &["RCPT019", "RCPT038"]),
        ("/LineItems/0/UnitAmount", json!(-115.5), &["RCPT022", "RCPT024"]),
        ("/LineItems/0/Quantity", json!(0), &["RCPT023", "RCPT024"]),
        ("/LineItems/0/UnitAmount", json!(115.494), &["RCPT024"]),
        ("/LineItems/0/TaxCode", json!("VAT15"), &["RCPT025", "RCPT026"]),
        ("/TotalTax", json!(15.51), &["RCPT026"]),
        (
            "/BuyerContact",
            json!({ "Name": "", "Tin": "2000654321" }),
            &["RCPT043"],
        ),
        ("/LineItems/0/ProductCode", json!(""), &["RCPT047"]),
        ("/LineItems/0/ProductCode", json!("844399"), &["RCPT048"]),
        ("/LineItems/0/ProductCode", json!("8443.99.90"), &["RCPT048"]),
        ("/Date", json!("2025-12-31T23:59:59+02:00"), &["RCPT025"]),
        ("/LineItems/0/DiscountAmount", json!(-1), &["RCPT022"]),
    ];
    for (index, (pointer, value, codes)) in cases.into_iter().enumerate() {
        red(
            &sim,
            &till,
            &with(invoice(&format!("R-{index}")), pointer, value),
            codes,
        )
        .await;
    }
    let ledger = sim.ledger();
    assert!(ledger.iter().all(|(_, count)| count
        == Count {
            accepted: 1,
            fiscalised: 0,
            rejected: 1
        }));
    assert_eq!(sim.close_day(), Err(DayCloseError::RedReceipts(13)));
    assert_eq!(sim.device().force_close_day(), Ok(212));
}

#[tokio::test]
async fn totals_of_a_tax_exclusive_document_are_rounded_half_away_from_zero() {
    let (sim, till) = start().await;
    let exclusive = |id: &str, tax: Value, total: Value| {
        let mut document = invoice(id);
        document["IsTaxInclusive"] = json!(false);
        document["LineItems"][0]["UnitAmount"] = json!(3);
        document["LineItems"][0]["LineAmount"] = json!(3);
        document["SubTotal"] = json!(3);
        document["TotalTax"] = tax;
        document["Total"] = total;
        document
    };
    // 3.00 at 15.5 % is 0.465: half-up says 0.47, half-even 0.46.
    red(
        &sim,
        &till,
        &exclusive("E-1", json!(0.46), json!(3.46)),
        &["RCPT037", "RCPT038", "RCPT026"],
    )
    .await;
    assert_eq!(
        till.settle(&sim, &exclusive("E-2", json!(0.47), json!(3.47))).await["Success"],
        true
    );
}

#[tokio::test]
async fn tax_is_on_the_group_sum_and_not_on_each_line() {
    let (sim, till) = start().await;
    // 1.00 inclusive holds 0.1342 of tax: three times 0.13 is 0.39, on the sum it is 0.40.
    let document = |id: &str, tax: f64| {
        let mut document = invoice(id);
        let line = with(
            with(json!({ "l": document["LineItems"][0] }), "/l/UnitAmount", json!(1)),
            "/l/LineAmount",
            json!(1),
        );
        document["LineItems"] = json!([line["l"], line["l"], line["l"]]);
        document["Total"] = json!(3);
        document["TotalTax"] = json!(tax);
        document.as_object_mut().unwrap().remove("SubTotal");
        document
    };
    red(&sim, &till, &document("G-1", 0.39), &["RCPT026"]).await;
    assert_eq!(till.settle(&sim, &document("G-2", 0.40)).await["Success"], true);
}

#[tokio::test]
async fn a_product_that_floats_get_wrong_is_judged_exactly() {
    let (sim, till) = start().await;
    let document = |id: &str, amount: f64| {
        let mut document = invoice(id);
        document["LineItems"][0]["UnitAmount"] = json!(571.5);
        document["LineItems"][0]["Quantity"] = json!(0.09);
        document["LineItems"][0]["LineAmount"] = json!(amount);
        for derived in ["SubTotal", "TotalTax", "Total"] {
            document.as_object_mut().unwrap().remove(derived);
        }
        document
    };
    assert_eq!(till.settle(&sim, &document("F-1", 51.44)).await["Success"], true);
    red(&sim, &till, &document("F-2", 51.43), &["RCPT024"]).await;
}

#[tokio::test]
async fn the_discount_policy_is_a_switch() {
    let discounted = |id: &str, amount: f64| {
        let mut document = invoice(id);
        document["LineItems"][0]["DiscountAmount"] = json!(10);
        document["LineItems"][0]["LineAmount"] = json!(amount);
        for derived in ["SubTotal", "TotalTax", "Total"] {
            document.as_object_mut().unwrap().remove(derived);
        }
        document
    };
    for (policy, net, gross) in [
        (DiscountPolicy::Either, true, true),
        (DiscountPolicy::NetOfDiscount, true, false),
        (DiscountPolicy::UnitAfterDiscount, false, true),
    ] {
        let sim = Sim::builder().discount(policy).start().await.unwrap();
        let till = Till::new(&sim);
        assert_eq!(
            till.settle(&sim, &discounted("D-1", 105.5)).await["Success"],
            net,
            "{policy:?}"
        );
        assert_eq!(
            till.settle(&sim, &discounted("D-2", 115.5)).await["Success"],
            gross,
            "{policy:?}"
        );
        assert_eq!(
            till.settle(&sim, &discounted("D-3", 110.0)).await["Success"],
            false,
            "{policy:?}"
        );
    }
}

#[tokio::test]
async fn vat_and_hs_codes_depend_on_the_taxpayer_and_the_tax() {
    let (sim, till) = start().await;
    let zero = |id: &str| {
        with(
            with(invoice(id), "/LineItems/0/TaxCode", json!("ZERO")),
            "/TotalTax",
            json!(0),
        )
    };
    let zero = |id: &str| with(zero(id), "/SubTotal", json!(115.5));
    red(
        &sim,
        &till,
        &with(zero("Z-1"), "/LineItems/0/ProductCode", json!("8443")),
        &["RCPT048"],
    )
    .await;
    assert_eq!(
        till.settle(&sim, &with(invoice("Z-2"), "/LineItems/0/ProductCode", json!("8443")))
            .await["Success"],
        true
    );

    let sim = Sim::builder()
        .constraints(false)
        .vat_payer(false)
        .start()
        .await
        .unwrap();
    let till = Till::new(&sim);
    red(&sim, &till, &invoice("V-1"), &["RCPT021"]).await;
    assert_eq!(
        till.settle(&sim, &with(zero("V-2"), "/LineItems/0/ProductCode", json!("")))
            .await["Success"],
        true
    );
    let withheld = with(
        with(invoice("V-3"), "/LineItems/0/TaxCode", json!("WHT5")),
        "/TotalTax",
        json!(5.5),
    );
    assert_eq!(
        till.settle(&sim, &with(withheld, "/SubTotal", json!(110))).await["Success"],
        true
    );
}

#[tokio::test]
async fn a_document_number_is_used_once_per_taxpayer() {
    let (sim, till) = start().await;
    let other = Till::on(&sim, &sim.add_device());
    till.settle(&sim, &invoice("A-1")).await;
    red(
        &sim,
        &other,
        &with(invoice("B-1"), "/InvoiceNumber", json!("A-1")),
        &["RCPT013"],
    )
    .await;
    let record = till
        .settle(&sim, &with(invoice("A-2"), "/InvoiceNumber", json!("A-1")))
        .await;
    assert_eq!(
        record["IsActionable"], false,
        "another number makes another document: {record}"
    );
    // What turned red may be corrected and sent again under its number.
    red(
        &sim,
        &till,
        &with(invoice("A-3"), "/Total", json!(1)),
        &["RCPT019", "RCPT038"],
    )
    .await;
    assert_eq!(
        till.settle(&sim, &with(invoice("A-3"), "/IsRetry", json!(true))).await["Success"],
        true
    );
    assert_eq!(
        sim.ledger().of("A-3"),
        Count {
            accepted: 2,
            fiscalised: 1,
            rejected: 1
        }
    );
}

#[tokio::test]
async fn a_lost_receipt_breaks_the_sequence_once() {
    let (sim, till) = start().await;
    sim.device().skip_receipt_counter();
    red(&sim, &till, &invoice("A-1"), &["RCPT011"]).await;
    assert_eq!(till.settle(&sim, &invoice("A-2")).await["Success"], true);
}

#[tokio::test]
async fn each_yellow_code_is_a_remark_and_no_error() {
    let (sim, till) = start().await;
    let at = |id: &str, date: &str| with(invoice(id), "/Date", json!(date));
    // The day opens with this document, at noon.
    yellow(
        &sim,
        &till,
        "Y-1",
        &at("Y-1", "2026-11-21T11:59:59+02:00"),
        &["RCPT014"],
    )
    .await;
    yellow(&sim, &till, "Y-2", &at("Y-2", "2026-11-21T12:05:00+02:00"), &[]).await;
    yellow(
        &sim,
        &till,
        "Y-3",
        &at("Y-3", "2026-11-21T12:05:00+02:00"),
        &["RCPT030"],
    )
    .await;
    yellow(
        &sim,
        &till,
        "Y-4",
        &at("Y-4", "2026-11-21T12:05:01+02:00"),
        &["RCPT031"],
    )
    .await;
    yellow(
        &sim,
        &till,
        "Y-5",
        &at("Y-5", "2026-11-22T12:00:01+02:00"),
        &["RCPT031", "RCPT041"],
    )
    .await;
    let odd = with(at("Y-6", "2026-11-22T12:00:02+02:00"), "/SubTotal", json!(99));
    yellow(&sim, &till, "Y-6", &odd, &["RCPT031", "RCPT041", "RCPT027"]).await;
    assert_eq!(sim.close_day(), Ok(212));
}

#[tokio::test]
async fn a_fiscal_day_closes_when_its_hours_are_over() {
    let clock = Arc::new(ManualClock::new(NOON.parse().unwrap()));
    let sim = Sim::builder()
        .clock(clock.clone())
        .fiscal_day_hours(8)
        .start()
        .await
        .unwrap();
    let till = Till::new(&sim);
    let day = |record: &Value| record["QrData"]["FiscalDay"].as_u64().unwrap();
    assert_eq!(sim.close_day(), Err(DayCloseError::NotOpen));
    assert_eq!(day(&till.settle(&sim, &invoice("A-1")).await), 212);
    clock.advance(Duration::from_secs(8 * 3600 - 1));
    assert_eq!(day(&till.settle(&sim, &invoice("A-2")).await), 212);
    clock.advance(Duration::from_secs(1));
    let next = till.settle(&sim, &invoice("A-3")).await;
    assert_eq!((day(&next), &next["QrData"]["InvoiceNumber"]), (213, &json!(1045)));

    // A red receipt stops the close, and the day goes on.
    till.rejected(&sim, &with(invoice("A-4"), "/Total", json!(1))).await;
    clock.advance(Duration::from_secs(9 * 3600));
    assert_eq!(day(&till.settle(&sim, &invoice("A-5")).await), 213);
    let report: Value = till.get("/reports/z-report/213").await.json().await.unwrap();
    assert_eq!(
        (&report["Success"], &report["Error"]),
        (&json!(false), &json!("ReceiptsWithValidationErrors"))
    );
}

#[tokio::test]
async fn what_the_service_lacks_never_reaches_the_authority() {
    let sim = Sim::start().await.unwrap();
    let till = Till::new(&sim);
    let mut document = with(
        invoice("A-1"),
        "/BuyerContact",
        json!({ "Name": "Tendai Moyo", "Tin": null }),
    );
    let record = till.settle(&sim, &document).await;
    assert_eq!(
        (&record["Error"], &record["IsActionable"]),
        (&json!("No TIN provided"), &json!(true))
    );
    assert_eq!(sim.close_day(), Err(DayCloseError::NotOpen));
    document["BuyerContact"]["Name"] = json!("Cash Tendai Moyo");
    document["IsRetry"] = json!(true);
    let record = till.settle(&sim, &document).await;
    assert_eq!(
        record["QrData"]["InvoiceNumber"], 1043,
        "the first try took no receipt number"
    );
    let long = with(invoice("A-2"), "/LineItems/0/UnitAmount", json!(115.4999999));
    assert!(
        till.rejected(&sim, &long)
            .await
            .starts_with("RCPT02: line 1: UnitAmount has more than 6")
    );
}

#[test]
fn every_code_is_listed_once_and_in_order() {
    assert!(RCPT_CODES.is_sorted_by(|one, other| one.code < other.code));
    assert!(
        RCPT_CODES
            .iter()
            .all(|code| !code.meaning.is_empty() && code.colour >= code.default)
    );
}

#[tokio::test]
async fn a_colour_can_be_changed_by_code() {
    let colours = [("RCPT030", Colour::Red), ("RCPT026", Colour::Off)];
    let colours = colours
        .into_iter()
        .map(|(code, colour)| (code.to_owned(), colour))
        .collect();
    let sim = Sim::builder().colours(colours).start().await.unwrap();
    let till = Till::new(&sim);
    assert_eq!(
        till.settle(&sim, &with(invoice("A-1"), "/TotalTax", json!(1))).await["Success"],
        true
    );
    red(&sim, &till, &invoice("A-2"), &["RCPT030"]).await;
}
