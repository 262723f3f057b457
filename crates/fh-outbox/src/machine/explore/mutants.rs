//! Faults put into the machine on purpose. Each is found by the exploration alone, by the promise that stands beside it.

use super::{
    super::{Event, Facts, Ignored, Micros, News, Reply, Step, step},
    truths::{self, Broken},
};
use crate::{
    cause::Cause,
    policy::{OnRejected, OnUnknown, Policy},
    state::State,
};

/// A machine with one fault.
pub(super) struct Mutant {
    pub(super) name: &'static str,
    /// What it breaks.
    pub(super) breaks: Broken,
    /// Where it does.
    pub(super) on_unknown: OnUnknown,
    pub(super) on_rejected: OnRejected,
    pub(super) rule: fn(&Facts, &Event, Micros, &Policy, &mut fastrand::Rng) -> Step,
}

/// What the machine would do, with one thing of it changed when it wrote `line`.
fn altered(
    line: &str,
    facts: &Facts,
    event: &Event,
    now: Micros,
    policy: &Policy,
    random: &mut fastrand::Rng,
    alter: impl FnOnce(&mut Facts),
) -> Step {
    match step(facts, event, now, policy, random) {
        Step::Change {
            facts: mut next,
            event,
            why,
        } if event == line => {
            alter(&mut next);
            Step::Change {
                facts: next,
                event,
                why,
            }
        }
        other => other,
    }
}

macro_rules! mutants {
    ($($name:literal breaks $breaks:ident under $unknown:ident $rejected:ident: |$facts:ident, $event:ident, $now:ident, $policy:ident, $random:ident| $body:expr;)*) => {
        /// Every fault.
        pub(super) const MUTANTS: &[Mutant] = &[$(Mutant {
            name: $name,
            breaks: truths::$breaks,
            on_unknown: OnUnknown::$unknown,
            on_rejected: OnRejected::$rejected,
            rule: |$facts, $event, $now, $policy, $random| $body,
        }),*];
    };
}

mutants! {
    "a lost answer leaves no doubt" breaks FALSELY under Resend StepAside:
        |f, e, n, p, r| altered("lost", f, e, n, p, r, |next| { next.doubt = false; next.state = State::Queued });
    "a lost answer forgets that it was sent" breaks SENT_ANEW under Resend StepAside:
        |f, e, n, p, r| altered("claim", f, e, n, p, r, |next| next.resend = false);
    "a worker that died left no doubt" breaks FALSELY under Resend StepAside:
        |f, e, n, p, r| altered("lease_expired", f, e, n, p, r, |next| { next.doubt = false; next.state = State::Queued });
    "what may have arrived is sent again at once" breaks HURRIED under Resend StepAside:
        |f, e, n, p, r| altered("lost", f, e, n, p, r, |next| next.due_at = n);
    "a dead worker's document is sent again at once" breaks HURRIED under Resend StepAside:
        |f, e, n, p, r| altered("lease_expired", f, e, n, p, r, |next| next.due_at = n);
    "hold sends again" breaks NOT_HELD under Hold StepAside:
        |f, e, n, p, r| altered("lost", f, e, n, p, r, |next| { next.state = State::Unknown; next.cause = None });
    "hold sends again what a dead worker had" breaks NOT_HELD under Hold StepAside:
        |f, e, n, p, r| altered("lease_expired", f, e, n, p, r, |next| { next.state = State::Unknown; next.cause = None });
    "a claim takes no newer token" breaks OLD_TOKEN under Resend StepAside:
        |f, e, n, p, r| altered("claim", f, e, n, p, r, |next| next.token = f.token);
    "a claim does not wait for the lease" breaks OVERLAP under Resend StepAside: |f, e, n, p, r| {
        let mut free = f.clone();
        if matches!(e, Event::InOtherHands { .. }) && f.state == State::Sending { free.lease_until = 0 }
        match step(&free, e, n, p, r) {
            Step::Change { facts: mut next, event: "lease_expired", why } => { next.due_at = n; Step::Change { facts: next, event: "left", why } }
            other => other,
        }
    };
    "a lease has no end" breaks STUCK under Resend StepAside: |f, e, n, p, r| {
        if matches!(e, Event::InOtherHands { .. }) && f.state == State::Sending { return Step::Nothing(Ignored::NotDue) }
        step(f, e, n, p, r)
    };
    "an absurd lease is waited for" breaks STUCK under Resend StepAside: |f, e, n, p, r| {
        match step(f, e, n, p, r) { Step::Change { event: "clock", .. } => Step::Nothing(Ignored::NotDue), other => other }
    };
    "an old worker's answer counts" breaks OLD_WORKER under Resend StepAside: |f, e, n, p, r| {
        let Event::Reply { reply, reason, token } = e else { return step(f, e, n, p, r) };
        let newest = Event::Reply { token: f.token, reply: reply.clone(), reason: reason.clone() };
        if f.state == State::Sending && *token != f.token { step(f, &newest, n, p, r) } else { step(f, e, n, p, r) }
    };
    "an acceptance clears the doubt" breaks FORGOTTEN under Resend StepAside:
        |f, e, n, p, r| altered("accepted", f, e, n, p, r, |next| next.doubt = false);
    "an acceptance does not keep its request" breaks STUCK under Resend StepAside:
        |f, e, n, p, r| altered("accepted", f, e, n, p, r, |next| next.request_id = None);
    "a rejection in doubt is final" breaks FORGOTTEN under Resend StepAside: |f, e, n, p, r| {
        altered("rejected", f, e, n, p, r, |next| if next.cause == Some(Cause::ProbablyFiscalised) {
            next.state = State::Rejected; next.cause = Some(Cause::Rejected); next.doubt = false; next.alarm = true;
        })
    };
    "a refusal in doubt is final" breaks FORGOTTEN under Resend StepAside: |f, e, n, p, r| {
        altered("refused", f, e, n, p, r, |next| if next.cause == Some(Cause::ProbablyFiscalised) {
            next.state = State::Rejected; next.cause = Some(Cause::RefusedAtTheDoor); next.doubt = false; next.alarm = true;
        })
    };
    "a conflict in doubt is final" breaks FORGOTTEN under Resend StepAside: |f, e, n, p, r| {
        altered("conflict", f, e, n, p, r, |next| if next.cause == Some(Cause::ProbablyFiscalised) {
            next.state = State::Rejected; next.cause = Some(Cause::Rejected); next.doubt = false; next.alarm = true;
        })
    };
    "a conflict at the first sending is final" breaks NOT_HELD under Hold StepAside: |f, e, n, p, r| {
        altered("conflict", f, e, n, p, r, |next| if !f.doubt { next.state = State::Queued; next.cause = None; next.doubt = false })
    };
    "busy is taken for gone" breaks FORGOTTEN under Resend StepAside:
        |f, e, n, p, r| altered("busy", f, e, n, p, r, |next| { next.doubt = false; next.state = State::Queued });
    "what did not leave clears the doubt" breaks FORGOTTEN under Resend StepAside:
        |f, e, n, p, r| altered("not_sent", f, e, n, p, r, |next| { next.doubt = false; next.state = State::Queued });
    "a refused lane clears the doubt" breaks FORGOTTEN under Resend StepAside:
        |f, e, n, p, r| altered("lane_refused", f, e, n, p, r, |next| { next.doubt = false; next.state = State::Queued });
    "a refused lane is waited for without an end" breaks STUCK under Resend StepAside:
        |f, e, n, p, r| altered("lane_refused", f, e, n, p, r, |next| { next.state = State::Accepted; next.holds = false });
    "a refusal stops the lane under step_aside" breaks NOT_GONE_ON under Resend StepAside:
        |f, e, n, p, r| altered("refused", f, e, n, p, r, |next| { next.state = State::Parked; next.holds = true });
    "a rejection stops the lane under step_aside" breaks NOT_GONE_ON under Resend StepAside:
        |f, e, n, p, r| altered("rejected", f, e, n, p, r, |next| if next.cause == Some(Cause::Rejected) && next.actionable {
            next.state = State::Parked; next.holds = true;
        });
    "a rejection lets the lane go on under park_lane" breaks NOT_PARKED under Resend ParkLane:
        |f, e, n, p, r| altered("rejected", f, e, n, p, r, |next| next.holds = false);
    "a rejection is no alarm" breaks NO_ALARM under Resend StepAside:
        |f, e, n, p, r| altered("rejected", f, e, n, p, r, |next| next.alarm = false);
    "a refusal is no alarm" breaks NO_ALARM under Resend StepAside:
        |f, e, n, p, r| altered("refused", f, e, n, p, r, |next| next.alarm = false);
    "an expiry is no alarm" breaks NO_ALARM under Resend StepAside:
        |f, e, n, p, r| altered("expired", f, e, n, p, r, |next| next.alarm = false);
    "a rejection that may pass is tried for ever" breaks ENDLESS under Resend StepAside: |f, e, n, p, r| {
        let patient = Policy { may_pass_tries: u32::MAX, may_pass_for: std::time::Duration::MAX, ..p.clone() };
        step(f, e, n, &patient, r)
    };
    "what is passing goes as a first sending" breaks RESENT under Resend StepAside:
        |f, e, n, p, r| altered("rejected", f, e, n, p, r, |next| next.resend = false);
    "news of a receipt is ignored when it is late" breaks LOST under Resend StepAside: |f, e, n, p, r| match e {
        Event::News { news: News::Fiscalised { .. }, request_id, .. } if f.request_id.as_ref() != Some(request_id) => Step::Nothing(Ignored::Stale),
        _ => step(f, e, n, p, r),
    };
    "a second receipt replaces the first" breaks TAKEN_BACK under Resend StepAside: |f, e, n, p, r| {
        let Event::News { news: News::Fiscalised { receipt }, .. } = e else { return step(f, e, n, p, r) };
        altered("second_receipt", f, e, n, p, r, |next| next.receipt = Some(receipt.clone()))
    };
    "a second receipt is not said" breaks NOT_SAID under Resend StepAside: |f, e, n, p, r| {
        match step(f, e, n, p, r) { Step::Change { event: "second_receipt", .. } => Step::Nothing(Ignored::Known), other => other }
    };
    "a second receipt is no alarm" breaks NO_ALARM under Resend StepAside:
        |f, e, n, p, r| altered("second_receipt", f, e, n, p, r, |next| next.alarm = false);
    "pending is success" breaks INVENTED under Resend StepAside: |f, e, n, p, r| match e {
        Event::News { news: News::Pending(_), .. } if f.state == State::Accepted => {
            let mut next = f.clone();
            next.state = State::Fiscalised;
            Step::Change { facts: next, event: "fiscalised", why: String::new() }
        }
        _ => step(f, e, n, p, r),
    };
    "the rejection of an older request counts" breaks FORGOTTEN under Resend StepAside: |f, e, n, p, r| match e {
        Event::News { request_id, news: News::Rejected { .. }, .. } if f.state == State::Accepted => {
            let mut of = f.clone();
            (of.request_id, of.doubt) = (Some(request_id.clone()), false);
            step(&of, e, n, p, r)
        }
        _ => step(f, e, n, p, r),
    };
    "retry sends what is probably fiscalised" breaks DISMISSED under Resend StepAside: |f, e, n, p, r| {
        let mut of = f.clone();
        if matches!(e, Event::Retry { .. }) && of.cause == Some(Cause::ProbablyFiscalised) { of.cause = Some(Cause::SetAside) }
        step(&of, e, n, p, r)
    };
    "retry of an expired document is a first sending" breaks FALSELY under Resend StepAside:
        |f, e, n, p, r| altered("retry", f, e, n, p, r, |next| if f.state == State::Expired { next.state = State::Queued; next.doubt = false });
    "skip takes what is in doubt" breaks FORGOTTEN under Resend StepAside: |f, e, n, p, r| match e {
        Event::Skip { .. } if f.state == State::Unknown || f.state == State::Parked => {
            let mut of = f.clone();
            (of.doubt, of.state) = (false, State::Parked);
            step(&of, e, n, p, r)
        }
        _ => step(f, e, n, p, r),
    };
    "set aside gives no reason" breaks NO_REASON under Resend StepAside:
        |f, e, n, p, r| altered("set_aside", f, e, n, p, r, |next| next.cause = None);
    "release sends it" breaks UNRELEASED under Resend StepAside: |f, e, n, p, r| match e {
        Event::Claim { .. } if f.state == State::Rejected => {
            let mut of = f.clone();
            of.state = State::Queued;
            step(&of, e, n, p, r)
        }
        _ => step(f, e, n, p, r),
    };
    "release forgets that it was sent" breaks RESENT under Resend StepAside:
        |f, e, n, p, r| altered("release", f, e, n, p, r, |next| next.resend = false);
    "adopting a request clears the doubt" breaks FORGOTTEN under Resend StepAside: |f, e, n, p, r| {
        let Event::News { news: News::Rejected { .. }, .. } = e else { return step(f, e, n, p, r) };
        let mut of = f.clone();
        of.doubt = false;
        step(&of, e, n, p, r)
    };
    "an adopted receipt is not kept" breaks INVENTED under Resend StepAside:
        |f, e, n, p, r| altered("adopt", f, e, n, p, r, |next| next.receipt = None);
    "an adopted receipt leaves an old worker its say" breaks OLD_WORKER under Resend StepAside: |f, e, n, p, r| match e {
        Event::Reply { token, reply: Reply::Accepted { .. }, .. } if *token != f.token && f.state == State::Fiscalised => {
            let mut next = f.clone();
            next.state = State::Accepted;
            next.receipt = None;
            Step::Change { facts: next, event: "accepted", why: String::new() }
        }
        _ => step(f, e, n, p, r),
    };
    "the whole of a receipt is not kept" breaks NOT_SAID under Resend StepAside: |f, e, n, p, r| {
        match step(f, e, n, p, r) { Step::Change { event: "completed", .. } => Step::Nothing(Ignored::Known), other => other }
    };
    "a held credit note gives no reason" breaks NO_REASON under Resend StepAside:
        |f, e, n, p, r| altered("hold", f, e, n, p, r, |next| next.cause = None);
    "a held credit note comes back as new" breaks FORGOTTEN under Resend StepAside:
        |f, e, n, p, r| altered("come_back", f, e, n, p, r, |next| { next.doubt = false; next.state = State::Queued });
    "one that steps aside forgets its doubt" breaks FORGOTTEN under Resend StepAside:
        |f, e, n, p, r| altered("step_aside", f, e, n, p, r, |next| { next.doubt = false; next.state = State::Queued });
    "what is settled still holds its lane" breaks BLOCKED under Resend StepAside:
        |f, e, n, p, r| altered("accepted", f, e, n, p, r, |next| next.holds = true);
    "an alarm is told once" breaks SILENCED under Resend StepAside: |f, e, n, p, r| match e {
        Event::ComeBack { .. } if f.alarm => {
            let mut next = f.clone();
            next.alarm = false;
            Step::Change { facts: next, event: "come_back", why: String::new() }
        }
        _ => step(f, e, n, p, r),
    };
    "a worker that is known to be dead left no doubt" breaks FALSELY under Resend StepAside:
        |f, e, n, p, r| altered("worker_died", f, e, n, p, r, |next| { next.doubt = false; next.state = State::Queued });
    "what a dead worker had is sent again at once" breaks HURRIED under Resend StepAside:
        |f, e, n, p, r| altered("worker_died", f, e, n, p, r, |next| next.due_at = n);
    "a restored store is sure of what it says" breaks NOT_IN_DOUBT under Resend StepAside:
        |f, e, n, p, r| altered("restored", f, e, n, p, r, |next| next.doubt = false);
    "a restore leaves a rejection as it was" breaks NOT_IN_DOUBT under Resend StepAside: |f, e, n, p, r| match e {
        Event::Restored { .. } if f.state == State::Rejected => Step::Nothing(Ignored::Known),
        _ => step(f, e, n, p, r),
    };
    "this machine's clock gives documents up" breaks GIVEN_UP under Resend StepAside: |f, e, n, p, r| match e {
        Event::News { news: News::Pending(_), .. } if f.state == State::Accepted && f.accepted_at.is_some_and(|then| then < n) => {
            let mut next = f.clone();
            (next.state, next.alarm) = (State::Expired, true);
            Step::Change { facts: next, event: "expired", why: String::new() }
        }
        _ => step(f, e, n, p, r),
    };
    "what may be fiscalised is corrected" breaks EXCHANGED under Resend StepAside: |f, e, n, p, r| {
        if !matches!(e, Event::Correct { .. }) || !f.doubt { return step(f, e, n, p, r) }
        let mut of = f.clone();
        (of.doubt, of.actionable) = (false, true);
        of.state = if f.state == State::Unknown { State::Queued } else { f.state };
        match step(&of, e, n, p, r) {
            Step::Change { facts: mut next, event, why } => {
                (next.doubt, next.cause) = (true, f.cause);
                Step::Change { facts: next, event, why }
            }
            other => other,
        }
    };
    "a corrected document is a first sending again" breaks RESENT under Resend StepAside:
        |f, e, n, p, r| altered("correct", f, e, n, p, r, |next| next.resend = false);
    "a receipt of the content before is not said to be one" breaks OTHER_CONTENT under Resend StepAside:
        |f, e, n, p, r| altered("fiscalised", f, e, n, p, r, |next| next.content_doubt = false);
    "retry sends what another document has replaced" breaks REPLACED under Resend StepAside: |f, e, n, p, r| match e {
        Event::Retry { .. } if f.replaced_by.is_some() && f.state == State::Skipped => {
            let mut next = f.clone();
            next.state = State::Queued;
            Step::Change { facts: next, event: "retry", why: String::new() }
        }
        _ => step(f, e, n, p, r),
    };
}
