//! The agent under each profile of the simulator: what the API answers is held against the ledger, whatever the service does.

use std::time::Duration;

use fh_sim::{Dose, Fault, Options, Profile};

use crate::{
    agent::Agent,
    harness::{QUICK, World, invoice},
};

/// Documents that are handed in in each world, all of one second or so.
const DOCUMENTS: usize = 8;

fn lives(name: &str, mut options: Options) {
    options.settle_delay = Duration::from_millis(5);
    options.faults = options.faults.with(Fault::LostReply, Dose::rate(0.3)).seed(7);
    let world = World::with(options);
    let agent = Agent::with(&world, &QUICK);
    let (mut fiscalised, mut parked) = (0, 0);
    for number in 0..DOCUMENTS {
        let id = format!("INV-{number}");
        let document = invoice(&id).to_string();
        let answer = agent.post("/v1/documents?wait=40", document.clone());
        let entry = answer.json();
        let truth = world.ledger().of(&id);
        assert!(truth.fiscalised <= 1, "{name}: {id} is fiscalised twice: {truth:?}");
        match entry["state"].as_str().unwrap() {
            "fiscalised" => {
                assert_eq!(truth.fiscalised, 1, "{name}: {entry}");
                fiscalised += 1;
            }
            "parked" => {
                assert_eq!(entry["in_doubt"], true, "{name}: {entry}");
                let stats = agent.get("/v1/stats").json();
                let alarms = stats["alarms"].as_array().unwrap();
                assert!(
                    alarms.iter().any(|alarm| alarm["document"] == *id),
                    "{name}: {id} is not named: {stats}"
                );
                parked += 1;
            }
            other => panic!("{name}: {id} is {other}: {entry}"),
        }
        // Handed in once more, it is where it was, and nothing is sent by that.
        let again = agent.post("/v1/documents", document);
        assert_eq!(again.json()["state"], entry["state"], "{name}");
    }
    assert!(
        fiscalised > 0 && fiscalised + parked == DOCUMENTS,
        "{name}: {fiscalised} and {parked}"
    );
    let sent: u64 = (0..DOCUMENTS)
        .map(|number| world.ledger().of(&format!("INV-{number}")).accepted)
        .sum();
    assert!(sent >= DOCUMENTS as u64);
    println!("{name}: {fiscalised} fiscalised, {parked} wait for a person");
}

#[test]
fn what_the_api_answers_is_true_under_every_profile() {
    for name in Profile::shipped() {
        lives(name, Profile::named(name).unwrap().options().unwrap());
    }
}
