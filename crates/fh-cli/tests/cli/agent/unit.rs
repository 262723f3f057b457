//! The unit of systemd in `docs/`.

use std::process::Command;

use crate::harness::{World, example};

#[test]
fn the_unit_is_one_and_has_no_secret_in_it() {
    let unit = std::fs::read_to_string(example("../docs/systemd/fh-agent.service")).unwrap();
    let start = unit.lines().find(|line| line.starts_with("ExecStart=")).unwrap();
    assert_eq!(start, "ExecStart=/usr/local/bin/fh serve");
    assert!(!unit.contains("Environment=FH_API"), "a unit is readable by everyone");
    // Not everyone has systemd.
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        return;
    }
    let world = World::alone();
    let path = world.write(
        "fh-agent.service",
        unit.replace("/usr/local/bin/fh", env!("CARGO_BIN_EXE_fh")),
    );
    let verified = Command::new("systemd-analyze")
        .arg("verify")
        .arg(path)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&verified.stderr).into_owned();
    let about_it: Vec<_> = said.lines().filter(|line| line.contains("fh-agent")).collect();
    assert!(about_it.is_empty(), "{said}");
}
