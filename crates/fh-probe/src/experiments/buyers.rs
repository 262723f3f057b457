//! Yellow: who may be a buyer.

use serde_json::{Value, json};

use super::documents::{address, invoice, one};
use crate::bench::{Bench, Halt};

pub(super) async fn buyers(bench: &mut Bench<'_>) -> Result<(), Halt> {
    for (variant, name) in [
        ("buyers/no-prefix", "Probe without a number"),
        ("buyers/lower-case", "cash Probe"),
        ("buyers/no-space", "CashProbe"),
    ] {
        bench
            .document(variant, |facts, id, date| {
                invoice(facts, id, date).buyer("Name", name).buyer("Tin", Value::Null)
            })
            .await?;
    }
    bench
        .document("buyers/empty-tin", |facts, id, date| {
            let sample = invoice(facts, id, date).buyer("VatNumber", "");
            if facts.tin { sample } else { sample.buyer("Tin", "") }
        })
        .await?;
    one(bench, "buyers/nobody", |sample, _| {
        sample.with("BuyerContact", json!({}))
    })
    .await?;
    one(bench, "buyers/address", |sample, _| sample.buyer("Address", address())).await?;
    one(bench, "buyers/empty-parts", |sample, _| {
        let empty = json!({ "Province": "", "City": "", "Street": "", "HouseNo": "" });
        sample.buyer("Address", empty)
    })
    .await?;
    one(bench, "buyers/missing-parts", |sample, _| {
        let mut part = address();
        part.as_object_mut().and_then(|part| part.remove("HouseNo"));
        sample.buyer("Address", if part.is_object() { part } else { Value::Null })
    })
    .await
}
