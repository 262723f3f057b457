//! The lanes of a process, each with its tasks.

use std::{future::Future, pin::pin, sync::Arc};

use fiscal_harmony::Client;
use futures_util::future::join_all;
use tokio::sync::watch;

use super::sending::Worker;
use crate::{outbox::Outbox, store::sending::Hand};

impl Outbox {
    /// Sends the documents of this lane and settles them, until `shutdown` is ready. What is on the wire then is waited for
    /// and kept.
    ///
    /// Failures of the service or the store end nothing: they are waited out.
    ///
    /// End it with `shutdown`. Dropping the future instead is a worker's death: what is on the wire may arrive, and is sent again as a
    /// retry after its lease and the orphan window.
    pub async fn run(&self, client: &Client, shutdown: impl Future<Output = ()>) {
        self.run_lanes([(self.lane.clone(), client.clone())], shutdown).await;
    }

    /// As [`run`](Self::run), for several lanes at once, each with the client of its device.
    pub async fn run_lanes(
        &self,
        lanes: impl IntoIterator<Item = (String, Client)>,
        shutdown: impl Future<Output = ()>,
    ) {
        let (stop, stopping) = watch::channel(false);
        // Held to the end of this function, and let go by the system should that never come.
        let roster = self.store.roster().map(Arc::new);
        let seat = roster.as_ref().and_then(|roster| roster.enter());
        let work = lanes.into_iter().enumerate().map(|(nth, (lane, client))| {
            let (outbox, stopping) = (self.for_lane(lane), stopping.clone());
            outbox.learn_from(&client);
            let worker = Worker {
                who: format!("worker {}", std::process::id()),
                hand: Hand {
                    name: seat.as_ref().map(|seat| seat.name(nth)),
                    roster: roster.clone(),
                },
            };
            async move {
                let asking = outbox.ask_all(&client, stopping.clone());
                tokio::join!(outbox.send_all(&client, &worker, stopping), asking);
            }
        });
        let mut work = pin!(join_all(work));
        tokio::select! {
            _ = &mut work => {}
            () = shutdown => {
                stop.send_replace(true);
                work.await;
            }
        }
    }
}
