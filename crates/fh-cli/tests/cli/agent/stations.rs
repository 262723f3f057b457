//! One agent for several tills of one device: each document says which till it is from.

use serde_json::json;

use super::Agent;
use crate::harness::{World, invoice};

#[test]
fn a_document_names_its_station_in_the_address_or_beside_itself() {
    let world = World::new();
    let agent = Agent::start(&world);
    let station = |address: &str, body: String| {
        let done = agent.post(address, body);
        assert_eq!(done.status, 200, "{}", done.json());
        done.json()["station"].clone()
    };
    let alone = |id: &str| invoice(id).to_string();
    let held = |id: &str| json!({ "station": "till-5", "document": invoice(id) }).to_string();
    assert_eq!(station("/v1/documents?wait=60", alone("A")), json!(null));
    assert_eq!(station("/v1/documents?wait=60&station=till-4", alone("B")), "till-4");
    assert_eq!(station("/v1/documents?wait=60&station=till-4", held("C")), "till-5");
    for (address, body, says) in [
        ("/v1/documents?station=%20", alone("D"), "station"),
        (
            "/v1/documents",
            json!({ "document": invoice("D"), "till": 5 }).to_string(),
            "till",
        ),
    ] {
        let refused = agent.post(address, body);
        assert_eq!(refused.status, 400);
        assert!(refused.problem().contains(says), "{}", refused.problem());
    }
    assert_eq!(agent.stop("-INT").code, 0);
    assert_eq!(world.ledger().len(), 3);
}

#[test]
fn the_command_line_takes_stations_as_the_agent_does() {
    let world = World::new();
    let held = json!({ "station": "till-5", "document": invoice("A") }).to_string();
    world.write("both.jsonl", format!("{held}\n{}\n", invoice("B")));
    let outbox = world.path("till.db");
    let outbox = outbox.to_str().unwrap();
    let ran = world.fh(&[
        "--output",
        "json",
        "submit",
        "--outbox",
        outbox,
        "--station",
        "till-4",
        "both.jsonl",
    ]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let listed = world.fh(&["--output", "json", "queue", "ls", "--all", "--outbox", outbox]);
    let mut stations: Vec<_> = listed
        .lines()
        .iter()
        .map(|line| (line["document"].to_string(), line["station"].to_string()))
        .collect();
    stations.sort();
    let wanted = [("\"A\"", "\"till-5\""), ("\"B\"", "\"till-4\"")];
    assert_eq!(
        stations,
        wanted.map(|(id, station)| (id.to_owned(), station.to_owned())),
        "{listed:?}"
    );
    // A mistake in the document is found where it stands in the line.
    world.write(
        "wrong.json",
        r#"{"station": "till-5", "document": {"InvoiceId": "C", "Nonsense": 1}}"#,
    );
    let ran = world.fh(&["submit", "--outbox", outbox, "wrong.json"]);
    assert!(
        ran.stdout.contains("wrong.json:1:") || ran.stderr.contains("wrong.json:1:"),
        "{ran:?}"
    );
    assert!(ran.code != 0 && format!("{ran:?}").contains("Nonsense"), "{ran:?}");
}
