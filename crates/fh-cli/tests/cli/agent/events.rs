//! Changes as they happen.

use std::io::{BufRead, BufReader, Write};

use serde_json::Value;

use super::Agent;
use crate::harness::{World, invoice};

/// A stream of changes.
struct Stream(BufReader<std::net::TcpStream>);

impl Stream {
    fn open(agent: &Agent, path: &str, header: &str) -> Self {
        let mut stream = agent.connect();
        let head = format!(
            "GET {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n{header}\r\n",
            agent.address, agent.token
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut stream = BufReader::new(stream);
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        assert!(line.starts_with("HTTP/1.1 200"), "{line}");
        while line != "\r\n" {
            line.clear();
            stream.read_line(&mut line).unwrap();
            let lower = line.to_ascii_lowercase();
            assert!(
                !lower.starts_with("content-type") || lower.contains("text/event-stream"),
                "{line}"
            );
        }
        Self(stream)
    }

    /// The next change; none at the end of the stream.
    fn next(&mut self) -> Option<Value> {
        let (mut id, mut line) = (None, String::new());
        loop {
            line.clear();
            if self.0.read_line(&mut line).ok()? == 0 {
                return None;
            }
            // The lines that tell the lengths of chunks are neither.
            if let Some(text) = line.strip_prefix("id: ") {
                id = Some(text.trim_end().to_owned());
            }
            if let Some(data) = line.strip_prefix("data: ") {
                let change: Value = serde_json::from_str(data).unwrap();
                assert_eq!(id, Some(change["id"].to_string()), "{change}");
                return Some(change);
            }
        }
    }

    /// The changes up to the one after which a document stands so.
    fn until(&mut self, document: &str, state: &str) -> Vec<Value> {
        let mut seen = Vec::new();
        loop {
            let change = self
                .next()
                .unwrap_or_else(|| panic!("the stream ended after {seen:#?}"));
            let is_last = change["document"] == document && change["to"] == state;
            seen.push(change);
            if is_last {
                return seen;
            }
        }
    }
}

#[test]
fn a_reader_that_comes_again_after_a_restart_misses_nothing_and_hears_nothing_twice() {
    let world = World::new();
    let agent = Agent::start(&world);
    let address = agent.address.to_string();
    let webhooks = agent.webhooks.unwrap().to_string();
    let mut stream = Stream::open(&agent, "/v1/events", "");
    assert_eq!(agent.post("/v1/documents", invoice("INV-1").to_string()).status, 202);
    let mut seen = stream.until("INV-1", "accepted");
    agent.kill();
    while let Some(change) = stream.next() {
        seen.push(change);
    }

    // What happens while nobody listens, in this process and in another one.
    world.write("b.json", invoice("INV-2").to_string());
    assert_eq!(world.fh(&["queue", "add", "b.json"]).code, 0);
    let agent = Agent::with(&world, &["--listen", &address, "--webhook-listen", &webhooks]);
    agent.settled("INV-2");
    let last = seen.last().unwrap()["id"].to_string();
    let mut stream = Stream::open(&agent, "/v1/events?after=0", &format!("Last-Event-ID: {last}\r\n"));
    assert_eq!(agent.post("/v1/documents", invoice("INV-3").to_string()).status, 202);
    seen.extend(stream.until("INV-3", "fiscalised"));

    let mut all = Stream::open(&agent, "/v1/events?after=0", "").until("INV-3", "fiscalised");
    assert_eq!(seen, all);
    let ids: Vec<_> = all.iter().map(|change| change["id"].as_i64().unwrap()).collect();
    assert!(ids.is_sorted_by(|one, other| one < other), "{ids:?}");
    all.retain(|change| change["document"] == "INV-2");
    assert_eq!(Value::Array(all), agent.get("/v1/documents/INV-2/history").json());
    let bad = agent.ask("GET", "/v1/events", &[("last-event-id", "yesterday")], b"");
    assert_eq!(bad.status, 400);
    assert!(bad.problem().contains("Last-Event-ID"));
    assert_eq!(agent.stop("-INT").code, 0);
}
