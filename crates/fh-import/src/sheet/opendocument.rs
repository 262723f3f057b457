//! OpenDocument sheets, as they are unpacked: a cell that says it is there a million times is counted and not made.

use std::{io::BufReader, path::Path};

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

use super::{Limits, Takes, archive, choose, too_many_rows, workbook::iso};
use crate::{
    cell::{Cell, Row},
    mapping::Mapping,
    problem::{Place, Problem},
};

fn unreadable(why: &str) -> Problem {
    Problem::of_file(format!(
        "it is no sheet that can be read ({why}); save it again, as .ods or as CSV"
    ))
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    element
        .attributes()
        .flatten()
        .find(|attribute| attribute.key.as_ref() == name)
        .and_then(|attribute| {
            quick_xml::escape::unescape(&attribute.value)
                .ok()
                .map(std::borrow::Cow::into_owned)
        })
}

fn times(element: &BytesStart<'_>, name: &str) -> u64 {
    attribute(element, name)
        .and_then(|count| count.parse().ok())
        .unwrap_or(1)
}

/// The names of the sheets.
fn names(path: &Path) -> Result<Vec<String>, Problem> {
    let mut names = Vec::new();
    walk(path, |event| {
        if let Event::Start(element) | Event::Empty(element) = event
            && element.name().as_ref() == "table:table"
        {
            names.extend(attribute(element, "table:name"));
        }
        Ok(true)
    })?;
    Ok(names)
}

fn walk(path: &Path, mut see: impl FnMut(&Event<'_>) -> Result<bool, Problem>) -> Result<(), Problem> {
    let mut archive = archive::open(path)?;
    let content = archive
        .by_name("content.xml")
        .map_err(|error| unreadable(&error.to_string()))?;
    let mut reader = Reader::from_reader(BufReader::new(content));
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let event = reader
            .read_event_into(&mut buffer)
            .map_err(|error| unreadable(&error.to_string()))?;
        if matches!(event, Event::Eof) || !see(&event)? {
            return Ok(());
        }
    }
}

/// Where in the sheet the reading stands.
#[derive(Default)]
struct Standing {
    inside: bool,
    number: u64,
    repeated: u64,
    cells: Vec<Cell>,
    /// Empty cells that count only when something follows them.
    blank: u64,
    value: Option<Cell>,
    text: Option<String>,
    cell_repeated: u64,
    /// Remarks of people are no part of the cell.
    in_annotation: bool,
}

pub(super) fn rows(path: &Path, mapping: Option<&Mapping>, limits: &Limits, take: Takes<'_>) -> Result<(), Problem> {
    let names = names(path)?;
    let name = choose(&names, mapping)?.to_owned();
    let mut at = Standing::default();
    walk(path, |event| {
        match event {
            Event::Start(element) if element.name().as_ref() == "table:table" => {
                at.inside = attribute(element, "table:name").as_deref() == Some(name.as_str());
            }
            Event::End(element) if element.name().as_ref() == "table:table" && at.inside => return Ok(false),
            _ if !at.inside => {}
            Event::Start(element) => match element.name().as_ref() {
                "table:table-row" => {
                    at.repeated = times(element, "table:number-rows-repeated");
                    at.cells.clear();
                    at.blank = 0;
                }
                "table:table-cell" | "table:covered-table-cell" => {
                    at.cell_repeated = times(element, "table:number-columns-repeated");
                    at.value = typed(element);
                    at.text = Some(String::new());
                }
                "office:annotation" => at.in_annotation = true,
                "text:p" if !at.in_annotation => {
                    if let Some(text) = at.text.as_mut().filter(|text| !text.is_empty()) {
                        text.push(' ');
                    }
                }
                _ => {}
            },
            Event::Empty(element) => match element.name().as_ref() {
                "table:table-row" => at.number += times(element, "table:number-rows-repeated"),
                "table:table-cell" | "table:covered-table-cell" => {
                    let count = times(element, "table:number-columns-repeated");
                    put(&mut at, typed(element).unwrap_or_default(), count, limits)?;
                }
                "text:s" => {
                    if let Some(text) = at.text.as_mut() {
                        text.push(' ');
                    }
                }
                _ => {}
            },
            Event::Text(said) if !at.in_annotation => {
                if let Some(text) = at.text.as_mut() {
                    text.push_str(said);
                }
            }
            Event::GeneralRef(reference) if !at.in_annotation => {
                if let Some(text) = at.text.as_mut() {
                    let whole = format!("&{};", reference.as_ref());
                    let said = quick_xml::escape::unescape(&whole).map_err(|error| unreadable(&error.to_string()))?;
                    text.push_str(&said);
                }
            }
            Event::End(element) => match element.name().as_ref() {
                "office:annotation" => at.in_annotation = false,
                "table:table-cell" | "table:covered-table-cell" => {
                    let text = at.text.take().unwrap_or_default();
                    let value = at.value.take().unwrap_or_else(|| Cell::text(&text));
                    let count = at.cell_repeated;
                    put(&mut at, value, count, limits)?;
                }
                "table:table-row" => {
                    let cells = std::mem::take(&mut at.cells);
                    if cells.is_empty() {
                        at.number += at.repeated;
                        return Ok(true);
                    }
                    for _ in 0..at.repeated {
                        at.number += 1;
                        if at.number > limits.rows {
                            return Err(too_many_rows(limits));
                        }
                        let row = Row {
                            place: Place::row(at.number, false),
                            cells: cells.clone(),
                        };
                        if !take(row) {
                            return Ok(false);
                        }
                    }
                }
                _ => {}
            },
            _ => {}
        }
        Ok(true)
    })
}

fn put(at: &mut Standing, value: Cell, count: u64, limits: &Limits) -> Result<(), Problem> {
    if value.is_empty() {
        at.blank = at.blank.saturating_add(count);
        return Ok(());
    }
    let wide = u64::try_from(at.cells.len()).unwrap_or(u64::MAX);
    let wanted = wide.saturating_add(at.blank).saturating_add(count);
    if wanted > u64::try_from(limits.columns).unwrap_or(u64::MAX) {
        return Err(Problem::new(
            Place::row(at.number + 1, false),
            format!(
                "it has more than {} columns; take away what is at its far right",
                limits.columns
            ),
        ));
    }
    at.cells.extend((0..at.blank).map(|_| Cell::Empty));
    at.cells.extend((0..count).map(|_| value.clone()));
    at.blank = 0;
    Ok(())
}

/// What a cell says its value is; nothing where its text is its value.
fn typed(element: &BytesStart<'_>) -> Option<Cell> {
    match attribute(element, "office:value-type")?.as_str() {
        "float" | "currency" | "percentage" => {
            let value = attribute(element, "office:value")?;
            Some(value.parse().map_or(Cell::Text(value), Cell::number))
        }
        "date" => attribute(element, "office:date-value").map(|value| iso(&value)),
        "time" => {
            // PT14H05M00S
            let value = attribute(element, "office:time-value")?;
            let digits: Vec<&str> = value
                .trim_start_matches("PT")
                .split(|letter: char| !letter.is_ascii_digit())
                .collect();
            Some(iso(&format!(
                "{}:{}:{}",
                digits.first()?,
                digits.get(1)?,
                digits.get(2)?
            )))
        }
        "boolean" => attribute(element, "office:boolean-value").map(|value| Cell::Flag(value == "true")),
        _ => None,
    }
}
