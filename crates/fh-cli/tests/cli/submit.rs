//! Documents go in, receipts come out.

use std::{fs, io::Read, path::Path, process::Stdio};

use fh_sim::{Operation, Options};
use serde_json::Value;

use crate::harness::{World, credit_note, example, invoice, lines, state};

/// What a scanner reads from rows of modules, dark being true.
fn scan(rows: &[Vec<bool>]) -> String {
    const SCALE: usize = 4;
    let (width, height) = (rows[0].len() * SCALE, rows.len() * SCALE);
    let mut image =
        rqrr::PreparedImage::prepare_from_greyscale(
            width,
            height,
            |x, y| if rows[y / SCALE][x / SCALE] { 0 } else { 255 },
        );
    let grids = image.detect_grids();
    grids[0].decode().unwrap().1
}

/// The QR code among lines of text, two modules to a character.
fn scan_text(text: &str) -> String {
    let block: Vec<Vec<char>> = text
        .lines()
        .filter(|line| line.contains('█') || line.contains('▀'))
        .map(|line| line.chars().collect())
        .collect();
    let width = block.iter().map(Vec::len).max().unwrap() + 8;
    let mut rows = vec![vec![false; width]; 4];
    for line in block {
        let row = |dark: [char; 2]| {
            let mut row: Vec<_> = line.iter().map(|c| dark.contains(c)).collect();
            row.resize(width, false);
            row
        };
        rows.push(row(['█', '▀']));
        rows.push(row(['█', '▄']));
    }
    rows.extend(vec![vec![false; width]; 4]);
    scan(&rows)
}

pub(crate) fn scan_png(path: &Path) -> String {
    let mut reader = png::Decoder::new(std::io::BufReader::new(fs::File::open(path).unwrap()))
        .read_info()
        .unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!(info.bit_depth, png::BitDepth::One);
    let (width, height) = (info.width as usize, info.height as usize);
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
        if pixels[y * info.line_size + x / 8] & (0x80 >> (x % 8)) == 0 {
            0
        } else {
            255
        }
    });
    image.detect_grids()[0].decode().unwrap().1
}

fn is_pdf(path: &Path) -> bool {
    fs::read(path).is_ok_and(|bytes| bytes.starts_with(b"%PDF-"))
}

#[test]
fn the_first_command_of_a_new_user_ends_with_a_receipt() {
    let world = World::alone();
    let invoice = example("invoice.json");
    let ran = world.fh(&[
        "--sandbox",
        "submit",
        "--direct",
        invoice.to_str().unwrap(),
        "--pdf",
        "out/",
    ]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stderr.contains("SANDBOX") && ran.stderr.contains("nothing reaches"),
        "{ran:?}"
    );
    let field = |name: &str| {
        let line = ran
            .stdout
            .lines()
            .find_map(|line| line.trim().strip_prefix(name))
            .unwrap_or_default();
        line.trim().to_owned()
    };
    assert_eq!(field("verification code").len(), 19, "{ran:?}");
    assert_eq!(scan_text(&ran.stdout), field("QR link"));
    assert!(is_pdf(&world.path(&field("PDF"))), "{ran:?}");
    assert_eq!(fs::read_dir(world.path("out")).unwrap().count(), 1);
}

#[test]
fn the_sandbox_leaves_the_configured_service_alone() {
    let world = World::new();
    world.write("a.json", invoice("INV-1").to_string());
    let ran = world.fh(&["--sandbox", "submit", "--direct", "a.json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(world.ledger().is_empty() && world.sim().requests().values().all(|count| *count == 0));
    let ran = world.fh(&["--sandbox", "--profile", "till", "submit", "--direct", "a.json"]);
    assert_eq!(ran.code, 2, "{ran:?}");
}

#[test]
fn a_line_of_json_has_the_promised_keys() {
    let world = World::new();
    world.write("a.json", invoice("INV-1").to_string());
    let ran = world.fh(&["--output", "json", "submit", "--direct", "a.json", "--pdf", "out"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    let line = &ran.lines()[0];
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let mut expected = [
        "document",
        "kind",
        "state",
        "request_id",
        "receipt",
        "error",
        "actionable",
    ];
    expected.sort_unstable();
    assert_eq!(keys(line), expected);
    let mut expected = [
        "qr_url",
        "verification_code",
        "fiscal_day",
        "device_id",
        "receipt_number",
        "pdf",
    ];
    expected.sort_unstable();
    assert_eq!(keys(&line["receipt"]), expected);
    assert_eq!((&line["document"], &line["kind"]), (&"INV-1".into(), &"invoice".into()));
    assert!(
        ran.stdout
            .starts_with(r#"{"document":"INV-1","kind":"invoice","state":"fiscalised","request_id":""#),
        "{ran:?}"
    );
    assert!(line["receipt"]["fiscal_day"].is_i64() && line["error"].is_null() && line["actionable"].is_null());
    assert!(is_pdf(&world.path(line["receipt"]["pdf"].as_str().unwrap())));
    assert_eq!(world.ledger().of("INV-1").fiscalised, 1);
}

#[test]
fn arrays_lines_and_standard_input_are_taken_in_order() {
    let world = World::new();
    world.write(
        "array.json",
        Value::from(vec![invoice("A-1"), invoice("A-2")]).to_string(),
    );
    world.write("pretty.json", format!("{:#}", invoice("P-1")));
    let ran = world.fh_with_stdin(
        &[
            "--output",
            "json",
            "submit",
            "--direct",
            "array.json",
            "-",
            "pretty.json",
        ],
        lines(&[invoice("S-1"), invoice("S-2")]).as_bytes(),
    );
    assert_eq!(ran.code, 0, "{ran:?}");
    let expected = ["A-1", "A-2", "S-1", "S-2", "P-1"];
    assert_eq!(ran.states(), expected.map(|id| state(id, "fiscalised")));
    assert_eq!(world.sim().device().lane(), expected);
}

#[test]
fn every_example_is_fiscalised() {
    let world = World::new();
    let names = ["invoice.json", "credit-note.json", "invoices.jsonl"].map(|name| example(name).display().to_string());
    let ran = world.fh(&[
        "--output", "json", "submit", "--direct", &names[0], &names[1], &names[2],
    ]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.lines().len() > 3 && ran.states().iter().all(|(_, state)| state == "fiscalised"),
        "{ran:?}"
    );
}

#[test]
fn a_credit_note_follows_its_invoice() {
    let world = World::new();
    world.write("a.jsonl", lines(&[invoice("INV-1"), credit_note("CN-1", "INV-1")]));
    let ran = world.fh(&["--output", "json", "submit", "--direct", "a.jsonl"]);
    assert_eq!(
        ran.states(),
        [state("INV-1", "fiscalised"), state("CN-1", "fiscalised")],
        "{ran:?}"
    );
    assert_eq!(ran.lines()[1]["kind"], "credit_note");
}

#[test]
fn a_credit_note_is_held_back_when_its_invoice_was_not_taken() {
    let world = World::new();
    let mut bad = invoice("INV-1");
    bad["LineItems"][0]["TaxCode"] = "NEVER MAPPED".into();
    world.write("a.jsonl", lines(&[bad, credit_note("CN-1", "INV-1"), invoice("INV-2")]));
    let ran = world.fh(&["--output", "json", "submit", "--direct", "--no-preflight", "a.jsonl"]);
    assert_eq!(
        ran.states(),
        [
            state("INV-1", "rejected"),
            state("CN-1", "refused"),
            state("INV-2", "fiscalised")
        ],
        "{ran:?}"
    );
    assert_eq!(ran.code, 4);
    assert!(
        ran.lines()[1]["error"]
            .as_str()
            .unwrap()
            .contains("credits the invoice INV-1")
    );
    assert_eq!(world.ledger().of("CN-1").accepted, 0);
}

#[test]
fn a_rejection_gives_its_reason_and_whether_it_can_be_mended() {
    let world = World::new();
    let mut bad = invoice("INV-1");
    bad["LineItems"][0]["TaxCode"] = "NEVER MAPPED".into();
    world.write("a.json", bad.to_string());
    let ran = world.fh(&["--output", "json", "submit", "--direct", "--no-preflight", "a.json"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    let line = &ran.lines()[0];
    assert!(line["error"].as_str().unwrap().contains("NEVER MAPPED"), "{ran:?}");
    assert!(line["actionable"].is_boolean() && line["receipt"].is_null() && line["request_id"].is_string());
    let ran = world.fh(&["status", line["request_id"].as_str().unwrap()]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(
        ran.stdout.contains("REJECTED") && ran.stdout.contains("next"),
        "{ran:?}"
    );
}

#[test]
fn without_waiting_it_is_pending_and_status_settles_it() {
    let hour = std::time::Duration::from_secs(3600);
    let world = World::with(Options::builder().settle_delay(hour).build());
    world.write("a.json", invoice("INV-1").to_string());
    let ran = world.fh(&["submit", "--direct", "a.json", "--wait", "0"]);
    assert_eq!(ran.code, 5, "{ran:?}");
    assert!(
        ran.stdout.contains("PENDING") && ran.stdout.contains("fh status"),
        "{ran:?}"
    );

    let world = World::new();
    world.write("a.json", invoice("INV-1").to_string());
    let ran = world.fh(&["--output", "json", "submit", "--direct", "a.json", "--wait", "0"]);
    let id = ran.lines()[0]["request_id"].as_str().unwrap().to_owned();
    assert!(world.runtime.block_on(world.sim().await_settled("INV-1")));
    let ran = world.fh(&["--output", "json", "status", &id, "--pdf", "out"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let line = &ran.lines()[0];
    assert!(line["document"].is_null() && line["kind"].is_null() && line["request_id"] == id.as_str());
    assert!(is_pdf(&world.path(line["receipt"]["pdf"].as_str().unwrap())));
    assert_eq!(world.ledger().of("INV-1").accepted, 1);
}

#[test]
fn many_outcomes_are_asked_for_together() {
    let world = World::new();
    let all: Vec<_> = (0..40).map(|n| invoice(&format!("INV-{n}"))).collect();
    world.write("a.jsonl", lines(&all));
    let ran = world.fh(&["--output", "json", "submit", "--direct", "a.jsonl"]);
    assert_eq!((ran.code, ran.lines().len()), (0, 40), "{ran:?}");
    let asked = world.sim().requests()[&Operation::Status];
    assert!(asked < 40, "{asked}");
}

#[test]
fn the_gravest_of_several_decides_the_exit_code() {
    let world = World::new();
    let mut rejected = invoice("INV-2");
    rejected["LineItems"][0]["TaxCode"] = "NEVER MAPPED".into();
    world.write("good.json", invoice("INV-1").to_string());
    world.write("rejected.json", rejected.to_string());
    world.write("broken.json", "{");
    let ran = world.fh(&["submit", "--direct", "good.json", "broken.json"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.contains("2 documents: 1 fiscalised, 1 refused"), "{ran:?}");
    let ran = world.fh(&["submit", "--direct", "--no-preflight", "broken.json", "rejected.json"]);
    assert_eq!(ran.code, 4, "{ran:?}");
}

#[test]
fn a_reader_who_leaves_does_not_stop_the_work() {
    let world = World::new();
    let all: Vec<_> = (0..5).map(|n| invoice(&format!("INV-{n}"))).collect();
    world.write("a.jsonl", lines(&all));
    let mut child = world.command(["submit", "--direct", "a.jsonl"]).spawn().unwrap();
    drop(child.stdout.take());
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert!(child.wait().unwrap().success(), "{stderr}");
    assert!(
        !stderr.contains("panicked") && stderr.contains("5 fiscalised"),
        "{stderr}"
    );
    assert_eq!(world.sim().device().lane().len(), 5);
}

#[test]
fn the_log_shows_neither_bodies_nor_secrets() {
    let world = World::new();
    let path = example("invoice.json");
    let mut command = world.command(["--output", "json", "submit", "--direct", path.to_str().unwrap()]);
    let ran = world.run(command.env("FH_LOG", "trace").stdin(Stdio::null()));
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("submit_invoice"), "{ran:?}");
    assert!(
        !ran.stderr.contains("Baobab") && !ran.stderr.contains("2000654321"),
        "{ran:?}"
    );
    let mut command = world.command(["completions", "bash"]);
    let ran = world.run(command.env("FH_LOG", "fh=loudly"));
    assert!(
        ran.code == 0 && ran.stderr.contains("FH_LOG is not understood"),
        "{ran:?}"
    );
}
