//! The alarms about one document.

use super::kinds::{Alarm, AlarmKind, Gravity};
use crate::{
    cause::Cause,
    entry::cat,
    machine::{Micros, since},
    policy::Policy,
    state::State,
    store::kept::Kept,
};

/// An alarm about one document.
fn about(kept: &Kept, kind: AlarmKind, gravity: Gravity, message: String, remedy: &'static str) -> Alarm {
    Alarm {
        key: None,
        kind,
        gravity,
        lane: Some(kept.lane.clone()),
        document: Some(kept.document.clone()),
        since: Some(cat(kept.changed_at)),
        message,
        remedy,
    }
}

fn reason(kept: &Kept) -> &str {
    kept.facts.reason.as_deref().unwrap_or("no reason was noted")
}

pub(super) fn parked(kept: &Kept) -> Alarm {
    let (document, lane) = (&kept.document, &kept.lane);
    let stands = if kept.facts.holds {
        format!("nothing of the lane {lane} is sent")
    } else {
        format!("the lane {lane} goes on")
    };
    if kept.facts.cause == Some(Cause::ProbablyFiscalised) {
        return about(
            kept,
            AlarmKind::ProbablyFiscalised,
            Gravity::Critical,
            format!("{document} is {}; {stands}", reason(kept)),
            "look the sale up in the Fiscal Harmony portal; then adopt its receipt, or release it if there certainly is none; do not issue it \
             again before",
        );
    }
    let remedy = if kept.facts.doubt {
        "look the sale up in the Fiscal Harmony portal; then adopt its receipt, release it if there certainly is none, or retry it"
    } else {
        "mend what is said, then retry it, or skip it with a reason"
    };
    let gravity = if kept.facts.holds || kept.facts.cause == Some(Cause::RequestShared) {
        Gravity::Critical
    } else {
        Gravity::Warning
    };
    let message = format!("{document} is parked and {stands}: {}", reason(kept));
    about(kept, AlarmKind::Parked, gravity, message, remedy)
}

pub(super) fn refused(kept: &Kept) -> Alarm {
    about(
        kept,
        AlarmKind::Refused,
        Gravity::Critical,
        format!("the service takes nothing of the lane {}: {}", kept.lane, reason(kept)),
        "see to the API key, the subscription and the device in the Fiscal Harmony portal; it is tried again by itself",
    )
}

pub(super) fn waiting(kept: &Kept, policy: &Policy, now: Micros) -> Option<Alarm> {
    let is_long = since(now, kept.enqueued_at) >= policy.unsent_warning;
    (is_long && kept.facts.cause == Some(Cause::WaitsForInvoice)).then(|| {
        about(
            kept,
            AlarmKind::WaitsForInvoice,
            Gravity::Warning,
            format!("{} {}", kept.document, reason(kept)),
            "see to the invoice; the credit note follows by itself",
        )
    })
}

/// One that a person must have seen.
pub(super) fn settled(kept: &Kept) -> Alarm {
    let document = &kept.document;
    let (kind, gravity, message, remedy) = match kept.facts.state {
        State::Fiscalised if !kept.facts.doubled => (
            AlarmKind::Adopted,
            Gravity::Warning,
            format!("{document} counts as fiscalised on the word of an operator, who found its receipt"),
            "compare it with the receipt in the Fiscal Harmony portal; then acknowledge this",
        ),
        State::Fiscalised => (
            AlarmKind::FiscalisedTwice,
            Gravity::Critical,
            format!("{document} was {}", reason(kept)),
            "have Fiscal Harmony cancel one of the two receipts, or credit it; then acknowledge this",
        ),
        State::Expired => (
            AlarmKind::Expired,
            Gravity::Critical,
            format!("{document} was taken by the service and is {}", reason(kept)),
            "look the sale up in the Fiscal Harmony portal; then adopt its receipt, or release it if there certainly is none",
        ),
        _ => (
            AlarmKind::Rejected,
            Gravity::Critical,
            format!("{document} is rejected and not fiscalised: {}", reason(kept)),
            if kept.facts.actionable {
                "mend what is said, then retry it; or acknowledge this"
            } else {
                "issue the sale as another document, without what is said; then acknowledge this"
            },
        ),
    };
    Alarm {
        key: Some(format!("{}:{document}", kind.name())),
        ..about(kept, kind, gravity, message, remedy)
    }
}

/// Those of a lane that may keep its fiscal day from closing.
pub(super) fn red(lane: &str, kept: &[&Kept]) -> Alarm {
    /// So many are named.
    const NAMED: usize = 10;
    let names: Vec<_> = kept.iter().take(NAMED).map(|kept| kept.document.as_str()).collect();
    let more = match kept.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Alarm {
        key: Some(format!("{}:{lane}", AlarmKind::RedReceipts.name())),
        kind: AlarmKind::RedReceipts,
        gravity: Gravity::Critical,
        lane: Some(lane.to_owned()),
        document: kept
            .first()
            .filter(|_| kept.len() == 1)
            .map(|kept| kept.document.clone()),
        since: kept.iter().map(|kept| kept.changed_at).min().map(cat),
        message: format!(
            "the fiscal day of the lane {lane} may not close: {}{more} were refused with codes with which the authority keeps a red receipt",
            names.join(", ")
        ),
        remedy: "see in the Fiscal Harmony portal whether the day closes; if it does not, have ZIMRA or Fiscal Harmony close it; then acknowledge \
                 this",
    }
}
