//! Lists of sales as tills and ERPs write them.

use fh_outbox::TheirDocument;
use fh_types::{Amount, CatDateTime, jiff::civil::Date};
use serde::Deserialize;

use crate::sheet::unmarked;

/// Which column of a list is what. What is not named is looked for by a usual heading, unless something is named.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Columns {
    /// The heading of the number of the document.
    pub number: Option<String>,
    /// That of the total, with the tax.
    pub total: Option<String>,
    /// That of the tax.
    pub tax: Option<String>,
    /// That of the currency.
    pub currency: Option<String>,
    /// That of the date.
    pub date: Option<String>,
    /// What stands before the decimals: `,` or `.`, which is meant where nothing is said.
    pub decimal: Option<char>,
}

/// Headings that tills and ERPs use, in small letters and without anything but letters.
const USUAL: [(&str, &[&str]); 5] = [
    (
        "number",
        &[
            "number",
            "invoicenumber",
            "invoiceno",
            "documentnumber",
            "docno",
            "docnumber",
            "receiptno",
            "invoice",
            "creditnotenumber",
        ],
    ),
    (
        "total",
        &[
            "gross",
            "total",
            "totalamount",
            "amount",
            "grandtotal",
            "totalincl",
            "totalincltax",
            "signedgross",
        ],
    ),
    ("tax", &["tax", "vat", "taxamount", "vatamount", "totaltax"]),
    ("currency", &["currency", "currencycode", "cur"]),
    (
        "date",
        &["date", "invoicedate", "documentdate", "docdate", "postingdate"],
    ),
];

fn plain(heading: &str) -> String {
    heading
        .chars()
        .filter(|letter| letter.is_alphanumeric())
        .collect::<String>()
        .to_lowercase()
}

/// The places of the columns in a row.
struct Found {
    number: usize,
    total: Option<usize>,
    tax: Option<usize>,
    currency: Option<usize>,
    date: Option<usize>,
}

impl Columns {
    /// Whether any column is named.
    fn is_named(&self) -> bool {
        [&self.number, &self.total, &self.tax, &self.currency, &self.date]
            .into_iter()
            .any(Option::is_some)
    }

    /// Reads a list: CSV with a header.
    ///
    /// # Errors
    ///
    /// In words, with the row: when it is no CSV, has no column of numbers, or something in it is no amount or no date.
    pub fn read(&self, list: &[u8]) -> Result<Vec<TheirDocument>, String> {
        read(list, self)
    }

    fn named(&self, which: &str) -> Option<&str> {
        let named = match which {
            "number" => &self.number,
            "total" => &self.total,
            "tax" => &self.tax,
            "currency" => &self.currency,
            _ => &self.date,
        };
        named.as_deref()
    }

    /// Where the columns stand: as they are named, or by a usual heading.
    fn find(&self, headings: &[String]) -> Result<Found, String> {
        let place = |which: &str| -> Result<Option<usize>, String> {
            if let Some(named) = self.named(which) {
                let place = headings.iter().position(|heading| heading.trim() == named.trim());
                return place
                    .map(Some)
                    .ok_or_else(|| format!("there is no column {named:?}; there are {}", headings.join(", ")));
            }
            if self.is_named() {
                return Ok(None);
            }
            let usual = USUAL
                .iter()
                .find(|(name, _)| *name == which)
                .map_or(&[][..], |(_, usual)| usual);
            Ok(usual
                .iter()
                .find_map(|usual| headings.iter().position(|heading| plain(heading) == *usual)))
        };
        let number = place("number")?.ok_or_else(|| {
            format!(
                "none of its columns looks like the number of a document ({}); say which one it is",
                headings.join(", ")
            )
        })?;
        Ok(Found {
            number,
            total: place("total")?,
            tax: place("tax")?,
            currency: place("currency")?,
            date: place("date")?,
        })
    }

    /// A number as the list writes it.
    fn amount(&self, text: &str) -> Result<Option<Amount>, String> {
        let text = unmarked(text.trim());
        if text.is_empty() {
            return Ok(None);
        }
        let (decimal, thousands) = match self.decimal {
            Some(',') => (',', '.'),
            _ => ('.', ','),
        };
        let whole: String = text
            .chars()
            .filter(|letter| *letter != thousands && !letter.is_whitespace())
            .map(|letter| if letter == decimal { '.' } else { letter })
            .collect();
        // Grouping is only taken for that where it groups; else a comma may well be meant for the decimals.
        let groups = text.split(decimal).next().unwrap_or_default().split(thousands).skip(1);
        if groups.into_iter().any(|group| group.len() != 3) {
            return Err(format!(
                "{text:?} is no number with a decimal {decimal:?}; say that its decimals stand after {thousands:?} to read it the other way"
            ));
        }
        whole.parse().map(Some).map_err(|_| format!("{text:?} is no amount"))
    }
}

/// A date with or without a time: the year first, or the day first as people write it.
fn day(text: &str) -> Result<Option<Date>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    // A moment with an offset is of the day that it is in Zimbabwe.
    if let Ok(moment) = text.parse::<CatDateTime>() {
        return Ok(Some(moment.civil().date()));
    }
    let of = |separator: char| {
        let parts: Vec<i16> = text
            .split([' ', 'T'])
            .next()
            .unwrap_or_default()
            .split(separator)
            .map_while(|part| part.parse().ok())
            .collect();
        match parts[..] {
            [year, month, day] if year > 31 => Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok(),
            [day, month, year] if year > 31 => Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok(),
            _ => None,
        }
    };
    ['-', '/', '.']
        .into_iter()
        .find_map(of)
        .map(Some)
        .ok_or_else(|| format!("{text:?} is no date such as 2026-11-27 or 27/11/2026"))
}

fn read(list: &[u8], columns: &Columns) -> Result<Vec<TheirDocument>, String> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(list);
    let headings: Vec<String> = reader
        .headers()
        .map_err(|error| error.to_string())?
        .iter()
        .map(|heading| heading.trim_start_matches('\u{feff}').to_owned())
        .collect();
    let found = columns.find(&headings)?;
    let mut list = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let row = record.position().map_or(0, csv::Position::line);
        let cell = |place: Option<usize>| place.and_then(|place| record.get(place)).unwrap_or_default();
        let number = unmarked(cell(Some(found.number)).trim());
        if number.is_empty() {
            continue;
        }
        let in_row = |why: String| format!("row {row}: {why}");
        list.push(TheirDocument {
            row,
            number: number.to_owned(),
            total: columns.amount(cell(found.total)).map_err(in_row)?,
            tax: columns.amount(cell(found.tax)).map_err(in_row)?,
            currency: Some(cell(found.currency).trim().to_owned()).filter(|text| !text.is_empty()),
            day: day(cell(found.date)).map_err(in_row)?,
        });
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_the_list_writes_them_and_nothing_is_guessed() {
        let dot = Columns::default();
        let comma = Columns {
            decimal: Some(','),
            ..Columns::default()
        };
        let read = |columns: &Columns, text: &str| {
            columns
                .amount(text)
                .map(|amount| amount.map(|amount| amount.to_string()))
        };
        assert_eq!(read(&dot, " 1,234.50 "), Ok(Some("1234.50".to_owned())));
        assert_eq!(read(&comma, "1.234,50"), Ok(Some("1234.50".to_owned())));
        assert_eq!(read(&dot, ""), Ok(None));
        assert!(
            read(&dot, "12,50").unwrap_err().contains("decimal"),
            "twelve and a half, or twelve hundred and fifty?"
        );
        assert!(read(&dot, "USD 5").is_err());
    }

    #[test]
    fn dates_are_read_with_the_year_or_the_day_first() {
        let wanted: Date = "2026-11-27".parse().unwrap();
        for text in [
            "2026-11-27",
            "2026-11-27T10:00:00+02:00",
            "2026-11-26T22:30:00Z",
            "27/11/2026",
            "27.11.2026 10:00",
        ] {
            assert_eq!(day(text), Ok(Some(wanted)), "{text}");
        }
        assert!(day("11/27/2026").is_err());
        assert_eq!(day(""), Ok(None));
    }
}
