//! How the simulator is set from the command line.
#![cfg(unix)]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::harness::World;

/// What a simulator that is started so says about its switches. It is ended by that.
fn options_of(world: &World, arguments: &[&str]) -> Value {
    let mut command = world.command(["--output", "json", "sim"]);
    let mut child = command.args(arguments).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    let started: Value = serde_json::from_str(&line).unwrap();
    let address = started["control_url"].as_str().unwrap();
    let host = address.strip_prefix("http://").unwrap().strip_suffix("/_sim").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "GET /_sim/options HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    Command::new("kill")
        .arg("-TERM")
        .arg(child.id().to_string())
        .status()
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[test]
fn a_profile_by_its_name_or_from_a_file_is_taken_and_the_flags_win_over_it() {
    let world = World::alone();
    let told = options_of(
        &world,
        &[
            "--profile",
            "strict",
            "--set",
            "pending=missing",
            "--set",
            "RCPT031=off",
            "--delay",
            "7",
        ],
    );
    assert_eq!(
        (&told["switches"]["repeat"], &told["switches"]["pending"]),
        (&"conflict".into(), &"missing".into()),
        "{told}"
    );
    assert_eq!(
        (&told["colours"]["RCPT030"], &told["colours"]["RCPT031"]),
        (&"red".into(), &"off".into()),
        "{told}"
    );
    assert_eq!(told["switches"]["settle_delay_ms"], 7);
    let file = world.write(
        "seen.toml",
        "base = \"hostile\"\n[switches]\nkey_case = \"pascal\"\nsettle_delay_ms = 9\n",
    );
    let told = options_of(&world, &["--profile", file.to_str().unwrap()]);
    assert_eq!(
        (&told["switches"]["pending"], &told["switches"]["key_case"]),
        (&"missing".into(), &"pascal".into()),
        "{told}"
    );
    assert_eq!(told["switches"]["settle_delay_ms"], 9);
}

#[test]
fn what_there_is_not_is_refused_by_name_with_the_list() {
    let world = World::alone();
    world.write("wrong.toml", "[switches]\npending = \"gone\"\n");
    for (arguments, parts) in [
        (
            &["--set", "pendng=missing"][..],
            &["--set: ", "\"pendng\"", "pending, "][..],
        ),
        (
            &["--set", "pending=gone"],
            &["pending cannot be \"gone\"", "nulls, missing"],
        ),
        (&["--set", "pending"], &["name=value"]),
        (
            &["--profile", "lax"],
            &["--profile: ", "assumed, strict, hostile, as-2025"],
        ),
        (&["--profile", "./wrong.toml"], &["wrong.toml", "nulls, missing"]),
    ] {
        let ran = world.fh(&[&["sim"], arguments].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{arguments:?}: {ran:?}");
        for part in parts {
            assert!(ran.stderr.contains(part), "{arguments:?}: no {part} in {}", ran.stderr);
        }
    }
}

#[test]
fn the_switches_are_listed_with_their_values_for_people_and_programs() {
    let world = World::alone();
    let listed = world.fh(&["--output", "json", "sim", "--switches"]).lines().remove(0);
    let switches = listed["switches"].as_array().unwrap();
    let ran = world.fh(&["sim", "--switches"]);
    assert!(ran.code == 0 && switches.len() > 50, "{}", switches.len());
    for switch in switches {
        let name = switch["name"].as_str().unwrap();
        assert!(ran.stdout.contains(&format!("{name}: ")), "{name} is not listed");
        for value in switch["values"]["one_of"].as_array().into_iter().flatten() {
            assert!(
                ran.stdout.contains(value["meaning"].as_str().unwrap()),
                "{name}: {value}"
            );
        }
    }
}
