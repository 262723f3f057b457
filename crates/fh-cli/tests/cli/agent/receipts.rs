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
    for (columns, query) in [(48, ""), (48, "?columns=48"), (32, "?columns=32")] {
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
