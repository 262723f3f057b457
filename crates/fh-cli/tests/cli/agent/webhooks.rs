//! What is pushed: `fh listen`, `fh trigger`, and the receiver beside the agent.

use std::{io::Write, net::TcpStream};

use serde_json::Value;

use super::child::{Agent, Answer, Said};
use crate::{
    harness::{World, invoice},
    interruption::send,
};

/// A child that receives webhooks, and where.
fn listen(world: &World, arguments: &[&str]) -> (std::process::Child, Said, Said, String) {
    let mut child = world.command(arguments).spawn().unwrap();
    let said = Said::of(child.stderr.take().unwrap());
    let printed = Said::of(child.stdout.take().unwrap());
    let line = said.line_with("webhooks are received on ");
    let url = line.split_once("received on ").unwrap().1.split(';').next().unwrap();
    (child, printed, said, url.to_owned())
}

#[test]
fn listen_prints_what_is_pushed_and_tells_of_wrong_signatures_without_their_content() {
    let world = World::new();
    let (mut child, printed, said, url) = listen(&world, &["--output", "json", "listen", "--listen", "127.0.0.1:0"]);
    let tested = world.fh(&["--output", "json", "trigger", "--url", &url, "--test"]);
    assert_eq!(tested.code, 0, "{tested:?}");
    assert_eq!(tested.lines()[0]["steps"].as_array().unwrap().len(), 5);
    said.line_with("a delivery was refused: its signature is missing or made with another secret");
    let early = world.fh(&["trigger"]);
    assert!(
        early.code == 2 && early.stderr.contains("submit a document first"),
        "{early:?}"
    );

    world.write("a.json", invoice("INV-1").to_string());
    assert_eq!(world.fh(&["submit", "a.json"]).code, 0);
    printed.line_with("fiscalised");
    let again = world.fh(&["--output", "json", "trigger", "INV-1"]);
    assert_eq!(
        (again.code, &again.lines()[0]["received"]),
        (0, &true.into()),
        "{again:?}"
    );
    send(&child, "-INT");
    assert!(child.wait().unwrap().success());
    let lines: Vec<Value> = printed
        .all()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|line: &Value| line["state"] == "fiscalised")
        .collect();
    assert_eq!(lines.len(), 2, "once by itself and once by trigger");
    assert_eq!(lines[0]["receipt"], lines[1]["receipt"]);
    assert_eq!(
        (&lines[0]["label"], lines[0]["receipt"]["verification_code"].is_string()),
        (&"default".into(), true)
    );
    let said = said.all();
    assert!(
        !said.contains(&world.variable("FH_API_SECRET")) && !said.contains("Webhook test"),
        "{said}"
    );
}

#[test]
fn listen_speaks_to_people_too_and_trigger_says_what_a_receiver_got_wrong() {
    let world = World::new();
    let (mut child, printed, _, url) = listen(&world, &["listen", "--listen", "127.0.0.1:0"]);
    assert!(world.runtime.block_on(world.sim().set_webhook(&url)).active);
    world.write("a.json", invoice("INV-1").to_string());
    assert_eq!(world.fh(&["submit", "a.json"]).code, 0);
    printed.line_with("verification code");
    send(&child, "-TERM");
    assert!(child.wait().unwrap().success());

    let refused = world.fh(&["trigger"]);
    assert!(
        refused.code == 7 && refused.stderr.contains("did not take it"),
        "{refused:?}"
    );
    let untested = world.fh(&["trigger", "--url", &url]);
    assert!(
        untested.code == 7 && untested.stderr.contains("no answer in time") && untested.stderr.contains("401"),
        "{untested:?}"
    );
    let mut command = world.command(["trigger"]);
    let ran = world.run(command.env("FH_BASE_URL", "production"));
    assert!(ran.code == 2 && ran.stderr.contains("is no simulator"), "{ran:?}");
    for command in ["listen", "trigger"] {
        let ran = world.fh(&["--sandbox", command]);
        assert!(ran.code == 2 && ran.stderr.contains("fh sim"), "{ran:?}");
    }
}

#[test]
fn the_sandbox_pushes_to_its_own_receiver_out_of_the_box() {
    let world = World::alone();
    let arguments = [
        "--sandbox",
        "--output",
        "json",
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--webhook-listen",
        "127.0.0.1:0",
    ];
    let agent = Agent::of(&world, world.command(arguments).spawn().unwrap());
    assert_eq!(agent.post("/v1/documents", invoice("INV-1").to_string()).status, 202);
    assert_eq!(agent.settled("INV-1")["state"], "fiscalised");
    let history = agent.get("/v1/documents/INV-1/history").json();
    let last = history.as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&last["who"], &last["to"]),
        (&"webhook".into(), &"fiscalised".into()),
        "{history}"
    );
    assert_eq!(agent.stop("-INT").code, 0);
}

/// Pushes records as the service would, and says what was answered.
pub(super) fn push(world: &World, agent: &Agent, records: &Value) -> u16 {
    let body = records.to_string();
    let secret = world.sim().credentials().secret().clone();
    push_signed(agent, records, &fh_auth::signature(&secret, body.as_bytes()))
}

pub(super) fn push_signed(agent: &Agent, records: &Value, signature: &str) -> u16 {
    let body = records.to_string();
    let mut stream = TcpStream::connect(agent.webhooks.unwrap()).unwrap();
    let head = format!(
        "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-api-signature: {signature}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body.as_bytes()].concat()).unwrap();
    Answer::read(stream).status
}
