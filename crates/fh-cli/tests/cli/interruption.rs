//! Ctrl-C: whatever is known of each document is said.
#![cfg(unix)]

use std::{process::Child, time::Duration};

use fh_sim::{Dose, Fault, FaultPlan, Operation, Options};

use crate::harness::{World, invoice, lines, state};

/// Sends a child a signal.
pub(crate) fn send(child: &Child, signal: &str) {
    let sent = std::process::Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

#[test]
fn what_was_taken_is_reported_pending_with_its_request_id() {
    let never = Duration::from_secs(3600);
    let world = World::with(Options::builder().settle_delay(never).build());
    world.write("a.jsonl", lines(&[invoice("INV-1"), invoice("INV-2")]));
    let child = world
        .command(["--output", "json", "submit", "--direct", "a.jsonl"])
        .spawn()
        .unwrap();
    // It asks for the outcomes once both are taken.
    world.runtime.block_on(async {
        world.sim().await_requests(Operation::SubmitInvoice, 2).await;
        world.sim().await_requests(Operation::Status, 2).await;
    });
    send(&child, "-INT");
    let ran = world.finish(child);
    assert_eq!(ran.code, 5, "{ran:?}");
    assert_eq!(
        ran.states(),
        [state("INV-1", "pending"), state("INV-2", "pending")],
        "{ran:?}"
    );
    assert!(
        ran.lines()
            .iter()
            .all(|line| line["request_id"].is_string() && line["error"] == "interrupted"),
        "{ran:?}"
    );
    assert!(ran.stderr.contains("interrupted"), "{ran:?}");
}

#[test]
fn what_is_on_its_way_is_unknown_and_the_rest_is_not_sent() {
    let world = World::new();
    world.write(
        "a.jsonl",
        lines(&[invoice("INV-1"), invoice("INV-2"), invoice("INV-3")]),
    );
    let slow = Dose {
        ms: Some(3_600_000),
        on: vec![Operation::SubmitInvoice],
        ..Dose::count(1)
    };
    world.sim().set_faults(FaultPlan::default().with(Fault::Delay, slow));
    let child = world
        .command(["--output", "json", "submit", "--direct", "a.jsonl"])
        .spawn()
        .unwrap();
    world
        .runtime
        .block_on(world.sim().await_requests(Operation::SubmitInvoice, 1));
    // Two different signals, since two of a kind may be delivered as one.
    send(&child, "-INT");
    send(&child, "-TERM");
    let ran = world.finish(child);
    assert_eq!(ran.code, 5, "{ran:?}");
    assert_eq!(
        ran.states(),
        [
            state("INV-1", "unknown"),
            state("INV-2", "refused"),
            state("INV-3", "refused")
        ],
        "{ran:?}"
    );
    assert!(
        ran.lines()[0]["error"]
            .as_str()
            .unwrap()
            .contains("it may have been taken"),
        "{ran:?}"
    );
    assert!(
        ran.lines()[2]["error"]
            .as_str()
            .unwrap()
            .contains("not sent: interrupted"),
        "{ran:?}"
    );
    assert_eq!(world.sim().requests()[&Operation::SubmitInvoice], 1);
}

#[test]
fn a_submission_on_its_way_may_still_arrive_after_one_ctrl_c() {
    let world = World::new();
    world.write("a.jsonl", lines(&[invoice("INV-1"), invoice("INV-2")]));
    let slow = Dose {
        ms: Some(500),
        on: vec![Operation::SubmitInvoice],
        ..Dose::count(1)
    };
    world.sim().set_faults(FaultPlan::default().with(Fault::Delay, slow));
    let child = world
        .command(["--output", "json", "submit", "--direct", "a.jsonl"])
        .spawn()
        .unwrap();
    world
        .runtime
        .block_on(world.sim().await_requests(Operation::SubmitInvoice, 1));
    send(&child, "-INT");
    let ran = world.finish(child);
    assert_eq!(ran.code, 5, "{ran:?}");
    assert_eq!(
        ran.states(),
        [state("INV-1", "pending"), state("INV-2", "refused")],
        "{ran:?}"
    );
    assert!(ran.lines()[0]["request_id"].is_string(), "{ran:?}");
}

#[test]
fn standard_input_that_never_ends_does_not_keep_it() {
    let world = World::new();
    let mut child = world
        .command(["--output", "json", "submit", "--direct", "-"])
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut stdin, lines(&[invoice("INV-1"), invoice("INV-2")]).as_bytes()).unwrap();
    // The first is taken as soon as the second begins.
    assert!(world.runtime.block_on(world.sim().await_settled("INV-1")));
    send(&child, "-INT");
    let ran = world.finish(child);
    assert_eq!(ran.code, 5, "{ran:?}");
    assert!(ran.stderr.contains("standard input was not read"), "{ran:?}");
    drop(stdin);
}

#[test]
fn the_simulator_runs_until_it_is_told_to_stop() {
    use std::io::{BufRead, BufReader};

    let world = World::alone();
    let mut child = world
        .command([
            "--output",
            "json",
            "sim",
            "--seed",
            "7",
            "--faults",
            "{\"lost_reply\": 0}",
        ])
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    let told: serde_json::Value = serde_json::from_str(&line).unwrap();
    let text = |key: &str| told[key].as_str().unwrap().to_owned();
    world.write("a.json", invoice("INV-1").to_string());
    let mut submit = world.command(["--output", "json", "submit", "--direct", "a.json"]);
    submit
        .env("FH_BASE_URL", text("base_url"))
        .env("FH_API_KEY", text("api_key"))
        .env("FH_API_SECRET", text("api_secret"))
        .env("FH_APPLICATION", "test")
        .env("FH_STATION", "till-1");
    let ran = world.run(&mut submit);
    assert_eq!(
        (ran.code, ran.states()),
        (0, vec![state("INV-1", "fiscalised")]),
        "{ran:?}"
    );
    send(&child, "-INT");
    assert!(child.wait().unwrap().success());
}

#[test]
fn the_simulator_prints_lines_for_a_shell_and_explains_bad_options() {
    use std::io::Read;

    let world = World::alone();
    let mut child = world.command(["sim"]).spawn().unwrap();
    let mut remark = [0; 30];
    child.stderr.as_mut().unwrap().read_exact(&mut remark).unwrap();
    send(&child, "-TERM");
    let ran = world.finish(child);
    assert_eq!(ran.code, 0);
    let exports = ran.stdout.lines().filter(|line| line.starts_with("export FH_")).count();
    assert_eq!(exports, 6, "{}", ran.stdout);
    assert!(
        ran.stdout
            .lines()
            .all(|line| line.starts_with("export ") || line.starts_with('#')),
        "{}",
        ran.stdout
    );

    let ran = world.fh(&["sim", "--faults", "{\"lost_replies\": 1}"]);
    assert!(
        ran.code == 2 && ran.stderr.contains("lost_replies") && ran.stderr.contains("lost_reply"),
        "{ran:?}"
    );
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let ran = world.fh(&["sim", "--port", &taken.local_addr().unwrap().port().to_string()]);
    assert!(ran.code == 7 && ran.stderr.contains("cannot listen"), "{ran:?}");
}
