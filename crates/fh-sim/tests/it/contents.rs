//! What the other settings of the switches do about what documents say.

use fh_sim::{Profile, Sim};
use http::Method;
use serde_json::{Value, json};

use crate::till::{Till, credit_note, fate, invoice, set};

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
