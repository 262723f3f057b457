//! What must hold for every document.

use std::collections::BTreeSet;

use fh_types::{Amount, CurrencyCode, HsCode, Tin, VatNumber};
use fiscal_harmony::{
    Address, Buyer, CreditNote, Document, Invoice, Line, Prices,
    preflight::{Context, Findings, preflight},
    tax::Tax,
};
use proptest::prelude::*;
use serde_json::{Map, Value};

use crate::support::{Surroundings, document, rules_of};

#[derive(Debug, Clone)]
struct Sale {
    credit: bool,
    exclusive: bool,
    lines: Vec<(u8, i64, i64, Option<i64>)>,
}

fn sale() -> impl Strategy<Value = Sale> {
    let line = (
        0_u8..3,
        1_i64..5_000_000,
        1_i64..200_000,
        proptest::option::weighted(0.3, 0_i64..100),
    );
    (any::<bool>(), any::<bool>(), proptest::collection::vec(line, 1..20))
        .prop_map(|(credit, exclusive, lines)| Sale {
            credit,
            exclusive,
            lines,
        })
        .prop_filter("a total of zero is another matter", |sale| {
            built(sale).view().total.is_some_and(Amount::is_positive)
        })
}

fn built(sale: &Sale) -> Document {
    let thousandths = |number: i64| Amount::try_from(fh_types::Decimal::new(number, 3)).unwrap();
    let lines = sale.lines.iter().map(|(tax, price, quantity, percent_off)| {
        let tax = match tax {
            0 => Tax::rated("VAT", "15.5".parse().unwrap()),
            1 => Tax::zero_rated("ZERO"),
            _ => Tax::exempt("EX"),
        };
        let (price, quantity) = (thousandths(*price), thousandths(*quantity));
        let amount = price.times(quantity, 2).unwrap().value;
        let off = amount
            .portion(Amount::from_units(percent_off.unwrap_or(0)), Amount::from_units(100), 2)
            .unwrap()
            .value;
        Line::builder()
            .description("Goods")
            .hs_code(HsCode::parse("34011100").unwrap())
            .quantity(quantity)
            .unit_price(price)
            .discount(off)
            .tax(tax)
            .build()
            .unwrap()
    });
    let lines: Vec<Line> = lines.collect();
    let buyer = Buyer::registered("Acme (Private) Limited", Tin::parse("2000123456").unwrap())
        .unwrap()
        .vat_number(VatNumber::parse("220012345").unwrap())
        .address(Address::new("Harare", "Samora Machel Avenue", "12", "Harare").unwrap());
    let prices = if sale.exclusive {
        Prices::TaxExclusive
    } else {
        Prices::TaxInclusive
    };
    let date = "2026-02-03T10:00:00".parse().unwrap();
    let currency = CurrencyCode::parse("USD").unwrap();
    if sale.credit {
        CreditNote::builder()
            .id("CN-1")
            .original_invoice_id("INV-2026-00001")
            .reason("Damaged")
            .date(date)
            .currency(currency)
            .buyer(buyer)
            .prices(prices)
            .lines(lines)
            .build()
            .unwrap()
            .into()
    } else {
        Invoice::builder()
            .id("INV-1")
            .date(date)
            .currency(currency)
            .buyer(buyer)
            .prices(prices)
            .lines(lines)
            .build()
            .unwrap()
            .into()
    }
}

fn json(document: &Document) -> Value {
    serde_json::from_slice(document.freeze(fiscal_harmony::Attempt::First).unwrap().bytes()).unwrap()
}

/// Device and clock, without the journal: what a note credits is not the point here.
fn check(value: &Value, surroundings: &Surroundings) -> Findings {
    let context = Context::nothing()
        .catalogue(surroundings.catalogue.as_ref().unwrap())
        .at(surroundings.now);
    preflight(&document(value), &context)
}

/// The rules that found something, but for the warning of half a cent, which no builder can avoid.
fn tripped(value: &Value, surroundings: &Surroundings) -> BTreeSet<&'static str> {
    let mut findings = check(value, surroundings);
    findings
        .findings
        .retain(|finding| !finding.message.contains("half a cent"));
    rules_of(&findings)
}

fn shift(value: &mut Value, pointer: &str, by: Amount) {
    let at = value.pointer_mut(pointer).unwrap();
    let amount: Amount = serde_json::from_value(at.clone()).unwrap();
    *at = Value::String((amount + by).to_string());
}

/// The same JSON with its keys the other way round, and every number a string.
fn other_form(value: &Value, strings: bool) -> String {
    match value {
        Value::Object(members) => {
            let members: Vec<String> = members
                .iter()
                .rev()
                .map(|(key, value)| format!("{key:?}:{}", other_form(value, strings)))
                .collect();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| other_form(item, strings)).collect();
            format!("[{}]", items.join(","))
        }
        Value::Number(number) if strings => format!("\"{number}\""),
        other => other.to_string(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn whatever_a_builder_makes_passes(sale in sale()) {
        let surroundings = Surroundings::read(&Value::Null);
        let value = json(&built(&sale));
        prop_assert_eq!(tripped(&value, &surroundings), BTreeSet::new());
        prop_assert!(!check(&value, &surroundings).blocks());
    }

    #[test]
    fn one_cent_on_one_amount_trips_exactly_its_rules(sale in sale(), which in any::<prop::sample::Index>(), up: bool) {
        let surroundings = Surroundings::read(&Value::Null);
        let value = json(&built(&sale));
        let cent = Amount::cents(if up { 1 } else { -1 });
        let total_rule = if sale.exclusive { "PF14" } else { "PF13" };

        // A tie rounded down is one cent less, and is taken; so a cent less proves nothing where there is one.
        let tie = check(&value, &surroundings).findings.iter().any(|finding| finding.message.contains("half a cent"));

        let mut total = value.clone();
        shift(&mut total, "/Total", cent);
        if !tie {
            let negative_or_zero = if !up && value["Total"] == 0.01 { "PF17" } else { "PF16" };
            prop_assert_eq!(tripped(&total, &surroundings), BTreeSet::from([total_rule, "PF16", negative_or_zero]));
        }

        let mut total_tax = value.clone();
        shift(&mut total_tax, "/TotalTax", cent);
        if !tie {
            prop_assert_eq!(tripped(&total_tax, &surroundings), BTreeSet::from(["PF15", "PF16"]));
        }

        let mut sub_total = value.clone();
        shift(&mut sub_total, "/SubTotal", cent);
        prop_assert_eq!(tripped(&sub_total, &surroundings), BTreeSet::from(["PF16"]));

        let at = which.index(sale.lines.len());
        let mut line = value.clone();
        shift(&mut line, &format!("/LineItems/{at}/LineAmount"), cent);
        let discounted = value["LineItems"][at].get("DiscountAmount").is_some_and(|discount| !discount.is_null());
        let mut found = tripped(&line, &surroundings);
        // The tax of the group may or may not move by that cent.
        found.remove("PF15");
        let line_rule = if discounted { "PF07" } else { "PF06" };
        if !tie {
            prop_assert_eq!(found, BTreeSet::from([line_rule, total_rule]));
        } else {
            prop_assert!(found.contains(line_rule));
        }
    }

    #[test]
    fn one_digit_of_a_code_or_one_day_of_the_date_trips_exactly_its_rule(sale in sale(), which in any::<prop::sample::Index>(), digit in 0_usize..8) {
        let surroundings = Surroundings::read(&Value::Null);
        let value = json(&built(&sale));
        let at = which.index(sale.lines.len());

        let mut shorter = value.clone();
        let code = shorter["LineItems"][at]["ProductCode"].as_str().unwrap().to_owned();
        shorter["LineItems"][at]["ProductCode"] = format!("{}{}", &code[..digit], &code[digit + 1..]).into();
        prop_assert_eq!(tripped(&shorter, &surroundings), BTreeSet::from(["PF12"]));

        let mut tin = value.clone();
        let digits = tin["BuyerContact"]["Tin"].as_str().unwrap().to_owned();
        tin["BuyerContact"]["Tin"] = format!("{}{}", &digits[..digit], &digits[digit + 1..]).into();
        prop_assert_eq!(tripped(&tin, &surroundings), BTreeSet::from(["PF18"]));

        let mut tomorrow = value.clone();
        tomorrow["Date"] = "2026-02-04T10:00:00+02:00".into();
        prop_assert_eq!(tripped(&tomorrow, &surroundings), BTreeSet::from(["PF25"]));
        let mut yesterday = value.clone();
        yesterday["Date"] = "2026-02-02T10:00:00+02:00".into();
        prop_assert_eq!(tripped(&yesterday, &surroundings), BTreeSet::from(["PF27"]));
    }

    #[test]
    fn the_verdict_depends_on_neither_key_order_nor_number_form_nor_line_order(sale in sale(), spoil: bool) {
        let surroundings = Surroundings::read(&Value::Null);
        let mut value = json(&built(&sale));
        if spoil {
            shift(&mut value, "/Total", Amount::cents(1));
            value["LineItems"][0]["ProductCode"] = "1".into();
        }
        let expected = check(&value, &surroundings);
        for strings in [false, true] {
            let text = other_form(&value, strings);
            let context = Context::nothing().catalogue(surroundings.catalogue.as_ref().unwrap()).at(surroundings.now);
            let findings = preflight(&Document::from_json(text.as_bytes()).unwrap(), &context);
            prop_assert_eq!(&findings, &expected);
        }
        let mut reversed = value.clone();
        reversed["LineItems"].as_array_mut().unwrap().reverse();
        let findings = check(&reversed, &surroundings);
        let told = |findings: &Findings| findings.findings.iter().map(|finding| (finding.rule, finding.level, finding.code)).collect::<Vec<_>>();
        prop_assert_eq!(told(&findings), told(&expected));
    }
}

#[test]
fn the_other_form_is_the_same_json() {
    let value: Value = serde_json::json!({"a": [1, {"b": "x", "c": null}], "d": 1.5});
    assert_eq!(
        serde_json::from_str::<Value>(&other_form(&value, false)).unwrap(),
        value
    );
    let strings: Map<String, Value> = serde_json::from_str(&other_form(&value, true)).unwrap();
    assert_eq!(strings["d"], "1.5");
}
