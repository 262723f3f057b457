//! Alarms reach somebody who is not looking, once.
#![cfg(unix)]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    process::Child,
    time::Duration,
};

use fh_auth::ApiSecret;
use fh_sim::{Fault, Operation};
use serde_json::Value;

use crate::{
    agent::{Agent, Said},
    harness::{World, invoice},
    interruption::send,
};

const SECRET: &str = "the secret of those who are told";

/// Has a document rejected, which is an alarm.
fn reject(world: &World, id: &str) {
    world
        .sim()
        .script(Operation::SubmitInvoice, [Some(Fault::RejectedOnce)]);
    let file = format!("{id}.json");
    world.write(&file, invoice(id).to_string());
    let ran = world.fh(&["submit", &file, "--may-pass-tries", "1"]);
    assert_eq!(ran.code, 4, "{ran:?}");
}

/// The lines of a file, once there are so many.
fn lines(world: &World, name: &str, count: usize) -> Vec<Value> {
    for _ in 0..3_000 {
        let text = std::fs::read_to_string(world.path(name)).unwrap_or_default();
        if text.lines().count() >= count && text.ends_with('\n') {
            return text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("there are not {count} lines in {name}");
}

fn run(world: &World, arguments: &[&str]) -> (Child, Said) {
    let mut command = world.command([&["run"], arguments].concat());
    let mut child = command.env("FH_ALARM_SECRET", SECRET).spawn().unwrap();
    let said = Said::of(child.stderr.take().unwrap());
    said.line_with("at work on");
    (child, said)
}

fn end(mut child: Child, said: &Said) {
    send(&child, "-INT");
    assert!(child.wait().unwrap().success());
    assert!(!said.all().contains(SECRET));
}

#[test]
fn a_command_is_run_once_for_each_alarm_also_by_the_next_process() {
    let world = World::new();
    reject(&world, "INV-1");
    // It sees the parts in its environment, and no secret.
    let script = "cat >> told.jsonl; echo \"$FH_ALARM_KIND $FH_ALARM_GRAVITY $FH_ALARM_DOCUMENT $FH_ALARM_SECRET$FH_API_SECRET\" >> told.txt";
    let (child, said) = run(&world, &["--on-alarm", script]);
    let first = lines(&world, "told.jsonl", 1).remove(0);
    assert_eq!(
        (&first["kind"], &first["gravity"], &first["document"], &first["key"]),
        (
            &"rejected".into(),
            &"critical".into(),
            &"INV-1".into(),
            &"rejected:INV-1".into()
        )
    );
    assert!(first["remedy"].as_str().unwrap().contains("fh queue show"), "{first}");
    end(child, &said);

    reject(&world, "INV-2");
    let (child, said) = run(&world, &["--on-alarm", script]);
    let told = lines(&world, "told.jsonl", 2);
    let documents: Vec<_> = told.iter().map(|line| line["document"].as_str().unwrap()).collect();
    assert_eq!(documents, ["INV-1", "INV-2"], "one was told twice");
    let parts = std::fs::read_to_string(world.path("told.txt")).unwrap();
    assert_eq!(parts, "rejected critical INV-1 \nrejected critical INV-2 \n");
    end(child, &said);
}

#[test]
fn an_address_is_posted_each_alarm_signed_over_its_bytes() {
    let world = World::new();
    reject(&world, "INV-1");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/alarms", listener.local_addr().unwrap());
    let (child, said) = run(&world, &["--alarm-url", &url]);
    let (stream, _) = listener.accept().unwrap();
    let mut reader = BufReader::new(stream);
    let (mut length, mut signature, mut line) = (0, String::new(), String::new());
    while reader.read_line(&mut line).unwrap() > 2 {
        let lower = line.trim().to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length: ") {
            length = value.parse().unwrap();
        }
        if lower.starts_with("x-api-signature: ") {
            signature = line.trim()["x-api-signature: ".len()..].to_owned();
        }
        line.clear();
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    reader
        .get_mut()
        .write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
        .unwrap();
    let secret = ApiSecret::unchecked_format(SECRET).unwrap();
    assert_eq!(fh_auth::verify(&body, &signature, &[secret]), Ok(0));
    let letter: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(
        (&letter["kind"], &letter["document"]),
        (&"rejected".into(), &"INV-1".into())
    );
    end(child, &said);
}

#[test]
fn who_is_told_is_said_in_the_profile_too_and_the_secret_never_as_an_argument() {
    let world = World::new();
    let unsigned = world.fh(&["run", "--alarm-url", "http://127.0.0.1:1/"]);
    assert!(
        unsigned.code == 2 && unsigned.stderr.contains("alarm_secret"),
        "{unsigned:?}"
    );
    let mut command = world.command(["run", "--alarm-url", "ftp://x/"]);
    let wrong = world.run(command.env("FH_ALARM_SECRET", SECRET));
    assert!(wrong.code == 2 && wrong.stderr.contains("https://"), "{wrong:?}");
    let empty = world.fh(&["run", "--on-alarm", " "]);
    assert_eq!(empty.code, 2, "{empty:?}");
    let profile = format!(
        "[till]\napi_key = '{}'\napi_secret = '{}'\napplication = 'fh'\nstation = 'till'\nbase_url = '{}'\nunchecked_format = true\n\
         on_alarm = 'cat >> by-profile.jsonl'\n",
        world.variable("FH_API_KEY"),
        world.variable("FH_API_SECRET"),
        world.variable("FH_BASE_URL")
    );
    let path = world.write("profiles.toml", profile);
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    reject(&world, "INV-1");
    let mut command = world.command(["--profile", "till", "serve", "--listen", "127.0.0.1:0"]);
    let agent = Agent::of(&world, command.env("FH_PROFILES", &path).spawn().unwrap());
    assert_eq!(lines(&world, "by-profile.jsonl", 1)[0]["document"], "INV-1");
    assert_eq!(agent.get("/readyz").status, 200);
    agent.stop("-INT");
}
