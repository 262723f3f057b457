//! Every choice of the outbox's policy: in the profile file, as a flag, and shown.

use std::process::Command;

use fh_sim::{Fault, Operation};
use serde_json::Value;

use crate::{
    agent::Agent,
    harness::{World, invoice, state},
};

impl World {
    /// A profile file with the section `till`, and these lines in its policy.
    fn with_policy(&self, policy: &str) {
        self.write_profiles(&self.profile("till", &format!("[till.policy]\n{policy}")), 0o600);
    }

    fn till(&self, arguments: &[&str]) -> Command {
        self.command_with_profiles(&[&["--profile", "till", "--output", "json"], arguments].concat())
    }
}

fn shown<'a>(lines: &'a [Value], key: &str) -> &'a Value {
    lines.iter().find(|line| line["key"] == key).unwrap()
}

/// Submits a document that is rejected, and then another.
fn submit_two(world: &World, flags: &[&str]) -> Vec<(Option<String>, String)> {
    world
        .sim()
        .script(Operation::SubmitInvoice, [Some(Fault::RejectedOnce)]);
    let mut states = Vec::new();
    for id in ["INV-1", "INV-2"] {
        world.write("a.json", invoice(id).to_string());
        let ran = world.run(&mut world.till(&[&["submit", "a.json", "--wait", "8"], flags].concat()));
        states.extend(ran.states());
    }
    states
}

#[test]
fn every_choice_is_shown_with_its_value_and_where_that_comes_from() {
    let world = World::new();
    let ran = world.fh(&["--output", "json", "queue", "policy"]);
    assert!(ran.code == 0 && ran.lines().len() > 20, "{ran:?}");
    for line in ran.lines() {
        assert_eq!(
            (&line["from"], &line["value"]),
            (&"default".into(), &line["default"]),
            "{line}"
        );
        assert!(!line["meaning"].as_str().unwrap().is_empty() && !line["allowed"].as_str().unwrap().is_empty());
    }
    world.with_policy("lease = \"2min\"\nunsent_warning = \"1h 30min\"\nwebhooks = true");
    let ran = world.run(&mut world.till(&["queue", "policy", "--unsent-warning", "2h", "--zero-totals"]));
    let lines = ran.lines();
    let value = |key: &str| {
        let line = shown(&lines, key);
        (line["value"].as_str().unwrap(), line["from"].as_str().unwrap())
    };
    assert_eq!(value("lease"), ("2min", "profile"), "{ran:?}");
    assert_eq!(value("unsent_warning"), ("2h", "flag"));
    assert_eq!(value("zero_totals"), ("true", "flag"));
    assert_eq!(value("webhooks"), ("true", "profile"));
    assert_eq!(value("orphan_window").1, "default");
    let place = shown(&lines, "lease")["place"].as_str().unwrap();
    assert!(place.ends_with("profiles.toml:8"), "{place}");
    let people = world.run(&mut world.command_with_profiles(&["--profile", "till", "queue", "policy"]));
    let row = people
        .stdout
        .lines()
        .find(|line| line.trim_start().starts_with("lease"))
        .unwrap();
    assert!(row.contains("2min"), "{people:?}");
}

#[test]
fn a_wrong_value_is_named_with_its_place_and_what_is_allowed() {
    let world = World::new();
    for (line, parts) in [
        (
            "on_rejected = \"wait\"",
            &["profiles.toml:8:15", "on_rejected", "\"step_aside\" or \"park_lane\""][..],
        ),
        (
            "lease = 90",
            &["profiles.toml:8:9", "lease", "with its unit", "at least 3s"],
        ),
        (
            "leese = \"90s\"",
            &["profiles.toml:8:1", "\"leese\"", "known are", "orphan_window"],
        ),
        (
            "unsent_warning = \"9h\"",
            &[
                "profiles.toml:8",
                "unsent_warning is 9h",
                "unsent_critical is 8h (default)",
            ],
        ),
    ] {
        world.with_policy(line);
        for arguments in [
            &["queue", "policy"][..],
            &["run"],
            &["serve"],
            &["queue", "drain"],
            &["submit", "-"],
        ] {
            let ran = world.run(&mut world.till(arguments));
            assert_eq!(ran.code, 2, "{arguments:?}: {ran:?}");
            assert!(parts.iter().all(|part| ran.stderr.contains(part)), "{parts:?}: {ran:?}");
        }
    }
    for command in ["run", "serve", "submit"] {
        let ran = world.fh(&[command, "--orphan-window", "soon"]);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(
            ran.stderr.contains("--orphan-window") && ran.stderr.contains("with its unit"),
            "{ran:?}"
        );
    }
}

#[test]
fn the_profile_decides_and_a_flag_decides_over_it() {
    let world = World::new();
    world.with_policy("on_rejected = \"step_aside\"\nmay_pass_tries = 1");
    let states = submit_two(&world, &[]);
    assert_eq!(states, [state("INV-1", "rejected"), state("INV-2", "fiscalised")]);

    let world = World::new();
    world.with_policy("on_rejected = \"step_aside\"\nmay_pass_tries = 1");
    let states = submit_two(&world, &["--on-rejected", "park_lane"]);
    assert_eq!(states, [state("INV-1", "rejected"), state("INV-2", "queued")]);
    assert_eq!(world.ledger().of("INV-2").accepted, 0);
}

#[test]
fn what_may_have_arrived_is_sent_again_as_soon_as_the_flag_says() {
    let world = World::new();
    world.sim().script(Operation::SubmitInvoice, [Some(Fault::LostReply)]);
    world.write("a.json", invoice("INV-1").to_string());
    let ran = world.fh(&[
        "--output",
        "json",
        "submit",
        "a.json",
        "--orphan-window",
        "100ms",
        "--wait",
        "40",
    ]);
    assert_eq!(
        (ran.code, ran.states()),
        (0, vec![state("INV-1", "fiscalised")]),
        "{ran:?}"
    );
    assert_eq!(world.ledger().of("INV-1").fiscalised, 1);
}

#[test]
fn the_agent_and_its_page_go_by_the_same_policy() {
    let world = World::new();
    world.with_policy("on_rejected = \"step_aside\"\nmay_pass_tries = 1");
    world
        .sim()
        .script(Operation::SubmitInvoice, [Some(Fault::RejectedOnce)]);
    let agent = Agent::of(
        &world,
        world
            .till(&["serve", "--listen", "127.0.0.1:0", "--first-poll", "50ms"])
            .spawn()
            .unwrap(),
    );
    let answer = agent.post("/v1/documents?wait=20", invoice("INV-1").to_string().as_bytes());
    let entry: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((answer.status, &entry["state"]), (200, &"rejected".into()), "{entry}");
    let answer = agent.post("/v1/documents?wait=20", invoice("INV-2").to_string().as_bytes());
    let entry: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(entry["state"], "fiscalised", "{entry}");
}
