//! A webhook receiver as small as can be: it verifies, reads and settles.

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, http::StatusCode, routing::post};
use fh_outbox::Outbox;
use fh_sim::DeviceHandle;
use fiscal_harmony::{
    Outcome, Receipt, Rejection,
    auth::{Credentials, verify},
    types::RequestId,
};
use serde_json::{Value, json};

/// Has the results of a device pushed into an outbox.
pub(crate) async fn listen(device: &DeviceHandle, outbox: &Outbox) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let app = Router::new()
        .route("/hook", post(receive))
        .with_state((outbox.clone(), device.credentials()));
    tokio::spawn(async { axum::serve(listener, app).await.unwrap() });
    let burst = device.set_webhook(&url).await;
    assert!(burst.active, "{burst:?}");
}

async fn receive(
    State((outbox, credentials)): State<(Outbox, Credentials)>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let signature = headers
        .get("x-api-signature")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if verify(&body, signature, std::slice::from_ref(credentials.secret())).is_err() {
        return StatusCode::UNAUTHORIZED;
    }
    let records: Vec<Value> = serde_json::from_slice(&body).unwrap();
    match outbox.settle(records.iter().map(event)).await {
        Ok(_) => StatusCode::OK,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

fn event(record: &Value) -> (RequestId, Outcome) {
    let id = RequestId::parse(record["RequestId"].as_str().unwrap()).unwrap();
    let qr = &record["QrData"];
    let receipt = || -> Receipt {
        serde_json::from_value(json!({
            "request_id": record["RequestId"], "qr_url": qr["QrCodeUrl"], "verification_code": qr["VerificationCode"],
            "fiscal_day": qr["FiscalDay"], "device_id": qr["DeviceId"], "receipt_number": qr["InvoiceNumber"],
            "pdf": record["FiscalInvoicePdf"],
        }))
        .unwrap()
    };
    let outcome = match record["Error"].as_str() {
        _ if record["Success"] == true => Outcome::Fiscalised(receipt()),
        Some(reason) => Outcome::Rejected(Rejection::new(reason, record["IsActionable"] == true)),
        None => Outcome::Pending,
    };
    (id, outcome)
}
