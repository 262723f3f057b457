//! Corrections and replacements: when they are allowed, and what a receipt then says.

use super::{
    event::{Event, Ignored, News, Origin, Step},
    facts::Facts,
    step,
    tests::{CLAIM, accepted, after, lost, receipt, request, said},
};
use crate::{
    policy::{CorrectedAs, Policy},
    state::State,
};

fn corrected() -> Event {
    let reason = "rudo: buyer's name".to_owned();
    Event::Correct { reason }
}

/// Why an event is refused.
fn refusal(facts: &Facts, event: &Event) -> Ignored {
    let mut random = fastrand::Rng::with_seed(1);
    match step(facts, event, 0, &Policy::default(), &mut random) {
        Step::Nothing(why) => why,
        change => panic!("{event:?} was not refused: {change:?}"),
    }
}

fn fiscalised(id: &str, origin: Origin) -> Event {
    Event::News {
        request_id: request(id),
        news: News::Fiscalised { receipt: receipt(1) },
        origin,
    }
}

#[test]
fn what_was_taken_once_is_corrected_as_a_repetition_and_what_never_was_as_a_first_sending() {
    let never_sent = after([corrected()], &Policy::default());
    assert_eq!(
        (never_sent.state, never_sent.revision, never_sent.resend),
        (State::Queued, 2, false)
    );
    let sent = [CLAIM, accepted(1, "r1"), said("r1", "no TIN provided"), corrected()];
    let rejected = after(sent.clone(), &Policy::default());
    assert_eq!(
        (rejected.state, rejected.revision, rejected.resend),
        (State::Queued, 2, true)
    );
    assert!(rejected.holds && !rejected.alarm && rejected.reason.is_none());
    let first = Policy {
        corrected_as: CorrectedAs::First,
        ..Policy::default()
    };
    assert!(!after(sent, &first).resend);
}

#[test]
fn what_may_be_fiscalised_is_not_corrected_until_a_person_has_looked_it_up() {
    let lost_once = after([CLAIM, lost(1)], &Policy::default());
    let in_doubt = [CLAIM, lost(1), CLAIM, accepted(2, "r2"), said("r2", "no TIN provided")];
    let probably = after(in_doubt.clone(), &Policy::default());
    for facts in [lost_once, probably] {
        for event in [corrected(), Event::Replaced { by: "S-2".to_owned() }] {
            let why = refusal(&facts, &event);
            assert!(
                matches!(why, Ignored::NotPossible(why) if why.contains("adopt") && why.contains("release")),
                "{why:?}"
            );
        }
    }
    let reason = "not in the portal".to_owned();
    let released = in_doubt.into_iter().chain([Event::Release { reason }, corrected()]);
    let facts = after(released, &Policy::default());
    assert_eq!((facts.revision, facts.resend, facts.doubt), (2, true, false));
}

#[test]
fn a_receipt_of_what_was_said_before_is_shown_with_that_doubt_and_told() {
    let sent = [
        CLAIM,
        accepted(1, "r1"),
        said("r1", "no TIN provided"),
        corrected(),
        CLAIM,
        accepted(2, "r2"),
    ];
    let of = |id: &str, revision, shared| {
        let news = fiscalised(id, Origin { revision, shared });
        after(sent.clone().into_iter().chain([news]), &Policy::default())
    };
    let wanted = of("r2", 2, false);
    assert_eq!(
        (wanted.receipt_revision, wanted.content_doubt, wanted.alarm),
        (Some(2), false, false)
    );
    for (facts, words) in [
        (of("r1", 1, false), "shows the content"),
        (of("r2", 1, true), "may show the content"),
    ] {
        assert_eq!((facts.state, facts.receipt_revision), (State::Fiscalised, Some(1)));
        assert!(facts.content_doubt && facts.alarm);
        let reason = facts.reason.unwrap();
        assert!(reason.contains(words), "{reason}");
    }
}

#[test]
fn a_document_that_was_replaced_is_locked_and_a_receipt_of_it_is_an_alarm() {
    let (actionable, reason) = (false, "the number is spent".to_owned());
    let final_word = Event::News {
        request_id: request("r1"),
        news: News::Rejected { actionable, reason },
        origin: Origin::ONLY,
    };
    let by = "S-2".to_owned();
    let locked = [CLAIM, accepted(1, "r1"), final_word.clone(), Event::Replaced { by }];
    let facts = after(locked.clone(), &Policy::default());
    assert_eq!((facts.state, facts.alarm), (State::Rejected, false));
    let retry = Event::Retry {
        reason: "by hand".to_owned(),
    };
    for event in [retry, corrected(), Event::Replaced { by: "S-3".to_owned() }] {
        assert_eq!(refusal(&facts, &event), Ignored::Replaced);
    }
    let late = locked.into_iter().chain([fiscalised("r1", Origin::ONLY)]);
    let facts = after(late, &Policy::default());
    assert!(facts.doubled && facts.alarm && facts.reason.unwrap().contains("S-2"));
    let rejected = after([CLAIM, accepted(1, "r1"), final_word], &Policy::default());
    assert!(matches!(refusal(&rejected, &corrected()), Ignored::NotPossible(why) if why.contains("replaces this one")));
}
