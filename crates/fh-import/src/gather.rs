//! From rows to documents. Rows of one document follow each other; what belongs to the document as a whole is the same in all of them.

use std::{
    collections::{BTreeMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use fh_types::Amount;
use fiscal_harmony::{
    Document,
    tax::{DiscountPolicy, line_amount, totals, unit_price_from_total},
};

use crate::{
    cell::{Cell, Row},
    field::{FIELDS, Field, bare, line_of},
    mapping::{CreditAmounts, Mapping, Rows},
    problem::{Place, Problem},
    value,
    wire::{WireAddress, WireBuyer, WireDocument, WireLine},
};

/// A document that was read, and where it stood.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Imported {
    /// The document.
    pub document: Document,
    /// Where each of its lines stood; the first for the document as a whole.
    pub(crate) rows: Vec<Place>,
    pub(crate) headings: Arc<BTreeMap<Field, String>>,
}

impl Imported {
    /// Where what a JSON pointer into the document names stood in the file; the document's first row for an empty one.
    #[must_use]
    pub fn place(&self, pointer: &str) -> Place {
        place_of(&self.rows, &self.headings, pointer)
    }
}

fn place_of(rows: &[Place], headings: &BTreeMap<Field, String>, pointer: &str) -> Place {
    let (_, line) = line_of(pointer);
    let row = rows
        .get(line.unwrap_or(0))
        .or(rows.first())
        .cloned()
        .unwrap_or_default();
    match Field::at(pointer).and_then(|field| headings.get(&field)) {
        Some(heading) => row.in_column(heading),
        None if row.row == 0 && !pointer.is_empty() => Place::element(pointer),
        None => row,
    }
}

/// Where columns are, and the constants.
pub(crate) struct Columns {
    at: BTreeMap<Field, usize>,
    constants: BTreeMap<Field, Cell>,
    headings: Arc<BTreeMap<Field, String>>,
}

impl Columns {
    pub(crate) fn find(header: &Row, mapping: &Mapping) -> Result<Self, Problem> {
        let there: Vec<String> = header.cells.iter().map(|cell| bare(&cell.shown())).collect();
        let mut at = BTreeMap::new();
        for (field, heading) in &mapping.columns {
            let mut found = there.iter().enumerate().filter(|(_, known)| **known == bare(heading));
            match (found.next(), found.next()) {
                (Some((column, _)), None) => at.insert(*field, column),
                (Some(_), Some(_)) => {
                    return Err(Problem::new(
                        header.place.in_column(heading),
                        "this heading is there twice; rename one of the columns",
                    ));
                }
                (None, _) => {
                    let known: Vec<_> = header
                        .cells
                        .iter()
                        .map(Cell::shown)
                        .filter(|name| !name.is_empty())
                        .collect();
                    return Err(Problem::new(
                        header.place.clone(),
                        format!(
                            "there is no column {heading:?}, which the mapping says is {}; there are {}. Mend [columns] in the mapping, or say with \
                             `header` in which row the headings are",
                            field.name(),
                            if known.is_empty() {
                                "none".to_owned()
                            } else {
                                known.join(", ")
                            }
                        ),
                    ));
                }
            };
        }
        let constants = mapping.constants.iter().map(|(field, value)| {
            let cell = match value {
                toml::Value::String(text) => Cell::text(text),
                toml::Value::Boolean(flag) => Cell::Flag(*flag),
                other => Cell::Number(other.to_string()),
            };
            (*field, cell)
        });
        Ok(Self {
            at,
            constants: constants.collect(),
            headings: Arc::new(mapping.columns.clone()),
        })
    }

    fn cell<'r>(&'r self, row: &'r Row, field: Field) -> &'r Cell {
        match self.at.get(&field) {
            Some(column) => row.cell(*column),
            None => self.constants.get(&field).unwrap_or(&Cell::Empty),
        }
    }

    fn place(&self, row: &Row, field: Field) -> Place {
        match self.headings.get(&field) {
            Some(heading) => row.place.in_column(heading),
            None => row.place.clone(),
        }
    }
}

/// Gathers the rows of one document after the other.
pub(crate) struct Gatherer<'m> {
    mapping: &'m Mapping,
    columns: Columns,
    width: usize,
    open: Vec<Row>,
    /// Marks of the ids that came before, so that memory hardly follows the file.
    seen: HashSet<u64>,
}

impl<'m> Gatherer<'m> {
    pub(crate) fn new(mapping: &'m Mapping, header: &Row) -> Result<Self, Problem> {
        Ok(Self {
            mapping,
            columns: Columns::find(header, mapping)?,
            width: header.cells.len(),
            open: Vec::new(),
            seen: HashSet::new(),
        })
    }

    /// Takes a row; the document before it comes out when it is complete.
    pub(crate) fn row(&mut self, row: Row) -> Option<Result<Imported, Problem>> {
        if row.is_empty() {
            return None;
        }
        if row.cells.iter().skip(self.width).any(|cell| !cell.is_empty()) {
            let problem = Problem::new(
                row.place.clone(),
                format!(
                    "it has {} cells, and there are {} headings: a separator inside of a text needs quotation marks around the text",
                    row.cells.len(),
                    self.width
                ),
            );
            return Some(Err(problem));
        }
        let continues = self.mapping.rows == Rows::Lines
            && self
                .open
                .first()
                .is_some_and(|first| self.columns.cell(first, Field::Id) == self.columns.cell(&row, Field::Id));
        if continues {
            self.open.push(row);
            return None;
        }
        let complete = std::mem::replace(&mut self.open, vec![row]);
        (!complete.is_empty()).then(|| self.document(&complete))
    }

    /// The last document.
    pub(crate) fn end(&mut self) -> Option<Result<Imported, Problem>> {
        let complete = std::mem::take(&mut self.open);
        (!complete.is_empty()).then(|| self.document(&complete))
    }

    fn document(&mut self, rows: &[Row]) -> Result<Imported, Problem> {
        let [first, ..] = rows else {
            return Err(Problem::of_file("it has no rows"));
        };
        let id = self
            .text(first, Field::Id)?
            .ok_or_else(|| self.problem(first, Field::Id, "there is no id; each document needs one"))?;
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        if !self.seen.insert(hasher.finish()) {
            let why = match self.mapping.rows {
                Rows::Lines => {
                    "was in the file before, with rows of other documents between; sort the file so that the rows of a document follow each other"
                }
                Rows::Documents => {
                    "was in the file before; ids are given once. If its rows are lines of one document, say rows = \"lines\" in the mapping"
                }
            };
            return Err(self.problem(first, Field::Id, format!("{id:?} {why}")));
        }
        self.agree(rows)?;
        let wire = self.wire(rows, id)?;
        let places: Vec<Place> = rows.iter().map(|row| row.place.clone()).collect();
        read_back(&wire, &places, &self.columns.headings)
    }

    /// What is of the document must be the same in all of its rows, or be left out in the later ones.
    fn agree(&self, rows: &[Row]) -> Result<(), Problem> {
        for (field, ..) in FIELDS.iter().filter(|(field, ..)| !field.is_of_line()) {
            let first = self.columns.cell(&rows[0], *field);
            for row in &rows[1..] {
                let cell = self.columns.cell(row, *field);
                if !cell.is_empty() && cell != first {
                    return Err(self.problem(
                        row,
                        *field,
                        format!(
                            "{:?} here and {:?} in {}, of one document",
                            cell.shown(),
                            first.shown(),
                            rows[0].place
                        ),
                    ));
                }
            }
        }
        Ok(())
    }

    fn problem(&self, row: &Row, field: Field, message: impl Into<String>) -> Problem {
        Problem::new(self.columns.place(row, field), message)
    }

    fn text(&self, row: &Row, field: Field) -> Result<Option<String>, Problem> {
        value::text(self.columns.cell(row, field), field, self.mapping).map_err(|why| self.problem(row, field, why))
    }

    fn amount(&self, row: &Row, field: Field) -> Result<Option<Amount>, Problem> {
        value::amount(self.columns.cell(row, field), self.mapping).map_err(|why| self.problem(row, field, why))
    }

    fn is_credit_note(&self, row: &Row) -> Result<bool, Problem> {
        let original = self.text(row, Field::Original)?;
        let Some(kind) = self.text(row, Field::Kind)? else {
            return Ok(original.is_some());
        };
        let word = bare(&kind);
        if word.starts_with("credit") || word.starts_with("cn") {
            return match original {
                Some(_) => Ok(true),
                None => Err(self.problem(
                    row,
                    Field::Original,
                    format!("it is a {kind:?}, and does not say which invoice it credits"),
                )),
            };
        }
        if word.starts_with("inv") || word.starts_with("taxinv") || word.starts_with("sale") {
            return match original {
                None => Ok(false),
                Some(original) => Err(self.problem(
                    row,
                    Field::Kind,
                    format!(
                        "it is a {kind:?}, and names {original:?} as the invoice that it credits; leave one of them out"
                    ),
                )),
            };
        }
        Err(self.problem(
            row,
            Field::Kind,
            format!("{kind:?} is neither an invoice nor a credit note"),
        ))
    }

    fn wire(&self, rows: &[Row], id: String) -> Result<WireDocument, Problem> {
        let first = &rows[0];
        let is_credit = self.is_credit_note(first)?;
        let sign = is_credit && self.mapping.credit_amounts == CreditAmounts::Negative;
        let signed = |amount: Amount| if sign { -amount } else { amount };
        let inclusive = value::flag(self.columns.cell(first, Field::TaxInclusive))
            .map_err(|why| self.problem(first, Field::TaxInclusive, why))?
            .unwrap_or(true);
        let mut lines = Vec::with_capacity(rows.len());
        let mut taxed = Vec::with_capacity(rows.len());
        for row in rows {
            let (line, percent) = self.line(row, sign)?;
            taxed.push((row, percent, line.line_amount));
            lines.push(line);
        }
        let said = (
            self.amount(first, Field::SubTotal)?.map(signed),
            self.amount(first, Field::TotalTax)?.map(signed),
            self.amount(first, Field::Total)?.map(signed),
        );
        let (sub_total, total_tax, total) = match said {
            (Some(sub_total), Some(total_tax), Some(total)) => (sub_total, total_tax, total),
            (None, Some(total_tax), Some(total)) => (total - total_tax, total_tax, total),
            (Some(sub_total), None, Some(total)) => (sub_total, total - sub_total, total),
            (Some(sub_total), Some(total_tax), None) => (sub_total, total_tax, sub_total + total_tax),
            said => {
                let computed = self.totals(&lines, &taxed, inclusive)?;
                (
                    said.0.unwrap_or(computed.0),
                    said.1.unwrap_or(computed.1),
                    said.2.unwrap_or(computed.2),
                )
            }
        };
        let date = value::date(
            self.columns.cell(first, Field::Date),
            self.columns.cell(first, Field::Time),
            self.mapping,
        )
        .map_err(|why| self.problem(first, Field::Date, why))?;
        let number = self.text(first, Field::Number)?.unwrap_or_else(|| id.clone());
        let (invoice, credit) = if is_credit {
            (None, Some((id, number)))
        } else {
            (Some((id, number)), None)
        };
        let (invoice_id, invoice_number) = invoice.unzip();
        let (credit_note_id, credit_note_number) = credit.unzip();
        let is_discounted = lines
            .iter()
            .any(|line| line.discount_amount.is_some_and(|off| !off.is_zero()));
        Ok(WireDocument {
            invoice_id,
            invoice_number,
            credit_note_id,
            credit_note_number,
            original_invoice_id: self.text(first, Field::Original)?,
            reference: self.text(first, Field::Reference)?,
            is_discounted: is_discounted.then_some(true),
            is_tax_inclusive: inclusive,
            buyer_contact: self.buyer(first)?,
            date: Some(date),
            line_items: lines,
            sub_total,
            total_tax,
            total,
            currency_code: self.text(first, Field::Currency)?,
            payment_method: self.payment(first)?,
        })
    }

    fn line(&self, row: &Row, sign: bool) -> Result<(WireLine, Option<Option<Amount>>), Problem> {
        let signed = |amount: Amount| if sign { -amount } else { amount };
        let amount = self.amount(row, Field::LineAmount)?.map(signed);
        let price = self
            .amount(row, Field::UnitPrice)?
            .map(|price| if sign { price.abs() } else { price });
        let quantity = self
            .amount(row, Field::Quantity)?
            .map_or(
                Amount::from_units(1),
                |quantity| if sign { quantity.abs() } else { quantity },
            );
        let discount = self
            .amount(row, Field::Discount)?
            .map(|off| if sign { off.abs() } else { off });
        let too_large = || {
            self.problem(
                row,
                Field::LineAmount,
                "price and quantity come to more than can be money",
            )
        };
        let (price, amount) = match (price, amount) {
            (Some(price), Some(amount)) => (price, amount),
            (Some(price), None) => {
                let computed =
                    line_amount(price, quantity, discount, DiscountPolicy::NetOfDiscount).ok_or_else(too_large)?;
                (price, computed.value)
            }
            (None, Some(amount)) => {
                let gross = amount + discount.unwrap_or(Amount::ZERO);
                let (price, _) = unit_price_from_total(gross, quantity).ok_or_else(|| {
                    self.problem(
                        row,
                        Field::LineAmount,
                        format!(
                            "no price with up to six places makes {gross} of {quantity}; name the column of unit prices"
                        ),
                    )
                })?;
                (price, amount)
            }
            (None, None) => {
                return Err(self.problem(row, Field::LineAmount, "there is neither an amount nor a price"));
            }
        };
        let (tax_code, percent) = self.tax(row)?;
        let line = WireLine {
            description: self.text(row, Field::Description)?,
            product_code: self.text(row, Field::HsCode)?,
            unit_amount: price,
            quantity,
            discount_amount: discount.filter(|off| !off.is_zero()),
            line_amount: amount,
            tax_code,
        };
        Ok((line, percent))
    }

    /// The code of a line's tax, and its rate where the mapping says it.
    fn tax(&self, row: &Row) -> Result<(Option<String>, Option<Option<Amount>>), Problem> {
        let Some(word) = self.text(row, Field::TaxCode)? else {
            return Ok((None, None));
        };
        if self.mapping.taxes.is_empty() {
            return Ok((Some(word), None));
        }
        let found = self
            .mapping
            .taxes
            .iter()
            .find(|(known, _)| known.trim().eq_ignore_ascii_case(word.trim()));
        let Some((_, tax)) = found else {
            let known: Vec<_> = self.mapping.taxes.keys().map(String::as_str).collect();
            return Err(self.problem(
                row,
                Field::TaxCode,
                format!(
                    "{word:?} is not under [taxes] in the mapping; there are {}",
                    known.join(", ")
                ),
            ));
        };
        let percent = match (tax.exempt, tax.percent) {
            (true, _) => Some(None),
            (false, Some(percent)) => Some(Some(percent)),
            (false, None) => None,
        };
        Ok((Some(tax.code.clone()), percent))
    }

    fn totals(
        &self,
        lines: &[WireLine],
        taxed: &[(&Row, Option<Option<Amount>>, Amount)],
        inclusive: bool,
    ) -> Result<(Amount, Amount, Amount), Problem> {
        let mut all = Vec::with_capacity(lines.len());
        for (line, (row, percent, amount)) in lines.iter().zip(taxed) {
            let Some(percent) = percent else {
                return Err(self.problem(
                    row,
                    Field::TaxCode,
                    "the totals are not in the file, and without the rate of this tax they cannot be computed; name the columns total and \
                     total_tax, or say the rate under [taxes], such as \"VAT\" = { code = \"VAT15.5\", percent = 15.5 }",
                ));
            };
            all.push((line.tax_code.as_deref().unwrap_or_default(), *percent, *amount));
        }
        let totals = totals(inclusive, all)
            .ok_or_else(|| self.problem(taxed[0].0, Field::Total, "the lines come to more than can be money"))?;
        Ok((totals.sub_total, totals.total_tax, totals.total))
    }

    fn buyer(&self, row: &Row) -> Result<Option<WireBuyer>, Problem> {
        let address = WireAddress {
            province: self.text(row, Field::BuyerProvince)?,
            city: self.text(row, Field::BuyerCity)?,
            street: self.text(row, Field::BuyerStreet)?,
            house_no: self.text(row, Field::BuyerHouse)?,
        };
        let buyer = WireBuyer {
            name: self.text(row, Field::BuyerName)?,
            trade_name: self.text(row, Field::BuyerTradeName)?,
            tin: self.text(row, Field::BuyerTin)?,
            vat_number: self.text(row, Field::BuyerVat)?,
            phone: self.text(row, Field::BuyerPhone)?,
            email: self.text(row, Field::BuyerEmail)?,
            address: (address != WireAddress::default()).then_some(address),
        };
        Ok((buyer != WireBuyer::default()).then_some(buyer))
    }

    fn payment(&self, row: &Row) -> Result<Option<String>, Problem> {
        let Some(word) = self.text(row, Field::Payment)? else {
            return Ok(None);
        };
        let meant = self
            .mapping
            .payments
            .iter()
            .find(|(known, _)| known.trim().eq_ignore_ascii_case(&word));
        Ok(Some(meant.map_or(word, |(_, name)| name.clone())))
    }
}

/// Reads the document as the client does, and says where in the file it stumbled.
pub(crate) fn read_back(
    wire: &WireDocument,
    places: &[Place],
    headings: &Arc<BTreeMap<Field, String>>,
) -> Result<Imported, Problem> {
    match Document::from_json(&wire.body()) {
        Ok(document) => Ok(Imported {
            document,
            rows: places.to_vec(),
            headings: headings.clone(),
        }),
        Err(error) => {
            let place = place_of(places, headings, error.pointer());
            let field = Field::at(error.pointer()).map_or_else(String::new, |field| format!("{}: ", field.name()));
            Err(Problem::new(place, format!("{field}{}", error.message())))
        }
    }
}
