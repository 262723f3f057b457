//! The tills of `examples/`, in languages that are not ours, against the agent and the simulator.
#![cfg(unix)]

use std::{
    io::{Read, Write},
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::Duration,
};

use fh_sim::{Count, Dose, Fault, FaultPlan, Operation, Repeat, Sim};
use serde_json::Value;

use crate::{
    agent::{Agent, Said},
    harness::{Ran, World, example, invoice},
};

const TILLS: [&str; 2] = ["till.py", "till.sh"];
const ONCE: Count = Count {
    accepted: 1,
    fiscalised: 1,
    rejected: 0,
};

/// A simulator that fiscalises twice what comes twice without saying so.
fn strict(settle_delay: Duration) -> World {
    let mut world = World::alone();
    let sim = Sim::builder()
        .repeat(Repeat::SecondAcceptance)
        .repeat_with_retry(Repeat::SameRequest)
        .unique_numbers(false)
        .settle_delay(settle_delay);
    world.sim = Some(world.runtime.block_on(sim.start()).unwrap());
    world
}

/// A till that is at work.
struct Till {
    child: Child,
    printed: Said,
    said: Said,
}

impl Till {
    fn start(world: &World, till: &str, address: &str, file: &str) -> Self {
        let program = if till.ends_with(".py") { "python3" } else { "sh" };
        let mut child = Command::new(program)
            .arg(example(till))
            .arg(world.path(file))
            .env("HOME", world.folder.path())
            .env_remove("XDG_STATE_HOME")
            .env_remove("FH_AGENT_TOKEN_FILE")
            .env("FH_AGENT", format!("http://{address}"))
            .env("FH_AGENT_PATIENCE", "80")
            // A proxy has no business between a till and its agent.
            .env("http_proxy", "http://127.0.0.1:9")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            printed: Said::of(child.stdout.take().unwrap()),
            said: Said::of(child.stderr.take().unwrap()),
            child,
        }
    }

    fn end(mut self) -> Ran {
        Ran {
            code: self.child.wait().unwrap().code().unwrap(),
            stdout: self.printed.all(),
            stderr: self.said.all(),
        }
    }

    fn run(world: &World, till: &str, agent: &Agent, file: &str) -> Ran {
        Self::start(world, till, &agent.address.to_string(), file).end()
    }
}

#[test]
fn a_till_prints_the_receipt_and_the_same_again_when_it_is_run_again() {
    let world = strict(Duration::from_millis(5));
    let agent = Agent::start(&world);
    // What a receipt says of the seller and the device comes from there.
    while agent.get("/v1/catalogue").status != 200 {
        std::thread::yield_now();
    }
    let mut receipts = Vec::new();
    for (till, id) in TILLS.into_iter().zip(["INV 1/a", "INV \"2\" \\ é"]) {
        world.write("a.json", invoice(id).to_string());
        let ran = Till::run(&world, till, &agent, "a.json");
        assert_eq!(ran.code, 0, "{till}: {ran:?}");
        assert!(
            ran.stdout.contains("FISCAL TAX INVOICE") && ran.stdout.contains("Verification code"),
            "{ran:?}"
        );
        assert!(ran.stdout.lines().all(|line| line.chars().count() <= 48), "{ran:?}");
        let again = Till::run(&world, till, &agent, "a.json");
        assert_eq!((again.code, &again.stdout), (0, &ran.stdout), "{till}: {again:?}");
        assert_eq!(world.ledger().of(id), ONCE, "{till}");
        receipts.push(ran.stdout);
    }
    assert_ne!(receipts[0], receipts[1]);
    // What one till has handed in, the other finds done.
    assert_eq!(Till::run(&world, TILLS[0], &agent, "a.json").stdout, receipts[1]);
    assert_eq!(agent.stop("-INT").code, 0);
}

#[test]
fn a_till_outlasts_a_service_that_is_down_and_an_agent_that_is_killed() {
    for till in TILLS {
        let world = strict(Duration::from_secs(2));
        world.runtime.block_on(world.sim().stop_listening());
        let agent = Agent::with(&world, &["--webhook-listen", "127.0.0.1:0"]);
        let address = agent.address.to_string();
        world.write("a.json", invoice("INV-1").to_string());
        let child = Till::start(&world, till, &address, "a.json");
        agent.printed().line_with("\"from\":\"sending\",\"to\":\"queued\"");
        // When it is up at last, it wants to be left alone: so nothing is on the wire when the agent is killed.
        let later = Dose {
            seconds: Some(3600),
            on: vec![Operation::SubmitInvoice],
            ..Dose::count(1)
        };
        world
            .sim()
            .set_faults(FaultPlan::default().with(Fault::TooManyRequests429, later));
        world.runtime.block_on(async {
            world.sim().listen_again().await.unwrap();
            world.sim().await_requests(Operation::SubmitInvoice, 1).await;
        });
        agent.printed().line_with("\"event\":\"busy\"");
        agent.kill();
        child.said.line_with("does not answer");

        let restart = || Agent::with(&world, &["--listen", &address]);
        let agent = restart();
        assert_eq!(agent.post("/v1/documents/INV-1/retry", r#"{"by": "rudo"}"#).status, 200);
        agent.printed().line_with("\"to\":\"accepted\"");
        agent.kill();
        let agent = restart();
        let ran = child.end();
        assert_eq!(ran.code, 0, "{till}: {ran:?}");
        assert!(ran.stdout.contains("Verification code"), "{ran:?}");
        assert_eq!(world.ledger().of("INV-1"), ONCE, "{till}");
        assert_eq!(agent.stop("-INT").code, 0);
    }
}

#[test]
fn a_till_asks_again_when_the_agent_cannot_take_a_document_in() {
    for till in TILLS {
        let world = strict(Duration::from_millis(5));
        // The token is there from an earlier run.
        assert_eq!(Agent::start(&world).stop("-INT").code, 0);
        world.write("a.json", invoice("INV-1").to_string());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let child = Till::start(&world, till, &address, "a.json");
        let (mut stream, _) = listener.accept().unwrap();
        drop(listener);
        let mut request = Vec::new();
        while !request.ends_with(b"}") {
            let mut piece = [0; 4096];
            let count = stream.read(&mut piece).unwrap();
            request.extend_from_slice(&piece[..count]);
        }
        let full = "{\"title\":\"The outbox failed\",\"status\":503,\"detail\":\"the disk is full\"}";
        let head = format!(
            "HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            full.len()
        );
        stream.write_all(format!("{head}{full}").as_bytes()).unwrap();
        drop(stream);
        child.said.line_with("503");
        let agent = Agent::with(&world, &["--listen", &address]);
        let ran = child.end();
        assert_eq!((ran.code, world.ledger().of("INV-1")), (0, ONCE), "{till}: {ran:?}");
        drop(agent);
    }
}

#[test]
fn a_till_says_why_a_document_was_refused() {
    for till in TILLS {
        let world = strict(Duration::from_millis(5));
        let agent = Agent::with(&world, &["--may-pass-tries", "1"]);
        let run = |document: &Value| {
            world.write("a.json", document.to_string());
            let ran = Till::run(&world, till, &agent, "a.json");
            assert_eq!(ran.stdout, "", "{till}: nothing is printed that is no receipt");
            (ran.code, ran.stderr)
        };
        let mut wrong = invoice("INV-1");
        wrong["Total"] = 7.into();
        let (code, said) = run(&wrong);
        assert!(
            code == 3 && said.contains("PF13") && said.contains("/Total"),
            "{till}: {code} {said}"
        );
        wrong["Bad"] = 1.into();
        let (code, said) = run(&wrong);
        assert!(code == 3 && said.contains("Bad"), "{till}: {code} {said}");
        world
            .sim()
            .script(Operation::SubmitInvoice, [Some(Fault::RejectedOnce)]);
        let (code, said) = run(&invoice("INV-2"));
        assert!(code == 4 && said.contains("try again"), "{till}: {code} {said}");
        let mut other = invoice("INV-2");
        other["BuyerContact"]["Name"] = "Cash Somebody Else".into();
        let (code, said) = run(&other);
        assert!(
            code == 3 && said.contains("with other content"),
            "{till}: {code} {said}"
        );
        world.write(".local/state/fiscal-harmony/agent-token", "x".repeat(64));
        let (code, said) = run(&other);
        assert!(code == 6 && said.contains("token"), "{till}: {code} {said}");
        assert_eq!(agent.stop("-INT").code, 0);
    }
}
