use crate::{
    Leniency, Options,
    document::{Address, Document, Kind},
    exact::Exact,
};

/// What the authority would refuse for its form alone (`RCPT02`): then no receipt is kept.
pub(crate) fn structure(document: &Document, kind: Kind, options: &Options) -> Option<String> {
    let length = |name: &str, text: &str, limit: usize| {
        (text.chars().count() > limit).then(|| format!("{name} is longer than {limit} characters"))
    };
    let number = document.number.trim();
    if number.is_empty() || document.id.trim().is_empty() {
        return Some("the document has no id or no number".to_owned());
    }
    let buyer = &document.buyer_contact;
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    if !buyer.tin().is_empty() && !digits(buyer.tin(), 10) {
        return Some("Tin is not 10 digits".to_owned());
    }
    if !buyer.vat_number().is_empty() && !digits(buyer.vat_number(), 9) {
        return Some("VatNumber is not 9 digits".to_owned());
    }
    let is_empty = |text: &Option<String>| text.as_deref() == Some("");
    if options.empty_tin == Leniency::Authority && (is_empty(&buyer.tin) || is_empty(&buyer.vat_number)) {
        return Some("Tin or VatNumber is empty".to_owned());
    }
    if options.incomplete_address == Leniency::Authority && buyer.address.as_ref().is_some_and(Address::is_incomplete) {
        return Some("Address has empty parts".to_owned());
    }
    length("the document number", number, 50)
        .or_else(|| length("Name", buyer.name(), 250))
        .or_else(|| length("TradeName", buyer.trade_name.as_deref().unwrap_or_default(), 250))
        .or_else(|| match kind {
            Kind::Invoice => None,
            Kind::CreditNote => length("Reference", document.reference.as_deref().unwrap_or_default(), 500),
        })
        .or_else(|| {
            document.line_items.iter().enumerate().find_map(|(index, line)| {
                let number = index + 1;
                if line.description.trim().is_empty() {
                    return Some(format!("line {number}: Description is empty"));
                }
                length(&format!("line {number}: Description"), line.description.trim(), 200)
                    .or_else(|| places(&format!("line {number}: UnitAmount"), Some(line.unit_amount), 6))
                    .or_else(|| places(&format!("line {number}: Quantity"), Some(line.quantity), 6))
                    .or_else(|| places(&format!("line {number}: LineAmount"), Some(line.line_amount), 2))
                    .or_else(|| places(&format!("line {number}: DiscountAmount"), line.discount_amount, 2))
            })
        })
        .or_else(|| places("SubTotal", document.sub_total, 2))
        .or_else(|| places("TotalTax", document.total_tax, 2))
        .or_else(|| places("Total", document.total, 2))
        .or_else(|| {
            let method = document.payment_method.as_deref()?;
            let known = [
                "Cash",
                "Card",
                "MobileWallet",
                "Coupon",
                "Credit",
                "BankTransfer",
                "Other",
            ];
            (!known.contains(&method)).then(|| format!("PaymentMethod {method:?} is not known"))
        })
}

fn places(name: &str, value: Option<Exact>, limit: u32) -> Option<String> {
    value
        .filter(|value| value.places() > limit)
        .map(|_| format!("{name} has more than {limit} decimal places"))
}
