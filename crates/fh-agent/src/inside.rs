//! What all handlers share.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use fh_outbox::{Outbox, OutboxError};
use fiscal_harmony::{Client, document::AllowedFields, webhook::Receiver};
use tokio::sync::watch;

use crate::{advice::Advice, printout::Printing, pushed::OfLanes};

/// A lane and the client of its device.
#[derive(Clone)]
pub(crate) struct Lane {
    pub(crate) name: String,
    pub(crate) client: Client,
    /// Fields that its documents may have beside the known ones.
    pub(crate) allowed: AllowedFields,
    /// How its receipts are printed, where that was said for it alone.
    pub(crate) printing: Option<Printing>,
}

/// The agent from within, while it serves.
pub(crate) struct Inside {
    pub(crate) outbox: Outbox,
    /// The first one is meant where none is named.
    pub(crate) lanes: Vec<Lane>,
    /// How receipts of other lanes are printed.
    pub(crate) printing: Printing,
    pub(crate) sandbox: bool,
    pub(crate) advice: Advice,
    /// True once the agent is to end; whoever waits for something gets its answer then.
    pub(crate) stopping: watch::Receiver<bool>,
    pub(crate) started: Instant,
    /// Where webhooks are received, if they are.
    pub(crate) pushed: Option<Receiver<OfLanes>>,
    /// When the outbox was last found to be writable.
    pub(crate) written: Mutex<Option<Instant>>,
}

/// For so long it counts as writable: whoever asks again and again is not to wear the disk.
const WRITABLE: Duration = Duration::from_secs(5);

pub(crate) type Shared = Arc<Inside>;

impl Inside {
    /// The lane of that name, or the first.
    pub(crate) fn lane(&self, name: Option<&str>) -> Option<&Lane> {
        match name {
            None => self.lanes.first(),
            Some(name) => self.lanes.iter().find(|lane| lane.name == name),
        }
    }

    /// How receipts of a lane are printed.
    pub(crate) fn printing(&self, lane: &str) -> Printing {
        let own = self.lane(Some(lane)).and_then(|lane| lane.printing.as_ref());
        own.unwrap_or(&self.printing).clone()
    }

    /// The names of lanes with open documents that nobody here works for.
    pub(crate) fn deserted<'a>(&self, lanes: impl IntoIterator<Item = &'a str>) -> BTreeSet<&'a str> {
        let served = |name: &str| self.lanes.iter().any(|lane| lane.name == name);
        lanes.into_iter().filter(|name| !served(name)).collect()
    }

    /// Whether a document could be taken in now.
    pub(crate) async fn is_writable(&self) -> Result<(), OutboxError> {
        let last = *self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_some_and(|last| last.elapsed() < WRITABLE) {
            return Ok(());
        }
        self.outbox.check_writable().await?;
        *self.written.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        Ok(())
    }

    /// Ends when the agent is to end.
    pub(crate) async fn is_stopping(&self) {
        until(self.stopping.clone()).await;
    }
}

/// Ends when the agent is to end.
pub(crate) async fn until(mut stopping: watch::Receiver<bool>) {
    // An error means that whoever could say so is gone, which is as good.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}
