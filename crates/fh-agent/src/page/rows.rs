//! Documents as rows of a list.

use fh_outbox::{Entry, LedgerEntry, State as Held, Stats};
use fh_types::CatDateTime;
use maud::{Markup, html};

use super::{
    frame::{badge, foreign, when},
    language::say,
    words,
};
use crate::address::escaped;

/// A list of documents with what is the matter with them.
pub(super) fn list(entries: &[Entry], stats: &Stats, now: CatDateTime) -> Markup {
    html! {
        ul.documents {
            @for entry in entries { (item(entry, stats, now)) }
        }
    }
}

fn name(document: &str, number: &str) -> Markup {
    html! {
        a.name id={ "d" (escaped(document)) } href={ "/documents/" (escaped(document)) } { (foreign(number)) }
    }
}

fn item(entry: &Entry, stats: &Stats, now: CatDateTime) -> Markup {
    let standing = words::standing(entry);
    let held = (entry.state == Held::Parked && entry.holds).then(|| words::held_up(stats, &entry.lane));
    html! {
        li {
            div.row {
                (badge(standing.mood, standing.label))
                (name(&entry.document, &entry.number))
                span.hint {
                    (entry.kind)
                    @if entry.number != entry.document { ", id " (foreign(&entry.document)) }
                    @if stats.lanes.len() > 1 { ", lane " (foreign(&entry.lane)) }
                }
                span.ago { (when(entry.enqueued_at, now)) @if !entry.state.is_settled() { ", " (words::age(entry.enqueued_at, now)) " ago" } }
            }
            @if let Some(reason) = words::reason(entry) { p.reason { (foreign(&reason)) } }
            @match held {
                None | Some(0) => {}
                Some(1) => { p.reason { strong { "Holds up 1 other." } " Open it to see what to do." } }
                Some(n) => { p.reason { strong { "Holds up " (n) " others." } " Open it to see what to do." } }
            }
        }
    }
}

/// A document of the ledger, with its buyer and what it comes to.
pub(super) fn sold(sold: &LedgerEntry, entry: &Entry, now: CatDateTime) -> Markup {
    let standing = words::standing(entry);
    let is_note = sold.kind == fiscal_harmony::DocumentKind::CreditNote;
    html! {
        li {
            div.row {
                (badge(standing.mood, standing.label))
                (name(&sold.document, &sold.number))
                span.hint {
                    (foreign(&sold.buyer))
                    @if let Some(tin) = &sold.tin { ", TIN " (foreign(tin)) }
                    @if is_note { ", " (say("credit note")) }
                    @if sold.number != sold.document { ", id " (foreign(&sold.document)) }
                }
                span.ago { (when(sold.date, now)) }
                strong.number {
                    @match sold.gross {
                        Some(gross) => { (foreign(&sold.currency)) " " @if is_note { "−" } (words::money(gross)) }
                        None => { (foreign(&sold.currency)) " ?" }
                    }
                }
            }
            @if let Some(reason) = words::reason(entry) { p.reason { (foreign(&reason)) } }
        }
    }
}
