//! What the checks know of each lane's account, kept fresh.

use std::time::Duration;

use fh_outbox::Outbox;
use fh_types::SystemClock;

use crate::inside::Lane;

/// Taxes and mappings change by hand, and rarely.
const AGE: Duration = Duration::from_secs(15 * 60);
/// How soon a catalogue that could not be had is asked for again.
const AGAIN: Duration = Duration::from_secs(30);

/// Asks for the catalogue of a lane again and again. It never ends by itself.
pub(crate) async fn keep_fresh(outbox: Outbox, lane: Lane) {
    let outbox = outbox.for_lane(lane.name);
    loop {
        let again = match lane.client.catalogue_within(Duration::ZERO, &SystemClock).await {
            Ok(catalogue) => {
                outbox.set_catalogue(catalogue);
                outbox.note_clock(&lane.client);
                AGE
            }
            Err(error) => {
                tracing::debug!(%error, "the catalogue could not be had");
                AGAIN
            }
        };
        tokio::time::sleep(again).await;
    }
}
