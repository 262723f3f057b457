//! What the other settings of the switches do, as a client sees it.

use fh_auth::Signer;
use fh_sim::{Fault, Operation, Options, Profile, Sim};
use http::Method;
use serde_json::{Value, json};

use crate::till::{Till, credit_note, invoice, path_of};

async fn set(pairs: &[&str]) -> (Sim, Till) {
    let mut options = Options::default();
    for pair in pairs {
        options.set_pair(pair).unwrap();
    }
    let sim = Sim::with_options(options).await.unwrap();
    let till = Till::new(&sim);
    (sim, till)
}

/// What becomes of a document: `taken`, the status and field of an error of form, or the beginning of the rejection.
async fn fate(sim: &Sim, till: &Till, document: &Value) -> String {
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

#[tokio::test]
async fn what_published_plugins_send_is_taken_refused_for_its_form_or_rejected_each_by_a_switch_of_its_own() {
    let empty_address =
        json!({ "Name": "Cash Sale", "Address": { "Province": "", "Street": "", "HouseNo": "", "City": "" } });
    let partial_address = json!({ "Name": "Cash Sale", "Address": { "City": "Harare" } });
    let without_tin = json!({ "Name": "Cash Sale", "Tin": "", "VatNumber": "" });
    let cases: [(&str, &str, Value, &str, &str); 9] = [
        (
            "incomplete_address",
            "/BuyerContact",
            empty_address,
            "BuyerContact.Address.City BuyerContact.Address.HouseNo BuyerContact.Address.Province BuyerContact.Address.Street",
            "RCPT02",
        ),
        (
            "incomplete_address",
            "/BuyerContact",
            partial_address,
            "BuyerContact.Address.HouseNo BuyerContact.Address.Province BuyerContact.Address.Street",
            "RCPT02",
        ),
        ("empty_buyer", "/BuyerContact", json!({}), "BuyerContact.Name", "No"),
        (
            "empty_tin",
            "/BuyerContact",
            without_tin,
            "BuyerContact.Tin BuyerContact.VatNumber",
            "RCPT02",
        ),
        ("empty_reference", "/Reference", json!(""), "Reference", "RCPT034"),
        (
            "empty_original",
            "/OriginalInvoiceId",
            json!(""),
            "OriginalInvoiceId",
            "RCPT015",
        ),
        (
            "empty_hs_code",
            "/LineItems/0/ProductCode",
            json!(""),
            "LineItems[0].ProductCode",
            "RCPT047",
        ),
        (
            "six_digit_hs_code",
            "/LineItems/0/ProductCode",
            json!("844399"),
            "LineItems[0].ProductCode",
            "RCPT048",
        ),
        (
            "ten_digit_hs_code",
            "/LineItems/0/ProductCode",
            json!("8443999000"),
            "LineItems[0].ProductCode",
            "RCPT048",
        ),
    ];
    for (switch, pointer, value, fields, code) in cases {
        for constraints in ["true", "false"] {
            for (setting, wanted) in [
                ("taken", "taken".to_owned()),
                ("form-error", format!("400 {fields}")),
                ("authority", code.to_owned()),
            ] {
                let (sim, till) = set(&[&format!("{switch}={setting}"), &format!("constraints={constraints}")]).await;
                assert_eq!(fate(&sim, &till, &invoice("A-1")).await, "taken");
                let mut document = match pointer {
                    "/Reference" | "/OriginalInvoiceId" => credit_note("CN-1", "A-1"),
                    _ => invoice("A-2"),
                };
                *document.pointer_mut(pointer).unwrap() = value.clone();
                assert_eq!(
                    fate(&sim, &till, &document).await,
                    wanted,
                    "{switch}={setting} constraints={constraints} {value}"
                );
            }
        }
    }
}

#[tokio::test]
async fn the_projects_own_odoo_vector_gets_no_error_of_form_unless_a_profile_says_so() {
    let vector = include_bytes!("../../../fh-auth/vectors/odoo-credit-note.json");
    let document: Value = serde_json::from_slice(vector).unwrap();
    let sim = Sim::start().await.unwrap();
    let response = Till::new(&sim)
        .request(Method::POST, "/creditnote", Some(vector))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200, "{}", response.text().await.unwrap());
    let strict = Sim::with_options(Profile::named("strict").unwrap().options().unwrap())
        .await
        .unwrap();
    let refused = fate(&strict, &Till::new(&strict), &document).await;
    assert!(
        refused.starts_with("400 ") && refused.contains("Reference"),
        "{refused}"
    );
}

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
async fn a_tax_id_can_stand_for_a_code() {
    let mut document = invoice("A-1");
    document["LineItems"][0]["TaxCode"] = json!("517");
    let (sim, till) = set(&[]).await;
    assert!(till.rejected(&sim, &document).await.contains("not mapped"));
    let (sim, till) = set(&["tax_codes=mapped-or-tax-id"]).await;
    assert_eq!(till.settle(&sim, &document).await["Success"], true);
    let mut unknown = invoice("A-2");
    unknown["LineItems"][0]["TaxCode"] = json!("999");
    assert!(till.rejected(&sim, &unknown).await.contains("not mapped"));
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
async fn lines_and_sums_are_looked_at_or_not() {
    let mut off = invoice("A-1");
    off["LineItems"][0]["UnitAmount"] = json!(100);
    for (settings, wanted) in [
        (&["unit_price=checked"][..], "RCPT024"),
        (&["unit_price=ignored"], "taken"),
        (&["unit_price=recomputed"], "RCPT019"),
        (
            &[
                "unit_price=recomputed",
                "header_total=ignored",
                "header_total_tax=ignored",
            ],
            "taken",
        ),
    ] {
        let (sim, till) = set(settings).await;
        assert_eq!(fate(&sim, &till, &off).await, wanted, "{settings:?}");
    }
    for (switch, field, code) in [
        ("header_total", "Total", "RCPT019"),
        ("header_total_tax", "TotalTax", "RCPT026"),
        ("header_sub_total", "SubTotal", "RCPT027"),
    ] {
        for (value, wanted, remarks) in [("checked", code, 0), ("remarked", "taken", 1), ("ignored", "taken", 0)] {
            let (sim, till) = set(&[
                &format!("{switch}={value}"),
                "colours.RCPT038=off",
                "colours.RCPT031=off",
                "colours.RCPT041=off",
                "colours.RCPT014=off",
            ])
            .await;
            let mut document = invoice("A-1");
            document[field] = json!(7);
            assert_eq!(fate(&sim, &till, &document).await, wanted, "{switch}={value}");
            assert_eq!(
                sim.remarks("A-1").len(),
                remarks,
                "{switch}={value}: {:?}",
                sim.remarks("A-1")
            );
        }
    }
}

#[tokio::test]
async fn a_discount_is_off_the_line_or_the_unit_and_half_a_cent_goes_either_way() {
    let mut discounted = invoice("A-1");
    discounted["LineItems"][0]["Quantity"] = json!(2);
    discounted["LineItems"][0]["UnitAmount"] = json!(63.525);
    discounted["LineItems"][0]["DiscountAmount"] = json!(5.775);
    let (sim, till) = set(&["discount=net-of-discount", "constraints=false"]).await;
    assert!(fate(&sim, &till, &discounted).await.starts_with("RCPT0"));
    let mut whole = discounted.clone();
    whole["LineItems"][0]["UnitAmount"] = json!(60.75);
    whole["LineItems"][0]["DiscountAmount"] = json!(3);
    assert_eq!(
        fate(&sim, &till, &{
            let mut line = whole.clone();
            line["LineItems"][0]["DiscountAmount"] = json!(6);
            line["InvoiceNumber"] = json!("A-2");
            line["InvoiceId"] = json!("A-2");
            line
        })
        .await,
        "taken"
    );
    let (sim, till) = set(&["discount=net-of-discount", "discount_of=unit"]).await;
    assert_eq!(fate(&sim, &till, &whole).await, "taken");

    // 15.5 % of 3.00 is 0.465; of 1.00, 0.155, where both agree.
    let mut tie = invoice("A-3");
    for (field, value) in [
        ("IsTaxInclusive", json!(false)),
        ("SubTotal", json!(3)),
        ("TotalTax", json!(0.46)),
        ("Total", json!(3.46)),
    ] {
        tie[field] = value;
    }
    tie["LineItems"][0]["UnitAmount"] = json!(3);
    tie["LineItems"][0]["LineAmount"] = json!(3);
    let (sim, till) = set(&["ties=half-even"]).await;
    assert_eq!(fate(&sim, &till, &tie).await, "taken");
    let (sim, till) = set(&[]).await;
    assert_eq!(fate(&sim, &till, &tie).await, "RCPT037");
}

#[tokio::test]
async fn dates_are_read_in_other_ways_and_may_not_reach_the_receipt() {
    let link = async |settings: &[&str], date: &str| {
        let (sim, till) = set(settings).await;
        let mut document = invoice("A-1");
        document["Date"] = json!(date);
        assert_eq!(fate(&sim, &till, &document).await, "taken", "{settings:?}");
        sim.device().receipt_link("A-1").unwrap()
    };
    let (naive, zulu) = ("2026-11-20T23:30:00", "2026-11-20T23:30:00Z");
    assert!(link(&[], naive).await.contains("20112026"));
    assert!(link(&["naive_dates=utc"], naive).await.contains("21112026"));
    assert!(link(&[], zulu).await.contains("21112026"));
    assert!(link(&["offset_dates=wall-clock"], zulu).await.contains("20112026"));
    assert!(
        link(
            &["naive_dates=utc", "offset_dates=wall-clock"],
            "2026-11-20T23:30:00+02:00"
        )
        .await
        .contains("20112026")
    );
    assert!(
        !link(&["receipt_date=acceptance"], "2026-03-20T23:30:00+02:00")
            .await
            .contains("20032026")
    );
    let (sim, till) = set(&["naive_dates=refused"]).await;
    let mut document = invoice("A-1");
    document["Date"] = json!(naive);
    assert_eq!(fate(&sim, &till, &document).await, "400 Date");
}

#[tokio::test]
async fn who_is_asked_for_a_name_a_tin_and_a_way_to_pay() {
    for (value, lower, exact) in [
        ("exact", "No", "taken"),
        ("any-case", "taken", "taken"),
        ("not-known", "No", "No"),
    ] {
        let (sim, till) = set(&[&format!("cash_prefix={value}")]).await;
        for (id, name, wanted) in [("A-1", "cash sale", lower), ("A-2", "Cash Sale", exact)] {
            let mut document = invoice(id);
            document["BuyerContact"]["Name"] = json!(name);
            assert_eq!(fate(&sim, &till, &document).await, wanted, "{value} {name}");
        }
    }
    let (sim, till) = set(&["payment_method_required=true"]).await;
    assert_eq!(fate(&sim, &till, &invoice("A-1")).await, "400 PaymentMethod");
    let mut paid = invoice("A-1");
    paid["PaymentMethod"] = json!("Cash");
    assert_eq!(fate(&sim, &till, &paid).await, "taken");
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
async fn other_content_under_an_id_may_be_noticed() {
    let (sim, till) = set(&["changed_content=conflict"]).await;
    let request = till.submit(&invoice("A-1")).await;
    sim.await_settled(&request).await;
    let mut again = invoice("A-1");
    again["IsRetry"] = json!(true);
    assert_eq!(till.submit(&again).await, request);
    again["BuyerContact"]["Name"] = json!("Cash Somebody");
    assert_eq!(till.post("/invoice", &again).await.status(), 409);
    let (sim, till) = set(&[]).await;
    let request = till.submit(&invoice("A-1")).await;
    sim.await_settled(&request).await;
    assert_eq!(till.submit(&again).await, request);
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

#[tokio::test]
async fn plugins_of_2025_pass_where_the_preset_of_that_year_says_so() {
    let sim = Sim::with_options(Profile::named("as-2025").unwrap().options().unwrap())
        .await
        .unwrap();
    let till = Till::new(&sim);
    let mut document = invoice("A-1");
    document["BuyerContact"] = json!({ "Name": "Cash Customer", "Tin": "", "VatNumber": "", "Address": { "Province": "", "Street": "", "HouseNo": "", "City": "" } });
    document["LineItems"][0]["TaxCode"] = json!("517");
    document["LineItems"][0]["UnitAmount"] = json!("100.000");
    document["SubTotal"] = json!("84.50");
    assert_eq!(fate(&sim, &till, &document).await, "taken");
    let bare = till
        .http
        .get(format!("{}/profile", till.base))
        .header("x-api-key", sim.credentials().key().as_str());
    assert_eq!(bare.send().await.unwrap().status(), 200);
}
