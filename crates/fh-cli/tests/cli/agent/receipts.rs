//! Documents in, and receipts out in every form that something prints.

use std::{collections::BTreeSet, time::Duration};

use fh_sim::Options;
use serde_json::{Value, json};

use super::{Agent, webhooks::push};
use crate::{
    harness::{World, credit_note, invoice},
    submit::scan_png,
};

#[test]
fn a_document_goes_in_once_and_its_receipt_comes_out_in_every_form() {
    let world = World::new();
    let seller = ["--seller", "Corner Shop (Pvt) Ltd", "--seller", "TIN 2000123456"];
    let agent = Agent::with(&world, &seller);
    let document = invoice("INV 1/a").to_string();
    let first = agent.post("/v1/documents", &document);
    assert_eq!((first.status, &first.json()["is_new"]), (202, &true.into()));
    assert_eq!(first.header("location"), Some("/v1/documents/inv%201%2fa"));
    let early = agent.get("/v1/documents/INV%201%2Fa/receipt.txt");
    assert!(early.status == 200 || early.problem().contains("no receipt yet"));
    let entry = agent.settled("INV%201%2Fa");
    let again = agent.post("/v1/documents", &document);
    assert_eq!((again.status, &again.json()["is_new"]), (200, &false.into()));
    assert_eq!(again.json()["receipt"], entry["receipt"]);
    // Another spelling of the same content is the same document.
    let spaced = serde_json::to_string_pretty(&serde_json::from_str::<Value>(&document).unwrap()).unwrap();
    assert_eq!(agent.post("/v1/documents", spaced).json()["is_new"], false);

    let link = entry["receipt"]["qr_url"].as_str().unwrap();
    let of = |form: &str| {
        let answer = agent.get(&format!("/v1/documents/INV%201%2Fa/{form}"));
        assert_eq!(answer.status, 200, "{form}: {}", answer.text());
        answer
    };
    let pdf = of("receipt.pdf");
    assert!(pdf.body.starts_with(b"%PDF-") && pdf.header("content-type") == Some("application/pdf"));
    let png = of("qr.png");
    assert_eq!(scan_png(&world.write("qr.png", &png.body)), link);
    assert!(of("qr.svg").text().starts_with("<svg") || of("qr.svg").text().contains("<svg "));
    for (columns, query) in [(48, ""), (24, "?columns=24"), (42, "?columns=42"), (64, "?columns=64")] {
        let text = of(&format!("receipt.txt{query}")).text();
        assert!(text.lines().all(|line| line.chars().count() <= columns), "{text}");
        assert!(text.lines().any(|line| line.chars().count() == columns), "{text}");
        let joined: String = text.split_whitespace().collect();
        for part in [
            "CornerShop(Pvt)Ltd",
            "TIN2000123456",
            "INV1/a",
            "4.95",
            entry["receipt"]["verification_code"].as_str().unwrap(),
            link,
        ] {
            assert!(joined.contains(part), "{part}: {text}");
        }
    }
    let escpos = of("receipt.escpos").body;
    assert!(escpos.starts_with(b"\x1b@"));
    assert!(
        escpos.windows(link.len()).any(|bytes| bytes == link.as_bytes()),
        "the printer draws the QR code"
    );
    assert_eq!(agent.get("/v1/documents/INV%201%2Fa/receipt.exe").status, 404);

    let note = agent.post("/v1/documents?wait=60", credit_note("CN-1", "INV 1/a").to_string());
    assert_eq!((note.status, &note.json()["kind"]), (200, &"credit_note".into()));
    assert!(
        agent
            .get("/v1/documents/CN-1/receipt.txt")
            .text()
            .contains("CREDIT NOTE")
    );
    assert_eq!(agent.stop("-INT").code, 0);
}

#[test]
fn a_long_poll_ends_with_the_result_or_with_its_time() {
    let world = World::with(Options::builder().settle_delay(Duration::from_secs(3600)).build());
    let agent = Agent::start(&world);
    let document = invoice("INV-1").to_string();
    let waited = agent.post("/v1/documents?wait=1", &document);
    assert_eq!((waited.status, &waited.json()["state"]), (202, &"accepted".into()));
    let request_id = waited.json()["request_id"].as_str().unwrap().to_owned();
    std::thread::scope(|scope| {
        let poll = scope.spawn(|| agent.get("/v1/documents/INV-1?wait=60").json());
        let again = scope.spawn(|| agent.post("/v1/documents?wait=60", &document).status);
        let record = rejection(&request_id, "No TIN provided");
        assert_eq!(push(&world, &agent, &json!([record])), 200);
        assert_eq!(poll.join().unwrap()["state"], "rejected");
        assert_eq!(again.join().unwrap(), 200);
    });
    let mut other = invoice("INV-1");
    other["BuyerContact"]["Name"] = "Cash Somebody Else".into();
    let refused = agent.post("/v1/documents", other.to_string());
    assert_eq!(refused.status, 409);
    assert!(refused.problem().contains("with other content"));
    assert_eq!(agent.stop("-INT").code, 0);
}

fn rejection(request_id: &str, reason: &str) -> Value {
    json!({ "RequestId": request_id, "Success": false, "IsActionable": true, "Error": reason })
}

/// Every file below a folder.
fn files(folder: &std::path::Path) -> BTreeSet<std::path::PathBuf> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found.insert(entry.path());
        }
    }
    found
}

#[test]
fn the_name_of_a_pdf_leads_nowhere_whatever_the_service_says() {
    let world = World::with(Options::builder().settle_delay(Duration::from_secs(3600)).build());
    let agent = Agent::start(&world);
    let names = [
        "../../../../etc/passwd",
        "..\\..\\boot.ini",
        "/etc/passwd",
        "C:\\Windows\\win.ini",
        "..",
        "",
        ".",
        "a/../../_sim/ledger",
        "x?key=y",
        "x#y",
        "%2e%2e%2f_sim%2fledger",
        "\u{0}.pdf",
        "http://evil.example/x.pdf",
        "a\r\nX-Evil: 1.pdf",
    ];
    let before: BTreeSet<_> = files(world.folder.path());
    for (number, name) in names.into_iter().enumerate() {
        let id = format!("INV-{number}");
        assert_eq!(agent.post("/v1/documents", invoice(&id).to_string()).status, 202);
        let accepted = loop {
            let entry = agent.get(&format!("/v1/documents/{id}?wait=1")).json();
            if entry["state"] == "accepted" {
                break entry;
            }
        };
        let record = json!({
            "RequestId": accepted["request_id"], "Success": true, "IsActionable": false, "Error": null, "FiscalInvoicePdf": name,
            "QrData": { "QrCodeUrl": format!("https://x.test/{number}"), "VerificationCode": "CC86-EF9C-DFA9-68E3", "FiscalDay": 1,
                "DeviceId": 34567, "InvoiceNumber": number }
        });
        assert_eq!(push(&world, &agent, &json!([record])), 200);
        assert_eq!(agent.settled(&id)["state"], "fiscalised", "{name:?}");
        let answer = agent.get(&format!("/v1/documents/{id}/receipt.pdf"));
        assert_eq!(answer.status, 502, "{name:?}: {}", answer.text());
        answer.problem();
        assert_eq!(answer.header("x-evil"), None);
        assert_eq!(
            agent.get(&format!("/v1/documents/{id}/receipt.txt")).status,
            200,
            "{name:?}"
        );
    }
    let after = files(world.folder.path());
    let own = |path: &&std::path::PathBuf| path.to_string_lossy().contains("outbox.db");
    assert_eq!(after.difference(&before).filter(|path| !own(path)).count(), 0);
    assert_eq!(agent.stop("-INT").code, 0);
}

/// Waits until the agent knows the taxes: documents that come before are kept without a tax table.
fn knows_the_taxes(agent: &Agent) {
    while agent.get("/v1/catalogue").status != 200 {
        std::thread::yield_now();
    }
}

#[test]
fn a_receipt_shows_what_an_inspector_asks_for_and_its_taxes_as_they_were_kept() {
    let world = World::new();
    let agent = Agent::with(&world, &[""; 0]);
    knows_the_taxes(&agent);
    let mut document = invoice("INV-1");
    document["LineItems"][0]["TaxCode"] = "VAT15.5".into();
    (document["SubTotal"], document["TotalTax"]) = (
        serde_json::from_str("4.29").unwrap(),
        serde_json::from_str("0.66").unwrap(),
    );
    agent.post("/v1/documents", document.to_string());
    let entry = agent.settled("INV-1");
    assert_eq!(entry["state"], "fiscalised", "{entry}");
    let mut note = credit_note("CN-1", "INV-1");
    for field in ["LineItems", "SubTotal", "TotalTax"] {
        note[field] = document[field].clone();
    }
    agent.post("/v1/documents", note.to_string());
    let credited = agent.settled("CN-1");
    assert_eq!(credited["state"], "fiscalised", "{credited}");
    let text = |id: &str| agent.get(&format!("/v1/documents/{id}/receipt.txt")).text();
    let (invoice, note) = (text("INV-1"), text("CN-1"));
    for part in [
        "FISCAL TAX INVOICE",
        "TIN: ",
        "VAT No: ",
        "Device Serial No",
        "4.95 A",
        "A 15.5% ",
        "0.66",
        "Customer reference No",
    ] {
        assert!(invoice.contains(part), "{part}: {invoice}");
    }
    let original = entry["receipt"]["receipt_number"].to_string();
    for part in ["CREDIT NOTE", "CREDITED INVOICE", "Reason: Goods returned", &original] {
        assert!(note.contains(part), "{part}: {note}");
    }
    let pdf = agent.get("/v1/documents/INV-1/receipt.pdf?ours&paper=80mm");
    assert!(pdf.status == 200 && pdf.body.starts_with(b"%PDF-"), "{}", pdf.text());
    assert_eq!(agent.stop("-INT").code, 0);
}

#[test]
fn prints_are_counted_in_the_history_and_every_later_one_says_copy() {
    let world = World::new();
    let agent = Agent::with(&world, &[""; 0]);
    agent.post("/v1/documents", invoice("INV-1").to_string());
    agent.settled("INV-1");
    let copies = |method: &str, address: &str| {
        let answer = agent.ask(method, &format!("/v1/documents/INV-1/{address}"), &[], b"");
        assert_eq!(answer.status, 200, "{method} {address}: {}", answer.text());
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        text.lines()
            .find(|line| line.contains("COPY"))
            .map(|line| line.trim_matches(['*', ' ']).to_owned())
    };
    assert_eq!(copies("GET", "receipt.txt"), None);
    assert_eq!(
        copies("POST", "receipt.txt?by=rudo"),
        None,
        "the first print is the receipt"
    );
    assert_eq!(copies("GET", "receipt.txt"), None, "looking is not printing");
    assert_eq!(copies("GET", "receipt.txt?copy").as_deref(), Some("COPY"));
    assert_eq!(copies("POST", "receipt.txt").as_deref(), Some("COPY 1"));
    let escpos = agent
        .ask(
            "POST",
            "/v1/documents/INV-1/receipt.escpos?printer=xprinter-58&by=rudo",
            &[],
            b"",
        )
        .body;
    assert!(escpos.windows(6).any(|bytes| bytes == b"COPY 2"));
    for (address, status) in [
        ("INV-1/receipt.txt?provisional", 400),
        ("INV-1/receipt.pdf", 400),
        ("INV-1/receipt.txt?columns=23", 400),
        ("INV-1/receipt.escpos?dots=200", 400),
        ("INV-1/receipt.txt?colour=red", 400),
        ("INV-1/qr.png", 405),
        ("INV-9/receipt.txt", 404),
    ] {
        assert_eq!(
            agent.ask("POST", &format!("/v1/documents/{address}"), &[], b"").status,
            status,
            "{address}"
        );
    }
    let history = agent.get("/v1/documents/INV-1/history").json();
    let prints: Vec<_> = history
        .as_array()
        .unwrap()
        .iter()
        .filter(|change| change["event"] == "printed")
        .collect();
    let said: Vec<_> = prints
        .iter()
        .map(|change| (change["who"].as_str().unwrap(), change["why"].as_str().unwrap()))
        .collect();
    let expected = [
        ("operator rudo", "receipt.txt"),
        ("operator till", "receipt.txt, copy 1"),
        ("operator rudo", "receipt.escpos, copy 2"),
    ];
    assert_eq!(said, expected, "what was refused is not counted");
    assert_eq!(agent.stop("-INT").code, 0);
    // The command line counts on.
    let ran = world.fh(&["receipt", "INV-1", "--by", "rudo"]);
    assert!(ran.code == 0 && ran.stdout.contains("*** COPY 3 ***"), "{ran:?}");
    let ran = world.fh(&["receipt", "INV-1", "--look", "--columns", "24"]);
    assert!(
        ran.code == 0 && !ran.stdout.contains("COPY") && ran.stdout.lines().all(|line| line.len() <= 24),
        "{ran:?}"
    );
    let ran = world.fh(&["receipt", "INV-1", "--as", "pdf", "--paper", "80mm", "--to", "r.pdf"]);
    assert!(
        ran.code == 0 && std::fs::read(world.path("r.pdf")).unwrap().starts_with(b"%PDF-"),
        "{ran:?}"
    );
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(world.path("r.pdf")).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600, "it shows a buyer's data");
    let ran = world.fh(&["receipt", "INV-9"]);
    assert!(ran.code != 0 && ran.stderr.contains("INV-9"), "{ran:?}");
    let ran = world.fh(&["receipt", "INV-1", "--columns", "23"]);
    assert!(ran.code == 2 && ran.stderr.contains("columns is 24 to 64"), "{ran:?}");
}

#[test]
fn while_a_sale_waits_there_is_a_provisional_slip_and_afterwards_none() {
    let world = World::with(Options::builder().settle_delay(Duration::from_secs(3600)).build());
    let agent = Agent::with(
        &world,
        &[
            "--webhook-listen",
            "127.0.0.1:0",
            "--found-at",
            "Write to till@corner.example",
        ],
    );
    agent.post("/v1/documents", invoice("INV-1").to_string());
    let accepted = loop {
        let entry = agent.get("/v1/documents/INV-1?wait=1").json();
        if entry["state"] == "accepted" {
            break entry;
        }
    };
    let none = agent.get("/v1/documents/INV-1/receipt.txt");
    assert!(
        none.status == 404 && none.problem().contains("?provisional"),
        "{}",
        none.text()
    );
    assert_eq!(
        agent.ask("POST", "/v1/documents/INV-1/receipt.txt", &[], b"").status,
        404
    );
    let slip = agent.get("/v1/documents/INV-1/receipt.txt?provisional").text();
    for part in [
        "NOT A FISCAL RECEIPT",
        "PROVISIONAL SLIP",
        "INV-1",
        "4.95",
        "Write to till@corner.example",
    ] {
        assert!(slip.contains(part), "{part}: {slip}");
    }
    assert!(
        !slip.contains("Verification code") && !slip.contains("FISCAL INVOICE"),
        "{slip}"
    );
    let on_paper = world.fh(&["receipt", "INV-1", "--provisional"]);
    assert!(
        on_paper.code == 0 && on_paper.stdout.contains("Ask the seller for it"),
        "{on_paper:?}"
    );
    let record = json!({
        "RequestId": accepted["request_id"], "Success": true, "IsActionable": false, "Error": null, "FiscalInvoicePdf": null,
        "QrData": { "QrCodeUrl": "https://x.test/1", "VerificationCode": "CC86-EF9C-DFA9-68E3", "FiscalDay": 1, "DeviceId": 34567, "InvoiceNumber": 1 }
    });
    assert_eq!(push(&world, &agent, &json!([record])), 200);
    assert_eq!(agent.settled("INV-1")["state"], "fiscalised");
    let late = agent.get("/v1/documents/INV-1/receipt.txt?provisional");
    assert!(
        late.status == 409 && late.problem().contains("still waits"),
        "{}",
        late.text()
    );
    assert_eq!(agent.stop("-INT").code, 0);
}

#[test]
fn the_seller_and_the_paper_are_said_once_in_the_profile() {
    let world = World::new();
    let tables = "[till.seller]\nname = 'Corner Shop (Pvt) Ltd'\nvat_number = '220098765'\nlines = ['CORNER SHOP']\n\
                  [till.print]\nprinter = 'xprinter-58'\nlanguage = 'shona'\nlogo = 'logo.png'\n";
    world.write_profiles(&world.profile("till", tables), 0o600);
    let mut logo = Vec::new();
    let mut encoder = png::Encoder::new(&mut logo, 8, 8);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_image_data(&[0; 64]).unwrap();
    world.write("logo.png", logo);
    let command = || {
        world.command_with_profiles(&[
            "--profile",
            "till",
            "--output",
            "json",
            "serve",
            "--listen",
            "127.0.0.1:0",
        ])
    };
    let agent = Agent::of(&world, command().spawn().unwrap());
    agent.post("/v1/documents", invoice("INV-1").to_string());
    agent.settled("INV-1");
    let text = agent.get("/v1/documents/INV-1/receipt.txt").text();
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    assert_eq!(lines[..2], ["CORNER SHOP", "Corner Shop (Pvt) Ltd"], "{text}");
    assert!(
        text.contains("VAT No: 220098765") && text.contains("ZVOSE USD"),
        "{text}"
    );
    assert!(text.lines().all(|line| line.chars().count() <= 32), "{text}");
    let escpos = agent.get("/v1/documents/INV-1/receipt.escpos").body;
    assert!(escpos.starts_with(b"\x1b@\x1dv0"), "the logo is the first");
    assert!(
        !escpos.windows(3).any(|bytes| bytes == b"\x1d(k"),
        "this printer does not know the command"
    );
    assert_eq!(agent.stop("-INT").code, 0);
    let printed = world.run(&mut world.command_with_profiles(&[
        "--profile",
        "till",
        "receipt",
        "INV-1",
        "--language",
        "english",
    ]));
    assert!(
        printed.code == 0 && printed.stdout.contains("TOTAL USD") && printed.stdout.contains("CORNER SHOP"),
        "{printed:?}"
    );
    for (change, place, said) in [
        ("[till.seller]\nvat = '1'", ":8:1", "a seller has no \"vat\""),
        ("[till.seller]\nlines = 'x'", ":8:9", "a list of texts"),
        ("[till.print]\ncolumns = 20", ":8:11", "columns is 24 to 64"),
        ("[till.print]\ncolour = 'red'", ":8:1", "unknown key \"colour\""),
        ("print = 'x'", ":7:9", "print is a table"),
        ("[till.print]\nlogo = 'none.png'", "", "none.png"),
        ("[till.print]\nfont = 'logo.png'", "", "it is no font that can be read"),
    ] {
        world.write_profiles(&world.profile("till", change), 0o600);
        let ran = world.run(&mut command());
        assert!(
            ran.code == 2 && ran.stderr.contains(place) && ran.stderr.contains(said),
            "{change}: {ran:?}"
        );
    }
}
