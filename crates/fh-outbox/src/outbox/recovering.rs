//! Sending what was recovered from the seller's records, one first.

use std::{future::Future, time::Duration};

use fiscal_harmony::{Client, VerificationLink, types::CatDateTime};

use super::handle::Outbox;
use crate::{
    cause::Cause,
    entry::{Entry, Query, cat},
    error::OutboxError,
    state::State,
};

/// How old a document may be that is sent again: for so long the service can be asked \[docs\].
const RECENT: Duration = Duration::from_secs(7 * 86_400);

/// What is known of the time before the outbox was lost, for [`Outbox::send_recovered`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loss {
    /// When it was lost.
    pub at: CatDateTime,
    /// The highest number that a receipt of the device had before, as the last printed one shows it.
    pub last_receipt: i64,
}

/// What came of sending what was recovered.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Recovery {
    /// Nothing that was recovered is recent enough.
    Nothing,
    /// The first of them says that the rest must not be sent before a person has looked.
    Ask {
        /// The first one.
        first: Box<Entry>,
        /// What it says.
        why: String,
        /// How many were not sent.
        left: usize,
    },
    /// All were sent, and this is where they stand.
    Sent(Vec<Entry>),
}

impl Outbox {
    /// Sends the recovered documents of this lane that are dated within the last seven days, as retries, one first: only when its receipt is one
    /// from before the loss are the others sent. `within` bounds the wait for the first, and again that for the others.
    ///
    /// No other worker should be at this lane. Dropping the future is as dropping that of [`run`](Self::run).
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn send_recovered(
        &self,
        client: &Client,
        loss: Loss,
        operator: &str,
        within: Duration,
    ) -> Result<Recovery, OutboxError> {
        let mut recovered = self.recovered().await?.into_iter();
        let Some(first) = recovered.next() else {
            return Ok(Recovery::Nothing);
        };
        let rest: Vec<_> = recovered.map(|entry| entry.document).collect();
        let first = self
            .send_one_by_one(client, &[first.document], operator, within)
            .await?
            .pop();
        let Some(first) = first else {
            return Ok(Recovery::Nothing);
        };
        if let Some(why) = is_alarming(&first, loss) {
            return Ok(Recovery::Ask {
                first: Box::new(first),
                why,
                left: rest.len(),
            });
        }
        let mut sent = vec![first];
        sent.extend(self.send_one_by_one(client, &rest, operator, within).await?);
        Ok(Recovery::Sent(sent))
    }

    /// Those that are recent, the oldest first.
    async fn recovered(&self) -> Result<Vec<Entry>, OutboxError> {
        let query = Query::default()
            .states([State::Parked])
            .lane(self.lane())
            .limit(usize::MAX >> 1);
        let mut recovered = self.list(query).await?;
        let recent = cat(self.now()).timestamp() - RECENT;
        recovered.retain(|entry| entry.cause == Some(Cause::Recovered) && entry.dated.timestamp() >= recent);
        recovered.sort_by_key(|entry| (entry.dated, entry.seq));
        Ok(recovered)
    }

    async fn send_one_by_one(
        &self,
        client: &Client,
        documents: &[String],
        operator: &str,
        within: Duration,
    ) -> Result<Vec<Entry>, OutboxError> {
        for document in documents {
            let why = "sent again after the outbox was lost";
            self.retry_because(document, operator, why).await?;
        }
        let settled = async {
            for document in documents {
                // What cannot be looked at now is looked at below.
                let _ = self.wait(document, within).await;
            }
        };
        self.run(client, bounded(settled, within)).await;
        let mut found = Vec::new();
        for document in documents {
            found.push(self.find(document).await?);
        }
        Ok(found)
    }
}

async fn bounded(what: impl Future<Output = ()>, within: Duration) {
    // Either way it is over.
    let _ = tokio::time::timeout(within, what).await;
}

/// Why the others must not follow the first.
fn is_alarming(first: &Entry, loss: Loss) -> Option<String> {
    let document = &first.document;
    let Some(receipt) = &first.receipt else {
        let why = first.reason.as_deref().unwrap_or("it is not decided yet");
        return Some(format!("{document} is {}: {why}", first.state));
    };
    if receipt.receipt_number > loss.last_receipt {
        return Some(format!(
            "{document} has the receipt {}, which is later than the loss ({}): the service took it for a new sale",
            receipt.receipt_number, loss.last_receipt
        ));
    }
    let date = VerificationLink::parse(&receipt.qr_url).map(|link| link.date);
    date.filter(|date| *date > loss.at.civil().date()).map(|date| {
        format!("{document} has a receipt of {date}, which is later than the loss: the service took it for a new sale")
    })
}
