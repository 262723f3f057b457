//! Whom to ask for what is known of an account, and how often.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use fiscal_harmony::Client;
use tokio::{sync::Mutex, time::Instant};

/// How often an account is asked for again within [`SPAN`]: a person who mends a mapping tries some times, a program that hands in what is
/// wrong a thousand times.
const TIMES: usize = 3;
const SPAN: Duration = Duration::from_secs(30);

/// Whom to ask for what is known of the lanes' accounts, and when each was asked.
#[derive(Debug, Default)]
pub(super) struct Sources(HashMap<String, Source>);

#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) client: Client,
    pub(super) asked: Arc<Mutex<VecDeque<Instant>>>,
}

impl Sources {
    /// A lane's account is asked for with this client from now on. What was asked before counts on.
    pub(super) fn set(&mut self, lane: &str, client: &Client) {
        let asked = self.of(lane).map(|source| source.asked);
        let source = Source {
            client: client.clone(),
            asked: asked.unwrap_or_default(),
        };
        self.0.insert(lane.to_owned(), source);
    }

    pub(super) fn of(&self, lane: &str) -> Option<Source> {
        self.0.get(lane).cloned()
    }
}

/// Whether it may be asked now; then that is noted.
pub(super) fn may_ask(asked: &mut VecDeque<Instant>, now: Instant) -> bool {
    while asked
        .front()
        .is_some_and(|at| now.saturating_duration_since(*at) >= SPAN)
    {
        asked.pop_front();
    }
    let may = asked.len() < TIMES;
    if may {
        asked.push_back(now);
    }
    may
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_asked_for_so_often_in_a_while_and_no_more() {
        let (mut asked, began) = (VecDeque::new(), Instant::now());
        let mut may = |seconds| may_ask(&mut asked, began + Duration::from_secs(seconds));
        assert_eq!(
            [may(0), may(1), may(2), may(3), may(29)],
            [true, true, true, false, false]
        );
        assert_eq!(
            [may(30), may(30), may(31), may(32), may(33)],
            [true, false, true, true, false]
        );
    }
}
