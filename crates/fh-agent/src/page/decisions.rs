//! What a person can decide about a document, as forms.

use fh_outbox::{Entry, State as Held};
use fiscal_harmony::Document;
use maud::{Markup, html};

use super::{correction::correction_form, words};
use crate::wording::Decision;

/// What can be decided, what is most likely right first.
pub(super) fn actions(entry: &Entry, document: Option<&Document>, address: &str) -> Markup {
    let mut decisions = words::standing(entry).decisions;
    // Another document is handed in by the till; and of one whose lines are gone nothing can be mended.
    decisions.retain(|decision| match decision {
        Decision::Replace => false,
        Decision::Correct => document.is_some(),
        _ => true,
    });
    // Where nobody has to do anything, what can be done stays out of the way.
    let is_needed = !matches!(
        entry.state,
        Held::Queued | Held::Unknown | Held::Skipped | Held::Fiscalised
    );
    html! {
        @if !decisions.is_empty() {
            section.card aria-labelledby="actions-title" {
                h2 #actions-title { @if is_needed { "Your decision" } @else { "What you can do" } }
                @for (at, decision) in decisions.iter().enumerate() {
                    @let (name, form) = decision_form(*decision, entry, document, address);
                    @if at == 0 && is_needed { (form) }
                    @else {
                        details id={ (name.0) "-details" } {
                            summary id={ (name.0) "-details-summary" } { (name.1) @if is_needed { " instead" } }
                            (form)
                        }
                    }
                }
            }
        }
    }
}

/// The form of a decision, with its name in addresses and its name for people.
fn decision_form(
    decision: Decision,
    entry: &Entry,
    document: Option<&Document>,
    address: &str,
) -> ((&'static str, &'static str), Markup) {
    match decision {
        Decision::Correct => {
            let form = document.map_or_else(Markup::default, |document| correction_form(entry, document, address));
            (("correct", "Correct it"), form)
        }
        Decision::Retry => (("retry", "Try it now"), retry_form(address)),
        Decision::Skip => (("skip", "Skip it"), skip_form(address)),
        Decision::SetAside => (("set-aside", "Set it aside"), set_aside_form(address)),
        Decision::Release => (("release", "Release it"), release_form(address)),
        _ => (("adopt", "Adopt its receipt"), adopt_form(address)),
    }
}

fn by_field(of: &str) -> Markup {
    html! {
        label for={ (of) "-by" } { "Your name, for the history" }
        input id={ (of) "-by" } name="by" required maxlength="100" autocomplete="name";
    }
}

fn reason_field(of: &str, question: &str) -> Markup {
    html! {
        label for={ (of) "-reason" } { (question) }
        input id={ (of) "-reason" } name="reason" required maxlength="500" autocomplete="off";
    }
}

fn retry_form(address: &str) -> Markup {
    html! {
        form method="post" action={ (address) "/retry" } {
            (by_field("retry"))
            button.primary #retry type="submit" { "Retry" }
        }
    }
}

fn skip_form(address: &str) -> Markup {
    html! {
        p.problem {
            strong { "A skipped document is not fiscalised. " }
            "The documents after it go on without it. Skip it only if the sale was taken back or need not be fiscalised."
        }
        form method="post" action={ (address) "/skip" } {
            (by_field("skip"))
            (reason_field("skip", "Why it need not be fiscalised"))
            button.danger #skip type="submit" { "Skip it" }
        }
    }
}

fn set_aside_form(address: &str) -> Markup {
    html! {
        p { "The documents after it go on. What comes of it is still awaited, and it can be retried later." }
        form method="post" action={ (address) "/set-aside" } {
            (by_field("set-aside"))
            (reason_field("set-aside", "Why the documents after it need not wait"))
            button #set-aside type="submit" { "Set it aside" }
        }
    }
}

fn release_form(address: &str) -> Markup {
    html! {
        p.problem {
            strong { "Release it only if you have looked, and it certainly is not fiscalised. " }
            "If it is after all, the sale may be fiscalised twice. Nothing is sent by this."
        }
        form method="post" action={ (address) "/release" } {
            (by_field("release"))
            (reason_field("release", "How you know that it is not fiscalised"))
            button.danger #release type="submit" { "Release it" }
        }
    }
}

fn adopt_form(address: &str) -> Markup {
    html! {
        p { "Give one of the three, as you found it in the Fiscal Harmony portal or on the receipt." }
        form method="post" action={ (address) "/adopt" } {
            (by_field("adopt"))
            label for="adopt-qr" { "The address in its QR code" }
            input #adopt-qr name="qr_url" maxlength="500" autocomplete="off" spellcheck="false";
            label for="adopt-code" { "Or its verification code; the receipt is then incomplete and cannot be printed from here" }
            input #adopt-code name="verification_code" maxlength="40" autocomplete="off" spellcheck="false";
            label for="adopt-request" { "Or the request id; the service is then asked" }
            input #adopt-request name="request_id" maxlength="200" autocomplete="off" spellcheck="false";
            label { input type="checkbox" name="any_day" value="true"; " The receipt is of another day than the document, and I know why" }
            button.primary #adopt type="submit" { "Adopt it" }
        }
    }
}
