//! Which reader goes through a table.

use std::path::Path;

use super::{
    archive,
    limits::{Limits, Takes},
    opendocument, text, workbook,
};
use crate::{format::Format, mapping::Mapping, problem::Problem};

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
