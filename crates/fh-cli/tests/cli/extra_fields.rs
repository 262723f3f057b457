//! Fields that the vendor has added and `fh` does not know: refused by name, sent as they are when they are allowed.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use serde_json::{Value, json};

use crate::harness::{World, invoice, state};

/// Stands before the simulator and keeps what is sent to it.
struct Tap {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<u8>>>,
}

impl Tap {
    fn before(world: &World) -> Self {
        let base = world.variable("FH_BASE_URL");
        let simulator = host_of(&base).to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let tap = Self {
            address: listener.local_addr().unwrap(),
            seen: Arc::default(),
        };
        let seen = tap.seen.clone();
        // It ends with the test's process.
        thread::spawn(move || {
            for client in listener.incoming() {
                let (client, service) = (client.unwrap(), TcpStream::connect(&simulator).unwrap());
                let (answers, to_client) = (service.try_clone().unwrap(), client.try_clone().unwrap());
                let seen = seen.clone();
                thread::spawn(move || pass(client, service, Some(&seen)));
                thread::spawn(move || pass(answers, to_client, None));
            }
        });
        tap
    }

    /// The variable that points `fh` here.
    fn base_url(&self, world: &World) -> String {
        let base = world.variable("FH_BASE_URL");
        base.replace(host_of(&base), &self.address.to_string())
    }

    fn seen(&self) -> String {
        String::from_utf8_lossy(&self.seen.lock().unwrap()).into_owned()
    }
}

fn host_of(url: &str) -> &str {
    let (_, rest) = url.split_once("://").unwrap();
    rest.split('/').next().unwrap()
}

fn pass(mut from: TcpStream, mut to: TcpStream, seen: Option<&Mutex<Vec<u8>>>) {
    let mut buffer = [0; 16 * 1024];
    // Whoever breaks off ends both ways.
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        if let Some(seen) = seen {
            seen.lock().unwrap().extend(&buffer[..count]);
        }
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

fn with_due_date(id: &str) -> Value {
    let mut document = invoice(id);
    document["DueDate"] = json!("2026-12-24");
    document["LineItems"][0]["Shelf"] = json!({"row": 3, "at": [1.50, null]});
    document
}

const BOTH: [&str; 4] = ["--allow-field", "DueDate", "--allow-field", "Shelf"];

#[test]
fn a_field_that_is_not_known_is_refused_by_its_name_and_nothing_is_sent() {
    let world = World::new();
    world.write("a.json", with_due_date("INV-1").to_string());
    for command in [
        &["submit", "a.json"][..],
        &["submit", "--direct", "a.json"],
        &["queue", "add", "a.json"],
        &["check", "a.json"],
    ] {
        let ran = world.fh(command);
        assert_eq!(ran.code, 3, "{ran:?}");
        assert!(format!("{}{}", ran.stdout, ran.stderr).contains("`DueDate`"), "{ran:?}");
        let allowed = world.fh(&[command, &BOTH[..2]].concat());
        assert_eq!(allowed.code, 3, "the other one is not allowed: {allowed:?}");
        assert!(
            format!("{}{}", allowed.stdout, allowed.stderr).contains("`Shelf`"),
            "{allowed:?}"
        );
    }
    assert_eq!(world.ledger().len(), 0);
}

#[test]
fn a_field_that_is_allowed_arrives_as_it_is_written_and_is_warned_of() {
    let world = World::new();
    let tap = Tap::before(&world);
    world.write("a.json", with_due_date("INV-1").to_string());
    let mut command = world.command([&["--output", "json", "submit", "a.json"], &BOTH[..]].concat());
    let ran = world.run(command.env("FH_BASE_URL", tap.base_url(&world)));
    assert_eq!(
        (ran.code, ran.states()),
        (0, vec![state("INV-1", "fiscalised")]),
        "{ran:?}"
    );
    assert!(ran.stderr.contains("PF40") && ran.stderr.contains("DueDate"), "{ran:?}");
    let seen = tap.seen();
    let sent = seen.find(r#""DueDate":"2026-12-24""#).expect(&seen);
    assert!(
        seen[..sent].contains(r#""TotalTax":0"#),
        "after the known fields: {seen}"
    );
    assert!(
        seen.contains(r#""Shelf":{"row":3,"at":[1.5,null]}"#) || seen.contains(r#""Shelf":{"at":[1.5,null],"row":3}"#),
        "{seen}"
    );
    assert_eq!(world.ledger().of("INV-1").fiscalised, 1);

    let checked = world.fh(&[&["--output", "json", "check", "a.json"], &BOTH[..]].concat());
    assert_eq!(
        (checked.code, &checked.lines()[0]["verdict"]),
        (0, &json!("warn")),
        "{checked:?}"
    );
    assert!(checked.stdout.contains("PF40"), "{checked:?}");
}

#[test]
fn what_was_taken_in_with_a_field_is_sent_by_commands_that_allow_none() {
    let world = World::new();
    let tap = Tap::before(&world);
    world.write("a.json", with_due_date("INV-1").to_string());
    let added = world.fh(&[&["queue", "add", "a.json"], &BOTH[..]].concat());
    assert_eq!(added.code, 0, "{added:?}");
    assert!(added.stderr.contains("PF40"), "{added:?}");
    let mut drain = world.command(["queue", "drain"]);
    let drained = world.run(drain.env("FH_BASE_URL", tap.base_url(&world)));
    assert_eq!(drained.code, 0, "{drained:?}");
    assert_eq!(world.ledger().of("INV-1").fiscalised, 1);
    assert!(tap.seen().contains(r#""DueDate":"2026-12-24""#));
}

#[test]
fn a_known_name_cannot_be_allowed_in_any_case_of_its_letters() {
    let world = World::new();
    for name in ["isretry", "ISRETRY", "IsRetry", "total", "taxcode"] {
        let mut document = invoice("INV-1");
        document[name] = json!(true);
        world.write("a.json", document.to_string());
        for command in [
            &["submit", "a.json"][..],
            &["check", "a.json"],
            &["queue", "add", "a.json"],
        ] {
            let ran = world.fh(&[command, &["--allow-field", name]].concat());
            assert_eq!(ran.code, 2, "{ran:?}");
            assert!(ran.stderr.contains("is known") && ran.stderr.contains(name), "{ran:?}");
        }
    }
    let mut document = invoice("INV-1");
    document["isretry"] = json!(true);
    world.write("a.json", document.to_string());
    let ran = world.fh(&["submit", "--allow-field", "DueDate", "a.json"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stdout.contains("`isretry`"), "{ran:?}");
    assert_eq!(world.ledger().len(), 0);
}
