//! What was rejected is mended under its id: on the command line, through the API, and on the page.

use fh_sim::{Fault, Operation};
use serde_json::Value;

use crate::{
    agent::Agent,
    harness::{World, invoice, state},
};

/// The first submission is rejected, for something that its content can mend.
fn rejecting() -> World {
    let world = World::new();
    world
        .sim()
        .script(Operation::SubmitInvoice, [Some(Fault::RejectedOnce)]);
    world
}

fn mended(sale: &Value) -> Value {
    let mut mended = sale.clone();
    mended["BuyerContact"]["Name"] = "Cash Tendai".into();
    // As integrations do that mend by themselves.
    mended["IsRetry"] = true.into();
    mended
}

fn fiscalised(world: &World, id: &str) -> Value {
    assert_eq!(world.ledger().of(id).fiscalised, 1);
    serde_json::from_str(&world.sim().device().fiscalised_body(id).unwrap()).unwrap()
}

#[test]
fn the_command_shows_the_difference_and_the_mended_document_is_fiscalised() {
    let world = rejecting();
    let sale = invoice("INV-1");
    world.write("a.json", sale.to_string());
    world.write("b.json", mended(&sale).to_string());
    let rejected = world.fh(&["--output", "json", "submit", "--may-pass-tries", "1", "a.json"]);
    assert_eq!(
        (rejected.code, rejected.states()),
        (4, vec![state("INV-1", "rejected")])
    );
    let said = rejected.lines()[0]["error"].as_str().unwrap().to_owned();
    assert!(said.contains("`fh queue correct INV-1 FILE --why …`"), "{said}");
    // The same id with other content says how it is mended.
    let refused = world.fh(&["submit", "b.json"]);
    assert_eq!(refused.code, 3, "{refused:?}");
    assert!(refused.stdout.contains("`fh queue correct INV-1 FILE`"), "{refused:?}");

    let looked = world.fh(&["queue", "correct", "INV-1", "b.json", "--dry-run"]);
    let difference = "buyer's name: \"Cash Customer\" → \"Cash Tendai\"";
    assert!(
        looked.stdout.contains(difference) && looked.stdout.contains("nothing was changed"),
        "{looked:?}"
    );
    let unsaid = world.fh(&["queue", "correct", "INV-1", "b.json"]);
    assert_eq!(unsaid.code, 2, "{unsaid:?}");
    let corrected = world.fh(&[
        "queue",
        "correct",
        "INV-1",
        "b.json",
        "--why",
        "the buyer said so",
        "--by",
        "rudo",
    ]);
    assert_eq!(corrected.code, 0, "{corrected:?}");
    assert!(
        corrected.stdout.contains(difference) && corrected.stdout.contains("revision 2"),
        "{corrected:?}"
    );
    let again = world.fh(&["queue", "correct", "INV-1", "b.json", "--why", "once more"]);
    assert!(again.stdout.contains("nothing differs"), "{again:?}");

    assert_eq!(world.fh(&["queue", "drain"]).code, 0);
    let body = fiscalised(&world, "INV-1");
    assert_eq!(
        (&body["BuyerContact"]["Name"], &body["IsRetry"]),
        (&"Cash Tendai".into(), &true.into())
    );
    let shown = world.fh(&["queue", "show", "INV-1", "--no-qr"]);
    assert!(
        shown.stdout.contains("the buyer said so") && shown.stdout.contains("Cash Tendai"),
        "{shown:?}"
    );
    let mut third = sale.clone();
    third["BuyerContact"]["Name"] = "Cash Farai".into();
    world.write("c.json", third.to_string());
    let late = world.fh(&["queue", "correct", "INV-1", "c.json", "--why", "back"]);
    assert!(late.code == 2 && late.stderr.contains("it is fiscalised"), "{late:?}");
    // Handed in as it was at first, or as it is now, it is the same sale.
    for file in ["a.json", "b.json"] {
        assert_eq!(world.fh(&["submit", file]).code, 0, "{file}");
    }
    assert_eq!(world.ledger().of("INV-1").fiscalised, 1);
}

#[test]
fn what_cannot_be_corrected_is_refused_in_words() {
    let world = rejecting();
    let sale = invoice("INV-1");
    world.write("a.json", sale.to_string());
    let rejected = world.fh(&["submit", "--may-pass-tries", "1", "a.json"]);
    assert_eq!(rejected.code, 4, "{rejected:?}");
    let mut other = mended(&sale);
    other["CurrencyCode"] = "ZWG".into();
    world.write("c.json", other.to_string());
    let refused = world.fh(&["queue", "correct", "INV-1", "c.json", "--why", "wrong"]);
    assert!(
        refused.code == 3 && refused.stderr.contains("its currency is \"USD\""),
        "{refused:?}"
    );
    let mut wrong = mended(&sale);
    wrong["Total"] = 7.into();
    world.write("d.json", wrong.to_string());
    let refused = world.fh(&["queue", "correct", "INV-1", "d.json", "--why", "wrong"]);
    assert!(refused.code == 3 && refused.stderr.contains("PF13"), "{refused:?}");
    let unknown = world.fh(&["queue", "correct", "INV-9", "a.json", "--why", "wrong"]);
    assert!(
        unknown.code == 2 && unknown.stderr.contains("fh queue ls"),
        "{unknown:?}"
    );
}

#[test]
fn another_document_takes_the_place_of_one_that_was_not_taken_and_locks_it() {
    let world = World::new();
    let sale = invoice("INV-1");
    world.write("a.json", sale.to_string());
    assert_eq!(world.fh(&["queue", "add", "a.json"]).code, 0);
    let mut other = sale.clone();
    other["InvoiceId"] = "INV-1b".into();
    world.write("b.json", other.to_string());
    let refused = world.fh(&["queue", "add", "b.json"]);
    assert!(refused.code == 3 && refused.stdout.contains("PF03"), "{refused:?}");
    let skipped = world.fh(&["queue", "skip", "INV-1", "--reason", "typed wrong"]);
    assert_eq!(skipped.code, 0, "{skipped:?}");
    let replaced = world.fh(&["--output", "json", "submit", "b.json", "--replaces", "INV-1"]);
    assert_eq!(
        (replaced.code, replaced.states()),
        (0, vec![state("INV-1b", "fiscalised")]),
        "{replaced:?}"
    );
    let locked = world.fh(&["queue", "retry", "INV-1"]);
    assert!(
        locked.code == 2 && locked.stderr.contains("replaced by \"INV-1b\""),
        "{locked:?}"
    );
    assert_eq!(world.ledger().of("INV-1").accepted, 0);
}

#[test]
fn the_agent_takes_the_mended_document_and_the_next_customer_is_served_meanwhile() {
    let world = rejecting();
    let agent = Agent::with(&world, &["--may-pass-tries", "1"]);
    let sale = invoice("INV-1");
    let rejected = agent.ask("POST", "/v1/documents?wait=60", &[], sale.to_string().as_bytes());
    assert_eq!(rejected.json()["state"], "rejected");
    let next = agent.ask(
        "POST",
        "/v1/documents?wait=60",
        &[],
        invoice("INV-2").to_string().as_bytes(),
    );
    assert_eq!(next.json()["state"], "fiscalised");
    let body = mended(&sale).to_string();
    let refused = agent.ask("POST", "/v1/documents", &[], body.as_bytes());
    assert!(
        refused.status == 409 && refused.problem().contains("PUT /v1/documents/{id}"),
        "{}",
        refused.text()
    );
    let corrected = agent.ask(
        "PUT",
        "/v1/documents/INV-1?by=rudo&reason=the+name",
        &[],
        body.as_bytes(),
    );
    assert_eq!(corrected.status, 200, "{}", corrected.text());
    let differences = corrected.json()["differences"].clone();
    assert!(
        differences
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["pointer"] == "/BuyerContact/Name"),
        "{differences}"
    );
    let done = agent.ask("GET", "/v1/documents/INV-1?wait=60", &[], b"").json();
    assert_eq!(
        (&done["state"], done["receipt_revision"] == done["revision"]),
        (&"fiscalised".into(), true),
        "{done}"
    );
    assert_eq!(fiscalised(&world, "INV-1")["BuyerContact"]["Name"], "Cash Tendai");
}
