//! What a check is, and what it finds.

use std::fmt;

use serde::Serialize;

use super::sight::Sight;

/// What a check came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It could not be looked at, or does not concern this machine.
    Skip,
    /// It is as it should be.
    Pass,
    /// It works today, and should be seen to.
    Warn,
    /// It stands between a sale and its receipt.
    Fail,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Skip => "SKIP",
            Self::Pass => "PASS",
            Self::Warn => "WARN",
            Self::Fail => "FAIL",
        })
    }
}

/// What a check is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Area {
    /// Who this till is.
    Settings,
    /// The way to the service.
    Network,
    /// What the service says.
    Account,
    /// What documents say.
    Documents,
    /// The outbox and its disk.
    Outbox,
    /// The receiver of webhooks.
    Webhook,
    /// The agent.
    Agent,
}

impl Area {
    /// Its name for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Settings => "Settings",
            Self::Network => "Network",
            Self::Account => "Account",
            Self::Documents => "Documents",
            Self::Outbox => "Outbox",
            Self::Webhook => "Webhooks",
            Self::Agent => "Agent",
        }
    }
}

/// One check: its name, which is stable, what it asks, and what helps when the answer is no.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Check {
    /// Its name, such as `credentials.secret`. Names are stable: a check may go, its name is not given to another.
    pub name: &'static str,
    /// What it is about.
    pub area: Area,
    /// What it asks, in one sentence.
    pub question: &'static str,
    /// What helps, in one sentence. A finding may say it more exactly.
    pub remedy: &'static str,
    pub(super) judge: fn(&Sight) -> Found,
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Check({}: {})", self.name, self.question)
    }
}

/// What a check found, before it is told by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) verdict: Verdict,
    pub(super) message: String,
    /// In place of the check's own remedy.
    pub(super) remedy: Option<String>,
    /// What of it is a guess about the service.
    pub(super) guess: Option<&'static str>,
}

impl Found {
    fn of(verdict: Verdict, message: impl Into<String>) -> Self {
        Self {
            verdict,
            message: message.into(),
            remedy: None,
            guess: None,
        }
    }

    pub(super) fn pass(message: impl Into<String>) -> Self {
        Self::of(Verdict::Pass, message)
    }

    pub(super) fn skip(message: impl Into<String>) -> Self {
        Self::of(Verdict::Skip, message)
    }

    pub(super) fn warn(message: impl Into<String>) -> Self {
        Self::of(Verdict::Warn, message)
    }

    pub(super) fn fail(message: impl Into<String>) -> Self {
        Self::of(Verdict::Fail, message)
    }

    /// What helps here, where that is more exact than what helps in general.
    pub(super) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// What of it is not known for certain.
    pub(super) fn guess(mut self, guess: &'static str) -> Self {
        self.guess = Some(guess);
        self
    }
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// The check's name.
    pub check: &'static str,
    /// What it is about.
    pub area: Area,
    /// What it came to.
    pub verdict: Verdict,
    /// What was seen.
    pub message: String,
    /// What to do, in one sentence; only where there is something to do.
    pub remedy: Option<String>,
    /// What of it is a guess about the service, whose behaviour there is not documented.
    pub guess: Option<&'static str>,
}

/// What an examination came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The version of this program.
    pub version: String,
    /// When.
    pub at: String,
    /// What each check found, in the order of the catalogue.
    pub findings: Vec<Finding>,
}

impl Report {
    pub(super) fn new(version: String, at: String, findings: Vec<Finding>) -> Self {
        Self { version, at, findings }
    }

    /// The gravest of all.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let verdicts = self.findings.iter().map(|finding| finding.verdict);
        verdicts.max().unwrap_or(Verdict::Skip)
    }

    /// How many checks came to this.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.verdict == verdict)
            .count()
    }

    /// What a check found.
    #[must_use]
    pub fn of(&self, check: &str) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.check == check)
    }
}
