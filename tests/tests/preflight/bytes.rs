//! No input makes reading and checking panic, loop, or take memory beyond a multiple of its size.

use fiscal_harmony::{
    Document,
    device::DeviceConfig,
    document::locate,
    preflight::{finding_of, preflight},
};
use proptest::prelude::*;
use serde_json::Value;

use crate::support::{Surroundings, json_file};

fn swallow(bytes: &[u8], surroundings: &Surroundings) {
    let finding = match Document::from_json(bytes) {
        Ok(document) => {
            let findings = preflight(&document, &surroundings.context());
            // 41 rules and the reader, at two levels.
            assert!(findings.findings.len() <= 84 * 20);
            findings.findings.into_iter().next()
        }
        Err(error) => Some(finding_of(&error)),
    };
    if let Some(finding) = finding {
        assert!(finding.message.len() <= 4_096 + 2 * bytes.len());
        let place = locate(bytes, &finding.pointer);
        assert!(place.is_none_or(|place| place.end <= bytes.len()));
    }
}

/// A document with some of its values replaced by others, some of them absurd.
fn mangled() -> impl Strategy<Value = Vec<u8>> {
    let absurd = prop_oneof![
        Just(Value::Null),
        Just(Value::Bool(true)),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,30}".prop_map(Value::from),
        "-?[0-9]{1,18}(\\.[0-9]{0,12})?".prop_map(Value::from),
        (0_usize..20).prop_map(|count| Value::from(vec![0; count])),
        Just(serde_json::json!("999999999999999")),
        Just(serde_json::json!("0.0000000000000000000000000001")),
        Just(serde_json::json!("-999999999999999")),
    ];
    let pointers = prop::sample::select(vec![
        "/Total",
        "/TotalTax",
        "/SubTotal",
        "/Date",
        "/CurrencyCode",
        "/BuyerContact/Tin",
        "/BuyerContact/Name",
        "/IsTaxInclusive",
        "/LineItems/0/Quantity",
        "/LineItems/0/UnitAmount",
        "/LineItems/0/LineAmount",
        "/LineItems/1/DiscountAmount",
        "/LineItems/1/TaxCode",
        "/LineItems/2/ProductCode",
        "/LineItems/2/Description",
        "/InvoiceNumber",
        "/OriginalInvoiceId",
        "/IsRetry",
    ]);
    let base = prop::sample::select(vec!["invoice.json", "invoice-exclusive.json", "credit-note.json"]);
    (base, prop::collection::vec((pointers, absurd), 0..6)).prop_map(|(base, changes)| {
        let mut value = json_file(base);
        for (pointer, new) in changes {
            if let Some(at) = value.pointer_mut(pointer) {
                *at = new;
            }
        }
        value.to_string().into_bytes()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_096))]

    #[test]
    fn arbitrary_bytes(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        swallow(&bytes, &SURROUNDINGS);
    }

    #[test]
    fn documents_with_absurd_values(bytes in mangled()) {
        swallow(&bytes, &SURROUNDINGS);
    }

    #[test]
    fn documents_with_a_few_bytes_changed(mut bytes in mangled(), hits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        for (index, byte) in hits {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        swallow(&bytes, &SURROUNDINGS);
    }

    #[test]
    fn device_configurations_of_any_form(text in "\\PC{0,200}|\\{\"applicableTaxes\":[\\[\\]{}\":,0-9a-zA-Z]{0,60}\\}") {
        let config = DeviceConfig::from_json(&text);
        prop_assert!(config.is_err() || config.is_ok_and(|config| config.taxes.len() <= text.len()));
    }
}

static SURROUNDINGS: std::sync::LazyLock<Surroundings> = std::sync::LazyLock::new(|| Surroundings::read(&Value::Null));

#[test]
fn an_invoice_of_a_hundred_thousand_lines_with_as_many_taxes_is_checked_in_linear_time() {
    let mut invoice = json_file("invoice.json");
    let line = invoice["LineItems"][0].clone();
    let lines = (0..100_000).map(|at| {
        let mut line = line.clone();
        line["TaxCode"] = format!("T{at}").into();
        line
    });
    invoice["LineItems"] = lines.collect();
    // A check that compared every line with every other would take ten thousand million steps here, and no one would wait.
    let document = crate::support::document(&invoice);
    let findings = preflight(&document, &SURROUNDINGS.context());
    assert_eq!(
        findings
            .findings
            .iter()
            .filter(|finding| finding.rule == "PF10")
            .count(),
        20
    );
    assert_eq!(findings.unlisted, 99_980);
}
