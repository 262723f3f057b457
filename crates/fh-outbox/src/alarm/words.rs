//! What to do about an alarm, in the words of whoever reads it. All of them stand here, side by side: what a program, a terminal and the page
//! say of the same thing is the same.

/// Who reads an alarm, and so what he has in hand to do something about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reader {
    /// Somebody who calls this library.
    Program,
    /// Somebody at a terminal, who has `fh`.
    Terminal,
    /// Somebody who has the agent's page and no terminal.
    Page,
}

/// The words for one case.
pub(super) struct Words {
    pub(super) program: &'static str,
    terminal: &'static str,
    page: &'static str,
}

/// The same for everyone.
const fn same(text: &'static str) -> Words {
    Words {
        program: text,
        terminal: text,
        page: text,
    }
}

pub(super) const UNSENT: Words = Words {
    program: "see in the history of the oldest why (`Outbox::list`, `Outbox::history`); a fault of more than eight hours must be reported to ZIMRA within eight hours",
    terminal: "see why with `fh queue ls`; a fault of more than eight hours must be reported to ZIMRA within eight hours",
    page: "Open the oldest that waits and read why. Most often the network is down or the service refuses the account. A fault of more \
           than eight hours must be reported to ZIMRA within eight hours.",
};
pub(super) const UNRESOLVED: Words = Words {
    page: "Look for it in the Fiscal Harmony portal. After seven days the service can no longer be asked.",
    ..same("look for it in the Fiscal Harmony portal; after seven days the service can no longer be asked")
};
pub(super) const WEBHOOK_SILENCE: Words = Words {
    page: "Nothing is lost, results only come later. See in the Fiscal Harmony portal whether the webhook is still active: the service \
           switches it off after a day of failures.",
    ..same("see in the portal whether the webhook is still active: the service switches it off after a day of failures")
};
pub(super) const CLOCK: Words = Words {
    page: "Set the clock of this machine and let the system keep it (NTP). A document dated in the future spoils the numbering of the day.",
    ..same(
        "set the clock and let the system keep it (NTP): a document dated in the future spoils the numbering of the day",
    )
};
pub(super) const ORPHANS: Words = same(
    "if no other program submits with this API key, compare the day's receipts in the portal with the outbox: a document may \
     have been fiscalised twice",
);
pub(super) const PROBABLY_FISCALISED: Words = Words {
    terminal: "look the sale up in the Fiscal Harmony portal; then `fh queue adopt`, or `fh queue release` if it certainly is not fiscalised; do \
               not hand the sale in another time before",
    ..same(
        "look the sale up in the Fiscal Harmony portal; then adopt its receipt, or release it if there certainly is none; do not issue it \
         again before",
    )
};
pub(super) const IN_DOUBT: Words = Words {
    terminal: "look the sale up in the Fiscal Harmony portal; then `fh queue adopt`, `fh queue release` if there certainly is no receipt, or \
               `fh queue retry`",
    ..same(
        "look the sale up in the Fiscal Harmony portal; then adopt its receipt, release it if there certainly is none, or retry it",
    )
};
pub(super) const PARKED: Words = Words {
    terminal: "correct what is said in it (`fh queue correct`), or mend it in the settings of the account and `fh queue retry`; or `fh queue skip` with a reason",
    ..same(
        "correct what is said in it, or mend it in the settings of the account and retry it; or skip it with a reason",
    )
};
pub(super) const REFUSED: Words = same(
    "see to the API key, the subscription and the device in the Fiscal Harmony portal; it is tried again by itself",
);
pub(super) const WAITS_FOR_INVOICE: Words = same("see to the invoice; the credit note follows by itself");
pub(super) const ADOPTED: Words = Words {
    terminal: "compare it with the receipt in the Fiscal Harmony portal; `fh queue acknowledge` ends the alarm",
    ..same("compare it with the receipt in the Fiscal Harmony portal; then acknowledge this")
};
pub(super) const FISCALISED_TWICE: Words = Words {
    terminal: "have Fiscal Harmony cancel one of the two receipts, or credit it; `fh queue acknowledge` ends the alarm",
    ..same("have Fiscal Harmony cancel one of the two receipts, or credit it; then acknowledge this")
};
pub(super) const OTHER_CONTENT: Words = Words {
    terminal: "compare its receipt in the Fiscal Harmony portal with what was wanted (`fh queue show`); where it shows the old content, credit it and \
               sell anew; `fh queue acknowledge` ends the alarm",
    ..same(
        "compare its receipt in the Fiscal Harmony portal with what was wanted; where it shows the old content, credit it and sell anew; then \
         acknowledge this",
    )
};
pub(super) const EXPIRED: Words = Words {
    terminal: "look the sale up in the Fiscal Harmony portal; then `fh queue adopt`, or `fh queue release` if it certainly is not fiscalised; \
               `fh queue acknowledge` ends the alarm",
    ..same(
        "look the sale up in the Fiscal Harmony portal; then adopt its receipt, or release it if there certainly is none",
    )
};
pub(super) const REJECTED: Words = Words {
    terminal: "`fh queue show` says why and what to do; `fh queue acknowledge` ends the alarm",
    ..same("correct what is said in it, or mend it in the settings of the account and retry it; or acknowledge this")
};
pub(super) const REJECTED_FOR_GOOD: Words = Words {
    terminal: "`fh queue show` says why and what to do; `fh queue acknowledge` ends the alarm",
    ..same("hand the sale in as another document that replaces this one, without what is said; or acknowledge this")
};
pub(super) const RED_RECEIPTS: Words = Words {
    terminal: "see in the Fiscal Harmony portal whether the day closes; if it does not, have ZIMRA or Fiscal Harmony close it (`fh explain` \
               knows the words); `fh queue acknowledge` ends the alarm",
    ..same(
        "see in the Fiscal Harmony portal whether the day closes; if it does not, have ZIMRA or Fiscal Harmony close it; then acknowledge \
         this",
    )
};
pub(super) const WEBHOOK_REFUSED: Words = Words {
    terminal: "if the API secret was renewed, write the new one beside the old into the profile (previous_api_secret); else somebody who is not \
               the service knows where webhooks are received; `fh queue acknowledge` ends the alarm",
    ..same(
        "if the API secret was renewed, give the receiver the new one beside the old; else somebody who is not the service knows where \
         webhooks are received; then acknowledge this",
    )
};
pub(super) const TAKE_OVER: Words = Words {
    program: "see that no other machine sends from a copy of it, then take it over (`Outbox::take_over`)",
    terminal: "see that no other machine sends from a copy of it, then `fh queue take-over`",
    page: "See that no other machine sends from a copy of this outbox: two of them would have sales fiscalised twice. Then take it over here.",
};
pub(super) const RESTORED: Words = Words {
    page: "Hand in again what is missing since the backup, unchanged: it is sent as a repetition. Compare the receipts of those days in the \
           Fiscal Harmony portal with this list. Then acknowledge this.",
    terminal: "hand in again what is missing since the backup, unchanged; compare the receipts of those days in the Fiscal Harmony portal with \
               `fh queue ls --all`; `fh queue acknowledge restored` ends the alarm",
    ..same(
        "hand in again what is missing since the backup, unchanged; compare the receipts of those days in the Fiscal Harmony portal with the \
         outbox; then acknowledge this",
    )
};
pub(super) const STALE_BACKUP: Words = Words {
    program: "make one (`Outbox::backup`), and see why those that were planned are not made",
    terminal: "make one with `fh backup`, and see why those that were planned are not made",
    page: "Whoever looks after this machine makes one with `fh backup`, and sees why those that were planned are not made.",
};
pub(super) const DISK_FULL: Words =
    same("free some space on the disk of the outbox; until then nothing is taken in, and it goes on by itself");
pub(super) const STORE_FAILING: Words =
    same("do what is said; until then nothing is taken in, and it goes on by itself");
pub(super) const WORKER_STUCK: Words = same(
    "start the program again: nothing is lost by that; if it comes back, report it with what the program's log says",
);

const ALL: [&Words; 24] = [
    &UNSENT,
    &UNRESOLVED,
    &WEBHOOK_SILENCE,
    &CLOCK,
    &ORPHANS,
    &PROBABLY_FISCALISED,
    &IN_DOUBT,
    &PARKED,
    &REFUSED,
    &WAITS_FOR_INVOICE,
    &ADOPTED,
    &FISCALISED_TWICE,
    &OTHER_CONTENT,
    &EXPIRED,
    &REJECTED,
    &REJECTED_FOR_GOOD,
    &RED_RECEIPTS,
    &WEBHOOK_REFUSED,
    &TAKE_OVER,
    &RESTORED,
    &STALE_BACKUP,
    &DISK_FULL,
    &STORE_FAILING,
    &WORKER_STUCK,
];

/// What a program is told, for another reader.
pub(super) fn for_reader(program: &'static str, reader: Reader) -> &'static str {
    let words = ALL.into_iter().find(|words| words.program == program);
    words.map_or(program, |words| match reader {
        Reader::Program => words.program,
        Reader::Terminal => words.terminal,
        Reader::Page => words.page,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_has_words_of_its_own_for_each_reader() {
        for words in ALL {
            let same = ALL.iter().filter(|other| other.program == words.program);
            assert_eq!(same.count(), 1, "{}", words.program);
            assert!(!words.program.contains("`fh "), "{}", words.program);
            assert!(!words.page.contains("Outbox::"), "{}", words.page);
        }
        assert!(for_reader(UNSENT.program, Reader::Terminal).contains("fh queue ls"));
        assert_eq!(for_reader("of nobody here", Reader::Page), "of nobody here");
    }
}
