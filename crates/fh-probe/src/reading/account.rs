//! What the account answers.

use serde_json::Value;

use super::{
    protocol::config,
    view::{listed, names, steps, unsettled},
};
use crate::{conclusion::Conclusion, exchange::member, log::Log, verdict::Fate};

pub(super) fn key_case(log: &Log) -> Conclusion {
    const NAME: &str = "key-case";
    let Some(profile) = log.json("account/profile") else {
        return unsettled(log, NAME, "account/profile");
    };
    let has = |name: &str| profile.get(name).is_some();
    let support = steps(log, "account/profile");
    if has("id") {
        return Conclusion::answer(NAME, "camel", "camelCase: id, requestId, qrData")
            .resting_on(support)
            .switch("key_case", "camel");
    }
    if !has("Id") {
        return Conclusion::not_settled(
            NAME,
            format!("a profile has neither Id nor id, but {}", listed(names(&profile))),
        )
        .resting_on(support);
    }
    let documents = log.all_documents();
    let receipt = documents.iter().find_map(|attempt| match &attempt.fate {
        Fate::Fiscalised { record, .. } => Some((attempt.polls.last().map(|poll| poll.step.clone()), record)),
        _ => None,
    });
    let Some((step, record)) = receipt else {
        let decided = super::view::plain(log).is_some();
        let why = "PascalCase; no document was fiscalised, so that QrData could not be told from QRData";
        return if decided {
            Conclusion::hidden(NAME, "receipt", why)
        } else {
            Conclusion::not_settled(NAME, why)
        }
        .resting_on(support);
    };
    let spelling = if record.get("QRData").is_some() {
        ("pascal-qr", "PascalCase, and QRData")
    } else {
        ("pascal", "PascalCase: Id, RequestId, QrData")
    };
    Conclusion::answer(NAME, spelling.0, spelling.1)
        .resting_on(support)
        .resting_on(step)
        .switch("key_case", spelling.0)
}

pub(super) fn fields(log: &Log, question: &str) -> Conclusion {
    let variant = match question {
        "device-config" => "account/device",
        "subscription-fields" => "account/subscription",
        "profile-fields" => "account/profile",
        _ => "account/currencies",
    };
    let Some(answer) = log.answer(variant) else {
        return unsettled(log, question, variant);
    };
    let support = steps(log, variant);
    if !answer.is_success() {
        let word = format!("status-{}", answer.status);
        let conclusion =
            Conclusion::answer(question, word, format!("it answers {}", answer.status)).resting_on(support);
        return match (question, answer.status) {
            ("subscription-fields", 404) => conclusion.switch("subscription", "not-found"),
            _ => conclusion,
        };
    }
    let value = match question {
        "device-config" => config(answer),
        _ => answer.json(),
    };
    let Some(value) = value else {
        let why = format!(
            "the answer is no JSON: {} bytes of {}",
            answer.bytes,
            answer.media_type()
        );
        return Conclusion::answer(question, "not-json", why).resting_on(support);
    };
    let said = match &value {
        Value::Array(items) if items.iter().all(Value::is_string) => format!("an array of {} texts", items.len()),
        value => listed(names(value)),
    };
    let hours = member(&value, "taxPayerDayMaxHrs")
        .and_then(Value::as_u64)
        .filter(|_| question == "device-config");
    let conclusion = Conclusion::answer(question, said.clone(), said).resting_on(support);
    if question == "subscription-fields" {
        return match () {
            () if member(&value, "Cycle").is_some() => conclusion.switch("subscription", "invented"),
            () if member(&value, "EndDate").is_some() => conclusion.switch("subscription", "dates"),
            () => conclusion,
        };
    }
    match hours {
        Some(hours) => conclusion.switch("fiscal_day_hours", hours.to_string()),
        None => conclusion,
    }
}

pub(super) fn vat_payer(log: &Log) -> Conclusion {
    const NAME: &str = "vat-payer";
    let Some(config) = log.answer("account/device").and_then(config) else {
        return unsettled(log, NAME, "account/device");
    };
    let number = member(&config, "vatNumber")
        .and_then(Value::as_str)
        .is_some_and(|number| !number.trim().is_empty());
    let said = if number {
        "yes: CurrentConfig has a vatNumber"
    } else {
        "no: CurrentConfig has no vatNumber"
    };
    Conclusion::answer(NAME, number.to_string(), said)
        .resting_on(steps(log, "account/device"))
        .switch("vat_payer", number.to_string())
}

pub(super) fn mapped(log: &Log) -> Conclusion {
    const NAME: &str = "mapped";
    let count = |variant: &str| log.json(variant).and_then(|all| all.as_array().map(Vec::len));
    let (Some(taxes), Some(currencies)) = (count("account/tax-mappings"), count("account/currency-mappings")) else {
        return unsettled(log, NAME, "account/tax-mappings");
    };
    let support = [
        steps(log, "account/tax-mappings"),
        steps(log, "account/currency-mappings"),
    ]
    .concat();
    let (value, world) = match taxes + currencies {
        0 => ("nothing", "empty"),
        _ => ("something", "furnished"),
    };
    Conclusion::answer(NAME, value, format!("{taxes} tax codes and {currencies} currencies"))
        .resting_on(support)
        .switch("world", world)
}

pub(super) fn cookies(log: &Log) -> Conclusion {
    let set = log.all().iter().filter(|one| {
        one.answer()
            .is_some_and(|answer| answer.headers.contains_key("set-cookie"))
    });
    let steps: Vec<String> = set.map(|one| one.step.clone()).collect();
    if steps.is_empty() {
        let all = log.all().iter().filter(|one| one.answer().is_some()).count();
        return Conclusion::answer("cookies", "none", format!("none, in {all} answers"));
    }
    Conclusion::answer("cookies", "set", format!("yes, in {} answers", steps.len())).resting_on(steps)
}

pub(super) fn clock(log: &Log) -> Conclusion {
    const NAME: &str = "clock";
    let ahead = |one: &crate::Exchange| {
        let answer = one.answer()?;
        let date = httpdate::parse_http_date(answer.headers.get("date")?).ok()?;
        let seconds = date.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs();
        let there = i64::try_from(seconds).ok()? * 1000 + 500;
        let here = one.at_ms + i64::try_from(answer.millis / 2).ok()?;
        Some(here - there)
    };
    let mut all: Vec<i64> = log.all().iter().filter_map(ahead).collect();
    all.sort_unstable();
    // The median, so that an answer with a strange date does not count.
    let Some(median) = all.get(all.len() / 2) else {
        return Conclusion::not_settled(NAME, "no answer had a Date header");
    };
    let seconds = median / 1000;
    let value = if seconds.abs() <= 5 {
        "right"
    } else if seconds > 0 {
        "ahead"
    } else {
        "behind"
    };
    Conclusion::answer(
        NAME,
        value,
        format!(
            "this machine is {seconds} s ahead of the service, by {} answers",
            all.len()
        ),
    )
}
