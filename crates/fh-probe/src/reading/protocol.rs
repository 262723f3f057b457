//! Paths, headers, errors, statuses, files, reports, mappings, and the pace.

use serde_json::Value;

use super::view::{listed, said, steps, unsettled};
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

/// The switch that follows from one answer, if it is one that the simulator knows.
fn switched(log: &Log, question: &str) -> Option<(&'static str, &'static str)> {
    let pick = |variant: &str| log.answer(variant);
    let unknown = |variant: &str| {
        let answer = pick(variant)?;
        let value = match (answer.status, answer.json()) {
            (404, _) => "not-found",
            (200, Some(Value::Array(items))) => match items.first() {
                None => "left-out",
                Some(item) if member(item, "Error").is_some_and(Value::is_string) => "failed",
                Some(_) => "pending",
            },
            _ => return None,
        };
        Some(value)
    };
    match question {
        "status-unknown" => Some(("status_unknown", unknown("status/unknown")?)),
        "status-old" => Some(("status_too_old", unknown("status/old")?)),
        "status-empty" => Some((
            "status_empty",
            if pick("status/empty")?.is_success() {
                "empty-list"
            } else {
                "refused"
            },
        )),
        "test-operation" => {
            let value = if pick("paths/test")?.is_success() {
                "served"
            } else {
                "not-found"
            };
            Some(("guessed_paths", value))
        }
        "download-missing" => {
            let answer = pick("files/missing")?;
            let value = match (answer.status, answer.bytes) {
                (404, _) => "not-found",
                (200, 0) => "empty",
                (200, _) if answer.media_type() == "text/html" => "page",
                _ => return None,
            };
            Some(("missing_pdf", value))
        }
        "error-bodies" => {
            let answer = pick("errors/broken-json")?;
            let has = |name: &str| answer.member(name).is_some();
            let value = match answer.bytes {
                0 => "empty",
                _ if answer.media_type() == "text/html" => "html",
                _ if has("title") => "problem-details",
                _ if has("message") => "message",
                _ => return None,
            };
            Some(("error_body", value))
        }
        _ => None,
    }
}

pub(super) fn plain(log: &Log, question: &str) -> Conclusion {
    let conclusion = told(log, question);
    match switched(log, question) {
        Some((switch, value)) if matches!(conclusion.finding, crate::Finding::Answer { .. }) => {
            conclusion.switch(switch, value)
        }
        _ => conclusion,
    }
}

fn told(log: &Log, question: &str) -> Conclusion {
    match question {
        "test-operation" => together(log, question, &[("POST test", "paths/test")]),
        "status-empty" => together(log, question, &[("", "status/empty")]),
        "status-unknown" => together(log, question, &[("an id", "status/unknown"), ("no id", "status/no-id")]),
        "status-limit" => together(log, question, &[("101 ids", "status/many")]),
        "status-old" => together(log, question, &[("", "status/old")]),
        "download-missing" => together(log, question, &[("", "files/missing")]),
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

/// The bodies that are tried, by their names: a byte more than so many each.
pub(crate) const BODY_LIMITS: [(&str, usize); 3] = [
    ("64-kib", 64 * 1024),
    ("1-mib", 1024 * 1024),
    ("4-mib", 4 * 1024 * 1024),
];

pub(super) fn body_limit(log: &Log) -> Conclusion {
    const NAME: &str = "body-limit";
    let mut support = Vec::new();
    let mut taken = 0;
    for (name, limit) in BODY_LIMITS {
        let variant = format!("bodies/{name}");
        let Some(answer) = log.answer(&variant) else {
            return unsettled(log, NAME, &variant);
        };
        support.extend(steps(log, &variant));
        if answer.status == 413 {
            let said = format!("more than {taken} bytes and at most {limit}: 413 beyond");
            return Conclusion::answer(NAME, limit.to_string(), said)
                .resting_on(support)
                .switch("body_limit", limit.to_string());
        }
        taken = limit;
    }
    Conclusion::answer(NAME, "0", format!("none up to {taken} bytes, and more was not sent"))
        .resting_on(support)
        .switch("body_limit", "0")
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

/// Whether requests without something are refused: not answered as the same request with everything is.
fn refused(log: &Log, variants: &[&str]) -> Option<Vec<bool>> {
    let usual = log.answer("headers/post").map(|answer| answer.status);
    let is_refused = |answer: &Answer, variant: &str| {
        let is_usual = variant.starts_with("headers/post") && Some(answer.status) == usual;
        !answer.is_success() && !is_usual
    };
    variants
        .iter()
        .map(|variant| log.answer(variant).map(|answer| is_refused(answer, variant)))
        .collect()
}

pub(super) fn identity(log: &Log) -> Conclusion {
    const NAME: &str = "identity";
    let missing = [
        "headers/no-application",
        "headers/no-station",
        "headers/post-no-application",
    ];
    let empty = ["headers/empty-station", "headers/post-empty-station"];
    let (Some(missing_refused), Some(empty_refused), Some(all)) =
        (refused(log, &missing), refused(log, &empty), log.answer("headers/all"))
    else {
        return unsettled(log, NAME, "headers");
    };
    let variants = missing.iter().chain(&empty);
    let support: Vec<String> = variants.clone().flat_map(|variant| steps(log, variant)).collect();
    if !all.is_success() {
        return Conclusion::not_settled(NAME, "a request with every header is refused too").resting_on(support);
    }
    let every = |all: &[bool], wanted: bool| all.iter().all(|refused| *refused == wanted);
    if every(&missing_refused, true) && (every(&empty_refused, true) || every(&empty_refused, false)) {
        let (value, said) = match every(&empty_refused, true) {
            true => (
                "refused",
                "yes: refused without them or with an empty station, on every request",
            ),
            false => ("taken", "yes: refused without them; an empty station is taken"),
        };
        return Conclusion::answer(NAME, "true", said)
            .resting_on(support)
            .switch("enforce_identity", "true")
            .switch("empty_station", value);
    }
    if every(&missing_refused, false) && every(&empty_refused, false) {
        return Conclusion::answer(NAME, "false", "no: not looked at")
            .resting_on(support)
            .switch("enforce_identity", "false");
    }
    let all = missing_refused.iter().chain(&empty_refused);
    let said = variants.zip(all).map(|(variant, refused)| {
        let word = if *refused { "refused" } else { "taken" };
        format!("{} {word}", variant.trim_start_matches("headers/"))
    });
    Conclusion::answer(NAME, "in-part", listed(said)).resting_on(support)
}

/// Whether a header that is sent where the service turned out to want it may be missing.
pub(super) fn client_count(log: &Log) -> Conclusion {
    const NAME: &str = "client-count";
    let (Some(with), Some(without)) = (
        log.answer("headers/client-count"),
        log.answer("headers/no-client-count"),
    ) else {
        return unsettled(log, NAME, "headers/client-count");
    };
    let support = [
        steps(log, "headers/client-count"),
        steps(log, "headers/no-client-count"),
    ]
    .concat();
    match (with.is_success(), without.is_success()) {
        (true, false) => Conclusion::answer(NAME, "true", format!("yes: {} without it", without.status))
            .resting_on(support)
            .switch("enforce_client_count", "true"),
        (true, true) => Conclusion::answer(NAME, "false", "no; where it is, it is taken")
            .resting_on(support)
            .switch("enforce_client_count", "false"),
        (false, _) => Conclusion::answer(NAME, "refused", format!("with it: {}", said(with))).resting_on(support),
    }
}

pub(super) fn signature_get(log: &Log) -> Conclusion {
    const NAME: &str = "signature-get";
    let (Some(wrong), Some(without)) = (log.answer("headers/signed-get"), log.answer("headers/unsigned-get")) else {
        return unsettled(log, NAME, "headers/signed-get");
    };
    let support = [steps(log, "headers/signed-get"), steps(log, "headers/unsigned-get")].concat();
    match (wrong.is_success(), without.is_success()) {
        (true, true) => Conclusion::answer(NAME, "ignored", "no; one that is there is not looked at")
            .resting_on(support)
            .switch("get_signature", "ignored"),
        (false, false) => Conclusion::answer(NAME, "required", format!("yes: {} without it", without.status))
            .resting_on(support)
            .switch("get_signature", "required"),
        (false, true) => {
            Conclusion::answer(NAME, "checked-when-there", "no; a wrong one is refused").resting_on(support)
        }
        (true, false) => Conclusion::answer(NAME, "must-be-there", "yes, and it is not looked at").resting_on(support),
    }
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
