//! All exchanges of a probe, and the questions that can be put to them.

use serde_json::Value;

use crate::{
    exchange::{Answer, Exchange, agreed},
    verdict::{Attempt, Decided, Fate, codes, decide, plain},
};

/// All exchanges so far, in order.
#[derive(Debug, Clone, Default)]
pub struct Log {
    exchanges: Vec<Exchange>,
}

impl Log {
    /// A log of these.
    #[must_use]
    pub fn new(exchanges: Vec<Exchange>) -> Self {
        Self { exchanges }
    }

    /// One more.
    pub fn push(&mut self, exchange: Exchange) {
        self.exchanges.push(exchange);
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[Exchange] {
        &self.exchanges
    }

    /// Those whose step begins with `variant` and a slash.
    pub fn under<'l>(&'l self, variant: &str) -> impl Iterator<Item = &'l Exchange> + use<'l> {
        let prefix = format!("{variant}/");
        self.exchanges
            .iter()
            .filter(move |exchange| exchange.step.starts_with(&prefix))
    }

    /// The exchange of one step.
    #[must_use]
    pub fn step(&self, step: &str) -> Option<&Exchange> {
        self.exchanges.iter().rev().find(|exchange| exchange.step == step)
    }

    /// The exchange whose answer to a question counts.
    #[must_use]
    pub fn ask(&self, variant: &str) -> Option<&Exchange> {
        agreed(self.under(variant))
    }

    /// The answer that counts.
    #[must_use]
    pub fn answer(&self, variant: &str) -> Option<&Answer> {
        self.ask(variant).and_then(Exchange::answer)
    }

    /// The JSON of the answer that counts, if it was a success.
    #[must_use]
    pub fn json(&self, variant: &str) -> Option<Value> {
        self.answer(variant).filter(|answer| answer.is_success())?.json()
    }

    /// How many attempts there were under a variant.
    #[must_use]
    pub fn attempts(&self, variant: &str) -> u32 {
        let number = |exchange: &Exchange| {
            let rest = exchange.step.strip_prefix(variant)?.strip_prefix('/')?;
            rest.split('/').next()?.parse::<u32>().ok()
        };
        self.under(variant).filter_map(number).max().unwrap_or(0)
    }

    /// One attempt at a document, by its name.
    #[must_use]
    pub fn attempt(&self, name: &str) -> Option<Attempt<'_>> {
        let submit = self.step(&format!("{name}/submit"))?;
        let prefix = format!("{name}/poll-");
        let polls = self
            .exchanges
            .iter()
            .filter(|one| one.step.starts_with(&prefix))
            .collect();
        Some(Attempt::read(submit, polls))
    }

    /// The attempts at sending one document, in order.
    #[must_use]
    pub fn documents(&self, variant: &str) -> Vec<Attempt<'_>> {
        let all = (1..=self.attempts(variant)).map(|number| self.attempt(&format!("{variant}/{number}")));
        all.flatten().collect()
    }

    /// What became of a document, over all attempts, when that can be said.
    #[must_use]
    pub fn document(&self, variant: &str) -> Option<Decided> {
        let mut attempts = self.documents(variant);
        if !variant.starts_with("dates/") {
            // Two documents within one second, by whatever date the receipt gets: that says nothing of the document.
            attempts.retain(|attempt| !is_out_of_order(&attempt.fate));
        }
        // A reason without a code counts when it came twice, unless it is one that passes.
        if let Some(Decided::Rejected { code: None, error, .. }) = decide(&attempts)
            && self.is_passing(&error)
        {
            let same = plain(&error);
            attempts.retain(|attempt| !matches!(&attempt.fate, Fate::Rejected { error, .. } if plain(error) == same));
        }
        decide(&attempts)
    }

    /// Whether a reason was given for a document of a kind that was fiscalised at another attempt: then it says nothing of the document.
    fn is_passing(&self, error: &str) -> bool {
        let same = plain(error);
        let documents = self.all_documents();
        let kind = |attempt: &Attempt<'_>| attempt.name().rsplit_once('/').map(|(kind, _)| kind.to_owned());
        let fiscalised: Vec<_> = documents
            .iter()
            .filter(|attempt| matches!(attempt.fate, Fate::Fiscalised { .. }) && !attempt.name().contains("/again"))
            .filter_map(kind)
            .collect();
        documents.iter().any(|attempt| {
            let rejected = matches!(&attempt.fate, Fate::Rejected { error, .. } if plain(error) == same);
            rejected && kind(attempt).is_some_and(|kind| fiscalised.contains(&kind))
        })
    }

    /// Every attempt at every document, wherever it belongs.
    #[must_use]
    pub fn all_documents(&self) -> Vec<Attempt<'_>> {
        let names = self
            .exchanges
            .iter()
            .filter_map(|exchange| exchange.step.strip_suffix("/submit"));
        names.filter_map(|name| self.attempt(name)).collect()
    }
}

/// Whether an attempt was rejected for its place among the others, and for nothing else.
pub(crate) fn is_out_of_order(fate: &Fate) -> bool {
    match fate {
        Fate::Rejected { error, .. } => codes(error) == ["RCPT030"],
        _ => false,
    }
}
