//! The alarms about one document.

use super::{
    kinds::{Alarm, AlarmKind, Gravity},
    words::{
        ADOPTED, EXPIRED, FISCALISED_TWICE, IN_DOUBT, OTHER_CONTENT, PARKED, PROBABLY_FISCALISED, RED_RECEIPTS,
        REFUSED, REJECTED, REJECTED_FOR_GOOD, WAITS_FOR_INVOICE,
    },
};
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
            PROBABLY_FISCALISED.program,
        );
    }
    let remedy = if kept.facts.doubt {
        IN_DOUBT.program
    } else {
        PARKED.program
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
        REFUSED.program,
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
            WAITS_FOR_INVOICE.program,
        )
    })
}

/// One that a person must have seen.
pub(super) fn settled(kept: &Kept) -> Alarm {
    let document = &kept.document;
    let (kind, gravity, message, remedy) = match kept.facts.state {
        State::Fiscalised if kept.facts.content_doubt && !kept.facts.doubled => (
            AlarmKind::OtherContent,
            Gravity::Critical,
            format!("{document} is fiscalised, and {}", reason(kept)),
            OTHER_CONTENT.program,
        ),
        State::Fiscalised if !kept.facts.doubled => (
            AlarmKind::Adopted,
            Gravity::Warning,
            format!("{document} counts as fiscalised on the word of an operator, who found its receipt"),
            ADOPTED.program,
        ),
        State::Fiscalised => (
            AlarmKind::FiscalisedTwice,
            Gravity::Critical,
            format!("{document} was {}", reason(kept)),
            FISCALISED_TWICE.program,
        ),
        State::Expired => (
            AlarmKind::Expired,
            Gravity::Critical,
            format!("{document} was taken by the service and is {}", reason(kept)),
            EXPIRED.program,
        ),
        _ => (
            AlarmKind::Rejected,
            Gravity::Critical,
            format!("{document} is rejected and not fiscalised: {}", reason(kept)),
            if kept.facts.actionable {
                REJECTED.program
            } else {
                REJECTED_FOR_GOOD.program
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
        remedy: RED_RECEIPTS.program,
    }
}
