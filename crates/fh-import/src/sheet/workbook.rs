//! Excel workbooks, cell by cell: a sheet that names a cell at its far end costs nothing.

use std::{fs::File, io::BufReader, path::Path};

use calamine::{DataRef, Reader, Xlsx, XlsxError};
use fh_types::jiff::civil::{DateTime, date};

use super::{Limits, Takes, choose, too_many_rows};
use crate::{
    cell::{Cell, Row},
    mapping::Mapping,
    problem::{Place, Problem},
};

fn unreadable(error: &XlsxError) -> Problem {
    match error {
        XlsxError::Password => Problem::of_file("the workbook has a password; save it without one"),
        error => Problem::of_file(format!(
            "it is no workbook that can be read ({error}); save it again, as .xlsx or as CSV"
        )),
    }
}

pub(super) fn rows(path: &Path, mapping: Option<&Mapping>, limits: &Limits, take: Takes<'_>) -> Result<(), Problem> {
    let file = File::open(path).map_err(|error| Problem::of_file(format!("cannot be read: {error}")))?;
    let mut book: Xlsx<_> = Xlsx::new(BufReader::new(file)).map_err(|error| unreadable(&error))?;
    let names = book.sheet_names();
    let name = choose(&names, mapping)?.to_owned();
    let mut cells = book.worksheet_cells_reader(&name).map_err(|error| unreadable(&error))?;
    let mut row = Row::default();
    while let Some(cell) = cells.next_cell().map_err(|error| unreadable(&error))? {
        let (number, column) = cell.get_position();
        let number = u64::from(number) + 1;
        let value = of(cell.get_value());
        if value.is_empty() {
            continue;
        }
        if number > limits.rows {
            return Err(too_many_rows(limits));
        }
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        if column >= limits.columns {
            return Err(Problem::new(
                Place::row(number, false),
                format!(
                    "it has more than {} columns; take away what is at its far right",
                    limits.columns
                ),
            ));
        }
        if row.place.row != number {
            let complete = std::mem::replace(
                &mut row,
                Row {
                    place: Place::row(number, false),
                    cells: Vec::new(),
                },
            );
            if complete.place.row > 0 && !take(complete) {
                return Ok(());
            }
        }
        if row.cells.len() <= column {
            row.cells.resize(column + 1, Cell::Empty);
        }
        row.cells[column] = value;
    }
    if row.place.row > 0 {
        take(row);
    }
    Ok(())
}

fn of(value: &DataRef<'_>) -> Cell {
    match value {
        DataRef::Empty => Cell::Empty,
        DataRef::Int(number) => Cell::Number(number.to_string()),
        DataRef::Float(number) => Cell::number(*number),
        DataRef::String(text) => Cell::text(text),
        DataRef::SharedString(text) => Cell::text(text),
        DataRef::Bool(flag) => Cell::Flag(*flag),
        DataRef::Error(error) => Cell::Broken(error.to_string()),
        DataRef::DateTimeIso(text) => iso(text),
        DataRef::DurationIso(text) => Cell::text(text),
        DataRef::DateTime(moment) => {
            let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
            let of = |value: u8| i8::try_from(value).unwrap_or_default();
            // A time alone has the day 0.
            let (year, month, day) = if year < 1901 { (1900, 1, 1) } else { (year, month, day) };
            let year = i16::try_from(year).unwrap_or(i16::MAX);
            match DateTime::new(year, of(month), of(day), of(hour), of(minute), of(second), 0) {
                Ok(moment) => Cell::Date(moment),
                Err(_) => Cell::number(moment.as_f64()),
            }
        }
    }
}

/// A date as OpenDocument and newer workbooks write it.
pub(super) fn iso(text: &str) -> Cell {
    if let Ok(moment) = text.parse::<DateTime>() {
        return Cell::Date(moment);
    }
    match text.parse::<fh_types::jiff::civil::Date>() {
        Ok(day) => Cell::Date(day.at(0, 0, 0, 0)),
        Err(_) => match text.parse::<fh_types::jiff::civil::Time>() {
            Ok(time) => Cell::Date(date(1900, 1, 1).to_datetime(time)),
            Err(_) => Cell::text(text),
        },
    }
}
