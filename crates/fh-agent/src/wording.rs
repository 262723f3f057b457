// One idea: where a document stands, each case with its words and what a person can decide.
//! Where a document stands, what that means and what a person does about it: one wording for the page, the command line and whoever
//! embeds the agent. The decisions have the same names everywhere: correct, retry, skip, set aside, adopt, release, replace, acknowledge.

use fh_outbox::{Cause, Entry, State};

/// How things look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mood {
    /// Nobody has to do anything.
    Good,
    /// It goes on by itself.
    Waiting,
    /// Somebody must look at it.
    Bad,
}

/// What a person can decide about a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Decision {
    /// Mend what is wrong in it, and send it again under its id.
    Correct,
    /// Try it again now.
    Retry,
    /// Let the lane go on without it: it certainly was not taken.
    Skip,
    /// Let the lane go on; what comes of it is still awaited.
    SetAside,
    /// Its receipt was found.
    Adopt,
    /// It was looked up, and certainly is not fiscalised.
    Release,
    /// Hand another document in in its place.
    Replace,
}

/// Where a document stands, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Standing {
    /// How that looks.
    pub mood: Mood,
    /// In a word or two.
    pub label: &'static str,
    /// What that means.
    pub meaning: String,
    /// What a person does about it.
    pub remedy: Option<&'static str>,
    /// What he can decide, what is most likely right first.
    pub decisions: Vec<Decision>,
}

/// Where a document stands.
#[must_use]
pub fn standing(entry: &Entry) -> Standing {
    Case {
        state: entry.state,
        cause: entry.cause,
        in_doubt: entry.in_doubt,
        holds: entry.holds,
        actionable: entry.actionable,
        was_sent: entry.attempts > 0,
        has_reason: entry.reason.is_some(),
        incomplete: entry.incomplete,
        replaced: entry.replaced_by.is_some(),
        content_in_doubt: entry.content_in_doubt,
        speaks_of_the_service: entry.speaks_of_the_service(),
    }
    .standing()
}

/// A state in a word or two.
#[must_use]
pub fn label(state: State) -> &'static str {
    match state {
        State::Queued => "Waiting to be sent",
        State::Sending => "Being sent",
        State::Accepted => "Sent, receipt awaited",
        State::Fiscalised => "Fiscalised",
        State::Rejected => "Rejected",
        State::Unknown => "May have arrived",
        State::Parked => "Needs a decision",
        State::Expired => "Never decided",
        State::Skipped => "Skipped",
        _ => "In a state that this program does not know",
    }
}

/// What a queued document waits for, or why a document stands where it stands.
#[must_use]
pub fn reason(entry: &Entry) -> Option<String> {
    match (&entry.waits_for, &entry.reason) {
        (Some(waits), _) => Some(format!("waits {}", with_preposition(&waits.why))),
        (None, reason) => reason.clone(),
    }
}

fn with_preposition(why: &str) -> String {
    if why.starts_with("behind ") {
        why.to_owned()
    } else {
        format!("for {why}")
    }
}

/// What the words depend on.
#[derive(Debug, Clone, Copy)]
struct Case {
    state: State,
    cause: Option<Cause>,
    in_doubt: bool,
    holds: bool,
    actionable: bool,
    was_sent: bool,
    has_reason: bool,
    incomplete: bool,
    replaced: bool,
    content_in_doubt: bool,
    speaks_of_the_service: bool,
}

const CORRECT_IT: &str = "Correct what the reason names, if it stands in the document; if it stands in the settings of the account or of the till, mend it there \
                          and retry it.";

const RETRY_IT: &str = "The reason speaks of the service or the authority, not of the document: retry it when they are well again. Nothing in it needs correcting.";

const LOOK_IT_UP: &str = "Look the sale up in the Fiscal Harmony portal. If it is fiscalised, adopt its receipt: the address in its QR code, its \
                          verification code, or the request id. If it certainly is not, release it. Until then do not hand the sale in another \
                          time: it would be fiscalised twice.";

impl Case {
    fn standing(self) -> Standing {
        let (mood, meaning, remedy) = self.words();
        let mut meaning = meaning.to_owned();
        if self.state == State::Parked {
            meaning.push_str(if self.holds {
                " The documents after it wait."
            } else {
                " The documents after it go on."
            });
        }
        Standing {
            mood,
            label: self.label(),
            meaning,
            remedy,
            decisions: self.decisions(),
        }
    }

    fn label(self) -> &'static str {
        match (self.state, self.cause) {
            (State::Parked, Some(Cause::ProbablyFiscalised)) => "Probably fiscalised",
            (State::Parked, Some(Cause::SetAside)) => "Set aside",
            (State::Parked, Some(Cause::RequestShared)) => "Mixed up with another",
            (State::Parked, Some(Cause::InvoiceFailed)) => "Held back",
            (State::Parked, _) if self.in_doubt => "In doubt",
            (State::Parked | State::Rejected, Some(Cause::RefusedAtTheDoor)) => "Refused",
            (State::Parked, Some(Cause::Rejected)) => "Rejected",
            (State::Parked, _) if !self.was_sent => "Held back",
            (State::Queued, Some(Cause::WaitsForInvoice)) => "Waits for its invoice",
            (State::Queued, Some(Cause::MayPass)) => "Rejected, tried again",
            (State::Queued, Some(Cause::Late)) => "Lets earlier ones pass",
            (State::Rejected | State::Skipped, _) if self.replaced => "Replaced",
            (State::Fiscalised, _) if self.content_in_doubt => "Fiscalised, content in doubt",
            (State::Fiscalised, _) if self.incomplete => "Fiscalised, receipt incomplete",
            (state, _) => label(state),
        }
    }

    fn words(self) -> (Mood, &'static str, Option<&'static str>) {
        match (self.state, self.cause) {
            (State::Parked, _) => self.parked(),
            (State::Queued, Some(Cause::WaitsForInvoice)) => (
                Mood::Waiting,
                "It waits for the invoice that it credits, and goes out by itself when that is fiscalised. The documents after it go on.",
                None,
            ),
            (State::Queued, Some(Cause::Late)) => (
                Mood::Waiting,
                "It was overtaken, and gets a new date when those are sent that are dated before it. It goes out by itself.",
                None,
            ),
            (State::Queued | State::Sending, Some(Cause::MayPass)) => (
                Mood::Waiting,
                "It was rejected for a reason that may pass, and is tried again by itself. The documents after it go on.",
                None,
            ),
            (State::Queued | State::Unknown, Some(Cause::LaneRefused)) if self.in_doubt => (
                Mood::Bad,
                "The service refuses the account at present. An earlier sending may have arrived all the same.",
                Some(
                    "Mend the API key, the subscription or the device; it is tried again by itself, marked as a repetition.",
                ),
            ),
            (State::Queued, Some(Cause::LaneRefused)) => (
                Mood::Bad,
                "The service refuses the account at present, so that nothing is taken from here. It is kept safely.",
                Some("Mend the API key, the subscription or the device; it is tried again by itself."),
            ),
            (State::Queued, _) => (
                Mood::Waiting,
                "It is kept safely here and goes out as soon as it can, in its turn.",
                None,
            ),
            (State::Sending, _) => (Mood::Waiting, "It is on its way to the service.", None),
            (State::Accepted, _) => (
                Mood::Waiting,
                "The service has taken it. Its receipt is awaited and comes by itself.",
                None,
            ),
            (State::Rejected | State::Skipped, _) if self.replaced => (
                Mood::Good,
                "Another document was handed in in its place, and it is locked. It was not fiscalised from here.",
                Some("See to the document that replaced it."),
            ),
            (State::Fiscalised, _) if self.content_in_doubt => (
                Mood::Bad,
                "It has its receipt, but that shows, or may show, what it said before it was corrected. Credit notes are checked against that.",
                Some(
                    "Compare the receipt in the Fiscal Harmony portal with what was wanted. If it shows the old content, credit it and sell anew; \
                     then say that you know.",
                ),
            ),
            (State::Fiscalised, _) if self.has_reason => (
                Mood::Bad,
                "It has its receipt, and something is the matter with it all the same.",
                Some("Do what the reason says, and show it to whoever keeps the books."),
            ),
            (State::Fiscalised, _) if self.incomplete => (
                Mood::Good,
                "It is fiscalised. Its receipt is known by the verification code alone, so that no fiscal receipt can be printed from here.",
                Some("Adopt the address in its QR code to have the whole receipt."),
            ),
            (State::Fiscalised, Some(Cause::Adopted)) => (
                Mood::Good,
                "The tax authority has it: somebody found its receipt and adopted it.",
                None,
            ),
            (State::Fiscalised, _) => (Mood::Good, "The tax authority has it, and it has its receipt.", None),
            (State::Rejected, Some(Cause::RefusedAtTheDoor)) if self.actionable => (
                Mood::Bad,
                "The service refused to take it. It is not fiscalised; the documents after it went on.",
                Some(self.mend()),
            ),
            (State::Rejected, _) if self.actionable => (
                Mood::Bad,
                "The service or the tax authority rejected it. It is not fiscalised; the documents after it went on.",
                Some(self.mend()),
            ),
            (State::Rejected, _) => (
                Mood::Bad,
                "The service or the tax authority rejected it for good. It is not fiscalised; the documents after it went on.",
                Some(
                    "Hand the sale in as another document that replaces this one, without what the reason names; it may keep the number.",
                ),
            ),
            (State::Unknown, Some(Cause::Restored)) => (
                Mood::Waiting,
                "The outbox was restored, or taken over from another machine, and cannot know whether this was sent before. It is sent by itself, \
                 marked as a repetition.",
                None,
            ),
            (State::Unknown, _) => (
                Mood::Waiting,
                "It may have arrived: the answer was lost. It is sent again by itself, marked as a repetition.",
                None,
            ),
            (State::Expired, _) => (
                Mood::Bad,
                "The service took it and did not decide it within seven days; it can no longer be asked.",
                Some(LOOK_IT_UP),
            ),
            _ => (
                Mood::Waiting,
                "Somebody let the documents after it go on without it. It was not fiscalised from here.",
                None,
            ),
        }
    }

    /// What to do about a rejection.
    fn mend(self) -> &'static str {
        if self.speaks_of_the_service {
            RETRY_IT
        } else {
            CORRECT_IT
        }
    }

    /// What is parked waits for a person for one of these reasons.
    fn parked(self) -> (Mood, &'static str, Option<&'static str>) {
        let (meaning, remedy) = match self.cause {
            Some(Cause::ProbablyFiscalised) => (
                "The service said no, but an earlier sending may have arrived, or the authority has a document of this number: it is probably \
                 fiscalised already.",
                LOOK_IT_UP,
            ),
            Some(Cause::SetAside) if self.in_doubt => (
                "Somebody set it aside. It may have arrived; what comes of it is still awaited.",
                LOOK_IT_UP,
            ),
            Some(Cause::SetAside) => (
                "Somebody set it aside. It is not sent until somebody retries it.",
                "Retry it to send it in its turn, or skip it if it need not be fiscalised.",
            ),
            Some(Cause::Recovered) => (
                "The outbox was lost, and this was taken in from the seller\u{2019}s records. It may have been fiscalised before; nothing sends it by \
                 itself.",
                LOOK_IT_UP,
            ),
            Some(Cause::RequestShared) => (
                "The service named it by the same request as another document, so that nobody here can tell which of the two it took.",
                LOOK_IT_UP,
            ),
            Some(Cause::Restored) => (
                "The outbox was restored, or taken over from another machine, and cannot know what became of this since: it may have been sent.",
                LOOK_IT_UP,
            ),
            _ if self.in_doubt => ("It may have arrived, or not; nobody here can tell.", LOOK_IT_UP),
            Some(Cause::InvoiceFailed) => (
                "It was not sent, since the invoice that it credits is not fiscalised.",
                "Settle the invoice first; it follows by itself then. Or skip it.",
            ),
            Some(Cause::Late) => (
                "It was not sent, since one of a later date was sent meanwhile: the authority may refuse it, and then the fiscal day cannot be closed.",
                "Correct its date, or retry it to send it as it is.",
            ),
            Some(Cause::RefusedAtTheDoor) => ("The service refused to take it. It is not fiscalised.", self.mend()),
            Some(Cause::Rejected) => (
                "The service or the tax authority rejected it. It is not fiscalised.",
                self.mend(),
            ),
            _ => (
                "It was not sent, since it would surely be rejected as things are.",
                "Do what the reason says, then retry it.",
            ),
        };
        let mood = match self.cause {
            Some(Cause::SetAside) if !self.in_doubt => Mood::Waiting,
            _ => Mood::Bad,
        };
        (mood, meaning, Some(remedy))
    }

    /// What the outbox allows, what helps first.
    fn decisions(self) -> Vec<Decision> {
        use Decision::{Adopt, Correct, Release, Replace, Retry, SetAside, Skip};
        let mut decisions = match (self.state, self.cause) {
            (State::Parked, Some(Cause::ProbablyFiscalised)) if self.holds => vec![Adopt, Release, SetAside],
            (State::Parked, Some(Cause::ProbablyFiscalised)) => vec![Adopt, Release],
            (State::Parked, _) if self.in_doubt && self.holds => vec![Adopt, Release, Retry, SetAside],
            (State::Parked, _) if self.in_doubt => vec![Adopt, Release, Retry],
            (State::Unknown, _) => vec![Retry, SetAside, Adopt, Release],
            (State::Parked, Some(Cause::Rejected | Cause::RefusedAtTheDoor)) if self.holds => {
                vec![Correct, Retry, Skip, SetAside]
            }
            (State::Parked, Some(Cause::Rejected | Cause::RefusedAtTheDoor)) => vec![Correct, Retry, Skip],
            (State::Parked | State::Queued, _) if self.holds => vec![Retry, Correct, Skip, SetAside],
            (State::Parked | State::Queued, _) => vec![Retry, Correct, Skip],
            (State::Expired, _) => vec![Adopt, Release, Retry],
            (State::Rejected | State::Skipped, _) if self.replaced => vec![Adopt],
            (State::Rejected, _) if self.actionable => vec![Correct, Retry, Adopt],
            (State::Rejected, _) => vec![Replace, Adopt],
            (State::Skipped, _) if self.actionable || !self.was_sent => vec![Retry, Correct, Adopt],
            (State::Skipped, _) => vec![Retry, Adopt],
            (State::Fiscalised, _) if self.incomplete => vec![Adopt],
            _ => Vec::new(),
        };
        if self.speaks_of_the_service && decisions.starts_with(&[Correct, Retry]) {
            decisions.swap(0, 1);
        }
        decisions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cases() -> Vec<Case> {
        let causes: Vec<_> = Cause::ALL.into_iter().map(Some).chain([None]).collect();
        let mut cases = Vec::new();
        for state in State::ALL {
            for cause in &causes {
                for bits in 0_u16..512 {
                    let is = |bit: u16| bits & (1 << bit) != 0;
                    cases.push(Case {
                        state,
                        cause: *cause,
                        in_doubt: is(0)
                            || matches!(
                                cause,
                                Some(
                                    Cause::ProbablyFiscalised
                                        | Cause::RequestShared
                                        | Cause::Restored
                                        | Cause::Recovered
                                )
                            ),
                        holds: is(1),
                        actionable: is(2),
                        was_sent: is(3),
                        has_reason: is(4),
                        incomplete: is(5),
                        replaced: is(6),
                        content_in_doubt: is(7),
                        speaks_of_the_service: is(8),
                    });
                }
            }
        }
        cases
    }

    /// A document whose fate is open.
    fn may_be_fiscalised(case: &Case) -> bool {
        // A settled rejection is in no doubt: the outbox settles none that is.
        let can_be = matches!(
            case.state,
            State::Parked | State::Unknown | State::Expired | State::Queued | State::Sending
        );
        case.state == State::Expired || (case.in_doubt && can_be)
    }

    #[test]
    fn while_doubt_is_left_nobody_is_told_that_it_is_not_fiscalised_or_to_hand_the_sale_in_another_time() {
        let mut doubtful = 0;
        for case in cases().into_iter().filter(may_be_fiscalised) {
            doubtful += 1;
            let standing = case.standing();
            let said = format!(
                "{} {} {}",
                standing.label,
                standing.meaning,
                standing.remedy.unwrap_or_default()
            );
            let lower = said.to_lowercase();
            for forbidden in [
                "issue",
                "anew",
                "new document",
                "another id",
                "not fiscalised",
                "skip",
                "nothing was taken",
            ] {
                assert!(!lower.contains(forbidden), "{forbidden:?}: {said} ({case:?})");
            }
            assert!(
                !standing.decisions.contains(&Decision::Skip) || !matches!(case.state, State::Parked | State::Unknown),
                "{case:?}"
            );
        }
        assert!(doubtful > 100);
    }

    #[test]
    fn whoever_must_decide_is_told_how_and_can() {
        for case in cases() {
            let standing = case.standing();
            if matches!(case.state, State::Parked | State::Expired | State::Rejected) {
                assert!(standing.remedy.is_some() && !standing.decisions.is_empty(), "{case:?}");
            }
            if standing.remedy == Some(RETRY_IT) {
                assert_eq!(standing.decisions.first(), Some(&Decision::Retry), "{case:?}");
            }
            if case.cause == Some(Cause::ProbablyFiscalised) && case.state == State::Parked {
                assert!(!standing.decisions.contains(&Decision::Retry), "it is refused by name");
            }
        }
    }
}
