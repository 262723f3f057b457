//! The outbox's worker, as a task of this process.

use std::time::Duration;

use fh_outbox::Outbox;
use fiscal_harmony::Client;
use tokio::{sync::oneshot, task::JoinHandle, time::timeout};

use crate::interrupt::Interrupt;

/// How long what is on the wire may still take: losing its answer is dear, since it then has to be cleared up later. With it the end comes
/// within the five seconds after which many a system kills.
const GRACE: Duration = Duration::from_secs(4);

pub(crate) struct Worker {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Worker {
    /// Sends and settles the documents of the outbox's lane.
    pub(crate) fn start(outbox: &Outbox, client: &Client) -> Self {
        Self::start_lanes(outbox, vec![(outbox.lane().to_owned(), client.clone())])
    }

    /// The same for several lanes.
    pub(crate) fn start_lanes(outbox: &Outbox, lanes: Vec<(String, Client)>) -> Self {
        let (stop, stopped) = oneshot::channel();
        let outbox = outbox.clone();
        let task = tokio::spawn(async move {
            let stopped = async {
                // Sent or dropped, it means the same.
                let _ = stopped.await;
            };
            outbox.run_lanes(lanes, stopped).await;
        });
        Self { stop, task }
    }

    /// Ends it in order; a second Ctrl-C ends it at once.
    pub(crate) async fn stop(self, interrupt: &Interrupt) {
        let Self { stop, mut task } = self;
        let _ = stop.send(());
        tokio::select! {
            ended = timeout(GRACE, &mut task) => if ended.is_ok() { return },
            () = interrupt.asked(2) => {}
        }
        task.abort();
    }
}
