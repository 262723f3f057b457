//! Alarms on their way to somebody who is not looking.

use std::{sync::PoisonError, time::Instant};

use super::handle::Outbox;
use crate::{
    alarm::{Alarm, of_process},
    error::OutboxError,
    store::told::{Anything, Probe, Sent, ToSend},
};

impl Outbox {
    /// What a person must know of this very process: a worker that is stuck, a store that cannot be written. Nothing is asked for it, so that
    /// it can be told when nothing answers any more. [`Stats::alarms`](crate::Stats::alarms) holds it too.
    #[must_use]
    pub fn alarms_of_this_process(&self) -> Vec<Alarm> {
        let vitals = self.vitals.lock().unwrap_or_else(PoisonError::into_inner);
        of_process(&vitals, Instant::now())
    }

    /// The alarms of the store that are to be sent to somebody now: each once, until it is over and rings again. `to` is a name for him, of
    /// your choice. Whoever has sent one says so by [`alarm_was_sent`](Self::alarm_was_sent); otherwise it is handed out again after a
    /// minute, to this process or another one that asks for him. Those of [this process](Self::alarms_of_this_process) are not among them.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn alarms_to_send(&self, to: &str) -> Result<Vec<Alarm>, OutboxError> {
        let ringing = self.stats_of_the_store().await?.alarms;
        let work = ToSend {
            to: to.to_owned(),
            ringing: ringing.iter().map(Alarm::id).collect(),
            by: self.by("alarms"),
        };
        if !self.store.read(Anything(work.clone())).await? {
            return Ok(Vec::new());
        }
        let names = self.write(work).await?;
        Ok(ringing
            .into_iter()
            .filter(|alarm| names.contains(&alarm.id()))
            .collect())
    }

    /// Says that an alarm was sent.
    ///
    /// # Errors
    ///
    /// When the store fails; then it may be sent another time.
    pub async fn alarm_was_sent(&self, to: &str, alarm: &Alarm) -> Result<(), OutboxError> {
        let work = Sent {
            to: to.to_owned(),
            name: alarm.id(),
            by: self.by("alarms"),
        };
        self.write(work).await
    }

    /// Writes something and waits until it is on the disk, so that it is known whether a document could be taken in.
    ///
    /// # Errors
    ///
    /// Those with which a document would not be taken in, such as [`OutboxError::Full`].
    pub async fn check_writable(&self) -> Result<(), OutboxError> {
        self.write(Probe(self.by("probe"))).await
    }
}
