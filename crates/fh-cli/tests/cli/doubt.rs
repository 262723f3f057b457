//! What may be fiscalised: what everybody is told, what a person can decide, and what the ledger counted.

use std::time::Duration;

use fh_sim::{Fault, Operation, Repeat, Sim};
use serde_json::{Value, json};

use crate::{
    agent::Agent,
    harness::{Ran, World, invoice, state},
};

/// A service that ignores `IsRetry`, before an authority that takes each number once. The first answer is lost.
fn ignoring() -> World {
    let mut world = World::alone();
    let sim = Sim::builder()
        .repeat(Repeat::SecondAcceptance)
        .repeat_with_retry(Repeat::SecondAcceptance)
        .settle_delay(Duration::from_millis(1));
    world.sim = Some(world.runtime.block_on(sim.start()).unwrap());
    world.sim().script(Operation::SubmitInvoice, [Some(Fault::LostReply)]);
    world
}

fn submit(world: &World) -> Ran {
    world.write("a.json", invoice("INV-1").to_string());
    world.fh(&[
        "--output",
        "json",
        "submit",
        "a.json",
        "--orphan-window",
        "50ms",
        "--wait",
        "40",
    ])
}

/// No text sends somebody who may have a fiscalised sale to fiscalise it another time.
fn says_no_second_time(said: &str) {
    let lower = said.to_lowercase();
    for forbidden in [
        "issue the sale",
        "issue it",
        "issued anew",
        "new document",
        "nothing was taken",
        "not fiscalised;",
        "it is not fiscalised",
    ] {
        assert!(!lower.contains(forbidden), "{forbidden:?}: {said}");
    }
}

const LINK: &str = "https://fdmstest.zimra.co.zw/";

/// The address of a receipt of today, of the simulator's device, that no other document has.
fn link(world: &World) -> String {
    world.write("z.json", invoice("INV-0").to_string());
    let first = world.fh(&["--output", "json", "submit", "z.json"]);
    let receipt = first.lines()[0]["receipt"].clone();
    let url = receipt["qr_url"].as_str().unwrap().to_owned();
    assert!(url.starts_with(LINK), "{url}");
    // The same device and day, another number and another code.
    let (head, _) = url.split_at(url.len() - 26);
    format!("{head}0000000777CC86EF9CDFA968E3")
}

#[test]
fn a_sale_that_is_probably_fiscalised_exits_five_and_is_adopted() {
    let world = ignoring();
    let ran = submit(&world);
    assert_eq!(
        (ran.code, ran.states()),
        (5, vec![state("INV-1", "unknown")]),
        "{ran:?}"
    );
    assert_eq!(world.ledger().of("INV-1").fiscalised, 1, "the ledger has it");
    let said = ran.lines()[0]["error"].as_str().unwrap().to_owned();
    for part in [
        "probably fiscalised already",
        "RCPT013",
        "fh queue adopt INV-1",
        "fh queue release INV-1",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    says_no_second_time(&said);
    for arguments in [&["queue", "show", "INV-1"][..], &["queue", "ls"], &["queue", "stats"]] {
        let told = world.fh(arguments);
        assert!(told.stdout.contains("probably fiscalised"), "{told:?}");
        says_no_second_time(&told.stdout);
    }
    // The lane goes on meanwhile.
    let url = link(&world);
    for arguments in [
        &["queue", "retry", "INV-1"][..],
        &["queue", "skip", "INV-1", "--reason", "a test"],
        &["queue", "adopt", "INV-1", "--verification-code", "12"],
        &["queue", "adopt", "INV-1", "--qr", "https://example.com/"],
        &["queue", "adopt", "INV-1", "--qr", &url, "--request-id", "x"],
        &["queue", "adopt", "INV-1"],
        &["queue", "release", "INV-1", "--why", " "],
    ] {
        let refused = world.fh(arguments);
        assert_eq!(refused.code, 2, "{arguments:?}: {refused:?}");
        says_no_second_time(&refused.stderr);
    }
    let adopted = world.fh(&[
        "--output", "json", "queue", "adopt", "INV-1", "--qr", &url, "--by", "rudo",
    ]);
    assert_eq!(adopted.code, 0, "{adopted:?}");
    assert_eq!(
        (&adopted.lines()[0]["state"], &adopted.lines()[0]["receipt"]["qr_url"]),
        (&"fiscalised".into(), &url.as_str().into())
    );
    let again = submit(&world);
    assert_eq!(
        (again.code, again.states()),
        (0, vec![state("INV-1", "fiscalised")]),
        "{again:?}"
    );
    assert_eq!(world.ledger().of("INV-1").accepted, 2, "nothing more was sent");
}

#[test]
fn what_is_released_is_rejected_and_what_is_rejected_is_acknowledged() {
    let world = ignoring();
    assert_eq!(submit(&world).code, 5);
    let released = world.fh(&[
        "--output",
        "json",
        "queue",
        "release",
        "INV-1",
        "--why",
        "the portal has none",
        "--by",
        "rudo",
    ]);
    assert_eq!(
        (released.code, &released.lines()[0]["state"]),
        (0, &"rejected".into()),
        "{released:?}"
    );
    let again = submit(&world);
    assert_eq!(
        (again.code, again.states()),
        (4, vec![state("INV-1", "rejected")]),
        "{again:?}"
    );
    assert_eq!(world.ledger().of("INV-1").accepted, 2, "releasing sends nothing");

    let world = World::new();
    world
        .sim()
        .script(Operation::SubmitInvoice, [Some(Fault::RejectedOnce)]);
    world.write("a.json", invoice("INV-1").to_string());
    assert_eq!(world.fh(&["submit", "a.json", "--may-pass-tries", "1"]).code, 4);
    let stats = world.fh(&["queue", "stats"]);
    assert!(
        stats.stdout.contains("fh queue acknowledge rejected:INV-1"),
        "{stats:?}"
    );
    assert_eq!(world.fh(&["queue", "acknowledge", "clock:INV-1"]).code, 2);
    assert_eq!(world.fh(&["queue", "acknowledge", "rejected:INV-1"]).code, 0);
    let stats = world.fh(&["queue", "stats"]);
    assert!(!stats.stdout.contains("acknowledge"), "{stats:?}");
}

#[test]
fn a_document_in_doubt_is_set_aside_and_what_waits_says_for_what() {
    let world = World::new();
    world.sim().script(Operation::SubmitInvoice, [Some(Fault::LostReply)]);
    world.write("a.json", invoice("INV-1").to_string());
    let ran = world.fh(&[
        "--output",
        "json",
        "submit",
        "a.json",
        "--on-unknown",
        "hold",
        "--wait",
        "20",
    ]);
    assert_eq!(
        (ran.code, ran.states()),
        (5, vec![state("INV-1", "unknown")]),
        "{ran:?}"
    );
    world.write("b.json", invoice("INV-2").to_string());
    let behind = world.fh(&["--output", "json", "submit", "b.json", "--wait", "600"]);
    assert_eq!(
        (behind.code, behind.states()),
        (5, vec![state("INV-2", "queued")]),
        "{behind:?}"
    );
    let listed = world.fh(&["--output", "json", "queue", "ls", "--search", "INV-2"]);
    let waits = &listed.lines()[0]["waits_for"];
    assert_eq!(
        (&waits["document"], &waits["state"]),
        (&"INV-1".into(), &"parked".into()),
        "{listed:?}"
    );
    let table = world.fh(&["queue", "ls"]);
    assert!(table.stdout.contains("waits behind"), "{table:?}");
    let skipped = world.fh(&["queue", "skip", "INV-1", "--reason", "a test"]);
    assert!(
        skipped.code == 2 && skipped.stderr.contains("set it aside"),
        "{skipped:?}"
    );
    let aside = world.fh(&["queue", "set-aside", "INV-1", "--why", "a test"]);
    assert_eq!(aside.code, 0, "{aside:?}");
    let behind = world.fh(&["--output", "json", "submit", "b.json"]);
    assert_eq!(
        (behind.code, behind.states()),
        (0, vec![state("INV-2", "fiscalised")]),
        "{behind:?}"
    );
}

#[test]
fn the_api_and_the_page_tell_and_take_the_same() {
    let world = ignoring();
    let agent = Agent::with(
        &world,
        &[
            "--orphan-window",
            "50ms",
            "--first-poll",
            "50ms",
            "--poll-linger",
            "10ms",
        ],
    );
    let answer = agent.post("/v1/documents?wait=60", invoice("INV-1").to_string());
    let entry = answer.json();
    assert_eq!(
        (&entry["state"], &entry["cause"], &entry["in_doubt"], &entry["holds"]),
        (
            &"parked".into(),
            &"probably_fiscalised".into(),
            &true.into(),
            &false.into()
        ),
        "{entry}"
    );
    let stats: Value = agent.get("/v1/stats").json();
    assert_eq!(
        (&stats["alarms"][0]["kind"], &stats["alarms"][0]["document"]),
        (&"probably_fiscalised".into(), &"INV-1".into())
    );
    says_no_second_time(&stats.to_string());
    let page = agent.get("/documents/INV-1").text();
    for part in [
        "Probably fiscalised",
        "The documents after it go on",
        "action=\"/documents/INV-1/adopt\"",
        "action=\"/documents/INV-1/release\"",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("/retry\"") && !page.contains("/skip\""), "{page}");
    let code = json!({ "by": "rudo", "verification_code": "CC86-EF9C-DFA9-68E3" }).to_string();
    let adopted = agent.post("/v1/documents/INV-1/adopt", &code);
    assert_eq!(
        (adopted.status, &adopted.json()["state"], &adopted.json()["incomplete"]),
        (200, &"fiscalised".into(), &true.into())
    );
    assert_eq!(agent.get("/v1/documents/INV-1/qr.svg").status, 409);
    let page = agent.get("/documents/INV-1").text();
    assert!(page.contains("receipt incomplete"), "{page}");
    assert_eq!(world.ledger().of("INV-1").accepted, 2);
}
