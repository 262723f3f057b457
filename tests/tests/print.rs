//! What comes out on paper: golden files for review, and nothing that a printer would obey.

use std::path::Path;

use fiscal_harmony::{
    Document, Receipt,
    print::{Paper, Slip},
};
use proptest::prelude::*;
use serde_json::{Value, json};

const CODE: &str = "CC86-EF9C-DFA9-68E3";
const URL: &str = "https://fdmstest.zimra.co.zw/0000033389140520260000000068CC86EF9CDFA968E3";
const SELLER: [&str; 3] = [
    "Msasa Wholesale (Pvt) Ltd",
    "14 Mutare Road, Msasa, Harare",
    "TIN 2000123456  VAT no. 220012345",
];

fn receipt() -> Value {
    json!({
        "request_id": "6f9619ff-8b86-d011-b42d-00c04fc964ff",
        "qr_url": URL,
        "verification_code": CODE,
        "fiscal_day": 211,
        "device_id": 33389,
        "receipt_number": 68,
        "pdf": null,
    })
}

fn read(receipt: Value) -> Receipt {
    serde_json::from_value(receipt).unwrap()
}

fn example(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn document(json: &Value) -> Document {
    Document::from_json(json.to_string().as_bytes()).unwrap()
}

/// The bytes as a person can read them: a line for each line feed.
fn shown(bytes: &[u8]) -> String {
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    lines.map(|line| line.escape_ascii().to_string() + "\n").collect()
}

#[test]
fn an_invoice_and_a_credit_note_on_both_kinds_of_paper_as_text_and_for_a_printer() {
    let receipt = read(receipt());
    for (name, file) in [("invoice", "invoice.json"), ("credit-note", "credit-note.json")] {
        let document = document(&example(file));
        let slip = Slip::new(&receipt).unwrap().with_document(&document).seller(SELLER);
        insta::assert_snapshot!(format!("{name}-48"), slip.text());
        insta::assert_snapshot!(format!("{name}-48-escpos"), shown(&slip.escpos()));
        let slip = slip.paper(Paper::Narrow).title("FISCAL TAX INVOICE");
        insta::assert_snapshot!(format!("{name}-32"), slip.text());
        insta::assert_snapshot!(format!("{name}-32-escpos"), shown(&slip.escpos()));
    }
    insta::assert_snapshot!("receipt-alone-48", Slip::new(&receipt).unwrap().text());
}

#[test]
fn a_receipt_of_two_receipts_is_not_printed() {
    let mut mixed = receipt();
    mixed["receipt_number"] = 69.into();
    let mixed = read(mixed);
    let error = Slip::new(&mixed).unwrap_err();
    assert_eq!(error.mismatches().len(), 1);
    assert!(
        error.to_string().contains("receipt number 68, the record says 69"),
        "{error}"
    );
}

/// What a printer takes from a stream, read by the manual and not by our code.
#[derive(Debug, PartialEq)]
enum Taken {
    Text(String),
    Initialise,
    Align(u8),
    Bold(u8),
    Qr { function: u8, data: Vec<u8> },
    Cut,
}

fn take(mut stream: &[u8]) -> Vec<Taken> {
    let mut taken = Vec::new();
    loop {
        let (command, length) = match stream {
            [] => return taken,
            [0x1b, b'@', ..] => (Taken::Initialise, 2),
            [0x1b, b'a', n, ..] => (Taken::Align(*n), 3),
            [0x1b, b'E', n, ..] => (Taken::Bold(*n), 3),
            [0x1d, b'V', 66, _, ..] => (Taken::Cut, 4),
            [0x1d, b'(', b'k', low, high, 49, function, rest @ ..] => {
                let length = usize::from(u16::from_le_bytes([*low, *high])) - 2;
                let (function, data) = (*function, rest[..length].to_vec());
                (Taken::Qr { function, data }, 7 + length)
            }
            text => {
                let length = text
                    .iter()
                    .take_while(|byte| matches!(byte, b' '..=b'~' | b'\n'))
                    .count();
                assert!(
                    length > 0,
                    "an unknown command: {:?}",
                    text[..text.len().min(8)].escape_ascii().to_string()
                );
                (Taken::Text(String::from_utf8(text[..length].to_vec()).unwrap()), length)
            }
        };
        taken.push(command);
        stream = &stream[length..];
    }
}

fn qr_data(taken: &[Taken]) -> Vec<(u8, &[u8])> {
    let codes = taken.iter().filter_map(|taken| match taken {
        Taken::Qr { function, data } => Some((*function, &**data)),
        _ => None,
    });
    codes.collect()
}

#[test]
fn the_printer_is_told_to_draw_the_code_of_the_authority_s_address() {
    let receipt = read(receipt());
    let taken = take(&Slip::new(&receipt).unwrap().escpos());
    let stored = [b"0", URL.as_bytes()].concat();
    assert_eq!(
        qr_data(&taken),
        [(65, &[50, 0][..]), (67, &[6]), (69, b"1"), (80, &*stored), (81, b"0")],
        "model 2, six dots to a module, correction M, the address, print"
    );
    assert_eq!(
        (taken.first(), taken.last()),
        (Some(&Taken::Initialise), Some(&Taken::Cut))
    );
}

#[test]
fn an_address_that_fits_no_code_is_printed_as_text_only() {
    for url in ["", &"x".repeat(5_000)] {
        let mut long = receipt();
        long["qr_url"] = url.into();
        let receipt = read(long);
        let taken = take(&Slip::new(&receipt).unwrap().escpos());
        assert_eq!(qr_data(&taken), []);
    }
}

/// Puts a text into every place that a document and a receipt have for one.
fn everywhere(text: &str) -> (Value, Document) {
    let mut document_json = example("credit-note.json");
    for field in [
        "CreditNoteId",
        "CreditNoteNumber",
        "OriginalInvoiceId",
        "Reference",
        "CurrencyCode",
    ] {
        document_json[field] = text.into();
    }
    for field in ["Name", "TradeName", "Tin", "VatNumber"] {
        document_json["BuyerContact"][field] = text.into();
    }
    for field in ["Province", "City", "Street", "HouseNo"] {
        document_json["BuyerContact"]["Address"][field] = text.into();
    }
    for field in ["Description", "ProductCode", "TaxCode"] {
        document_json["LineItems"][0][field] = text.into();
    }
    let mut receipt = receipt();
    receipt["qr_url"] = format!("https://x.test/{text}").into();
    receipt["verification_code"] = text.into();
    (receipt, document(&document_json))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_text_makes_the_printer_do_anything_but_print_it(
        text in "[\u{1b}\u{1d}\u{10}\u{1c}\0\r\n\u{9b}\u{202e}@!V(kpBmé茶a-z ]{1,60}|.{1,60}",
        narrow: bool,
    ) {
        let (json, document) = everywhere(&text);
        let receipt = read(json);
        let paper = if narrow { Paper::Narrow } else { Paper::Wide };
        let slip = Slip::new(&receipt).unwrap().with_document(&document).seller([&*text]).title(&text).paper(paper);
        let taken = take(&slip.escpos());
        let count = |what: &dyn Fn(&Taken) -> bool| taken.iter().filter(|taken| what(taken)).count();
        prop_assert_eq!(count(&|taken| matches!(taken, Taken::Initialise | Taken::Cut)), 2);
        prop_assert_eq!(count(&|taken| matches!(taken, Taken::Bold(_))), 6, "title, total and code, on and off");
        prop_assert_eq!(qr_data(&taken).len(), 5);
        for taken in &taken {
            if let Taken::Text(text) = taken {
                prop_assert!(text.lines().all(|line| line.len() <= paper.columns()), "{text}");
            }
        }
        let text = slip.text();
        prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    }
}
