//! Windows, leases, and clocks that are set.

use std::time::Duration;

use super::{
    event::{Event, Ignored, News, Origin, Step, Witness},
    facts::Facts,
    sending::in_doubt,
    step,
    tests::{CLAIM, accepted, after, lost, request},
    time::later,
};
use crate::{
    cause::Cause,
    policy::{OnUnknown, Order, Policy},
    state::State,
};

#[test]
fn an_orphan_window_of_hours_is_not_taken_for_a_clock_that_was_set_back() {
    let policy = Policy {
        orphan_window: Duration::from_secs(3 * 3600),
        ..Policy::default()
    };
    let mut random = fastrand::Rng::with_seed(1);
    let mut facts = Facts::new(0);
    in_doubt(&mut facts, 0, Duration::ZERO, 0, &policy);
    let claimed = step(&facts, &CLAIM, 1, &policy, &mut random);
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
    in_doubt(&mut facts, year, Duration::ZERO, year, &policy);
    let Step::Change { facts, .. } = step(&facts, &CLAIM, 0, &policy, &mut random) else {
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
    } = step(&facts, &CLAIM, 0, &policy, &mut random)
    else {
        panic!("it still waits for next year")
    };
    assert_eq!(facts.due_at, later(0, policy.backoff_cap));
}

#[test]
fn the_window_counts_from_the_death_of_its_worker_and_no_longer_than_it_can_have_been_on_the_wire() {
    let policy = Policy::default();
    let seconds = |seconds| later(0, Duration::from_secs(seconds));
    let mut random = fastrand::Rng::with_seed(1);
    let Step::Change { facts: sending, .. } = step(&Facts::new(0), &CLAIM, 0, &policy, &mut random) else {
        panic!("it is due")
    };
    let mut due = |has_died, at| match step(&sending, &Event::InOtherHands { has_died }, at, &policy, &mut random) {
        Step::Change { facts, .. } => Some(facts.due_at),
        Step::Nothing(_) => None,
    };
    // It died at once; of one that may live nothing is known before its lease is over. What is said to be an hour ago may be so by a clock
    // that was set a moment ago.
    assert_eq!(due(true, seconds(2)), Some(seconds(17)));
    assert_eq!(due(true, seconds(80)), Some(seconds(80)));
    assert_eq!(due(true, seconds(3_600)), Some(seconds(3_615)));
    assert_eq!(due(false, seconds(2)), None);
    assert_eq!(due(false, seconds(90)), Some(seconds(90)));
}

#[test]
fn in_free_order_a_lane_does_not_wait_for_what_may_have_arrived() {
    for on_unknown in [OnUnknown::Resend, OnUnknown::Hold] {
        for (order, holds) in [(Order::Strict, true), (Order::Free, false)] {
            let policy = Policy {
                on_unknown,
                order,
                ..Policy::default()
            };
            let died = Event::InOtherHands { has_died: true };
            for event in [lost(1), died] {
                let facts = after([CLAIM, event], &policy);
                assert_eq!((facts.doubt, facts.holds), (true, holds), "{on_unknown:?} {order:?}");
            }
        }
    }
}

/// What becomes of an accepted document that is still pending after a while, by this machine's clock and by what else is known.
fn pending_after(taken_at: Option<i64>, now: i64, witness: Witness) -> Facts {
    let policy = Policy::default();
    let mut random = fastrand::Rng::with_seed(1);
    let mut facts = after([CLAIM, accepted(1, "r1")], &policy);
    (facts.accepted_at, facts.taken_at) = (Some(0), taken_at);
    let event = Event::News {
        request_id: request("r1"),
        news: News::Pending(witness),
        origin: Origin::ONLY,
    };
    match step(&facts, &event, now, &policy, &mut random) {
        Step::Change { facts, .. } => facts,
        Step::Nothing(_) => facts,
    }
}

#[test]
fn nothing_expires_by_this_machines_clock_alone() {
    let days = |days: u64| later(0, Duration::from_secs(days * 86_400));
    let witness = |service: Option<u64>, running: u64| Witness {
        service_time: service.map(days),
        running: Duration::from_secs(running * 86_400),
    };
    for (taken, now, witness, expires) in [
        (Some(0), 365, witness(None, 0), false),
        (Some(0), 365, witness(Some(1), 0), false),
        (None, 365, witness(Some(1), 0), false),
        (Some(0), 8, witness(Some(8), 0), true),
        // Its clock may have been wrong when it was taken: the age counts from this answer.
        (None, 8, witness(Some(8), 0), false),
        (None, 8, witness(None, 8), true),
        // This machine's clock was wrong when it was taken, and is right now.
        (Some(364), 365, witness(Some(365), 0), false),
        // It was set back since; the service's says what is so.
        (Some(0), 1, witness(Some(8), 0), true),
    ] {
        let facts = pending_after(taken.map(days), days(now), witness);
        assert_eq!(facts.state == State::Expired, expires, "{taken:?} {now} {witness:?}");
        assert_eq!(facts.alarm, expires);
    }
}

#[test]
fn of_unknown_age_it_counts_from_the_first_answer_that_says_its_time() {
    let week = later(0, Duration::from_secs(8 * 86_400));
    let witness = |service_time| Witness {
        service_time: Some(service_time),
        ..Witness::default()
    };
    assert_eq!(pending_after(None, week, witness(week)).taken_at, Some(week));
    assert_eq!(pending_after(Some(week), week, witness(2 * week)).state, State::Expired);
}

#[test]
fn what_a_wrong_clock_had_given_up_is_taken_up_when_the_service_can_still_be_asked() {
    let policy = Policy::default();
    let mut random = fastrand::Rng::with_seed(1);
    let mut facts = after([CLAIM, accepted(1, "r1")], &policy);
    (facts.state, facts.cause, facts.alarm) = (State::Expired, Some(Cause::Undecided), true);
    facts.taken_at = Some(0);
    let mut pending = |service_time| {
        let event = Event::News {
            request_id: request("r1"),
            news: News::Pending(Witness {
                service_time,
                ..Witness::default()
            }),
            origin: Origin::ONLY,
        };
        step(&facts, &event, 0, &policy, &mut random)
    };
    let Step::Change { facts: next, event, .. } = pending(Some(1)) else {
        panic!("it stays given up")
    };
    assert_eq!(
        (next.state, next.cause, next.alarm, event),
        (State::Accepted, None, false, "reopened")
    );
    assert_eq!(pending(None), Step::Nothing(Ignored::Known));
    let week = later(0, Duration::from_secs(8 * 86_400));
    assert_eq!(pending(Some(week)), Step::Nothing(Ignored::Known));
}

#[test]
fn a_person_who_hurries_does_not_shorten_the_wait_for_what_may_be_on_its_way() {
    let policy = Policy::default();
    let mut random = fastrand::Rng::with_seed(1);
    let facts = after([CLAIM, lost(1)], &policy);
    let lost_at = facts.due_at - later(0, policy.orphan_window);
    let reason = "the customer waits".to_owned();
    let retry = Event::Retry { reason };
    let Step::Change { facts: hurried, .. } = step(
        &facts,
        &retry,
        later(lost_at, Duration::from_secs(1)),
        &policy,
        &mut random,
    ) else {
        panic!("a retry of what may have arrived is taken")
    };
    assert_eq!(hurried.due_at, facts.due_at);
    // Later it is sent at once, and a wait that only a clock can have made counts anew.
    for (at, due) in [
        (later(facts.due_at, Duration::from_secs(1)), Duration::ZERO),
        (0, policy.orphan_window),
    ] {
        let Step::Change { facts: tried, .. } = step(&facts, &retry, at, &policy, &mut random) else {
            panic!("a retry of what may have arrived is taken")
        };
        assert_eq!(tried.due_at, later(at, due));
    }
}
