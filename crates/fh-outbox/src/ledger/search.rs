//! Looking for a text in the documents of the ledger.

use super::entry::LedgerEntry;

/// A text that somebody looks for.
#[derive(Debug, Clone)]
pub(crate) struct Search {
    /// In small letters.
    text: String,
    /// The same without hyphens, as some write verification codes.
    code: String,
}

impl Search {
    pub(crate) fn new(text: &str) -> Self {
        let text = text.trim().to_lowercase();
        Self {
            code: text.replace('-', ""),
            text,
        }
    }

    /// What a database finds by, without knowing any but the plain letters: it may find a little too much.
    pub(crate) fn pattern(&self) -> String {
        pattern(&self.text)
    }

    /// The same for the verification code.
    pub(crate) fn code_pattern(&self) -> String {
        pattern(&self.code)
    }

    /// Whether it stands in what people know a document by.
    pub(crate) fn is_in(&self, entry: &LedgerEntry) -> bool {
        let has = |text: &str| text.to_lowercase().contains(&self.text);
        let code = entry.verification_code.as_deref().unwrap_or_default();
        has(&entry.document)
            || has(&entry.number)
            || has(&entry.buyer)
            || entry.tin.as_deref().is_some_and(has)
            || entry.receipt_number.is_some_and(|number| has(&number.to_string()))
            || entry.gross.is_some_and(|gross| has(&gross.to_string()))
            || !self.code.is_empty() && code.replace('-', "").to_lowercase().contains(&self.code)
    }
}

fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for letter in text.chars() {
        match letter {
            '%' | '_' | '~' => pattern.extend(['~', letter]),
            // Which of these a database takes for the same in capitals depends on the database.
            letter if !letter.is_ascii() => pattern.push('%'),
            letter => pattern.push(letter),
        }
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_databases_do_not_agree_on_are_looked_at_afterwards() {
        assert_eq!(Search::new(" Élan_5% ").pattern(), "%%lan~_5~%%");
        assert_eq!(Search::new("AB-12").code_pattern(), "%ab12%");
    }
}
