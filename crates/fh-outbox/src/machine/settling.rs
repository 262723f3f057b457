//! Settling: news of a document that the service has taken.

use fiscal_harmony::{Receipt, outcome::STATUS_WINDOW, types::RequestId};

use super::{
    event::{Ignored, News, Step},
    facts::Facts,
    time::{Micros, since},
};
use crate::{
    policy::{OnRejected, Policy},
    state::State,
};

/// Whether two receipts are one: a webhook and a status answer may differ in what they tell of it.
fn is_same(one: &Receipt, other: &Receipt) -> bool {
    (one.device_id, one.receipt_number) == (other.device_id, other.receipt_number)
}

pub(super) fn news_came(facts: &Facts, request_id: &RequestId, news: &News, now: Micros, policy: &Policy) -> Step {
    let is_current = facts.request_id.as_ref() == Some(request_id);
    let mut next = facts.clone();
    match news {
        // A receipt is the truth whatever was thought before.
        News::Fiscalised { receipt } => {
            if facts.state == State::Fiscalised {
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
                next.reason = Some(why.clone());
                return Step::change(next, "second_receipt", why);
            }
            next.state = State::Fiscalised;
            next.receipt = Some(receipt.clone());
            next.request_id = Some(request_id.clone());
            next.reason = None;
            next.doubt = false;
            next.lease_until = 0;
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
            next.reason = Some(reason.clone());
            next.actionable = *actionable;
            next.resend = true;
            let park = *actionable && policy.on_rejected == OnRejected::ParkLane;
            next.state = if park { State::Parked } else { State::Rejected };
            Step::change(next, "rejected", reason.clone())
        }
        News::Pending => {
            if !is_current || facts.state != State::Accepted {
                return Step::Nothing(Ignored::Stale);
            }
            let age = since(now, facts.accepted_at.unwrap_or(now));
            if age > STATUS_WINDOW {
                next.state = State::Expired;
                let why = "not decided within the seven days for which the service can be asked";
                next.reason = Some(why.to_owned());
                return Step::change(next, "expired", why);
            }
            Step::Nothing(Ignored::Known)
        }
    }
}
