//! All exchanges of a probe, and the questions that can be put to them.

use serde_json::Value;

use crate::{
    exchange::{Answer, Exchange, agreed},
    verdict::{Attempt, Decided, decide},
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

    /// The attempts at sending one document, in order.
    #[must_use]
    pub fn documents(&self, variant: &str) -> Vec<Attempt<'_>> {
        let prefix = |number| format!("{variant}/{number}");
        let all = (1..=self.attempts(variant)).map(|number| {
            let attempt = prefix(number);
            let submit = self.step(&format!("{attempt}/submit"));
            let polls: Vec<&Exchange> = self
                .exchanges
                .iter()
                .filter(|one| is_poll_of(&one.step, &attempt))
                .collect();
            submit.map(|submit| Attempt::read(submit, polls))
        });
        all.flatten().collect()
    }

    /// What became of a document, over all attempts, when that can be said.
    #[must_use]
    pub fn document(&self, variant: &str) -> Option<Decided> {
        decide(&self.documents(variant))
    }

    /// Every attempt at every document, wherever it belongs.
    #[must_use]
    pub fn all_documents(&self) -> Vec<Attempt<'_>> {
        let submits = self
            .exchanges
            .iter()
            .filter(|exchange| exchange.step.ends_with("/submit"));
        let read = |submit: &'_ Exchange| submit.step.trim_end_matches("/submit").to_owned();
        submits
            .map(|submit| {
                let attempt = read(submit);
                let polls = self
                    .exchanges
                    .iter()
                    .filter(|one| is_poll_of(&one.step, &attempt))
                    .collect();
                Attempt::read(submit, polls)
            })
            .collect()
    }
}

fn is_poll_of(step: &str, attempt: &str) -> bool {
    step.strip_prefix(attempt)
        .is_some_and(|rest| rest.starts_with("/poll-"))
}
