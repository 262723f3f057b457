// One idea: every event is thrown at every state; the events, the states and the promises belong together.
//! Every interleaving.

use std::{
    collections::{BTreeSet, VecDeque},
    time::Duration,
};

use fiscal_harmony::{Receipt, types::RequestId};

use super::{
    event::{Event, Found, Ignored, News, Origin, Reply, Step, Witness},
    facts::Facts,
    step,
    time::later,
};
use crate::{
    cause::Cause,
    policy::{OnRejected, OnUnknown, Order, Policy},
    state::State,
};

/// Everything that anyone may do, in every order, up to this many steps.
const DEPTH: usize = 7;

pub(super) const CLAIM: Event = Event::Claim { holder: None };

pub(super) fn request(id: &str) -> RequestId {
    RequestId::parse(id).unwrap()
}

pub(super) fn receipt(number: i64) -> Receipt {
    let json = serde_json::json!({
        "request_id": "r1", "qr_url": "https://fdms.example/1", "verification_code": "AAAA-BBBB-CCCC-DDDD",
        "fiscal_day": 1, "device_id": 7, "receipt_number": number, "pdf": null,
    });
    serde_json::from_value(json).unwrap()
}

fn events(facts: &Facts) -> Vec<Event> {
    let token = facts.token;
    let reply = |token, reply| Event::Reply {
        token,
        reply,
        reason: "because".to_owned(),
    };
    let news = |id: &str, news| Event::News {
        request_id: request(id),
        news,
        origin: Origin {
            revision: facts.revision,
            shared: false,
        },
    };
    let fiscalised = News::Fiscalised { receipt: receipt(1) };
    let mut events = vec![
        CLAIM,
        Event::InOtherHands { has_died: false },
        Event::InOtherHands { has_died: true },
        Event::Retry {
            reason: "by hand".to_owned(),
        },
        Event::Skip {
            reason: "by hand".to_owned(),
        },
        Event::Hold {
            reason: "its invoice was rejected".to_owned(),
        },
        Event::SetAside {
            reason: "by hand".to_owned(),
        },
        Event::Release {
            reason: "looked up".to_owned(),
        },
        Event::Acknowledge,
        Event::Replaced { by: "other".to_owned() },
        Event::DaySeenTo,
        Event::RequestShared {
            with: "P-2".to_owned(),
            request_id: request("r1"),
        },
        Event::Restored {
            reason: "it is an older copy".to_owned(),
            holds: false,
        },
        Event::Restored {
            reason: "it is an older copy".to_owned(),
            holds: true,
        },
        Event::StepAside {
            reason: "its invoice is accepted".to_owned(),
        },
        Event::ComeBack {
            reason: "its invoice is fiscalised".to_owned(),
        },
        Event::Adopt {
            found: Found::Receipt(receipt(1)),
        },
        Event::Adopt {
            found: Found::Request(request("r2")),
        },
    ];
    if facts.revision < 3 {
        let reason = "the buyer's name".to_owned();
        events.push(Event::Correct { reason });
    }
    for (revision, shared) in [(1, false), (1, true)] {
        events.push(Event::News {
            request_id: request("r1"),
            news: fiscalised.clone(),
            origin: Origin { revision, shared },
        });
    }
    let second = News::Fiscalised { receipt: receipt(2) };
    events.push(news("r2", second));
    for id in ["r1", "r2"] {
        events.push(news(id, fiscalised.clone()));
        let witness = |service_time, days: u64| {
            News::Pending(Witness {
                service_time,
                running: Duration::from_secs(days * 86_400),
            })
        };
        events.extend([witness(None, 0), witness(None, 8), witness(Some(1), 0)].map(|pending| news(id, pending)));
        events.push(news(id, witness(Some(8 * 86_400_000_000), 0)));
        for (actionable, reason) in [
            (true, "no"),
            (false, "no"),
            (true, "RCPT013: the number is used"),
            (true, "the revenue authority could not be reached"),
        ] {
            let reason = reason.to_owned();
            events.push(news(id, News::Rejected { actionable, reason }));
        }
        events.push(reply(
            token,
            Reply::Accepted {
                request_id: request(id),
                service_time: Some(0),
            },
        ));
    }
    events.extend(
        [
            Reply::NotSent,
            Reply::Busy { retry_after: None },
            Reply::LaneRefused { retry_after: None },
            Reply::DocumentRefused,
            Reply::Lost { retry_after: None },
            Reply::Conflict,
            Reply::AcceptedAsAnother {
                request_id: request("r1"),
                other: "P-1".to_owned(),
            },
        ]
        .map(|answer| reply(token, answer)),
    );
    // A worker of an earlier lease.
    events.push(reply(
        token - 1,
        Reply::Accepted {
            request_id: request("r1"),
            service_time: None,
        },
    ));
    events
}

fn key(facts: &Facts) -> String {
    format!(
        "{:?}",
        Facts {
            due_at: 0,
            lease_until: 0,
            wire_until: 0,
            poll_at: 0,
            accepted_at: None,
            taken_at: None,
            passing_since: 0,
            // No rule reads how many.
            failures: 0,
            attempts: facts.attempts.min(1),
            token: facts.token.min(1),
            reason: None,
            ..facts.clone()
        }
    )
}

#[test]
fn whatever_happens_in_whatever_order_the_promises_hold() {
    for (on_unknown, on_rejected, order) in [
        (OnUnknown::Resend, OnRejected::ParkLane, Order::Strict),
        (OnUnknown::Hold, OnRejected::StepAside, Order::Strict),
        (OnUnknown::Resend, OnRejected::StepAside, Order::Free),
    ] {
        let policy = Policy {
            on_unknown,
            order,
            on_rejected,
            may_pass_tries: 3,
            may_pass_for: Duration::from_secs(100_000),
            ..Policy::default()
        };
        let mut random = fastrand::Rng::with_seed(1);
        let mut seen = BTreeSet::new();
        let mut queue = VecDeque::from([(Facts::new(0), 0_i64, 0)]);
        while let Some((facts, now, depth)) = queue.pop_front() {
            if depth == DEPTH || !seen.insert(key(&facts)) {
                continue;
            }
            // Long enough for every lease and wait.
            let now = later(now, Duration::from_secs(7200));
            for event in events(&facts) {
                let Step::Change { facts: next, .. } = step(&facts, &event, now, &policy, &mut random) else {
                    continue;
                };
                let what = format!("{facts:?}\n{event:?}\n{next:?}");
                assert_eq!(
                    next.state == State::Fiscalised,
                    next.receipt.is_some(),
                    "fiscalised without a receipt\n{what}"
                );
                if facts.state == State::Fiscalised {
                    assert_eq!(next.receipt, facts.receipt, "a receipt was taken back\n{what}");
                    let is_seen =
                        (event == Event::Acknowledge && !next.alarm) || (event == Event::DaySeenTo && !next.red);
                    assert!(is_seen || (!facts.doubled && next.doubled), "not said once\n{what}");
                }
                assert!(next.token >= facts.token, "a fencing token went back\n{what}");
                if next.state == State::Sending && facts.doubt {
                    assert!(next.resend, "sent blindly what may have arrived\n{what}");
                }
                let by_a_person = matches!(event, Event::Release { .. } | Event::Adopt { .. });
                if facts.doubt && !next.doubt {
                    assert!(
                        next.state == State::Fiscalised || by_a_person,
                        "a doubt vanished without a receipt or a person\n{what}"
                    );
                }
                if next.doubt {
                    assert!(
                        !matches!(next.state, State::Queued | State::Rejected | State::Skipped),
                        "said to be not fiscalised while it may be\n{what}"
                    );
                }
                if matches!(event, Event::Correct { .. }) {
                    assert!(
                        !facts.doubt
                            && matches!(
                                facts.state,
                                State::Queued | State::Parked | State::Rejected | State::Skipped
                            ),
                        "corrected what may be fiscalised\n{what}"
                    );
                    assert!(
                        next.revision == facts.revision + 1 && (next.resend || !facts.resend),
                        "{what}"
                    );
                } else {
                    assert_eq!(
                        next.revision, facts.revision,
                        "its content was exchanged by itself\n{what}"
                    );
                }
                if facts.replaced_by.is_some() {
                    assert_eq!(next.replaced_by, facts.replaced_by, "{what}");
                    assert!(
                        !matches!(next.state, State::Queued | State::Sending | State::Unknown),
                        "sent although another document has its place\n{what}"
                    );
                }
                if next.receipt_revision.is_some_and(|of| of < next.revision) && facts.receipt.is_none() {
                    assert!(next.content_doubt && next.alarm, "another content, unsaid\n{what}");
                }
                if facts.state == State::Sending && next.state == State::Unknown {
                    let left = facts.wire_until.min(now);
                    assert!(
                        next.due_at >= later(left, policy.orphan_window),
                        "sent again within the window\n{what}"
                    );
                }
                assert_eq!(
                    next.wire_until > 0,
                    next.state == State::Sending,
                    "on the wire or not\n{what}"
                );
                if matches!(event, Event::Restored { .. }) {
                    assert!(next.doubt && next.resend, "not in doubt after a restore\n{what}");
                    assert_eq!(next.request_id, facts.request_id, "{what}");
                }
                if next.holds {
                    assert!(next.state.is_open(), "a lane waits for what is decided\n{what}");
                }
                if next.state == State::Rejected && facts.state != State::Rejected && !by_a_person {
                    assert!(next.alarm, "a rejection that nobody is told\n{what}");
                }
                if facts.alarm && !next.alarm {
                    // A restore is an alarm of its own.
                    let is_taken_up = matches!(
                        event,
                        Event::Acknowledge
                            | Event::Retry { .. }
                            | Event::News { .. }
                            | Event::Correct { .. }
                            | Event::Replaced { .. }
                            | Event::Restored { .. }
                    );
                    assert!(
                        is_taken_up || by_a_person,
                        "an alarm that nobody has seen is gone\n{what}"
                    );
                }
                if facts.red && !next.red {
                    assert_eq!(event, Event::DaySeenTo, "a day that may stay open is forgotten\n{what}");
                }
                if facts.cause == Some(Cause::ProbablyFiscalised) && next.cause != facts.cause {
                    let is_settled = next.state == State::Fiscalised;
                    assert!(is_settled || by_a_person, "sent on without being looked up\n{what}");
                }
                if matches!(event, Event::Release { .. }) {
                    assert_eq!((next.state, next.attempts), (State::Rejected, facts.attempts), "{what}");
                }
                if next.passing.is_some() {
                    assert!(next.passes < policy.may_pass_tries, "tried without an end\n{what}");
                }
                if matches!(next.state, State::Queued | State::Unknown) && !next.holds {
                    assert!(
                        next.passing.is_some()
                            || facts.holds == next.holds
                            || next.cause == Some(Cause::WaitsForInvoice)
                            || (next.doubt && order == Order::Free),
                        "it stepped aside and waits for nothing\n{what}"
                    );
                }
                if let Event::Reply { token, .. } = &event {
                    assert!(
                        *token == facts.token && facts.state == State::Sending,
                        "an old worker had a say\n{what}"
                    );
                }
                queue.push_back((next, now, depth + 1));
            }
        }
        assert!(seen.len() > 100, "only {} facts were reached", seen.len());
    }
}

/// What becomes of a document by these events, one after another; each must change it.
pub(super) fn after(events: impl IntoIterator<Item = Event>, policy: &Policy) -> Facts {
    let mut random = fastrand::Rng::with_seed(1);
    let (mut facts, mut now) = (Facts::new(0), 0);
    for event in events {
        now = later(now, Duration::from_secs(7200));
        facts = match step(&facts, &event, now, policy, &mut random) {
            Step::Change { facts, .. } => facts,
            nothing => panic!("{event:?} changed nothing: {nothing:?}\n{facts:?}"),
        };
    }
    facts
}

pub(super) fn accepted(token: i64, id: &str) -> Event {
    let request_id = request(id);
    Event::Reply {
        token,
        reply: Reply::Accepted {
            request_id,
            service_time: None,
        },
        reason: String::new(),
    }
}

pub(super) fn lost(token: i64) -> Event {
    Event::Reply {
        token,
        reply: Reply::Lost { retry_after: None },
        reason: "the connection was closed".to_owned(),
    }
}

pub(super) fn said(id: &str, reason: &str) -> Event {
    let (actionable, reason) = (true, reason.to_owned());
    Event::News {
        request_id: request(id),
        news: News::Rejected { actionable, reason },
        origin: Origin::ONLY,
    }
}

#[test]
fn a_rejection_in_doubt_is_for_a_person_whatever_it_says() {
    for text in [
        "RCPT013: used",
        "no TIN provided",
        "the revenue authority could not be reached",
    ] {
        let events = [CLAIM, lost(1), CLAIM, accepted(2, "r2"), said("r2", text)];
        let facts = after(events, &Policy::default());
        assert_eq!(
            (facts.state, facts.cause),
            (State::Parked, Some(Cause::ProbablyFiscalised)),
            "{text}"
        );
        assert!(facts.doubt && !facts.holds, "{text}");
        assert_eq!(facts.reason, Some(format!("probably fiscalised already: {text}")));
        let mut random = fastrand::Rng::with_seed(1);
        let reason = "by hand".to_owned();
        let retried = step(&facts, &Event::Retry { reason }, 0, &Policy::default(), &mut random);
        assert!(
            matches!(retried, Step::Nothing(Ignored::NotPossible(why)) if why.contains("adopt")),
            "{text}"
        );
    }
}

#[test]
fn a_number_that_is_used_is_for_a_person_also_at_the_first_sending() {
    let policy = Policy {
        on_probably_fiscalised: OnRejected::ParkLane,
        ..Policy::default()
    };
    let facts = after([CLAIM, accepted(1, "r1"), said("r1", "RCPT013: used")], &policy);
    assert_eq!(
        (facts.state, facts.cause, facts.doubt),
        (State::Parked, Some(Cause::ProbablyFiscalised), true)
    );
    assert!(facts.holds, "the policy says that the lane waits");
}

#[test]
fn what_a_person_releases_is_rejected_and_goes_as_a_retry_if_ever() {
    let reason = "not in the portal".to_owned();
    let events = [
        CLAIM,
        lost(1),
        CLAIM,
        accepted(2, "r2"),
        said("r2", "no TIN provided"),
        Event::Release { reason },
    ];
    let facts = after(events, &Policy::default());
    assert_eq!(
        (facts.state, facts.doubt, facts.resend, facts.actionable),
        (State::Rejected, false, true, true)
    );
    let text = facts.reason.unwrap();
    assert!(
        text.contains("not in the portal") && text.ends_with(": no TIN provided"),
        "{text}"
    );
}

#[test]
fn a_rejection_that_may_pass_is_tried_again_beside_its_lane_and_not_for_ever() {
    let policy = Policy {
        may_pass_for: Duration::from_secs(1_000_000),
        ..Policy::default()
    };
    let text = "The revenue authority could not be reached";
    let mut events = Vec::new();
    for token in 1..i64::from(policy.may_pass_tries) {
        let id = format!("r{token}");
        events.extend([CLAIM, accepted(token, &id), said(&id, text)]);
        let facts = after(events.clone(), &policy);
        assert_eq!((facts.state, facts.cause), (State::Queued, Some(Cause::MayPass)));
        assert!(!facts.holds && facts.resend && !facts.doubt);
    }
    let last = i64::from(policy.may_pass_tries);
    events.extend([CLAIM, accepted(last, "last"), said("last", text)]);
    let facts = after(events, &policy);
    assert_eq!(
        (facts.state, facts.cause, facts.alarm),
        (State::Rejected, Some(Cause::Rejected), true)
    );
}

#[test]
fn what_may_have_arrived_cannot_be_skipped_and_can_be_set_aside() {
    let facts = after([CLAIM, lost(1)], &Policy::default());
    let mut random = fastrand::Rng::with_seed(1);
    let reason = "sold by hand".to_owned();
    let skipped = step(
        &facts,
        &Event::Skip { reason: reason.clone() },
        0,
        &Policy::default(),
        &mut random,
    );
    assert!(matches!(skipped, Step::Nothing(Ignored::NotPossible(why)) if why.contains("set it aside")));
    let facts = after([CLAIM, lost(1), Event::SetAside { reason }], &Policy::default());
    assert_eq!((facts.state, facts.cause), (State::Parked, Some(Cause::SetAside)));
    assert!(facts.doubt && !facts.holds);
}
