//! Under random settings of all its switches, the simulator is seen through: each switch that can be seen from outside is named rightly, one
//! that another hides is called hidden, and a simulator taught with what was seen answers a second probe in the same way.

use std::collections::{BTreeMap, BTreeSet};

use fh_probe::{Bundle, Exchange, Finding, Outcome};
use fh_sim::{Options, Profile, RCPT_CODES, SWITCHES, Values};
use tempfile::tempdir;

use crate::harness::{of, run, sim};

/// How a switch shows: the question that names it.
const VISIBLE: [(&str, &str); 16] = [
    ("repeat", "repeat"),
    ("repeat_with_retry", "repeat-with-retry"),
    ("rejected_again", "correction"),
    ("unique_numbers", "unique-numbers"),
    ("pending", "pending"),
    ("submit_answer", "submit-answer"),
    ("key_case", "key-case"),
    ("base_path", "base-path"),
    ("numeric_strings", "numeric-strings"),
    ("unknown_fields", "unknown-fields"),
    ("constraints", "lengths"),
    ("enforce_identity", "identity"),
    ("enforce_version", "version"),
    ("discount", "discount"),
    ("vat_payer", "vat-payer"),
    ("fiscal_day_hours", "device-config"),
];

/// Colours that show, by the question whose document provokes the code.
const COLOURS: [(&str, &str); 8] = [
    ("RCPT019", "total"),
    ("RCPT024", "line-amount"),
    ("RCPT026", "total-tax"),
    ("RCPT027", "sub-total"),
    ("RCPT030", "date-order"),
    ("RCPT034", "empty-reason"),
    ("RCPT038", "total"),
    ("RCPT048", "hs-6"),
];

/// Switches that cannot be seen from outside, and why.
const NEVER: [(&str, &str); 2] = [
    (
        "settle_delay_ms",
        "a time: it is measured, and the measure holds the way there and back",
    ),
    ("settle_spread", "times are measured, not the law by which they differ"),
];

/// Why the other codes' colours do not show.
fn unseen(code: &str) -> &'static str {
    match code {
        "RCPT011" | "RCPT012" | "RCPT020" => "the service numbers and signs receipts; no document can provoke it",
        "RCPT013" => "seen through the switch unique_numbers",
        "RCPT014" => "seen beside RCPT030 when the day was opened by the probe",
        "RCPT031" => "a date ahead of the clock spoils the numbering of real receipts, so it is never provoked",
        "RCPT037" => "seen beside RCPT026 and RCPT038 in the document of the tie",
        _ => "no question of the probe provokes it",
    }
}

/// The values that a switch takes in the settings.
fn values(name: &str) -> Vec<String> {
    match name {
        "base_path" => ["/api", "", "/fh/v2"].map(str::to_owned).to_vec(),
        "fiscal_day_hours" => ["24", "12"].map(str::to_owned).to_vec(),
        "settle_spread" => ["none", "20%"].map(str::to_owned).to_vec(),
        "settle_delay_ms" => ["60"].map(str::to_owned).to_vec(),
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
    for code in RCPT_CODES {
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
    let is_red = |code: &str| setting[&format!("colours.{code}")] == "red";
    match name {
        // A number that is checked, and whose fault is not red, is not checked for whoever stands outside.
        "unique_numbers" => Expected::Value((setting[name] == "true" && is_red("RCPT013")).to_string()),
        "discount" if !is_red("RCPT024") => Expected::Hidden("line-amount"),
        name => Expected::Value(setting[name].clone()),
    }
}

/// What a probe must say of a colour: whether it is red; none when the form is refused before the authority sees it.
fn expected_colour(code: &str, setting: &BTreeMap<String, String>) -> Option<bool> {
    let by_form = ["RCPT034", "RCPT048"].contains(&code) && setting["constraints"] == "true";
    (!by_form).then(|| setting[&format!("colours.{code}")] == "red")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_switch_that_shows_is_named_and_a_simulator_so_taught_answers_the_same() {
    let is_long = std::env::var_os("FH_LONG_TESTS").is_some();
    let (count, seed) = if is_long { (32, 4) } else { (4, 4) };
    let known: BTreeSet<&str> = VISIBLE.iter().chain(&NEVER).map(|(name, _)| *name).collect();
    let there: BTreeSet<&str> = SWITCHES.iter().map(|switch| switch.name).collect();
    assert_eq!(
        known, there,
        "a switch that shows, or one with a reason why it does not"
    );
    assert!(
        RCPT_CODES
            .iter()
            .all(|code| COLOURS.iter().any(|(known, _)| *known == code.code) || !unseen(code.code).is_empty())
    );

    let mut seen: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let settings = settings(count, seed);
    for (number, setting) in settings.iter().enumerate() {
        let mut options = Options::default();
        for (name, value) in setting {
            options.set(name, value).unwrap();
        }
        let first = probe(options).await;
        for (name, question) in VISIBLE {
            let told = first
                .bundle
                .conclusions
                .iter()
                .find(|one| one.question == question)
                .unwrap();
            let said = first.bundle.switches.get(name);
            let context = format!("setting {number}, {name}: {told:?}\n{setting:?}");
            match expected(name, setting) {
                Expected::Value(value) => {
                    assert_eq!(said, Some(&value), "{context}");
                    seen.entry(name).or_default().insert(value);
                }
                Expected::Hidden(by) => {
                    assert!(
                        matches!(&told.finding, Finding::Hidden { by: told, .. } if told == by),
                        "{context}"
                    );
                    assert_eq!(said, None, "{context}");
                }
            }
        }
        for (code, question) in COLOURS {
            let said = first
                .bundle
                .switches
                .get(&format!("colours.{code}"))
                .map(|colour| colour == "red");
            let told = first
                .bundle
                .conclusions
                .iter()
                .find(|one| one.question == question)
                .unwrap();
            assert_eq!(
                said,
                expected_colour(code, setting),
                "setting {number}, {code}: {told:?}\n{setting:?}"
            );
        }
        let profile = Profile::parse(&first.bundle.profile()).unwrap();
        let second = probe(profile.options().unwrap()).await;
        assert_same(&first.bundle, &second.bundle, &format!("setting {number}: {setting:?}"));
    }
    for (name, _) in VISIBLE {
        let wanted: BTreeSet<String> = values(name).into_iter().collect();
        assert_eq!(
            seen.get(name),
            Some(&wanted),
            "{name} was not seen with each of its values"
        );
    }
}

async fn probe(options: Options) -> Outcome {
    let folder = tempdir().unwrap();
    let sim = sim(options).await;
    let outcome = run(&of(&sim, &folder.path().join("probe.jsonl")).red(true), false)
        .await
        .unwrap();
    assert_eq!(outcome.cut_short, None);
    outcome
}

/// The same answers to the same questions, but for ids and times.
pub(crate) fn assert_same(one: &Bundle, other: &Bundle, context: &str) {
    let (one, other) = (shown(&one.exchanges), shown(&other.exchanges));
    for (step, first) in &one {
        assert_eq!(other.get(step), Some(first), "{context}\n{step}");
    }
    assert_eq!(
        one.keys().collect::<Vec<_>>(),
        other.keys().collect::<Vec<_>>(),
        "{context}"
    );
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
                    without_ids(&answer.body)
                )
            },
        );
        (step, answer)
    });
    told.collect()
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
