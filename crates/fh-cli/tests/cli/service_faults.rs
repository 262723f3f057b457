//! The service fails: what is said, how it ends, and what the service counted.

use fh_sim::{Dose, Fault, FaultPlan, Operation};

use crate::harness::{World, invoice, lines, state};

fn three() -> World {
    let world = World::new();
    world.write(
        "a.jsonl",
        lines(&[invoice("INV-1"), invoice("INV-2"), invoice("INV-3")]),
    );
    world
}

fn submit(world: &World) -> crate::harness::Ran {
    world.fh(&["--output", "json", "submit", "--direct", "a.jsonl"])
}

#[test]
fn a_lost_reply_is_unknown_and_never_sent_again() {
    let world = three();
    world.sim().script(Operation::SubmitInvoice, [Some(Fault::LostReply)]);
    let ran = submit(&world);
    assert_eq!(ran.code, 5, "{ran:?}");
    assert_eq!(
        ran.states(),
        [
            state("INV-1", "unknown"),
            state("INV-2", "fiscalised"),
            state("INV-3", "fiscalised")
        ]
    );
    let said = ran.lines()[0]["error"].as_str().unwrap().to_owned();
    assert!(
        said.contains("a.jsonl:1:1") && said.contains("do not send it again blindly"),
        "{said}"
    );
    assert_eq!(world.sim().requests()[&Operation::SubmitInvoice], 3);
    assert_eq!(world.ledger().of("INV-1").accepted, 1);
}

/// What `fh` says to type next.
fn said_next(ran: &crate::harness::Ran) -> Vec<String> {
    let (_, next) = ran.stderr.trim_end().rsplit_once("go on with: fh ").unwrap();
    next.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn what_may_have_arrived_is_kept_and_cleared_up_by_the_command_that_is_said() {
    let world = three();
    world.sim().script(Operation::SubmitInvoice, [Some(Fault::LostReply)]);
    let next = said_next(&submit(&world));
    let next: Vec<_> = next.iter().map(String::as_str).collect();
    assert_eq!(next[..3], ["queue", "drain", "--outbox"], "{next:?}");
    let listed = world.fh(&["--output", "json", "queue", "ls", "--outbox", next[3]]);
    assert_eq!(listed.states(), [state("INV-1", "unknown")], "{listed:?}");
    let ran = world.fh(&next);
    assert_eq!(ran.code, 0, "{ran:?}");
    let sold = |id: &str| world.ledger().of(id).fiscalised;
    assert_eq!((sold("INV-1"), sold("INV-2"), sold("INV-3")), (1, 1, 1));
    let receipt = world.fh(&["--output", "json", "queue", "show", "INV-1", "--outbox", next[3]]);
    assert!(
        receipt.stdout.contains("INV-1") && receipt.stdout.contains("qr_url"),
        "{receipt:?}"
    );
}

#[test]
fn what_is_not_decided_is_kept_and_what_is_settled_is_not() {
    let world = World::with(
        fh_sim::Options::builder()
            .settle_delay(std::time::Duration::from_secs(3600))
            .build(),
    );
    world.write("a.json", invoice("INV-1").to_string());
    let ran = world.fh(&["submit", "--direct", "a.json", "--wait", "0"]);
    assert_eq!(ran.code, 5, "{ran:?}");
    let next = said_next(&ran);
    assert!(std::path::Path::new(&next[3]).is_file(), "{next:?}");

    let world = three();
    assert_eq!(submit(&world).code, 0);
    world
        .sim()
        .script(Operation::SubmitInvoice, [Some(Fault::Unauthorized401)]);
    world.write("a.jsonl", invoice("INV-4").to_string());
    let ran = submit(&world);
    assert!(ran.code == 6 && !ran.stderr.contains("go on with"), "{ran:?}");
    if cfg!(windows) {
        return;
    }
    let left: Vec<_> = std::fs::read_dir(world.path(".local/state/fiscal-harmony"))
        .unwrap()
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_server_fault_is_unknown() {
    for fault in [Fault::ServerError500Html, Fault::BadGateway502Html, Fault::DropBefore] {
        let world = three();
        world.sim().script(Operation::SubmitInvoice, [Some(fault)]);
        let ran = submit(&world);
        assert_eq!(ran.code, 5, "{fault:?}: {ran:?}");
        assert_eq!(ran.states()[0], state("INV-1", "unknown"));
        assert_eq!(world.ledger().len(), 2);
    }
}

#[test]
fn refused_credentials_stop_the_rest() {
    let world = three();
    world
        .sim()
        .script(Operation::SubmitInvoice, [None, Some(Fault::Unauthorized401)]);
    let ran = submit(&world);
    assert_eq!(ran.code, 6, "{ran:?}");
    assert_eq!(
        ran.states(),
        [
            state("INV-1", "fiscalised"),
            state("INV-2", "refused"),
            state("INV-3", "refused")
        ]
    );
    assert_eq!(world.sim().requests()[&Operation::SubmitInvoice], 2);
    assert!(
        ran.lines()[2]["error"].as_str().unwrap().contains("not sent"),
        "{ran:?}"
    );
}

#[test]
fn what_may_have_been_taken_is_five_whatever_is_said_to_the_next_try() {
    for (fault, status) in [(Fault::Unauthorized401, "401"), (Fault::PaymentRequired402, "402")] {
        let world = World::new();
        world.write("a.json", invoice("INV-1").to_string());
        world
            .sim()
            .script(Operation::SubmitInvoice, [Some(Fault::LostReply), Some(fault)]);
        let ran = world.fh(&[
            "--output",
            "json",
            "submit",
            "a.json",
            "--orphan-window",
            "50ms",
            "--wait",
            "30",
        ]);
        assert_eq!(
            (ran.code, ran.states()),
            (5, vec![state("INV-1", "unknown")]),
            "{ran:?}"
        );
        assert_eq!(world.ledger().of("INV-1").accepted, 1, "the ledger has it");
        let said = ran.lines()[0]["error"].as_str().unwrap().to_owned();
        for part in [
            "it may have been taken",
            status,
            "Do not hand it in under another id",
            "fh run",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert!(
            !said.contains("nothing was taken") && !said.contains("no document was taken"),
            "{said}"
        );
        // And so the same is said to whoever asks later.
        let shown = world.fh(&["queue", "show", "INV-1"]);
        assert!(shown.stdout.contains("it may have been taken"), "{shown:?}");
    }
}

#[test]
fn a_wrong_secret_is_six() {
    let world = three();
    let mut command = world.command(["submit", "--direct", "a.jsonl"]);
    let ran = world.run(command.env("FH_API_SECRET", format!("{}==", "A".repeat(86))));
    assert_eq!(ran.code, 6, "{ran:?}");
    assert!(ran.stdout.contains("check the API key and secret"), "{ran:?}");
    assert!(world.ledger().is_empty());
}

#[test]
fn an_unpaid_subscription_is_seven_and_stops_the_rest() {
    let world = three();
    world
        .sim()
        .script(Operation::SubmitInvoice, [Some(Fault::PaymentRequired402)]);
    let ran = submit(&world);
    assert_eq!((ran.code, world.ledger().len()), (7, 0), "{ran:?}");
    assert_eq!(world.sim().requests()[&Operation::SubmitInvoice], 1);
}

#[test]
fn a_busy_service_is_offered_the_document_again() {
    let world = three();
    let slow_down = Dose {
        seconds: Some(0),
        ..Dose::count(2)
    };
    world.sim().set_faults(FaultPlan::default().with(
        Fault::TooManyRequests429,
        Dose {
            on: vec![Operation::SubmitInvoice],
            ..slow_down
        },
    ));
    let ran = submit(&world);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(world.sim().requests()[&Operation::SubmitInvoice], 5);
    assert_eq!(world.sim().device().lane(), ["INV-1", "INV-2", "INV-3"]);
}

#[test]
fn nobody_at_home_is_seven_and_soon_given_up() {
    let world = World::new();
    let all: Vec<_> = (0..6).map(|n| invoice(&format!("INV-{n}"))).collect();
    world.write("a.jsonl", lines(&all));
    world.runtime.block_on(world.sim().stop_listening());
    let ran = submit(&world);
    assert_eq!((ran.code, ran.lines().len()), (7, 6), "{ran:?}");
    let said = |n: usize| ran.lines()[n]["error"].as_str().unwrap().to_owned();
    assert!(said(0).contains("nothing was sent"), "{}", said(0));
    assert!(said(3).contains("the 3 documents before it"), "{}", said(3));
}

#[test]
fn a_status_that_cannot_be_had_leaves_it_pending_with_its_id() {
    let world = three();
    world.sim().set_faults(FaultPlan::default().with(
        Fault::Unauthorized401,
        Dose {
            on: vec![Operation::Status],
            ..Dose::rate(1.0)
        },
    ));
    let ran = world.fh(&["--output", "json", "submit", "--direct", "a.jsonl", "--wait", "1"]);
    assert_eq!(ran.code, 5, "{ran:?}");
    for line in ran.lines() {
        assert_eq!(line["state"], "pending");
        assert!(
            line["request_id"].is_string() && line["error"].as_str().unwrap().contains("it was taken"),
            "{line}"
        );
    }
    let id = ran.lines()[0]["request_id"].as_str().unwrap().to_owned();
    let ran = world.fh(&["--output", "json", "status", &id]);
    assert_eq!(
        (ran.code, ran.states()),
        (6, vec![(None, "unknown".to_owned())]),
        "{ran:?}"
    );
}

#[test]
fn passing_faults_of_the_status_are_waited_out() {
    let world = three();
    // More than the client repeats by itself within one question.
    let often = Dose {
        on: vec![Operation::Status],
        ..Dose::count(4)
    };
    world
        .sim()
        .set_faults(FaultPlan::default().with(Fault::ServerError500Html, often));
    let ran = submit(&world);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(world.sim().requests()[&Operation::Status] > 4);
}

#[test]
fn a_status_that_leaves_out_what_is_pending_is_asked_again() {
    let world = three();
    world
        .sim()
        .script(Operation::Status, [Some(Fault::StatusMissing), Some(Fault::DropBefore)]);
    assert_eq!(submit(&world).code, 0);
}

#[test]
fn a_single_document_ends_with_the_code_of_its_own_failure() {
    for (fault, code) in [
        (Fault::Unauthorized401, 6),
        (Fault::PaymentRequired402, 7),
        (Fault::NotFound404, 7),
    ] {
        let world = World::new();
        world.write("a.jsonl", invoice("INV-1").to_string());
        world.sim().script(Operation::SubmitInvoice, [Some(fault)]);
        let ran = submit(&world);
        assert_eq!(
            (ran.code, ran.states()),
            (code, vec![state("INV-1", "refused")]),
            "{ran:?}"
        );
    }
}

#[test]
fn what_is_no_pdf_is_not_saved_and_the_receipt_is_not_lost() {
    for fault in [Fault::PdfHtml, Fault::PdfTruncated] {
        let world = three();
        world.sim().script(Operation::DownloadPdf, [None, Some(fault)]);
        let ran = world.fh(&["--output", "json", "submit", "--direct", "a.jsonl", "--pdf", "out"]);
        assert_eq!(ran.code, 7, "{fault:?}: {ran:?}");
        assert!(ran.states().iter().all(|(_, state)| state == "fiscalised"), "{ran:?}");
        // Which of them it is follows from the order in which they settled.
        let lines = ran.lines();
        let mut without = lines.iter().filter(|line| !line["error"].is_null());
        let line = without.next().unwrap();
        assert!(without.next().is_none(), "{ran:?}");
        let said = line["error"].as_str().unwrap();
        assert!(
            said.contains("it is fiscalised, but") && said.contains("fh pdf"),
            "{said}"
        );
        assert_eq!(std::fs::read_dir(world.path("out")).unwrap().count(), 2);
        // The name that is left can be asked for again.
        let ran = world.fh(&["pdf", line["receipt"]["pdf"].as_str().unwrap(), "--to", "out"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert_eq!(std::fs::read_dir(world.path("out")).unwrap().count(), 3);
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_told_and_the_receipt_is_not_lost() {
    let world = three();
    world.write("out", "a file, not a folder");
    let ran = world.fh(&["--output", "json", "submit", "--direct", "a.jsonl", "--pdf", "out"]);
    assert_eq!(ran.code, 7, "{ran:?}");
    assert!(ran.states().iter().all(|(_, state)| state == "fiscalised"), "{ran:?}");
    assert!(ran.stderr.contains("could not be saved"), "{ran:?}");
}
