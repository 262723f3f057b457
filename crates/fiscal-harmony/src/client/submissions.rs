use std::time::Duration;

use fh_raw::FrozenOperation;
use fh_types::RequestId;
use futures_util::StreamExt;
use tokio::time::{Instant, sleep_until};
use tracing::debug;

use super::{
    call::{poll_ceiling, read_capped},
    handle::Client,
};
use crate::{
    Delivery, DocumentKind, Error, ErrorKind, Fiscalisation, Frozen, Outcome,
    document::Submit,
    error::{Details, redacted_excerpt},
    retry::full_jitter,
};

/// A request id is a line of text; more than this is something else.
const REQUEST_ID_LIMIT: usize = 16 * 1024;

impl Client {
    /// Submits a document and returns the id under which its outcome can be asked for.
    ///
    /// That is all it means: the service has taken it \[docs\]. The call is made **once**. When it fails,
    /// [`Error::delivery`] tells whether the document may have been taken nevertheless.
    ///
    /// If the future is dropped, the document may have been taken and its request id is lost: treat it as
    /// [`Delivery::MaybeSent`].
    ///
    /// # Errors
    ///
    /// When the document cannot be written, cannot be sent, is refused, or the answer is lost or holds no request id.
    pub async fn submit(&self, document: &impl Submit) -> Result<RequestId, Error> {
        let frozen = document.to_frozen().map_err(|error| {
            let mut details = Details::new(ErrorKind::Document, Delivery::NotSent, "submit_document");
            details.source = Some(Box::new(error));
            Error::from(details)
        })?;
        self.submit_frozen(&frozen).await
    }

    async fn submit_frozen(&self, frozen: &Frozen) -> Result<RequestId, Error> {
        let operation = match frozen.kind() {
            DocumentKind::Invoice => FrozenOperation::Invoice,
            DocumentKind::CreditNote => FrozenOperation::CreditNote,
        };
        let answer = self
            .submission(operation.operation_id(), async {
                let response = self.raw().send_frozen(operation, frozen.bytes().clone()).await?;
                self.note_date(response.headers());
                read_capped(response.bytes_stream().boxed(), REQUEST_ID_LIMIT).await
            })
            .await?
            .unwrap_or_default();
        let text = String::from_utf8_lossy(&answer);
        RequestId::parse(&text).map_err(|error| {
            // A success that does not say under which name: it was probably taken.
            let mut details = Details::new(ErrorKind::Decode, Delivery::MaybeSent, operation.operation_id());
            details.excerpt = Some(redacted_excerpt(&answer));
            details.source = Some(Box::new(error));
            details.into()
        })
    }

    /// Submits a document and waits for its outcome, up to the client's deadline.
    ///
    /// A lost answer is no error: it is [`Outcome::Unknown`]. Once the service has taken the document nothing is an error any
    /// more: when the deadline passes, or the status cannot be asked, the outcome is [`Outcome::Pending`], with the request
    /// id to ask again and, in [`Fiscalisation::unanswered`], why no more is known.
    ///
    /// If the future is dropped, the document may have been taken and its request id is lost. Whoever must be able to give
    /// up calls [`submit`](Self::submit), keeps the request id, and [`wait`](Self::wait)s.
    ///
    /// # Errors
    ///
    /// When the document certainly was not taken.
    pub async fn fiscalise(&self, document: &impl Submit) -> Result<Fiscalisation, Error> {
        self.fiscalise_within(document, self.shared.deadline).await
    }

    /// As [`fiscalise`](Self::fiscalise), with a deadline of its own. The deadline is for the waiting; the submission itself
    /// is never abandoned half-way.
    ///
    /// If the future is dropped, the same holds as for [`fiscalise`](Self::fiscalise).
    ///
    /// # Errors
    ///
    /// As for [`fiscalise`](Self::fiscalise).
    pub async fn fiscalise_within(&self, document: &impl Submit, deadline: Duration) -> Result<Fiscalisation, Error> {
        let until = Instant::now() + deadline;
        match self.submit(document).await {
            Ok(request_id) => {
                // From here on an error would lose the request id, and with it the only way to ask.
                let (outcome, unanswered) = self.ask_until(&request_id, until).await;
                Ok(Fiscalisation {
                    request_id: Some(request_id),
                    outcome,
                    unanswered,
                })
            }
            Err(error) if error.delivery() == Delivery::MaybeSent => Ok(Fiscalisation {
                request_id: None,
                outcome: Outcome::Unknown(error),
                unanswered: None,
            }),
            Err(error) => Err(error),
        }
    }

    /// Asks for the outcome of a submission until it is settled or the time is over; then it is [`Outcome::Pending`].
    ///
    /// Faults that pass are waited out: the document is with the service, and a failed question does not change that. Nothing
    /// is lost if the future is dropped.
    ///
    /// # Errors
    ///
    /// When the credentials are refused, or the answers cannot be read. The error speaks of the question: the document is
    /// with the service as before.
    pub async fn wait(&self, request_id: &RequestId, within: Duration) -> Result<Outcome, Error> {
        match self.ask_until(request_id, Instant::now() + within).await {
            (_, Some(error)) if !error.is_retryable() => Err(error),
            (outcome, _) => Ok(outcome),
        }
    }

    /// What is known in the end, and the error of the last question if there was one. An error that does not pass ends the
    /// asking early.
    async fn ask_until(&self, request_id: &RequestId, until: Instant) -> (Outcome, Option<Error>) {
        let mut polls = 0;
        loop {
            let ceiling = poll_ceiling(polls);
            // Between half the ceiling and all of it: never at once, never in step with other tills.
            let wait = ceiling / 2 + self.draw(|random| full_jitter(ceiling / 2, random));
            let next = Instant::now() + wait;
            let last = next >= until;
            sleep_until(next.min(until)).await;
            match self.outcome(request_id).await {
                Ok(outcome) if outcome.is_settled() || last => return (outcome, None),
                Ok(_) => {}
                Err(error) if error.is_retryable() && !last => debug!(%error, "the status could not be asked"),
                Err(error) => return (Outcome::Pending, Some(error)),
            }
            polls += 1;
        }
    }
}
