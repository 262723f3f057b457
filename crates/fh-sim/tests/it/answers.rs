//! What the other settings of the switches do to answers, headers and mappings.

use fh_auth::Signer;
use fh_sim::{Fault, Operation};
use http::Method;
use serde_json::{Value, json};

use crate::till::{Till, invoice, set};

#[tokio::test]
async fn status_has_four_ways_to_know_nothing_and_two_to_be_asked_nothing() {
    for (value, wanted) in [
        ("left-out", json!([])),
        (
            "pending",
            json!([{ "RequestId": "nobody", "Success": false, "IsActionable": false, "Error": null, "FiscalInvoicePdf": null, "QrData": null }]),
        ),
        (
            "failed",
            json!([{ "RequestId": "nobody", "Success": false, "IsActionable": false, "Error": "The request is not known [simulator's wording]", "FiscalInvoicePdf": null, "QrData": null }]),
        ),
    ] {
        let (_sim, till) = set(&[&format!("status_unknown={value}")]).await;
        assert_eq!(till.status(&["nobody"]).await, wanted);
    }
    let (_sim, till) = set(&["status_unknown=not-found"]).await;
    assert_eq!(till.post("/status", &json!(["nobody"])).await.status(), 404);
    let (_sim, till) = set(&[]).await;
    assert_eq!(till.status(&[]).await, json!([]));
    let (_sim, till) = set(&["status_empty=refused"]).await;
    assert_eq!(till.post("/status", &json!([])).await.status(), 400);
}

#[tokio::test]
async fn errors_have_other_bodies() {
    for (value, content_type, starts) in [
        ("problem-details", "application/problem+json; charset=utf-8", "{"),
        (
            "message",
            "application/json; charset=utf-8",
            r#"{"message":"The ProductCode field is required."#,
        ),
        ("html", "text/html", "<html>"),
    ] {
        let (_sim, till) = set(&[&format!("error_body={value}"), "empty_hs_code=form-error"]).await;
        let mut document = invoice("A-1");
        document["LineItems"][0]["ProductCode"] = json!("");
        let response = till.post("/invoice", &document).await;
        assert_eq!(
            (response.status().as_u16(), &response.headers()["content-type"]),
            (400, &content_type.parse().unwrap())
        );
        let text = response.text().await.unwrap();
        assert!(text.starts_with(starts), "{text}");
        let response = till.http.get(format!("{}/profile", till.base)).send().await.unwrap();
        assert_eq!(
            (response.status().as_u16(), &response.headers()["content-type"]),
            (401, &content_type.parse().unwrap())
        );
    }
    let (_sim, till) = set(&["error_body=empty"]).await;
    let response = till.get("/taxmapping/999").await;
    assert_eq!(response.status(), 404);
    assert_eq!(response.text().await.unwrap(), "");
}

#[tokio::test]
async fn a_rejection_may_come_without_its_code_and_a_pdf_in_other_ways() {
    let (sim, till) = set(&["error_codes=false", "pdf_type=octet-stream", "missing_pdf=page"]).await;
    let mut wrong = invoice("A-1");
    wrong["Total"] = json!(7);
    let error = till.rejected(&sim, &wrong).await;
    assert!(!error.contains("RCPT") && error.contains("the total 7.00"), "{error}");
    let record = till.settle(&sim, &invoice("A-2")).await;
    let name = record["FiscalInvoicePdf"].as_str().unwrap().replace(' ', "%20");
    let pdf = till.get(&format!("/download/{name}")).await;
    assert_eq!(pdf.headers()["content-type"], "application/octet-stream");
    let none = till.get("/download/none.pdf").await;
    assert_eq!(
        (none.status().as_u16(), &none.headers()["content-type"]),
        (200, &"text/html".parse().unwrap())
    );
    sim.set("missing_pdf", "empty").unwrap();
    let none = till.get("/download/none.pdf").await;
    assert_eq!((none.status().as_u16(), none.text().await.unwrap().as_str()), (200, ""));
    assert_eq!(till.post("/test", &json!({})).await.status(), 200);
    sim.set("guessed_paths", "not-found").unwrap();
    assert_eq!(till.post("/test", &json!({})).await.status(), 404);
}

#[tokio::test]
async fn what_nobody_has_published_of_reports_and_subscriptions_is_answered_in_other_ways() {
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    let json = async |till: &Till, path: &str| till.get(path).await.json::<Value>().await.unwrap();
    let (sim, till) = set(&["subscription=dates"]).await;
    assert_eq!(
        names(&json(&till, "/subscription").await),
        "EndDate Plan StartDate Status"
    );
    sim.set("subscription", "not-found").unwrap();
    assert_eq!(till.get("/subscription").await.status(), 404);

    for (paging, question) in [
        ("page-index", "pageIndex=1&pageSize=1"),
        ("page-number", "pageNumber=2&pageSize=1"),
        ("page", "page=2&size=1"),
    ] {
        sim.set("z_report_paging", paging).unwrap();
        let second = json(&till, &format!("/reports/z-report?{question}")).await;
        assert_eq!(
            (&second["TotalCount"], &second["Items"]),
            (&1.into(), &json!([])),
            "{paging}"
        );
        sim.set("z_report_paging", "ignored").unwrap();
        let all = json(&till, &format!("/reports/z-report?{question}")).await;
        assert_eq!(all["Items"].as_array().unwrap().len(), 1, "{paging}");
    }
    sim.set("z_report_page", "data").unwrap();
    assert_eq!(
        names(&json(&till, "/reports/z-report").await),
        "Data PageNumber PageSize TotalItems"
    );
    sim.set("z_report_page", "array").unwrap();
    sim.set("z_report_fields", "authority").unwrap();
    let list = json(&till, "/reports/z-report").await;
    assert_eq!(
        (&list[0]["FiscalDayNo"], &list[0]["FiscalDayStatus"]),
        (&211.into(), &"FiscalDayClosed".into())
    );
    assert_eq!(list[0]["FiscalDayCounters"][0]["FiscalCounterType"], "SaleByTax");

    for (place, pdf, download) in [("pdf", 200, 404), ("download", 404, 200), ("not-found", 404, 404)] {
        sim.set("z_report_pdf", place).unwrap();
        for (path, status) in [("pdf", pdf), ("download", download)] {
            let answer = till.get(&format!("/reports/z-report/211/{path}")).await;
            assert_eq!(answer.status(), status, "{place} {path}");
        }
    }

    sim.set("body_limit", "64").unwrap();
    let long = Value::from(vec!["x".repeat(80)]);
    assert_eq!(till.post("/status", &long).await.status(), 413);
    sim.set("body_limit", "0").unwrap();
    let long = Value::from(vec!["x".repeat(2 * 1024 * 1024)]);
    assert_eq!(till.post("/status", &long).await.status(), 200);
}

#[tokio::test]
async fn mappings_are_answered_and_mapped_again_in_other_ways() {
    let again = json!({ "TaxCode": "ZERO", "DestinationTaxId": 517 });
    for (value, status, tax) in [("refused", 400, 2), ("replaces", 201, 517), ("ignored", 201, 2)] {
        let (_sim, till) = set(&[&format!("second_mapping={value}"), "mapping_created=201"]).await;
        let response = till.post("/taxmapping", &again).await;
        assert_eq!(response.status(), status, "{value}");
        let all: Value = till.get("/taxmapping").await.json().await.unwrap();
        let zero: Vec<_> = all
            .as_array()
            .unwrap()
            .iter()
            .filter(|mapping| mapping["TaxCode"] == "ZERO")
            .collect();
        assert_eq!((zero.len(), &zero[0]["DestinationTaxId"]), (1, &json!(tax)), "{value}");
        let wanted = json!({ "SourceCurrency": "US", "DestinationCurrency": "USD" });
        assert_eq!(till.post("/currencymapping", &wanted).await.status(), 201);
    }
    for (value, status, body) in [
        ("boolean", 200, "true"),
        ("object", 200, "{\"DestinationTaxId\":3"),
        ("no-content", 204, ""),
    ] {
        let (_sim, till) = set(&[&format!("mapping_answer={value}")]).await;
        let all: Value = till.get("/taxmapping").await.json().await.unwrap();
        let path = format!("/taxmapping/{}", all[2]["Id"]);
        for (method, sent) in [
            (Method::PUT, Some(json!({ "TaxCode": "ZERO", "DestinationTaxId": 3 }))),
            (Method::DELETE, None),
        ] {
            let sent = sent.map(|sent| sent.to_string());
            let response = till
                .request(method, &path, sent.as_deref().map(str::as_bytes))
                .send()
                .await
                .unwrap();
            assert_eq!(response.status().as_u16(), status, "{value}");
            let text = response.text().await.unwrap();
            assert!(
                text.starts_with(body) && text.is_empty() == body.is_empty(),
                "{value}: {text}"
            );
        }
    }
}

#[tokio::test]
async fn an_empty_world_is_set_up_from_nothing() {
    let (sim, till) = set(&["world=empty"]).await;
    assert_eq!(till.get("/taxmapping").await.json::<Value>().await.unwrap(), json!([]));
    assert_eq!(
        till.get("/currencymapping").await.json::<Value>().await.unwrap(),
        json!([])
    );
    assert!(
        till.rejected(&sim, &invoice("A-1"))
            .await
            .contains("Currency \"USD\" is not mapped")
    );
    let currency = json!({ "SourceCurrency": "USD", "DestinationCurrency": "USD" });
    assert_eq!(till.post("/currencymapping", &currency).await.status(), 200);
    assert!(
        till.rejected(&sim, &invoice("A-2"))
            .await
            .contains("Tax code \"VAT15.5\" is not mapped")
    );
    let tax = json!({ "TaxCode": "VAT15.5", "DestinationTaxId": 517 });
    assert_eq!(till.post("/taxmapping", &tax).await.status(), 200);
    assert_eq!(till.settle(&sim, &invoice("A-3")).await["QrData"]["FiscalDay"], 1);
    let mut again = invoice("A-1");
    again["IsRetry"] = json!(true);
    assert_eq!(till.settle(&sim, &again).await["Success"], true);
    sim.reset();
    assert_eq!(till.get("/taxmapping").await.json::<Value>().await.unwrap(), json!([]));
}

#[tokio::test]
async fn headers_are_wanted_or_not() {
    let status = async |settings: &[&str], change: &dyn Fn(&mut http::HeaderMap), body: Option<&[u8]>| {
        let (sim, till) = set(settings).await;
        let mut headers = Signer::new(sim.credentials(), sim.identity()).headers(body);
        change(&mut headers);
        let request = till.http.get(format!("{}/profile", till.base)).headers(headers);
        request.send().await.unwrap().status().as_u16()
    };
    let empty_station: &dyn Fn(&mut http::HeaderMap) = &|headers| {
        headers.insert("x-app-station", "".parse().unwrap());
    };
    let no_station: &dyn Fn(&mut http::HeaderMap) = &|headers| {
        headers.remove("x-app-station");
    };
    let counted: &dyn Fn(&mut http::HeaderMap) = &|headers| {
        headers.insert("x-client-count", "1".parse().unwrap());
    };
    let unchanged: &dyn Fn(&mut http::HeaderMap) = &|_| {};
    assert_eq!(status(&[], empty_station, None).await, 401);
    assert_eq!(status(&["empty_station=taken"], empty_station, None).await, 200);
    assert_eq!(status(&["empty_station=taken"], no_station, None).await, 401);
    assert_eq!(status(&["enforce_identity=false"], no_station, None).await, 200);
    assert_eq!(status(&["enforce_client_count=true"], unchanged, None).await, 401);
    assert_eq!(status(&["enforce_client_count=true"], counted, None).await, 200);
    assert_eq!(status(&["get_signature=required"], unchanged, None).await, 401);
    assert_eq!(status(&["get_signature=required"], unchanged, Some(b"")).await, 200);
    assert_eq!(
        status(&[], unchanged, Some(b"another body")).await,
        200,
        "it is not looked at"
    );
}

#[tokio::test]
async fn a_limit_of_the_rate_counts_each_device_for_itself() {
    let (sim, till) = set(&["rate_limit=2"]).await;
    let other = Till::on(&sim, &sim.add_device());
    assert_eq!(till.get("/profile").await.status(), 200);
    assert_eq!(till.get("/profile").await.status(), 200);
    let refused = till.get("/profile").await;
    assert_eq!(refused.status(), 429);
    let wait: u32 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(other.get("/profile").await.status(), 200);
}

#[tokio::test]
async fn one_request_id_can_be_given_twice() {
    let (sim, till) = set(&[]).await;
    sim.script(Operation::SubmitInvoice, [None, Some(Fault::EarlierRequestId)]);
    let first = till.submit(&invoice("A-1")).await;
    assert_eq!(till.submit(&invoice("A-2")).await, first);
    assert!(sim.await_settled("A-2").await, "it is taken in all the same");
    assert_ne!(till.submit(&invoice("A-3")).await, first);
}
