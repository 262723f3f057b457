use std::collections::HashMap;

use bytes::Bytes;
use fh_raw::FrozenOperation;
use fh_types::RequestId;
use futures_util::{Stream, StreamExt, stream};
use tracing::warn;

use super::{call::read_capped, handle::Client};
use crate::{
    Delivery, Error, ErrorKind, Outcome, Pdf, Receipt,
    error::{Details, redacted_excerpt},
    record,
};

/// How many ids one question may hold \[docs\].
pub const STATUS_BATCH: usize = 100;

/// A hundred records with long reasons fit many times over.
const STATUS_LIMIT: usize = 8 * 1024 * 1024;

/// A fiscal invoice is one or a few pages.
const PDF_LIMIT: usize = 32 * 1024 * 1024;

impl Client {
    /// The outcome of one submission, as far as the service tells. An id that it does not mention is pending. Nothing is lost
    /// if the future is dropped.
    ///
    /// # Errors
    ///
    /// When the question cannot be asked, after repeating it under the retry policy, or the answer cannot be read.
    pub async fn outcome(&self, request_id: &RequestId) -> Result<Outcome, Error> {
        let mut outcomes = self.outcomes_of(std::slice::from_ref(request_id)).await?;
        Ok(outcomes.remove(request_id).unwrap_or(Outcome::Pending))
    }

    /// The outcomes of many submissions, asked for in batches of [`STATUS_BATCH`], in the order given. An id that the service
    /// does not mention is pending. A batch that fails ends the stream with its error. Nothing is lost if the stream is
    /// dropped; what it has not yielded was perhaps never asked.
    pub fn outcomes(
        &self,
        request_ids: impl IntoIterator<Item = RequestId>,
    ) -> impl Stream<Item = Result<(RequestId, Outcome), Error>> + Send + '_ {
        let mut batches = Vec::new();
        let mut batch = Vec::new();
        for request_id in request_ids {
            batch.push(request_id);
            if batch.len() == STATUS_BATCH {
                batches.push(std::mem::take(&mut batch));
            }
        }
        if !batch.is_empty() {
            batches.push(batch);
        }
        stream::unfold(batches.into_iter(), async |mut batches| {
            let batch = batches.next()?;
            let answers = match self.outcomes_of(&batch).await {
                Ok(mut outcomes) => batch
                    .into_iter()
                    .map(|id| {
                        let outcome = outcomes.remove(&id).unwrap_or(Outcome::Pending);
                        Ok((id, outcome))
                    })
                    .collect(),
                Err(error) => {
                    batches = Vec::new().into_iter();
                    vec![Err(error)]
                }
            };
            Some((stream::iter(answers), batches))
        })
        .flatten()
    }

    /// One question of at most [`STATUS_BATCH`] ids; only those that the service mentions are in the answer.
    async fn outcomes_of(&self, request_ids: &[RequestId]) -> Result<HashMap<RequestId, Outcome>, Error> {
        let operation = FrozenOperation::Status.operation_id();
        let question = Bytes::from(serde_json::to_vec(request_ids).map_err(|error| decode(operation, &[], error))?);
        let answer = self
            .read_with(operation, || async {
                let response = self
                    .raw()
                    .send_frozen(FrozenOperation::Status, question.clone())
                    .await?;
                self.note_date(response.headers());
                read_capped(response.bytes_stream().boxed(), STATUS_LIMIT).await
            })
            .await?
            .ok_or_else(|| decode(operation, &[], "the answer is longer than 8 MiB"))?;
        let value = serde_json::from_slice(&answer).map_err(|error| decode(operation, &answer, error))?;
        let records =
            record::read(value).ok_or_else(|| decode(operation, &answer, "neither an array nor an object"))?;
        let mut outcomes = HashMap::with_capacity(records.len());
        for record in records {
            match record {
                // The first record of an id counts, unless a later one settles it.
                Ok((id, outcome)) => match outcomes.get(&id) {
                    Some(earlier) if Outcome::is_settled(earlier) => {}
                    _ => {
                        outcomes.insert(id, outcome);
                    }
                },
                Err(bad) => warn!(
                    element = bad.index,
                    reason = bad.reason,
                    "a status record cannot be read"
                ),
            }
        }
        Ok(outcomes)
    }

    /// The fiscal invoice of a receipt, as a PDF. Nothing is lost if the future is dropped.
    ///
    /// # Errors
    ///
    /// When the receipt names none, it cannot be fetched, or what comes is not a whole PDF.
    pub async fn pdf(&self, receipt: &Receipt) -> Result<Pdf, Error> {
        let name = receipt.pdf.as_deref().ok_or_else(|| {
            let mut details = Details::new(ErrorKind::NotFound, Delivery::NotSent, "download_pdf");
            details.source = Some("the service has given no PDF for this receipt (it may do so later)".into());
            Error::from(details)
        })?;
        self.download_pdf(name).await
    }

    /// A PDF by the service's name for it (`FiscalInvoicePdf`). The name is escaped on its way and made safe for the disk.
    ///
    /// # Errors
    ///
    /// When it cannot be fetched, or what comes is not a whole PDF.
    pub async fn download_pdf(&self, name: &str) -> Result<Pdf, Error> {
        let operation = "download_pdf";
        if name.trim().is_empty() || matches!(name, "." | "..") {
            let mut details = Details::new(ErrorKind::NotFound, Delivery::NotSent, operation);
            details.source = Some("a PDF needs a name".into());
            return Err(details.into());
        }
        let answer = self
            .read_with(operation, || self.pdf_bytes(self.raw().download_pdf(name)))
            .await?;
        pdf_of(operation, answer, name)
    }

    /// Collects a PDF's bytes with the type that was claimed for them.
    pub(super) async fn pdf_bytes(
        &self,
        call: impl Future<Output = Result<fh_raw::ResponseValue<fh_raw::ByteStream>, RawError>>,
    ) -> Result<(String, Option<Bytes>), RawError> {
        let response = call.await?;
        let content_type = response
            .headers()
            .get(http::header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let bytes = read_capped(response.into_inner_stream(), PDF_LIMIT).await?;
        Ok((content_type, bytes))
    }
}

type RawError = fh_raw::Error<fh_raw::types::ProblemDetails>;

/// Checks that what came is a PDF and makes one of it.
pub(super) fn pdf_of(
    operation: &'static str,
    (content_type, bytes): (String, Option<Bytes>),
    name: &str,
) -> Result<Pdf, Error> {
    let bytes = bytes.ok_or_else(|| decode(operation, &[], "the file is longer than 32 MiB"))?;
    let claimed = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    if claimed.starts_with("text/html") || claimed.ends_with("json") {
        return Err(decode(operation, &bytes, format!("the answer is {claimed}, not a PDF")));
    }
    let length = bytes.len();
    let excerpt = bytes.slice(..length.min(300));
    Pdf::new(bytes, name).ok_or_else(|| {
        decode(
            operation,
            &excerpt,
            format!("the {length} bytes that came are not a whole PDF; it may have been cut short"),
        )
    })
}

fn decode(operation: &'static str, bytes: &[u8], source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    let mut details = Details::new(ErrorKind::Decode, Delivery::Accepted, operation);
    details.excerpt = (!bytes.is_empty()).then(|| redacted_excerpt(bytes));
    details.source = Some(source.into());
    details.into()
}
