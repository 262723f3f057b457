//! The probe's own documents. They are written here and not by the client's types, since most of them must be wrong in one way.

use serde_json::{Map, Value, json};

/// What a document needs to know of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    /// The code that is mapped to the tax below.
    pub(crate) tax_code: String,
    /// The authority's id of that tax.
    pub(crate) tax_id: i64,
    /// Its rate in hundredths of a percent; zero too for what is exempt.
    pub(crate) rate: i64,
    /// The code of a mapped currency.
    pub(crate) currency: String,
    /// Whether the taxpayer is registered for VAT.
    pub(crate) vat_payer: bool,
    /// Whether a buyer without a TIN is not taken, whatever the name.
    pub(crate) tin: bool,
}

/// One document under way, with cents as whole numbers.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    /// Its members, in any order.
    pub(crate) members: Map<String, Value>,
    /// `/invoice` or `/creditnote`.
    pub(crate) path: &'static str,
}

/// The gross price of a plain line, in cents.
const PRICE: i64 = 1155;

/// How the tax on an amount that holds it is taken, rounded half away from zero.
fn tax_in(gross: i64, rate: i64) -> i64 {
    rounded(gross * rate, 10_000 + rate)
}

fn rounded(numerator: i64, denominator: i64) -> i64 {
    (2 * numerator + denominator).div_euclid(2 * denominator)
}

/// Cents as a JSON number with two places.
pub(crate) fn money(cents: i64) -> Value {
    let sign = if cents < 0 { "-" } else { "" };
    number(&format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100))
}

/// A number from its text.
pub(crate) fn number(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

impl Sample {
    /// An invoice with one line that the authority has nothing against. `id` is its number too.
    pub(crate) fn invoice(facts: &Facts, id: &str, date: &str) -> Self {
        let tax = tax_in(PRICE, facts.rate);
        let document = json!({
            "InvoiceId": id,
            "InvoiceNumber": id,
            "Reference": "PROBE",
            "IsDiscounted": false,
            "IsTaxInclusive": true,
            "BuyerContact": { "Name": "Cash Probe" },
            "Date": date,
            "LineItems": [{
                "Description": "Probe of a test environment",
                "UnitAmount": money(PRICE),
                "Quantity": 1,
                "LineAmount": money(PRICE),
                "TaxCode": facts.tax_code,
                "ProductCode": "19059000",
            }],
            "SubTotal": money(PRICE - tax),
            "TotalTax": money(tax),
            "Total": money(PRICE),
            "CurrencyCode": facts.currency,
            "PaymentMethod": "Cash",
            "IsRetry": false,
        });
        let plain = Self::of(document, "/invoice");
        if facts.tin { plain.with_tin() } else { plain }
    }

    /// A credit note over a small part of an invoice of this kind: one whose answer was lost may count, and the next must fit beside it.
    pub(crate) fn credit_note(facts: &Facts, id: &str, date: &str, original: &str) -> Self {
        let mut note = Self::invoice(facts, id, date);
        for (from, to) in [("InvoiceId", "CreditNoteId"), ("InvoiceNumber", "CreditNoteNumber")] {
            if let Some(value) = note.members.remove(from) {
                note.members.insert(to.to_owned(), value);
            }
        }
        note.path = "/creditnote";
        let note = note.priced(facts, 100, 1, None, 100);
        note.with("OriginalInvoiceId", original)
            .with("Reference", "Probe: goods returned")
    }

    fn of(document: Value, path: &'static str) -> Self {
        match document {
            Value::Object(members) => Self { members, path },
            _ => Self {
                members: Map::new(),
                path,
            },
        }
    }

    /// With a member set.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// For a buyer with a number, made up.
    pub(crate) fn with_tin(self) -> Self {
        self.with("BuyerContact", json!({ "Name": "Probe", "Tin": "2000000000" }))
    }

    /// Without a member.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.members.remove(name);
        self
    }

    /// With a member of the buyer set; `null` takes it out.
    pub(crate) fn buyer(mut self, name: &str, value: impl Into<Value>) -> Self {
        if let Some(buyer) = self.members.get_mut("BuyerContact").and_then(Value::as_object_mut) {
            set(buyer, name, value.into());
        }
        self
    }

    /// With a member of the line set; `null` takes it out.
    pub(crate) fn line(mut self, name: &str, value: impl Into<Value>) -> Self {
        if let Some(line) = self
            .members
            .get_mut("LineItems")
            .and_then(|lines| lines.pointer_mut("/0")?.as_object_mut())
        {
            set(line, name, value.into());
        }
        self
    }

    /// A line of price times quantity with a discount, and totals over `amount`, which is what the line says. All in cents.
    pub(crate) fn priced(self, facts: &Facts, price: i64, quantity: i64, discount: Option<i64>, amount: i64) -> Self {
        let tax = tax_in(amount, facts.rate);
        let priced = self
            .line("UnitAmount", money(price))
            .line("Quantity", quantity)
            .line("LineAmount", money(amount))
            .with("SubTotal", money(amount - tax))
            .with("TotalTax", money(tax))
            .with("Total", money(amount));
        match discount {
            Some(discount) => priced
                .line("DiscountAmount", money(discount))
                .with("IsDiscounted", true),
            None => priced,
        }
    }

    /// A line whose tax comes on top, with the tax as it is said.
    pub(crate) fn exclusive(self, net: i64, tax: i64) -> Self {
        self.with("IsTaxInclusive", false)
            .line("UnitAmount", money(net))
            .line("LineAmount", money(net))
            .with("SubTotal", money(net))
            .with("TotalTax", money(tax))
            .with("Total", money(net + tax))
    }

    /// Every number as text.
    pub(crate) fn numbers_as_text(mut self) -> Self {
        let text = |value: &mut Value| {
            if let Value::Number(number) = value {
                *value = Value::String(number.to_string());
            }
        };
        for name in ["SubTotal", "TotalTax", "Total"] {
            self.members.get_mut(name).map(text);
        }
        for name in ["UnitAmount", "Quantity", "LineAmount"] {
            self.members
                .get_mut("LineItems")
                .and_then(|lines| lines.pointer_mut("/0")?.get_mut(name))
                .map(text);
        }
        self
    }

    /// As it travels.
    pub(crate) fn body(&self) -> String {
        Value::Object(self.members.clone()).to_string()
    }
}

fn set(object: &mut Map<String, Value>, name: &str, value: Value) {
    if value.is_null() {
        object.remove(name);
    } else {
        object.insert(name.to_owned(), value);
    }
}

/// A net amount in cents at which the two ways of rounding a half differ, with the tax of each: half up, half to even.
pub(crate) fn tie(rate: i64) -> Option<(i64, i64, i64)> {
    (1..=40_000).find_map(|net| {
        let exact = net * rate;
        let is_half = exact.rem_euclid(10_000) == 5_000;
        let floor = exact.div_euclid(10_000);
        // Half to even goes down from an even number.
        (is_half && floor % 2 == 0).then_some((net, floor + 1, floor))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        Facts {
            tax_code: "T".into(),
            tax_id: 517,
            rate: 1550,
            currency: "USD".into(),
            vat_payer: true,
            tin: false,
        }
    }

    #[test]
    fn the_plain_invoice_adds_up() {
        let plain = Sample::invoice(&facts(), "PROBE-1", "2026-11-27T10:00:00+02:00");
        assert_eq!(plain.members["TotalTax"].to_string(), "1.55");
        assert_eq!(plain.members["SubTotal"].to_string(), "10.0");
        assert_eq!(plain.members["Total"].to_string(), "11.55");
        assert_eq!(plain.members["InvoiceId"], "PROBE-1");
    }

    #[test]
    fn the_first_tie_is_where_the_roundings_part() {
        let (net, up, even) = tie(1550).unwrap();
        assert_eq!((net, up, even), (300, 47, 46));
        assert_eq!(net * 1550 % 10_000, 5_000);
        assert_eq!((rounded(net * 1550, 10_000), up - even, even % 2), (up, 1, 0));
        assert_eq!(tie(0), None);
    }

    #[test]
    fn numbers_become_text_and_back() {
        let text = Sample::invoice(&facts(), "P", "d").numbers_as_text();
        assert_eq!(text.members["Total"], "11.55");
        assert_eq!(text.members["LineItems"][0]["Quantity"], "1");
        assert_eq!(money(-305).to_string(), "-3.05");
    }

    #[test]
    fn a_credit_note_has_its_own_names() {
        let note = Sample::credit_note(&facts(), "PROBE-2", "d", "PROBE-1");
        assert_eq!(
            (&note.members["CreditNoteId"], note.path),
            (&Value::from("PROBE-2"), "/creditnote")
        );
        assert!(!note.members.contains_key("InvoiceId"));
    }
}
