//! Lines of a fixed width.

use super::letters::{Letters, columns};

/// One thing to print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Row {
    /// Text in the middle.
    Centre(String),
    /// A heading in the middle, in bold where there is bold.
    Title(String),
    /// Text from the left.
    Text(String),
    /// A name and its value, at the two edges.
    Pair(String, String),
    /// As a pair, in bold where there is bold.
    Sum(String, String),
    /// A line across.
    Rule,
    /// The place of the QR code, where the device draws one.
    Qr,
}

impl Row {
    /// The lines it makes, none wider than `width`, without blanks at their ends.
    pub(super) fn lines(&self, width: usize, letters: Letters) -> Vec<String> {
        match self {
            Self::Centre(text) | Self::Title(text) => wrap(&letters.clean(text), width)
                .into_iter()
                .map(|line| format!("{}{line}", " ".repeat((width - measure(&line)) / 2)))
                .collect(),
            Self::Text(text) => wrap(&letters.clean(text), width),
            Self::Pair(name, value) | Self::Sum(name, value) => {
                pair(&letters.clean(name), &letters.clean(value), width)
            }
            Self::Rule => vec!["-".repeat(width)],
            Self::Qr => Vec::new(),
        }
    }
}

fn measure(text: &str) -> usize {
    text.chars().map(columns).sum()
}

fn pair(name: &str, value: &str, width: usize) -> Vec<String> {
    let right = |value: &str| format!("{}{value}", " ".repeat(width - measure(value)));
    let mut lines = wrap(name, width);
    let value = wrap(value, width);
    match (lines.pop(), &value[..]) {
        (Some(last), [only]) if measure(&last) + 1 + measure(only) <= width => {
            lines.push(format!(
                "{last}{}{only}",
                " ".repeat(width - measure(&last) - measure(only))
            ));
        }
        (last, value) => {
            lines.extend(last);
            lines.extend(value.iter().map(|line| right(line)));
        }
    }
    lines
}

/// Breaks a text at its blanks, and a word only when it is wider than a line.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && measure(&line) + 1 + measure(word) > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        for c in word.chars() {
            if measure(&line) + columns(c) > width {
                lines.push(std::mem::take(&mut line));
            }
            line.push(c);
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_breaks_between_words_and_long_words_where_they_must() {
        assert_eq!(wrap("the quick  brown fox", 10), ["the quick", "brown fox"]);
        assert_eq!(wrap("a abcdefghijklm", 5), ["a", "abcde", "fghij", "klm"]);
        assert_eq!(wrap("茶茶茶", 5), ["茶茶", "茶"], "each takes two columns");
        assert!(wrap(" ", 5).is_empty());
    }

    #[test]
    fn a_pair_stands_on_one_line_when_there_is_room() {
        assert_eq!(pair("Total", "1.00", 10), ["Total 1.00"]);
        assert_eq!(pair("Total", "11.00", 10), ["Total", "     11.00"]);
        assert_eq!(pair("A long name", "1.00", 10), ["A long", "name  1.00"]);
        assert_eq!(pair("", "1.00", 10), ["      1.00"]);
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_the_paper_and_no_letter_is_lost(name in ".{0,80}", value in ".{0,80}", ascii: bool) {
            let letters = if ascii { Letters::Ascii } else { Letters::All };
            let lines = Row::Pair(name.clone(), value.clone()).lines(32, letters);
            prop_assert!(lines.iter().all(|line| measure(line) <= 32), "{lines:?}");
            let kept = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            let given = letters.clean(&name) + &letters.clean(&value);
            prop_assert_eq!(kept(&lines.concat()), kept(&given));
        }
    }
}
