//! Tables by a mapping.

use crate::columns::{HEADINGS, MAPPING};
use std::{fs, path::Path};

use fh_import::{Imported, Limits, Mapping, Problem, guess, read};
use fiscal_harmony::{Attempt, DocumentKind};
use tempfile::tempdir;

use crate::books::{ods, xlsx};

const SALES: &str = "\
INV-1,,,27/11/2026,\"Moyo, Sons\",2000123456,Bread,19059000,2,1.50,,15.5%,EcoCash
INV-1,,,27/11/2026,\"Moyo, Sons\",2000123456,Milk,04012000,1,2.25,0.25,exempt,EcoCash
INV-2,,,27/11/2026 14:05,Cash sale,,Soap,34011900,3,0.333,,15.5%,Cash
CN-1,INV-1,Stale,27/11/2026,\"Moyo, Sons\",2000123456,Bread,19059000,1,1.50,,15.5%,Cash
";

pub(crate) fn all(path: &Path, mapping: &str) -> Vec<Result<Imported, Problem>> {
    read(path, Some(&Mapping::parse(mapping).unwrap()), &Limits::default()).collect()
}

fn said(found: &[Result<Imported, Problem>]) -> Vec<String> {
    found
        .iter()
        .map(|found| match found {
            Ok(imported) => {
                let bytes = imported.document.freeze(Attempt::First).unwrap();
                String::from_utf8(bytes.bytes().to_vec()).unwrap()
            }
            Err(problem) => problem.to_string(),
        })
        .collect()
}

#[test]
fn rows_become_documents_with_their_totals() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("sales.csv");
    fs::write(&file, format!("{HEADINGS}\n{SALES}")).unwrap();
    let found = all(&file, MAPPING);
    insta::assert_snapshot!(said(&found).join("\n"));
    let credit = found[2].as_ref().unwrap();
    assert_eq!(credit.document.kind(), DocumentKind::CreditNote);
    assert_eq!(credit.place("").to_string(), "line 5");
    let first = found[0].as_ref().unwrap();
    assert_eq!(
        first.place("/LineItems/1/TaxCode").to_string(),
        "line 3, column \"VAT\""
    );
    assert_eq!(first.place("/BuyerContact/Tin").to_string(), "line 2, column \"TIN\"");
}

/// The same sales, whatever they are kept in.
#[test]
fn a_table_is_the_same_in_every_form() {
    let folder = tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let whole = format!("{HEADINGS}\n{SALES}");
    fs::write(path("a.csv"), &whole).unwrap();
    let expected = said(&all(&path("a.csv"), MAPPING));
    assert!(
        expected.iter().all(|document| document.starts_with('{')),
        "{expected:#?}"
    );

    fs::write(path("b.csv"), format!("\u{feff}{}", whole.replace('\n', "\r\n"))).unwrap();
    fs::write(
        path("c.tsv"),
        whole
            .replace("\"Moyo, Sons\"", "Moyo; Sons")
            .replace(',', "\t")
            .replace("Moyo; Sons", "Moyo, Sons"),
    )
    .unwrap();
    // As where commas are decimal.
    let semicolons = whole
        .replace("\"Moyo, Sons\"", "Moyo# Sons")
        .replace(',', ";")
        .replace("1.50", "1,50")
        .replace("2.25", "2,25")
        .replace("0.25", "0,25")
        .replace("0.333", "0,333")
        .replace("Moyo# Sons", "Moyo, Sons");
    fs::write(path("d.csv"), semicolons).unwrap();
    for (name, extra) in [("b.csv", ""), ("c.tsv", ""), ("d.csv", "decimal = \",\"\n")] {
        assert_eq!(
            said(&all(&path(name), &format!("{extra}{MAPPING}"))),
            expected,
            "{name}"
        );
    }

    let rows = |date: &dyn Fn(&str) -> String, code: &dyn Fn(&str) -> String| -> Vec<Vec<String>> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(whole.as_bytes());
        let rows = reader.records().map(|record| {
            let record = record.unwrap();
            let cells = record.iter().map(|cell| match cell {
                day if day.starts_with("27/11/2026") => date(day),
                digits if digits.len() == 8 && digits.parse::<u32>().is_ok() => code(digits),
                cell => cell.to_owned(),
            });
            cells.collect()
        });
        rows.collect()
    };
    // Numbers in a workbook: 4012000 has lost a zero, and the mapping says so.
    let serial = |day: &str| {
        if day.contains(':') {
            "date:46353.5868055556".into()
        } else {
            "date:46353".to_owned()
        }
    };
    let number = |digits: &str| digits.parse::<u32>().unwrap().to_string();
    xlsx(&path("e.xlsx"), &[("Sales", rows(&serial, &number))]);
    let digits = format!("{MAPPING}\n[digits]\nhs_code = 8\n");
    // A workbook keeps 1.5 of 1.50.
    let expected: Vec<String> = expected.iter().map(|text| text.replace(":1.50}", ":1.5}")).collect();
    assert_eq!(said(&all(&path("e.xlsx"), &digits)), expected, "xlsx");
    let iso = |day: &str| {
        if day.contains(':') {
            "date:2026-11-27T14:05:00".into()
        } else {
            "date:2026-11-27".to_owned()
        }
    };
    ods(&path("f.ods"), "Sales", &rows(&iso, &number));
    assert_eq!(said(&all(&path("f.ods"), &digits)), expected, "ods");
    let lost = said(&all(&path("f.ods"), MAPPING)).join("\n");
    assert!(
        lost.contains("row 3, column \"HS Code\": \"4012000\" has 7 digits of 8"),
        "{lost}"
    );
}

#[test]
fn a_row_a_document_and_credit_notes_below_zero() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("a.csv");
    fs::write(
        &file,
        "document,kind,original,date,total,tax,reason\nA,Invoice,,2026-11-27,115.50,15.50,\nB,Credit note,A,2026-11-27,-11.55,-1.55,damaged\n",
    )
    .unwrap();
    let mapping = r#"
rows = "documents"
credit_amounts = "negative"
time_of_day = "12:00:00"
[columns]
id = "document"
kind = "kind"
original = "original"
reference = "reason"
date = "date"
line_amount = "total"
total_tax = "tax"
[constants]
total = 0
description = "Sales of the day"
hs_code = "19059000"
tax_code = "VAT15.5"
currency = "USD"
buyer_name = "Cash sale"
"#;
    // The total is the line, and a column can be read once.
    let mapping = mapping.replace("total = 0\n", "").replace("total_tax = \"tax\"\n", "");
    let taxes = "[taxes]\n\"VAT15.5\" = { code = \"VAT15.5\", percent = 15.5 }\n";
    let documents = said(&all(&file, &format!("{mapping}{taxes}")));
    assert!(
        documents[0].contains("\"TotalTax\":15.50") && documents[0].contains("\"Total\":115.50"),
        "{documents:?}"
    );
    assert!(
        documents[1].contains("\"CreditNoteId\":\"B\"") && documents[1].contains("\"Total\":11.55"),
        "{documents:?}"
    );
}

#[test]
fn a_guess_is_a_mapping_once_its_questions_are_answered() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("sales.csv");
    fs::write(
        &file,
        format!("Mopani Trading\n\n{HEADINGS},Till\n{}", SALES.replace('\n', ",1\n")),
    )
    .unwrap();
    let proposal = guess(&file, None, &Limits::default()).unwrap();
    insta::assert_snapshot!(proposal);
    let answered = proposal
        .replace("#? ", "")
        .replace("code = \"exempt\"", "code = \"EXEMPT\"");
    let answered = answered.replace("code = \"15.5%\"", "code = \"VAT15.5\"");
    let answered = format!("{answered}\n[payments]\n\"EcoCash\" = \"MobileWallet\"\n");
    let documents = said(&all(&file, &answered));
    assert_eq!(documents.len(), 3);
    assert!(
        documents.iter().all(|document| document.starts_with('{')),
        "{documents:#?}\n{answered}"
    );
}

#[test]
fn what_a_mapping_cannot_be_is_said() {
    let whole = |change: (&str, &str)| {
        Mapping::parse(&MAPPING.replace(change.0, change.1))
            .unwrap_err()
            .to_string()
    };
    for (change, wanted) in [
        (("id = \"Invoice No\"", ""), "id is missing"),
        (("hs_code = \"HS Code\"", ""), "hs_code is missing"),
        (
            ("currency = \"USD\"", "quantity = 1\ncurrency = \"USD\""),
            "quantity is a column and a constant",
        ),
        (("unit_price = \"Price\"", ""), "line_amount or unit_price is missing"),
        (("12:00:00", "noon"), "is no time"),
        (("date = \"dd/mm/yyyy\"", "date = \"dd.mm\""), "unknown variant"),
        (("[constants]", "[constant]"), "unknown field"),
        (
            ("exempt = true", "exempt = true, percent = 0"),
            "an exempt tax has no rate",
        ),
    ] {
        let said = whole(change);
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
}
