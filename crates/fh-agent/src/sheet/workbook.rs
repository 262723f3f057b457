//! Workbooks: a sheet for each table, whose cells are numbers, dates and texts. A text in a cell of its own is never taken for a formula.

use fh_outbox::LedgerEntry;
use fh_types::CatDateTime;
use fiscal_harmony::Document;
use rust_xlsxwriter::{ExcelDateTime, Format as Look, Workbook, Worksheet, XlsxError};

use super::{
    columns::Holds,
    error::ExportError,
    rows::{Cell, Rows},
};

/// A sheet has so many rows.
const MOST: u32 = 1_048_576;
/// The longest text of a cell.
const LONGEST: usize = 32_767;

pub(super) struct Book {
    sheets: Vec<Sheet>,
}

struct Sheet {
    rows: Rows,
    sheet: Worksheet,
    next: u32,
}

impl From<XlsxError> for ExportError {
    fn from(error: XlsxError) -> Self {
        Self::Format(error.to_string())
    }
}

fn look_of(holds: Holds) -> Option<Look> {
    let look = match holds {
        Holds::Money => "#,##0.00",
        Holds::Moment => "yyyy-mm-dd hh:mm:ss",
        _ => return None,
    };
    Some(Look::new().set_num_format(look))
}

impl Book {
    pub(super) fn new(tables: &[Rows]) -> Result<Self, ExportError> {
        let sheets = tables.iter().map(|rows| Sheet::new(*rows)).collect::<Result<_, _>>()?;
        Ok(Self { sheets })
    }

    pub(super) fn has(&self, rows: Rows) -> bool {
        self.sheets.iter().any(|sheet| sheet.rows == rows)
    }

    pub(super) fn push(&mut self, entry: &LedgerEntry, content: Option<&Document>) -> Result<(), ExportError> {
        for sheet in &mut self.sheets {
            for row in sheet.rows.of(entry, content) {
                sheet.push(&row)?;
            }
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<Vec<u8>, ExportError> {
        let mut workbook = Workbook::new();
        for sheet in self.sheets {
            workbook.push_worksheet(sheet.finish()?);
        }
        Ok(workbook.save_to_buffer()?)
    }
}

/// A column's place; no table of ours is wider than a sheet.
fn place(at: usize) -> u16 {
    u16::try_from(at).unwrap_or(u16::MAX)
}

impl Sheet {
    fn new(rows: Rows) -> Result<Self, ExportError> {
        let mut sheet = Worksheet::new();
        sheet.set_name(rows.name())?;
        sheet.set_freeze_panes(1, 0)?;
        let bold = Look::new().set_bold();
        for (at, column) in rows.columns().iter().enumerate() {
            sheet.write_with_format(0, place(at), column.name, &bold)?;
            if let Some(look) = look_of(column.holds) {
                sheet.set_column_format(place(at), &look)?;
            }
            let width = match column.holds {
                Holds::Moment => 20,
                Holds::Text => 18,
                _ => 12,
            };
            sheet.set_column_width(place(at), width)?;
        }
        Ok(Self { rows, sheet, next: 1 })
    }

    fn push(&mut self, row: &[Cell]) -> Result<(), ExportError> {
        if self.next >= MOST {
            return Err(ExportError::TooMany(self.rows.name()));
        }
        for (at, (cell, column)) in row.iter().zip(self.rows.columns()).enumerate() {
            let at = place(at);
            match cell {
                Cell::Empty => {}
                // Fifteen digits are carried exactly by what a spreadsheet keeps numbers in; an amount has no more.
                Cell::Number(text) => match text.parse::<f64>() {
                    Ok(number) => {
                        self.sheet.write(self.next, at, number)?;
                    }
                    Err(_) => self.text(at, text)?,
                },
                Cell::Text(text) => match (column.holds, moment(text)) {
                    (Holds::Moment, Some(moment)) => {
                        self.sheet.write(self.next, at, &moment)?;
                    }
                    _ => self.text(at, text)?,
                },
            }
        }
        self.next += 1;
        Ok(())
    }

    fn text(&mut self, at: u16, text: &str) -> Result<(), ExportError> {
        let short: String = text.chars().take(LONGEST).collect();
        self.sheet.write_string(self.next, at, short)?;
        Ok(())
    }

    fn finish(mut self) -> Result<Worksheet, ExportError> {
        let last = place(self.rows.columns().len() - 1);
        self.sheet.autofilter(0, 0, self.next - 1, last)?;
        Ok(self.sheet)
    }
}

/// A time as a clock on the wall in Harare shows it.
fn moment(text: &str) -> Option<ExcelDateTime> {
    let civil = text.parse::<CatDateTime>().ok()?.civil();
    let part = |part: i8| u8::try_from(part).ok();
    let day = ExcelDateTime::from_ymd(
        u16::try_from(civil.year()).ok()?,
        part(civil.month())?,
        part(civil.day())?,
    );
    day.ok()?
        .and_hms(
            u16::try_from(civil.hour()).ok()?,
            part(civil.minute())?,
            f64::from(civil.second()),
        )
        .ok()
}
