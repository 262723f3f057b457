//! A clock that is off is said wherever an answer of the service was read.

use fh_sim::{Dose, Fault, FaultPlan};

use crate::harness::{World, invoice};

#[test]
fn a_clock_that_is_off_is_said_from_the_answers_that_were_just_read() {
    let world = World::new();
    let skew = Dose {
        seconds: Some(600),
        ..Dose::rate(1.0)
    };
    world
        .sim()
        .set_faults(FaultPlan::default().with(Fault::ClockSkew, skew));
    world.write("a.json", invoice("INV-1").to_string());
    let ran = world.fh(&["--output", "json", "check", "--device", "a.json"]);
    let findings = ran.lines()[0]["findings"].to_string();
    assert!(findings.contains("PF25") && findings.contains("behind"), "{ran:?}");
    let outbox = world.path("till.db");
    for arguments in [
        &["submit", "--direct", "a.json"][..],
        &["submit", "--outbox", outbox.to_str().unwrap(), "a.json"],
    ] {
        let ran = world.fh(arguments);
        assert!(ran.stderr.contains("PF25"), "{ran:?}");
    }
}
