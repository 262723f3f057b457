//! Parquet without Arrow: columns are written one by one, and an amount is an integer with a scale, never floating point.

use std::{io::Write, sync::Arc};

use fh_outbox::LedgerEntry;
use fh_types::{Amount, CatDateTime};
use fiscal_harmony::Document;
use parquet::{
    basic::{LogicalType, Repetition, TimeUnit, Type as Physical},
    column::writer::ColumnWriter,
    data_type::{ByteArray, FixedLenByteArray},
    errors::ParquetError,
    file::{properties::WriterProperties, writer::SerializedFileWriter},
    schema::types::{Type, TypePtr},
};

use super::{
    columns::{Column, Holds},
    error::ExportError,
    rows::{Cell, Rows},
};

/// So many rows are a group, which is written at once.
const GROUP: usize = 65_536;
const CENTS: u32 = 2;
/// Of numbers that may be finer than cents.
const FINE: u32 = 10;
/// 38 digits take 16 bytes.
const WIDE: i32 = 16;

pub(super) struct Parquet<W: Write + Send> {
    rows: Rows,
    writer: SerializedFileWriter<W>,
    group: Vec<Values>,
    height: usize,
}

/// The cells of a column: those that are there, and for each row whether it is.
#[derive(Default)]
struct Values {
    whole: Vec<i64>,
    texts: Vec<ByteArray>,
    wide: Vec<FixedLenByteArray>,
    is_there: Vec<i16>,
}

impl From<ParquetError> for ExportError {
    fn from(error: ParquetError) -> Self {
        Self::Format(error.to_string())
    }
}

fn field(column: &Column) -> Result<TypePtr, ParquetError> {
    let of = |physical, logical: Option<LogicalType>| {
        Type::primitive_type_builder(column.name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical)
    };
    let decimal =
        |precision: i32, scale: u32| LogicalType::decimal(i32::try_from(scale).unwrap_or_default(), precision);
    let builder = match column.holds {
        Holds::Text => of(Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Holds::Moment => of(Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MICROS))),
        Holds::Count => of(Physical::INT64, None),
        Holds::Money => of(Physical::INT64, Some(decimal(18, CENTS)))
            .with_precision(18)
            .with_scale(2),
        Holds::Number => of(Physical::FIXED_LEN_BYTE_ARRAY, Some(decimal(38, FINE)))
            .with_length(WIDE)
            .with_precision(38)
            .with_scale(10),
    };
    builder.build().map(Arc::new)
}

impl<W: Write + Send> Parquet<W> {
    pub(super) fn new(rows: Rows, sink: W) -> Result<Self, ExportError> {
        let fields = rows.columns().iter().map(field).collect::<Result<Vec<_>, _>>()?;
        let schema = Type::group_type_builder(rows.name()).with_fields(fields).build()?;
        let properties = WriterProperties::builder()
            .set_created_by(concat!("fiscal-harmony ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let writer = SerializedFileWriter::new(sink, Arc::new(schema), Arc::new(properties))?;
        Ok(Self {
            rows,
            writer,
            group: rows.columns().iter().map(|_| Values::default()).collect(),
            height: 0,
        })
    }

    pub(super) fn rows(&self) -> Rows {
        self.rows
    }

    pub(super) fn push(&mut self, entry: &LedgerEntry, content: Option<&Document>) -> Result<(), ExportError> {
        for row in self.rows.of(entry, content) {
            for ((cell, column), values) in row.iter().zip(self.rows.columns()).zip(&mut self.group) {
                values.push(cell, column.holds).ok_or_else(|| ExportError::TooFine {
                    column: column.name,
                    document: entry.document.clone(),
                    value: cell.shown().to_owned(),
                })?;
            }
            self.height += 1;
        }
        if self.height >= GROUP {
            self.write_group()?;
        }
        Ok(())
    }

    fn write_group(&mut self) -> Result<(), ExportError> {
        let mut group = self.writer.next_row_group()?;
        for values in &mut self.group {
            let Some(mut column) = group.next_column()? else { break };
            let Values {
                whole,
                texts,
                wide,
                is_there,
            } = std::mem::take(values);
            let there = Some(&is_there[..]);
            match column.untyped() {
                ColumnWriter::Int64ColumnWriter(writer) => writer.write_batch(&whole, there, None)?,
                ColumnWriter::ByteArrayColumnWriter(writer) => writer.write_batch(&texts, there, None)?,
                ColumnWriter::FixedLenByteArrayColumnWriter(writer) => writer.write_batch(&wide, there, None)?,
                _ => return Err(ExportError::Format("a column of another kind".to_owned())),
            };
            column.close()?;
        }
        group.close()?;
        self.height = 0;
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<W, ExportError> {
        if self.height > 0 {
            self.write_group()?;
        }
        Ok(self.writer.into_inner()?)
    }
}

impl Values {
    /// None where the cell does not fit.
    fn push(&mut self, cell: &Cell, holds: Holds) -> Option<()> {
        let text = match cell {
            Cell::Empty => {
                self.is_there.push(0);
                return Some(());
            }
            other => other.shown(),
        };
        match holds {
            Holds::Text => self.texts.push(ByteArray::from(text.as_bytes().to_vec())),
            Holds::Moment => {
                let at: CatDateTime = text.parse().ok()?;
                self.whole.push(at.timestamp().as_microsecond());
            }
            Holds::Count => self.whole.push(text.parse().ok()?),
            Holds::Money => self.whole.push(i64::try_from(scaled(text, CENTS)?).ok()?),
            Holds::Number => {
                let bytes = scaled(text, FINE)?.to_be_bytes().to_vec();
                self.wide.push(FixedLenByteArray::from(bytes));
            }
        }
        self.is_there.push(1);
        Some(())
    }
}

/// The number times ten to the power of `scale`; none where digits would be lost.
fn scaled(text: &str, scale: u32) -> Option<i128> {
    let exact = text.parse::<Amount>().ok()?.decimal().normalize();
    let factor = 10_i128.pow(scale.checked_sub(exact.scale())?);
    exact.mantissa().checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_keeps_every_digit_or_is_refused() {
        assert_eq!(scaled("-4.20", CENTS), Some(-420));
        assert_eq!(scaled("999999999999999", FINE), Some(9_999_999_999_999_990_000_000_000));
        assert_eq!(scaled("0.0000000001", FINE), Some(1));
        assert_eq!(scaled("0.00000000001", FINE), None);
        assert_eq!(scaled("0.001", CENTS), None);
    }
}
