use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    Operation, ZReportFields, ZReportPage, ZReportPaging, call::Call, device::ZReport, exact::money, pdf,
    problem::problem,
};

/// Z-reports: a page of them, one of them, or one as PDF. The vendor calls all three experimental, and their form is the
/// simulator's own.
pub(crate) fn answer(call: &Call<'_>) -> Response {
    if call.operation == Operation::ZReports {
        return list(call);
    }
    let found = call.engine.read(|world| {
        let device = world.device(call.device)?;
        let day: u64 = call.param("fiscalDay").parse().ok()?;
        let of_day = || device.z_reports.iter().filter(|report| report.fiscal_day == day);
        // A day may have failed reports before a successful one, which is tried first [docs].
        let report = of_day()
            .find(|report| report.success)
            .or_else(|| of_day().next_back())?;
        Some((world.account.clone(), device.id, report.clone()))
    });
    match found {
        Some((account, device, report)) if call.operation == Operation::ZReportPdf => {
            call.pdf(pdf::z_report(&account, device, &report))
        }
        Some((_, device, report)) => call.json(shown(device, &report, call.setup.options.z_report_fields)),
        None => problem(StatusCode::NOT_FOUND, "There is no Z-report of this fiscal day."),
    }
}

fn list(call: &Call<'_>) -> Response {
    let parameter = |name: &str| {
        call.query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
    };
    let number = |name: &str, default: usize| {
        parameter(name)
            .and_then(|(_, value)| value.parse().ok())
            .unwrap_or(default)
    };
    let options = &call.setup.options;
    let sized = |name: &str| number(name, 20).clamp(1, 100);
    let (size, index) = match options.z_report_paging {
        ZReportPaging::PageIndex => (sized("pageSize"), number("pageIndex", 0)),
        ZReportPaging::PageNumber => (sized("pageSize"), number("pageNumber", 1).saturating_sub(1)),
        ZReportPaging::Page => (sized("size"), number("page", 1).saturating_sub(1)),
        ZReportPaging::Ignored => (usize::MAX, 0),
    };
    let ascending = parameter("order").is_some_and(|(_, value)| value.eq_ignore_ascii_case("asc"));
    let page = call.engine.read(|world| {
        let device = world.device(call.device)?;
        let mut reports: Vec<&ZReport> = device.z_reports.iter().collect();
        if !ascending {
            reports.reverse();
        }
        let items: Vec<Value> = reports
            .iter()
            .skip(index.saturating_mul(size))
            .take(size)
            .map(|report| shown(device.id, report, options.z_report_fields))
            .collect();
        let (size, total) = (size.min(100), reports.len());
        Some(match options.z_report_page {
            ZReportPage::Items => json!({ "PageIndex": index, "PageSize": size, "TotalCount": total, "Items": items }),
            ZReportPage::Data => {
                json!({ "PageNumber": index + 1, "PageSize": size, "TotalItems": total, "Data": items })
            }
            ZReportPage::Array => Value::from(items),
        })
    });
    call.json(page.unwrap_or_default())
}

fn shown(device: u32, report: &ZReport, fields: ZReportFields) -> Value {
    let amount = |cents: i128| serde_json::from_str::<Value>(&money(cents)).unwrap_or_default();
    let summaries = report.rows.iter().map(|row| {
        json!({
            "Currency": row.currency,
            "TaxId": row.tax_id,
            "TaxPercent": row.rate.map(|rate| amount(i128::from(rate))),
            "Sales": amount(row.sales),
            "SalesTax": amount(row.sales_tax),
            "CreditNotes": amount(row.credits),
            "CreditNotesTax": amount(row.credits_tax),
        })
    });
    if fields == ZReportFields::Authority {
        let counters = report.rows.iter().flat_map(|row| {
            let of = |kind: &str, value: i128| {
                json!({
                    "FiscalCounterType": kind,
                    "FiscalCounterCurrency": row.currency,
                    "FiscalCounterTaxID": row.tax_id,
                    "FiscalCounterTaxPercent": row.rate.map(|rate| amount(i128::from(rate))),
                    "FiscalCounterValue": amount(value),
                })
            };
            [
                of("SaleByTax", row.sales),
                of("SaleTaxByTax", row.sales_tax),
                of("CreditNoteByTax", row.credits),
                of("CreditNoteTaxByTax", row.credits_tax),
            ]
        });
        return json!({
            "FiscalDayNo": report.fiscal_day,
            "FiscalDayOpened": report.opened.to_string(),
            "FiscalDayClosed": report.closed.to_string(),
            "FiscalDayStatus": if report.success { "FiscalDayClosed" } else { "FiscalDayCloseFailed" },
            "FiscalDayClosingErrorCode": report.error,
            "FiscalDayCounters": counters.collect::<Vec<_>>(),
        });
    }
    json!({
        "FiscalDay": report.fiscal_day,
        "DeviceId": device,
        "OpenedAt": report.opened.to_string(),
        "ClosedAt": report.closed.to_string(),
        "Success": report.success,
        "Error": report.error,
        "ReceiptCount": report.receipts,
        "Summaries": summaries.collect::<Vec<_>>(),
    })
}
