//! Tables, row by row, whatever they are kept in.

mod archive;
mod opendocument;
mod text;
mod workbook;

use std::path::Path;

use crate::{cell::Row, mapping::Mapping, problem::Problem, read::Format};

/// What a file may be at most, so that none takes the machine down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of a workbook on the disk.
    pub archive: u64,
    /// Bytes that a workbook unpacks to, all its parts together.
    pub unpacked: u64,
    /// Bytes of one row of a text.
    pub row: usize,
    /// Rows of a sheet.
    pub rows: u64,
    /// Columns of a sheet.
    pub columns: usize,
    /// Bytes of a GOBL or UBL document.
    pub document: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            archive: 64 << 20,
            unpacked: 512 << 20,
            row: 1 << 20,
            rows: 1 << 20,
            columns: 512,
            document: 16 << 20,
        }
    }
}

/// Who takes rows, one after the other; `false` wants no more.
pub(crate) type Takes<'t> = &'t mut dyn FnMut(Row) -> bool;

/// Goes through the rows of a table, empty ones too.
pub(crate) fn rows(
    path: &Path,
    format: Format,
    mapping: Option<&Mapping>,
    limits: &Limits,
    take: Takes<'_>,
) -> Result<(), Problem> {
    match format {
        Format::Xlsx => {
            archive::check(path, limits)?;
            workbook::rows(path, mapping, limits, take)
        }
        Format::Ods => {
            archive::check(path, limits)?;
            opendocument::rows(path, mapping, limits, take)
        }
        _ => text::rows(path, mapping, limits, take),
    }
}

/// Which of several sheets is meant.
fn choose<'s>(names: &'s [String], mapping: Option<&Mapping>) -> Result<&'s str, Problem> {
    let wanted = mapping.and_then(|mapping| mapping.sheet.as_deref());
    match (wanted, names) {
        (_, []) => Err(Problem::of_file("the workbook has no sheet")),
        (None, [only]) => Ok(only),
        (Some(wanted), names) => names
            .iter()
            .find(|name| name.as_str() == wanted)
            .map(String::as_str)
            .ok_or_else(|| {
                Problem::of_file(format!(
                    "there is no sheet {wanted:?}; the workbook has {}",
                    names.join(", ")
                ))
            }),
        (None, names) => Err(Problem::of_file(format!(
            "the workbook has several sheets, {}: say which one with sheet = \"{}\" in the mapping",
            names.join(", "),
            names[0]
        ))),
    }
}

fn too_many_rows(limits: &Limits) -> Problem {
    Problem::of_file(format!("it has more than {} rows; split it", limits.rows))
}
