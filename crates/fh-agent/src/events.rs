//! Changes as they happen, as server-sent events.

use std::{collections::VecDeque, convert::Infallible, time::Duration};

use axum::{
    extract::State,
    http::HeaderMap,
    response::sse::{Event, KeepAlive, Sse},
};
use fh_outbox::{Change, Subscription};
use futures_util::{Stream, stream};
use serde::Deserialize;

use crate::{
    address::Options,
    inside::Shared,
    problem::{Problem, bad_request},
};

/// How many changes are read at once.
const PAGE: usize = 200;
/// So that whoever stands in between does not take silence for the end.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);

/// From where on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct From {
    after: Option<i64>,
}

pub(super) async fn stream(
    State(agent): State<Shared>,
    Options(from): Options<From>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    // A browser that reconnects says what it saw last.
    let last = headers.get("last-event-id").map(|id| {
        let id = id.to_str().ok().and_then(|id| id.parse().ok());
        id.ok_or_else(|| bad_request("Last-Event-ID is the number of a change"))
    });
    let after = match (last.transpose()?, from.after) {
        (Some(after), _) | (None, Some(after)) => after,
        (None, None) => agent.outbox.latest_change().await?,
    };
    let follower = Follower {
        subscription: agent.outbox.subscribe(),
        agent,
        after,
        ready: VecDeque::new(),
    };
    let events = stream::unfold(follower, async |mut follower| {
        let change = follower.next().await?;
        let event = Event::default().id(change.id.to_string()).event("change");
        Some((Ok(event.json_data(&change).unwrap_or_default()), follower))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(SIGN_OF_LIFE)))
}

struct Follower {
    agent: Shared,
    subscription: Subscription,
    after: i64,
    ready: VecDeque<Change>,
}

impl Follower {
    /// The next change; none when the agent ends or the store fails, so that the reader comes again and says where it was.
    async fn next(&mut self) -> Option<Change> {
        loop {
            if let Some(change) = self.ready.pop_front() {
                return Some(change);
            }
            let changes = self.agent.outbox.changes(self.after, PAGE).await.ok()?;
            if let Some(last) = changes.last() {
                self.after = last.id;
                self.ready.extend(changes);
                continue;
            }
            let agent = self.agent.clone();
            tokio::select! {
                () = self.subscription.changed() => {}
                () = agent.is_stopping() => return None,
            }
        }
    }
}
