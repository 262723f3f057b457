//! What preflight costs beside reading the same bytes, in one run. `cargo xtask bench` runs it; `docs/benchmarks.md` holds the
//! figures.
//!
//! Rounds of both sides alternate and the medians are compared. Nothing here fails on a time; it fails when a verdict is wrong.

#![expect(clippy::float_arithmetic, reason = "ratios of times, for people")]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use fiscal_harmony::{
    Document,
    catalogue::Catalogue,
    device::DeviceConfig,
    preflight::{Context, MemoryJournal, Verdict, preflight},
    types::CatDateTime,
};
use serde_json::{Value, json};

const ROUNDS: usize = 31;

fn main() {
    for lines in [5, 1_000] {
        compare(lines);
    }
}

fn invoice(lines: i64) -> String {
    let cents = |cents: i64| serde_json::from_str::<Value>(&format!("{}.{:02}", cents / 100, cents % 100)).unwrap();
    let items: Vec<Value> = (1..=lines)
        .map(|at| {
            json!({"Description": format!("Article {at} of the winter list"), "UnitAmount": 19.99, "Quantity": at % 7 + 1,
                "LineAmount": cents(1_999 * (at % 7 + 1)), "TaxCode": if at % 3 == 0 { "ZERO" } else { "VAT" }, "ProductCode": "34011100"})
        })
        .collect();
    let sum_of = |zero: bool| {
        (1..=lines)
            .filter(|at| (at % 3 == 0) == zero)
            .map(|at| 1_999 * (at % 7 + 1))
            .sum::<i64>()
    };
    let (total, taxed) = (sum_of(true) + sum_of(false), sum_of(false));
    let tax = (2 * taxed * 1_550 + 11_550) / (2 * 11_550);
    json!({"InvoiceId": "INV-2026-00042", "InvoiceNumber": "INV-2026-00042", "IsDiscounted": false, "IsTaxInclusive": true,
        "BuyerContact": {"Name": "Acme (Private) Limited", "Tin": "2000123456", "VatNumber": "220012345",
            "Address": {"Province": "Harare", "Street": "Samora Machel Avenue", "HouseNo": "12", "City": "Harare"}},
        "Date": "2026-02-03T10:00:00+02:00", "LineItems": items, "SubTotal": cents(total - tax), "TotalTax": cents(tax),
        "Total": cents(total), "CurrencyCode": "USD", "PaymentMethod": "Cash"})
    .to_string()
}

fn compare(lines: i64) {
    let text = invoice(lines);
    let document = Document::from_json(text.as_bytes()).unwrap();
    let config = json!({"taxPayerTIN": "2000000001", "vatNumber": "220000001", "certificateValidTill": "2030-01-01",
        "applicableTaxes": [{"taxID": 2, "taxName": "Zero", "taxPercent": 0}, {"taxID": 517, "taxName": "Standard", "taxPercent": 15.5}]});
    let now = "2026-02-03T10:01:00+02:00".parse::<CatDateTime>().unwrap().timestamp();
    let catalogue = Catalogue::new(now)
        .with_device(DeviceConfig::from_value(&config).unwrap())
        .with_tax_mapping("VAT", 517)
        .with_tax_mapping("ZERO", 2)
        .with_supported_currencies(["USD", "ZWG"]);
    let journal = MemoryJournal::default();
    let nothing = Context::nothing();
    let everything = Context::nothing().catalogue(&catalogue).journal(&journal).at(now);
    for context in [&nothing, &everything] {
        let findings = preflight(&document, context);
        assert_eq!(findings.verdict(), Verdict::Pass, "{findings:?}");
    }

    let times = 20_000 / lines.unsigned_abs().max(1) + 1;
    let measure = |act: &dyn Fn()| {
        let started = Instant::now();
        (0..times).for_each(|_| act());
        started.elapsed()
    };
    let sides: [(&str, &dyn Fn()); 4] = [
        ("serde_json to Value", &|| {
            drop(black_box(serde_json::from_slice::<Value>(black_box(text.as_bytes()))))
        }),
        ("Document::from_json", &|| {
            drop(black_box(Document::from_json(black_box(text.as_bytes()))))
        }),
        ("preflight, nothing known", &|| {
            drop(black_box(preflight(black_box(&document), &nothing)))
        }),
        ("preflight, everything known", &|| {
            drop(black_box(preflight(black_box(&document), &everything)))
        }),
    ];
    let mut taken: [Vec<Duration>; 4] = Default::default();
    for _ in 0..ROUNDS {
        for (times, (_, act)) in taken.iter_mut().zip(&sides) {
            times.push(measure(act));
        }
    }
    let medians = taken.map(|mut all| {
        all.sort();
        all[all.len() / 2]
    });
    for (median, (name, _)) in medians.iter().zip(&sides) {
        println!(
            "preflight, {lines} lines: {name} {:?}, {:.3} of serde_json (aim for preflight: 0.25, at most 0.5)",
            *median / u32::try_from(times).unwrap(),
            median.as_secs_f64() / medians[0].as_secs_f64()
        );
    }
}
