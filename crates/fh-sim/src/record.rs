use serde_json::{Value, json};

use crate::{
    device::{Device, Outcome, Submission},
    qr::verification_code,
    receipt::Receipt,
};

/// A submission as `/status` and webhooks show it.
pub(crate) fn record(device: &Device, submission: &Submission) -> Value {
    let outcome = submission.outcome.as_ref();
    let receipt = outcome.and_then(|outcome| device.receipts.get(outcome.receipt?));
    written(&submission.request, outcome, receipt)
}

/// A request that is not settled, as `/status` shows it.
pub(crate) fn pending(request: &str) -> Value {
    written(request, None, None)
}

/// A request that nobody made, or so long ago that nothing is known of it.
pub(crate) fn unknown(request: &str) -> Value {
    let mut record = written(request, None, None);
    record["Error"] = "The request is not known [simulator's wording]".into();
    record
}

fn written(request: &str, outcome: Option<&Outcome>, receipt: Option<&Receipt>) -> Value {
    json!({
        "RequestId": request,
        "Success": receipt.is_some(),
        "IsActionable": outcome.is_some_and(|outcome| outcome.actionable),
        "Error": outcome.and_then(|outcome| outcome.error.clone()),
        "FiscalInvoicePdf": receipt.map(Receipt::pdf_name),
        "QrData": receipt.map(|receipt| json!({
            "QrCodeUrl": receipt.link(),
            "VerificationCode": verification_code(&receipt.qr_data),
            "FiscalDay": receipt.fiscal_day,
            "DeviceId": receipt.device,
            "InvoiceNumber": receipt.global_number,
        })),
    })
}
