//! Paths, headers, errors, statuses, files, reports, mappings, and the pace.

use serde_json::Value;

use super::view::{listed, names, said, steps, unsettled};
use crate::{
    conclusion::Conclusion,
    exchange::{Answer, member},
    log::Log,
};

/// The device's configuration, which travels as JSON inside a string.
pub(crate) fn config(answer: &Answer) -> Option<Value> {
    let config = answer.member("CurrentConfig")?;
    match config {
        Value::String(text) => serde_json::from_str(&text).ok(),
        Value::Object(_) => Some(config),
        _ => None,
    }
}

/// Several answers in one conclusion, each under its label.
fn together(log: &Log, question: &str, variants: &[(&str, &str)]) -> Conclusion {
    let mut parts = Vec::new();
    let mut support = Vec::new();
    for (label, variant) in variants {
        if log.under(variant).next().is_none() {
            continue;
        }
        let Some(answer) = log.answer(variant) else {
            return unsettled(log, question, variant);
        };
        parts.push(if label.is_empty() {
            said(answer)
        } else {
            format!("{label}: {}", said(answer))
        });
        support.extend(steps(log, variant));
    }
    let text = parts.join("; ");
    Conclusion::answer(question, text.clone(), text).resting_on(support)
}

pub(super) fn plain(log: &Log, question: &str) -> Conclusion {
    match question {
        "test-operation" => together(log, question, &[("POST test", "paths/test")]),
        "client-count" => together(log, question, &[("", "headers/client-count")]),
        "signature-get" => together(log, question, &[("", "headers/signed-get")]),
        "status-empty" => together(log, question, &[("", "status/empty")]),
        "status-unknown" => together(log, question, &[("an id", "status/unknown"), ("no id", "status/no-id")]),
        "status-limit" => together(log, question, &[("101 ids", "status/many")]),
        "status-old" => together(log, question, &[("", "status/old")]),
        "download-missing" => together(log, question, &[("", "files/missing")]),
        "z-reports" => z_reports(log),
        _ => together(
            log,
            question,
            &[
                ("broken JSON", "errors/broken-json"),
                ("wrong shape", "errors/wrong-shape"),
                ("key of nobody", "errors/other-key"),
                ("unknown path", "errors/no-path"),
                ("unknown mapping", "errors/no-mapping"),
                ("wrong method", "errors/wrong-method"),
                ("wrong type", "errors/wrong-type"),
                ("2 MB", "errors/too-long"),
            ],
        ),
    }
}

fn z_reports(log: &Log) -> Conclusion {
    let variants = [
        ("list", "reports/list"),
        ("pageIndex", "reports/page-index"),
        ("pageNumber", "reports/page-number"),
        ("page", "reports/page"),
        ("order", "reports/order"),
        ("one", "reports/one"),
        ("PDF", "reports/pdf"),
    ];
    let all = together(log, "z-reports", &variants);
    let fields = log.json("reports/list").map(|list| listed(names(&list)));
    match (all.finding.clone(), fields) {
        (crate::Finding::Answer { said, .. }, Some(fields)) => {
            let text = format!("{said}; members of the list: {fields}");
            Conclusion::answer("z-reports", text.clone(), text).resting_on(all.support)
        }
        _ => all,
    }
}

pub(super) fn base_path(log: &Log) -> Conclusion {
    const NAME: &str = "base-path";
    let (Some(root), Some(api)) = (log.answer("paths/root"), log.answer("paths/api")) else {
        return unsettled(log, NAME, "paths");
    };
    let (value, said) = match (root.is_success(), api.is_success()) {
        (false, true) => ("/api", "/api is before every operation"),
        (true, false) => ("none", "nothing is before an operation"),
        (true, true) => ("both", "both do: with /api and without"),
        (false, false) => (
            "other",
            "neither /api nor nothing: the address that was given has another path",
        ),
    };
    let support = [steps(log, "paths/root"), steps(log, "paths/api")].concat();
    let conclusion = Conclusion::answer(NAME, value, said).resting_on(support);
    let own = log
        .ask("account/profile")
        .map(|profile| profile.request.path.trim_end_matches("/profile").to_owned());
    match own {
        Some(own) => conclusion.switch("base_path", own),
        None => conclusion,
    }
}

/// Whether requests without something are refused.
fn refused(log: &Log, variants: &[&str]) -> Option<Vec<bool>> {
    variants
        .iter()
        .map(|variant| log.answer(variant).map(|answer| !answer.is_success()))
        .collect()
}

pub(super) fn identity(log: &Log) -> Conclusion {
    const NAME: &str = "identity";
    let get = ["headers/no-application", "headers/no-station", "headers/empty-station"];
    let post = ["headers/post-no-application", "headers/post-empty-station"];
    let (Some(get_refused), Some(post_refused), Some(all)) =
        (refused(log, &get), refused(log, &post), log.answer("headers/all"))
    else {
        return unsettled(log, NAME, "headers");
    };
    let support: Vec<String> = get
        .iter()
        .chain(&post)
        .flat_map(|variant| steps(log, variant))
        .collect();
    if !all.is_success() {
        return Conclusion::not_settled(NAME, "a request with every header is refused too").resting_on(support);
    }
    let every: Vec<bool> = get_refused.iter().chain(&post_refused).copied().collect();
    if every.iter().all(|refused| *refused) {
        return Conclusion::answer(NAME, "true", "yes: refused without them, on every request")
            .resting_on(support)
            .switch("enforce_identity", "true");
    }
    if !every.iter().any(|refused| *refused) {
        return Conclusion::answer(NAME, "false", "no: not looked at")
            .resting_on(support)
            .switch("enforce_identity", "false");
    }
    let said = get.iter().chain(&post).zip(&every).map(|(variant, refused)| {
        format!(
            "{} {}",
            variant.trim_start_matches("headers/"),
            if *refused { "refused" } else { "taken" }
        )
    });
    let said = listed(said);
    Conclusion::answer(NAME, "in-part", said).resting_on(support)
}

pub(super) fn version(log: &Log) -> Conclusion {
    const NAME: &str = "version";
    let (Some(without), Some(all)) = (log.answer("headers/no-version"), log.answer("headers/all")) else {
        return unsettled(log, NAME, "headers/no-version");
    };
    let support = [steps(log, "headers/no-version"), steps(log, "headers/all")].concat();
    if !all.is_success() {
        return Conclusion::not_settled(NAME, "a request with every header is refused too").resting_on(support);
    }
    let enforced = !without.is_success();
    let text = if enforced {
        format!("yes: {} without it", without.status)
    } else {
        "no: not looked at".to_owned()
    };
    Conclusion::answer(NAME, enforced.to_string(), text)
        .resting_on(support)
        .switch("enforce_version", enforced.to_string())
}

pub(super) fn signature(log: &Log) -> Conclusion {
    const NAME: &str = "signature";
    let variants = ["headers/post-unsigned", "headers/post-wrongly-signed"];
    let (Some(refused), Some(good)) = (refused(log, &variants), log.answer("headers/post")) else {
        return unsettled(log, NAME, "headers/post");
    };
    let support: Vec<String> = variants.iter().flat_map(|variant| steps(log, variant)).collect();
    if matches!(good.status, 401 | 403) {
        return Conclusion::not_settled(
            NAME,
            "a rightly signed request is refused too: the secret may be another key's",
        )
        .resting_on(support);
    }
    let (value, text) = match refused.as_slice() {
        [true, true] => ("checked", "yes: refused without it, and with that of other bytes"),
        [true, false] => ("asked-for", "it must be there, and is not compared with the body"),
        [false, true] => ("when-there", "it may be missing, and must be right where it is"),
        _ => (
            "not-checked",
            "no: requests without it and with a wrong one are answered",
        ),
    };
    Conclusion::answer(NAME, value, text).resting_on(support)
}

pub(super) fn mapping_answers(log: &Log) -> Conclusion {
    const NAME: &str = "mapping-answers";
    let delete = log
        .all()
        .iter()
        .find(|one| one.step.starts_with("mappings/delete-") && one.steady().is_some());
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
    Conclusion::answer(NAME, text.clone(), text).resting_on(support)
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

/// In each burst: after how many calls the first 429 came, if one did, and how many calls there were.
fn bursts(log: &Log) -> Vec<(Option<usize>, usize)> {
    (1..=log.attempts("rate/burst"))
        .map(|burst| {
            let prefix = format!("rate/burst/{burst}");
            let calls: Vec<_> = log.under(&prefix).collect();
            let limit = calls
                .iter()
                .position(|call| call.answer().is_some_and(|answer| answer.status == 429));
            (limit.map(|place| place + 1), calls.len())
        })
        .collect()
}

/// Whether no more bursts are needed.
pub(crate) fn rate_is_known(log: &Log) -> bool {
    matches!(rate(log).finding, crate::Finding::Answer { .. })
}

pub(super) fn rate(log: &Log) -> Conclusion {
    const NAME: &str = "rate";
    const WHOLE: usize = 30;
    let bursts = bursts(log);
    let support = log.under("rate/burst").map(|one| one.step.clone());
    if bursts.iter().any(|(limit, calls)| limit.is_none() && *calls >= WHOLE) {
        return Conclusion::answer(NAME, "none-in-30", "none: 30 calls without a pause were answered")
            .resting_on(support);
    }
    let limits: Vec<usize> = bursts.iter().filter_map(|(limit, _)| *limit).collect();
    match limits.as_slice() {
        [.., before, last] if before.abs_diff(*last) <= 2 => {
            Conclusion::answer(NAME, "limited", format!("a 429 after {last} calls, twice")).resting_on(support)
        }
        [.., last] => Conclusion::not_settled(
            NAME,
            format!("a 429 came after {last} calls; `fh probe --resume` tells whether it comes again"),
        )
        .resting_on(support),
        [] => unsettled(log, NAME, "rate/burst"),
    }
}
