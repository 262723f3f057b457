//! The mapping: which column is what, and how what stands in it is read.

use std::collections::BTreeMap;

use fh_types::{Amount, jiff::civil::Time};
use serde::Deserialize;

use crate::field::Field;

/// How rows become documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Rows {
    /// Each row is a line; rows of one id that follow each other are a document.
    #[default]
    Lines,
    /// Each row is a document of one line.
    Documents,
}

/// How dates are written in a text. A date of a workbook says itself which day it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[non_exhaustive]
pub enum DateForm {
    /// `2026-11-27`, `2026-11-27 10:15`, `2026-11-27T10:15:00+02:00`.
    #[default]
    #[serde(rename = "yyyy-mm-dd")]
    Iso,
    /// `27/11/2026`, perhaps with a time; also with dots and hyphens.
    #[serde(rename = "dd/mm/yyyy")]
    DayFirst,
    /// `11/27/2026`, perhaps with a time.
    #[serde(rename = "mm/dd/yyyy")]
    MonthFirst,
    /// The number of days as a spreadsheet counts them, such as 46353.
    #[serde(rename = "serial")]
    Serial,
}

/// In which letters a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[non_exhaustive]
pub enum Encoding {
    /// UTF-8.
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    /// What Excel on Windows writes as "CSV" without saying UTF-8.
    #[serde(rename = "windows-1252")]
    Windows1252,
}

/// How amounts on credit notes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum CreditAmounts {
    /// As on invoices.
    #[default]
    Positive,
    /// Below zero.
    Negative,
}

/// What a word in the column of taxes means.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TaxOf {
    /// Your tax code, as it is mapped in the account.
    pub code: String,
    /// Its rate in per cent; needed where totals are computed.
    #[serde(default, deserialize_with = "percent")]
    pub percent: Option<Amount>,
    /// Exempt: no rate at all.
    #[serde(default)]
    pub exempt: bool,
}

/// Which column is what.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Mapping {
    /// How rows become documents.
    #[serde(default)]
    pub rows: Rows,
    /// The row of the headings, from 1; the first that is not empty where it is left out.
    #[serde(default)]
    pub header: Option<u64>,
    /// The sheet of a workbook; needed where there are several.
    #[serde(default)]
    pub sheet: Option<String>,
    /// What separates the columns of a text; found out from the headings where it is left out.
    #[serde(default)]
    pub separator: Option<char>,
    /// In which letters a text is written.
    #[serde(default)]
    pub encoding: Encoding,
    /// What stands before the decimal places: `.` or `,`.
    #[serde(default = "dot")]
    pub decimal: char,
    /// How dates are written.
    #[serde(default)]
    pub date: DateForm,
    /// The time of sales whose row names a day alone.
    #[serde(default, deserialize_with = "time")]
    pub time_of_day: Option<Time>,
    /// How amounts on credit notes are written.
    #[serde(default)]
    pub credit_amounts: CreditAmounts,
    /// Headings by field.
    pub columns: BTreeMap<Field, String>,
    /// What is the same for all documents, by field.
    #[serde(default)]
    pub constants: BTreeMap<Field, toml::Value>,
    /// What the words in the column of taxes mean. Where there are none, the column holds your codes.
    #[serde(default)]
    pub taxes: BTreeMap<String, TaxOf>,
    /// What the words in the column of payments mean.
    #[serde(default)]
    pub payments: BTreeMap<String, String>,
    /// To how many digits `hs_code`, `buyer_tin` and `buyer_vat_number` are filled up with the zeros that a spreadsheet has lost.
    #[serde(default)]
    pub digits: BTreeMap<Field, usize>,
}

fn dot() -> char {
    '.'
}

/// A rate as it is written: of a few digits a float keeps all.
fn percent<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Amount>, D::Error> {
    let text = match toml::Value::deserialize(from)? {
        toml::Value::String(text) => text,
        value => value.to_string(),
    };
    let percent = text.trim_end_matches('%').trim().parse();
    percent.map(Some).map_err(serde::de::Error::custom)
}

fn time<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Time>, D::Error> {
    let text = String::deserialize(from)?;
    let wrong = |_| serde::de::Error::custom(format!("{text:?} is no time, such as \"12:00:00\""));
    text.parse().map(Some).map_err(wrong)
}

/// Why a mapping was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MappingError(String);

impl Mapping {
    /// Reads one from TOML.
    ///
    /// ```
    /// let mapping = fh_import::Mapping::parse(r#"
    /// [columns]
    /// id = "Invoice No"
    /// date = "Sold at"
    /// description = "Item"
    /// hs_code = "HS Code"
    /// line_amount = "Amount"
    /// [constants]
    /// currency = "USD"
    /// tax_code = "VAT15.5"
    /// "#)?;
    /// assert_eq!(mapping.columns[&fh_import::Field::Id], "Invoice No");
    /// # Ok::<(), fh_import::MappingError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When it is not TOML, has a key that there is not, or leaves out what cannot be left out.
    pub fn parse(text: &str) -> Result<Self, MappingError> {
        let mapping: Self = toml::from_str(text).map_err(|error| MappingError(error.to_string()))?;
        mapping.sound().map_err(MappingError)?;
        Ok(mapping)
    }

    fn sound(&self) -> Result<(), String> {
        if !matches!(self.decimal, '.' | ',') {
            return Err(format!("decimal is \".\" or \",\", and not {:?}", self.decimal));
        }
        for field in self.constants.keys() {
            if self.columns.contains_key(field) {
                return Err(format!(
                    "{} is a column and a constant; leave one of them out",
                    field.name()
                ));
            }
        }
        for field in self.digits.keys() {
            if field.digits().is_none() {
                return Err(format!(
                    "[digits] is for hs_code, buyer_tin and buyer_vat_number, and not for {}",
                    field.name()
                ));
            }
        }
        for (word, tax) in &self.taxes {
            if tax.exempt && tax.percent.is_some() {
                return Err(format!(
                    "[taxes] {word:?}: an exempt tax has no rate; leave one of them out"
                ));
            }
        }
        if self.constants.contains_key(&Field::Id) {
            return Err("id cannot be a constant: each document has its own".to_owned());
        }
        for needed in [
            Field::Id,
            Field::Date,
            Field::Description,
            Field::HsCode,
            Field::Currency,
            Field::TaxCode,
        ] {
            if !self.says(needed) {
                return Err(format!(
                    "{} is missing: name its heading in [columns]{}",
                    needed.name(),
                    if needed == Field::Id {
                        ""
                    } else {
                        ", or what it always is in [constants]"
                    }
                ));
            }
        }
        if !self.says(Field::LineAmount) && !self.says(Field::UnitPrice) {
            return Err(
                "line_amount or unit_price is missing: name the heading of one of them in [columns]".to_owned(),
            );
        }
        Ok(())
    }

    /// Whether there is a column or a constant.
    pub(crate) fn says(&self, field: Field) -> bool {
        self.columns.contains_key(&field) || self.constants.contains_key(&field)
    }
}
