//! What the outbox shows.

use fiscal_harmony::{
    DocumentKind, Receipt,
    types::{CatDateTime, RequestId, jiff::Timestamp},
};
use serde::Serialize;

use crate::{
    cause::Cause,
    machine::{Micros, may_pass},
    state::State,
};

/// A document in the outbox.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Entry {
    /// Its place in the order in which documents were taken in; 0 for one that was pruned.
    pub seq: i64,
    /// Its id in the seller's system.
    pub document: String,
    /// Invoice or credit note.
    #[serde(serialize_with = "kind")]
    pub kind: DocumentKind,
    /// Its number, as the seller prints it.
    pub number: String,
    /// Its lane: the fiscal device, or whatever [`Outbox::for_lane`](crate::Outbox::for_lane) was given.
    pub lane: String,
    /// The station that sends it, where it named one; else that of its lane's client.
    pub station: Option<String>,
    /// Its own date.
    pub dated: CatDateTime,
    /// When it was taken in.
    pub enqueued_at: CatDateTime,
    /// When its state last changed.
    pub changed_at: CatDateTime,
    /// Where it stands.
    pub state: State,
    /// How often it was sent, or begun to be.
    pub attempts: u32,
    /// When it is to be sent, if it waits for that.
    pub due_at: Option<CatDateTime>,
    /// When the service took it.
    pub accepted_at: Option<CatDateTime>,
    /// The latest name under which the service knows it.
    pub request_id: Option<RequestId>,
    /// Why it stands where it does, when there is something to say.
    pub reason: Option<String>,
    /// The same as one of a few kinds.
    pub cause: Option<Cause>,
    /// Whether what follows in its lane waits for it.
    pub holds: bool,
    /// A sending of it may have arrived, and no receipt and no person has cleared that up: it may be fiscalised.
    pub in_doubt: bool,
    /// What a queued document waits for. Told by [`Outbox::find`](crate::Outbox::find), [`list`](crate::Outbox::list) and
    /// [`wait`](crate::Outbox::wait); none where nobody looked.
    pub waits_for: Option<WaitsFor>,
    /// Which of its contents is the present one: 1, and one more with each correction. [`Outbox::revisions`](crate::Outbox::revisions) tells what
    /// they were.
    pub revision: u32,
    /// Which of them the receipt is of, where there is more than one.
    pub receipt_revision: Option<u32>,
    /// The receipt shows, or may show, the content before a correction: compare the two.
    pub content_in_doubt: bool,
    /// The id of the document in whose place this one was handed in.
    pub replaces: Option<String>,
    /// The id of the document that was handed in in its place, and locks it.
    pub replaced_by: Option<String>,
    /// Whether the service takes it again, on a rejection.
    pub actionable: bool,
    /// Its receipt, when it is fiscalised.
    pub receipt: Option<Receipt>,
    /// The receipt was adopted by its verification code alone: it has no address, device or number, and must not be printed as a fiscal
    /// invoice.
    pub incomplete: bool,
}

/// What a document waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct WaitsFor {
    /// The id of the other document.
    pub document: String,
    /// Where that one stands.
    pub state: State,
    /// The whole in words, such as "behind P-1, which is parked: no TIN provided".
    pub why: String,
}

pub(crate) fn kind<S: serde::Serializer>(kind: &DocumentKind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(match kind {
        DocumentKind::Invoice => "invoice",
        DocumentKind::CreditNote => "credit_note",
    })
}

/// A line of the append-only history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// Counts up over the whole outbox.
    pub id: i64,
    /// The document's id.
    pub document: String,
    /// When.
    pub at: CatDateTime,
    /// Who: a worker, a webhook, an operator.
    pub who: String,
    /// What happened.
    pub event: String,
    /// Where the document stood before; none when it was just taken in.
    pub from: Option<State>,
    /// Where it stands since.
    pub to: State,
    /// How often it had been sent, or begun to be.
    pub attempt: u32,
    /// Why.
    pub why: String,
    /// The HTTP status of the service's answer, when it was one that failed.
    pub status: Option<u16>,
    /// The beginning of that answer, without secrets.
    pub excerpt: Option<String>,
}

impl Entry {
    /// True when its reason speaks of the service or the authority, and not of the document: it may be taken later as it is. The texts that
    /// are known to do so are none of the live service's \[vendor-code\].
    #[must_use]
    pub fn speaks_of_the_service(&self) -> bool {
        self.reason.as_deref().is_some_and(may_pass)
    }
}

/// Which documents to list. Start from [`Query::default`]: the newest hundred of all.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Query {
    /// Only those in one of these states; all when empty.
    pub states: Vec<State>,
    /// Only those of this lane.
    pub lane: Option<String>,
    /// Only those whose id or number begins with this.
    pub search: Option<String>,
    /// Only those before this [`Entry::seq`], for the next page.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: usize,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            states: Vec::new(),
            lane: None,
            search: None,
            before: None,
            limit: 100,
        }
    }
}

impl Query {
    /// Only documents in one of these states.
    #[must_use]
    pub fn states(mut self, states: impl IntoIterator<Item = State>) -> Self {
        self.states = states.into_iter().collect();
        self
    }

    /// Only documents of this lane.
    #[must_use]
    pub fn lane(mut self, lane: impl Into<String>) -> Self {
        self.lane = Some(lane.into());
        self
    }

    /// Only documents whose id or number begins with this.
    #[must_use]
    pub fn search(mut self, beginning: impl Into<String>) -> Self {
        self.search = Some(beginning.into());
        self
    }

    /// Only documents before this [`Entry::seq`].
    #[must_use]
    pub fn before(mut self, seq: i64) -> Self {
        self.before = Some(seq);
        self
    }

    /// At most so many.
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }
}

/// A kept time, in the time zone of the people who read it.
pub(crate) fn cat(at: Micros) -> CatDateTime {
    CatDateTime::from_timestamp(Timestamp::from_microsecond(at).unwrap_or(Timestamp::UNIX_EPOCH))
}

/// When the day of a time began, where the people are.
pub(crate) fn midnight(now: Micros) -> Micros {
    const DAY: Micros = 86_400_000_000;
    const OFFSET: Micros = 2 * 3_600_000_000;
    (now + OFFSET).div_euclid(DAY) * DAY - OFFSET
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_begins_at_midnight_in_central_africa() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap().as_microsecond();
        for (now, began) in [
            ("2026-11-25T21:59:59Z", "2026-11-24T22:00:00Z"),
            ("2026-11-25T22:00:00Z", "2026-11-25T22:00:00Z"),
            ("1969-12-31T23:00:00Z", "1969-12-31T22:00:00Z"),
        ] {
            assert_eq!(midnight(at(now)), at(began), "{now}");
        }
    }
}
