//! Waiting, unless it is time to stop.

use std::time::Duration;

use tokio::{sync::watch, time::sleep};

pub(super) type Stopping = watch::Receiver<bool>;

/// Waits, unless it is time to stop.
pub(super) async fn pause(wait: Duration, stopping: &mut Stopping) {
    tokio::select! {
        () = sleep(wait) => {}
        _ = stopping.changed() => {}
    }
}
