use axum::response::{IntoResponse, Response};
use http::{StatusCode, header::CONTENT_TYPE};
use serde_json::Value;

use crate::{
    EmptyStatus, Fault, MissingPdf, NaiveDates, Operation, PendingForm, RejectedAgain, Repeat, SameIdOtherContent,
    StatusOfUnknown, SubmitAnswer,
    call::Call,
    device::{Device, Submission},
    document::{Document, Kind},
    pdf,
    problem::{field, html, problem},
    record::{pending, record, unknown},
    settler, webhook,
};

/// How long a request can be asked for \[docs\].
const STATUS_WINDOW_SECONDS: i64 = 7 * 24 * 3600;

/// How many requests can be asked for at a time \[docs\].
const STATUS_LIMIT: usize = 100;

enum Decision {
    /// A new request.
    Accept,
    /// The request of an earlier submission.
    Known(String),
    /// The same, and what was rejected is tried again as it was.
    Again(String),
    Conflict,
}

/// Takes an invoice or a credit note in.
pub(crate) async fn submit(call: &Call<'_>) -> Response {
    let kind = if call.operation == Operation::SubmitInvoice {
        Kind::Invoice
    } else {
        Kind::CreditNote
    };
    let document = match Document::read(&call.bytes) {
        Ok(document) => document,
        Err(error) => return field("$", format!("The JSON value could not be converted: {error}.")),
    };
    let options = &call.setup.options;
    if options.naive_dates == NaiveDates::Refused && document.date.is_naive() {
        return field("Date", "The field Date must have an offset.");
    }
    if options.payment_method_required && document.payment_method.is_none() {
        return field("PaymentMethod", "The PaymentMethod field is required.");
    }
    let Ok(body) = String::from_utf8(call.bytes.to_vec()) else {
        return field("$", "The body is not UTF-8.");
    };
    let engine = call.engine;
    let submission = Submission {
        request: engine.request_id(),
        document: document.id.clone(),
        kind,
        body,
        accepted: engine.now(),
        refuse: call.struck.has(Fault::RejectedOnce),
        outcome: None,
    };
    let request = submission.request.clone();
    let decision = engine.write(|world| {
        let device = world.device_mut(call.device)?;
        let decision = match device.latest(&document.id) {
            None => Decision::Accept,
            Some(earlier) => {
                let policy = if document.is_retry() {
                    options.repeat_with_retry
                } else {
                    options.repeat
                };
                if options.changed_content == SameIdOtherContent::Conflict
                    && !was_rejected(earlier)
                    && !is_same_content(&earlier.body, &submission.body)
                {
                    Decision::Conflict
                } else {
                    repeated(earlier, policy, options.rejected_again)
                }
            }
        };
        match &decision {
            Decision::Accept => device.accept(submission),
            Decision::Again(request) => device.try_again(request, submission.accepted, submission.refuse),
            Decision::Known(_) | Decision::Conflict => {}
        }
        Some(decision)
    });
    match decision {
        Some(Decision::Accept) => {
            if call.struck.has(Fault::WebhookBeforeReply) {
                if let Some(event) = settler::settle(engine, call.device, &request) {
                    webhook::deliver_now(engine, event).await;
                }
            } else {
                engine.schedule(call.device, &request);
            }
            let mixed_up = call.struck.has(Fault::EarlierRequestId);
            let told = mixed_up.then(|| engine.latest_told(call.device)).flatten();
            let told = told.unwrap_or(request);
            if !call.struck.has(Fault::LostReply) {
                engine.told(call.device, &told);
            }
            accepted(call, &told)
        }
        Some(Decision::Known(earlier)) => accepted(call, &earlier),
        Some(Decision::Again(earlier)) => {
            engine.schedule(call.device, &earlier);
            accepted(call, &earlier)
        }
        Some(Decision::Conflict) => problem(
            StatusCode::CONFLICT,
            &format!("The document {:?} was submitted before.", document.id),
        ),
        None => problem(StatusCode::NOT_FOUND, "No fiscal device is attached."),
    }
}

fn was_rejected(earlier: &Submission) -> bool {
    earlier.outcome.as_ref().is_some_and(|outcome| outcome.error.is_some())
}

/// Whether two bodies say the same, but for whether they come again.
fn is_same_content(one: &str, other: &str) -> bool {
    let content = |body: &str| {
        let mut content: Value = serde_json::from_str(body).unwrap_or_default();
        if let Some(fields) = content.as_object_mut() {
            fields.remove("IsRetry");
        }
        content
    };
    content(one) == content(other)
}

fn repeated(earlier: &Submission, policy: Repeat, rejected_again: RejectedAgain) -> Decision {
    let was_rejected = was_rejected(earlier);
    match policy {
        // A rejected document may always be tried again.
        _ if was_rejected && rejected_again == RejectedAgain::KeepsOld => Decision::Again(earlier.request.clone()),
        _ if was_rejected => Decision::Accept,
        Repeat::SameRequest => Decision::Known(earlier.request.clone()),
        Repeat::Conflict => Decision::Conflict,
        Repeat::SecondAcceptance => Decision::Accept,
    }
}

fn accepted(call: &Call<'_>, request: &str) -> Response {
    match call.setup.options.submit_answer {
        SubmitAnswer::BareText => ([(CONTENT_TYPE, "text/plain; charset=utf-8")], request.to_owned()).into_response(),
        SubmitAnswer::JsonString => call.json(Value::from(request)),
    }
}

/// The results of up to a hundred requests.
pub(crate) fn status(call: &Call<'_>) -> Response {
    let requests: Vec<&str> = call
        .body
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if requests.len() > STATUS_LIMIT {
        return field(
            "",
            format!(
                "At most {STATUS_LIMIT} request ids at a time; these are {}.",
                requests.len()
            ),
        );
    }
    let options = &call.setup.options;
    if requests.is_empty() && options.status_empty == EmptyStatus::Refused {
        return field("", "At least one request id is required.");
    }
    let engine = call.engine;
    let oldest = engine.now().timestamp().as_second() - STATUS_WINDOW_SECONDS;
    let leave_out_pending = options.pending == PendingForm::Missing || call.struck.has(Fault::StatusMissing);
    let all_pending = call.struck.has(Fault::StatusPending);
    // Nothing for what is left out; an error where that is the answer to the whole request.
    let told = |device: &Device, request: &str| -> Result<Option<Value>, StatusOfUnknown> {
        let Some(submission) = device.submission(request) else {
            return without(request, options.status_unknown);
        };
        let since = submission
            .outcome
            .as_ref()
            .map_or(submission.accepted, |outcome| outcome.settled);
        if since.timestamp().as_second() < oldest {
            return without(request, options.status_too_old);
        }
        let is_pending = submission.outcome.is_none() || all_pending;
        Ok(match (is_pending, leave_out_pending) {
            (true, true) => None,
            (true, false) => Some(pending(request)),
            (false, _) => Some(record(device, submission)),
        })
    };
    let records: Option<Result<Vec<Value>, StatusOfUnknown>> = engine.read(|world| {
        let device = world.device(call.device)?;
        requests
            .iter()
            .map(|request| told(device, request))
            .filter_map(Result::transpose)
            .collect::<Result<_, _>>()
            .into()
    });
    match records {
        Some(Ok(records)) => call.json(records.into()),
        Some(Err(_)) => problem(StatusCode::NOT_FOUND, "There is no such request."),
        None => call.json(Value::Array(Vec::new())),
    }
}

/// What is said of a request about which there is nothing to say.
fn without(request: &str, form: StatusOfUnknown) -> Result<Option<Value>, StatusOfUnknown> {
    match form {
        StatusOfUnknown::LeftOut => Ok(None),
        StatusOfUnknown::Pending => Ok(Some(pending(request))),
        StatusOfUnknown::Failed => Ok(Some(unknown(request))),
        StatusOfUnknown::NotFound => Err(form),
    }
}

/// The PDF of a fiscalised document.
pub(crate) fn download(call: &Call<'_>) -> Response {
    let name = call.param("filename");
    let drawn = call.engine.read(|world| {
        let device = world.device(call.device)?;
        let receipt = device.receipt_named(name)?;
        let submission = device.submission(receipt.request.as_deref()?)?;
        let document = Document::read(submission.body.as_bytes()).ok()?;
        Some((world.account.clone(), device.serial.clone(), receipt.clone(), document))
    });
    match drawn {
        Some((account, serial, receipt, document)) => call.pdf(pdf::receipt(&account, &serial, &receipt, &document)),
        None => match call.setup.options.missing_pdf {
            MissingPdf::NotFound => problem(StatusCode::NOT_FOUND, "There is no such file."),
            MissingPdf::Page => html(StatusCode::OK),
            MissingPdf::Empty => StatusCode::OK.into_response(),
        },
    }
}
