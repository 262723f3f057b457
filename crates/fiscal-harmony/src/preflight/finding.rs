use std::{borrow::Cow, fmt};

use serde::Serialize;

use crate::document::{Fault, Patch, Values};

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Likely wrong, or not settled by any published text. The document may be sent.
    Warn,
    /// Certain to be refused, or to be accepted red. The document must not be sent.
    Block,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Warn => "warn",
            Self::Block => "block",
        })
    }
}

/// What all findings come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing was found by the rules that ran.
    Pass,
    /// There are warnings.
    Warn,
    /// Something blocks.
    Block,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Block => "block",
        })
    }
}

/// One thing that a rule found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Finding {
    /// The rule's id, such as `PF06`.
    pub rule: &'static str,
    /// The name of its fault among those of the rule, such as `return-line`.
    pub fault: &'static str,
    /// How grave it is.
    pub level: Level,
    /// The authority's code that would follow, such as `RCPT024`, where one would.
    pub code: Option<&'static str>,
    /// The JSON pointer of the value, such as `/LineItems/2/LineAmount`; empty for the whole document.
    pub pointer: String,
    /// What is wrong, with the values and the arithmetic.
    pub message: String,
    /// What to do.
    pub remedy: Cow<'static, str>,
    /// The same for programs, where it is certain; [`why_without_patch`](super::why_without_patch) says where it never is. It was tried: with it
    /// this finding is gone, and less blocks than before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patch: Option<Patch>,
}

/// Shown on one line: `block PF06 (RCPT024) /LineItems/0/LineAmount: 3 × 19.99 = 59.97, the line says 59.98`.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.level, self.rule)?;
        if let Some(code) = self.code {
            write!(f, " ({code})")?;
        }
        if !self.pointer.is_empty() {
            write!(f, " {}", self.pointer)?;
        }
        write!(f, ": {}", self.message)
    }
}

/// A rule, or a part of one, that could not be checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Skipped {
    /// The rule's id.
    pub rule: &'static str,
    /// What was missing.
    pub reason: Cow<'static, str>,
}

/// What a preflight came to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Findings {
    /// What was found, in the order of the rules.
    pub findings: Vec<Finding>,
    /// How many more findings there are beyond the first twenty of each rule and level.
    pub unlisted: usize,
    /// The rules that were not checked, or not in full.
    pub skipped: Vec<Skipped>,
}

impl Findings {
    /// The findings of one rule and level that are listed. A document that repeats one mistake on every line needs no more.
    pub const LISTED: usize = 20;

    /// What all findings come to.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self.findings.iter().map(|finding| finding.level).max() {
            None => Verdict::Pass,
            Some(Level::Warn) => Verdict::Warn,
            Some(Level::Block) => Verdict::Block,
        }
    }

    /// True when the document must not be sent.
    #[must_use]
    pub fn blocks(&self) -> bool {
        self.verdict() == Verdict::Block
    }

    /// True when something blocks that rests on what is known of the account: its taxes, mappings, currencies, certificate or subscription.
    /// They may have been mended since they were asked for, so whoever kept them asks again before he refuses.
    #[must_use]
    pub fn rest_on_the_account(&self) -> bool {
        let rests = |finding: &Finding| match finding.rule {
            "PF10" | "PF11" | "PF14" | "PF15" | "PF24" | "PF27" | "PF38" => true,
            "PF12" => finding.fault == "eight-needed",
            _ => false,
        };
        self.findings
            .iter()
            .any(|finding| finding.level == Level::Block && rests(finding))
    }

    pub(super) fn skip(&mut self, rule: &'static str, reason: impl Into<Cow<'static, str>>) {
        if self.skipped.is_empty() {
            // Without any context a good half of the rules is skipped; one allocation holds them all.
            self.skipped.reserve(24);
        }
        self.skipped.push(Skipped {
            rule,
            reason: reason.into(),
        });
    }
}

impl From<Finding> for Findings {
    fn from(finding: Finding) -> Self {
        Self {
            findings: vec![finding],
            ..Self::default()
        }
    }
}

/// Where a rule puts what it finds.
pub(super) struct Report<'f> {
    rule: &'static str,
    findings: &'f mut Findings,
    listed: [usize; 2],
}

impl<'f> Report<'f> {
    /// For the rule of this id.
    pub(super) fn new(rule: &'static str, findings: &'f mut Findings) -> Self {
        Self {
            rule,
            findings,
            listed: [0; 2],
        }
    }

    /// The rule blocks.
    pub(super) fn block(
        &mut self,
        fault: &'static Fault,
        code: &'static str,
        pointer: impl Into<String>,
        values: Values<'_>,
    ) {
        self.add(Level::Block, fault, Some(code), pointer.into(), values);
    }

    /// The rule warns.
    pub(super) fn warn(
        &mut self,
        fault: &'static Fault,
        code: impl Into<Option<&'static str>>,
        pointer: impl Into<String>,
        values: Values<'_>,
    ) {
        self.add(Level::Warn, fault, code.into(), pointer.into(), values);
    }

    /// The rule, or a part of it, cannot be checked.
    pub(super) fn skip(&mut self, reason: impl Into<Cow<'static, str>>) {
        self.findings.skip(self.rule, reason);
    }

    fn add(
        &mut self,
        level: Level,
        fault: &'static Fault,
        code: Option<&'static str>,
        pointer: String,
        values: Values<'_>,
    ) {
        debug_assert_eq!(fault.rule, self.rule, "a rule finds its own faults");
        let listed = &mut self.listed[level as usize];
        *listed += 1;
        if *listed > Findings::LISTED {
            self.findings.unlisted += 1;
            return;
        }
        self.findings.findings.push(Finding {
            rule: self.rule,
            fault: fault.name,
            level,
            code,
            pointer,
            message: fault.message(values),
            remedy: fault.advice(values),
            patch: None,
        });
    }
}
