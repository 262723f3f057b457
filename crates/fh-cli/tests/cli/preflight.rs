//! `fh check`, and what `fh submit`, `fh explain`, `fh rules` and `fh schema` have to do with it.

use std::{
    fs,
    io::{Read, Write},
    path::Path,
    process::Stdio,
};

use fh_sim::{Dose, Fault, FaultPlan, Operation};
use serde_json::Value;

use crate::harness::{World, credit_note, example, invoice, lines};

/// An invoice whose one line is a cent too dear.
fn a_cent_off(id: &str) -> Value {
    let mut invoice = invoice(id);
    invoice["LineItems"][0]["LineAmount"] = 4.96.into();
    invoice["Total"] = 4.96.into();
    invoice["SubTotal"] = 4.96.into();
    invoice
}

#[test]
fn a_person_is_shown_the_line_and_the_arithmetic() {
    let world = World::alone();
    world.write("a.json", format!("{:#}", a_cent_off("INV-1")));
    let ran = world.fh(&["check", "a.json"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    let shown: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(shown[0], "a.json:1: INV-1: block");
    assert_eq!(shown[1], "  PF06 RCPT024: 3 × 1.65 = 4.95, the line says 4.96");
    assert!(
        shown[2].contains("a.json:") && shown[2].ends_with("/LineItems/0/LineAmount"),
        "{ran:?}"
    );
    let (line, caret) = (shown[3], shown[4]);
    assert_eq!(line.find("4.96"), caret.find("^^^^"), "{ran:?}");
    assert!(shown[5].starts_with("    = Compute LineAmount"), "{ran:?}");
    assert!(
        ran.stdout
            .contains("not checked: PF10 PF11 PF14 PF15 PF27 PF38 PF39 (the device is not known)"),
        "{ran:?}"
    );
    assert!(ran.stderr.contains("1 checked: 0 pass, 0 warn, 1 block"), "{ran:?}");
}

#[test]
fn a_script_gets_one_line_for_each_document() {
    let world = World::alone();
    world.write(
        "a.jsonl",
        format!(
            "{}\n{}\nnonsense\n{}\n",
            invoice("INV-1"),
            a_cent_off("INV-2"),
            credit_note("CN-1", "INV-1")
        ),
    );
    let ran = world.fh(&["--output", "json", "check", "a.jsonl"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    let all = ran.lines();
    let verdicts: Vec<_> = all
        .iter()
        .map(|line| {
            (
                line["document"].as_str(),
                line["verdict"].as_str().unwrap(),
                line["line"].as_u64(),
            )
        })
        .collect();
    assert_eq!(
        verdicts,
        [
            (Some("INV-1"), "pass", Some(1)),
            (Some("INV-2"), "block", Some(2)),
            (None, "block", Some(3)),
            (Some("CN-1"), "pass", Some(4))
        ]
    );
    let mut keys: Vec<&String> = all[1].as_object().unwrap().keys().collect();
    keys.sort();
    assert_eq!(keys, ["document", "file", "findings", "line", "skipped", "verdict"]);
    let finding = &all[1]["findings"][0];
    let mut keys: Vec<&String> = finding.as_object().unwrap().keys().collect();
    keys.sort();
    assert_eq!(keys, ["code", "fault", "level", "message", "pointer", "remedy", "rule"]);
    assert_eq!(
        (&finding["rule"], &finding["code"]),
        (&"PF06".into(), &"RCPT024".into())
    );
    assert_eq!(all[2]["findings"][0]["rule"], "PF00");
    let skipped: Vec<_> = all[0]["skipped"]
        .as_array()
        .unwrap()
        .iter()
        .map(|skipped| skipped["rule"].as_str().unwrap())
        .collect();
    assert!(
        skipped.contains(&"PF03") && skipped.contains(&"PF10") && !skipped.contains(&"PF31"),
        "{skipped:?}"
    );
}

#[test]
fn files_arrays_folders_and_standard_input_are_read() {
    let world = World::alone();
    fs::create_dir_all(world.path("in/deeper")).unwrap();
    world.write(
        "in/b.json",
        serde_json::json!([invoice("B1"), invoice("B2")]).to_string(),
    );
    world.write("in/a.jsonl", lines(&[invoice("A1"), invoice("A2")]));
    world.write("in/deeper/c.json", invoice("C1").to_string());
    world.write("in/readme.txt", "not a document");
    let documents = |ran: &crate::harness::Ran| {
        ran.lines()
            .iter()
            .map(|line| line["document"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let ran = world.fh(&["--output", "json", "check", "in"]);
    assert_eq!(
        (ran.code, documents(&ran)),
        (0, ["A1", "A2", "B1", "B2", "C1"].map(str::to_owned).to_vec()),
        "{ran:?}"
    );
    let ran = world.fh_with_stdin(&["--output", "json", "check", "-"], lines(&[invoice("S1")]).as_bytes());
    assert_eq!((ran.code, documents(&ran)), (0, vec!["S1".to_owned()]));
    fs::create_dir(world.path("empty")).unwrap();
    assert_eq!(world.fh(&["check", "empty"]).code, 2);
    let ran = world.fh(&["--output", "json", "check", "nowhere.json"]);
    assert_eq!(
        (ran.code, &ran.lines()[0]["findings"][0]["rule"]),
        (3, &"PF00".into()),
        "{ran:?}"
    );
}

#[test]
fn with_the_device_the_taxes_are_checked_too() {
    let world = World::new();
    let mut document = invoice("INV-1");
    document["LineItems"][0]["TaxCode"] = "NEVER MAPPED".into();
    world.write("a.json", document.to_string());
    assert_eq!(world.fh(&["check", "a.json"]).code, 0, "nothing is known of taxes");
    assert!(world.sim().requests().is_empty(), "and nobody is asked");
    let ran = world.fh(&["--output", "json", "check", "--device", "a.json"]);
    assert_eq!(
        (ran.code, &ran.lines()[0]["findings"][0]["rule"]),
        (3, &"PF10".into()),
        "{ran:?}"
    );
    let ran = world.fh(&["--output", "json", "--sandbox", "check", "--device", "a.json"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.contains("SANDBOX"), "{ran:?}");
}

#[test]
fn another_reading_of_discounts_can_be_chosen() {
    let world = World::alone();
    let mut document = invoice("INV-1");
    document["LineItems"][0]["DiscountAmount"] = 1.into();
    document["IsDiscounted"] = true.into();
    world.write("a.json", document.to_string());
    let verdict = |arguments: &[&str]| {
        let ran = world.fh(&[&["--output", "json", "check", "a.json"], arguments].concat());
        ran.lines()[0]["verdict"].as_str().unwrap().to_owned()
    };
    assert_eq!(verdict(&[]), "warn");
    assert_eq!(verdict(&["--discounts", "unit-after-discount"]), "pass");
    assert_eq!(verdict(&["--discounts", "net-of-unit-discount"]), "warn");
    assert_eq!(world.fh(&["check", "a.json", "--discounts", "all"]).code, 2);
}

#[test]
fn the_examples_pass() {
    let world = World::alone();
    let folder = example("");
    let ran = world.fh(&["check", folder.to_str().unwrap()]);
    assert!(ran.code == 0 && !ran.stdout.contains("block"), "{ran:?}");
}

#[test]
fn results_come_in_the_order_of_the_input_whoever_checked_them() {
    let world = World::alone();
    let all: Vec<Value> = (0..3_000)
        .map(|number| {
            if number % 7 == 0 {
                a_cent_off(&number.to_string())
            } else {
                invoice(&number.to_string())
            }
        })
        .collect();
    world.write("a.jsonl", lines(&all));
    let ran = world.fh(&["--output", "json", "check", "a.jsonl"]);
    assert_eq!(ran.code, 3);
    for (number, line) in ran.lines().iter().enumerate() {
        assert_eq!(line["document"], number.to_string());
        assert_eq!(line["verdict"] == "block", number % 7 == 0);
    }
    assert!(
        ran.stderr.contains("3000 checked: 2571 pass, 0 warn, 429 block; "),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("documents per second"), "{}", ran.stderr);
}

/// 100 MB with `FH_LONG_TESTS=1`, 12 MB without; the bound is the same.
#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_the_input() {
    let megabytes = if std::env::var_os("FH_LONG_TESTS").is_some_and(|value| value == "1") {
        100
    } else {
        12
    };
    let world = World::alone();
    let mut child = world
        .command(["check", "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let line = lines(&[invoice("INV-1")]);
    let count = megabytes * 1_000_000 / line.len();
    let status = format!("/proc/{}/status", child.id());
    let peak = || {
        let text = fs::read_to_string(&status).unwrap();
        let line = text.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    };
    let reader = std::thread::spawn(move || {
        let mut said = Vec::new();
        stdout.read_to_end(&mut said).unwrap();
        said.iter().filter(|byte| **byte == b'\n').count()
    });
    for _ in 0..count {
        stdin.write_all(line.as_bytes()).unwrap();
    }
    // The pipe is nearly empty, and the child still waits for more: all but the last parcels are behind it.
    let peak = peak();
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let lines_said = reader.join().unwrap();
    assert!(lines_said >= count, "{lines_said} of {count}");
    assert!(peak < 64, "{peak} MiB for {megabytes} MB of input");
}

#[test]
fn submit_sends_nothing_that_blocks() {
    let world = World::new();
    world.write(
        "a.jsonl",
        lines(&[invoice("INV-1"), a_cent_off("INV-2"), invoice("INV-3")]),
    );
    let ran = world.fh(&["--output", "json", "submit", "--direct", "a.jsonl"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    let states: Vec<_> = ran.states().into_iter().map(|(_, state)| state).collect();
    assert_eq!(states, ["fiscalised", "refused", "fiscalised"]);
    let error = ran.lines()[1]["error"].as_str().unwrap().to_owned();
    assert!(
        error.contains("a.jsonl:2:1") && error.contains("PF06 (RCPT024)") && error.contains("3 × 1.65 = 4.95"),
        "{error}"
    );
    assert_eq!(world.ledger().of("INV-2").accepted, 0);
}

#[test]
fn submit_without_preflight_says_so_loudly() {
    let world = World::new();
    world.write("a.json", a_cent_off("INV-1").to_string());
    let ran = world.fh(&["submit", "--direct", "--no-preflight", "a.json"]);
    assert_eq!(ran.code, 4, "the authority refuses it: {ran:?}");
    assert!(ran.stderr.contains("PREFLIGHT IS OFF"), "{ran:?}");
    assert_eq!(world.ledger().of("INV-1").accepted, 1);
    assert!(
        !world.sim().requests().contains_key(&Operation::FiscalDevice),
        "and asks for nothing that it does not use"
    );
}

#[test]
fn submit_warns_of_what_is_likely_wrong_and_sends_it() {
    let world = World::new();
    let mut document = invoice("INV-1");
    document["BuyerContact"] = serde_json::json!({"Name": "Acme", "Tin": "2000999999"});
    world.write("a.json", document.to_string());
    let ran = world.fh(&["submit", "--direct", "a.json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stderr.contains("warn PF22") && ran.stderr.contains("a.json:1:1"),
        "{ran:?}"
    );
}

#[test]
fn submit_goes_on_when_the_account_cannot_be_looked_at() {
    let world = World::new();
    let mut dose = Dose::rate(1.0);
    dose.on = vec![Operation::TaxMappings];
    world
        .sim()
        .set_faults(FaultPlan::default().with(Fault::NotFound404, dose));
    world.write("a.json", invoice("INV-1").to_string());
    let ran = world.fh(&["submit", "--direct", "a.json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stderr.contains("taxes, mappings and currencies are not checked"),
        "{ran:?}"
    );
    world.write("b.json", a_cent_off("INV-2").to_string());
    assert_eq!(
        world.fh(&["submit", "--direct", "b.json"]).code,
        3,
        "what needs no account is checked all the same"
    );
}

#[test]
fn codes_and_rules_are_explained() {
    let world = World::alone();
    let ran = world.fh(&["explain", "rcpt026"]);
    assert_eq!(ran.code, 0);
    for part in ["RCPT026 (red)", "meaning", "cause", "remedy", "PF15"] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    let ran = world.fh(&[
        "--output",
        "json",
        "explain",
        "FDMS answered: [RCPT037] total, RCPT026; see PF14",
    ]);
    let named: Vec<_> = ran
        .lines()
        .iter()
        .map(|line| {
            line.get("code")
                .or(line.get("rule"))
                .unwrap()
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(named, ["RCPT037", "RCPT026", "PF14"]);
    let ran = world.fh(&["explain", "it did not work"]);
    assert!(ran.code == 2 && ran.stderr.contains("RCPT026"), "{ran:?}");
    let ran = world.fh(&["--output", "json", "rules"]);
    let ids: Vec<_> = ran
        .lines()
        .iter()
        .map(|line| line["rule"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!((ids.len(), ids[0].as_str(), ids[41].as_str()), (42, "PF00", "PF41"));
    assert!(world.fh(&["rules"]).stdout.contains("Every quantity is above zero"));
    let ran = world.fh(&["--output", "json", "rules", "--faults"]);
    let fault = ran
        .lines()
        .into_iter()
        .find(|fault| fault["fault"] == "free-article")
        .unwrap();
    assert_eq!(fault["rule"], "PF05");
    assert!(
        fault["remedy"]
            .as_str()
            .unwrap()
            .contains("DiscountAmount of the same sum")
    );
    assert!(world.fh(&["rules", "--faults"]).stdout.contains("free-article"));
}

#[test]
fn what_is_no_json_is_told_by_what_it_is_and_what_to_do() {
    let world = World::alone();
    for (name, bytes, fault, words) in [
        ("latin1.json", &b"{\"InvoiceId\":\"Caf\xe9\"}"[..], "encoding", "0xE9"),
        ("utf16.json", &b"\xff\xfe{\0\"\0"[..], "utf-16", "UTF-16"),
        ("book.xlsx", &b"PK\x03\x04\x14\0\0"[..], "spreadsheet", "spreadsheet"),
        (
            "table.csv",
            &b"InvoiceId;Description;Qty;Price\nINV1;Bread;2;1,10\n"[..],
            "csv",
            "semicolons",
        ),
        (
            "page.html",
            &b"<!DOCTYPE html><html></html>"[..],
            "web-page",
            "web page",
        ),
        (
            "cut.json",
            &b"{\"InvoiceId\": \"A\",\n \"LineItems\": ["[..],
            "cut-short",
            "cut short",
        ),
        (
            "comma.json",
            &b"{\"InvoiceId\": \"A\",\n \"Total\": 2,50\n}"[..],
            "decimal-comma",
            "2,50",
        ),
    ] {
        world.write(name, bytes);
        let ran = world.fh(&["--output", "json", "check", name]);
        let line = &ran.lines()[0];
        let finding = &line["findings"][0];
        assert_eq!((ran.code, &finding["fault"]), (3, &fault.into()), "{ran:?}");
        assert!(finding["message"].as_str().unwrap().contains(words), "{ran:?}");
    }
    let shown = world.fh(&["check", "comma.json"]).stdout;
    assert!(
        shown.contains("comma.json:2:11") && shown.contains("= Write 2.50."),
        "{shown}"
    );
}

/// Set `FH_UPDATE_DOCS=1` to write them.
#[test]
fn the_schemas_are_the_ones_in_the_docs() {
    let world = World::alone();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schemas");
    for what in ["invoice", "credit-note", "outcome", "finding"] {
        let ran = world.fh(&["schema", what]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let path = folder.join(format!("{what}.schema.json"));
        if std::env::var_os("FH_UPDATE_DOCS").is_some() {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, &ran.stdout).unwrap();
        }
        let written = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            written == ran.stdout,
            "docs/schemas/{what}.schema.json is not what `fh schema {what}` says; write it with FH_UPDATE_DOCS=1 cargo test -p fh-cli"
        );
    }
}
