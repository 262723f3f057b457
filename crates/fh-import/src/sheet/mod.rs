//! Tables, row by row, whatever they are kept in.

mod archive;
mod limits;
mod opendocument;
mod rows;
mod text;
mod workbook;

pub use limits::Limits;
pub(crate) use rows::rows;
