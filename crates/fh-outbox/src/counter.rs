//! Who waits at the counter: documents whose results somebody stands and waits for, and when they are asked for.
//!
//! It is kept in memory: whoever waits is in this process, and so is the worker that he waits for. Without a worker in this process, or after
//! its death, the usual questions bring the result.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use fiscal_harmony::types::RequestId;
use tokio::{sync::Notify, time::Instant};

use crate::tempo::Tempo;

/// How long a document that nobody waits for any more is remembered, so that one who comes back is not given all his questions anew.
const REMEMBERED: Duration = Duration::from_secs(600);

/// The documents that somebody waits for, by lane.
#[derive(Debug, Default)]
pub(crate) struct Counter {
    lanes: Mutex<HashMap<String, Lane>>,
}

#[derive(Debug, Default)]
struct Lane {
    bell: Arc<Notify>,
    /// What was learnt of it; none before it was read.
    tempo: Option<Tempo>,
    waited: HashMap<String, Waited>,
}

/// A document that somebody waits for. Times are by a stopwatch, since the clock may be set while somebody waits.
#[derive(Debug, Clone, Default)]
struct Waited {
    /// How many wait.
    waiters: usize,
    /// When the last of them went.
    left: Option<Instant>,
    /// With the service, since when, and under which name.
    accepted: Option<(RequestId, Instant)>,
    /// Which of the questions it is given, when they come (counted from its acceptance), and how often it was asked for.
    given: Given,
    questions: Vec<Duration>,
    asked: usize,
    /// The latest time at which it was certainly not decided.
    pending: Option<Instant>,
}

impl Waited {
    /// When it is asked for next; none when the usual questions have their turn.
    fn due(&self) -> Option<Instant> {
        let (_, accepted) = self.accepted.as_ref()?;
        let question = self.questions.get(self.asked).filter(|_| self.waiters > 0)?;
        Some(*accepted + *question)
    }
}

/// Which questions are asked of those that a lane's time suggests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Given {
    /// Left out at the beginning: results are pushed, and most will have come by then.
    pub(crate) skipped: usize,
    /// At most so many.
    pub(crate) most: u32,
}

/// What is to be done for those who wait in a lane.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// What is due now.
    pub(crate) due: Vec<RequestId>,
    /// What is asked for later, and so not by the usual questions.
    pub(crate) reserved: Vec<RequestId>,
    /// When something is due next.
    pub(crate) next: Option<Instant>,
    /// Documents of which nobody in this process knows whether the service has them.
    pub(crate) unknown: Vec<String>,
}

/// A document was decided, and what that tells of its lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lesson {
    pub(crate) pending: Duration,
    pub(crate) decided: Duration,
}

impl Counter {
    fn with<T>(&self, lane: &str, act: impl FnOnce(&mut Lane) -> T) -> T {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        act(lanes.entry(lane.to_owned()).or_default())
    }

    /// What rings when something in a lane is to be asked for sooner.
    pub(crate) fn bell(&self, lane: &str) -> Arc<Notify> {
        self.with(lane, |lane| lane.bell.clone())
    }

    /// Somebody begins to wait.
    fn enter(&self, lane: &str, document: &str) {
        self.with(lane, |lane| {
            lane.waited
                .retain(|_, waited| waited.left.is_none_or(|left| left.elapsed() < REMEMBERED));
            let waited = lane.waited.entry(document.to_owned()).or_default();
            waited.waiters += 1;
            waited.left = None;
            lane.bell.notify_waiters();
        });
    }

    fn leave(&self, lane: &str, document: &str) {
        self.with(lane, |lane| {
            if let Some(waited) = lane.waited.get_mut(document) {
                waited.waiters = waited.waiters.saturating_sub(1);
                waited.left = (waited.waiters == 0).then(Instant::now);
            }
        });
    }

    /// The service has taken a document.
    pub(crate) fn accepted(&self, lane: &str, document: &str, request_id: &RequestId, at: Instant, given: Given) {
        self.with(lane, |lane| {
            let Some(waited) = lane.waited.get_mut(document) else {
                return;
            };
            if waited.accepted.as_ref().is_some_and(|(known, _)| known == request_id) {
                return;
            }
            waited.accepted = Some((request_id.clone(), at));
            (waited.questions, waited.given) = (Vec::new(), given);
            (waited.asked, waited.pending) = (0, None);
            lane.bell.notify_waiters();
        });
    }

    /// What is to be done, by what is known of the lane's time.
    pub(crate) fn plan(&self, lane: &str, now: Instant) -> Plan {
        self.with(lane, |lane| {
            let mut plan = Plan::default();
            for (document, waited) in &mut lane.waited {
                if waited.accepted.is_some() && waited.questions.is_empty() {
                    let Given { skipped, most } = waited.given;
                    let questions = lane.tempo.clone().unwrap_or_default().questions(most);
                    waited.questions = questions.into_iter().skip(skipped).collect();
                }
                match (waited.due(), &waited.accepted) {
                    (Some(due), Some((request_id, _))) if due <= now => plan.due.push(request_id.clone()),
                    (Some(due), Some((request_id, _))) => {
                        plan.reserved.push(request_id.clone());
                        plan.next = Some(plan.next.map_or(due, |next| next.min(due)));
                    }
                    (None, None) if waited.waiters > 0 => plan.unknown.push(document.clone()),
                    _ => {}
                }
            }
            plan
        })
    }

    /// Requests were asked for at a time.
    pub(crate) fn asked(&self, lane: &str, requests: &[RequestId]) {
        self.with(lane, |lane| {
            for waited in lane.waited.values_mut() {
                if waited.accepted.as_ref().is_some_and(|(id, _)| requests.contains(id)) {
                    waited.asked += 1;
                }
            }
        });
    }

    /// A request was not decided when it was asked for.
    pub(crate) fn pending(&self, lane: &str, request_id: &RequestId, asked_at: Instant) {
        self.with(lane, |lane| {
            for waited in lane.waited.values_mut() {
                if waited.accepted.as_ref().is_some_and(|(id, _)| id == request_id) {
                    waited.pending = Some(asked_at);
                }
            }
        });
    }

    /// A request is decided. Says what can be learnt, when somebody waited for it.
    pub(crate) fn decided(&self, lane: &str, request_id: &RequestId, now: Instant, is_pushed: bool) -> Option<Lesson> {
        self.with(lane, |lane| {
            let is_it = |waited: &Waited| waited.accepted.as_ref().is_some_and(|(id, _)| id == request_id);
            let document = lane.waited.iter().find(|(_, waited)| is_it(waited))?.0.clone();
            let waited = lane.waited.remove(&document)?;
            let (_, accepted) = waited.accepted?;
            let decided = now.saturating_duration_since(accepted);
            let pending = waited
                .pending
                .map_or(Duration::ZERO, |at| at.saturating_duration_since(accepted));
            Some(Lesson {
                // What is pushed comes at once.
                pending: if is_pushed {
                    pending.max(decided.mul_f64(0.9))
                } else {
                    pending
                },
                decided,
            })
        })
    }

    /// Lanes in which one of these requests is waited for.
    pub(crate) fn lanes_of(&self, requests: &[RequestId]) -> Vec<(String, RequestId)> {
        let lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = lanes
            .iter()
            .flat_map(|(name, lane)| lane.waited.values().map(move |waited| (name, waited)));
        waited
            .filter_map(|(name, waited)| {
                let (id, _) = waited.accepted.as_ref()?;
                requests.contains(id).then(|| (name.clone(), id.clone()))
            })
            .collect()
    }

    pub(crate) fn set_tempo(&self, lane: &str, tempo: Tempo) {
        self.with(lane, |lane| lane.tempo = Some(tempo));
    }
}

/// Somebody waits for the result of a document. As long as this is there, a worker of this process asks for it sooner; see
/// [`Outbox::hurry`](crate::Outbox::hurry).
#[derive(Debug)]
#[must_use = "the hurry ends when it is dropped"]
pub struct Hurry {
    counter: Arc<Counter>,
    lane: String,
    document: String,
}

impl Hurry {
    pub(crate) fn new(counter: Arc<Counter>, lane: &str, document: &str) -> Self {
        counter.enter(lane, document);
        Self {
            counter,
            lane: lane.to_owned(),
            document: document.to_owned(),
        }
    }
}

impl Drop for Hurry {
    fn drop(&mut self) {
        self.counter.leave(&self.lane, &self.document);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(id: &str) -> RequestId {
        RequestId::parse(id).unwrap()
    }

    fn given(most: u32) -> Given {
        Given { skipped: 0, most }
    }

    fn seconds(began: Instant, seconds: u64) -> Instant {
        began + Duration::from_secs(seconds)
    }

    #[test]
    fn what_somebody_waits_for_is_asked_for_at_its_times_and_then_left_to_the_usual_questions() {
        let (counter, began) = (Arc::new(Counter::default()), Instant::now());
        let hurry = Hurry::new(counter.clone(), "till", "A");
        assert_eq!(counter.plan("till", began).unknown, ["A"]);
        counter.accepted("till", "A", &request("r1"), seconds(began, 100), given(2));
        // Nobody waits for this one.
        counter.accepted("till", "B", &request("r2"), seconds(began, 100), given(2));
        let plan = counter.plan("till", seconds(began, 100));
        assert_eq!((plan.due, plan.reserved), (vec![], vec![request("r1")]));
        assert!(
            plan.next
                .is_some_and(|next| next > seconds(began, 100) && next < seconds(began, 101))
        );
        for _ in 0..2 {
            assert_eq!(counter.plan("till", seconds(began, 110)).due, [request("r1")]);
            counter.asked("till", &[request("r1")]);
        }
        let plan = counter.plan("till", seconds(began, 110));
        assert_eq!(plan, Plan::default(), "two questions were allowed");
        counter.pending("till", &request("r1"), seconds(began, 110));
        let lesson = counter.decided("till", &request("r1"), seconds(began, 112), false);
        let (pending, decided) = (Duration::from_secs(10), Duration::from_secs(12));
        assert_eq!(lesson, Some(Lesson { pending, decided }));
        assert_eq!(
            counter.decided("till", &request("r1"), seconds(began, 112), false),
            None
        );
        drop(hurry);
    }

    #[test]
    fn one_who_goes_and_comes_back_is_not_given_his_questions_anew() {
        let (counter, began) = (Arc::new(Counter::default()), Instant::now());
        let enter = || Hurry::new(counter.clone(), "till", "A");
        let hurry = enter();
        counter.accepted("till", "A", &request("r1"), began, given(1));
        counter.asked("till", &[request("r1")]);
        drop(hurry);
        let _hurry = enter();
        counter.accepted("till", "A", &request("r1"), began, given(1));
        assert_eq!(counter.plan("till", seconds(began, 100)), Plan::default());
        // Sent again, it is another request.
        counter.accepted("till", "A", &request("r2"), began, given(1));
        assert_eq!(counter.plan("till", seconds(began, 100)).due, [request("r2")]);
    }

    #[test]
    fn nothing_is_asked_for_one_who_has_gone() {
        let (counter, began) = (Arc::new(Counter::default()), Instant::now());
        let hurry = Hurry::new(counter.clone(), "till", "A");
        counter.accepted("till", "A", &request("r1"), began, given(5));
        drop(hurry);
        assert_eq!(counter.plan("till", seconds(began, 100)), Plan::default());
    }
}
