//! The receipt as rows of a till roll: the authority's order of blocks \[zimra, 10.1\].

use rust_decimal::Decimal;

use super::{
    content::{Content, Fiscal, Item, Original, Sale, Standing},
    layout::Row,
    taxes::{TaxRow, TaxTable, WhyNotKnown},
    words::Words,
};
use crate::{Buyer, DocumentKind, types::Amount};

pub(super) fn rows(content: &Content, words: &Words) -> Vec<Row> {
    let mut rows = vec![Row::Logo];
    rows.extend(content.seller.iter().cloned().map(Row::Centre));
    titles(&mut rows, content, words);
    if let Some(sale) = &content.sale {
        buyer(&mut rows, &sale.buyer, words);
        rows.push(Row::Rule);
    }
    if let Some(fiscal) = &content.fiscal {
        rows.push(pair("Invoice No", fiscal.receipt_number));
        rows.extend(fiscal.fiscal_day.map(|day| pair("Fiscal day No", day)));
    }
    if let Some(sale) = &content.sale {
        rows.push(pair("Customer reference No", &sale.number));
        let order = sale.reference.as_ref().filter(|_| sale.kind == DocumentKind::Invoice);
        rows.extend(order.map(|order| pair(words.reference, order)));
    }
    if let Some(Fiscal {
        serial_number,
        device_id,
        ..
    }) = &content.fiscal
    {
        rows.extend(serial_number.as_ref().map(|serial| pair("Device Serial No", serial)));
        rows.push(pair("Device ID", device_id));
    }
    if let Some(sale) = &content.sale {
        rows.push(pair(words.date, date(sale)));
        rows.push(Row::Rule);
        if let Some(original) = &sale.original {
            credited(&mut rows, original, words);
            rows.push(Row::Rule);
        }
        sale.items.iter().for_each(|item| line(&mut rows, item, words));
        rows.push(Row::Rule);
        totals(&mut rows, sale, words);
        rows.push(Row::Rule);
        taxes(&mut rows, content, sale, words);
        let reason = sale
            .reference
            .as_ref()
            .filter(|_| sale.kind == DocumentKind::CreditNote);
        rows.extend(reason.map(|reason| Row::Text(format!("{}: {reason}", words.reason))));
    }
    if let Some(fiscal) = &content.fiscal {
        rows.extend([
            Row::Qr,
            Row::Sum("Verification code".to_owned(), fiscal.verification_code.clone()),
            Row::Text(words.verify_at.to_owned()),
            Row::Text(fiscal.url.clone()),
        ]);
    }
    if content.standing == Standing::Provisional {
        provisional(&mut rows, content, words);
    }
    rows
}

fn pair(name: &str, value: impl ToString) -> Row {
    Row::Pair(name.to_owned(), value.to_string())
}

pub(super) fn date(sale: &Sale) -> String {
    sale.date.civil().strftime("%Y-%m-%d %H:%M").to_string()
}

fn titles(rows: &mut Vec<Row>, content: &Content, words: &Words) {
    rows.push(Row::Rule);
    match content.standing {
        Standing::Provisional => {
            rows.push(Row::Big(NOT_FISCALISED.to_owned()));
            rows.push(Row::Title(words.provisional.to_owned()));
        }
        Standing::Original => rows.push(Row::Title(content.title.clone())),
        Standing::Copy(number) => {
            rows.push(Row::Title(content.title.clone()));
            rows.push(Row::Big(copy(number)));
        }
    }
    rows.push(Row::Rule);
}

/// The title of a slip that is no receipt; in English, as all titles are.
pub(super) const NOT_FISCALISED: &str = "NOT A FISCAL RECEIPT";

/// The word is the authority's language, as the titles are.
pub(super) fn copy(number: u32) -> String {
    match number {
        0 => "COPY".to_owned(),
        number => format!("COPY {number}"),
    }
}

fn provisional(rows: &mut Vec<Row>, content: &Content, words: &Words) {
    rows.push(Row::Text(words.sale_waits.to_owned()));
    if let Some(sale) = &content.sale {
        rows.push(Row::Text(words.will_have.to_owned()));
        rows.push(Row::Title(sale.number.clone()));
    }
    let found_at = content.found_at.as_deref().unwrap_or(words.found_at);
    rows.push(Row::Text(found_at.to_owned()));
    rows.push(Row::Big(NOT_FISCALISED.to_owned()));
}

/// The parts of the buyer's block, as handed in: a label, where one is needed, and the text.
pub(super) fn buyer_parts<'a>(buyer: &'a Buyer, words: &Words) -> Vec<(Option<&'static str>, String)> {
    let mut parts = vec![(None, buyer.name.clone())];
    let trade_name = buyer.trade_name.as_ref().filter(|name| **name != buyer.name);
    let labelled: [(&'static str, Option<&'a String>); 3] = [
        (words.trading_as, trade_name),
        ("TIN", buyer.tin.as_ref()),
        ("VAT No", buyer.vat_number.as_ref()),
    ];
    parts.extend(
        labelled
            .into_iter()
            .filter_map(|(label, value)| Some((Some(label), value?.clone()))),
    );
    if let Some(address) = &buyer.address {
        let mut names: Vec<&str> = Vec::new();
        for part in [&address.house_no, &address.street, &address.city, &address.province] {
            // A town is often its province's namesake.
            if names.last() != Some(&part.as_str()) {
                names.push(part);
            }
        }
        parts.push((Some(words.address), names.join(", ")));
    }
    let labelled = [(words.email, buyer.email.as_ref()), (words.phone, buyer.phone.as_ref())];
    parts.extend(
        labelled
            .into_iter()
            .filter_map(|(label, value)| Some((Some(label), value?.clone()))),
    );
    parts.retain(|(_, value)| !value.trim().is_empty());
    parts
}

fn buyer(rows: &mut Vec<Row>, buyer: &Buyer, words: &Words) {
    rows.push(Row::Centre("BUYER".to_owned()));
    for (label, value) in buyer_parts(buyer, words) {
        rows.push(match label {
            None => Row::Text(value),
            Some(label) => pair(label, value),
        });
    }
}

/// What is known of the invoice that is credited: labels and values.
pub(super) fn original_parts(original: &Original, words: &Words) -> Vec<(&'static str, String)> {
    let date = original
        .date
        .map(|date| date.civil().strftime("%Y-%m-%d %H:%M").to_string());
    let number = match &original.number {
        Some(number) => ("Customer reference No", Some(number.clone())),
        None => (words.credits_invoice, Some(original.id.clone())),
    };
    let device = original.device_id.filter(|_| original.serial_number.is_none());
    let parts = [
        ("Device Serial No", original.serial_number.clone()),
        ("Device ID", device.map(|id| id.to_string())),
        ("Invoice No", original.receipt_number.map(|number| number.to_string())),
        (words.date, date),
        number,
    ];
    parts
        .into_iter()
        .filter_map(|(label, value)| Some((label, value?)))
        .collect()
}

fn credited(rows: &mut Vec<Row>, original: &Original, words: &Words) {
    rows.push(Row::Centre("CREDITED INVOICE".to_owned()));
    rows.extend(
        original_parts(original, words)
            .into_iter()
            .map(|(label, value)| pair(label, value)),
    );
}

fn line(rows: &mut Vec<Row>, item: &Item, words: &Words) {
    rows.push(Row::Text(item.description.clone()));
    let how = format!(
        "{} x {} HS {}",
        item.quantity.decimal().normalize(),
        money(item.unit_price),
        item.hs_code
    );
    rows.push(pair(&how, format!("{} {}", money(item.amount), item.tax_mark)));
    let discount = item
        .discount
        .map(|discount| Row::Text(format!("{} {}", words.discount, money(discount))));
    rows.extend(discount);
}

fn totals(rows: &mut Vec<Row>, sale: &Sale, words: &Words) {
    let total = match sale.kind {
        DocumentKind::Invoice => words.total,
        DocumentKind::CreditNote => words.total_credited,
    };
    rows.push(pair(words.number_of_items, sale.number_of_items.decimal().normalize()));
    if sale.sub_total.is_none() && !sale.tax_inclusive {
        rows.push(pair(words.sum_of_lines, money(sale.sum_of_lines)));
    }
    let amounts = [(words.sub_total, sale.sub_total), (words.tax, sale.total_tax)];
    rows.extend(
        amounts
            .iter()
            .filter_map(|(name, amount)| Some(pair(name, money((*amount)?)))),
    );
    rows.extend(
        sale.total
            .map(|amount| Row::Sum(format!("{total} {}", sale.currency), money(amount))),
    );
    // One payment is all that the wire knows, and the authority wants it to be the total [zimra, RCPT039].
    rows.extend(sale.payment.map(|method| {
        let paid = words.payment(sale.kind, method);
        match sale.total {
            Some(total) => pair(&paid, money(total)),
            None => Row::Text(paid),
        }
    }));
}

fn taxes(rows: &mut Vec<Row>, content: &Content, sale: &Sale, words: &Words) {
    match &content.taxes {
        TaxTable::Rows(table) => {
            rows.push(Row::Three([words.net, words.tax, words.gross].map(str::to_owned)));
            for row in table {
                rows.push(Row::Text(tax_name(row, words)));
                rows.push(Row::Three([row.net, row.tax, row.gross].map(money)));
            }
        }
        TaxTable::NotRegistered => {}
        TaxTable::NotKnown(why) => rows.push(Row::Text(not_known(why, words))),
    }
    let other = sale
        .other_tax
        .map(|tax| Row::Text(format!("{} {}.", words.document_says, money(tax))));
    rows.extend(other);
    let prices = if sale.tax_inclusive {
        words.with_tax
    } else {
        words.without_tax
    };
    rows.push(Row::Text(prices.to_owned()));
    rows.push(Row::Rule);
}

/// `A 15.5% Standard rated`.
pub(super) fn tax_name(row: &TaxRow, words: &Words) -> String {
    let rate = match row.percent {
        Some(percent) => format!("{}%", percent.decimal().normalize()),
        None => words.exempt.to_owned(),
    };
    let name = row.name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
    format!("{} {rate}{name}", row.letter)
}

pub(super) fn not_known(why: &WhyNotKnown, words: &Words) -> String {
    match why {
        WhyNotKnown::NoTable => words.no_tax_table.to_owned(),
        WhyNotKnown::NoSuchTax(code) => format!("{} {code}.", words.no_such_tax),
        WhyNotKnown::HalfACent => words.half_a_cent.to_owned(),
        WhyNotKnown::TooLarge => words.too_large.to_owned(),
    }
}

/// Two decimals, or as many more as there are: nothing is rounded on paper.
pub(super) fn money(amount: Amount) -> String {
    let mut amount: Decimal = amount.decimal().normalize();
    amount.rescale(amount.scale().max(2));
    amount.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_exact_and_has_two_decimals_at_least() {
        for (amount, printed) in [
            ("21", "21.00"),
            ("0.5", "0.50"),
            ("1.999", "1.999"),
            ("-3.10", "-3.10"),
            ("1.500000", "1.50"),
            ("999999999999.99", "999999999999.99"),
        ] {
            assert_eq!(money(amount.parse().unwrap()), printed);
        }
    }
}
