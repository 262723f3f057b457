//! Z-reports, and the closing of a fiscal day.

use serde_json::Value;

use super::view::{listed, names, said, steps, unsettled};
use crate::{conclusion::Conclusion, exchange::member, log::Log};

/// The reports of a list, however it is wrapped.
fn items(list: &Value) -> Option<&Vec<Value>> {
    match list {
        Value::Array(items) => Some(items),
        Value::Object(members) => members.values().find_map(Value::as_array),
        _ => None,
    }
}

pub(super) fn list(log: &Log) -> Conclusion {
    const NAME: &str = "z-reports";
    let Some(answer) = log.answer("reports/list") else {
        return unsettled(log, NAME, "reports/list");
    };
    let support = steps(log, "reports/list");
    let Some(list) = answer.json().filter(|_| answer.is_success()) else {
        return Conclusion::answer(NAME, said(answer), said(answer)).resting_on(support);
    };
    let shown = format!("{}; members: {}", said(answer), listed(names(&list)));
    let form = match &list {
        Value::Array(_) => Some("array"),
        wrapped if member(wrapped, "Items").is_some() => Some("items"),
        wrapped if member(wrapped, "Data").is_some() => Some("data"),
        _ => None,
    };
    let conclusion = Conclusion::answer(NAME, form.unwrap_or("other"), shown).resting_on(support);
    match form {
        Some(form) => conclusion.switch("z_report_page", form),
        None => conclusion,
    }
}

/// The list without any question for pages, unless there is nothing in it.
fn filled(log: &Log, question: &str) -> Result<Vec<Value>, Box<Conclusion>> {
    let Some(answer) = log.answer("reports/list") else {
        return Err(Box::new(unsettled(log, question, "reports/list")));
    };
    let list = answer.json().filter(|_| answer.is_success());
    match list.as_ref().and_then(items) {
        Some(items) if !items.is_empty() => Ok(items.clone()),
        _ => Err(Box::new(
            Conclusion::hidden(question, "z-reports", "the account lists no Z-report yet")
                .resting_on(steps(log, "reports/list")),
        )),
    }
}

pub(super) fn paging(log: &Log) -> Conclusion {
    const NAME: &str = "z-report-paging";
    let all = match filled(log, NAME) {
        Ok(items) => items.len(),
        Err(conclusion) => return *conclusion,
    };
    let mut support = steps(log, "reports/list");
    let mut obeyed = Vec::new();
    for (value, words) in [
        ("page-index", "pageIndex from 0, and pageSize"),
        ("page-number", "pageNumber from 1, and pageSize"),
        ("page", "page from 1, and size"),
    ] {
        let variant = format!("reports/{value}");
        let Some(answer) = log.answer(&variant) else {
            return unsettled(log, NAME, &variant);
        };
        support.extend(steps(log, &variant));
        let of_page = answer.json().filter(|_| answer.is_success());
        let of_page = of_page.as_ref().and_then(items).map(Vec::len);
        if of_page.is_some_and(|number| number != all) {
            obeyed.push((value, words));
        }
    }
    match obeyed.as_slice() {
        [] => Conclusion::answer(NAME, "ignored", "none of those that were tried")
            .resting_on(support)
            .switch("z_report_paging", "ignored"),
        [(value, words)] => Conclusion::answer(NAME, *value, *words)
            .resting_on(support)
            .switch("z_report_paging", *value),
        several => {
            let words: Vec<_> = several.iter().map(|(_, words)| *words).collect();
            Conclusion::answer(NAME, "several", words.join("; or ")).resting_on(support)
        }
    }
}

pub(super) fn fields(log: &Log) -> Conclusion {
    const NAME: &str = "z-report-fields";
    let items = match filled(log, NAME) {
        Ok(items) => items,
        Err(conclusion) => return *conclusion,
    };
    let Some(first) = items.first() else {
        return unsettled(log, NAME, "reports/list");
    };
    let form = match first {
        report if member(report, "FiscalDayNo").is_some() => Some("authority"),
        report if member(report, "OpenedAt").is_some() => Some("invented"),
        _ => None,
    };
    let conclusion = Conclusion::answer(NAME, form.unwrap_or("other"), listed(names(first)))
        .resting_on(steps(log, "reports/list"))
        .resting_on(steps(log, "reports/one"));
    match form {
        Some(form) => conclusion.switch("z_report_fields", form),
        None => conclusion,
    }
}

pub(super) fn pdf(log: &Log) -> Conclusion {
    const NAME: &str = "z-report-pdf";
    if let Err(conclusion) = filled(log, NAME) {
        return *conclusion;
    }
    let mut support = Vec::new();
    let mut found = None;
    for value in ["pdf", "download"] {
        let variant = format!("reports/{value}");
        let Some(answer) = log.answer(&variant) else {
            return unsettled(log, NAME, &variant);
        };
        support.extend(steps(log, &variant));
        if answer.is_success() && found.is_none() {
            found = Some((value, format!("/reports/z-report/{{day}}/{value}: {}", said(answer))));
        }
    }
    let (value, words) = found.unwrap_or(("not-found", "at neither of the paths that were tried".to_owned()));
    Conclusion::answer(NAME, value, words)
        .resting_on(support)
        .switch("z_report_pdf", value)
}

/// Whether a later day was seen than that of the first look at the device.
pub(crate) fn closing_is_known(log: &Log) -> bool {
    matches!(closing(log).finding, crate::Finding::Answer { .. })
}

pub(super) fn closing(log: &Log) -> Conclusion {
    const NAME: &str = "day-closing";
    let state = |variant: &str| {
        let device = log.json(variant)?;
        let day = member(&device, "FiscalDay").and_then(Value::as_i64);
        let status = member(&device, "FiscalDayStatus")
            .and_then(Value::as_str)
            .map(str::to_owned);
        Some((day, status))
    };
    let Some(before) = state("account/device") else {
        return unsettled(log, NAME, "account/device");
    };
    for days in days_of_looks(log) {
        let (device, list) = (format!("account/day-{days}"), format!("account/reports-{days}"));
        let Some(after) = state(&device).filter(|after| *after != before) else {
            continue;
        };
        let shown = |(day, status): &(Option<i64>, Option<String>)| {
            let day = day.map_or("no day".to_owned(), |day| format!("day {day}"));
            format!("{day}, {}", status.as_deref().unwrap_or("no status"))
        };
        let of_list = log.answer(&list).map_or("no answer".to_owned(), said);
        let text = format!(
            "{} became {}; the list of Z-reports: {of_list}",
            shown(&before),
            shown(&after)
        );
        return Conclusion::answer(NAME, after.1.unwrap_or_default(), text)
            .resting_on(steps(log, "account/device"))
            .resting_on(steps(log, &device))
            .resting_on(steps(log, &list));
    }
    Conclusion::open(
        NAME,
        "nobody can close a fiscal day through the API; `fh probe --resume` a day later looks at what became of this one",
    )
}

/// The days after the first look on which the device was looked at again, the last first.
fn days_of_looks(log: &Log) -> Vec<u32> {
    let day = |one: &crate::Exchange| one.step.strip_prefix("account/day-")?.split('/').next()?.parse().ok();
    let mut days: Vec<u32> = log.under("account").filter_map(day).collect();
    days.sort_unstable_by(|one, other| other.cmp(one));
    days.dedup();
    days
}
