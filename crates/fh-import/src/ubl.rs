//! UBL 2.1 invoices and credit notes.
//!
//! The tree is small, so it is read whole; entities from outside are never read, and a document type is refused.

use std::{collections::BTreeMap, sync::Arc};

use fh_types::Amount;
use fiscal_harmony::tax::{totals, unit_price_from_total};
use quick_xml::{Reader, events::Event};

use crate::{
    gather::{Imported, read_back},
    problem::{Place, Problem},
    wire::{WireAddress, WireBuyer, WireDocument, WireLine},
};

/// Deeper than any invoice.
const DEEP: usize = 64;

fn at(path: &str, why: impl Into<String>) -> Problem {
    Problem::new(Place::element(path), why)
}

/// An element, by its local name.
#[derive(Debug, Default)]
struct Element {
    name: String,
    attributes: BTreeMap<String, String>,
    text: String,
    children: Vec<Element>,
}

impl Element {
    fn all<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The first element along a path such as `Party/PartyName/Name`.
    fn find(&self, path: &str) -> Option<&Self> {
        path.split('/').try_fold(self, |element, name| {
            element.children.iter().find(|child| child.name == name)
        })
    }

    fn text(&self, path: &str) -> Option<String> {
        let text = self.find(path)?.text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn amount(&self, path: &str) -> Result<Option<Amount>, Problem> {
        self.text(path)
            .map(|text| text.parse().map_err(|error| at(path, format!("{error}"))))
            .transpose()
    }
}

fn tree(bytes: &[u8]) -> Result<Element, Problem> {
    let wrong = |why: String| Problem::of_file(format!("it is no XML that can be read: {why}"));
    let text = std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))
        .map_err(|_| Problem::of_file("it is XML and not UTF-8; write it as UTF-8"))?;
    let mut reader = Reader::from_str(text);
    let mut open = vec![Element::default()];
    loop {
        let event = reader.read_event().map_err(|error| wrong(error.to_string()))?;
        match event {
            Event::Eof => break,
            Event::DocType(_) => {
                return Err(Problem::of_file(
                    "it has a document type (<!DOCTYPE>), which UBL does not have, and is not read",
                ));
            }
            Event::Start(start) => {
                if open.len() > DEEP {
                    return Err(wrong(format!("it is more than {DEEP} elements deep")));
                }
                open.push(element(&start).map_err(wrong)?);
            }
            Event::Empty(start) => {
                let child = element(&start).map_err(wrong)?;
                if let Some(parent) = open.last_mut() {
                    parent.children.push(child);
                }
            }
            Event::End(_) => {
                if let (Some(child), Some(parent)) = (open.pop(), open.last_mut()) {
                    parent.children.push(child);
                }
            }
            Event::Text(said) => {
                if let Some(element) = open.last_mut() {
                    element.text.push_str(&said);
                }
            }
            Event::CData(said) => {
                if let Some(element) = open.last_mut() {
                    element.text.push_str(&said);
                }
            }
            Event::GeneralRef(reference) => {
                let whole = format!("&{};", reference.as_ref());
                let said = quick_xml::escape::unescape(&whole).map_err(|error| wrong(error.to_string()))?;
                if let Some(element) = open.last_mut() {
                    element.text.push_str(&said);
                }
            }
            _ => {}
        }
    }
    match (open.len(), open.pop().and_then(|mut root| root.children.pop())) {
        (1, Some(root)) => Ok(root),
        _ => Err(wrong("it ends in the middle".to_owned())),
    }
}

fn element(start: &quick_xml::events::BytesStart<'_>) -> Result<Element, String> {
    let mut attributes = BTreeMap::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let name = attribute.key.local_name().as_ref().to_owned();
        let value = quick_xml::escape::unescape(&attribute.value)
            .map_err(|error| error.to_string())?
            .into_owned();
        attributes.insert(name, value);
    }
    Ok(Element {
        name: start.local_name().as_ref().to_owned(),
        attributes,
        ..Element::default()
    })
}

pub(crate) fn read(bytes: &[u8]) -> Result<Imported, Problem> {
    let root = tree(bytes)?;
    let (is_credit, line_name, quantity_name) = match root.name.as_str() {
        "Invoice" => (false, "InvoiceLine", "InvoicedQuantity"),
        "CreditNote" => (true, "CreditNoteLine", "CreditedQuantity"),
        other => {
            return Err(Problem::of_file(format!(
                "it is XML, and its root is {other:?}: of XML, invoices and credit notes of UBL 2.1 are read"
            )));
        }
    };
    // UBL amounts of lines are without the tax, whatever the invoice is otherwise.
    let inclusive = false;
    if root.all("AllowanceCharge").next().is_some() {
        return Err(at(
            "AllowanceCharge",
            "what is added to or taken off the whole document has no place; spread it over the lines",
        ));
    }
    let (mut lines, mut taxed) = (Vec::new(), Vec::new());
    for (number, line) in root.all(line_name).enumerate() {
        let (line, percent) = line_of(line, quantity_name, &format!("{line_name}[{}]", number + 1))?;
        taxed.push(percent);
        lines.push(line);
    }
    let all = lines
        .iter()
        .zip(&taxed)
        .map(|(line, percent)| (line.tax_code.as_deref().unwrap_or_default(), *percent, line.line_amount));
    let computed = totals(inclusive, all).ok_or_else(|| at(line_name, "they come to more than can be money"))?;
    let rounding = root.amount("LegalMonetaryTotal/PayableRoundingAmount")?;
    if rounding.is_some_and(|rounding| !rounding.is_zero()) {
        return Err(at(
            "LegalMonetaryTotal/PayableRoundingAmount",
            "a document that is rounded as a whole has no place; sell the difference as a line, or leave it out",
        ));
    }
    let total_tax = root.amount("TaxTotal/TaxAmount")?.unwrap_or(computed.total_tax);
    let total = root
        .amount("LegalMonetaryTotal/TaxInclusiveAmount")?
        .unwrap_or(computed.total);
    let id = root
        .text("ID")
        .ok_or_else(|| at("ID", "there is none; each document needs one"))?;
    let original = root.text("BillingReference/InvoiceDocumentReference/ID");
    if is_credit && original.is_none() {
        return Err(at(
            "BillingReference/InvoiceDocumentReference/ID",
            "a credit note names the invoice that it credits here",
        ));
    }
    let day = root.text("IssueDate").ok_or_else(|| at("IssueDate", "there is none"))?;
    let time = root
        .text("IssueTime")
        .ok_or_else(|| at("IssueTime", "there is none, and a document of the service has a time"))?;
    let date = format!("{day}T{time}")
        .parse()
        .map_err(|error| at("IssueDate", format!("{error}")))?;
    let reference = if is_credit {
        root.text("DiscrepancyResponse/Description")
            .or_else(|| root.text("Note"))
            .or_else(|| root.text("BillingReference/InvoiceDocumentReference/DocumentDescription"))
    } else {
        root.text("OrderReference/ID").or_else(|| root.text("BuyerReference"))
    };
    let (invoice_id, credit_note_id) = if is_credit { (None, Some(id)) } else { (Some(id), None) };
    let is_discounted = lines.iter().any(|line| line.discount_amount.is_some());
    let wire = WireDocument {
        invoice_number: invoice_id.clone(),
        invoice_id,
        credit_note_number: credit_note_id.clone(),
        credit_note_id,
        original_invoice_id: original.filter(|_| is_credit),
        reference,
        is_discounted: is_discounted.then_some(true),
        is_tax_inclusive: inclusive,
        buyer_contact: root.find("AccountingCustomerParty/Party").map(buyer),
        date: Some(date),
        line_items: lines,
        sub_total: total - total_tax,
        total_tax,
        total,
        currency_code: root.text("DocumentCurrencyCode"),
        payment_method: root
            .text("PaymentMeans/PaymentMeansCode")
            .as_deref()
            .and_then(payment)
            .map(str::to_owned),
    };
    read_back(&wire, &[Place::default()], &Arc::new(BTreeMap::new()))
}

fn line_of(line: &Element, quantity_name: &str, path: &str) -> Result<(WireLine, Option<Amount>), Problem> {
    let inside = |problem: Problem| {
        at(
            &format!("{path}/{}", problem.place.column.clone().unwrap_or_default()),
            problem.message,
        )
    };
    let quantity = line
        .amount(quantity_name)
        .map_err(inside)?
        .unwrap_or(Amount::from_units(1));
    let line_amount = line
        .amount("LineExtensionAmount")
        .map_err(inside)?
        .ok_or_else(|| at(&format!("{path}/LineExtensionAmount"), "there is none"))?;
    let mut discount = Amount::ZERO;
    for change in line.all("AllowanceCharge") {
        if change.text("ChargeIndicator").as_deref() == Some("true") {
            return Err(at(
                &format!("{path}/AllowanceCharge"),
                "charges on a line have no place; make them lines of their own",
            ));
        }
        discount += change.amount("Amount").map_err(inside)?.unwrap_or(Amount::ZERO);
    }
    let base = line
        .amount("Price/BaseQuantity")
        .map_err(inside)?
        .unwrap_or(Amount::from_units(1));
    let unit_amount = match line.amount("Price/PriceAmount").map_err(inside)? {
        Some(price) if base == Amount::from_units(1) => price,
        _ => {
            unit_price_from_total(line_amount + discount, quantity)
                .ok_or_else(|| {
                    at(
                        &format!("{path}/Price/PriceAmount"),
                        "no price with up to six places makes the amount of this line",
                    )
                })?
                .0
        }
    };
    let category = line.find("Item/ClassifiedTaxCategory").ok_or_else(|| {
        at(
            &format!("{path}/Item/ClassifiedTaxCategory"),
            "there is none, and a line has exactly one tax",
        )
    })?;
    let percent = category.amount("Percent").map_err(inside)?;
    // Exempt and outside of the tax have no rate; a rate of zero is one.
    let letter = category.text("ID").unwrap_or_else(|| "S".to_owned());
    let (code, percent) = match (letter.as_str(), percent) {
        ("E" | "O", _) => (letter.clone(), None),
        ("Z", percent) => (letter.clone(), Some(percent.unwrap_or(Amount::ZERO))),
        (_, Some(percent)) => {
            let text = percent.to_string();
            let text = if text.contains('.') {
                text.trim_end_matches('0').trim_end_matches('.')
            } else {
                &text
            };
            (format!("{letter}{text}"), Some(percent))
        }
        (_, None) => {
            return Err(at(
                &format!("{path}/Item/ClassifiedTaxCategory/Percent"),
                "there is none",
            ));
        }
    };
    let hs = line
        .find("Item")
        .into_iter()
        .flat_map(|item| item.all("CommodityClassification"))
        .filter_map(|class| class.find("ItemClassificationCode"))
        .find(|code| {
            code.attributes
                .get("listID")
                .is_none_or(|list| matches!(list.as_str(), "HS" | "HSC" | "TST"))
        })
        .map(|code| code.text.trim().to_owned());
    Ok((
        WireLine {
            description: line.text("Item/Name").or_else(|| line.text("Item/Description")),
            product_code: hs,
            unit_amount,
            quantity,
            discount_amount: (!discount.is_zero()).then_some(discount),
            line_amount,
            tax_code: Some(code),
        },
        percent,
    ))
}

fn buyer(party: &Element) -> WireBuyer {
    let address = party.find("PostalAddress").map(|address| WireAddress {
        province: address.text("CountrySubentity"),
        city: address.text("CityName"),
        street: address.text("StreetName"),
        house_no: address.text("BuildingNumber"),
    });
    let legal = party.text("PartyLegalEntity/RegistrationName");
    let known = party.text("PartyName/Name");
    WireBuyer {
        trade_name: known.clone().filter(|_| legal.is_some()),
        name: legal.or(known),
        tin: party
            .text("PartyLegalEntity/CompanyID")
            .or_else(|| party.text("PartyIdentification/ID")),
        vat_number: party.text("PartyTaxScheme/CompanyID"),
        phone: party.text("Contact/Telephone"),
        email: party.text("Contact/ElectronicMail"),
        address: address.filter(|address| *address != WireAddress::default()),
    }
}

/// Codes of UN/CEFACT 4461.
fn payment(code: &str) -> Option<&'static str> {
    match code {
        "10" => Some("Cash"),
        "48" | "54" | "55" => Some("Card"),
        "30" | "31" | "42" | "49" | "58" | "59" => Some("BankTransfer"),
        "20" => Some("Other"),
        _ => None,
    }
}
