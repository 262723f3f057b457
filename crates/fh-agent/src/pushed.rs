//! What is pushed: each till's secret settles that till's documents alone, and what is refused leaves a trace.

use std::time::Duration;

use fh_outbox::Outbox;
use fiscal_harmony::webhook::{Message, Receiver, Sink, SinkError};

/// How often refused deliveries are noted: somebody who sends them without end costs no more than a line in this time.
const NOTED: Duration = Duration::from_secs(10);

/// Keeps what a receiver brings, in whose secrets each label is the name of a lane.
pub(crate) struct OfLanes(pub(crate) Outbox);

impl Sink for OfLanes {
    async fn keep(&self, message: Message) -> Result<(), SinkError> {
        let lanes = message.labels.iter().map(|label| label.to_string());
        let events = message.events.into_iter().map(Into::into);
        self.0.settle_of_lanes(lanes, events).await?;
        Ok(())
    }
}

/// Notes refused deliveries again and again. It never ends by itself.
pub(crate) async fn note_refused(receiver: Receiver<OfLanes>, outbox: Outbox) {
    let mut noted = 0;
    loop {
        tokio::time::sleep(NOTED).await;
        let refused = receiver.counts().refused;
        if refused > noted {
            match outbox.note_refused_webhooks(refused - noted).await {
                Ok(()) => noted = refused,
                Err(error) => tracing::warn!(%error, "refused webhooks could not be noted yet"),
            }
        }
    }
}
