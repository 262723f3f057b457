//! `LISTEN` and `NOTIFY`: how workers in other processes hear that there is something to do.
//!
//! It is a courtesy. Whoever misses it looks for himself within [`Policy::idle_poll`](crate::Policy::idle_poll). It is rung after the
//! commit and by a transaction of its own, because PostgreSQL commits transactions that notify one after another, and would lose its
//! group commit by that.

use std::{cell::RefCell, collections::BTreeSet, pin::pin, rc::Rc, sync::Arc, time::Duration};

use futures_util::{StreamExt, stream};
use tokio::{sync::Notify, time::sleep};
use tokio_postgres::{AsyncMessage, types::Type};

use super::{fault::Fault, pool::Server};
use crate::{
    bells::{Bells, Effect},
    error::OutboxError,
};

/// The channel.
pub(super) const CHANNEL: &str = "fh_outbox";

/// Begins the message that names a lane; a message that is not understood is for all.
const LANE: &str = "lane ";

/// PostgreSQL takes messages of less than 8,000 bytes.
const LONGEST_MESSAGE: usize = 7_900;

/// What others are to be told of an operation.
pub(super) fn messages(effect: &Effect) -> Vec<String> {
    let lanes = effect.lanes.iter().map(|lane| format!("{LANE}{lane}"));
    lanes
        .map(|message| {
            if message.len() > LONGEST_MESSAGE {
                String::new()
            } else {
                message
            }
        })
        .collect()
}

/// What a message says; none when it is for all.
fn understood(message: &str) -> Option<Effect> {
    let lane = message.strip_prefix(LANE)?;
    Some(Effect {
        changed: true,
        lanes: vec![lane.to_owned()],
    })
}

/// What is to be said to the others, each thing once, when there is time.
#[derive(Debug, Default)]
pub(super) struct Ring {
    waiting: RefCell<BTreeSet<String>>,
    struck: Notify,
}

impl Ring {
    pub(super) fn strike(&self, effect: &Effect) {
        let messages = messages(effect);
        if !messages.is_empty() {
            self.waiting.borrow_mut().extend(messages);
            self.struck.notify_one();
        }
    }

    async fn struck(&self) -> Vec<String> {
        self.struck.notified().await;
        std::mem::take(&mut *self.waiting.borrow_mut()).into_iter().collect()
    }
}

/// The longest wait before a lost connection is tried again.
const LONGEST: Duration = Duration::from_secs(10);

/// Listens and rings for ever; opens the connection again whenever it is lost.
pub(super) async fn attend(server: Server, ring: Rc<Ring>, bells: Arc<Bells>) {
    let mut wait = Duration::from_millis(100);
    loop {
        let mut heard = false;
        if let Err(error) = listen(&server, &ring, &bells, &mut heard).await {
            tracing::warn!(%error, "other workers cannot be heard at the moment; the outbox is looked at regularly instead");
        }
        wait = if heard {
            Duration::from_millis(100)
        } else {
            (wait * 2).min(LONGEST)
        };
        sleep(wait).await;
    }
}

async fn listen(server: &Server, ring: &Ring, bells: &Bells, heard: &mut bool) -> Result<(), OutboxError> {
    let told = |fault: Fault| fault.tell(&server.place);
    let (client, mut wire) = server.connect().await.map_err(told)?;
    let (us, mut process) = tokio::sync::watch::channel(0);
    let hear = async {
        let mut messages = pin!(stream::poll_fn(|cx| wire.poll_message(cx)));
        while let Some(message) = messages.next().await {
            match message {
                Ok(AsyncMessage::Notification(notification)) => {
                    // Our own workers were woken when we rang.
                    if notification.process_id() != *process.borrow_and_update() {
                        match understood(notification.payload()) {
                            Some(effect) => bells.ring(&effect),
                            None => bells.ring_all(),
                        }
                    }
                }
                Ok(_) => {}
                Err(error) => return Err(told(Fault::of(&error))),
            }
        }
        Err(told(Fault::gone("the connection was closed")))
    };
    let speak = async {
        let failed = |error: tokio_postgres::Error| told(Fault::of(&error));
        us.send_replace(server.prepare(&client).await?);
        client
            .batch_execute(&format!("LISTEN {CHANNEL}"))
            .await
            .map_err(failed)?;
        *heard = true;
        // For whatever was said while nobody listened.
        bells.ring_all();
        loop {
            let messages = ring.struck().await;
            client
                .query_typed(
                    "SELECT pg_notify($1, message) FROM unnest($2) AS message",
                    &[(&CHANNEL, Type::TEXT), (&messages, Type::TEXT_ARRAY)],
                )
                .await
                .map_err(failed)?;
        }
    };
    tokio::select! {
        ended = hear => ended,
        ended = speak => ended,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_an_operation_is_what_others_hear() {
        let lane = Effect {
            changed: true,
            lanes: vec!["till's 1".to_owned()],
        };
        let heard: Vec<_> = messages(&lane).iter().map(|message| understood(message)).collect();
        assert_eq!(heard, [Some(lane)]);
        let long = Effect {
            lanes: vec!["x".repeat(8_000)],
            ..Effect::default()
        };
        // As an older version, which names nothing.
        assert_eq!(messages(&long), [""]);
        assert_eq!(understood(""), None);
    }
}
