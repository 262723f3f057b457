//! Ids: one grammar on every way in, and no name forges anything on the way out.

use serde_json::Value;

use crate::{
    agent::Agent,
    harness::{World, invoice, lines},
};

fn bad() -> Vec<String> {
    let mut bad: Vec<_> = [
        "A\0",
        "A\r\nINV-9  fiscalised",
        "A\u{1b}[2J",
        "A\u{200b}",
        "A\u{202e}B",
        "A/../B",
        "..",
        "/",
        "A  B",
    ]
    .map(str::to_owned)
    .into();
    bad.push("9".repeat(5_000));
    bad
}

#[test]
fn ids_that_cannot_be_seen_typed_or_opened_are_refused_on_every_way_in() {
    let world = World::new();
    let documents: Vec<_> = bad()
        .iter()
        .map(|id| {
            let mut document = invoice("INV-1");
            document["InvoiceId"] = id.as_str().into();
            document
        })
        .collect();
    world.write("a.jsonl", lines(&documents));
    for arguments in [
        &["check", "a.jsonl"][..],
        &["queue", "add", "a.jsonl"],
        &["submit", "a.jsonl"],
        &["submit", "--no-preflight", "a.jsonl"],
        &["submit", "--direct", "--no-preflight", "a.jsonl"],
    ] {
        let ran = world.fh(&[&["--output", "json"], arguments].concat());
        assert_eq!(ran.code, 3, "{arguments:?}: {ran:?}");
        assert_eq!(ran.lines().len(), documents.len(), "{arguments:?}");
        for line in ran.lines() {
            let said = line.to_string();
            assert!(
                said.contains("PF41") && said.contains("the id"),
                "{arguments:?}: {said}"
            );
        }
    }
    let agent = Agent::with(&world, &[] as &[&str]);
    for document in &documents {
        let answer = agent.post("/v1/documents", document.to_string().as_bytes());
        let problem: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(answer.status, 422, "{problem}");
        assert_eq!(
            (&problem["findings"][0]["rule"], &problem["findings"][0]["pointer"]),
            (&"PF41".into(), &"/InvoiceId".into())
        );
    }
    assert!(world.ledger().is_empty());
}
