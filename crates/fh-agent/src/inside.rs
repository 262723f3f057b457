//! What all handlers share.

use std::{collections::BTreeSet, sync::Arc, time::Instant};

use fh_outbox::Outbox;
use fiscal_harmony::{Client, document::AllowedFields, webhook::Receiver};
use tokio::sync::watch;

use crate::{advice::Advice, pushed::OfLanes};

/// A lane and the client of its device.
#[derive(Clone)]
pub(crate) struct Lane {
    pub(crate) name: String,
    pub(crate) client: Client,
    /// Fields that its documents may have beside the known ones.
    pub(crate) allowed: AllowedFields,
}

/// The agent from within, while it serves.
pub(crate) struct Inside {
    pub(crate) outbox: Outbox,
    /// The first one is meant where none is named.
    pub(crate) lanes: Vec<Lane>,
    /// What stands at the top of printed receipts.
    pub(crate) seller: Vec<String>,
    pub(crate) sandbox: bool,
    pub(crate) advice: Advice,
    /// True once the agent is to end; whoever waits for something gets its answer then.
    pub(crate) stopping: watch::Receiver<bool>,
    pub(crate) started: Instant,
    /// Where webhooks are received, if they are.
    pub(crate) pushed: Option<Receiver<OfLanes>>,
}

pub(crate) type Shared = Arc<Inside>;

impl Inside {
    /// The lane of that name, or the first.
    pub(crate) fn lane(&self, name: Option<&str>) -> Option<&Lane> {
        match name {
            None => self.lanes.first(),
            Some(name) => self.lanes.iter().find(|lane| lane.name == name),
        }
    }

    /// The names of lanes with open documents that nobody here works for.
    pub(crate) fn deserted<'a>(&self, lanes: impl IntoIterator<Item = &'a str>) -> BTreeSet<&'a str> {
        let served = |name: &str| self.lanes.iter().any(|lane| lane.name == name);
        lanes.into_iter().filter(|name| !served(name)).collect()
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
