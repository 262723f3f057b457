//! Every operation answers what the OpenAPI document says.

use fh_sim::{Operation, Sim};
use reqwest::Method;
use serde_json::{Value, json};

use crate::till::{Till, credit_note, invoice};

/// The schema of a successful answer, as JSON Schema, with its references beside it.
fn answer_schema(method: &str, path: &str) -> Value {
    fn nullable(schema: &mut Value) {
        match schema {
            Value::Object(map) => {
                map.values_mut().for_each(nullable);
                if map.remove("nullable") == Some(json!(true)) {
                    *schema = json!({ "anyOf": [{ "type": "null" }, map.clone()] });
                } else {
                    // A boolean beside the bound is not JSON Schema, and no answer needs it.
                    map.retain(|key, value| !(key.starts_with("exclusive") && value.is_boolean()));
                }
            }
            Value::Array(items) => items.iter_mut().for_each(nullable),
            _ => {}
        }
    }
    let mut document: Value = serde_json::from_str(include_str!("../../openapi.json")).unwrap();
    nullable(&mut document["components"]["schemas"]);
    let answers = &document["paths"][path][method]["responses"];
    let mut schema = answers["200"]["content"]["application/json"]["schema"].clone();
    if schema.is_null() {
        schema = json!({});
    }
    json!({ "allOf": [schema], "components": document["components"] })
}

fn assert_fits(operation: Operation, answer: &Value) {
    let schema = answer_schema(operation.method().as_str().to_lowercase().as_str(), operation.path());
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(answer).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{operation}: {errors:?} in {answer}");
}

async fn get(till: &Till, operation: Operation, path: &str) -> Value {
    let response = till.get(path).await;
    assert_eq!(response.status(), 200, "{path}");
    let answer = response.json().await.unwrap();
    assert_fits(operation, &answer);
    answer
}

#[tokio::test]
async fn every_operation_answers_in_the_form_of_the_openapi_document() {
    let sim = Sim::start().await.unwrap();
    let till = Till::new(&sim);

    assert_eq!(
        till.request(Method::POST, "/test", None).send().await.unwrap().status(),
        200
    );
    let profile = get(&till, Operation::Profile, "/profile").await;
    assert_eq!(profile["FullName"], "Mopani Trading (Pvt) Ltd");
    let device = get(&till, Operation::FiscalDevice, "/fiscaldevice").await;
    let config: Value = serde_json::from_str(device["CurrentConfig"].as_str().unwrap()).unwrap();
    let taxes = config["applicableTaxes"].as_array().unwrap();
    let exempt = taxes.iter().find(|tax| tax["taxName"] == "Exempt").unwrap();
    assert!(exempt.get("taxPercent").is_none(), "{exempt}");
    let standard = taxes.iter().find(|tax| tax["taxID"] == 517).unwrap();
    assert_eq!(
        (&standard["taxPercent"], &standard["validFrom"]),
        (&json!(15.5), &json!("2026-01-01T00:00:00"))
    );
    get(&till, Operation::Subscription, "/subscription").await;

    let request = till.submit(&invoice("A-1")).await;
    assert!(sim.await_settled(&request).await);
    let note = till.submit(&credit_note("C-1", "A-1")).await;
    assert!(sim.await_settled(&note).await);
    let records = till.status(&[&request, &note]).await;
    assert_fits(Operation::Status, &records);
    assert_eq!(
        (&records[0]["RequestId"], &records[1]["RequestId"]),
        (&json!(request), &json!(note))
    );
    let name = records[1]["FiscalInvoicePdf"].as_str().unwrap().replace(' ', "%20");
    let pdf = till.get(&format!("/download/{name}")).await.bytes().await.unwrap();
    assert!(pdf.starts_with(b"%PDF-") && pdf.ends_with(b"%%EOF"));

    let day = sim.close_day().unwrap();
    let page = get(&till, Operation::ZReports, "/reports/z-report?pageSize=1&pageIndex=0").await;
    assert_eq!(
        (&page["TotalCount"], &page["Items"][0]["FiscalDay"]),
        (&json!(2), &json!(day))
    );
    let report = get(&till, Operation::ZReport, &format!("/reports/z-report/{day}")).await;
    let summary = &report["Summaries"][0];
    assert_eq!((&summary["Sales"], &summary["SalesTax"]), (&json!(115.5), &json!(15.5)));
    assert_eq!(
        (&summary["CreditNotes"], &summary["CreditNotesTax"]),
        (&json!(11.55), &json!(1.55))
    );
    let pdf = till
        .get(&format!("/reports/z-report/{day}/pdf"))
        .await
        .bytes()
        .await
        .unwrap();
    let text = lopdf::Document::load_mem(&pdf).unwrap().extract_text(&[1]).unwrap();
    assert!(text.contains("Z-REPORT") && text.contains("115.50"), "{text}");
    assert_eq!(till.get("/reports/z-report/9").await.status(), 404);
}

#[tokio::test]
async fn tax_mappings_are_listed_added_read_changed_and_deleted() {
    let sim = Sim::start().await.unwrap();
    let till = Till::new(&sim);
    let known = get(&till, Operation::TaxMappings, "/taxmapping").await;
    assert_eq!(known.as_array().unwrap().len(), 5);
    let wanted = json!({ "TaxCode": "LUXURY", "DestinationTaxId": 517, "UserId": 0 });
    let added: Value = till.post("/taxmapping", &wanted).await.json().await.unwrap();
    assert_fits(Operation::AddTaxMapping, &added);
    assert_eq!((&added["ZimraTaxId"], &added["UserId"]), (&json!(517), &json!(4217)));
    assert_eq!(till.post("/taxmapping", &wanted).await.status(), 400);
    let path = format!("/taxmapping/{}", added["Id"]);
    assert_eq!(get(&till, Operation::TaxMapping, &path).await, added);

    let mut document = invoice("A-1");
    document["LineItems"][0]["TaxCode"] = json!("LUXURY");
    assert_eq!(till.settle(&sim, &document).await["Success"], true);

    let changed = till
        .send(
            Method::PUT,
            &path,
            &json!({ "Id": "1", "TaxCode": "LUX", "DestinationTaxId": "2" }),
        )
        .await;
    assert_eq!(changed.json::<Value>().await.unwrap(), true);
    assert_eq!(get(&till, Operation::TaxMapping, &path).await["DestinationTaxId"], 2);
    let taken = till
        .send(Method::PUT, &path, &json!({ "TaxCode": "ZERO", "DestinationTaxId": 2 }))
        .await;
    assert_eq!(taken.status(), 400);

    assert_eq!(
        till.request(Method::DELETE, &path, None).send().await.unwrap().status(),
        200
    );
    for response in [
        till.get(&path).await,
        till.request(Method::DELETE, &path, None).send().await.unwrap(),
        till.send(Method::PUT, &path, &wanted).await,
    ] {
        assert_eq!(response.status(), 404);
    }
    let mut document = invoice("A-2");
    document["LineItems"][0]["TaxCode"] = json!("LUXURY");
    assert!(till.rejected(&sim, &document).await.contains("not mapped"));
}

#[tokio::test]
async fn currency_mappings_are_listed_added_read_changed_and_deleted() {
    let sim = Sim::start().await.unwrap();
    let till = Till::new(&sim);
    let supported = get(
        &till,
        Operation::SupportedCurrencies,
        "/currencymapping/supported-currencies",
    )
    .await;
    assert!(supported.as_array().unwrap().contains(&json!("ZWG")));
    assert_eq!(
        get(&till, Operation::CurrencyMappings, "/currencymapping")
            .await
            .as_array()
            .unwrap()
            .len(),
        3
    );
    let mut document = invoice("A-1");
    document["CurrencyCode"] = json!("US$");
    assert!(till.rejected(&sim, &document).await.contains("not mapped"));

    let added = till
        .post(
            "/currencymapping",
            &json!({ "SourceCurrency": "US$", "DestinationCurrency": "ZWL" }),
        )
        .await;
    let added: Value = added.json().await.unwrap();
    assert_fits(Operation::AddCurrencyMapping, &added);
    let path = format!("/currencymapping/{}", added["Id"]);
    assert_eq!(get(&till, Operation::CurrencyMapping, &path).await, added);
    // The Zimbabwe dollar of before 2024 is mapped, but the authority does not take it.
    assert!(till.rejected(&sim, &document).await.contains("RCPT010"));

    let fixed = json!({ "SourceCurrency": "US$", "DestinationCurrency": "USD" });
    let changed = till.send(Method::PUT, &path, &fixed).await;
    assert_eq!(changed.json::<Value>().await.unwrap(), true);
    document["IsRetry"] = json!(true);
    assert_eq!(till.settle(&sim, &document).await["Success"], true);
    assert_eq!(
        till.request(Method::DELETE, &path, None).send().await.unwrap().status(),
        200
    );
    assert_eq!(till.get(&path).await.status(), 404);
}

#[tokio::test]
async fn what_is_no_operation_is_not_found_and_a_wrong_method_is_405() {
    let sim = Sim::start().await.unwrap();
    let till = Till::new(&sim);
    assert_eq!(till.get("/customisation").await.status(), 404);
    assert_eq!(till.get("/invoice").await.status(), 405);
    assert_eq!(
        till.http
            .get(sim.base_url().replace("/api", "/profile"))
            .send()
            .await
            .unwrap()
            .status(),
        404
    );
    assert!(sim.requests().is_empty());
}
