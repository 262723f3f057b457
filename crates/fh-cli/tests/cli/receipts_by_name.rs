//! `fh receipt`, `status`, `pdf` and `qr` take a document by whatever people know it by.

use crate::harness::{World, invoice, lines};

#[test]
fn a_document_is_named_by_its_id_its_number_or_a_request_and_a_stranger_is_not_known_here() {
    let world = World::new();
    let mut sale = invoice("ID-77");
    sale["InvoiceNumber"] = "No. 77".into();
    world.write("sale.jsonl", lines(&[sale]));
    let ran = world.fh(&["--output", "json", "submit", "sale.jsonl"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let request = ran.lines()[0]["request_id"].as_str().unwrap().to_owned();
    for name in ["ID-77", "No. 77", &request] {
        let receipt = world.fh(&["receipt", name, "--look"]);
        assert!(
            receipt.code == 0 && receipt.stdout.contains("No. 77"),
            "{name}: {receipt:?}"
        );
        let status = world.fh(&["--output", "json", "status", name]);
        assert_eq!(
            (status.code, status.lines()[0]["state"].as_str()),
            (0, Some("fiscalised")),
            "{name}: {status:?}"
        );
        let qr = world.fh(&["qr", name, "--png", "code.png"]);
        assert_eq!(qr.code, 0, "{name}: {qr:?}");
        let pdf = world.fh(&["pdf", name, "--to", "pdfs"]);
        assert_eq!(pdf.code, 0, "{name}: {pdf:?}");
    }
    let none = world.fh(&["receipt", "ID-78"]);
    assert!(
        none.code == 2 && none.stderr.contains("ID-78 is not known here"),
        "{none:?}"
    );
    let never = world.fh(&["--output", "json", "status", "6f9619ff-8b86-d011-b42d-00c04fc964ff"]);
    let error = never.lines()[0]["error"].to_string();
    assert!(
        error.contains("is not known here") && never.lines()[0]["state"] == "unknown",
        "{never:?}"
    );
}
