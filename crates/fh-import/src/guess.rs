//! A proposal for a mapping, for a person to read: what is known is written, what is not certain is asked in a comment.

use std::{collections::BTreeMap, fmt::Write as _, path::Path};

use crate::{
    cell::{Cell, Row},
    field::{FIELDS, Field, HEADINGS, Heading, bare},
    mapping::Mapping,
    problem::Problem,
    read::Format,
    sheet::{self, Limits},
};

/// How many rows are looked at.
const LOOKED_AT: usize = 200;

/// Proposes a mapping for a table, as TOML with remarks. Lines that begin with `#?` are questions: what stands there is not decided.
///
/// # Errors
///
/// When the file cannot be read, or is no table.
pub fn guess(path: &Path, sheet: Option<&str>, limits: &Limits) -> Result<String, Problem> {
    let format = Format::of(path)?;
    if !format.is_table() {
        return Err(Problem::of_file("it says itself what it is, and needs no mapping"));
    }
    let looking = Mapping {
        sheet: sheet.map(str::to_owned),
        encoding: crate::mapping::Encoding::Windows1252,
        decimal: '.',
        ..Mapping::default()
    };
    let mut rows = Vec::new();
    sheet::rows(path, format, Some(&looking), limits, &mut |row| {
        if !row.is_empty() {
            rows.push(row);
        }
        rows.len() <= LOOKED_AT
    })?;
    // Titles above the table name fewer columns than the headings do.
    let known = |row: &Row| row.cells.iter().filter(|cell| heading(cell).is_some()).count();
    let best = rows.iter().take(20).map(known).max().unwrap_or(0);
    let Some(at) = rows.iter().position(|row| known(row) == best) else {
        return Err(Problem::of_file("there is no row in it"));
    };
    let below = &rows[at + 1..];
    Ok(Proposal::of(&rows[at], below, sheet, at > 0).text())
}

fn heading(cell: &Cell) -> Option<&'static Heading> {
    let name = bare(&cell.shown());
    HEADINGS.iter().find(|heading| heading.name == name)
}

struct Proposal<'r> {
    header: &'r Row,
    below: &'r [Row],
    sheet: Option<&'r str>,
    has_titles: bool,
    found: BTreeMap<Field, (usize, &'static Heading)>,
}

impl<'r> Proposal<'r> {
    fn of(header: &'r Row, below: &'r [Row], sheet: Option<&'r str>, has_titles: bool) -> Self {
        let mut found: BTreeMap<Field, (usize, &'static Heading)> = BTreeMap::new();
        for (column, cell) in header.cells.iter().enumerate() {
            let Some(heading) = heading(cell) else { continue };
            let is_better = found
                .get(&heading.field)
                .is_none_or(|(_, known)| place(heading) < place(known));
            if is_better {
                found.insert(heading.field, (column, heading));
            }
        }
        Self {
            header,
            below,
            sheet,
            has_titles,
            found,
        }
    }

    fn cells(&self, field: Field) -> impl Iterator<Item = &Cell> {
        let column = self.found.get(&field).map_or(usize::MAX, |(column, _)| *column);
        self.below
            .iter()
            .map(move |row| row.cell(column))
            .filter(|cell| !cell.is_empty())
    }

    /// Whether ids come again in rows that follow each other.
    fn has_lines(&self) -> bool {
        let ids: Vec<_> = self.cells(Field::Id).collect();
        ids.windows(2).any(|pair| pair[0] == pair[1])
    }

    fn text(&self) -> String {
        let mut text =
            "# A proposal: read every line. What begins with #? is a question that nobody but you can answer.\n\n"
                .to_owned();
        if self.has_lines() {
            text.push_str("rows = \"lines\"          # rows of one id that follow each other are one document\n");
        } else {
            text.push_str(
                "rows = \"lines\"          # no id comes twice in the rows that were looked at: perhaps \"documents\", which refuses an id that comes again\n",
            );
        }
        if let Some(sheet) = self.sheet {
            let _ = writeln!(text, "sheet = {}", quoted(sheet));
        }
        if self.has_titles {
            let _ = writeln!(
                text,
                "header = {}             # the row of the headings",
                self.header.place.row
            );
        }
        self.decimals(&mut text);
        self.dates(&mut text);
        self.columns(&mut text);
        self.constants(&mut text);
        self.taxes(&mut text);
        self.digits(&mut text);
        text
    }

    fn decimals(&self, text: &mut String) {
        let amounts: Vec<String> = [Field::UnitPrice, Field::LineAmount, Field::Total, Field::Quantity]
            .into_iter()
            .flat_map(|field| self.cells(field))
            .filter_map(|cell| match cell {
                Cell::Text(text) => Some(text.clone()),
                _ => None,
            })
            .collect();
        let ends = |separator: char| {
            amounts.iter().any(|text| {
                text.rsplit_once(separator).is_some_and(|(before, after)| {
                    after.len() != 3 && !after.contains(['.', ',']) && !before.is_empty()
                })
            })
        };
        match (ends('.'), ends(',')) {
            (_, false) if !amounts.iter().any(|text| text.contains(',')) => {}
            (true, false) => text.push_str("decimal = \".\"\n"),
            (false, true) => text.push_str("decimal = \",\"\n"),
            _ => text.push_str("#? decimal = \".\"      # amounts can be read in two ways: is the decimal place after \".\" or after \",\"?\n"),
        }
    }

    fn dates(&self, text: &mut String) {
        let (mut days_first, mut months_first, mut iso, mut numbers, mut timed) = (0, 0, 0, 0, 0);
        let mut all = 0;
        for cell in self.cells(Field::Date) {
            all += 1;
            match cell {
                Cell::Number(_) => numbers += 1,
                Cell::Date(date) => timed += usize::from(date.time() != fh_types::jiff::civil::Time::midnight()),
                Cell::Text(said) => {
                    timed += usize::from(said.contains(':'));
                    let parts: Vec<u32> = said
                        .split(|letter: char| !letter.is_ascii_digit())
                        .filter_map(|part| part.parse().ok())
                        .collect();
                    match parts[..] {
                        [year, ..] if year > 31 => iso += 1,
                        [first, second, ..] => {
                            days_first += usize::from(first > 12);
                            months_first += usize::from(second > 12);
                        }
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        if iso > 0 {
            text.push_str("date = \"yyyy-mm-dd\"\n");
        } else if days_first > 0 && months_first == 0 {
            text.push_str("date = \"dd/mm/yyyy\"\n");
        } else if months_first > 0 && days_first == 0 {
            text.push_str("date = \"mm/dd/yyyy\"\n");
        } else if numbers > 0 {
            text.push_str(
                "#? date = \"serial\"     # the dates are numbers: are they days as a spreadsheet counts them?\n",
            );
        } else if self.cells(Field::Date).any(|cell| matches!(cell, Cell::Text(_))) {
            text.push_str(
                "#? date = \"dd/mm/yyyy\" # or \"mm/dd/yyyy\": nothing in the rows that were looked at says which\n",
            );
        }
        if all > 0 && timed < all && !self.found.contains_key(&Field::Time) {
            text.push_str("#? time_of_day = \"12:00:00\" # the dates have no time: which one is on the receipts?\n");
        }
    }

    fn columns(&self, text: &mut String) {
        text.push_str("\n[columns]\n");
        for (field, name, meaning) in FIELDS {
            if let Some((column, heading)) = self.found.get(field) {
                let said = self.header.cell(*column).shown();
                let _ = writeln!(text, "{name} = {} # {}", quoted(&said), heading.evidence.words());
            } else if matches!(
                field,
                Field::Id | Field::Date | Field::Description | Field::HsCode | Field::TaxCode | Field::BuyerName
            ) {
                let _ = writeln!(text, "#? {name} = \"\" # {meaning}");
            }
        }
        let used: Vec<usize> = self.found.values().map(|(column, _)| *column).collect();
        let left: Vec<String> = self
            .header
            .cells
            .iter()
            .enumerate()
            .filter(|(column, cell)| !used.contains(column) && !cell.is_empty())
            .map(|(_, cell)| cell.shown().replace('\n', " "))
            .collect();
        if !left.is_empty() {
            let _ = writeln!(text, "# Not used: {}", left.join(", "));
        }
        if !self.found.contains_key(&Field::Original) {
            text.push_str("# A document is a credit note when `original` names the invoice that it credits.\n");
        }
    }

    fn constants(&self, text: &mut String) {
        text.push_str("\n[constants]\n");
        if !self.found.contains_key(&Field::Currency) {
            text.push_str("#? currency = \"USD\"\n");
        }
        if !self.found.contains_key(&Field::TaxInclusive) {
            text.push_str("#? tax_inclusive = true # do the amounts hold the tax?\n");
        }
        if !self.found.contains_key(&Field::BuyerName) {
            text.push_str("#? buyer_name = \"Cash sale\"\n");
        }
    }

    fn taxes(&self, text: &mut String) {
        let mut words: Vec<String> = self.cells(Field::TaxCode).map(Cell::shown).collect();
        words.sort_unstable();
        words.dedup();
        if words.is_empty() {
            return;
        }
        text.push_str(
            "\n[taxes] # what the words in the file are: your code, as it is mapped in the account, and its rate\n",
        );
        for word in words.iter().take(20) {
            let digits: String = word
                .chars()
                .filter(|letter| letter.is_ascii_digit() || *letter == '.')
                .collect();
            let rate = match digits.parse::<fh_types::Amount>() {
                Ok(rate) => format!("percent = {rate}"),
                Err(_) if word.to_lowercase().contains("exempt") => "exempt = true".to_owned(),
                Err(_) => "percent = 0".to_owned(),
            };
            let _ = writeln!(text, "#? {} = {{ code = {}, {rate} }}", quoted(word), quoted(word));
        }
    }

    fn digits(&self, text: &mut String) {
        let mut lost = String::new();
        for field in [Field::HsCode, Field::BuyerTin, Field::BuyerVat] {
            let Some(wanted) = field.digits() else { continue };
            let short = self.cells(field).map(Cell::shown).find(|said| {
                let is_short = said.len() < wanted && said.len() + 2 >= wanted;
                is_short && said.bytes().all(|byte| byte.is_ascii_digit())
            });
            if let Some(short) = short {
                let _ = writeln!(
                    lost,
                    "#? {} = {wanted} # {short} has {} digits: has a spreadsheet lost the zeros before them?",
                    field.name(),
                    short.len()
                );
            }
        }
        if !lost.is_empty() {
            let _ = write!(text, "\n[digits]\n{lost}");
        }
    }
}

/// Attested headings come before common ones.
fn place(heading: &Heading) -> usize {
    HEADINGS
        .iter()
        .position(|known| known.name == heading.name)
        .unwrap_or(usize::MAX)
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
