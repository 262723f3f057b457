//! From a file into an outbox: looked at whole before anything is taken in.

use std::{fmt::Write as _, path::Path, time::SystemTime};

use fh_outbox::{Outbox, OutboxError};
use fh_types::{CatDateTime, SystemClock};
use fiscal_harmony::preflight::Level;
use serde::Serialize;
use tokio::sync::mpsc;

use crate::{
    gather::Imported,
    mapping::Mapping,
    problem::{Place, Problem},
    read::read,
    sheet::Limits,
};

/// How many problems are kept and told; the rest is counted.
const TOLD: usize = 1_000;
/// How many documents wait to be checked.
const WAITING: usize = 64;

/// What is done with documents of an earlier day, or of an earlier moment than the document before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum BackDated {
    /// Nothing of the file is taken in, and it is said why.
    #[default]
    Refuse,
    /// They are taken in: a person has read what may come of it.
    Take,
}

/// What came of one document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// It would be taken in.
    Ready,
    /// It was taken in.
    New,
    /// It was there before.
    Known,
    /// It is not taken in.
    Refused,
}

/// One document of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Line {
    /// Where it stood.
    pub place: Place,
    /// `invoice` or `credit note`.
    pub kind: String,
    /// Its id.
    pub document: String,
    /// Its date.
    pub date: String,
    /// Whose it is.
    pub buyer: String,
    /// How many lines it has.
    pub lines: usize,
    /// Its currency.
    pub currency: String,
    /// Its total, as it says.
    pub total: String,
    /// What came of it.
    pub outcome: Outcome,
    /// What is said of it, each with its place.
    pub problems: Vec<Problem>,
}

/// What came of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Taken {
    /// How many documents were read.
    pub documents: usize,
    /// How many were taken in now.
    pub new: usize,
    /// How many were there before.
    pub known: usize,
    /// How many are refused, or could not be read.
    pub refused: usize,
    /// How many are back-dated, and where the first one is.
    pub back_dated: usize,
    /// What is wrong: the first thousand.
    pub problems: Vec<Problem>,
    /// How many more problems there are.
    pub more: usize,
    /// Remarks that stop nothing.
    pub warnings: Vec<Problem>,
}

impl Taken {
    /// Whether everything in the file is in the outbox, or would be.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.problems.is_empty()
    }

    fn refuse(&mut self, problem: Problem) {
        if self.problems.len() < TOLD {
            self.problems.push(problem);
        } else {
            self.more += 1;
        }
    }

    /// What would come of the file of this name, after a look at it, for people.
    #[must_use]
    pub fn foreseen(&self, name: &str) -> String {
        let head = if self.is_well() {
            format!(
                "{name}: {} documents: {} would be new, {} are known. Nothing was taken in.",
                self.documents,
                self.documents - self.known,
                self.known
            )
        } else {
            format!("{name}: would not be imported. Nothing was taken in.")
        };
        self.listed(head)
    }

    /// What came of the file of this name, for people: the text that `--watch` leaves beside it.
    #[must_use]
    pub fn report(&self, name: &str) -> String {
        let head = if self.is_well() {
            format!(
                "{name}: imported. {} documents: {} new, {} known before.",
                self.documents, self.new, self.known
            )
        } else if self.new + self.known == 0 {
            format!("{name}: not imported; nothing of it was taken in. Mend what is said here, and import it again.")
        } else {
            format!(
                "{name}: imported in part. {} documents: {} new, {} known before, {} refused. Mend what is said here, and import the whole file again: \
                 what was taken in is known by its id.",
                self.documents, self.new, self.known, self.refused
            )
        };
        self.listed(head)
    }

    fn listed(&self, head: String) -> String {
        let mut text = head + "\n";
        for problem in &self.problems {
            let _ = writeln!(text, "  {problem}");
        }
        if self.more > 0 {
            let _ = writeln!(text, "  and {} more", self.more);
        }
        if !self.warnings.is_empty() {
            text.push_str("Remarks:\n");
        }
        for warning in &self.warnings {
            let _ = writeln!(text, "  {warning}");
        }
        text
    }
}

/// The documents of a file, read in a thread of their own.
fn stream(path: &Path, mapping: Option<&Mapping>, limits: &Limits) -> mpsc::Receiver<Result<Imported, Problem>> {
    let (sender, receiver) = mpsc::channel(WAITING);
    let documents = read(path, mapping, limits);
    std::thread::spawn(move || {
        for found in documents {
            if sender.blocking_send(found).is_err() {
                return;
            }
        }
    });
    receiver
}

/// Looks at a file: each document through the checks of the outbox, and whether any is back-dated. Nothing is taken in.
///
/// # Errors
///
/// When the outbox fails. What is wrong with the file is in the answer.
pub async fn check_file(
    path: &Path,
    mapping: Option<&Mapping>,
    limits: &Limits,
    outbox: &Outbox,
    back_dated: BackDated,
    observe: &mut dyn FnMut(&Line),
) -> Result<Taken, OutboxError> {
    let mut taken = Taken::default();
    let mut documents = stream(path, mapping, limits);
    let mut order = Order::new(CatDateTime::now(&SystemClock));
    while let Some(found) = documents.recv().await {
        let imported = match found {
            Ok(imported) => imported,
            Err(problem) => {
                taken.refused += 1;
                taken.refuse(problem);
                continue;
            }
        };
        taken.documents += 1;
        let is_known = match outbox.find(imported.document.id()).await {
            Ok(_) => true,
            Err(OutboxError::NoSuchDocument(_)) => false,
            Err(error) => return Err(error),
        };
        let mut line = line_of(&imported, if is_known { Outcome::Known } else { Outcome::Ready });
        if is_known {
            taken.known += 1;
        } else {
            order.see(&imported);
            let findings = outbox.check(&imported.document).await?;
            for finding in &findings.findings {
                let said = format!("{}: {}. {}", finding.rule, finding.message, finding.remedy);
                let problem = Problem::new(
                    imported.place(&finding.pointer),
                    format!("{}: {said}", imported.document.id()),
                );
                line.problems.push(problem.clone());
                if finding.level == Level::Block {
                    line.outcome = Outcome::Refused;
                    taken.refuse(problem);
                } else if taken.warnings.len() < TOLD {
                    taken.warnings.push(problem);
                }
            }
            taken.refused += usize::from(line.outcome == Outcome::Refused);
        }
        observe(&line);
    }
    if let Some(problem) = order.problem() {
        taken.back_dated = order.count;
        match back_dated {
            BackDated::Refuse => taken.refuse(problem),
            BackDated::Take => taken.warnings.push(problem),
        }
    }
    Ok(taken)
}

/// Takes a file into the outbox, after [looking at it](check_file): when anything in it is refused, nothing is taken in. A document that was there
/// before stays as it is, so that a file can be imported again after any interruption.
///
/// # Errors
///
/// As for [`check_file`].
pub async fn take_in_file(
    path: &Path,
    mapping: Option<&Mapping>,
    limits: &Limits,
    outbox: &Outbox,
    back_dated: BackDated,
    observe: &mut dyn FnMut(&Line),
) -> Result<Taken, OutboxError> {
    let before = state_of(path);
    let looked = check_file(path, mapping, limits, outbox, back_dated, &mut |_| {}).await?;
    if !looked.is_well() {
        return Ok(Taken {
            new: 0,
            known: 0,
            ..looked
        });
    }
    let mut taken = Taken {
        back_dated: looked.back_dated,
        warnings: looked.warnings,
        ..Taken::default()
    };
    if state_of(path) != before {
        taken.refuse(Problem::of_file(
            "it was written to while it was looked at; import it when it is complete",
        ));
        return Ok(taken);
    }
    let mut documents = stream(path, mapping, limits);
    while let Some(found) = documents.recv().await {
        let imported = match found {
            Ok(imported) => imported,
            Err(problem) => {
                taken.refused += 1;
                taken.refuse(problem);
                continue;
            }
        };
        taken.documents += 1;
        let mut line = line_of(&imported, Outcome::New);
        match outbox.enqueue(&imported.document).await {
            Ok(enqueued) if enqueued.is_new => taken.new += 1,
            Ok(_) => {
                line.outcome = Outcome::Known;
                taken.known += 1;
            }
            Err(error @ (OutboxError::Preflight(_) | OutboxError::OtherContent { .. } | OutboxError::Document(_))) => {
                line.outcome = Outcome::Refused;
                let problem = Problem::new(imported.place(""), format!("{}: {error}", imported.document.id()));
                line.problems.push(problem.clone());
                taken.refused += 1;
                taken.refuse(problem);
            }
            Err(error) => return Err(error),
        }
        observe(&line);
    }
    Ok(taken)
}

fn state_of(path: &Path) -> Option<(u64, SystemTime)> {
    let metadata = path.metadata().ok()?;
    Some((metadata.len(), metadata.modified().ok()?))
}

fn line_of(imported: &Imported, outcome: Outcome) -> Line {
    let view = imported.document.view();
    Line {
        place: imported.place(""),
        kind: view.kind.to_string(),
        document: view.id.to_owned(),
        date: view.date.to_string(),
        buyer: view.buyer.name.clone(),
        lines: view.lines.len(),
        currency: view.currency.to_owned(),
        total: view.total.map_or_else(String::new, |total| total.to_string()),
        outcome,
        problems: Vec::new(),
    }
}

/// Whether documents come in the order of their dates, and are of today.
struct Order {
    today: fh_types::jiff::civil::Date,
    last: Option<CatDateTime>,
    first: Option<(Place, String)>,
    count: usize,
}

impl Order {
    fn new(now: CatDateTime) -> Self {
        Self {
            today: now.civil().date(),
            last: None,
            first: None,
            count: 0,
        }
    }

    fn see(&mut self, imported: &Imported) {
        let date = imported.document.view().date;
        let why = if date.civil().date() < self.today {
            Some(format!("is of {}", date.civil().date()))
        } else {
            self.last
                .filter(|last| date < *last)
                .map(|last| format!("is of {date}, and the document before it of {last}"))
        };
        self.last = Some(self.last.map_or(date, |last| last.max(date)));
        if let Some(why) = why {
            self.count += 1;
            if self.first.is_none() {
                self.first = Some((imported.place("/Date"), format!("{} {why}", imported.document.id())));
            }
        }
    }

    fn problem(&self) -> Option<Problem> {
        let (place, first) = self.first.clone()?;
        Some(Problem::new(
            place,
            format!(
                "{} back-dated; the first, {first}. The vendor warns that invoices out of order are mostly invalid, and that a fiscal day \
                 which holds them beside others does not close until the tax authority closes it: import them at the beginning of a fresh fiscal day, \
                 before anything else is sold, and once. --back-dated takes them in all the same",
                match self.count {
                    1 => "1 document is".to_owned(),
                    count => format!("{count} documents are"),
                }
            ),
        ))
    }
}
