//! `LISTEN` and `NOTIFY`: how workers in other processes hear that there is something to do.
//!
//! It is a courtesy. Whoever misses it looks for himself within [`Policy::idle_poll`](crate::Policy::idle_poll). It is rung after the
//! commit and by a transaction of its own, because PostgreSQL commits transactions that notify one after another, and would lose its
//! group commit by that.

use std::{pin::pin, rc::Rc, sync::Arc, time::Duration};

use futures_util::{StreamExt, stream};
use tokio::{sync::Notify, time::sleep};
use tokio_postgres::AsyncMessage;

use super::{fault::Fault, pool::Server};
use crate::OutboxError;

/// The channel.
pub(super) const CHANNEL: &str = "fh_outbox";

/// The longest wait before a lost connection is tried again.
const LONGEST: Duration = Duration::from_secs(10);

/// Listens and rings for ever; opens the connection again whenever it is lost.
pub(super) async fn attend(server: Server, ring: Rc<Notify>, woken: Arc<Notify>) {
    let mut wait = Duration::from_millis(100);
    loop {
        let mut heard = false;
        if let Err(error) = listen(&server, &ring, &woken, &mut heard).await {
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

async fn listen(server: &Server, ring: &Notify, woken: &Notify, heard: &mut bool) -> Result<(), OutboxError> {
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
                        woken.notify_waiters();
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
        woken.notify_waiters();
        loop {
            ring.notified().await;
            client
                .batch_execute(&format!("NOTIFY {CHANNEL}"))
                .await
                .map_err(failed)?;
        }
    };
    tokio::select! {
        ended = hear => ended,
        ended = speak => ended,
    }
}
