//! `spec/drift-ack.toml`: breaking changes that a person has accepted.

use serde::Deserialize;

use super::class::Direction;
use super::finding::Finding;
use super::table::Kind;

/// The whole file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AckFile {
    /// One entry per accepted change.
    #[serde(default)]
    pub accepted: Vec<Entry>,
}

/// One accepted change.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Entry {
    /// The kind of change, as the report names it (`property-removed`).
    pub change: String,
    /// Its place, as the report names it.
    pub at: String,
    /// Its direction; left out, the entry holds for every direction.
    pub direction: Option<Direction>,
    /// Who accepted it.
    pub accepted_by: String,
    /// Why that is right.
    pub reason: String,
    /// The last day on which the entry holds, `YYYY-MM-DD`.
    pub until: String,
}

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AckError {
    /// Not TOML, or not of this form.
    #[error("spec/drift-ack.toml cannot be read: {0}")]
    Syntax(#[from] toml::de::Error),
    /// An entry that says nothing usable.
    #[error("spec/drift-ack.toml, entry {number}: {problem}")]
    Entry {
        /// Counted from one.
        number: usize,
        /// What is wrong and what to write instead.
        problem: String,
    },
}

/// What is left after the accepted changes are taken away.
#[derive(Debug, Default)]
pub struct Judged<'a> {
    /// Breaking on some axis and accepted by nobody.
    pub unacknowledged: Vec<&'a Finding>,
    /// Breaking and accepted, with the entry.
    pub acknowledged: Vec<(&'a Finding, &'a Entry)>,
    /// Entries that match nothing or have run out, each with what to do. Any of them is an error.
    pub stale: Vec<String>,
}

impl AckFile {
    /// Reads and checks the file.
    ///
    /// # Errors
    ///
    /// When it is not TOML, has a field of another name, names an unknown kind, a date that is none, or nobody.
    pub fn parse(text: &str) -> Result<AckFile, AckError> {
        let file: AckFile = toml::from_str(text)?;
        for (index, entry) in file.accepted.iter().enumerate() {
            let problem = if Kind::from_slug(&entry.change).is_none() {
                format!(
                    "there is no change called `{}`; copy the name from the report",
                    entry.change
                )
            } else if !is_date(&entry.until) {
                format!("`until = \"{}\"` is not a date; write YYYY-MM-DD", entry.until)
            } else if entry.accepted_by.trim().is_empty() || entry.reason.trim().is_empty() {
                "`accepted-by` and `reason` must say something: a person answers for this".to_owned()
            } else {
                continue;
            };
            return Err(AckError::Entry {
                number: index + 1,
                problem,
            });
        }
        Ok(file)
    }

    /// Sorts the breaking findings into accepted and not. `today` is `YYYY-MM-DD`.
    pub fn judge<'a>(&'a self, findings: &'a [Finding], today: &str) -> Judged<'a> {
        let mut judged = Judged::default();
        let mut used = vec![false; self.accepted.len()];
        for finding in findings.iter().filter(|finding| finding.is_breaking()) {
            let hit = self
                .accepted
                .iter()
                .position(|entry| entry.until.as_str() >= today && entry.covers(finding));
            match hit {
                Some(index) => {
                    used[index] = true;
                    judged.acknowledged.push((finding, &self.accepted[index]));
                }
                None => judged.unacknowledged.push(finding),
            }
        }
        for (index, entry) in self.accepted.iter().enumerate() {
            let number = index + 1;
            if entry.until.as_str() < today {
                judged.stale.push(format!(
                    "entry {number} ({} at {}) held until {}: accept the change again with a new date, or remove the entry",
                    entry.change, entry.at, entry.until
                ));
            } else if !used[index] {
                judged.stale.push(format!(
                    "entry {number} ({} at {}) matches no change: remove it, or correct what it names",
                    entry.change, entry.at
                ));
            }
        }
        judged
    }
}

impl Entry {
    fn covers(&self, finding: &Finding) -> bool {
        self.change == finding.kind.slug()
            && self.at == finding.at
            && self.direction.is_none_or(|direction| direction == finding.direction)
    }
}

fn is_date(text: &str) -> bool {
    let digits = |part: &str, count: usize| part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
    match text.split('-').collect::<Vec<_>>().as_slice() {
        [year, month, day] => {
            let within = |part: &str, top: u8| part.parse::<u8>().is_ok_and(|value| (1..=top).contains(&value));
            digits(year, 4) && digits(month, 2) && digits(day, 2) && within(month, 12) && within(day, 31)
        }
        _ => false,
    }
}
