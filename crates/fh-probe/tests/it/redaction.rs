//! What belongs to somebody is not in the bundle, wherever it stood.

use std::{collections::BTreeMap, io::Read};

use fh_auth::{ApiKey, ApiSecret, signature};
use fh_probe::{
    About, Bundle, BundleError, Exchange, Log, Redactor,
    exchange::{Answer, Reply, Request},
    read_journal,
};
use fh_sim::Options;
use serde_json::{Value, json};
use tempfile::tempdir;

use crate::harness::{of, run, sim};

const KEY: &str = "K7Q2M9X4B8N1V5C3Z6L0H2J4G8F1D5S7";
const SECRET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";
/// What a person or a company could be known by.
const PERSONAL: [&str; 9] = [
    "Tendai Mukanya",
    "Baobab Provisions (Pvt) Ltd",
    "2000987654",
    "220098765",
    "+263772345678",
    "tendai@baobab.co.zw",
    "17 Jacaranda Close",
    "SN-88-4711-BX",
    "Msasa branch",
];

/// What only this account could say of itself.
fn account() -> Exchange {
    let config = json!({
        "taxPayerName": PERSONAL[1], "taxPayerTIN": PERSONAL[2], "vatNumber": PERSONAL[3], "deviceSerialNo": PERSONAL[7],
        "deviceBranchName": PERSONAL[8], "deviceBranchContacts": { "phoneNo": PERSONAL[4], "email": PERSONAL[5] },
        "deviceBranchAddress": { "street": PERSONAL[6] },
    });
    let body = json!({ "FullName": PERSONAL[0], "CurrentConfig": config.to_string() });
    exchange("account/device/1", None, &body.to_string())
}

fn exchange(step: &str, body: Option<String>, answer: &str) -> Exchange {
    Exchange {
        step: step.to_owned(),
        at_ms: 0,
        request: Request {
            method: "POST".into(),
            path: "/api/invoice".into(),
            headers: BTreeMap::new(),
            body,
        },
        reply: Reply::Answer(Answer {
            status: 200,
            headers: BTreeMap::new(),
            body: answer.to_owned(),
            bytes: 1,
            millis: 1,
        }),
    }
}

/// Every string of a JSON value, and every name, replaced by a planted text.
fn planted(value: &Value, plant: &str) -> Value {
    match value {
        Value::Object(object) => object
            .iter()
            .map(|(name, value)| {
                (
                    if value.is_number() {
                        format!("{name} {plant}")
                    } else {
                        name.clone()
                    },
                    planted(value, plant),
                )
            })
            .collect(),
        Value::Array(items) => items.iter().map(|item| planted(item, plant)).collect(),
        Value::String(text) => Value::from(format!("{text} {plant}")),
        other => other.clone(),
    }
}

#[tokio::test]
async fn nothing_planted_in_any_field_of_any_exchange_is_in_the_bundle() {
    let folder = tempdir().unwrap();
    let sim = sim(Options::default()).await;
    let journal = folder.path().join("probe.jsonl");
    run(&of(&sim, &journal), false).await.unwrap();
    let held = read_journal(&journal).unwrap();
    let (key, secret) = (ApiKey::new(KEY).unwrap(), ApiSecret::new(SECRET).unwrap());
    let signed = signature(&secret, b"[]");
    let mut plants: Vec<String> = PERSONAL.map(str::to_owned).to_vec();
    plants.extend([KEY.to_owned(), SECRET.to_owned(), signed]);
    // Upper case, in a sentence, and between other letters.
    let dressed = plants.iter().flat_map(|plant| {
        [
            plant.clone(),
            plant.to_uppercase(),
            format!("(of {plant}):"),
            format!("\"{plant}\""),
        ]
    });
    let shapes: Vec<&Exchange> = held
        .log
        .all()
        .iter()
        .filter(|one| !one.step.starts_with("rate/"))
        .collect();
    let part = if std::env::var_os("FH_LONG_TESTS").is_some() {
        4
    } else {
        24
    };
    let mut exchanges = vec![account()];
    for (number, plant) in dressed.enumerate() {
        for shape in shapes.iter().skip(number % part).step_by(part) {
            let mut exchange = (*shape).clone();
            exchange.request.path = format!("{}?q={plant}", exchange.request.path);
            exchange.request.headers.insert("content-type".into(), plant.clone());
            let plant_in = |body: &str| match serde_json::from_str::<Value>(body) {
                Ok(value) => planted(&value, &plant).to_string(),
                Err(_) => format!("{body} {plant}"),
            };
            exchange.request.body = Some(plant_in(exchange.request.body.as_deref().unwrap_or_default()));
            match &mut exchange.reply {
                Reply::Answer(answer) => {
                    answer.body = plant_in(&answer.body);
                    answer.headers.insert("server".into(), plant.clone());
                }
                other => *other = Reply::Lost { why: plant.clone() },
            }
            exchanges.push(exchange);
        }
    }
    assert!(exchanges.len() > 300, "{}", exchanges.len());
    let redactor = Redactor::new(key, secret, "a salt", &exchanges);
    let bundle = Bundle::new(About::default(), &Log::new(exchanges.clone()), &redactor);
    let path = folder.path().join("planted.jsonl.gz");
    bundle.write(&path, &redactor).unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(&path).unwrap())
        .read_to_string(&mut text)
        .unwrap();
    let low = text.to_lowercase();
    for plant in &plants {
        assert!(
            !low.contains(&plant.to_lowercase()),
            "{plant} is in the bundle: {}",
            around(&low, &plant.to_lowercase())
        );
    }
    for word in ["mukanya", "tendai", "baobab", "jacaranda", "msasa"] {
        assert!(!low.contains(word), "{word} is in the bundle: {}", around(&low, word));
    }
    // The same becomes the same, so that the bundle can be read.
    assert!(text.contains("<name-") || text.contains("<vat-"), "{}", &text[..2000]);
}

fn around(text: &str, word: &str) -> String {
    let place = text.find(word).unwrap_or_default();
    text.get(place.saturating_sub(120)..(place + 120).min(text.len()))
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn a_bundle_that_still_holds_a_secret_is_not_written() {
    let folder = tempdir().unwrap();
    let (key, secret) = (ApiKey::new(KEY).unwrap(), ApiSecret::new(SECRET).unwrap());
    let redactor = Redactor::new(key, secret, "a salt", &[]);
    let mut bundle = Bundle::new(About::default(), &Log::default(), &redactor);
    // As by a fault of the redaction.
    bundle
        .exchanges
        .push(exchange("x/1", Some(format!("{{\"a\":\"{SECRET}\"}}")), ""));
    let path = folder.path().join("leaking.jsonl.gz");
    let error = bundle.write(&path, &redactor).unwrap_err();
    assert!(
        matches!(
            error,
            BundleError::Leak {
                what: "the API secret",
                ..
            }
        ),
        "{error}"
    );
    assert!(!error.to_string().contains(SECRET) && !path.exists());
}

#[tokio::test]
async fn the_journal_is_its_owners_and_holds_no_secret() {
    let folder = tempdir().unwrap();
    let sim = sim(Options::default()).await;
    let path = folder.path().join("probe.jsonl");
    run(&of(&sim, &path), false).await.unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let credentials = sim.credentials();
    assert!(!text.contains(credentials.key().as_str()), "the API key");
    assert_eq!(credentials.secret().hidden_in(&text, ""), text, "the API secret");
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
}
