//! Documents that were handed in before: numbers used twice, and retries.

use super::{Earlier, EarlierState, Level, Need, Rule, subject::Subject};
use crate::{Attempt, DocumentKind};

pub(super) const PF03: Rule = Rule {
    id: "PF03",
    title: "The number was never used for another document.",
    level: Level::Block,
    needs: &[Need::Journal],
    only: None,
    codes: &["RCPT013", "RCPT020"],
    remedy: "Never use a number twice. The outcome of a document that was handed in before can be looked up.",
    check: |subject, report| {
        let view = &subject.view;
        let Some(Some(earlier)) = subject.ask(report, |journal| journal.by_number(view.number)) else {
            return;
        };
        if same_body(subject, &earlier) {
            return;
        }
        let pointer = match view.kind {
            DocumentKind::Invoice => "/InvoiceNumber",
            DocumentKind::CreditNote => "/CreditNoteNumber",
        };
        let earlier_document = format!("the {} {:?} of {}", earlier.kind, earlier.id, earlier.date);
        match earlier.state {
            // A rejected document is mended under its own number, as the cure for a missing TIN shows [vendor-code].
            EarlierState::Rejected { .. } if earlier.id == view.id => {}
            EarlierState::Rejected { .. } => report.warn(
                "RCPT013",
                pointer,
                format!("{:?} was used by {earlier_document}, which was rejected; if the authority kept it, the number is spent", view.number),
            ),
            EarlierState::Open | EarlierState::Fiscalised => {
                report.block("RCPT013", pointer, format!("{:?} was used by {earlier_document}, with other content", view.number));
            }
        }
    },
};

pub(super) const PF36: Rule = Rule {
    id: "PF36",
    title: "IsRetry is true exactly when the same document was handed in before.",
    level: Level::Block,
    needs: &[Need::Journal],
    only: None,
    codes: &["RCPT013"],
    remedy: "Set IsRetry on a document that is sent again under its id, and on no other.",
    check: |subject, report| {
        let view = &subject.view;
        let Some(earlier) = subject.ask(report, |journal| journal.by_id(view.id)) else {
            return;
        };
        let message = match (earlier, view.is_retry) {
            (None, false) | (Some(_), true) => return,
            (None, true) => format!("IsRetry is true, and {:?} was never handed in", view.id),
            (
                Some(Earlier {
                    state: EarlierState::Rejected { .. },
                    ..
                }),
                false,
            ) => {
                format!(
                    "{:?} was handed in before and rejected; to send it again IsRetry must be true",
                    view.id
                )
            }
            // The very same document again is a question for its outcome, which is harmless.
            (Some(earlier), false) if same_body(subject, &earlier) => return,
            (Some(earlier), false) => {
                format!(
                    "the id {:?} belongs to the {} {:?} of {}",
                    view.id, earlier.kind, earlier.number, earlier.date
                )
            }
        };
        report.block("RCPT013", "/IsRetry", message);
    },
};

fn same_body(subject: &Subject<'_>, earlier: &Earlier) -> bool {
    // A retry differs from its first attempt in the flag alone, so the first attempt's form is compared.
    subject
        .document
        .freeze(Attempt::First)
        .is_ok_and(|frozen| frozen.sha256() == earlier.sha256)
}
