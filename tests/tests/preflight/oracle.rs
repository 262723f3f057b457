//! A second opinion on arithmetic, written in integers of cents and millionths, that shares nothing with the library.

use std::collections::{BTreeMap, BTreeSet};

use fh_types::jiff::Timestamp;
use fiscal_harmony::{
    Document,
    catalogue::Catalogue,
    device::DeviceConfig,
    preflight::{Context, preflight},
};
use serde_json::json;

use crate::support::{Dice, rules_of};

/// Rates in hundredths of a percent; the last has none.
const RATES: [Option<i128>; 6] = [Some(1550), Some(1500), Some(0), Some(500), Some(1450), None];

struct Line {
    price: i128,
    quantity: i128,
    amount: i128,
    discount: Option<i128>,
    tax: usize,
}

struct Sale {
    inclusive: bool,
    discounted: bool,
    lines: Vec<Line>,
    sub_total: Option<i128>,
    total_tax: Option<i128>,
    total: Option<i128>,
}

/// Half away from zero.
fn divide(dividend: i128, divisor: i128) -> i128 {
    let sign = dividend.signum();
    sign * ((2 * dividend.abs() + divisor) / (2 * divisor))
}

fn is_half(dividend: i128, divisor: i128) -> bool {
    2 * dividend.abs() % (2 * divisor) == divisor
}

fn product(line: &Line) -> i128 {
    divide(line.price * line.quantity, 10_000_000_000)
}

/// Sums by tax, with the tax of each and whether half-even would give a cent less.
fn groups(sale: &Sale) -> BTreeMap<usize, (i128, i128, bool)> {
    let mut sums: BTreeMap<usize, i128> = BTreeMap::new();
    for line in &sale.lines {
        *sums.entry(line.tax).or_default() += line.amount;
    }
    sums.into_iter()
        .map(|(tax, sum)| {
            let rate = RATES[tax].unwrap_or(0);
            let divisor = if sale.inclusive { 10_000 + rate } else { 10_000 };
            let amount = divide(sum * rate, divisor);
            (tax, (sum, amount, is_half(sum * rate, divisor) && amount % 2 != 0))
        })
        .collect()
}

/// The rules that the figures of a sale break.
fn judge(sale: &Sale) -> BTreeSet<&'static str> {
    let mut broken = BTreeSet::new();
    for line in &sale.lines {
        if line.price <= 0 {
            broken.insert("PF05");
        }
        if line.quantity <= 0 {
            broken.insert("PF04");
        }
        match line.discount {
            None | Some(0) => {
                if line.amount != product(line) {
                    broken.insert("PF06");
                }
            }
            Some(discount) => {
                if line.amount != product(line) - discount {
                    broken.insert("PF07");
                }
                if discount < 0 || (product(line) > 0 && discount > product(line)) {
                    broken.insert("PF08");
                }
            }
        }
    }
    if sale
        .lines
        .iter()
        .any(|line| line.discount.is_some_and(|discount| discount > 0))
        != sale.discounted
    {
        broken.insert("PF08");
    }
    let groups = groups(sale);
    let lines: i128 = groups.values().map(|group| group.0).sum();
    let tax: i128 = groups.values().map(|group| group.1).sum();
    let open = groups.values().filter(|group| group.2).count() as i128;
    if let Some(total) = sale.total {
        if sale.inclusive && total != lines {
            broken.insert("PF13");
        }
        if !sale.inclusive && !(lines + tax - open..=lines + tax).contains(&total) {
            broken.insert("PF14");
        }
        if total <= 0 {
            broken.insert("PF17");
        }
    }
    if !sale.inclusive && open > 0 {
        broken.insert("PF14");
    }
    if sale.total_tax.is_some_and(|said| !(tax - open..=tax).contains(&said)) {
        broken.insert("PF15");
    }
    if let (Some(sub_total), Some(total_tax), Some(total)) = (sale.sub_total, sale.total_tax, sale.total)
        && sub_total + total_tax != total
    {
        broken.insert("PF16");
    }
    broken
}

fn roll(dice: &mut Dice) -> Sale {
    let inclusive = dice.once_in(2);
    let taxes = 1 + dice.below(4) as usize;
    let first_tax = dice.below(RATES.len() as u64) as usize;
    let most = if dice.once_in(4) { 60 } else { 6 };
    let count = 1 + dice.below(most);
    let mut lines: Vec<Line> = (0..count)
        .map(|_| {
            // Prices and quantities with anything from no decimals to six.
            let step = |dice: &mut Dice| 10_i128.pow(dice.below(7) as u32);
            let (price_step, quantity_step) = (step(dice), step(dice));
            let price = i128::from(1 + dice.below(500_000)) * price_step;
            let quantity = i128::from(1 + dice.below(5_000)) * quantity_step;
            let mut line = Line {
                price,
                quantity,
                amount: 0,
                discount: None,
                tax: (first_tax + dice.below(taxes as u64) as usize) % RATES.len(),
            };
            if dice.once_in(5) {
                let most = product(&line);
                line.discount = Some(most * i128::from(dice.below(100)) / 100);
            }
            line.amount = product(&line) - line.discount.unwrap_or(0);
            line
        })
        .collect();
    let spoiled_line = dice.once_in(3).then(|| dice.below(count) as usize);
    if let Some(at) = spoiled_line {
        let cents = i128::from(dice.below(3)) - 1;
        match dice.below(6) {
            0 | 1 => lines[at].amount += cents,
            2 => lines[at].price = -lines[at].price,
            3 => lines[at].quantity = 0,
            4 => lines[at].discount = Some(product(&lines[at]) + cents),
            _ => lines[at].discount = Some(-1),
        }
    }
    let discounted = lines
        .iter()
        .any(|line| line.discount.is_some_and(|discount| discount > 0))
        != dice.once_in(30);
    let mut sale = Sale {
        inclusive,
        discounted,
        lines,
        sub_total: None,
        total_tax: None,
        total: None,
    };
    let groups = groups(&sale);
    let sum: i128 = groups.values().map(|group| group.0).sum();
    let mut tax: i128 = groups.values().map(|group| group.1).sum();
    if dice.once_in(4) {
        // What people compute wrongly: the tax line by line.
        tax = sale
            .lines
            .iter()
            .map(|line| {
                let rate = RATES[line.tax].unwrap_or(0);
                divide(line.amount * rate, if inclusive { 10_000 + rate } else { 10_000 })
            })
            .sum();
    }
    let total = if inclusive { sum } else { sum + tax };
    let mut near = |amount: i128| match dice.below(12) {
        0 => None,
        1 => Some(amount + 1),
        2 => Some(amount - 1),
        _ => Some(amount),
    };
    (sale.total, sale.total_tax, sale.sub_total) = (near(total), near(tax), near(total - tax));
    sale
}

fn decimal(number: i128, places: u32) -> String {
    let sign = if number < 0 { "-" } else { "" };
    let unit = 10_u128.pow(places);
    let text = format!(
        "{sign}{}.{:0width$}",
        number.unsigned_abs() / unit,
        number.unsigned_abs() % unit,
        width = places as usize
    );
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn written(sale: &Sale) -> String {
    let lines: Vec<String> = sale
        .lines
        .iter()
        .map(|line| {
            let discount = line.discount.map(|discount| format!("\"DiscountAmount\":{},", decimal(discount, 2))).unwrap_or_default();
            format!(
                "{{\"Description\":\"Goods\",\"UnitAmount\":{},\"Quantity\":{},\"LineAmount\":{},{discount}\"TaxCode\":\"T{}\",\"ProductCode\":\"34011100\"}}",
                decimal(line.price, 6),
                decimal(line.quantity, 6),
                decimal(line.amount, 2),
                line.tax
            )
        })
        .collect();
    let totals: String = [
        ("SubTotal", sale.sub_total),
        ("TotalTax", sale.total_tax),
        ("Total", sale.total),
    ]
    .iter()
    .filter_map(|(name, amount)| Some(format!(",\"{name}\":{}", decimal((*amount)?, 2))))
    .collect();
    format!(
        "{{\"InvoiceId\":\"A\",\"InvoiceNumber\":\"A\",\"IsDiscounted\":{},\"IsTaxInclusive\":{},\"BuyerContact\":{{\"Name\":\"Cash Customer\"}},\
         \"Date\":\"2024-02-03T10:00:00+02:00\",\"CurrencyCode\":\"USD\",\"LineItems\":[{}]{totals}}}",
        sale.discounted,
        sale.inclusive,
        lines.join(",")
    )
}

fn catalogue() -> Catalogue {
    let taxes: Vec<_> = RATES
        .iter()
        .enumerate()
        .map(|(at, rate)| json!({"taxID": at, "taxName": format!("tax {at}"), "taxPercent": rate.map(|rate| decimal(rate, 2))}))
        .collect();
    let config = json!({"taxPayerTIN": "2000000001", "vatNumber": "220000001", "applicableTaxes": taxes});
    let catalogue = Catalogue::new(Timestamp::UNIX_EPOCH).with_device(DeviceConfig::from_value(&config).unwrap());
    (0..RATES.len()).fold(catalogue, |catalogue, at| {
        catalogue.with_tax_mapping(format!("T{at}"), at as i64)
    })
}

#[test]
fn preflight_and_an_oracle_in_integers_agree() {
    let documents = if std::env::var_os("FH_LONG_TESTS").is_some_and(|value| value == "1") {
        1_000_000
    } else {
        20_000
    };
    let catalogue = catalogue();
    let context = Context::nothing().catalogue(&catalogue);
    let concerned = [
        "PF04", "PF05", "PF06", "PF07", "PF08", "PF13", "PF14", "PF15", "PF16", "PF17",
    ];
    let (mut clean, mut tripped) = (0, BTreeMap::<&str, u32>::new());
    for seed in 0..documents {
        let sale = roll(&mut Dice::new(seed));
        let json = written(&sale);
        let document =
            Document::from_json(json.as_bytes()).unwrap_or_else(|error| panic!("seed {seed}: {error}: {json}"));
        let mut found = rules_of(&preflight(&document, &context));
        found.remove("PF39");
        let expected = judge(&sale);
        assert_eq!(found, expected, "seed {seed}: {json}");
        clean += u32::from(expected.is_empty());
        for rule in expected {
            *tripped.entry(rule).or_default() += 1;
        }
    }
    // An agreement about documents that are all the same proves little.
    assert!(clean > documents as u32 / 10, "{clean} of {documents} break nothing");
    for rule in concerned {
        assert!(
            tripped.get(rule).is_some_and(|times| *times > documents as u32 / 200),
            "{rule}: {tripped:?}"
        );
    }
}
