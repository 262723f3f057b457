//! Every interleaving, and clocks that are set.

use std::{
    collections::{BTreeSet, VecDeque},
    time::Duration,
};

use fiscal_harmony::{Receipt, types::RequestId};

use super::{
    event::{Event, Ignored, News, Reply, Step},
    facts::Facts,
    sending::in_doubt,
    step,
    time::later,
};
use crate::{
    policy::{OnRejected, OnUnknown, Policy},
    state::State,
};

/// Everything that anyone may do, in every order, up to this many steps.
const DEPTH: usize = 7;

fn request(id: &str) -> RequestId {
    RequestId::parse(id).unwrap()
}

fn receipt(number: i64) -> Receipt {
    let json = serde_json::json!({
        "request_id": "r1", "qr_url": "https://fdms.example/1", "verification_code": "AAAA-BBBB-CCCC-DDDD",
        "fiscal_day": 1, "device_id": 7, "receipt_number": number, "pdf": null,
    });
    serde_json::from_value(json).unwrap()
}

fn events(token: i64) -> Vec<Event> {
    let reply = |token, reply| Event::Reply {
        token,
        reply,
        reason: "because".to_owned(),
    };
    let news = |id: &str, news| Event::News {
        request_id: request(id),
        news,
    };
    let fiscalised = News::Fiscalised { receipt: receipt(1) };
    let mut events = vec![
        Event::Claim,
        Event::Retry {
            reason: "by hand".to_owned(),
        },
        Event::Skip {
            reason: "by hand".to_owned(),
        },
        Event::Hold {
            reason: "its invoice was rejected".to_owned(),
        },
    ];
    let second = News::Fiscalised { receipt: receipt(2) };
    events.push(news("r2", second));
    for id in ["r1", "r2"] {
        events.push(news(id, fiscalised.clone()));
        events.push(news(id, News::Pending));
        events.extend([true, false].map(|actionable| {
            news(
                id,
                News::Rejected {
                    actionable,
                    reason: "no".to_owned(),
                },
            )
        }));
        events.push(reply(
            token,
            Reply::Accepted {
                request_id: request(id),
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
        ]
        .map(|answer| reply(token, answer)),
    );
    // A worker of an earlier lease.
    events.push(reply(
        token - 1,
        Reply::Accepted {
            request_id: request("r1"),
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
            poll_at: 0,
            accepted_at: None,
            ..facts.clone()
        }
    )
}

#[test]
fn whatever_happens_in_whatever_order_the_promises_hold() {
    for (on_unknown, on_rejected) in [
        (OnUnknown::Resend, OnRejected::ParkLane),
        (OnUnknown::Hold, OnRejected::StepAside),
    ] {
        let policy = Policy {
            on_unknown,
            on_rejected,
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
            for event in events(facts.token) {
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
                    assert!(!facts.doubled && next.doubled, "not said once\n{what}");
                }
                assert!(next.token >= facts.token, "a fencing token went back\n{what}");
                if next.state == State::Sending && facts.doubt {
                    assert!(next.resend, "sent blindly what may have arrived\n{what}");
                }
                if facts.doubt && !next.doubt {
                    assert!(
                        matches!(next.state, State::Accepted | State::Fiscalised),
                        "a doubt vanished without an answer\n{what}"
                    );
                }
                if facts.doubt && !matches!(event, Event::Skip { .. }) {
                    assert!(
                        !matches!(next.state, State::Queued | State::Rejected | State::Skipped),
                        "{what}"
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

#[test]
fn an_orphan_window_of_hours_is_not_taken_for_a_clock_that_was_set_back() {
    let policy = Policy {
        orphan_window: Duration::from_secs(3 * 3600),
        ..Policy::default()
    };
    let mut random = fastrand::Rng::with_seed(1);
    let mut facts = Facts::new(0);
    in_doubt(&mut facts, Duration::ZERO, 0, &policy);
    let claimed = step(&facts, &Event::Claim, 1, &policy, &mut random);
    assert_eq!(claimed, Step::Nothing(Ignored::NotDue));
}

#[test]
fn what_may_have_arrived_is_left_alone_for_a_whole_window_after_the_clock_was_set_back() {
    let policy = Policy {
        orphan_window: Duration::from_secs(600),
        ..Policy::default()
    };
    let mut random = fastrand::Rng::with_seed(1);
    let year = later(0, Duration::from_secs(31_536_000));
    let mut facts = Facts::new(year);
    in_doubt(&mut facts, Duration::ZERO, year, &policy);
    let Step::Change { facts, .. } = step(&facts, &Event::Claim, 0, &policy, &mut random) else {
        panic!("it still waits for next year")
    };
    assert_eq!(facts.due_at, later(0, policy.orphan_window));
}

#[test]
fn a_clock_that_was_set_back_delays_by_no_more_than_the_usual_wait() {
    let policy = Policy::default();
    let mut random = fastrand::Rng::with_seed(1);
    let year = later(0, Duration::from_secs(31_536_000));
    let facts = Facts::new(year);
    let Step::Change {
        facts, event: "clock", ..
    } = step(&facts, &Event::Claim, 0, &policy, &mut random)
    else {
        panic!("it still waits for next year")
    };
    assert_eq!(facts.due_at, later(0, policy.backoff_cap));
}
