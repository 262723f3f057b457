use axum::response::{IntoResponse, Response};
use http::{StatusCode, header::CONTENT_TYPE};
use serde_json::Value;

use crate::{
    Fault, Operation, PendingForm, RejectedAgain, Repeat, SubmitAnswer,
    call::Call,
    device::Submission,
    document::{Document, Kind},
    pdf,
    problem::{field, problem},
    record::{pending, record},
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
                    call.setup.options.repeat_with_retry
                } else {
                    call.setup.options.repeat
                };
                repeated(earlier, policy, call.setup.options.rejected_again)
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
            accepted(call, &request)
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

fn repeated(earlier: &Submission, policy: Repeat, rejected_again: RejectedAgain) -> Decision {
    let was_rejected = earlier.outcome.as_ref().is_some_and(|outcome| outcome.error.is_some());
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

/// The results of up to a hundred requests. Unknown and too old ones are left out.
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
    let engine = call.engine;
    let oldest = engine.now().timestamp().as_second() - STATUS_WINDOW_SECONDS;
    let leave_out_pending = call.setup.options.pending == PendingForm::Missing || call.struck.has(Fault::StatusMissing);
    let all_pending = call.struck.has(Fault::StatusPending);
    let records: Option<Value> = engine.read(|world| {
        let device = world.device(call.device)?;
        let shown = requests
            .iter()
            .filter_map(|request| device.submission(request))
            .filter(|submission| {
                let since = submission
                    .outcome
                    .as_ref()
                    .map_or(submission.accepted, |outcome| outcome.settled);
                let pending = submission.outcome.is_none() || all_pending;
                since.timestamp().as_second() >= oldest && !(pending && leave_out_pending)
            });
        let told = |submission: &Submission| match all_pending {
            true => pending(&submission.request),
            false => record(device, submission),
        };
        Some(shown.map(told).collect())
    });
    call.json(records.unwrap_or_default())
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
        None => problem(StatusCode::NOT_FOUND, "There is no such file."),
    }
}
