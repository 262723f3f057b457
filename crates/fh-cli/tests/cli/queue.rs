//! Documents go into the outbox, and nothing that happens in between loses or doubles them.
#![cfg(unix)]

use std::{
    io::{BufRead, BufReader},
    process::Child,
    time::Duration,
};

use fh_sim::{Fault, Operation, Options, Repeat, Sim};
use serde_json::Value;

use crate::harness::{World, credit_note, invoice, lines, state};
use crate::interruption::send;

/// A simulator that fiscalises twice what comes twice without saying so.
fn strict() -> World {
    let mut world = World::alone();
    let sim = Sim::builder()
        .repeat(Repeat::SecondAcceptance)
        .repeat_with_retry(Repeat::SameRequest)
        .unique_numbers(false)
        .settle_delay(Duration::from_millis(1));
    world.sim = Some(world.runtime.block_on(sim.start()).unwrap());
    world
}

fn fiscalised(world: &World, document: &str) -> u64 {
    world.ledger().of(document).fiscalised
}

/// Reads the child's output until `count` of its lines are such.
fn read_lines(child: &mut Child, is_such: impl Fn(&str) -> bool, count: usize) {
    let mut reader = BufReader::new(child.stdout.as_mut().unwrap());
    let mut seen = 0;
    while seen < count {
        let mut line = String::new();
        assert_ne!(reader.read_line(&mut line).unwrap(), 0, "it ended after {seen}");
        seen += usize::from(is_such(&line));
    }
}

#[test]
fn submitting_the_same_file_twice_fiscalises_once_and_answers_with_the_same_receipt() {
    let world = strict();
    world.write("a.jsonl", lines(&[invoice("INV-1"), credit_note("CN-1", "INV-1")]));
    let first = world.fh(&["--output", "json", "submit", "a.jsonl"]);
    assert_eq!(first.code, 0, "{first:?}");
    assert_eq!(
        first.states(),
        [state("INV-1", "fiscalised"), state("CN-1", "fiscalised")]
    );
    let again = world.fh(&["--output", "json", "submit", "a.jsonl"]);
    assert_eq!((again.code, again.lines()), (0, first.lines()), "{again:?}");
    assert_eq!((fiscalised(&world, "INV-1"), fiscalised(&world, "CN-1")), (1, 1));
}

#[test]
fn an_edited_document_is_refused_with_both_hashes() {
    let world = strict();
    world.write("a.json", invoice("INV-1").to_string());
    assert_eq!(world.fh(&["submit", "a.json"]).code, 0);
    let mut other = invoice("INV-1");
    other["BuyerContact"]["Name"] = "Cash Somebody Else".into();
    world.write("a.json", other.to_string());
    let ran = world.fh(&["--output", "json", "submit", "a.json"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    let error = ran.lines()[0]["error"].as_str().unwrap().to_owned();
    assert!(
        error.contains("a.json") && error.matches("sha256").count() == 1 && error.contains("was offered"),
        "{error}"
    );
}

#[test]
fn a_lost_reply_is_cleared_up_by_the_outbox_without_a_second_fiscalisation() {
    let world = strict();
    world.sim().script(Operation::SubmitInvoice, [Some(Fault::LostReply)]);
    world.write("a.json", invoice("INV-1").to_string());
    let ran = world.fh(&["--output", "json", "submit", "a.json", "--wait", "1"]);
    assert_eq!(
        (ran.code, ran.states()),
        (5, vec![state("INV-1", "unknown")]),
        "{ran:?}"
    );
    let history = world
        .fh(&["--output", "json", "queue", "show", "INV-1"])
        .lines()
        .remove(0);
    let events: Vec<_> = history["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["event"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(events, ["enqueue", "claim", "lost"]);
    // An operator who knows better than to wait a minute.
    assert_eq!(world.fh(&["queue", "retry", "INV-1"]).code, 0);
    let ran = world.fh(&["queue", "drain"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(fiscalised(&world, "INV-1"), 1);
    let line = world
        .fh(&["--output", "json", "queue", "ls", "--all"])
        .lines()
        .remove(0);
    assert_eq!((&line["state"], &line["attempts"]), (&"fiscalised".into(), &2.into()));
}

#[test]
fn what_is_added_without_a_network_is_sent_by_run_which_stops_in_order() {
    let world = strict();
    world.runtime.block_on(world.sim().stop_listening());
    let documents: Vec<_> = (0..5).map(|number| invoice(&format!("INV-{number}"))).collect();
    let added = world.fh_with_stdin(&["--output", "json", "queue", "add", "-"], lines(&documents).as_bytes());
    assert_eq!(added.code, 0, "{added:?}");
    assert!(added.states().iter().all(|(_, state)| state == "queued"), "{added:?}");
    let stats = world.fh(&["--output", "json", "queue", "stats"]).lines().remove(0);
    assert_eq!(stats["lanes"][0]["queued"], 5);
    world.runtime.block_on(world.sim().listen_again()).unwrap();
    let mut child = world.command(["--output", "json", "run"]).spawn().unwrap();
    let is_receipt = |line: &str| serde_json::from_str::<Value>(line).unwrap()["to"] == "fiscalised";
    read_lines(&mut child, is_receipt, 5);
    send(&child, "-INT");
    let ran = world.finish(child);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("stopped; 5 fiscalised"), "{ran:?}");
    assert!((0..5).all(|number| fiscalised(&world, &format!("INV-{number}")) == 1));
}

#[test]
fn a_rejection_parks_its_lane_and_an_operator_lets_it_go_on() {
    let world = strict();
    world
        .sim()
        .script(Operation::SubmitInvoice, [Some(Fault::RejectedOnce)]);
    world.write("a.jsonl", lines(&[invoice("INV-1"), invoice("INV-2")]));
    world.write("b.json", invoice("INV-3").to_string());
    let ran = world.fh(&[
        "--output",
        "json",
        "submit",
        "a.jsonl",
        "--wait",
        "8",
        "--on-rejected",
        "park_lane",
        "--may-pass-tries",
        "1",
    ]);
    assert_eq!(ran.code, 4, "{ran:?}");
    let line = &ran.lines()[0];
    assert_eq!(
        (&line["state"], &line["actionable"]),
        (&"rejected".into(), &true.into())
    );
    let error = line["error"].as_str().unwrap();
    assert!(
        error.contains("fh queue retry INV-1") && error.contains("fh queue skip INV-1"),
        "{error}"
    );
    let stats = world.fh(&["queue", "stats"]);
    assert!(
        stats.stdout.contains("ALARM") && stats.stdout.contains("INV-1 is parked"),
        "{stats:?}"
    );
    let behind = world.fh(&["--output", "json", "submit", "b.json", "--wait", "600"]);
    assert_eq!(
        (behind.code, behind.states()),
        (5, vec![state("INV-3", "queued")]),
        "{behind:?}"
    );
    assert!(
        behind.lines()[0]["error"]
            .as_str()
            .unwrap()
            .contains("behind INV-1, which is parked"),
        "{behind:?}"
    );
    let drained = world.fh(&["queue", "drain"]);
    assert_eq!(drained.code, 5, "{drained:?}");
    assert_eq!(world.ledger().of("INV-3").accepted, 0);
    let skipped = world.fh(&["queue", "skip", "INV-1", "--reason", "  "]);
    assert_eq!(skipped.code, 2, "{skipped:?}");
    assert_eq!(world.fh(&["queue", "retry", "INV-1", "--by", "rudo"]).code, 0);
    assert_eq!(world.fh(&["queue", "drain"]).code, 0);
    assert!(["INV-1", "INV-2", "INV-3"].iter().all(|id| fiscalised(&world, id) == 1));
    let shown = world.fh(&["queue", "show", "INV-1"]);
    assert!(
        shown.stdout.contains("operator rudo") && shown.stdout.contains("verification code"),
        "{shown:?}"
    );
}

#[test]
fn refused_credentials_are_said_at_once_and_the_document_stays() {
    let world = strict();
    world.write("a.json", invoice("INV-1").to_string());
    let mut command = world.command(["--output", "json", "submit", "a.json", "--wait", "60"]);
    command.env("FH_API_KEY", "A".repeat(32));
    let ran = world.run(&mut command);
    assert_eq!((ran.code, ran.states()), (6, vec![state("INV-1", "queued")]), "{ran:?}");
    assert_eq!(world.fh(&["queue", "retry", "INV-1"]).code, 0);
    assert_eq!(world.fh(&["queue", "drain"]).code, 0);
    assert_eq!(fiscalised(&world, "INV-1"), 1);
}

#[test]
fn a_killed_submission_is_finished_by_the_next_command() {
    let world = World::with(Options::builder().settle_delay(Duration::from_secs(3600)).build());
    world.write("a.json", invoice("INV-1").to_string());
    let mut child = world.command(["submit", "a.json"]).spawn().unwrap();
    world
        .runtime
        .block_on(world.sim().await_requests(Operation::SubmitInvoice, 1));
    child.kill().unwrap();
    child.wait().unwrap();
    let ran = world.fh(&["--output", "json", "queue", "show", "INV-1"]);
    let kept = ran.lines().remove(0);
    let state = kept["entry"]["state"].as_str().unwrap();
    assert!(["sending", "accepted"].contains(&state), "{kept}");
    assert_eq!(world.ledger().of("INV-1").accepted, 1);
}

#[test]
fn bad_places_and_unknown_documents_are_said_with_what_to_do() {
    let world = World::alone();
    world.write("notes.txt", "these are my notes\n".repeat(400));
    let text = |arguments: &[&str]| {
        let ran = world.fh(arguments);
        (ran.code, ran.stderr)
    };
    let (code, said) = text(&["queue", "ls", "--outbox", "notes.txt"]);
    assert!(
        code == 7 && said.contains("notes.txt") && said.contains("not touched"),
        "{said}"
    );
    let (code, said) = text(&["queue", "ls", "--outbox", "postgres://fh:geheim@db/till"]);
    assert!(
        code == 2 && said.contains("FH_OUTBOX") && !said.contains("geheim"),
        "{said}"
    );
    let (code, said) = text(&["queue", "show", "INV-9"]);
    assert!(
        code == 2 && said.contains("INV-9") && said.contains("fh queue ls"),
        "{said}"
    );
    let (code, said) = text(&["queue", "ls", "--state", "asleep"]);
    assert!(code == 2 && said.contains("queued"), "{said}");
    let (code, said) = text(&["queue", "retry", "INV-9"]);
    assert!(code == 2 && said.contains("INV-9"), "{said}");
}

#[test]
fn checking_against_the_journal_knows_what_was_taken_in() {
    let world = World::alone();
    world.write("a.json", invoice("INV-1").to_string());
    assert_eq!(world.fh(&["queue", "add", "a.json"]).code, 0);
    let mut same_number = invoice("INV-2");
    same_number["InvoiceNumber"] = "INV-1".into();
    let mut too_much = credit_note("CN-1", "INV-1");
    too_much["LineItems"][0]["Quantity"] = 4.into();
    too_much["LineItems"][0]["LineAmount"] = 6.6.into();
    for total in ["SubTotal", "Total"] {
        too_much[total] = 6.6.into();
    }
    world.write("b.jsonl", lines(&[same_number, too_much]));
    let rules = |arguments: &[&str]| -> Vec<String> {
        let ran = world.fh(arguments);
        let findings = ran
            .lines()
            .into_iter()
            .flat_map(|line| line["findings"].as_array().unwrap().clone());
        findings
            .filter(|finding| finding["level"] == "block")
            .map(|finding| finding["rule"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(rules(&["--output", "json", "check", "b.jsonl"]), [""; 0]);
    assert_eq!(
        rules(&["--output", "json", "check", "--journal", "b.jsonl"]),
        ["PF03", "PF34"]
    );
    // Nothing was taken in by that.
    let listed = world.fh(&["--output", "json", "queue", "ls"]);
    assert_eq!(listed.lines().len(), 1, "{listed:?}");
}
