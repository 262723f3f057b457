//! What comes out on paper: golden texts and pictures for review, codes that another program reads, and nothing that a printer would obey.

mod cases;
mod checklist;
mod emulator;
mod pdf;
mod sheets;

use fiscal_harmony::{
    Document,
    print::{KnownTax, Settings, Slip},
};
use proptest::prelude::*;
use serde_json::Value;

use crate::{
    cases::{
        CODE, URL, WIDTHS, cases, catalogue, credit_note, device, document, example, letters, read, receipt,
        receipt_json, three_taxes,
    },
    emulator::{Did, print},
};

fn settings(choices: &[(&str, &str)]) -> Settings {
    let mut settings = Settings::default();
    for (name, value) in choices {
        settings.set(name, value).unwrap();
    }
    settings.check().unwrap();
    settings
}

/// Dots of the paper for so many columns.
fn dots(columns: usize) -> usize {
    if columns <= 32 { 384 } else { 576 }
}

#[test]
fn every_kind_of_receipt_in_every_width_is_as_it_was_reviewed() {
    for case in cases() {
        // Two hundred lines are the same in every width but for their breaks.
        let widths = if case.name == "two-hundred-lines" {
            &WIDTHS[3..4]
        } else {
            &WIDTHS[..]
        };
        let mut text = String::new();
        for columns in widths {
            let printed = case.with(Settings::columns(*columns), |slip| slip.text());
            assert!(
                printed.lines().all(|line| line.chars().count() <= *columns),
                "{printed}"
            );
            text += &format!("== {columns} columns\n{printed}");
        }
        insta::assert_snapshot!(case.name, text);
        let shona = case.with(settings(&[("language", "shona"), ("columns", "42")]), |slip| {
            slip.text()
        });
        if case.name != "two-hundred-lines" {
            insta::assert_snapshot!(format!("{}-shona", case.name), shona);
        }
        let title = match case.name {
            "credit-note" => "CREDIT NOTE",
            _ => "FISCAL TAX INVOICE",
        };
        assert_eq!(
            shona.contains(title),
            !case.is_provisional,
            "titles stay English: {shona}"
        );
    }
}

#[test]
fn the_code_on_every_receipt_is_read_from_its_picture_and_a_provisional_slip_has_none() {
    for case in cases() {
        // Its length makes no difference to its code.
        let widths = if case.name == "two-hundred-lines" {
            &WIDTHS[..1]
        } else {
            &WIDTHS[..]
        };
        for columns in widths.iter().copied() {
            for qr in ["printer", "dots"] {
                let bytes = case.with(settings(&[("columns", &columns.to_string()), ("qr", qr)]), |slip| {
                    slip.escpos()
                });
                let paper = print(&bytes, dots(columns));
                let expected: &[&str] = if case.is_provisional { &[] } else { &[URL] };
                assert_eq!(paper.codes(), expected, "{} {columns} {qr}", case.name);
                assert_eq!(
                    paper.count(|did| matches!(did, Did::Qr { .. })),
                    if qr == "printer" { 5 * expected.len() } else { 0 }
                );
            }
        }
    }
}

#[test]
fn what_a_printer_draws_is_the_picture_that_was_looked_at() {
    let widths = [32, 48, 48, 42, 64, 24];
    for (case, columns) in cases().iter().zip(widths) {
        let bytes = case.with(settings(&[("columns", &columns.to_string()), ("qr", "dots")]), |slip| {
            slip.escpos()
        });
        print(&bytes, dots(columns)).is_as_in(&format!("{}-{columns}.png", case.name));
    }
    let document = document(&letters());
    let receipt = receipt();
    let of = |choices: &[(&str, &str)]| {
        let slip = Slip::new(&receipt)
            .unwrap()
            .with_document(&document)
            .settings(settings(choices));
        slip.escpos()
    };
    print(&of(&[("columns", "32")]), 384).is_as_in("letters-drawn-32.png");
    print(
        &of(&[("columns", "48"), ("code_page", "cp858"), ("letters", "ascii")]),
        576,
    )
    .is_as_in("letters-plain-48.png");
}

#[test]
fn a_code_page_prints_its_own_letters_and_the_rest_of_a_receipt_is_drawn() {
    let document = document(&letters());
    let receipt = receipt();
    let paper = |choices: &[(&str, &str)]| {
        let slip = Slip::new(&receipt)
            .unwrap()
            .with_document(&document)
            .settings(settings(choices));
        print(&slip.escpos(), 576)
    };
    let is_drawn = |did: &Did| matches!(did, Did::Raster { .. });
    let (ascii, western, cyrillic) = (
        paper(&[]),
        paper(&[("code_page", "cp858")]),
        paper(&[("code_page", "cp866")]),
    );
    assert_eq!(western.did.iter().filter(|did| **did == Did::CodePage(19)).count(), 1);
    assert_eq!(cyrillic.did.iter().filter(|did| **did == Did::CodePage(17)).count(), 1);
    assert!(western.count(is_drawn) < ascii.count(is_drawn) && cyrillic.count(is_drawn) < ascii.count(is_drawn));
    let plain = paper(&[("letters", "ascii")]);
    assert_eq!(plain.count(is_drawn), 0);
    assert!(
        plain
            .lines()
            .iter()
            .any(|line| line == "Creme brulee, naive facade - \"large\" ... 5 EUR"),
        "{:?}",
        plain.lines()
    );
    // A number of the printer's own for the same page.
    let own = paper(&[("code_page", "cp866"), ("code_page_number", "17")]);
    assert_eq!(own.did, cyrillic.did);
}

#[test]
fn letters_that_need_shaping_are_named_and_the_receipt_says_so() {
    let document = document(&letters());
    let receipt = receipt();
    let slip = Slip::new(&receipt)
        .unwrap()
        .with_document(&document)
        .settings(Settings::columns(48));
    let lines = print(&slip.escpos(), 576).lines();
    assert!(lines.iter().any(|line| line == "[Arabic] (green tea)"), "{lines:?}");
    assert!(lines.iter().any(|line| line == "[symbol] pizza"), "{lines:?}");
    let said = |lines: &[String]| {
        lines
            .join(" ")
            .contains("Words in [brackets] are in letters that cannot be printed here.")
    };
    assert!(said(&lines));
    assert!(slip.text().contains("شاي أخضر"), "text keeps all letters");
    let other = three_taxes();
    let other = self::document(&other);
    let slip = Slip::new(&receipt).unwrap().with_document(&other);
    assert!(!said(&print(&slip.escpos(), 576).lines()));
}

#[test]
fn letters_that_need_shaping_are_set_from_the_font_that_the_shop_names() {
    let document = document(&letters());
    let receipt = receipt();
    let slip = Slip::new(&receipt).unwrap().with_document(&document);
    let paper = print(&slip.clone().settings(cases::with_font(32)).escpos(), 384);
    paper.is_as_in("letters-of-the-shop-s-font-32.png");
    let said = paper.lines().join(" ");
    assert!(!said.contains("[Arabic]"), "{said}");
    assert!(
        said.contains("[symbol] pizza") && said.contains("[brackets]"),
        "the font has no pizza: {said}"
    );
    assert!(fiscal_harmony::print::ShopFont::from_bytes(*b"GIF89a").is_err());
}

#[test]
fn copies_say_so_and_open_no_drawer() {
    let (receipt, document) = (receipt(), document(&three_taxes()));
    let slip = Slip::new(&receipt).unwrap().with_document(&document);
    let paper = print(
        &slip
            .clone()
            .settings(settings(&[("copies", "3"), ("drawer", "5")]))
            .escpos(),
        576,
    );
    assert_eq!(paper.count(|did| matches!(did, Did::Cut(_))), 3);
    assert_eq!(paper.count(|did| *did == Did::Drawer(1)), 1);
    let copies = paper.lines().iter().filter(|line| line.trim() == "COPY").count();
    assert_eq!(copies, 2, "all but the first");
    let reprint = print(
        &slip
            .copy(4)
            .settings(settings(&[("drawer", "2"), ("cut", "full")]))
            .escpos(),
        576,
    );
    assert!(reprint.lines().iter().any(|line| line.trim() == "COPY 4"));
    assert_eq!(reprint.count(|did| matches!(did, Did::Drawer(_))), 0);
    assert_eq!(reprint.did.last(), Some(&Did::Cut(65)));
    let torn = print(
        &Slip::new(&receipt)
            .unwrap()
            .settings(settings(&[("cut", "none")]))
            .escpos(),
        576,
    );
    assert_eq!(torn.did[torn.did.len() - 5..], [(); 5].map(|()| Did::Text(Vec::new())));
}

#[test]
fn a_logo_stands_above_all_else() {
    let receipt = receipt();
    let settings = cases::with_logo(32);
    let paper = print(&Slip::new(&receipt).unwrap().settings(settings).escpos(), 384);
    assert_eq!(paper.did[..2], [Did::Initialise, Did::Raster { across: 48, down: 40 }]);
}

#[test]
fn totals_that_the_document_leaves_out_are_computed_or_said_to_be_unknown() {
    let mut json = three_taxes();
    for name in ["SubTotal", "TotalTax", "Total"] {
        json.as_object_mut().unwrap().remove(name);
    }
    let (receipt, catalogue) = (receipt(), catalogue());
    let text = |json: &Value, knows_taxes: bool| {
        let document = document(json);
        let mut slip = Slip::new(&receipt).unwrap().with_document(&document);
        if knows_taxes {
            slip = slip.taxes(KnownTax::of(&document.view(), &catalogue));
        }
        slip.text().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let known = text(&json, true);
    assert!(
        known.contains("Subtotal, without tax 71.88 Tax 7.85 TOTAL USD 79.73"),
        "{known}"
    );
    let unknown = text(&json, false);
    assert!(
        unknown.contains("TOTAL USD 79.73") && unknown.contains("Tax is not known here: there was no tax table"),
        "{unknown}"
    );
    assert!(!unknown.contains("Subtotal") && !unknown.contains("7.85"), "{unknown}");
    // Half a cent: 3.00 at 15.5 % without tax in the price.
    json["IsTaxInclusive"] = false.into();
    for line in json["LineItems"].as_array_mut().unwrap() {
        line["LineAmount"] = 3.into();
        line["TaxCode"] = "ZERO".into();
    }
    json["LineItems"][0]["TaxCode"] = "VAT15.5".into();
    let tie = text(&json, true);
    assert!(
        tie.contains("lies on half a cent") && tie.contains("Lines, without tax 15.00") && !tie.contains("TOTAL"),
        "{tie}"
    );
    let mut other = three_taxes();
    other["TotalTax"] = serde_json::from_str("7.86").unwrap();
    let other = text(&other, true);
    assert!(
        other.contains("Tax 7.86") && other.contains("The document says tax 7.86."),
        "{other}"
    );
}

#[test]
fn a_receipt_of_two_receipts_is_not_printed() {
    let mut mixed = receipt_json();
    mixed["receipt_number"] = 69.into();
    let mixed = read(mixed);
    let error = Slip::new(&mixed).unwrap_err();
    assert_eq!(error.mismatches().len(), 1);
    assert!(
        error.to_string().contains("receipt number 68, the record says 69"),
        "{error}"
    );
}

#[test]
fn what_a_found_receipt_does_not_say_is_left_out() {
    let mut found = receipt_json();
    found["fiscal_day"] = 0.into();
    let found = read(found);
    let text = Slip::new(&found).unwrap().text();
    assert!(text.contains("Invoice No") && !text.contains("Fiscal day No"), "{text}");
}

#[test]
fn an_address_that_fits_no_code_is_printed_as_text_only() {
    for url in ["", &"x".repeat(5_000)] {
        let mut long = receipt_json();
        long["qr_url"] = url.into();
        let receipt = read(long);
        for qr in ["printer", "dots"] {
            let bytes = Slip::new(&receipt).unwrap().settings(settings(&[("qr", qr)])).escpos();
            assert_eq!(print(&bytes, 576).codes(), Vec::<String>::new());
        }
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
    for field in ["Name", "TradeName", "Tin", "VatNumber", "Phone", "Email"] {
        document_json["BuyerContact"][field] = text.into();
    }
    for field in ["Province", "City", "Street", "HouseNo"] {
        document_json["BuyerContact"]["Address"][field] = text.into();
    }
    for field in ["Description", "ProductCode", "TaxCode"] {
        document_json["LineItems"][0][field] = text.into();
    }
    let mut receipt = receipt_json();
    receipt["qr_url"] = format!("https://x.test/{text}").into();
    receipt["verification_code"] = text.into();
    (receipt, document(&document_json))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if std::env::var_os("FH_LONG_TESTS").is_some() { 2_000 } else { 60 }))]

    #[test]
    fn no_text_makes_the_printer_do_anything_but_print_it(
        text in "[\u{1b}\u{1d}\u{10}\u{1c}\0\r\n\u{9b}\u{202e}@!V(kpBmé茶بa-z ]{1,60}|.{1,60}",
        columns in 24_usize..65,
        is_plain: bool,
    ) {
        let (json, document) = everywhere(&text);
        let receipt = read(json);
        let choices = [("columns", columns.to_string()), ("letters", if is_plain { "ascii" } else { "drawn" }.to_owned())];
        let choices: Vec<_> = choices.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let slip = Slip::new(&receipt).unwrap().with_document(&document).seller([&*text]).title(&text).settings(settings(&choices));
        // The emulator panics at a command that the manual does not have, and at a line that does not fit.
        let paper = print(&slip.escpos(), dots(columns));
        prop_assert_eq!(paper.count(|did| matches!(did, Did::Initialise | Did::Cut(_))), 2);
        prop_assert_eq!(paper.count(|did| matches!(did, Did::Drawer(_) | Did::CodePage(_))), 0);
        prop_assert_eq!(paper.count(|did| matches!(did, Did::Qr { .. })), 5);
        let text = slip.text();
        prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    }
}

#[test]
fn the_seller_of_the_settings_stands_before_that_of_the_device() {
    let (receipt, device, document) = (receipt(), device(), document(&credit_note()));
    let slip = Slip::new(&receipt).unwrap().with_document(&document).device(&device);
    let text = slip.clone().seller(["MSASA HARDWARE"]).text();
    let first: Vec<&str> = text.lines().take(3).map(str::trim).collect();
    assert_eq!(
        first,
        ["MSASA HARDWARE", "Msasa Wholesale (Pvt) Ltd", "TIN: 2000123456"]
    );
    assert!(text.contains(CODE) && text.contains("FH-SN-000117"));
}
