//! The receipt of a document: what stands on it, and on what it can be printed.

use fh_outbox::Entry;
use fiscal_harmony::Receipt;
use maud::{Markup, html};

use super::{frame::foreign, language::say};
use crate::{address::escaped, inside::Inside};

/// The receipt. `preview` is what it looks like on paper.
pub(super) fn shown(agent: &Inside, entry: &Entry, receipt: &Receipt, preview: Option<&str>) -> Markup {
    let base = format!("/v1/documents/{}", escaped(&entry.document));
    let mismatches = receipt.mismatches();
    let has_pdf = receipt.pdf.is_some() && agent.lane(Some(&entry.lane)).is_some();
    html! {
        section.card.receipt aria-labelledby="receipt-title" {
            h2 #receipt-title { (say("Receipt")) }
            @if entry.incomplete {
                p.problem {
                    strong { "This is not the whole receipt: it cannot be printed. " }
                    "Its verification code was adopted alone. Adopt the address in its QR code to complete it."
                }
            } @else if mismatches.is_empty() {
                img #qr src={ (base) "/qr.svg" } width="200" height="200" alt="QR code with the address of the receipt";
            } @else {
                p.problem {
                    strong { "This receipt contradicts itself: do not print it. " }
                    @for mismatch in &mismatches { (foreign(&mismatch.to_string())) ". " }
                    "Report it to Fiscal Harmony."
                }
            }
            dl {
                div { dt { (say("Verification code")) } dd.code-text { (foreign(&receipt.verification_code)) } }
                div { dt { (say("Receipt number")) } dd { (receipt.receipt_number) } }
                div { dt { (say("Fiscal day")) } dd { (receipt.fiscal_day) } }
                div { dt { (say("Device")) } dd { (receipt.device_id) } }
                div {
                    dt { (say("Address")) }
                    dd.foreign {
                        // Anything else could be a script.
                        @if receipt.qr_url.starts_with("https://") {
                            a #address href=(receipt.qr_url) rel="noopener noreferrer" target="_blank" { (foreign(&receipt.qr_url)) }
                        } @else {
                            (foreign(&receipt.qr_url))
                        }
                    }
                }
            }
            @if mismatches.is_empty() && !entry.incomplete {
                form.print method="post" action={ "/documents/" (escaped(&entry.document)) "/print" } {
                    (say("Print it: the first is the receipt, every later one says COPY."))
                    div.links {
                        button.primary #print-roll type="submit" name="paper" value="80mm" { (say("80 mm")) } " "
                        button #print-a4 type="submit" name="paper" value="a4" { (say("A4")) }
                    }
                }
                p.links {
                    @if has_pdf { a href={ (base) "/receipt.pdf" } { (say("PDF of the service")) } " " }
                    a href={ (base) "/receipt.pdf?ours" } { (say("Our own PDF")) } " "
                    a href={ (base) "/receipt.txt" } { (say("Receipt as text")) }
                }
                @if let Some(preview) = preview {
                    details #preview { summary #preview-summary { (say("What it looks like")) } pre.slip.preview { (preview) } }
                }
            }
        }
    }
}

/// For a customer who does not want to wait.
pub(super) fn provisional(entry: &Entry) -> Markup {
    let base = format!("/v1/documents/{}", escaped(&entry.document));
    html! {
        section.card {
            p { "There is no receipt yet. A customer can have a slip that says so, with the number under which to ask for the receipt later." }
            p.links {
                a href={ (base) "/receipt.pdf?ours&provisional" } { "Provisional slip, PDF" } " "
                a href={ (base) "/receipt.txt?provisional" } { "Provisional slip, text" }
            }
        }
    }
}
