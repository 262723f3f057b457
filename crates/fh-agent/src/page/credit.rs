//! A credit note for a sale, in whole or in part: drafted, shown, and handed in on a second press.

use std::collections::BTreeMap;

use axum::{
    extract::{Path, Request, State},
    response::{Html, IntoResponse, Redirect, Response},
};
use fh_outbox::{Entry, State as Held};
use fh_types::Amount;
use fiscal_harmony::{CreditNote, Document, Invoice, preflight::Findings};
use maud::{Markup, html};

use super::{
    frame::{Failed, failed, foreign, form, frame, known, now},
    language::say,
    words,
};
use crate::{address::escaped, inside::Shared, problem::bad_request};

/// The form, for an invoice that is fiscalised.
pub(super) fn credit_form(entry: &Entry, document: &Document, address: &str) -> Markup {
    let Document::Invoice(invoice) = document else {
        return Markup::default();
    };
    if entry.state != Held::Fiscalised {
        return Markup::default();
    }
    let view = invoice.view();
    html! {
        section.card aria-labelledby="credit-title" {
            details #credit-details {
                summary #credit-details-summary { (say("Take it back, in whole or in part")) }
                p #credit-title { (say("This drafts a credit note. Nothing is sent before you have seen it.")) }
                form #credit-form method="post" action={ (address) "/credit" } {
                    @for (at, line) in view.lines.iter().enumerate() {
                        label for={ "credit-" (at) } { (foreign(&line.description)) ": " (say("quantity to take back")) }
                        input id={ "credit-" (at) } name={ "quantity_" (at) } value=(line.quantity) inputmode="decimal" autocomplete="off" required;
                    }
                    label for="credit-number" { (say("Number of the credit note")) }
                    input #credit-number name="number" value={ "CN-" (invoice.view().number) } required maxlength="50" autocomplete="off";
                    label for="credit-reason" { (say("Why it is taken back")) }
                    input #credit-reason name="reason" required maxlength="500" autocomplete="off";
                    button.primary #credit type="submit" { (say("Show the draft")) }
                }
            }
        }
    }
}

/// The credit note that a form asks for.
fn drafted(invoice: &Invoice, text: &impl Fn(&str) -> String) -> Result<CreditNote, String> {
    let (number, reason) = (text("number"), text("reason"));
    let view = invoice.view();
    let mut parts = Vec::new();
    for (at, line) in view.lines.iter().enumerate() {
        let written = text(&format!("quantity_{at}"));
        if written.is_empty() {
            continue;
        }
        let quantity: Amount = written.parse().map_err(|_| format!("{written:?} is no quantity."))?;
        if quantity.is_negative() || quantity > line.quantity {
            return Err(format!(
                "Of {} at most {} can be taken back.",
                line.description, line.quantity
            ));
        }
        if !quantity.is_zero() {
            parts.push((at, quantity));
        }
    }
    if parts.is_empty() {
        return Err("No quantity is to be taken back.".to_owned());
    }
    // What was shown is what is handed in, also when it is pressed again.
    let date = text("date").parse().unwrap_or_else(|_| now());
    let is_all = parts.len() == view.lines.len() && parts.iter().all(|(at, part)| *part == view.lines[*at].quantity);
    let note = if is_all {
        CreditNote::for_all_of(invoice, number, reason, date)
    } else {
        CreditNote::for_part_of(invoice, parts)
            .id(number)
            .reason(reason)
            .date(date)
            .build()
    };
    note.map_err(|error| error.to_string())
}

pub(super) async fn credit(
    State(agent): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Failed> {
    let given: BTreeMap<String, String> = form(&agent, request).await?;
    let refused = |why: String| failed(&agent, bad_request(format!("{why} Go back and mend it.")));
    let text = |field: &str| given.get(field).map_or_else(String::new, |text| text.trim().to_owned());
    let entry = known(&agent, agent.outbox.find(&id).await)?;
    let Document::Invoice(invoice) = known(&agent, agent.outbox.document(&id).await)? else {
        return Err(refused("A credit note cannot be credited.".to_owned()));
    };
    let note: Document = drafted(&invoice, &text).map_err(refused)?.into();
    let outbox = agent.outbox.for_lane(entry.lane.clone());
    let address = format!("/documents/{}", escaped(&id));
    if text("confirmed").is_empty() {
        let findings = known(&agent, outbox.check(&note).await)?;
        return Ok(Html(draft(&agent, &address, &given, &note, &findings).into_string()).into_response());
    }
    let taken = known(&agent, outbox.enqueue(&note).await)?;
    Ok(Redirect::to(&format!("/documents/{}?done=credit", escaped(&taken.entry.document))).into_response())
}

fn draft(
    agent: &Shared,
    address: &str,
    given: &BTreeMap<String, String>,
    note: &Document,
    findings: &Findings,
) -> Markup {
    let view = note.view();
    let is_blocked = findings.blocks();
    let body = html! {
        section.card.narrow {
            h1 { (say("Draft of a credit note")) }
            p { (foreign(view.number)) ", " (foreign(view.buyer.name.as_str())) }
            table.lines {
                caption { (foreign(view.currency)) }
                tbody {
                    @for line in view.lines {
                        tr { td.foreign { (foreign(&line.description)) } td.number { (line.quantity) } td.number { (words::money(line.line_amount)) } }
                    }
                }
                tfoot {
                    @for (name, amount) in [(say("Tax"), view.total_tax), (say("Total"), view.total)] {
                        @if let Some(amount) = amount { tr { th scope="row" colspan="2" { (name) } td.number { (words::money(amount)) } } }
                    }
                }
            }
            @for finding in &findings.findings {
                p.hint { (foreign(&finding.message)) " " (foreign(&finding.remedy)) }
            }
            @if is_blocked {
                p.problem { (say("It would surely be rejected, so that it cannot be handed in.")) }
            } @else {
                form #confirm-form method="post" action={ (address) "/credit" } {
                    @for (field, text) in given { input type="hidden" name=(field) value=(text); }
                    input type="hidden" name="date" value=(view.date);
                    input type="hidden" name="confirmed" value="yes";
                    button.primary #confirm type="submit" { (say("Hand it in")) }
                }
            }
            p { a href=(address) { (say("Leave it as it is")) } }
        }
    };
    frame(agent, say("Draft of a credit note"), false, &body)
}
