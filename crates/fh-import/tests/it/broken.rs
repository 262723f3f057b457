//! Files that are broken, each in its way: what the report says is a golden file.

use std::{fs, path::Path};

use fh_import::{BackDated, Limits, Mapping, take_in_file};
use fh_outbox::Outbox;
use fh_types::{CatDateTime, SystemClock};
use tempfile::tempdir;

use crate::{
    books::{archive, xlsx},
    columns::{HEADINGS, MAPPING},
};

/// Today, as the mapping says days are written.
pub(crate) fn today() -> String {
    let today = CatDateTime::now(&SystemClock).civil().date();
    today.strftime("%d/%m/%Y").to_string()
}

fn csv(rows: &str) -> Vec<u8> {
    format!("{HEADINGS}\n{rows}").replace("TODAY", &today()).into_bytes()
}

async fn report(path: &Path, name: &str) -> String {
    let folder = tempdir().unwrap();
    let outbox = Outbox::open(folder.path().join("till.db")).await.unwrap();
    let mapping = Mapping::parse(MAPPING).unwrap();
    let taken = take_in_file(
        path,
        Some(&mapping),
        &Limits::default(),
        &outbox,
        BackDated::Refuse,
        &mut |_| {},
    )
    .await
    .unwrap();
    assert!(!taken.is_well(), "{name}");
    assert_eq!(taken.new, 0, "{name}: nothing is taken in");
    assert!(outbox.list(fh_outbox::Query::default()).await.unwrap().is_empty());
    let day = CatDateTime::now(&SystemClock).civil().date().to_string();
    taken
        .report(name)
        .replace(&today(), "TODAY")
        .replace(&day, "TODAY")
        .replace(path.parent().unwrap().to_str().unwrap(), "FOLDER")
}

#[tokio::test]
async fn each_kind_of_broken_file_is_told_with_its_rows_and_what_to_do() {
    let folder = tempdir().unwrap();
    let good = "A,,,TODAY,Cash sale,,Bread,19059000,1,1.50,,15.5%,Cash\n";
    let kinds: [(&str, Vec<u8>); 15] = [
        ("empty.csv", Vec::new()),
        ("headings-alone.csv", csv("")),
        (
            "other-headings.csv",
            String::from_utf8(csv(good))
                .unwrap()
                .replace("Qty", "Pieces")
                .into_bytes(),
        ),
        (
            "quotation-never-closed.csv",
            csv(&format!("A,,,TODAY,\"Moyo,,Bread,{}", "x".repeat(2 << 20))),
        ),
        (
            "windows-letters.csv",
            csv(good)
                .into_iter()
                .map(|byte| if byte == b'B' { 0xE9 } else { byte })
                .collect(),
        ),
        (
            "utf-16.csv",
            "\u{feff}Invoice No,Date\nA,1"
                .encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect(),
        ),
        (
            "comma-in-a-name.csv",
            csv(&format!(
                "{good}B,,,TODAY,Moyo, Sons,,Bread,19059000,1,1.50,,15.5%,Cash,x\n"
            )),
        ),
        (
            "lost-zeros.csv",
            csv(&format!("{good}B,,,TODAY,Cash sale,,Milk,4012000,1,1.50,,15.5%,Cash\n")),
        ),
        (
            "two-ways-to-read.csv",
            csv("A,,,TODAY,Cash sale,,Bread,19059000,1,\"1,500\",,15.5%,Cash\n"),
        ),
        (
            "month-first.csv",
            csv("A,,,11/27/2026,Cash sale,,Bread,19059000,1,1.50,,15.5%,Cash\n"),
        ),
        (
            "unknown-tax.csv",
            csv("A,,,TODAY,Cash sale,,Bread,19059000,1,1.50,,VAT,Cash\n"),
        ),
        (
            "rows-apart.csv",
            csv(&format!("{good}{}{good}", good.replace("A,,", "B,,"))),
        ),
        (
            "two-buyers.csv",
            csv(&format!("{good}{}", good.replace("Cash sale", "Cash Rudo"))),
        ),
        (
            "refused-by-the-rules.csv",
            csv(&good.replace("19059000", "190590001").replace("Cash sale", "Rudo")),
        ),
        ("back-dated.csv", csv(&good.replace("TODAY", "01/11/2026"))),
    ];
    let mut said = String::new();
    for (name, content) in &kinds {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        said.push_str(&report(&path, name).await);
        said.push('\n');
    }
    let book = folder.path().join("whole.xlsx");
    let headings: Vec<String> = HEADINGS.split(',').map(str::to_owned).collect();
    let row = [
        "A",
        "",
        "",
        "46353",
        "Cash sale",
        "",
        "Bread",
        "19059000",
        "1",
        "error:#N/A",
        "",
        "15.5%",
        "Cash",
    ];
    let rows = vec![headings, row.map(str::to_owned).to_vec()];
    xlsx(&book, &[("Sales", rows.clone())]);
    let bytes = fs::read(&book).unwrap();
    let workbooks: [(&str, Vec<u8>); 4] = [
        ("formula-failed.xlsx", bytes.clone()),
        ("cut-short.xlsx", bytes[..bytes.len() / 2].to_vec()),
        ("of-2003.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest".to_vec()),
        ("paper.pdf", b"%PDF-1.7".to_vec()),
    ];
    for (name, content) in &workbooks {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        said.push_str(&report(&path, name).await);
        said.push('\n');
    }
    let several = folder.path().join("several-sheets.xlsx");
    xlsx(&several, &[("Sales", rows.clone()), ("Stock", rows)]);
    said.push_str(&report(&several, "several-sheets.xlsx").await);
    said.push('\n');
    let bomb = folder.path().join("bomb.xlsx");
    archive(
        &bomb,
        &[
            ("xl/workbook.xml", b"<workbook/>"),
            ("xl/worksheets/sheet1.xml", &vec![b' '; 64 << 20]),
        ],
    );
    said.push_str(&report(&bomb, "bomb.xlsx").await);
    insta::assert_snapshot!(said);
}
