//! Mappings from a file: what is planned, what is done, and what never is.

use std::io::{BufRead, BufReader};

use fh_sim::{Dose, Fault, FaultPlan, Operation, Profile};
use serde_json::Value;

use crate::harness::{Ran, World, invoice, lines};

const WANTED: &str = "\
[taxes]
'VAT15.5' = { tax = 'Standard rated 15.5%', percent = 15.5 }
ZERO = { tax = 'Exempt', exempt = true }
A = { tax = 'standard rated 15.5%' }
B = { percent = 0 }
C = { tax = 'Exempt', exempt = true, name = 'Goods of the third kind' }
[currencies]
USD = 'USD'
ZIG = 'ZWG'
";

fn world() -> World {
    let world = World::new();
    world.write("wanted.toml", WANTED);
    world
}

fn json(world: &World, arguments: &[&str]) -> Ran {
    world.fh(&[&["--output", "json"], arguments].concat())
}

fn mapped(world: &World) -> Vec<(String, i64)> {
    let listed = json(world, &["tax", "list"]).lines();
    let mut mapped: Vec<_> = listed
        .iter()
        .map(|one| {
            (
                one["TaxCode"].as_str().unwrap().to_owned(),
                one["DestinationTaxId"].as_i64().unwrap(),
            )
        })
        .collect();
    mapped.sort();
    mapped
}

fn codes(mapped: &[(String, i64)]) -> Vec<(&str, i64)> {
    mapped.iter().map(|(code, id)| (code.as_str(), *id)).collect()
}

/// What the account has when the file was applied and nothing was deleted.
const AFTER: [(&str, i64); 8] = [
    ("A", 517),
    ("B", 2),
    ("C", 3),
    ("EXEMPT", 3),
    ("VAT15", 503),
    ("VAT15.5", 517),
    ("WHT5", 514),
    ("ZERO", 3),
];

/// Every fault that a mapping can meet, at 20 % in all.
fn faults() -> FaultPlan {
    let writing = vec![
        Operation::AddTaxMapping,
        Operation::UpdateTaxMapping,
        Operation::DeleteTaxMapping,
        Operation::AddCurrencyMapping,
        Operation::UpdateCurrencyMapping,
        Operation::DeleteCurrencyMapping,
    ];
    let lost = Dose {
        on: writing,
        ..Dose::rate(0.2)
    };
    FaultPlan::default()
        .with(Fault::LostReply, lost)
        .with(Fault::DropBefore, Dose::rate(0.05))
        .with(Fault::ServerError500Html, Dose::rate(0.05))
        .with(Fault::BadGateway502Html, Dose::rate(0.05))
}

#[test]
fn a_plan_is_shown_applied_and_then_empty_and_nothing_is_deleted_before_it_is_told() {
    let world = world();
    let before = mapped(&world);
    let plan = world.fh(&["mappings", "plan", "wanted.toml"]);
    assert_eq!(plan.code, 0, "{plan:?}");
    for line in [
        "+ tax A: Standard rated 15.5% (id 517, 15.5 %)",
        "+ currency ZIG: ZWG",
        "~ tax ZERO: Zero rated 0% (id 2, 0.0 %) → Exempt (id 3, exempt)",
        "  tax WHT5: Non-VAT Withholding Tax (id 514, 5.0 %) (not in the file; left)",
        "4 to add, 1 to change, 2 as they should be",
    ] {
        assert!(
            plan.stdout.lines().any(|shown| shown == line),
            "{line}: {}",
            plan.stdout
        );
    }
    assert_eq!(mapped(&world), before, "a plan changes nothing");
    let applied = world.fh(&["mappings", "apply", "wanted.toml"]);
    assert!(
        applied.code == 0 && applied.stdout.contains("done: + tax A"),
        "{applied:?}"
    );
    assert_eq!(codes(&mapped(&world)), AFTER);
    let second = world.fh(&["mappings", "plan", "wanted.toml"]);
    assert!(
        second.code == 0 && second.stdout.contains("nothing to do: 7 mappings"),
        "{second:?}"
    );
    let told = json(&world, &["mappings", "apply", "wanted.toml", "--delete"]);
    let mut gone: Vec<_> = told
        .lines()
        .iter()
        .map(|line| line["code"].as_str().unwrap().to_owned())
        .collect();
    gone.sort();
    assert_eq!(gone, ["EXEMPT", "VAT15", "WHT5", "ZAR", "ZWG"], "{told:?}");
    assert!(
        told.lines()
            .iter()
            .all(|line| line["step"] == "delete" && line["done"] == true)
    );
    assert_eq!(mapped(&world).len(), 5);
}

#[test]
fn what_stands_in_the_way_stops_all_of_it() {
    let world = world();
    let before = mapped(&world);
    world.write(
        "wrong.toml",
        "[taxes]\nA = { percent = 0 }\nB = { tax = 'Standard rated 15%', percent = 15 }\nC = { tax = 'Levy', percent = 15.5 }\n\
         [currencies]\nZIG = 'ZIG'\n",
    );
    for verb in ["plan", "apply"] {
        let ran = world.fh(&["mappings", verb, "wrong.toml"]);
        assert_eq!(ran.code, 3, "{ran:?}");
        for words in [
            "! tax B: Standard rated 15% (id 503, 15.0 %) applied until 2025-12-31",
            "its tax of that rate is Standard rated 15.5% (id 517",
            "! currency ZIG: the service does not support \"ZIG\"",
        ] {
            assert!(ran.stdout.contains(words), "{words}: {}", ran.stdout);
        }
    }
    assert_eq!(mapped(&world), before);
    world.write("typo.toml", "[taxes]\nA = { percnt = 0 }\n");
    let ran = world.fh(&["mappings", "plan", "typo.toml"]);
    assert!(
        ran.code == 3 && ran.stderr.contains("typo.toml:2:7: \"percnt\""),
        "{ran:?}"
    );
    assert_eq!(world.fh(&["mappings", "plan", "none.toml"]).code, 2);
}

#[test]
fn what_an_account_has_is_exported_and_needs_no_plan() {
    let world = world();
    let ran = world.fh(&["mappings", "export", "--to", "has.toml"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stderr.contains("left out: tax code \"VAT15\"") && ran.stderr.contains("does not apply today"),
        "{ran:?}"
    );
    let text = std::fs::read_to_string(world.path("has.toml")).unwrap();
    assert!(
        text.contains("tax = \"Standard rated 15.5%\", percent = 15.5") && text.contains("exempt = true"),
        "{text}"
    );
    let plan = json(&world, &["mappings", "plan", "has.toml"]);
    let left: Vec<Value> = plan.lines();
    assert!(
        left.len() == 1 && left[0]["step"] == "leave" && left[0]["code"] == "VAT15",
        "{plan:?}"
    );
    let again = world.fh(&["mappings", "export", "--to", "has.toml"]);
    assert!(
        again.code == 2 && again.stderr.contains("is there already"),
        "{again:?}"
    );
}

#[test]
fn documents_suggest_a_file_that_can_be_applied() {
    let world = world();
    let mut standard = invoice("INV-2");
    standard["LineItems"][0]["TaxCode"] = "T1".into();
    standard["Total"] = serde_json::json!(115.5);
    standard["TotalTax"] = serde_json::json!(15.5);
    standard["CurrencyCode"] = "ZiG".into();
    let mut odd = invoice("INV-3");
    odd["LineItems"][0]["TaxCode"] = "Q".into();
    std::fs::create_dir(world.path("sales")).unwrap();
    world.write("sales/day.jsonl", lines(&[invoice("INV-1"), standard, odd]));
    world.write("sales/notes.txt", "none");
    let ran = world.fh(&["mappings", "suggest", "sales", "--to", "new.toml"]);
    assert!(ran.code == 0 && ran.stderr.contains("1 codes are left open"), "{ran:?}");
    let text = std::fs::read_to_string(world.path("new.toml")).unwrap();
    assert!(
        text.contains("# on 1 lines; by the sums of 1 documents\nT1 = { tax = \"Standard rated 15.5%\""),
        "{text}"
    );
    assert!(text.contains("# Q = {") && text.contains("ZiG = \"ZWG\""), "{text}");
    let applied = json(&world, &["mappings", "apply", "new.toml"]);
    let done: Vec<_> = applied
        .lines()
        .iter()
        .map(|line| line["code"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(done, ["T1", "ZiG"], "{applied:?}");
    assert_eq!(world.fh(&["mappings", "suggest", "sales/notes.txt"]).code, 3);
}

/// Whatever is lost on the way and wherever it is killed, what was asked for is there in the end, once, and nothing else is gone.
#[test]
fn under_faults_and_after_kills_it_goes_on_and_nothing_is_deleted_or_added_twice() {
    // However the service answers, and whatever it makes of a code that is mapped already.
    let services = [
        ("refused", "boolean"),
        ("replaces", "object"),
        ("ignored", "no-content"),
    ];
    for (seed, (second, answer)) in (0..).zip(services) {
        let assumed = Profile::named("assumed").unwrap();
        let profile = assumed.with("second_mapping", second).with("mapping_answer", answer);
        let world = World::with(profile.options().unwrap());
        world.write("wanted.toml", WANTED);
        world.sim().set_faults(faults().seed(seed));
        // Killed when it has told of its first, second and third step.
        for steps in 1..=3 {
            let mut child = world
                .command(["--output", "json", "mappings", "apply", "wanted.toml"])
                .spawn()
                .unwrap();
            let told = BufReader::new(child.stdout.take().unwrap()).lines().take(steps).count();
            child.kill().unwrap();
            child.wait().unwrap();
            if told == 0 {
                break;
            }
        }
        let ran = json(&world, &["mappings", "apply", "wanted.toml"]);
        assert_eq!(ran.code, 0, "seed {seed}: {ran:?}");
        world.sim().set_faults(FaultPlan::default());
        assert_eq!(codes(&mapped(&world)), AFTER, "seed {seed}");
        assert_eq!(world.sim().requests().get(&Operation::DeleteTaxMapping), None);
        let plan = json(&world, &["mappings", "plan", "wanted.toml"]);
        assert!(plan.lines().iter().all(|line| line["step"] == "leave"), "{plan:?}");
    }
}
