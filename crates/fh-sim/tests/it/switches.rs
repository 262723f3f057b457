use std::path::PathBuf;

use fh_sim::{
    Colour, KeyCase, Options, PendingForm, Profile, SWITCHES, Sim, Switch, SwitchError, Values, switches_as_markdown,
};
use reqwest::Client;
use serde_json::{Value, json};

use crate::till::{Till, invoice};

/// A value of each switch beside its default.
fn others(switch: &Switch) -> Vec<String> {
    let default = switch.default_value();
    match switch.values {
        Values::OneOf(values) => values
            .iter()
            .map(|value| value.name.to_owned())
            .filter(|name| *name != default)
            .collect(),
        _ if switch.name == "settle_spread" => vec!["20%".to_owned(), "log-normal 0.5".to_owned()],
        _ if switch.name == "base_path" => vec!["/v1".to_owned(), String::new()],
        _ => vec!["7".to_owned()],
    }
}

#[test]
fn every_value_of_every_switch_is_set_by_name_and_comes_back_from_a_file() {
    for switch in SWITCHES {
        assert!(!others(switch).is_empty(), "{} has one value only", switch.name);
        for value in others(switch) {
            let mut options = Options::default();
            options.set(switch.name, &value).unwrap();
            assert_eq!(switch.of(&options), value, "{}", switch.name);
            let changed: Vec<_> = SWITCHES
                .iter()
                .filter(|other| other.of(&options) != other.default_value())
                .map(|other| other.name)
                .collect();
            assert_eq!(changed, [switch.name]);
            let file = Profile::of(&options).to_toml();
            let read = Profile::parse(&file).unwrap().options().unwrap();
            assert_eq!(Profile::of(&read), Profile::of(&options), "{file}");
            let one = Profile::default().with(switch.name, &value);
            assert_eq!(Profile::of(&one.options().unwrap()), Profile::of(&options));
        }
    }
}

#[test]
fn what_there_is_not_is_refused_by_name_with_the_list() {
    let mut options = Options::default();
    let error = options.set("pendng", "missing").unwrap_err().to_string();
    assert!(
        error.contains("\"pendng\"") && SWITCHES.iter().all(|switch| error.contains(switch.name)),
        "{error}"
    );
    let error = options.set("pending", "gone").unwrap_err().to_string();
    assert_eq!(error, "pending cannot be \"gone\"; it is one of nulls, missing");
    let error = options.set("settle_delay_ms", "-1").unwrap_err().to_string();
    assert_eq!(
        error,
        "settle_delay_ms cannot be \"-1\"; it is a whole number of milliseconds"
    );
    let error = options.set("colours.RCPT030", "blue").unwrap_err().to_string();
    assert_eq!(error, "RCPT030 cannot be \"blue\"; it is one of off, yellow, red");
    assert!(
        options
            .set("colours.RCPT099", "red")
            .unwrap_err()
            .to_string()
            .contains("RCPT099")
    );
    assert!(matches!(options.set_pair("pending"), Err(SwitchError::Form(_))));
    assert_eq!(
        Profile::of(&options),
        Profile::of(&Options::default()),
        "nothing was set"
    );

    let error = |text: &str| Profile::parse(text).unwrap_err().to_string();
    assert!(error("[switches]\npending = \"gone\"\n").contains("one of nulls, missing"));
    assert!(error("[switches]\npendng = \"gone\"\n").contains("there is no switch \"pendng\""));
    assert!(error("[colours]\nRCPT099 = \"red\"\n").contains("RCPT030"));
    assert!(error("pending = \"nulls\"\n").contains("pending"));
    assert!(error("base = \"lax\"\n").contains("assumed, strict, hostile, as-2025"));
    assert!(
        Profile::load("lax")
            .unwrap_err()
            .to_string()
            .contains("assumed, strict, hostile, as-2025")
    );
    assert!(
        Profile::load("./there-is-none.toml")
            .unwrap_err()
            .to_string()
            .starts_with("./there-is-none.toml: ")
    );
}

#[test]
fn names_and_values_may_be_written_with_either_hyphen() {
    let mut options = Options::default();
    options.set_pair("key-case=pascal_qr").unwrap();
    options.set_pair(" rcpt030 = red ").unwrap();
    assert_eq!(options.key_case, KeyCase::PascalQr);
    assert_eq!(options.colours["RCPT030"], Colour::Red);
}

#[test]
fn the_profiles_that_travel_with_the_simulator_are_what_their_names_say() {
    let of = |name: &str| Profile::named(name).unwrap().options().unwrap();
    assert_eq!(Profile::of(&of("assumed")), Profile::of(&Options::default()));
    let strict = of("strict");
    assert_eq!(strict.colours["RCPT030"], Colour::Red);
    assert!(strict.enforce_identity && strict.enforce_version && strict.constraints && strict.unique_numbers);
    let hostile = of("hostile");
    assert_eq!(hostile.repeat_with_retry, fh_sim::Repeat::SecondAcceptance);
    assert_ne!(hostile.settle_spread, fh_sim::Spread::None);
    assert!(!of("as-2025").enforce_identity);
    assert!(Profile::shipped().all(|name| Profile::named(name).unwrap().about.is_some()));
}

#[test]
fn a_profile_differs_from_its_base_alone() {
    let profile =
        Profile::parse("base = \"strict\"\n[switches]\npending = \"missing\"\n[colours]\nRCPT030 = \"off\"\n").unwrap();
    let mut options = Options::builder().key_case(KeyCase::Camel).port(7).build();
    profile.apply(&mut options).unwrap();
    let mut wanted = Profile::named("strict").unwrap().options().unwrap();
    wanted.set("pending", "missing").unwrap();
    wanted.set("RCPT030", "off").unwrap();
    assert_eq!(Profile::of(&options), Profile::of(&wanted));
    assert_eq!(options.port, 7, "it says nothing of the port");
}

#[tokio::test]
async fn switches_are_read_and_set_while_it_runs() {
    let sim = Sim::builder()
        .settle_delay(std::time::Duration::from_secs(3600))
        .start()
        .await
        .unwrap();
    let till = Till::new(&sim);
    let request = till.submit(&invoice("A-1")).await;
    assert_eq!(till.status(&[&request]).await.as_array().unwrap().len(), 1);
    let http = Client::builder().no_proxy().build().unwrap();
    let address = format!("{}/options", sim.control_url());
    let put = async |body: Value| {
        let response = http.put(&address).json(&body).send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.json::<Value>().await.unwrap())
    };
    let (status, now) = put(json!({ "switches": { "pending": "missing", "settle_delay_ms": 1 } })).await;
    assert_eq!((status, &now["switches"]["pending"]), (200, &json!("missing")));
    assert_eq!(till.status(&[&request]).await, json!([]));
    assert_eq!(sim.options().pending, PendingForm::Missing);
    assert_eq!(
        till.settle(&sim, &invoice("A-2")).await["Success"],
        true,
        "the new delay counts"
    );
    let shown: Value = http.get(&address).send().await.unwrap().json().await.unwrap();
    assert_eq!(shown, now);
    assert!(
        SWITCHES
            .iter()
            .all(|switch| shown["switches"].get(switch.name).is_some()),
        "{shown}"
    );

    let (status, problem) = put(json!({ "switches": { "pending": "gone", "key_case": "camel" } })).await;
    assert_eq!(status, 400);
    assert!(
        problem["detail"].as_str().unwrap().contains("one of nulls, missing"),
        "{problem}"
    );
    assert_eq!(sim.options().key_case, KeyCase::Pascal, "nothing was set");
    let (status, problem) = put(json!({ "switches": { "base_path": "/v2" } })).await;
    assert_eq!(status, 400);
    assert!(
        problem["detail"].as_str().unwrap().contains("--set base_path=/v2"),
        "{problem}"
    );

    let (status, now) = put(json!({ "base": "strict", "faults": { "lost_reply": { "count": 1 } } })).await;
    assert_eq!((status, &now["switches"]["pending"]), (200, &json!("nulls")));
    assert_eq!(now["colours"]["RCPT030"], "red");
    assert!(sim.faults().dose(fh_sim::Fault::LostReply).is_some());
    sim.set("pending", "missing").unwrap();
    assert!(matches!(
        sim.set("vat_payer", "false"),
        Err(SwitchError::NotLive { .. })
    ));
}

/// Set `FH_UPDATE_DOCS=1` to write the table into the page; the prose around it is by hand.
#[test]
fn the_page_has_the_table_of_switches() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/simulator.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once("<!-- switches -->\n").unwrap();
    let (_, after) = rest.split_once("<!-- /switches -->").unwrap();
    let wanted = format!(
        "{before}<!-- switches -->\n{}<!-- /switches -->{after}",
        switches_as_markdown()
    );
    if std::env::var_os("FH_UPDATE_DOCS").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    }
    let page = std::fs::read_to_string(&path).unwrap();
    assert!(
        page == wanted,
        "docs/simulator.md has another table of switches; write it with FH_UPDATE_DOCS=1 cargo test -p fh-sim"
    );
}
