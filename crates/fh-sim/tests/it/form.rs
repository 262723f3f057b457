//! What is refused for its form, and with which status.

use fh_auth::{Credentials, Signer};
use fh_sim::{KeyCase, Operation, PendingForm, Sim, SubmitAnswer, UnknownFields};
use reqwest::Method;
use serde_json::{Value, json};

use crate::till::{Till, invoice};

#[tokio::test]
async fn a_wrong_or_missing_signature_is_401_and_nothing_is_kept() {
    let sim = Sim::start().await.unwrap();
    let till = Till::new(&sim);
    let body = invoice("A-1").to_string();
    let other = Credentials::new(sim.credentials().key().as_str(), &format!("{}==", "B".repeat(86)));
    let forger = Signer::new(other.unwrap(), sim.identity());
    let wrong = till
        .request(Method::POST, "/invoice", Some(body.as_bytes()))
        .headers(forger.headers(Some(body.as_bytes())));
    assert_eq!(wrong.send().await.unwrap().status(), 401);

    let unsigned = till
        .request(Method::POST, "/invoice", None)
        .header("content-type", "application/json")
        .body(body.clone());
    assert_eq!(unsigned.send().await.unwrap().status(), 401);

    // The same value in other bytes has another signature.
    let spaced = body.replace("\":", "\": ");
    let tampered = till
        .request(Method::POST, "/invoice", Some(body.as_bytes()))
        .body(spaced);
    assert_eq!(tampered.send().await.unwrap().status(), 401);
    assert!(sim.ledger().is_empty());
    assert_eq!(sim.requests()[&Operation::SubmitInvoice], 3);
}

#[tokio::test]
async fn the_signature_is_checked_before_the_body_is_looked_at() {
    let sim = Sim::start().await.unwrap();
    let till = Till::new(&sim);
    let response = till
        .request(Method::POST, "/invoice", Some(b"[]"))
        .body("not JSON")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 401);
    let response = till
        .request(Method::POST, "/invoice", Some(b"not JSON"))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 400);
}

#[tokio::test]
async fn every_identity_header_is_wanted_on_every_operation() {
    let sim = Sim::start().await.unwrap();
    let till = Till::new(&sim);
    for missing in ["x-api-key", "x-application", "x-app-station"] {
        let mut headers = till.signer.headers(None);
        headers.remove(missing);
        let response = till
            .http
            .get(format!("{}/profile", till.base))
            .headers(headers)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 401, "{missing}");
        let problem: Value = response.json().await.unwrap();
        assert!(
            problem["detail"].as_str().unwrap().to_lowercase().contains(missing),
            "{problem}"
        );
    }
    let mut headers = till.signer.headers(None);
    headers.insert("x-app-station", " ".parse().unwrap());
    let response = till
        .http
        .get(format!("{}/profile", till.base))
        .headers(headers)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 401);

    let mut headers = till.signer.headers(None);
    headers.remove("x-app-version");
    let response = till
        .http
        .get(format!("{}/profile", till.base))
        .headers(headers.clone())
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    let strict = Sim::builder().enforce_version(true).start().await.unwrap();
    let response = till
        .http
        .get(format!("{}/profile", strict.base_url()))
        .headers(headers)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 401);
    let lax = Sim::builder().enforce_identity(false).start().await.unwrap();
    let only_key = till.http.get(format!("{}/profile", lax.base_url()));
    let response = only_key
        .header("x-api-key", lax.credentials().key().as_str())
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn a_wrong_content_type_is_415() {
    let sim = Sim::start().await.unwrap();
    let till = Till::new(&sim);
    let body = invoice("A-1").to_string();
    let request = till
        .http
        .post(format!("{}/invoice", till.base))
        .headers(till.signer.headers(Some(body.as_bytes())));
    let response = request
        .header("content-type", "text/plain")
        .body(body)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 415);
    assert!(sim.ledger().is_empty());
}

#[tokio::test]
async fn two_mebibytes_are_413_and_the_connection_lives_on() {
    let sim = Sim::start().await.unwrap();
    let till = Till::new(&sim);
    let body = vec![b' '; 2 * 1024 * 1024];
    let response = till
        .request(Method::POST, "/invoice", Some(&body))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 413);
    let chunks = futures_util::stream::iter((0..64).map(|_| Ok::<_, std::io::Error>(vec![b' '; 32 * 1024])));
    let chunked = till
        .request(Method::POST, "/invoice", None)
        .body(reqwest::Body::wrap_stream(chunks));
    assert_eq!(chunked.send().await.unwrap().status(), 413);
    assert_eq!(till.get("/profile").await.status(), 200);
}

async fn errors_of(till: &Till, document: &Value) -> Value {
    let response = till.post("/invoice", document).await;
    assert_eq!(response.status(), 400, "{document}");
    assert_eq!(
        response.headers()["content-type"],
        "application/problem+json; charset=utf-8"
    );
    let problem: Value = response.json().await.unwrap();
    assert_eq!(problem["status"], 400);
    assert!(problem["traceId"].as_str().unwrap().starts_with("00-"));
    problem["errors"].clone()
}

#[tokio::test]
async fn a_body_that_does_not_fit_is_400_with_the_fields_named() {
    let sim = Sim::start().await.unwrap();
    let till = Till::new(&sim);
    let mut document = invoice("A-1");
    document["LineItems"][0].as_object_mut().unwrap().remove("ProductCode");
    document["LineItems"][0]["Quantity"] = json!("three");
    document["BuyerContact"]["Tin"] = json!("123");
    document["CurrencyCode"] = json!(null);
    document["Date"] = json!(7);
    let errors = errors_of(&till, &document).await;
    assert_eq!(
        errors["LineItems[0].ProductCode"],
        json!(["The ProductCode field is required."])
    );
    assert!(errors.get("$.LineItems[0].Quantity").is_some(), "{errors}");
    assert!(
        errors["BuyerContact.Tin"][0]
            .as_str()
            .unwrap()
            .contains("regular expression"),
        "{errors}"
    );
    assert_eq!(errors["CurrencyCode"], json!(["The CurrencyCode field is required."]));
    assert!(errors.get("$.Date").is_some(), "{errors}");

    let mut document = invoice("A-1");
    document["LineItems"][0]["UnitAmount"] = json!("0");
    document["LineItems"][0]["LineAmount"] = json!(-1);
    document["InvoiceNumber"] = json!("x".repeat(51));
    document["LineItems"][0]["Description"] = json!("");
    let errors = errors_of(&till, &document).await;
    assert!(
        errors["LineItems[0].LineAmount"][0]
            .as_str()
            .unwrap()
            .contains("out of range"),
        "{errors}"
    );
    assert!(
        errors["InvoiceNumber"][0]
            .as_str()
            .unwrap()
            .contains("maximum length of '50'"),
        "{errors}"
    );
    assert_eq!(
        errors["LineItems[0].Description"],
        json!(["The Description field is required."])
    );

    let mut document = invoice("A-1");
    document["LineItems"] = json!([]);
    assert!(errors_of(&till, &document).await.get("LineItems").is_some());
    assert!(errors_of(&till, &json!([1, 2])).await.get("$").is_some());
    let mut document = invoice("A-1");
    document["Date"] = json!("2026-11-21");
    let errors = errors_of(&till, &document).await;
    assert!(errors["$"][0].as_str().unwrap().contains("no time of day"), "{errors}");
    assert!(sim.ledger().is_empty());
}

#[tokio::test]
async fn numeric_strings_and_naive_dates_are_taken_unless_switched_off() {
    let mut document = invoice("A-1");
    document["LineItems"][0]["UnitAmount"] = json!("115.500");
    document["Total"] = json!("115.50");
    document["Date"] = json!("2026-11-21T09:00:00");
    let sim = Sim::start().await.unwrap();
    assert_eq!(Till::new(&sim).settle(&sim, &document).await["Success"], true);
    let strict = Sim::builder().numeric_strings(false).start().await.unwrap();
    let errors = errors_of(&Till::new(&strict), &document).await;
    assert!(
        errors.get("$.Total").is_some() && errors.get("$.LineItems[0].UnitAmount").is_some(),
        "{errors}"
    );
}

#[tokio::test]
async fn unknown_fields_are_ignored_unless_switched_on() {
    let mut document = invoice("A-1");
    document["Colour"] = json!("red");
    document["LineItems"][0]["Unit"] = json!("each");
    let sim = Sim::start().await.unwrap();
    assert_eq!(Till::new(&sim).settle(&sim, &document).await["Success"], true);
    let strict = Sim::builder()
        .unknown_fields(UnknownFields::Refuse)
        .start()
        .await
        .unwrap();
    let errors = errors_of(&Till::new(&strict), &document).await;
    assert!(
        errors.get("$.Colour").is_some() && errors.get("$.LineItems[0].Unit").is_some(),
        "{errors}"
    );
}

#[tokio::test]
async fn answers_can_be_spelled_in_the_other_ways_that_were_seen() {
    let sim = Sim::builder()
        .key_case(KeyCase::Camel)
        .submit_answer(SubmitAnswer::JsonString)
        .base_path("")
        .start()
        .await
        .unwrap();
    let till = Till::new(&sim);
    assert!(till.base.ends_with(|c: char| c.is_ascii_digit()));
    let answer = till.submit(&invoice("A-1")).await;
    let request: String = serde_json::from_str(&answer).unwrap();
    sim.await_settled(&request).await;
    let record = till.status(&[&request]).await[0].clone();
    assert_eq!(record["requestId"], *request);
    assert!(record["qrData"]["qrCodeUrl"].is_string(), "{record}");

    let sim = Sim::builder().key_case(KeyCase::PascalQr).start().await.unwrap();
    let record = Till::new(&sim).settle(&sim, &invoice("A-1")).await;
    assert!(record["QRData"]["QrCodeUrl"].is_string(), "{record}");
}

#[tokio::test]
async fn a_pending_request_is_shown_with_nulls_or_left_out() {
    let hour = std::time::Duration::from_secs(3600);
    let sim = Sim::builder().settle_delay(hour).start().await.unwrap();
    let till = Till::new(&sim);
    let request = till.submit(&invoice("A-1")).await;
    let pending = json!([{
        "RequestId": request, "Success": false, "IsActionable": false, "Error": null, "FiscalInvoicePdf": null, "QrData": null,
    }]);
    assert_eq!(till.status(&[&request]).await, pending);
    assert_eq!(till.status(&["unknown"]).await, json!([]));
    assert_eq!(till.status(&[]).await, json!([]));

    let sim = Sim::builder()
        .settle_delay(hour)
        .pending(PendingForm::Missing)
        .start()
        .await
        .unwrap();
    let till = Till::new(&sim);
    let request = till.submit(&invoice("A-1")).await;
    assert_eq!(till.status(&[&request]).await, json!([]));
}

#[tokio::test]
async fn a_hundred_requests_can_be_asked_for_at_a_time() {
    let sim = Sim::start().await.unwrap();
    let till = Till::new(&sim);
    assert_eq!(till.post("/status", &json!(vec!["x"; 100])).await.status(), 200);
    assert_eq!(till.post("/status", &json!(vec!["x"; 101])).await.status(), 400);
    let lax = Sim::builder().constraints(false).start().await.unwrap();
    assert_eq!(
        Till::new(&lax).post("/status", &json!(vec!["x"; 101])).await.status(),
        400
    );
}
