//! What the authority demands of a credit note beside its original.

use serde_json::{Value, json};

use crate::{
    authority::{red, start, with},
    till::{credit_note, invoice},
};

#[tokio::test]
async fn each_red_code_of_a_credit_note() {
    let (sim, till) = start().await;
    assert_eq!(till.settle(&sim, &invoice("A-1")).await["Success"], true);
    let cases: [(&str, Value, &[&str]); 8] = [
        ("/OriginalInvoiceId", json!(""), &["RCPT015"]),
        ("/OriginalInvoiceId", json!("A-0"), &["RCPT032"]),
        ("/Reference", json!(" "), &["RCPT034"]),
        ("/CurrencyCode", json!("ZWG"), &["RCPT042"]),
        ("/Date", json!("2027-11-21T09:00:01+02:00"), &["RCPT033"]),
        ("/LineItems/0/TaxCode", json!("EXEMPT"), &["RCPT026", "RCPT036"]),
        ("/LineItems/0/UnitAmount", json!(-11.55), &["RCPT022", "RCPT024"]),
        ("/Total", json!(-11.55), &["RCPT019", "RCPT038", "RCPT040"]),
    ];
    for (index, (pointer, value, codes)) in cases.into_iter().enumerate() {
        red(
            &sim,
            &till,
            &with(credit_note(&format!("C-{index}"), "A-1"), pointer, value),
            codes,
        )
        .await;
    }
    // On the last day of the twelve months, counted by the calendar, it is still allowed.
    let late = with(
        credit_note("C-late", "A-1"),
        "/Date",
        json!("2027-11-21T09:00:00+02:00"),
    );
    assert_eq!(till.settle(&sim, &late).await["Success"], true);
}

#[tokio::test]
async fn credit_notes_may_not_exceed_their_original_in_sum() {
    let (sim, till) = start().await;
    till.settle(&sim, &invoice("A-1")).await;
    for index in 0..10 {
        let record = till.settle(&sim, &credit_note(&format!("C-{index}"), "A-1")).await;
        assert_eq!(record["Success"], true, "{record}");
    }
    red(&sim, &till, &credit_note("C-10", "A-1"), &["RCPT035"]).await;
    // A note is no original.
    red(&sim, &till, &credit_note("C-11", "C-0"), &["RCPT032"]).await;
}

#[tokio::test]
async fn a_note_of_this_year_may_carry_the_rate_of_its_original() {
    let (sim, till) = start().await;
    let old = |document: Value| with(document, "/LineItems/0/TaxCode", json!("VAT15"));
    let original = with(old(invoice("A-1")), "/Date", json!("2025-12-31T10:00:00+02:00"));
    assert_eq!(
        till.settle(
            &sim,
            &with(with(original, "/TotalTax", json!(15.07)), "/SubTotal", json!(100.43))
        )
        .await["Success"],
        true
    );
    let note = with(
        with(old(credit_note("C-1", "A-1")), "/TotalTax", json!(1.51)),
        "/SubTotal",
        json!(10.04),
    );
    assert_eq!(till.settle(&sim, &note).await["Success"], true);
}
