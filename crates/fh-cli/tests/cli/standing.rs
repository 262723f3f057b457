//! How long a till stands still: after the death of its program, after a lost answer, beside what is rejected or waits.
//!
//! Each figure is printed (`--nocapture`) and stands in `docs/benchmarks.md`. What is asserted is what no machine can be too slow for: what goes
//! first, and that nothing that may have arrived goes again before its time. `FH_LONG_TESTS=1` takes the orphan window of life.
#![cfg(unix)]

use std::{
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use fh_sim::{Dose, Fault, FaultPlan, Operation};

use crate::harness::{World, credit_note, invoice, lines, state};

/// How long what may have arrived waits, as a policy says it.
fn orphan_window() -> Duration {
    let is_long = std::env::var_os("FH_LONG_TESTS").is_some_and(|value| value == "1");
    Duration::from_secs(if is_long { 15 } else { 2 })
}

/// A worker in a process of its own.
struct Running(Child);

impl Running {
    fn start(world: &World, order: &str) -> Self {
        let window = format!("{}s", orphan_window().as_secs());
        let arguments = ["--output", "json", "run", "--order", order, "--orphan-window", &window];
        let mut command = world.command(arguments);
        Self(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Running {
    /// As `kill -9` ends it.
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn hand_in(world: &World, id: &str) {
    world.write(&format!("{id}.json"), invoice(id).to_string());
    let added = world.fh(&["queue", "add", &format!("{id}.json")]);
    assert_eq!(added.code, 0, "{added:?}");
}

fn submissions(world: &World) -> u64 {
    world.sim().requests()[&Operation::SubmitInvoice]
}

/// Waits until so many submissions have arrived, and says how long that took.
fn arrived(world: &World, count: u64, since: Instant) -> Duration {
    let sim = world.sim();
    world
        .runtime
        .block_on(sim.await_requests(Operation::SubmitInvoice, count));
    since.elapsed()
}

fn settled(world: &World, id: &str) {
    assert!(world.runtime.block_on(world.sim().await_settled(id)));
}

fn report(what: &str, order: &str, took: Duration) {
    println!(
        "| {what} | {order} | {:.2} s (orphan window {} s) |",
        took.as_secs_f64(),
        orphan_window().as_secs()
    );
}

/// Which document came first of two, and that nothing overlapped.
fn came(world: &World, ids: &[&str]) {
    assert_eq!(world.sim().device().first_acceptances(), ids);
    assert_eq!(world.sim().most_at_once(), 1);
}

#[test]
fn after_a_death_with_nothing_on_the_wire_the_next_document_goes_at_once() {
    for order in ["strict", "free"] {
        let world = World::new();
        let killed = Running::start(&world, order);
        hand_in(&world, "P-1");
        settled(&world, "P-1");
        drop(killed);
        hand_in(&world, "P-2");
        let begun = Instant::now();
        let _again = Running::start(&world, order);
        report("kill -9, nothing on the wire", order, arrived(&world, 2, begun));
        settled(&world, "P-2");
        came(&world, &["P-1", "P-2"]);
    }
}

#[test]
fn after_a_death_with_a_document_on_the_wire() {
    for order in ["strict", "free"] {
        let world = World::new();
        // The first submission is thought about for an hour, so that it is never taken.
        let slow = Dose {
            ms: Some(3_600_000),
            on: vec![Operation::SubmitInvoice],
            ..Dose::count(1)
        };
        world.sim().set_faults(FaultPlan::default().with(Fault::Delay, slow));
        hand_in(&world, "P-1");
        hand_in(&world, "P-2");
        let killed = Running::start(&world, order);
        arrived(&world, 1, Instant::now());
        drop(killed);
        let died = Instant::now();
        let _again = Running::start(&world, order);
        let next = arrived(&world, 2, died);
        settled(&world, "P-2");
        settled(&world, "P-1");
        report("kill -9, one document on the wire", order, next);
        if order == "strict" {
            assert!(next >= orphan_window(), "{next:?}");
            came(&world, &["P-1", "P-2"]);
        } else {
            came(&world, &["P-2", "P-1"]);
        }
    }
}

#[test]
fn after_a_lost_answer() {
    for order in ["strict", "free"] {
        let world = World::new();
        world.sim().script(Operation::SubmitInvoice, [Some(Fault::LostReply)]);
        hand_in(&world, "P-1");
        hand_in(&world, "P-2");
        let _worker = Running::start(&world, order);
        arrived(&world, 1, Instant::now());
        let lost = Instant::now();
        let next = arrived(&world, 2, lost);
        settled(&world, "P-2");
        report("a lost answer", order, next);
        let both = arrived(&world, 3, lost);
        // What may have arrived goes again, and not before its time; the service keeps it once.
        assert!(
            if order == "strict" { next } else { both } >= orphan_window(),
            "{both:?}"
        );
        came(&world, &["P-1", "P-2"]);
        assert_eq!(world.ledger().not_exactly_once().count(), 0);
    }
}

#[test]
fn a_rejected_document_a_waiting_note_and_another_device_hold_up_no_sale() {
    let world = World::new();
    world
        .sim()
        .script(Operation::SubmitInvoice, [Some(Fault::RejectedOnce)]);
    world.write("r.json", invoice("R-1").to_string());
    let rejected = world.fh(&["submit", "--may-pass-tries", "1", "r.json"]);
    assert_eq!(rejected.code, 4, "{rejected:?}");
    let _worker = Running::start(&world, "strict");
    let sold = |id: &str, what: &str| {
        world.write("sale.json", invoice(id).to_string());
        let begun = Instant::now();
        let ran = world.fh(&["--output", "json", "submit", "sale.json"]);
        assert_eq!(ran.states(), [state(id, "fiscalised")], "{ran:?}");
        report(what, "strict", begun.elapsed());
    };
    sold("P-1", "`fh submit` behind a rejected document");

    // Another till, whose answer never comes.
    let other = world.sim().add_device();
    let of_the_other = |arguments: &[&str]| {
        let mut command = world.command(arguments);
        for line in world.sim().export_lines_of(&other).lines() {
            let (name, value) = line.strip_prefix("export ").unwrap().split_once('=').unwrap();
            command.env(name, value.trim_matches('\''));
        }
        command
    };
    let slow = Dose {
        ms: Some(3_600_000),
        on: vec![Operation::SubmitInvoice],
        ..Dose::count(1)
    };
    world.sim().set_faults(FaultPlan::default().with(Fault::Delay, slow));
    world.write("other.jsonl", lines(&[invoice("O-1"), invoice("O-2")]));
    let added = world.run(&mut of_the_other(&["queue", "add", "--lane", "other", "other.jsonl"]));
    assert_eq!(added.code, 0, "{added:?}");
    let before = submissions(&world);
    let mut beside = of_the_other(&["run", "--lane", "other"]);
    let _beside = Running(beside.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    arrived(&world, before + 1, Instant::now());
    sold("P-2", "`fh submit` beside another device whose answer does not come");

    // A note waits for its invoice, which is still on its way, and the next sale does not.
    world.write("note.json", credit_note("N-1", "O-1").to_string());
    assert_eq!(world.fh(&["queue", "add", "note.json"]).code, 0);
    sold("P-3", "`fh submit` behind a waiting credit note");
    let waiting = world.fh(&["--output", "json", "queue", "show", "N-1"]);
    assert_eq!(waiting.lines()[0]["entry"]["state"], "queued", "{waiting:?}");
}
