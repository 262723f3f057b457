//! The ledger against another list of the same sales: what a till or an ERP says that it has sold.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt,
};

use fiscal_harmony::{
    DocumentKind,
    types::{Amount, jiff::civil::Date},
};
use serde::{Serialize, Serializer};

use super::{entry::LedgerEntry, report::Standing};

/// A document as the other list has it. What the list does not say is not compared.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TheirDocument {
    /// The row of the list, counted from 1 with its header.
    pub row: u64,
    /// `InvoiceNumber` or `CreditNoteNumber`.
    pub number: String,
    /// With the tax. A credit note may stand there below zero or above.
    pub total: Option<Amount>,
    /// The tax.
    pub tax: Option<Amount>,
    /// The currency.
    pub currency: Option<String>,
    /// The day of the calendar.
    pub day: Option<Date>,
}

/// How the two lists differ in one document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Discrepancy {
    /// The number of the document.
    pub number: String,
    /// The row of the other list, if it has the document.
    pub row: Option<u64>,
    /// The id of the document here, if it is here.
    pub document: Option<String>,
    /// What differs.
    #[serde(flatten)]
    pub what: Difference,
}

/// What differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "what")]
#[non_exhaustive]
pub enum Difference {
    /// The other list has it, and it was never handed in here.
    MissingHere,
    /// It is fiscalised, and the other list does not have it.
    MissingThere,
    /// The other list has it as sold, and it is not fiscalised.
    NotFiscalised {
        /// How it stands.
        standing: Standing,
    },
    /// The other list has the number more than once.
    DoubledThere {
        /// The row that has it first.
        first: u64,
    },
    /// Two documents of this number are fiscalised.
    DoubledHere,
    /// The totals differ.
    Total {
        /// Here.
        ours: Amount,
        /// There.
        theirs: Amount,
    },
    /// The taxes differ.
    Tax {
        /// Here.
        ours: Amount,
        /// There.
        theirs: Amount,
    },
    /// The currencies differ; amounts of different currencies are not compared.
    Currency {
        /// Here.
        ours: String,
        /// There.
        theirs: String,
    },
    /// The days differ.
    Day {
        /// Here.
        #[serde(serialize_with = "written")]
        ours: Date,
        /// There.
        #[serde(serialize_with = "written")]
        theirs: Date,
    },
}

fn written<S: Serializer>(date: &Date, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(date)
}

/// In a sentence, without the number.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingHere => f.write_str("was never handed in here: hand it in, unless it is no sale"),
            Self::MissingThere => f.write_str("is fiscalised, and the list does not have it"),
            Self::NotFiscalised { standing } => {
                let standing = standing.name().replace('_', " ");
                write!(f, "counts as sold in the list, and is {standing} here")
            }
            Self::DoubledThere { first } => write!(f, "stands in the list twice, first in row {first}"),
            Self::DoubledHere => f.write_str("two documents of this number are fiscalised"),
            Self::Total { ours, theirs } => write!(f, "total {ours} here, {theirs} in the list"),
            Self::Tax { ours, theirs } => write!(f, "tax {ours} here, {theirs} in the list"),
            Self::Currency { ours, theirs } => write!(f, "currency {ours} here, {theirs} in the list"),
            Self::Day { ours, theirs } => write!(f, "dated {ours} here, {theirs} in the list"),
        }
    }
}

/// What came of holding the two lists against each other.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Reconciliation {
    /// Documents of the other list that are fiscalised here and differ in nothing that was compared.
    pub agree: u64,
    /// Everything else, in the order of the other list, then what it does not have.
    pub discrepancies: Vec<Discrepancy>,
    /// What the other list does not say, so that nobody can have compared it.
    pub not_compared: BTreeSet<&'static str>,
}

/// Holds the two lists against each other. `ours` are the documents of the time that the list speaks of; a document of another day is not
/// looked for.
#[must_use]
pub fn reconcile(ours: &[LedgerEntry], theirs: &[TheirDocument]) -> Reconciliation {
    let mut by_number: HashMap<&str, Vec<&LedgerEntry>> = HashMap::new();
    for entry in ours {
        by_number.entry(entry.number.trim()).or_default().push(entry);
    }
    let mut found = Reconciliation::default();
    let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
    for their in theirs {
        let number = their.number.trim();
        let candidates = by_number.get(number).map(Vec::as_slice).unwrap_or_default();
        let of_sale = candidates.iter().find(|entry| entry.standing.is_none());
        let entry = of_sale.or_else(|| candidates.last()).copied();
        let mut tell = |what| {
            found.discrepancies.push(Discrepancy {
                number: number.to_owned(),
                row: Some(their.row),
                document: entry.map(|entry| entry.document.clone()),
                what,
            });
        };
        if let Some(first) = seen.get(number) {
            tell(Difference::DoubledThere { first: *first });
            continue;
        }
        seen.insert(number, their.row);
        let Some(entry) = entry else {
            tell(Difference::MissingHere);
            continue;
        };
        if let Some(standing) = entry.standing {
            tell(Difference::NotFiscalised { standing });
            continue;
        }
        let differences = compare(entry, their, &mut found.not_compared);
        if differences.is_empty() {
            found.agree += 1;
        }
        for what in differences {
            found.discrepancies.push(Discrepancy {
                number: number.to_owned(),
                row: Some(their.row),
                document: Some(entry.document.clone()),
                what,
            });
        }
    }
    let mut told = BTreeSet::new();
    for entry in ours.iter().filter(|entry| entry.standing.is_none()) {
        let number = entry.number.trim();
        let what = if !seen.contains_key(number) {
            Difference::MissingThere
        } else if by_number[number]
            .iter()
            .filter(|other| other.standing.is_none())
            .count()
            > 1
            && told.insert(number)
        {
            Difference::DoubledHere
        } else {
            continue;
        };
        found.discrepancies.push(Discrepancy {
            number: number.to_owned(),
            row: None,
            document: Some(entry.document.clone()),
            what,
        });
    }
    found
}

fn compare(entry: &LedgerEntry, their: &TheirDocument, not_compared: &mut BTreeSet<&'static str>) -> Vec<Difference> {
    let mut differences = Vec::new();
    let day = entry.date.civil().date();
    match their.day {
        Some(theirs) if theirs != day => differences.push(Difference::Day { ours: day, theirs }),
        Some(_) => {}
        None => {
            not_compared.insert("day");
        }
    }
    match &their.currency {
        Some(theirs) if !theirs.eq_ignore_ascii_case(&entry.currency) => {
            differences.push(Difference::Currency {
                ours: entry.currency.clone(),
                theirs: theirs.clone(),
            });
            return differences;
        }
        Some(_) => {}
        None => {
            not_compared.insert("currency");
        }
    }
    // A till may write a credit note below zero.
    let theirs = |amount: Amount| match entry.kind {
        DocumentKind::CreditNote => amount.abs(),
        _ => amount,
    };
    match (entry.gross, their.total.map(theirs)) {
        (Some(ours), Some(theirs)) if ours != theirs => differences.push(Difference::Total { ours, theirs }),
        (Some(_), Some(_)) => {}
        _ => {
            not_compared.insert("total");
        }
    }
    match (entry.tax, their.tax.map(theirs)) {
        (Some(ours), Some(theirs)) if ours != theirs => differences.push(Difference::Tax { ours, theirs }),
        (Some(_), Some(_)) => {}
        _ => {
            not_compared.insert("tax");
        }
    }
    differences
}

#[cfg(test)]
mod tests {
    use fiscal_harmony::types::CatDateTime;

    use super::*;
    use crate::ledger::LedgerPlace;

    fn entry(number: &str) -> LedgerEntry {
        LedgerEntry {
            place: LedgerPlace { day: 0, seq: 0 },
            document: format!("id-{number}"),
            kind: DocumentKind::Invoice,
            number: number.to_owned(),
            original: None,
            date: "2026-11-27T09:00:00+02:00".parse::<CatDateTime>().unwrap(),
            lane: "till".to_owned(),
            station: None,
            currency: "USD".to_owned(),
            buyer: "Cash Customer".to_owned(),
            tin: None,
            payment: None,
            gross: Some(Amount::cents(1155)),
            net: Some(Amount::cents(1000)),
            tax: Some(Amount::cents(155)),
            discounts: Some(Amount::ZERO),
            taxes: Vec::new(),
            standing: None,
            device: None,
            fiscal_day: None,
            receipt_number: None,
            verification_code: None,
        }
    }

    fn theirs(row: u64, number: &str) -> TheirDocument {
        TheirDocument {
            row,
            number: number.to_owned(),
            total: Some(Amount::cents(1155)),
            tax: Some(Amount::cents(155)),
            currency: Some("USD".to_owned()),
            day: Some("2026-11-27".parse().unwrap()),
        }
    }

    /// Ten thousand documents, in which two hundred and more are planted, each of one kind; nothing else is told.
    #[test]
    fn each_planted_discrepancy_is_named_and_no_other() {
        let mut random = fastrand::Rng::with_seed(200);
        let (mut ours, mut list, mut planted) = (Vec::new(), Vec::new(), BTreeMap::new());
        for number in 0..10_000_u64 {
            let name = format!("INV-{number}");
            let (mut entry, mut their) = (entry(&name), theirs(number + 2, &name));
            let (mut is_here, mut copies) = (true, 1);
            if number % 50 == 7 {
                let kind = random.usize(..8);
                match kind {
                    0 => is_here = false,
                    1 => copies = 0,
                    2 => copies = 2,
                    3 => their.total = Some(Amount::cents(1155 + random.i64(1..9))),
                    4 => their.tax = Some(Amount::cents(154)),
                    5 => their.currency = Some("ZWG".to_owned()),
                    6 => their.day = Some("2026-11-28".parse().unwrap()),
                    _ => entry.standing = Some(Standing::Rejected),
                }
                planted.insert(name.clone(), kind);
            }
            ours.extend(is_here.then_some(entry));
            list.extend(std::iter::repeat_n(their, copies));
        }
        let found = reconcile(&ours, &list);
        let told: BTreeMap<String, usize> = found
            .discrepancies
            .iter()
            .map(|discrepancy| {
                let kind = match discrepancy.what {
                    Difference::MissingHere => 0,
                    Difference::MissingThere => 1,
                    Difference::DoubledThere { .. } => 2,
                    Difference::Total { .. } => 3,
                    Difference::Tax { .. } => 4,
                    Difference::Currency { .. } => 5,
                    Difference::Day { .. } => 6,
                    _ => 7,
                };
                (discrepancy.number.clone(), kind)
            })
            .collect();
        assert_eq!(told, planted);
        assert_eq!((planted.len(), found.discrepancies.len()), (200, 200));
        assert!(found.not_compared.is_empty());
    }

    #[test]
    fn a_note_may_stand_below_zero_and_what_the_list_does_not_say_is_said() {
        let mut note = entry("CN-1");
        note.kind = DocumentKind::CreditNote;
        let mut their = theirs(2, " CN-1 ");
        (their.total, their.tax, their.day) = (Some(Amount::cents(-1155)), None, None);
        let found = reconcile(&[note], &[their]);
        assert_eq!((found.agree, found.discrepancies.len()), (1, 0));
        assert_eq!(found.not_compared, BTreeSet::from(["day", "tax"]));
    }

    #[test]
    fn of_two_documents_of_one_number_the_one_that_was_sold_is_compared() {
        let (mut rejected, sold) = (entry("INV-1"), entry("INV-1"));
        rejected.standing = Some(Standing::Rejected);
        let found = reconcile(&[rejected, sold.clone()], &[theirs(2, "INV-1")]);
        assert_eq!((found.agree, found.discrepancies.len()), (1, 0));
        let twice = reconcile(&[sold.clone(), sold], &[theirs(2, "INV-1")]);
        assert_eq!(twice.discrepancies[0].what, Difference::DoubledHere);
        assert_eq!(twice.discrepancies.len(), 1);
    }
}
