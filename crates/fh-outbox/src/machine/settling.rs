//! Settling: news of a document that the service has taken.

use std::time::Duration;

use fiscal_harmony::{Receipt, outcome::STATUS_WINDOW, types::RequestId};

use super::{
    event::{Ignored, News, Origin, Step, Witness},
    facts::{Facts, Redate},
    passing::{keeps_the_day_open, may_pass, says_number_is_used},
    time::{Micros, later, since},
};
use crate::{
    cause::Cause,
    policy::{OnRejected, Policy, Reaches},
    state::State,
};

/// Whether two receipts are one: a webhook and a status answer may differ in what they tell of it.
pub(super) fn is_same(one: &Receipt, other: &Receipt) -> bool {
    let is_whole = one.receipt_number != 0 && other.receipt_number != 0;
    if is_whole {
        return (one.device_id, one.receipt_number) == (other.device_id, other.receipt_number);
    }
    has_same_code(one, other)
}

fn has_same_code(one: &Receipt, other: &Receipt) -> bool {
    let signs = |receipt: &Receipt| -> String {
        let signs = receipt.verification_code.chars().filter(char::is_ascii_alphanumeric);
        signs.map(|sign| sign.to_ascii_uppercase()).collect()
    };
    let code = signs(one);
    !code.is_empty() && code == signs(other)
}

/// The whole of a receipt that was adopted by a part of it.
pub(super) fn completed(known: &Receipt, told: &Receipt) -> Option<Receipt> {
    let is_more =
        (known.qr_url.is_empty() && !told.qr_url.is_empty()) || (known.fiscal_day == 0 && told.fiscal_day != 0);
    (is_more && is_same(known, told)).then(|| told.clone())
}

pub(super) fn news_came(
    facts: &Facts,
    request_id: &RequestId,
    news: &News,
    origin: Origin,
    now: Micros,
    policy: &Policy,
    random: &mut fastrand::Rng,
) -> Step {
    let is_current = facts.request_id.as_ref() == Some(request_id);
    let mut next = facts.clone();
    match news {
        // A receipt is the truth whatever was thought before.
        News::Fiscalised { receipt } => {
            if facts.state == State::Fiscalised {
                if let Some(whole) = facts.receipt.as_ref().and_then(|known| completed(known, receipt)) {
                    next.receipt = Some(whole);
                    next.request_id = Some(request_id.clone());
                    of_which_content(&mut next, origin);
                    return Step::change(next, "completed", "the service has the whole of its receipt");
                }
                if facts.receipt.as_ref().is_some_and(|known| is_same(known, receipt)) {
                    return Step::Nothing(Ignored::Known);
                }
                if facts.doubled {
                    return Step::Nothing(Ignored::SecondReceipt);
                }
                let why = format!(
                    "fiscalised twice: request {request_id} has a receipt of its own; a credit note for one of the two sets it right"
                );
                next.doubled = true;
                next.alarm = true;
                next.reason = Some(
                    facts
                        .reason
                        .as_ref()
                        .map_or_else(|| why.clone(), |said| format!("{why}. {said}")),
                );
                return Step::change(next, "second_receipt", why);
            }
            next.state = State::Fiscalised;
            next.receipt = Some(receipt.clone());
            next.request_id = Some(request_id.clone());
            next.reason = None;
            next.cause = None;
            next.doubt = false;
            next.alarm = false;
            next.no_longer_passing();
            next.lease_until = 0;
            of_which_content(&mut next, origin);
            although_replaced(&mut next);
            // A worker that is sending it at this moment has no say any more.
            next.token = facts.token + 1;
            Step::change(next, "fiscalised", "the service has the receipt")
        }
        News::Rejected { actionable, reason } => {
            if !is_current {
                return Step::Nothing(Ignored::Stale);
            }
            if !matches!(facts.state, State::Accepted | State::Expired) {
                return Step::Nothing(Ignored::Known);
            }
            rejected(&mut next, *actionable, reason, now, policy, random);
            if origin.shared {
                let said = next.reason.take().unwrap_or_default();
                next.reason = Some(format!(
                    "{said} (the service answered the correction with the request of revision {}, and may not have looked at it)",
                    origin.revision
                ));
            }
            Step::change(next, "rejected", reason.clone())
        }
        News::Pending(witness) => {
            if !is_current {
                return Step::Nothing(Ignored::Stale);
            }
            if facts.state == State::Expired && facts.cause == Some(Cause::Undecided) {
                let can_be_asked = by_the_service(facts, *witness).is_some_and(|age| age <= STATUS_WINDOW);
                if !can_be_asked {
                    return Step::Nothing(Ignored::Known);
                }
                next.state = State::Accepted;
                next.cause = None;
                next.reason = None;
                next.alarm = false;
                next.poll_at = later(now, policy.poll_wait(Duration::ZERO));
                let why = "a clock that was wrong had it given up; by the service's own, it can still be asked for";
                return Step::change(next, "reopened", why);
            }
            if facts.state != State::Accepted {
                return Step::Nothing(Ignored::Stale);
            }
            if facts.taken_at.is_none() && witness.service_time.is_some() {
                next.taken_at = witness.service_time;
                let why = "when the service took it is not known by its own clock: its age counts from this answer";
                return Step::change(next, "dated", why);
            }
            if certain_age(facts, *witness) > STATUS_WINDOW {
                next.state = State::Expired;
                next.cause = Some(Cause::Undecided);
                next.alarm = true;
                next.no_longer_passing();
                let why = "not decided within the seven days for which the service can be asked";
                next.reason = Some(why.to_owned());
                return Step::change(next, "expired", why);
            }
            Step::Nothing(Ignored::Known)
        }
    }
}

/// A receipt is of the content that its request was made with. Where that is not the present one, or not certain, a person must know: what
/// the buyer holds may say something else than what is kept here.
fn of_which_content(next: &mut Facts, origin: Origin) {
    next.receipt_revision = (next.revision > 1).then_some(origin.revision);
    next.content_doubt = origin.shared || origin.revision < next.revision;
    if !next.content_doubt {
        return;
    }
    next.alarm = true;
    let what = if origin.shared {
        format!(
            "the receipt may show the content before the correction: the service answered revision {} with the request of revision {}, and may have \
             kept what that one said",
            next.revision, origin.revision
        )
    } else {
        format!(
            "the receipt shows the content of revision {}, before the correction; revision {} is what was wanted",
            origin.revision, next.revision
        )
    };
    next.reason = Some(what);
}

/// A receipt of a document that another one has replaced: the sale may have two.
pub(super) fn although_replaced(next: &mut Facts) {
    let Some(by) = &next.replaced_by else { return };
    next.doubled = true;
    next.alarm = true;
    next.reason = Some(format!(
        "fiscalised although {by} was handed in in its place: if that one is fiscalised too, the sale is fiscalised twice, and a credit note for one of \
         the two sets it right"
    ));
}

/// The service has named two documents by one request: what comes of it may be either's, so nothing but a receipt is the truth any more.
pub(super) fn request_shared(facts: &Facts, with: &str, request_id: &RequestId) -> Step {
    if facts.state != State::Accepted || facts.request_id.as_ref() != Some(request_id) {
        return Step::Nothing(Ignored::Stale);
    }
    let mut next = facts.clone();
    next.doubt = true;
    next.resend = true;
    let why = format!("the service has given its request {request_id} to {with} too");
    Step::change(next, "request_shared", why)
}

/// How long ago the service took it, by the service's own clock, then and now.
fn by_the_service(facts: &Facts, witness: Witness) -> Option<Duration> {
    Some(since(witness.service_time?, facts.taken_at?))
}

/// How long ago the service certainly took it. What this machine's clock says proves nothing, since somebody may have set it then or since.
fn certain_age(facts: &Facts, witness: Witness) -> Duration {
    by_the_service(facts, witness).unwrap_or_default().max(witness.running)
}

/// A rejection. It is final only when no earlier sending may have arrived.
fn rejected(
    next: &mut Facts,
    actionable: bool,
    reason: &str,
    now: Micros,
    policy: &Policy,
    random: &mut fastrand::Rng,
) {
    next.actionable = actionable;
    next.resend = true;
    next.alarm = false;
    next.red |= keeps_the_day_open(reason);
    // The number that the authority has may be this very document's, also when we know of no earlier sending.
    if next.doubt || says_number_is_used(reason) {
        next.park_as_probably_fiscalised(reason, policy.on_probably_fiscalised == OnRejected::ParkLane);
        return;
    }
    next.reason = Some(reason.to_owned());
    if may_pass(reason) {
        next.passes = next.passes.saturating_add(1);
        if next.passing_since == 0 {
            next.passing_since = now;
        }
        if next.passes < policy.may_pass_tries && since(now, next.passing_since) < policy.may_pass_for {
            next.state = State::Queued;
            next.cause = Some(Cause::MayPass);
            next.passing = Some(reason.to_owned());
            // By itself it goes with another date only where it is known to matter.
            if policy.date_reaches_receipt == Reaches::Yes {
                next.redate = Redate::IfLate;
            }
            next.due_at = later(now, policy.backoff(next.passes, random).max(policy.backoff_base));
            return;
        }
    }
    next.no_longer_passing();
    next.cause = Some(Cause::Rejected);
    let park = actionable && policy.on_rejected == OnRejected::ParkLane;
    next.holds = park;
    next.state = if park { State::Parked } else { State::Rejected };
    next.alarm = !park;
}
