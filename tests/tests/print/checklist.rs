//! `docs/printing.md` lists what a receipt shows, with the source of each item. Here each item is ticked.

use std::{collections::BTreeSet, fs, path::Path};

use fiscal_harmony::print::{Settings, Sheet};

use crate::{cases::cases, emulator, pdf};

/// The highest number in the authority's list.
const FIELDS: u32 = 51;

/// The cells of the rows of the tables that have a column of the authority's numbers.
fn rows() -> Vec<Vec<String>> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/printing.md")).unwrap();
    let (mut rows, mut is_numbered) = (Vec::new(), false);
    for line in page.lines() {
        let Some(row) = line.strip_prefix("| ").and_then(|line| line.strip_suffix(" |")) else {
            is_numbered = false;
            continue;
        };
        let cells: Vec<String> = row.split(" | ").map(str::to_owned).collect();
        if cells[0] == "no." {
            is_numbered = true;
        } else if is_numbered && !cells[0].starts_with("---") {
            rows.push(cells);
        }
    }
    rows
}

/// What stands in backticks.
fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn without_blanks(text: &str) -> String {
    text.split_whitespace().collect()
}

#[test]
fn every_item_of_the_checklist_is_on_the_receipt_in_every_form_and_names_its_source() {
    // Text, what the printer's own letters say, A4 and roll, of the invoice and of the credit note.
    let printed: Vec<[String; 4]> = cases()
        .iter()
        .filter(|case| matches!(case.name, "three-taxes" | "credit-note"))
        .map(|case| {
            let settings = Settings::columns(48);
            case.with(settings, |slip| {
                let paper = emulator::print(&slip.escpos(), 576);
                [
                    without_blanks(&slip.text()),
                    without_blanks(&paper.lines().concat()),
                    pdf::read(&slip.pdf(Sheet::A4)).text,
                    pdf::read(&slip.pdf(Sheet::Roll)).text,
                ]
            })
        })
        .collect();
    let mut ticked = 0;
    for row in rows().iter().filter(|row| row.len() == 4) {
        let [number, what, shown, source] = &row[..] else {
            unreachable!()
        };
        assert!(!source.trim().is_empty(), "{what} has no source");
        let of = usize::from(source.contains("credit notes"));
        let texts = quoted(shown);
        assert!(
            !texts.is_empty() || shown.contains("read from its picture"),
            "{what}: nothing to look for"
        );
        for text in texts {
            for (form, printed) in printed[of].iter().enumerate() {
                // A page has its letters in a column of their own, and the parts of the table in columns.
                let is_there = printed.contains(&without_blanks(&text));
                assert!(is_there, "{number} {what}: {text:?} is not in form {form}: {printed}");
            }
        }
        ticked += 1;
    }
    assert!(ticked > 40, "{ticked} items");
}

#[test]
fn every_field_of_the_authority_s_list_is_printed_or_said_to_be_left_out() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/printing.md")).unwrap();
    let mut named: BTreeSet<u32> = rows()
        .iter()
        .flat_map(|row| row[0].split(", ").map(str::to_owned).collect::<Vec<_>>())
        .filter_map(|number| number.split('.').next()?.parse().ok())
        .collect();
    // Those that stand on A4 alone are in the sentence below the table.
    let (_, sentence) = page.split_once("\n\\[zimra\\] ").unwrap();
    let (numbers, _) = sentence.split_once('(').unwrap();
    named.extend(
        numbers
            .split(|c: char| !c.is_ascii_digit())
            .filter_map(|number| number.parse::<u32>().ok()),
    );
    let missing: Vec<u32> = (1..=FIELDS).filter(|number| !named.contains(number)).collect();
    assert_eq!(missing, Vec::<u32>::new());
}
