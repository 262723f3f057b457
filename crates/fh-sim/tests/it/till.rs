use std::path::PathBuf;

use fh_auth::Signer;
use fh_sim::{DeviceHandle, Options, Sim};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};

/// A client that is as plain as can be: it signs bytes and posts them.
pub(crate) struct Till {
    pub(crate) http: Client,
    pub(crate) base: String,
    pub(crate) signer: Signer,
}

impl Till {
    pub(crate) fn new(sim: &Sim) -> Self {
        Self::on(sim, &sim.device())
    }

    pub(crate) fn on(sim: &Sim, device: &DeviceHandle) -> Self {
        Self {
            http: Client::builder().no_proxy().build().unwrap(),
            base: sim.base_url(),
            signer: Signer::new(device.credentials(), sim.identity()),
        }
    }

    /// A request with the right headers.
    pub(crate) fn request(&self, method: Method, path: &str, body: Option<&[u8]>) -> RequestBuilder {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.base))
            .headers(self.signer.headers(body));
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_vec());
        }
        request
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path, None).send().await.unwrap()
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: &Value) -> Response {
        self.request(method, path, Some(body.to_string().as_bytes()))
            .send()
            .await
            .unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Response {
        self.send(Method::POST, path, body).await
    }

    /// Submits a document and returns its request id.
    pub(crate) async fn submit(&self, document: &Value) -> String {
        let response = self.post(path_of(document), document).await;
        assert_eq!(response.status(), 200, "{}", response.text().await.unwrap());
        response.text().await.unwrap()
    }

    pub(crate) async fn status(&self, ids: &[&str]) -> Value {
        let response = self.post("/status", &json!(ids)).await;
        assert_eq!(response.status(), 200);
        response.json().await.unwrap()
    }

    /// Submits a document and returns its settled record.
    pub(crate) async fn settle(&self, sim: &Sim, document: &Value) -> Value {
        let request = self.submit(document).await;
        sim.await_settled(&request).await;
        self.status(&[&request]).await[0].clone()
    }

    /// Submits a document that must be rejected, and returns the error.
    pub(crate) async fn rejected(&self, sim: &Sim, document: &Value) -> String {
        let record = self.settle(sim, document).await;
        assert_eq!(record["Success"], false, "{record}");
        record["Error"].as_str().unwrap().to_owned()
    }
}

/// A simulator with these switches.
pub(crate) async fn set(pairs: &[&str]) -> (Sim, Till) {
    let mut options = Options::default();
    for pair in pairs {
        options.set_pair(pair).unwrap();
    }
    let sim = Sim::with_options(options).await.unwrap();
    let till = Till::new(&sim);
    (sim, till)
}

/// What becomes of a document: `taken`, the status and field of an error of form, or the beginning of the rejection.
pub(crate) async fn fate(sim: &Sim, till: &Till, document: &Value) -> String {
    let response = till.post(path_of(document), document).await;
    let status = response.status().as_u16();
    if status != 200 {
        let problem: Value = response.json().await.unwrap();
        let fields: Vec<_> = problem["errors"].as_object().unwrap().keys().cloned().collect();
        return format!("{status} {}", fields.join(" "));
    }
    let request = response.text().await.unwrap();
    sim.await_settled(&request).await;
    let record = till.status(&[&request]).await[0].clone();
    let error = record["Error"].as_str().unwrap_or("taken");
    error.chars().take_while(|c| *c != ' ' && *c != ':').collect()
}

pub(crate) fn path_of(document: &Value) -> &'static str {
    if document.get("CreditNoteId").is_some() {
        "/creditnote"
    } else {
        "/invoice"
    }
}

pub(crate) fn example_text(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples")
        .join(name);
    std::fs::read_to_string(path).unwrap()
}

pub(crate) fn example(name: &str) -> Value {
    serde_json::from_str(&example_text(name)).unwrap()
}

/// A one-line invoice over 115.50 at the standard rate.
pub(crate) fn invoice(id: &str) -> Value {
    json!({
        "InvoiceId": id, "InvoiceNumber": id, "IsTaxInclusive": true,
        "BuyerContact": { "Name": "Cash Customer" },
        "Date": "2026-11-21T09:00:00+02:00",
        "LineItems": [{
            "Description": "Toner", "ProductCode": "84439990", "UnitAmount": 115.5, "Quantity": 1,
            "LineAmount": 115.5, "TaxCode": "VAT15.5",
        }],
        "SubTotal": 100, "TotalTax": 15.5, "Total": 115.5, "CurrencyCode": "USD",
    })
}

/// A credit note over 11.55 of `original`.
pub(crate) fn credit_note(id: &str, original: &str) -> Value {
    json!({
        "CreditNoteId": id, "CreditNoteNumber": id, "OriginalInvoiceId": original, "Reference": "Returned",
        "IsTaxInclusive": true,
        "BuyerContact": { "Name": "Cash Customer" },
        "Date": "2026-11-21T10:00:00+02:00",
        "LineItems": [{
            "Description": "Toner", "ProductCode": "84439990", "UnitAmount": 11.55, "Quantity": 1,
            "LineAmount": 11.55, "TaxCode": "VAT15.5",
        }],
        "SubTotal": 10, "TotalTax": 1.55, "Total": 11.55, "CurrencyCode": "USD",
    })
}
