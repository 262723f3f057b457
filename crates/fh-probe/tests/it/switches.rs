//! Under random settings of all its switches, the simulator is seen through: each switch that can be seen from outside is named rightly, one
//! that another hides is called hidden, and a simulator taught with what was seen answers a second probe in the same way.

use std::collections::{BTreeMap, BTreeSet};

use fh_probe::{Bundle, Exchange, Finding, Outcome};
use fh_sim::{Options, Profile, RCPT_CODES, SWITCHES, Values};
use tempfile::tempdir;

use crate::harness::{of, run, sim};

/// How a switch shows: the question that names it.
const VISIBLE: [(&str, &str); 54] = [
    ("repeat", "repeat"),
    ("repeat_with_retry", "repeat-with-retry"),
    ("rejected_again", "correction"),
    ("changed_content", "repeat-other-content"),
    ("unique_numbers", "unique-numbers"),
    ("pending", "pending"),
    ("status_unknown", "status-unknown"),
    ("status_empty", "status-empty"),
    ("submit_answer", "submit-answer"),
    ("key_case", "key-case"),
    ("error_body", "error-bodies"),
    ("error_codes", "error-codes"),
    ("base_path", "base-path"),
    ("guessed_paths", "test-operation"),
    ("subscription", "subscription-fields"),
    ("z_report_page", "z-reports"),
    ("z_report_paging", "z-report-paging"),
    ("z_report_fields", "z-report-fields"),
    ("z_report_pdf", "z-report-pdf"),
    ("body_limit", "body-limit"),
    ("pdf_type", "pdf"),
    ("missing_pdf", "download-missing"),
    ("mapping_created", "mapping-answers"),
    ("mapping_answer", "mapping-answers"),
    ("second_mapping", "mapping-second"),
    ("tax_codes", "tax-id-as-code"),
    ("numeric_strings", "numeric-strings"),
    ("unknown_fields", "unknown-fields"),
    ("constraints", "lengths"),
    ("incomplete_address", "address"),
    ("empty_buyer", "no-buyer"),
    ("empty_tin", "empty-tin"),
    ("empty_reference", "empty-reference"),
    ("empty_original", "empty-original"),
    ("empty_hs_code", "empty-hs-code"),
    ("six_digit_hs_code", "hs-6"),
    ("ten_digit_hs_code", "hs-10"),
    ("payment_method_required", "payment-method"),
    ("cash_prefix", "cash-prefix"),
    ("naive_dates", "naive-date"),
    ("offset_dates", "date-offset"),
    ("receipt_date", "date-reaches-receipt"),
    ("enforce_identity", "identity"),
    ("empty_station", "identity"),
    ("enforce_version", "version"),
    ("enforce_client_count", "client-count"),
    ("get_signature", "signature-get"),
    ("unit_price", "line-amount"),
    ("discount", "discount"),
    ("discount_of", "discount"),
    ("header_total", "total"),
    ("header_total_tax", "total-tax"),
    ("header_sub_total", "sub-total"),
    ("ties", "tie"),
];

/// The same, of the world rather than of the service's behaviour.
const OF_THE_WORLD: [(&str, &str); 3] = [
    ("vat_payer", "vat-payer"),
    ("fiscal_day_hours", "device-config"),
    ("world", "mapped"),
];

/// Switches that cannot be seen from outside, and why.
const NEVER: [(&str, &str); 6] = [
    (
        "settle_delay_ms",
        "a time: it is measured, and the measure holds the way there and back",
    ),
    ("settle_spread", "times are measured, not the law by which they differ"),
    (
        "status_too_old",
        "it needs a request that is older than seven days; a resumed probe asks then",
    ),
    (
        "rate_limit",
        "the rate question stops at the first 429 or after 30 calls; a figure above is not seen",
    ),
    (
        "webhook_cookies",
        "how the service takes a receiver's cookies shows in the portal",
    ),
    (
        "webhook_burst",
        "it needs a person who presses Save & Test; see the test of webhooks",
    ),
];

/// Codes whose colour follows from a switch of their own, which this test sets instead.
const SWITCHED: [&str; 12] = [
    // Whether the first document is before the day's opening hangs on the clock alone.
    "RCPT014", "RCPT013", "RCPT015", "RCPT019", "RCPT024", "RCPT026", "RCPT027", "RCPT034", "RCPT037", "RCPT038",
    "RCPT047", "RCPT048",
];

/// Why the other codes' colours do not show; that of RCPT030 does.
fn unseen(code: &str) -> &'static str {
    match code {
        "RCPT011" | "RCPT012" | "RCPT020" => "the service numbers and signs receipts; no document can provoke it",
        "RCPT014" => {
            "it shows when it is red and the day was opened less than an hour ago, which the probe cannot know"
        }
        "RCPT031" => "a date ahead of the clock spoils the numbering of real receipts, so it is never provoked",
        _ => "no question of the probe provokes it",
    }
}

/// The values that a switch takes in the settings.
fn values(name: &str) -> Vec<String> {
    match name {
        "base_path" => ["/api", "", "/fh/v2"].map(str::to_owned).to_vec(),
        "fiscal_day_hours" => ["24", "12"].map(str::to_owned).to_vec(),
        "body_limit" => ["1048576", "65536", "4194304", "0"].map(str::to_owned).to_vec(),
        "settle_spread" => ["none", "20%"].map(str::to_owned).to_vec(),
        "settle_delay_ms" => ["25"].map(str::to_owned).to_vec(),
        "rate_limit" => ["0"].map(str::to_owned).to_vec(),
        name => match SWITCHES.iter().find(|switch| switch.name == name).unwrap().values {
            Values::OneOf(values) => values.iter().map(|value| value.name.to_owned()).collect(),
            other => panic!("{name}: {other:?}"),
        },
    }
}

/// As many settings, in which each value of each switch comes up as often as the others.
fn settings(count: usize, seed: u64) -> Vec<BTreeMap<String, String>> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut settings = vec![BTreeMap::new(); count];
    let mut deal = |name: &str, values: &[String]| {
        let mut dealt: Vec<&String> = values.iter().cycle().take(count).collect();
        random.shuffle(&mut dealt);
        for (setting, value) in settings.iter_mut().zip(dealt) {
            setting.insert(name.to_owned(), value.clone());
        }
    };
    for switch in SWITCHES {
        deal(switch.name, &values(switch.name));
    }
    let colours = ["red", "yellow", "red", "off"].map(str::to_owned);
    for code in RCPT_CODES.iter().filter(|code| !SWITCHED.contains(&code.code)) {
        deal(&format!("colours.{}", code.code), &colours);
    }
    settings
}

/// What a probe must say of a switch under a setting: its value, or what hides it.
enum Expected {
    Value(String),
    Hidden(&'static str),
}

fn expected(name: &str, setting: &BTreeMap<String, String>) -> Expected {
    let set = |name: &str| setting[name].as_str();
    let is_red = |code: &str| set(&format!("colours.{code}")) == "red";
    let value = |value: &str| Expected::Value(value.to_owned());
    let total_is_checked = set("header_total") == "checked";
    let tax_is_checked = set("header_total_tax") == "checked";
    let a_head_is_checked = total_is_checked || tax_is_checked || set("header_sub_total") == "checked";
    let named = set("error_codes") == "true";
    let date_passed_on = set("receipt_date") == "document";
    let back_is_rejected = date_passed_on && is_red("RCPT030");
    match name {
        // A remark in yellow is not told to the caller.
        "header_total" | "header_total_tax" | "header_sub_total" if set(name) == "ignored" => value("remarked"),
        "unit_price" => match (set(name), a_head_is_checked) {
            ("checked", true) | ("recomputed", true) if !named => Expected::Hidden("error-codes"),
            ("ignored", false) | ("recomputed", false) => Expected::Hidden("total"),
            (set, _) => value(set),
        },
        "discount" | "discount_of" => {
            let discount = set("discount");
            match (set("unit_price"), a_head_is_checked) {
                ("ignored", _) | ("recomputed", false) => Expected::Hidden("line-amount"),
                // Computed anew, only one amount fits.
                _ if name == "discount_of" && discount == "unit-after-discount" => Expected::Hidden("discount"),
                ("recomputed", true) if name == "discount" && discount == "either" => value("net-of-discount"),
                _ => value(set(name)),
            }
        }
        "ties" if set("vat_payer") == "false" => Expected::Hidden("vat-payer"),
        "ties" if !total_is_checked && !tax_is_checked => Expected::Hidden("total-tax"),
        "z_report_paging" | "z_report_fields" | "z_report_pdf" if set("world") == "empty" => {
            Expected::Hidden("z-reports")
        }
        "changed_content" if set("repeat_with_retry") == "conflict" => Expected::Hidden("repeat-with-retry"),
        "empty_station" if set("enforce_identity") == "false" => Expected::Hidden("identity"),
        "empty_hs_code" if set(name) == "authority" && set("vat_payer") == "false" => value("taken"),
        "naive_dates" if set(name) == "refused" => value("refused"),
        "naive_dates" | "offset_dates" if back_is_rejected => Expected::Hidden("date-order"),
        "naive_dates" | "offset_dates" if !date_passed_on => Expected::Hidden("date-reaches-receipt"),
        _ => value(set(name)),
    }
}

/// What a probe must say of the order of dates: whether it is red, or what hides it.
fn expected_order(setting: &BTreeMap<String, String>) -> Result<bool, &'static str> {
    let is_red = |code: &str| setting[&format!("colours.{code}")] == "red";
    if setting["receipt_date"] == "acceptance" {
        return Err("date-reaches-receipt");
    }
    if setting["error_codes"] == "false" && is_red("RCPT030") {
        return Err("error-codes");
    }
    Ok(is_red("RCPT030"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_switch_that_shows_is_named_and_a_simulator_so_taught_answers_the_same() {
    let is_long = std::env::var_os("FH_LONG_TESTS").is_some();
    let (count, seed) = if is_long { (32, 4) } else { (3, 4) };
    let shown: Vec<(&str, &str)> = VISIBLE.into_iter().chain(OF_THE_WORLD).collect();
    let known: BTreeSet<&str> = shown.iter().chain(&NEVER).map(|(name, _)| *name).collect();
    let there: BTreeSet<&str> = SWITCHES.iter().map(|switch| switch.name).collect();
    assert_eq!(
        known, there,
        "a switch that shows, or one with a reason why it does not"
    );
    assert!(
        RCPT_CODES
            .iter()
            .all(|code| SWITCHED.contains(&code.code) || !unseen(code.code).is_empty())
    );

    let mut wrong = Vec::new();
    for (number, setting) in settings(count, seed).iter().enumerate() {
        let mut options = Options::default();
        for (name, value) in setting {
            options.set(name, value).unwrap();
        }
        let first = probe(options).await;
        let told = |question: &str| {
            first
                .bundle
                .conclusions
                .iter()
                .find(|one| one.question == question)
                .unwrap()
        };
        let switch = |name: &str| first.bundle.switches.get(name);
        for (name, question) in &shown {
            let (told, said) = (told(question), switch(name));
            let is_right = match expected(name, setting) {
                Expected::Value(value) => said == Some(&value),
                // Its own question is answered, and the part of it that names the switch is not.
                Expected::Hidden(by)
                    if by == *question || (*name == "discount_of" && by == "discount") || *name == "empty_station" =>
                {
                    said.is_none()
                }
                // A profile may hold the value that behaves as what was seen.
                Expected::Hidden(by) => matches!(&told.finding, Finding::Hidden { by: told, .. } if told == by),
            };
            if !is_right {
                wrong.push(format!(
                    "setting {number}, {name} = {}: {said:?}, {told:?}",
                    setting[*name]
                ));
            }
        }
        let is_right = match expected_order(setting) {
            Ok(red) => switch("colours.RCPT030").map(|colour| colour == "red") == Some(red),
            Err(by) => matches!(&told("date-order").finding, Finding::Hidden { by: told, .. } if told == by),
        };
        if !is_right {
            wrong.push(format!("setting {number}, RCPT030: {:?}", told("date-order")));
        }
        let profile = Profile::parse(&first.bundle.profile()).unwrap();
        let second = probe(profile.options().unwrap()).await;
        wrong.extend(
            differences(&first.bundle, &second.bundle)
                .into_iter()
                .map(|step| format!("setting {number}, taught: {step}")),
        );
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

async fn probe(options: Options) -> Outcome {
    let folder = tempdir().unwrap();
    let sim = sim(options).await;
    let probe = of(&sim, &folder.path().join("probe.jsonl")).red(true);
    let mut outcome = run(&probe, false).await.unwrap();
    // Where reasons name no codes each rejection is confirmed, and one run's documents may not be enough.
    for _ in 0..2 {
        if outcome.cut_short.is_some() {
            outcome = run(&probe, true).await.unwrap();
        }
    }
    assert_eq!(outcome.cut_short, None);
    outcome
}

/// Where two bundles hold other answers to the same questions, but for ids and times.
pub(crate) fn differences(one: &Bundle, other: &Bundle) -> Vec<String> {
    let (one, other) = (shown(&one.exchanges), shown(&other.exchanges));
    let steps: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    // Of two sendings of one moment either may be settled first, where those times are spread, and both may fall into one second, which the
    // authority may mind: so the document may have to be sent once more.
    let at_once = |step: &str| {
        step.starts_with("repeats/pending/") && (step.ends_with("/poll") || !step.starts_with("repeats/pending/1/"))
    };
    let differ = steps
        .into_iter()
        .filter(|step| !at_once(step) && one.get(*step) != other.get(*step));
    differ
        .map(|step| format!("{step}:\n  {:?}\n  {:?}", one.get(step), other.get(step)))
        .collect()
}

/// Each step with what was answered at last, without ids and times. How often a result was asked for hangs on the time.
fn shown(exchanges: &[Exchange]) -> BTreeMap<String, String> {
    let told = exchanges.iter().map(|exchange| {
        let step = match exchange.step.split_once("/poll-") {
            Some((attempt, _)) => format!("{attempt}/poll"),
            None => exchange.step.clone(),
        };
        // Ids of mappings stand in the names of their steps.
        let step = if step.starts_with("mappings/delete-") {
            "mappings/delete".to_owned()
        } else {
            step
        };
        let answer = exchange.answer().map_or_else(
            || format!("{:?}", exchange.reply),
            |answer| {
                format!(
                    "{} {} {}",
                    answer.status,
                    answer.media_type(),
                    without_ids(&by_codes(&answer.body))
                )
            },
        );
        (step, answer)
    });
    told.collect()
}

/// An answer whose reasons are the codes in them: their words are the simulator's own.
fn by_codes(body: &str) -> String {
    let Ok(mut value) = serde_json::from_str::<serde_json::Value>(body) else {
        return body.to_owned();
    };
    for record in value
        .as_array_mut()
        .into_iter()
        .flatten()
        .filter_map(serde_json::Value::as_object_mut)
    {
        for (_, value) in record.iter_mut().filter(|(name, _)| name.eq_ignore_ascii_case("error")) {
            let codes = value.as_str().map(fh_probe::verdict::codes);
            let letters = |code: &String| {
                code.chars()
                    .map(|digit| char::from(digit as u8 + 20))
                    .collect::<String>()
            };
            if let Some(codes) = codes {
                *value = codes.iter().map(letters).collect::<Vec<_>>().join(" ").into();
            }
        }
    }
    value.to_string()
}

/// A text without what differs from probe to probe: ids, pseudonyms, numbers.
fn without_ids(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let token: String = rest
            .chars()
            .take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '-')
            .collect();
        if token.starts_with("FH-PROBE-") || token.starts_with("FHPROBE") {
            out.push_str("FHPROBE");
        } else if rest.starts_with("00-") {
            // A trace id.
            rest = rest.trim_start_matches(|letter: char| letter.is_ascii_hexdigit() || "-<>digts".contains(letter));
            continue;
        } else if rest.starts_with('<') && rest.contains('>') {
            let end = rest.find('>').unwrap();
            out.push_str(rest[..end].split('-').next().unwrap());
            rest = &rest[end..];
            continue;
        } else {
            out.extend(token.chars().filter(|letter| !letter.is_ascii_digit()));
        }
        if token.is_empty() {
            out.push(letter);
            rest = &rest[letter.len_utf8()..];
        } else {
            rest = &rest[token.len()..];
        }
    }
    out
}

#[test]
fn in_the_settings_each_value_that_can_be_told_apart_comes_up_unhidden() {
    let settings = settings(32, 4);
    for (name, _) in VISIBLE.into_iter().chain(OF_THE_WORLD) {
        let unhidden = settings.iter().filter_map(|setting| match expected(name, setting) {
            Expected::Value(value) if value == setting[name] => Some(value),
            _ => None,
        });
        let unhidden: BTreeSet<String> = unhidden.collect();
        // Nobody outside can tell a remark in yellow from no look at all.
        let alike = |value: &String| name.starts_with("header_") && value == "ignored";
        let wanted: BTreeSet<String> = values(name).into_iter().filter(|value| !alike(value)).collect();
        assert_eq!(unhidden, wanted, "{name}");
    }
}
