//! Mending a document on the page: what a person at the back office can set right without the till.

use std::collections::BTreeMap;

use axum::{
    extract::{Path, Request, State},
    response::{Html, IntoResponse, Redirect, Response},
};
use fh_outbox::{Corrected, Entry};
use fiscal_harmony::{Address, Document, PaymentMethod};
use maud::{Markup, html};

use super::{
    frame::{Failed, failed, foreign, form, frame, known},
    words,
};
use crate::{address::escaped, inside::Shared, problem::bad_request};

/// Fields of the buyer, with their names in the form and for people, and how long they may be.
const BUYER: [(&str, &str, &str); 8] = [
    ("name", "Buyer’s name", "250"),
    ("tin", "TIN", "10"),
    ("vat_number", "VAT number", "9"),
    ("phone", "Phone", "20"),
    ("house_no", "Buyer’s address: house number", "100"),
    ("street", "Street", "100"),
    ("city", "City", "100"),
    ("province", "Province", "100"),
];

/// What stands in a field of the buyer.
fn of_buyer<'a>(document: &'a Document, field: &str) -> &'a str {
    let buyer = document.view().buyer;
    let address = buyer.address.as_ref();
    let text = match field {
        "name" => Some(&buyer.name),
        "tin" => buyer.tin.as_ref(),
        "vat_number" => buyer.vat_number.as_ref(),
        "phone" => buyer.phone.as_ref(),
        "house_no" => address.map(|address| &address.house_no),
        "street" => address.map(|address| &address.street),
        "city" => address.map(|address| &address.city),
        _ => address.map(|address| &address.province),
    };
    text.map_or("", String::as_str)
}

/// The form, with what stands in the document.
pub(super) fn correction_form(entry: &Entry, document: &Document, address: &str) -> Markup {
    let view = document.view();
    let paid = view.payment_method.map(PaymentMethod::name).unwrap_or_default();
    html! {
        p { "What is wrong elsewhere in it, such as a price, is corrected in the till or with the command line." }
        form #correct-form method="post" action={ (address) "/correct" } {
            input type="hidden" name="revision" value=(entry.revision);
            @for (field, name, longest) in BUYER {
                label for={ "correct-" (field) } { (name) }
                input id={ "correct-" (field) } name=(field) value=(of_buyer(document, field)) maxlength=(longest) autocomplete="off"
                    required[field == "name"];
            }
            label for="correct-payment" { "Paid by" }
            select #correct-payment name="payment_method" {
                option value="" selected[paid.is_empty()] { "not said" }
                @for method in PaymentMethod::ALL {
                    option value=(method.name()) selected[method.name() == paid] { (words::payment(method.name())) }
                }
            }
            @for (at, line) in view.lines.iter().enumerate() {
                label for={ "correct-tax-" (at) } { "Tax code of line " (at + 1) ", " (foreign(&line.description)) }
                input id={ "correct-tax-" (at) } name={ "tax_code_" (at) } value=(line.tax_code) required maxlength="50" autocomplete="off";
            }
            label for="correct-by" { "Your name, for the history" }
            input #correct-by name="by" required maxlength="100" autocomplete="name";
            label for="correct-reason" { "Why it is corrected" }
            input #correct-reason name="reason" required maxlength="500" autocomplete="off";
            button.primary #correct type="submit" { "Show what changes" }
        }
    }
}

/// What a correction would change and what the checks say of it, and the same fields once more, for the second press. Nothing is done
/// before that.
fn preview(agent: &Shared, address: &str, given: &BTreeMap<String, String>, compared: &Corrected) -> Markup {
    let body = html! {
        section.card.narrow {
            h1 { "What changes" }
            ul #changes {
                @for difference in &compared.differences { li { (foreign(&difference.to_string())) } }
            }
            @for finding in &compared.findings.findings {
                p.hint { (foreign(&finding.message)) " " (foreign(&finding.remedy)) }
            }
            form #confirm-form method="post" action={ (address) "/correct" } {
                @for (field, text) in given { input type="hidden" name=(field) value=(text); }
                input type="hidden" name="confirmed" value="yes";
                button.primary #confirm type="submit" { "Correct it and send it" }
            }
            p { a href=(address) { "Leave it as it is" } }
        }
    };
    frame(agent, "What changes", false, &body)
}

pub(super) async fn correct(
    State(agent): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Failed> {
    let given: BTreeMap<String, String> = form(&agent, request).await?;
    let refused = |why: &str| failed(&agent, bad_request(why));
    let text = |field: &str| given.get(field).map_or("", |text| text.trim());
    let (by, why) = (text("by"), text("reason"));
    if by.is_empty() || why.is_empty() {
        return Err(refused(
            "Say who corrects it and why: both are kept in the history. Go back and give them.",
        ));
    }
    let entry = known(&agent, agent.outbox.find(&id).await)?;
    if text("revision") != entry.revision.to_string() {
        return Err(refused(
            "Somebody else corrected it meanwhile. Open it again, and look at what it says now.",
        ));
    }
    let mut document = known(&agent, agent.outbox.document(&id).await)?;
    mend(&mut document, &text).map_err(|why| refused(&why))?;
    let compared = known(&agent, agent.outbox.compare(&id, &document).await)?;
    if compared.differences.is_empty() {
        return Err(refused(
            "Nothing was changed in it. Go back and change what is wrong, or retry it to send it as it is.",
        ));
    }
    let address = format!("/documents/{}", escaped(&id));
    if text("confirmed").is_empty() {
        return Ok(Html(preview(&agent, &address, &given, &compared).into_string()).into_response());
    }
    known(&agent, agent.outbox.correct(&id, &document, by, why).await)?;
    Ok(Redirect::to(&format!("{address}?done=correct")).into_response())
}

/// Puts what was given into a document. A field that the form does not have is left as it is.
fn mend<'a>(document: &mut Document, text: &impl Fn(&str) -> &'a str) -> Result<(), String> {
    let given = |field: &str| Some(text(field)).filter(|text| !text.is_empty()).map(str::to_owned);
    let buyer = document.buyer_mut();
    buyer.name = given("name").ok_or("The buyer needs a name. Go back and give one.")?;
    buyer.tin = given("tin");
    buyer.vat_number = given("vat_number");
    buyer.phone = given("phone");
    let parts = ["province", "street", "house_no", "city"].map(text);
    if parts.iter().all(|part| part.is_empty()) {
        buyer.address = None;
    } else {
        let [province, street, house_no, city] = parts;
        let whole = Address::new(province, street, house_no, city)
            .map_err(|error| format!("The address needs all four parts: {error}. Go back and give them, or none."))?;
        match &mut buyer.address {
            // What else it says stays.
            Some(address) => {
                address.province = whole.province;
                address.street = whole.street;
                address.house_no = whole.house_no;
                address.city = whole.city;
            }
            none => *none = Some(whole),
        }
    }
    let method = given("payment_method").map(|word| word.parse().map_err(|error| format!("{error}")));
    document.set_payment_method(method.transpose()?);
    for (at, line) in document.lines_mut().iter_mut().enumerate() {
        if let Some(code) = given(&format!("tax_code_{at}")) {
            line.tax_code = code;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sale() -> Document {
        let json = r#"{"InvoiceId":"A1","InvoiceNumber":"A1","IsTaxInclusive":true,"BuyerContact":{"Name":"Cash Customer","TradeName":"Shop"},
            "Date":"2026-02-03T10:00:00+02:00","CurrencyCode":"USD","PaymentMethod":"Cash","LineItems":[{"Description":"Soap","UnitAmount":1.10,
            "Quantity":1,"LineAmount":1.10,"TaxCode":"VAT","ProductCode":"34011100"}]}"#;
        Document::from_json(json.as_bytes()).unwrap()
    }

    fn mended(changes: &[(&str, &str)]) -> Result<Vec<String>, String> {
        let mut document = sale();
        let mut fields: BTreeMap<&str, &str> = BUYER
            .iter()
            .map(|(field, ..)| (*field, ""))
            .chain([
                ("name", "Cash Customer"),
                ("payment_method", "Cash"),
                ("tax_code_0", "VAT"),
            ])
            .collect();
        fields.extend(changes.iter().copied());
        mend(&mut document, &|field: &str| fields.get(field).copied().unwrap_or(""))?;
        let differences = document.differences_from(&sale()).unwrap();
        Ok(differences.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn what_is_given_is_mended_and_nothing_else() {
        assert_eq!(mended(&[]), Ok(vec![]));
        let all = mended(&[
            ("name", "Acme Ltd"),
            ("tin", "2000123456"),
            ("payment_method", "Card"),
            ("tax_code_0", "VAT15.5"),
        ]);
        assert_eq!(all.map(|all| all.len()), Ok(4));
    }

    #[test]
    fn half_an_address_and_no_name_are_refused_in_words() {
        assert!(mended(&[("city", "Harare")]).unwrap_err().contains("all four parts"));
        assert!(mended(&[("name", "")]).unwrap_err().contains("needs a name"));
        assert!(
            mended(&[("payment_method", "Cheque")])
                .unwrap_err()
                .contains("no payment method")
        );
    }

    #[test]
    fn what_stands_in_a_document_is_escaped() {
        let mut document = sale();
        document.buyer_mut().name = "\"><script>".to_owned();
        let text = maud::html! { input value=(of_buyer(&document, "name")); }.into_string();
        assert!(!text.contains("<script>"), "{text}");
    }
}
