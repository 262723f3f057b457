use axum::response::Response;
use fh_types::CatDateTime;
use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    Operation, SubscriptionForm,
    call::Call,
    device::{DayState, Device},
    problem::problem,
    qr::QR_HOST,
    world::{Tax, World},
};

/// Test, profile, fiscal device and subscription.
pub(crate) fn answer(call: &Call<'_>) -> Response {
    let engine = call.engine;
    let form = call.setup.options.subscription;
    if call.operation == Operation::Subscription && form == SubscriptionForm::NotFound {
        return problem(StatusCode::NOT_FOUND, "There is no subscription.");
    }
    let body = engine.read(|world| {
        let device = world.device(call.device)?;
        Some(match call.operation {
            Operation::Profile => json!({ "Id": world.account.id, "FullName": world.account.full_name }),
            Operation::FiscalDevice => fiscal_device(world, device, call.setup.options.fiscal_day_hours),
            Operation::Subscription if form == SubscriptionForm::Dates => json!({
                "Plan": { "Name": "Simulator" },
                "Status": "Active",
                "StartDate": engine.now().to_string(),
                "EndDate": a_year_after(engine.now()),
            }),
            Operation::Subscription => json!({
                "Plan": "Simulator",
                "Cycle": "annual",
                "BillingStatus": "Active",
                "ValidTill": a_year_after(engine.now()),
            }),
            _ => json!({ "Message": "OK" }),
        })
    });
    call.json(body.unwrap_or_default())
}

fn fiscal_device(world: &World, device: &Device, day_hours: u32) -> Value {
    json!({
        "DeviceId": device.id,
        "SerialNo": device.serial,
        "BranchName": device.branch,
        "FiscalDay": device.day.number,
        "FiscalDayStatus": match device.day.state {
            DayState::Closed => "FiscalDayClosed",
            DayState::Opened => "FiscalDayOpened",
            DayState::CloseFailed => "FiscalDayCloseFailed",
        },
        "BillingStatus": "Active",
        // JSON inside a string, with the authority's own spelling [vendor-code].
        "CurrentConfig": config(world, device, day_hours).to_string(),
    })
}

fn config(world: &World, device: &Device, day_hours: u32) -> Value {
    let account = &world.account;
    let mut config = json!({
        "taxPayerName": account.full_name,
        "taxPayerTIN": account.tin,
        "deviceSerialNo": device.serial,
        "deviceBranchName": device.branch,
        "deviceBranchAddress": {
            "street": account.address.first(),
            "city": account.address.get(1),
            "province": account.address.get(2),
        },
        "deviceOperatingMode": "Online",
        "taxPayerDayMaxHrs": day_hours,
        "certificateValidTill": "2036-12-31T23:59:59",
        "qrUrl": QR_HOST,
        "applicableTaxes": world.taxes.iter().map(tax).collect::<Vec<_>>(),
    });
    if let Some(vat_number) = &account.vat_number {
        config["vatNumber"] = json!(vat_number);
    }
    config
}

/// A row of the tax table. An exempt tax has no percentage at all.
fn tax(tax: &Tax) -> Value {
    let local = |date: CatDateTime| date.civil().strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let mut row = json!({ "taxID": tax.id, "taxName": tax.name, "validFrom": local(tax.valid_from) });
    if let Some(rate) = tax.rate {
        // A number with two places, made from its text so that it stays exact.
        let text = format!("{}.{:02}", rate / 100, rate % 100);
        row["taxPercent"] = serde_json::from_str(&text).unwrap_or_default();
    }
    if let Some(till) = tax.valid_till {
        row["validTill"] = json!(local(till));
    }
    row
}

fn a_year_after(now: CatDateTime) -> String {
    let later = now
        .timestamp()
        .saturating_add(jiff::SignedDuration::from_hours(365 * 24))
        .unwrap_or(now.timestamp());
    CatDateTime::from_timestamp(later).to_string()
}
