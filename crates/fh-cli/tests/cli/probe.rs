//! `fh probe` as a person uses it: asked about red, killed, resumed, shown.

use std::{fs, process::Stdio};

use crate::harness::World;

fn bundle(world: &World) -> String {
    world.folder.path().join("seen.jsonl.gz").to_str().unwrap().to_owned()
}

#[test]
fn red_is_asked_for_and_without_a_yes_nothing_is_sent() {
    let world = World::new();
    let ran = world.fh_with_stdin(&["probe", "--red", "--bundle", &bundle(&world)], b"no\n");
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("officer of the tax authority"), "{ran:?}");
    assert!(ran.stderr.contains("nothing was sent"), "{ran:?}");
    assert!(world.sim().requests().is_empty(), "{:?}", world.sim().requests());
}

#[test]
fn killed_and_resumed_it_writes_a_bundle_and_a_profile_and_shows_them() {
    let world = World::new();
    let bundle = bundle(&world);
    let mut killed = world
        .command(["probe", "--bundle", &bundle])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // In the middle of the documents.
    world
        .runtime
        .block_on(world.sim().await_requests(fh_sim::Operation::SubmitInvoice, 4));
    killed.kill().unwrap();
    killed.wait().unwrap();
    let again = world.fh(&["probe", "--bundle", &bundle]);
    assert_eq!(again.code, 2, "{again:?}");
    assert!(again.stderr.contains("--resume"), "{again:?}");
    let ran = world.fh(&["probe", "--resume", "--bundle", &bundle, "--output", "json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let lines: Vec<serde_json::Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |question: &str| {
        lines
            .iter()
            .find(|line| line["conclusion"]["question"] == question)
            .unwrap()
    };
    assert_eq!(of("submit-answer")["conclusion"]["value"], "bare-text");
    assert_eq!(of("repeat")["conclusion"]["finding"], "not_asked");
    assert!(of("repeat")["asks"].as_str().unwrap().contains("IsRetry"));

    let shown = world.fh(&["probe", "--show", &bundle]);
    assert_eq!(shown.code, 0, "{shown:?}");
    assert!(
        shown.stdout.contains("How is a submission answered?") && shown.stdout.contains("bare text"),
        "{shown:?}"
    );
    let profile = fs::read_to_string(world.folder.path().join("seen.toml")).unwrap();
    assert!(fh_sim::Profile::parse(&profile).is_ok(), "{profile}");
    let everything = format!("{}{}{profile}", ran.stdout, shown.stdout);
    let credentials = world.sim().credentials();
    assert!(!everything.contains(credentials.key().as_str()));
    assert_eq!(credentials.secret().hidden_in(&everything, ""), everything);
}

#[test]
fn what_is_no_bundle_is_said_to_be_none() {
    let world = World::alone();
    let file = world.folder.path().join("other.gz");
    fs::write(&file, "other").unwrap();
    let ran = world.fh(&["probe", "--show", file.to_str().unwrap()]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("no bundle of a probe"), "{ran:?}");
}

#[cfg(unix)]
#[test]
fn an_agent_names_itself_and_nothing_is_sent_to_it() {
    let world = World::new();
    let agent = crate::agent::Agent::start(&world);
    let before = world.sim().requests();
    let ran = world
        .command(["probe", "--bundle", &bundle(&world)])
        .env("FH_BASE_URL", format!("http://{}", agent.address))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(!ran.status.success(), "{said}");
    assert!(said.contains("this project's own agent or its gateway"), "{said}");
    let sent = world.sim().requests();
    assert_eq!(
        sent.get(&fh_sim::Operation::SubmitInvoice),
        before.get(&fh_sim::Operation::SubmitInvoice)
    );
}
