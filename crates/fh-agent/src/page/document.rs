//! One document: where it stands, why, and what to do.

use axum::{
    extract::{Path, Query, Request, State},
    response::{Html, IntoResponse, Redirect, Response},
};
use fh_outbox::{Change, Entry, LedgerEntry, LedgerQuery, OutboxError, State as Held};
use fh_types::{Amount, CatDateTime};
use fiscal_harmony::{DocumentKind, View, codes};
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    credit::credit_form,
    decisions::actions,
    frame::{Failed, badge, exactly, failed, foreign, form, known, now, part, when},
    language::say,
    print, receipt, words,
};
use crate::{address::escaped, evidence::Typed, inside::Shared, problem::bad_request, sheet};

/// What was done a moment ago.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Done {
    done: String,
}

pub(super) async fn show(
    State(agent): State<Shared>,
    Path(id): Path<String>,
    Query(done): Query<Done>,
) -> Result<Html<String>, Failed> {
    let entry = known(&agent, agent.outbox.find(&id).await)?;
    let history = match agent.outbox.history(&id).await {
        // Of one that was pruned, only the result is left.
        Err(OutboxError::NoSuchDocument(_)) => Vec::new(),
        history => known(&agent, history)?,
    };
    let document = agent.outbox.document(&id).await.ok();
    let now = now();
    let preview = match &entry.receipt {
        Some(_) => print::text(&agent, &id, None).await.ok(),
        None => None,
    };
    let sold = in_the_ledger(&agent, &entry).await?;
    let address = format!("/documents/{}", escaped(&id));
    let body = html! {
        @if let Some(notice) = notice(&done.done) { p.notice role="status" { (notice) } }
        section.card #state data-live aria-live="polite" { (state(&entry, now)) }
        div #receipt data-live {
            @if let Some(shown) = &entry.receipt { (receipt::shown(&agent, &entry, shown, preview.as_deref())) }
            @else if !entry.state.is_settled() { (receipt::provisional(&entry)) }
        }
        div #actions data-live { (actions(&entry, document.as_ref(), &address)) }
        div { @if let Some(document) = &document { (credit_form(&entry, document, &address)) } }
        @if let Some(sold) = &sold { (amounts(sold)) }
        @if let Some(document) = &document { (content(&document.view(), now)) }
        @else { section.card { p { "Its lines are no longer kept here; only what became of it is." } } }
        div #history data-live { (shown_history(&history, now)) }
    };
    let title = format!("{} is {}", entry.number, words::standing(&entry).label.to_lowercase());
    Ok(Html(part(&agent, &title, "/documents", &body).into_string()))
}

/// What it comes to.
async fn in_the_ledger(agent: &Shared, entry: &Entry) -> Result<Option<LedgerEntry>, Failed> {
    let day = entry.dated.civil().date();
    let query = LedgerQuery::new(day, day).search(entry.document.as_str());
    let found = known(agent, agent.outbox.ledger(query).await)?;
    Ok(found.into_iter().find(|sold| sold.document == entry.document))
}

/// Tax by tax, as the authority takes it.
fn amounts(sold: &LedgerEntry) -> Markup {
    let money = |amount: Option<Amount>| amount.map_or_else(|| "?".to_owned(), words::money);
    html! {
        section.card #amounts aria-labelledby="amounts-title" {
            h2 #amounts-title { (say("What it comes to")) }
            table.amounts {
                caption { (foreign(&sold.currency)) }
                thead { tr { th scope="col" { (say("Tax")) } th.number scope="col" { (say("Without tax")) } th.number scope="col" { (say("Tax")) } th.number scope="col" { (say("With tax")) } } }
                tbody {
                    @for share in &sold.taxes {
                        tr {
                            td { (sheet::rate(share.rate)) " " span.hint { (foreign(&share.code)) } }
                            @for amount in [share.net, share.tax, share.gross] { td.number { (money(amount)) } }
                        }
                    }
                }
                tfoot {
                    tr {
                        th scope="row" { (say("Total")) }
                        @for amount in [sold.net, sold.tax, sold.gross] { td.number { (money(amount)) } }
                    }
                }
            }
        }
    }
}

fn notice(done: &str) -> Option<&'static str> {
    match done {
        "correct" => Some("It is corrected on your word, and sent again. What differs is in its history."),
        "retry" => Some("It is tried again on your word. What becomes of it shows here by itself."),
        "skip" => Some("It is skipped on your word, and the documents after it go on."),
        "set-aside" => Some("It is set aside on your word, and the documents after it go on."),
        "adopt" => Some("What you found is kept."),
        "credit" => Some("It is handed in. What becomes of it shows here by itself."),
        "release" => Some("It is released on your word: it is not fiscalised, and nothing was sent."),
        _ => None,
    }
}

fn kind(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Invoice => "Invoice",
        DocumentKind::CreditNote => "Credit note",
    }
}

fn state(entry: &Entry, now: CatDateTime) -> Markup {
    let standing = words::standing(entry);
    let reason = words::reason(entry);
    html! {
        p.hint {
            (kind(entry.kind))
            @if entry.number != entry.document { ", id " (foreign(&entry.document)) }
            ", lane " (foreign(&entry.lane)) ", taken in " (when(entry.enqueued_at, now))
        }
        h1 { (foreign(&entry.number)) }
        p.standing { (badge(standing.mood, standing.label)) }
        p { (standing.meaning) }
        @if let Some(due) = entry.due_at.filter(|due| *due > now) { p { "The next try is at " (when(due, now)) "." } }
        @if let Some(reason) = &reason {
            h2 {
                @if entry.state == Held::Skipped { "Why it was skipped" }
                @else if entry.waits_for.is_some() { "What it waits for" }
                @else { "The reason" }
            }
            blockquote.foreign { (foreign(reason)) }
            (explained(reason))
        }
        @if let Some(remedy) = standing.remedy {
            h2 { "What to do" }
            p { (remedy) }
        }
    }
}

/// What the authority's codes in a text mean, as far as it names any.
fn explained(reason: &str) -> Markup {
    html! {
        @for code in codes::in_text(reason) {
            div.code {
                h3 { (code.code) ": " (code.meaning) }
                p { "Usually: " (code.cause) }
                p { strong { "What to do: " } (code.remedy) }
            }
        }
    }
}

fn content(view: &View<'_>, now: CatDateTime) -> Markup {
    let buyer = view.buyer;
    let address = buyer.address.as_ref().map(|address| {
        [&address.house_no, &address.street, &address.city, &address.province]
            .map(String::as_str)
            .join(", ")
    });
    let fields = [
        ("Buyer", Some(buyer.name.as_str())),
        ("Trading as", buyer.trade_name.as_deref()),
        ("TIN", buyer.tin.as_deref()),
        ("VAT number", buyer.vat_number.as_deref()),
        ("Buyer’s address", address.as_deref()),
        ("Credits invoice", view.original_invoice_id),
        ("Reference", view.reference),
    ];
    let payment = view.payment_method.map(|method| words::payment(&method.to_string()));
    let totals = [
        ("Subtotal", view.sub_total),
        ("Tax", view.total_tax),
        ("Total", view.total),
    ];
    html! {
        section.card aria-labelledby="content-title" {
            h2 #content-title { @if view.kind == DocumentKind::Invoice { "What was sold" } @else { "What was taken back" } }
            dl {
                div { dt { "Date" } dd { (when(view.date, now)) } }
                @for (name, value) in fields {
                    @if let Some(value) = value { div { dt { (name) } dd.foreign { (foreign(value)) } } }
                }
                @if let Some(payment) = payment { div { dt { "Paid by" } dd { (payment) } } }
            }
            table.lines {
                caption { "Prices " @if view.tax_inclusive { "with" } @else { "without" } " tax, in " (foreign(view.currency)) }
                thead { tr { th scope="col" { "What" } th.number scope="col" { "Quantity" } th.number scope="col" { "Price" } th.number scope="col" { "Amount" } } }
                tbody {
                    @for line in view.lines {
                        tr {
                            td.foreign {
                                (foreign(&line.description))
                                span.hint { "HS " (foreign(&line.product_code)) ", tax " (foreign(&line.tax_code)) }
                                @if let Some(discount) = line.discount_amount.filter(|discount| !discount.is_zero()) {
                                    span.hint { "Discount " (words::money(discount)) }
                                }
                            }
                            td.number data-label="Quantity" { (line.quantity) }
                            td.number data-label="Price" { (words::money(line.unit_amount)) }
                            td.number data-label="Amount" { (words::money(line.line_amount)) }
                        }
                    }
                }
                tfoot {
                    @for (name, amount) in totals {
                        @if let Some(amount) = amount {
                            tr { th scope="row" colspan="3" { (name) } td.number { (words::money(amount)) } }
                        }
                    }
                }
            }
        }
    }
}

fn shown_history(history: &[Change], now: CatDateTime) -> Markup {
    html! {
        section.card aria-labelledby="history-title" {
            h2 #history-title { "History" }
            @if history.is_empty() {
                p { "Its history is no longer kept here; it is in the export that was made when it was pruned." }
            } @else {
                table.history {
                    thead { tr { th scope="col" { "When" } th scope="col" { "What" } th scope="col" { "Who" } th scope="col" { "Why" } } }
                    tbody {
                        @for change in history {
                            tr {
                                td { (exactly(change.at, now)) }
                                td { (words::event(&change.event)) @if words::event(&change.event) != words::label(change.to) { span.hint { (words::label(change.to)) } } }
                                td.foreign data-label="Who" { (foreign(words::who(&change.who))) }
                                td.foreign data-label="Why" { (foreign(&change.why)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// An operator's word.
#[derive(Debug, Deserialize)]
struct Word {
    #[serde(default)]
    by: String,
    #[serde(default)]
    reason: String,
}

impl Word {
    async fn read(agent: &Shared, request: Request) -> Result<Self, Failed> {
        let Self { by, reason } = form(agent, request).await?;
        let word = Self {
            by: by.trim().to_owned(),
            reason: reason.trim().to_owned(),
        };
        if word.by.is_empty() {
            return Err(failed(
                agent,
                bad_request("Say who decides: it is kept in the history. Go back and give your name."),
            ));
        }
        Ok(word)
    }
}

fn back(id: &str, done: &str) -> Response {
    Redirect::to(&format!("/documents/{}?done={done}", escaped(id))).into_response()
}

pub(super) async fn retry(
    State(agent): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Failed> {
    let word = Word::read(&agent, request).await?;
    known(&agent, agent.outbox.retry(&id, &word.by).await)?;
    Ok(back(&id, "retry"))
}

/// A decision that needs a reason.
async fn because(agent: &Shared, request: Request, needs: &'static str) -> Result<Word, Failed> {
    let word = Word::read(agent, request).await?;
    if word.reason.is_empty() {
        return Err(failed(agent, bad_request(needs)));
    }
    Ok(word)
}

pub(super) async fn skip(
    State(agent): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Failed> {
    let needs = "Say why it need not be fiscalised: it is kept in the history. Go back and give a reason.";
    let word = because(&agent, request, needs).await?;
    known(&agent, agent.outbox.skip(&id, &word.by, &word.reason).await)?;
    Ok(back(&id, "skip"))
}

pub(super) async fn set_aside(
    State(agent): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Failed> {
    let needs = "Say why the documents after it need not wait: it is kept in the history. Go back and give a reason.";
    let word = because(&agent, request, needs).await?;
    known(&agent, agent.outbox.set_aside(&id, &word.by, &word.reason).await)?;
    Ok(back(&id, "set-aside"))
}

pub(super) async fn release(
    State(agent): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Failed> {
    let needs = "Say how you know that it is not fiscalised: it is kept in the history. Go back and give a reason.";
    let word = because(&agent, request, needs).await?;
    known(&agent, agent.outbox.release(&id, &word.by, &word.reason).await)?;
    Ok(back(&id, "release"))
}

/// What an operator has found.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Found {
    by: String,
    qr_url: String,
    verification_code: String,
    request_id: String,
    any_day: bool,
}

pub(super) async fn adopt(
    State(agent): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Failed> {
    let found: Found = form(&agent, request).await?;
    let refused = |why: String| failed(&agent, bad_request(why));
    if found.by.trim().is_empty() {
        return Err(refused(
            "Say who decides: it is kept in the history. Go back and give your name.".to_owned(),
        ));
    }
    let typed = Typed {
        verification_code: Some(&found.verification_code),
        qr_url: Some(&found.qr_url),
        request_id: Some(&found.request_id),
        any_day: found.any_day,
    };
    let evidence = typed.evidence().map_err(refused)?;
    known(&agent, agent.outbox.adopt(&id, evidence, found.by.trim()).await)?;
    Ok(back(&id, "adopt"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_in_a_reason_are_explained_with_what_to_do() {
        let text = explained("RCPT026: total tax differs <b>").into_string();
        let code = codes::find("RCPT026").unwrap();
        let words = |text: &str| maud::html! { (text) }.into_string();
        for part in [code.code, code.meaning, code.cause, code.remedy] {
            assert!(text.contains(&words(part)), "{part}: {text}");
        }
        assert_eq!(explained("no code at all").into_string(), "");
    }
}
