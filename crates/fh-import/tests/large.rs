//! Large files, and what they may cost. A process of its own, since what is measured is of the whole process.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![allow(dead_code, reason = "the other tests of these files use the rest")]

#[path = "it/books.rs"]
mod books;
#[path = "it/columns.rs"]
mod columns;

use std::{
    fs::File,
    io::{BufWriter, Write},
};

use fh_import::{Limits, Mapping, read};
use tempfile::tempdir;

use books::{ods, xlsx};
use columns::{HEADINGS, MAPPING};

/// 100,000 rows; in the ordinary run a few.
fn rows() -> usize {
    if std::env::var_os("FH_LONG_TESTS").is_some() {
        100_000
    } else {
        2_000
    }
}

/// The most memory that this process ever had, in kilobytes.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn forget_the_peak() {
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
}

fn row(number: usize) -> [String; 13] {
    [
        format!("INV-{number}"),
        String::new(),
        String::new(),
        "27/11/2026".into(),
        format!("Cash buyer {number}"),
        String::new(),
        format!("Article {number}"),
        "19059000".into(),
        "2".into(),
        "1.25".into(),
        String::new(),
        "15.5%".into(),
        "Cash".into(),
    ]
}

/// One test after the other, for the same reason.
#[test]
fn a_hundred_thousand_rows_fit_into_little() {
    let folder = tempdir().unwrap();
    let mapping = Mapping::parse(MAPPING).unwrap();
    let count = |name: &str| {
        let path = folder.path().join(name);
        forget_the_peak();
        let before = peak();
        let found = read(&path, Some(&mapping), &Limits::default())
            .map(|found| found.unwrap().document.id().len())
            .filter(|length| *length > 0);
        let documents = found.count();
        (documents, peak().saturating_sub(before) / 1024)
    };
    for (name, separator) in [("a.csv", ","), ("b.tsv", "\t")] {
        let mut file = BufWriter::new(File::create(folder.path().join(name)).unwrap());
        writeln!(file, "{}", HEADINGS.replace(',', separator)).unwrap();
        for number in 0..rows() {
            writeln!(file, "{}", row(number).join(separator)).unwrap();
        }
        drop(file);
        let (documents, megabytes) = count(name);
        println!("{name}: {documents} documents, {megabytes} MB");
        assert_eq!(documents, rows());
        assert!(megabytes < 24, "{name}: {megabytes} MB");
    }
    let headings: Vec<String> = HEADINGS.split(',').map(str::to_owned).collect();
    let whole: Vec<Vec<String>> = std::iter::once(headings)
        .chain((0..rows()).map(|number| row(number).to_vec()))
        .collect();
    ods(&folder.path().join("c.ods"), "Sales", &whole);
    xlsx(&folder.path().join("d.xlsx"), &[("Sales", whole)]);
    for name in ["c.ods", "d.xlsx"] {
        let (documents, megabytes) = count(name);
        println!("{name}: {documents} documents, {megabytes} MB");
        assert_eq!(documents, rows());
        assert!(megabytes < 300, "{name}: {megabytes} MB");
    }
}
