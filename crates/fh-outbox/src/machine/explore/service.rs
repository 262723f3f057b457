//! What the service makes of a sending, and what it tells.

use super::{
    super::{Micros, News, Reply, Witness},
    act::Deal,
    row::{at_the_service, receipt, request},
    units::{MAY_PASS, NO, REQUESTS, USED},
    world::{Answer, Verdict, World},
};

/// The service deals with a sending. None when it has no room for one more.
pub(super) fn dealt(world: &mut World, deal: Deal, retry: bool, revision: u8) -> Option<Answer> {
    let requests = &mut world.service.requests;
    let known = requests
        .iter()
        .position(|one| matches!(one, Verdict::Pending | Verdict::Fiscalised));
    match deal {
        Deal::Take => {
            let number = match known {
                Some(known) if retry && world.service.keeps_its_word => known,
                _ => {
                    let free = requests.iter().position(|one| *one == Verdict::None)?;
                    requests[free] = Verdict::Pending;
                    world.service.contents[free] = revision;
                    free
                }
            };
            Some(Answer::Accepted(u8::try_from(number + 1).ok()?))
        }
        // One whose answer was lost, and which a person released, cannot be told from a new one.
        Deal::TakeAgain => {
            let is_of_it = |place: usize| {
                let rejected = matches!(requests[place], Verdict::Rejected | Verdict::MayPass);
                retry && rejected && world.row.known[place]
            };
            let of = (0..REQUESTS)
                .find(|place| is_of_it(*place))
                .filter(|_| known.is_none())?;
            requests[of] = Verdict::Pending;
            Some(Answer::Accepted(u8::try_from(of + 1).ok()?))
        }
        // Whether it was taken, nobody can tell: here it was not.
        Deal::TakeAsAnother => Some(Answer::AcceptedAsAnother),
        Deal::Refuse => Some(Answer::DocumentRefused),
        Deal::RefuseLane => Some(Answer::LaneRefused),
        Deal::Busy => Some(Answer::Busy),
        // Also of what it does not have.
        Deal::Conflict => Some(Answer::Conflict),
    }
}

pub(super) fn reply(answer: Answer, ahead: i8) -> Reply {
    match answer {
        Answer::Accepted(number) => Reply::Accepted {
            request_id: request(number),
            service_time: Some(at_the_service(ahead)),
        },
        Answer::AcceptedAsAnother => Reply::AcceptedAsAnother {
            request_id: request(0),
            other: "another".to_owned(),
        },
        Answer::NotSent => Reply::NotSent,
        Answer::Busy => Reply::Busy { retry_after: None },
        Answer::LaneRefused => Reply::LaneRefused { retry_after: None },
        Answer::DocumentRefused => Reply::DocumentRefused,
        Answer::Lost => Reply::Lost { retry_after: None },
        Answer::Conflict => Reply::Conflict,
    }
}

pub(super) fn news(verdict: Verdict, number: u8, service_time: Option<Micros>) -> Option<News> {
    let rejected = |actionable, reason: &str| News::Rejected {
        actionable,
        reason: reason.to_owned(),
    };
    Some(match verdict {
        Verdict::None => return None,
        Verdict::Pending => News::Pending(Witness {
            service_time,
            ..Witness::default()
        }),
        Verdict::Fiscalised => News::Fiscalised {
            receipt: receipt(number),
        },
        Verdict::Rejected => rejected(true, NO),
        Verdict::RejectedForGood => rejected(false, NO),
        Verdict::MayPass => rejected(true, MAY_PASS),
        Verdict::NumberIsUsed => rejected(false, USED),
    })
}
