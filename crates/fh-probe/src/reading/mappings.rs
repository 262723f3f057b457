//! What mapping operations answer, and what becomes of a second mapping.

use serde_json::Value;

use super::view::{listed, names, steps, unsettled};
use crate::{
    conclusion::Conclusion,
    exchange::{Answer, Exchange, agreed, member},
    log::Log,
};

pub(super) fn mapping_answers(log: &Log) -> Conclusion {
    const NAME: &str = "mapping-answers";
    // Where an answer was lost, a later 404 says that it was deleted, not how that is answered.
    let deletes: Vec<&Exchange> = log
        .all()
        .iter()
        .filter(|one| one.request.method == "DELETE" && one.request.path.contains("mapping/"))
        .collect();
    let was_lost = deletes.iter().any(|one| one.steady().is_none());
    let delete = agreed(deletes).filter(|one| !was_lost || one.answer().is_some_and(Answer::is_success));
    let (Some(add), Some(change), Some(delete)) = (log.answer("mappings/add"), log.answer("mappings/change"), delete)
    else {
        return unsettled(log, NAME, "mappings");
    };
    let body = |answer: &Answer| match answer.json() {
        Some(Value::Object(object)) => listed(names(&Value::Object(object))),
        Some(value) => value.to_string(),
        None if answer.bytes == 0 => "no body".to_owned(),
        None => answer.media_type().to_owned(),
    };
    let deleted = delete
        .answer()
        .map_or_else(String::new, |answer| format!("{} {}", answer.status, body(answer)));
    let text = format!(
        "added: {} {}; changed: {} {}; deleted: {deleted}",
        add.status,
        body(add),
        change.status,
        body(change)
    );
    let support = [
        steps(log, "mappings/add"),
        steps(log, "mappings/change"),
        vec![delete.step.clone()],
    ]
    .concat();
    let mut conclusion = Conclusion::answer(NAME, text.clone(), text).resting_on(support);
    if matches!(add.status, 200 | 201) {
        conclusion = conclusion.switch("mapping_created", add.status.to_string());
    }
    let answer = match (change.status, change.json()) {
        (204, _) => Some("no-content"),
        (_, Some(Value::Bool(_))) => Some("boolean"),
        (_, Some(Value::Object(_))) => Some("object"),
        _ => None,
    };
    match answer {
        Some(answer) => conclusion.switch("mapping_answer", answer),
        None => conclusion,
    }
}

pub(super) fn mapping_second(log: &Log) -> Conclusion {
    const NAME: &str = "mapping-second";
    let (Some(again), Some(after)) = (log.answer("mappings/again"), log.json("mappings/after")) else {
        return unsettled(log, NAME, "mappings/again");
    };
    let sent = log
        .ask("mappings/again")
        .and_then(|one| serde_json::from_str::<Value>(one.request.body.as_deref()?).ok())
        .unwrap_or_default();
    let (code, tax) = (
        sent.get("TaxCode").cloned().unwrap_or_default(),
        sent.get("DestinationTaxId").and_then(Value::as_i64),
    );
    let of_code: Vec<Option<i64>> = after
        .as_array()
        .into_iter()
        .flatten()
        .filter(|mapping| member(mapping, "TaxCode") == Some(&code))
        .map(|mapping| member(mapping, "DestinationTaxId").and_then(Value::as_i64))
        .collect();
    let (value, text) = match (again.is_success(), of_code.as_slice()) {
        (false, _) => ("refused", format!("it is refused with {}", again.status)),
        (true, [one]) if *one == tax => ("replaces", "it takes the place of the first".to_owned()),
        (true, [_]) => (
            "ignored",
            "it is answered like a success, and the first stays".to_owned(),
        ),
        (true, many) => ("beside", format!("there are {} of one code then", many.len())),
    };
    let support = [steps(log, "mappings/again"), steps(log, "mappings/after")].concat();
    let conclusion = Conclusion::answer(NAME, value, text).resting_on(support);
    match value {
        "refused" | "replaces" | "ignored" => conclusion.switch("second_mapping", value),
        _ => conclusion,
    }
}
