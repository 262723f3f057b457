//! Requests that are too long, too slow or not what they should be, and an end that is waited for by many.

use std::io::{BufRead, BufReader, Read, Write};

use fh_sim::Options;

use super::{Agent, Answer};
use crate::{
    harness::{World, credit_note, invoice, lines},
    interruption::send,
};

#[test]
fn slow_senders_are_sent_away_while_others_are_served() {
    let world = World::new();
    let agent = Agent::start(&world);
    let head = format!(
        "POST /v1/documents HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\ncontent-length: 100\r\n",
        agent.address, agent.token
    );
    let mut slow_bodies = Vec::new();
    let mut slow_heads = Vec::new();
    for _ in 0..50 {
        let mut body = agent.connect();
        body.write_all(format!("{head}\r\n{{\"InvoiceId\"").as_bytes()).unwrap();
        slow_bodies.push(body);
        let mut slow = agent.connect();
        slow.write_all(head.as_bytes()).unwrap();
        slow_heads.push(slow);
    }
    assert_eq!(
        agent.post("/v1/documents?wait=60", invoice("INV-1").to_string()).status,
        200
    );
    for mut slow in slow_heads {
        let mut answer = String::new();
        // Closed, with or without a word.
        let _ = slow.read_to_string(&mut answer);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
    }
    for body in slow_bodies {
        let answer = Answer::read(body);
        assert_eq!(answer.status, 408);
        assert!(answer.problem().contains("10 seconds"));
    }
    assert_eq!(agent.get("/v1/documents").json().as_array().unwrap().len(), 1);
    assert_eq!(agent.stop("-INT").code, 0);
}

#[test]
fn a_body_that_is_too_long_is_refused_in_a_way_that_its_sender_gets_to_see() {
    let world = World::new();
    let agent = Agent::start(&world);
    const LONGEST: usize = 1024 * 1024;
    let mut document = invoice("INV-1").to_string();
    document.push_str(&" ".repeat(LONGEST - document.len()));
    assert_eq!(agent.post("/v1/documents", &document).status, 202);
    for length in [LONGEST + 1, 2 * LONGEST, 16 * LONGEST] {
        document.push_str(&" ".repeat(length - document.len()));
        let answer = agent.post("/v1/documents", &document);
        assert_eq!(answer.status, 413, "{length}");
        assert!(answer.problem().contains("1 MiB"));
    }
    let long_head = "x".repeat(64 * 1024);
    assert_eq!(agent.ask("GET", "/healthz", &[("x-long", &long_head)], b"").status, 431);
    assert_eq!(agent.get("/healthz").status, 200);
    assert_eq!(agent.stop("-INT").code, 0);
}

#[test]
fn what_cannot_be_read_is_said_with_its_place() {
    let world = World::new();
    let agent = Agent::start(&world);
    let problem = |body: &[u8]| {
        let answer = agent.post("/v1/documents", body);
        assert_eq!(answer.status, 400, "{}", answer.text());
        answer.problem();
        answer.json()
    };
    for nothing in [
        &b""[..],
        b"null",
        b"[]",
        b"{",
        b"\xff\xfe",
        b"<xml/>",
        b"{}",
        "[".repeat(100_000).as_bytes(),
    ] {
        problem(nothing);
    }
    let text = serde_json::to_string_pretty(&invoice("INV-1")).unwrap();
    let cut = problem(&text.as_bytes()[..text.len() / 2]);
    assert_eq!(cut["line"], text[..text.len() / 2].lines().count(), "{cut}");
    let wrong = problem(text.replace("\"Quantity\": 3", "\"Quantity\": \"three\"").as_bytes());
    assert_eq!(wrong["pointer"], "/LineItems/0/Quantity", "{wrong}");
    let line = text.lines().position(|line| line.contains("Quantity")).unwrap() + 1;
    assert_eq!(wrong["line"], line, "{wrong}");
    let both = credit_note("CN-1", "INV-1")
        .to_string()
        .replacen('{', "{\"InvoiceId\": \"INV-1\", ", 1);
    assert!(
        problem(both.as_bytes())["detail"]
            .as_str()
            .unwrap()
            .contains("InvoiceId")
    );
    assert_eq!(agent.stop("-INT").code, 0);
}

#[test]
fn ctrl_c_ends_a_long_poll_and_an_open_stream_in_order() {
    let never = std::time::Duration::from_secs(3600);
    let world = World::with(Options::builder().settle_delay(never).build());
    let agent = Agent::start(&world);
    assert_eq!(agent.post("/v1/documents", invoice("INV-1").to_string()).status, 202);
    agent.printed().line_with("\"to\":\"accepted\"");
    let request = |path: &str| {
        let mut stream = agent.connect();
        let head = format!(
            "GET {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n\r\n",
            agent.address, agent.token
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream
    };
    let mut events = BufReader::new(request("/v1/events?after=0"));
    let mut line = String::new();
    while !line.starts_with("data: ") {
        line.clear();
        assert_ne!(events.read_line(&mut line).unwrap(), 0);
    }
    let poll = request("/v1/documents/INV-1?wait=60");
    let idle = agent.connect();
    // The long-poll is under way once a request that came after it on the same machine is answered, and its own is not.
    assert_eq!(agent.get("/healthz").status, 200);
    send(agent.child(), "-INT");
    let answer = Answer::read(poll);
    assert_eq!((answer.status, &answer.json()["state"]), (200, &"accepted".into()));
    let mut rest = String::new();
    events.read_to_string(&mut rest).unwrap();
    assert!(rest.ends_with("0\r\n\r\n"), "the stream ends as it should: {rest:?}");
    let ran = agent.wait();
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("stopped; 1 accepted"), "{ran:?}");
    drop(idle);
}

#[test]
fn an_agent_that_finds_many_documents_waiting_answers_while_it_sends_them() {
    let count = if std::env::var_os("FH_LONG_TESTS").is_some() {
        10_000
    } else {
        300
    };
    let world = World::new();
    let documents: Vec<_> = (0..count).map(|number| invoice(&format!("INV-{number}"))).collect();
    world.write("many.jsonl", lines(&documents));
    let added = world.fh(&["queue", "add", "many.jsonl"]);
    assert_eq!(added.code, 0, "{added:?}");
    // Nothing is settled before the simulator knows where to push it.
    world.runtime.block_on(world.sim().stop_listening());
    let agent = Agent::start(&world);
    world.runtime.block_on(world.sim().listen_again()).unwrap();
    let open = |agent: &Agent| {
        let stats = agent.get("/v1/stats").json();
        let lanes = stats["lanes"].as_array().unwrap().clone();
        let states = ["queued", "sending", "accepted"];
        lanes
            .iter()
            .flat_map(|lane| states.map(|state| lane[state].as_u64().unwrap()))
            .sum::<u64>()
    };
    assert!(open(&agent) > 0, "it answers while there is work");
    assert_eq!(
        agent.post("/v1/documents", invoice("INV-LAST").to_string()).status,
        202,
        "and takes more"
    );
    let mut left = open(&agent);
    while left > 0 {
        for path in ["/healthz", "/readyz", "/v1/documents?limit=10", "/metrics"] {
            assert_eq!(agent.get(path).status, 200);
        }
        // The next in line, so that this waits for progress and not for a time.
        let next = agent
            .get("/v1/documents?state=queued,sending,accepted&limit=1000")
            .json();
        if let Some(oldest) = next.as_array().unwrap().last() {
            agent.settled(oldest["document"].as_str().unwrap());
        }
        let now = open(&agent);
        assert!(now <= left, "{now} of {left}");
        left = now;
    }
    let ledger = world.ledger();
    assert!((0..count).all(|number| ledger.of(&format!("INV-{number}")).fiscalised == 1));
    assert_eq!(ledger.not_exactly_once().count(), 0);
    assert_eq!(
        agent.settled("INV-LAST")["state"],
        "fiscalised",
        "after all that were there before it"
    );
    assert_eq!(agent.stop("-INT").code, 0);
}
