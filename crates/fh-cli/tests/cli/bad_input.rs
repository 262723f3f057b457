//! Bad documents: each is told by what, where and what to do; none costs its neighbours anything.

use fh_sim::Operation;
use serde_json::Value;

use crate::harness::{Ran, World, invoice, lines, state};

/// Submits one bad text beside two good documents and gives what was said of it.
fn among_good_ones(bad: impl AsRef<[u8]>) -> (World, Ran, String) {
    let world = World::new();
    world.write("first.json", invoice("GOOD-1").to_string());
    world.write("bad.json", bad);
    world.write("last.json", invoice("GOOD-2").to_string());
    let ran = world.fh(&[
        "--output",
        "json",
        "submit",
        "--direct",
        "first.json",
        "bad.json",
        "last.json",
    ]);
    assert_eq!(ran.code, 3, "{ran:?}");
    let states = ran.states();
    assert_eq!(
        (&states[0], states.last().unwrap()),
        (&state("GOOD-1", "fiscalised"), &state("GOOD-2", "fiscalised"))
    );
    let said = ran.lines()[1]["error"].as_str().unwrap().to_owned();
    assert_eq!(ran.lines()[1]["state"], "refused");
    assert!(ran.stderr.contains(&said), "said on standard error too: {ran:?}");
    assert_eq!(world.ledger().len(), 2, "nothing else was taken");
    (world, ran, said)
}

/// An invoice with one field changed.
fn with(change: impl FnOnce(&mut Value)) -> String {
    let mut document = invoice("BAD");
    change(&mut document);
    format!("{document:#}")
}

#[test]
fn what_is_not_a_document_is_told_with_its_place() {
    let long = |number: &str| with(|_| {}).replace("\"UnitAmount\": 1.65", &format!("\"UnitAmount\": {number}"));
    let cases: [(&str, Vec<u8>, &[&str]); 15] = [
        (
            "not JSON",
            b"InvoiceId;Total\nA;1\n".to_vec(),
            &["bad.json:1:1: document 1"],
        ),
        (
            "an HTML page",
            b"<html>\n<body></body>\n</html>".to_vec(),
            &["bad.json:1:1: document 1"],
        ),
        (
            "cut short",
            with(|_| {}).as_bytes()[..200].to_vec(),
            &["bad.json:", "cut short"],
        ),
        ("nothing", Vec::new(), &["bad.json: holds no document"]),
        ("an empty array", b"[]".to_vec(), &["bad.json: holds no document"]),
        (
            "an array of the wrong thing",
            b"[1]".to_vec(),
            &["bad.json:1:2: document 1"],
        ),
        ("neither kind", b"{\"Id\": 1}".to_vec(), &["InvoiceId", "CreditNoteId"]),
        (
            "an unknown field",
            with(|document| document["Totl"] = 1.into()).into_bytes(),
            &["bad.json:", "document 1", "`Totl`", "spelling"],
        ),
        (
            "an unknown field deep inside",
            with(|document| document["LineItems"][0]["Colour"] = "red".into()).into_bytes(),
            &["/LineItems/0", "`Colour`"],
        ),
        (
            "a missing field",
            with(|document| drop(document.as_object_mut().unwrap().remove("CurrencyCode"))).into_bytes(),
            &["`CurrencyCode`", "missing"],
        ),
        (
            "16 digits",
            long("1.234567890123456").into_bytes(),
            &["bad.json:", "15 significant digits"],
        ),
        (
            "a date without a time",
            with(|document| document["Date"] = "2026-11-21".into()).into_bytes(),
            &["/Date", "time"],
        ),
        (
            "text for a number",
            with(|document| document["Total"] = "much".into()).into_bytes(),
            &["/Total"],
        ),
        (
            "another encoding",
            b"{\"InvoiceId\": \"caf\xe9\"}".to_vec(),
            &["bad.json:1:19:", "0xE9", "UTF-8"],
        ),
        ("UTF-16", b"\xff\xfe{\0}\0".to_vec(), &["UTF-16", "UTF-8"]),
    ];
    for (name, text, expected) in cases {
        let (.., said) = among_good_ones(text);
        for part in expected {
            assert!(said.contains(part), "{name}: {said}");
        }
    }
}

#[test]
fn the_line_and_the_column_are_those_of_the_file() {
    let world = World::new();
    let good = invoice("GOOD-1").to_string();
    world.write(
        "a.jsonl",
        format!("{good}\n\n  {{\"InvoiceId\": \"é\", \"Totl\": 1}}\n"),
    );
    let ran = world.fh(&["--output", "json", "submit", "--direct", "a.jsonl"]);
    let said = ran.lines()[1]["error"].as_str().unwrap().to_owned();
    // `Totl` ends in column 28 of the third line, counted in characters.
    assert!(
        said.starts_with("a.jsonl:3:2") && said.contains("document 2") && said.contains("`Totl`"),
        "{said}"
    );
}

#[test]
fn a_negative_amount_is_refused_with_the_field_and_nothing_is_taken() {
    let (.., said) = among_good_ones(with(|document| document["LineItems"][0]["UnitAmount"] = (-1).into()));
    assert!(said.contains("LineItems"), "{said}");
}

#[test]
fn one_bad_line_costs_no_other() {
    let world = World::new();
    let (one, two, three) = (invoice("INV-1"), invoice("INV-2"), invoice("INV-3"));
    let text = format!("{one}\n{{\"InvoiceId\": \"broken\n{two}\nnonsense\n{three}\n");
    let ran = world.fh_with_stdin(&["--output", "json", "submit", "--direct", "-"], text.as_bytes());
    assert_eq!(ran.code, 3, "{ran:?}");
    let states: Vec<_> = ran.states().into_iter().map(|(_, state)| state).collect();
    assert_eq!(
        states,
        ["fiscalised", "refused", "fiscalised", "refused", "fiscalised"],
        "{ran:?}"
    );
    let lines = ran.lines();
    assert!(
        lines[1]["error"].as_str().unwrap().starts_with("standard input:2:"),
        "{ran:?}"
    );
    assert!(
        lines[3]["error"].as_str().unwrap().starts_with("standard input:4:"),
        "{ran:?}"
    );
}

#[test]
fn one_bad_element_of_an_array_costs_no_other() {
    let world = World::new();
    let (one, two) = (format!("{:#}", invoice("INV-1")), format!("{:#}", invoice("INV-2")));
    world.write(
        "a.json",
        format!("[\n{one},\n{{\n \"InvoiceId\": \"broken\n}},\n{two}\n]\n"),
    );
    let ran = world.fh(&["--output", "json", "submit", "--direct", "a.json"]);
    let states: Vec<_> = ran.states().into_iter().map(|(_, state)| state).collect();
    assert_eq!(states, ["fiscalised", "refused", "fiscalised"], "{ran:?}");
    let said = ran.lines()[1]["error"].as_str().unwrap().to_owned();
    assert!(said.contains("document 2"), "{said}");
}

#[test]
fn a_file_that_was_cut_off_is_said_to_be() {
    let world = World::new();
    world.write("a.json", format!("[{},{}", invoice("INV-1"), invoice("INV-2")));
    let ran = world.fh(&["--output", "json", "submit", "--direct", "a.json"]);
    assert_eq!((ran.code, world.ledger().len()), (3, 2), "{ran:?}");
    assert!(ran.stderr.contains("cut off"), "{ran:?}");
}

#[test]
fn folders_and_absent_files_are_named_and_the_others_go_on() {
    let world = World::new();
    std::fs::create_dir(world.path("folder")).unwrap();
    world.write("good.json", invoice("INV-1").to_string());
    let ran = world.fh(&["submit", "--direct", "folder", "absent.json", "good.json"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stdout.contains("folder: is a folder"), "{ran:?}");
    assert!(ran.stdout.contains("absent.json: there is no such file"), "{ran:?}");
    assert_eq!(world.ledger().of("INV-1").fiscalised, 1);
}

#[test]
fn a_document_given_twice_is_sent_once() {
    let world = World::new();
    world.write("a.jsonl", lines(&[invoice("INV-1"), invoice("INV-1")]));
    world.write("b.json", invoice("INV-1").to_string());
    let ran = world.fh(&["--output", "json", "submit", "--direct", "a.jsonl", "b.json"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(
        ran.lines()[2]["error"]
            .as_str()
            .unwrap()
            .contains("already given (a.jsonl, document 1)"),
        "{ran:?}"
    );
    assert_eq!(world.sim().requests()[&Operation::SubmitInvoice], 1);
}

#[test]
fn standard_input_is_read_once() {
    let world = World::new();
    let ran = world.fh(&["submit", "--direct", "-", "-"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("only once"), "{ran:?}");
}

#[test]
fn wrong_usage_ends_with_two() {
    let world = World::new();
    for arguments in [
        &["submit", "--direct"][..],
        &["sbmit"],
        &["submit", "--direct", "--wait", "soon", "a"],
        &[],
        &["status"],
        &["qr", ""],
    ] {
        let ran = world.fh(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {ran:?}");
        assert!(!ran.stderr.is_empty());
    }
}
