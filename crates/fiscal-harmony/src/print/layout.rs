//! Lines of a fixed width.

use super::letters::Letters;

/// One thing to print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Row {
    /// Text in the middle.
    Centre(String),
    /// A heading in the middle, in bold where there is bold.
    Title(String),
    /// A word that nobody may overlook, in the middle and in twice the size where there are sizes.
    Big(String),
    /// Text from the left.
    Text(String),
    /// A name and its value, at the two edges.
    Pair(String, String),
    /// As a pair, in bold where there is bold.
    Sum(String, String),
    /// Three values, each at the right edge of its third.
    Three([String; 3]),
    /// A line across.
    Rule,
    /// The place of the logo, where the device draws one.
    Logo,
    /// The place of the QR code, where the device draws one.
    Qr,
}

impl Row {
    /// The lines it makes, none wider than `width`, without blanks at their ends.
    pub(super) fn lines(&self, width: usize, letters: Letters<'_>) -> Vec<String> {
        let page = Page { width, letters };
        match self {
            Self::Centre(text) | Self::Title(text) | Self::Big(text) => {
                page.wrap(text).into_iter().map(|line| page.centred(&line)).collect()
            }
            Self::Text(text) => page.wrap(text),
            Self::Pair(name, value) | Self::Sum(name, value) => page.pair(name, value),
            Self::Three(values) => page.three(values),
            Self::Rule => vec!["-".repeat(width)],
            Self::Qr | Self::Logo => Vec::new(),
        }
    }

    /// Its texts, before they are laid out.
    pub(super) fn texts(&self) -> Vec<&str> {
        match self {
            Self::Centre(text) | Self::Title(text) | Self::Big(text) | Self::Text(text) => vec![text],
            Self::Pair(name, value) | Self::Sum(name, value) => vec![name, value],
            Self::Three(values) => values.iter().map(String::as_str).collect(),
            Self::Rule | Self::Qr | Self::Logo => Vec::new(),
        }
    }
}

/// What lines are laid out on.
#[derive(Clone, Copy)]
struct Page<'f> {
    width: usize,
    letters: Letters<'f>,
}

impl Page<'_> {
    fn measure(self, text: &str) -> usize {
        text.chars().map(|c| self.letters.columns(c)).sum()
    }

    fn centred(self, line: &str) -> String {
        format!("{}{line}", " ".repeat((self.width - self.measure(line)) / 2))
    }

    fn right(self, line: &str, width: usize) -> String {
        format!("{}{line}", " ".repeat(width - self.measure(line)))
    }

    fn pair(self, name: &str, value: &str) -> Vec<String> {
        let mut lines = self.wrap(name);
        let value = self.wrap(value);
        match (lines.pop(), &value[..]) {
            (Some(last), [only]) if self.measure(&last) + 1 + self.measure(only) <= self.width => {
                let room = self.width - self.measure(&last);
                lines.push(format!("{last}{}", self.right(only, room)));
            }
            (last, value) => {
                lines.extend(last);
                lines.extend(value.iter().map(|line| self.right(line, self.width)));
            }
        }
        lines
    }

    /// Side by side where each has room for itself and a blank, below each other otherwise.
    fn three(self, values: &[String; 3]) -> Vec<String> {
        let values = values.each_ref().map(|value| self.letters.clean(value));
        // What is left over goes to the last one.
        let third = self.width / 3;
        let widths = [third, third, self.width - 2 * third];
        let fits = |(value, width): (&String, &usize)| self.measure(value) < *width;
        if values.iter().zip(&widths).all(fits) {
            let cells = values.iter().zip(widths).map(|(value, width)| self.right(value, width));
            return vec![cells.collect()];
        }
        let lines = values.iter().flat_map(|value| self.wrap(value));
        lines.map(|line| self.right(&line, self.width)).collect()
    }

    /// Breaks a text at its blanks, and a word only when it is wider than a line.
    fn wrap(self, text: &str) -> Vec<String> {
        let (width, measure) = (self.width, |text: &str| self.measure(text));
        let mut lines = Vec::new();
        let mut line = String::new();
        for word in self.letters.clean(text).split_whitespace() {
            if !line.is_empty() && measure(&line) + 1 + measure(word) > width {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            for c in word.chars() {
                if measure(&line) + self.letters.columns(c) > width {
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
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::code_page::CodePage, *};

    fn page(width: usize) -> Page<'static> {
        Page {
            width,
            letters: Letters::All,
        }
    }

    #[test]
    fn text_breaks_between_words_and_long_words_where_they_must() {
        assert_eq!(page(10).wrap("the quick  brown fox"), ["the quick", "brown fox"]);
        assert_eq!(page(5).wrap("a abcdefghijklm"), ["a", "abcde", "fghij", "klm"]);
        assert_eq!(page(5).wrap("茶茶茶"), ["茶茶", "茶"], "each takes two columns");
        assert!(page(5).wrap(" ").is_empty());
    }

    #[test]
    fn a_pair_stands_on_one_line_when_there_is_room() {
        let page = page(10);
        assert_eq!(page.pair("Total", "1.00"), ["Total 1.00"]);
        assert_eq!(page.pair("Total", "11.00"), ["Total", "     11.00"]);
        assert_eq!(page.pair("A long name", "1.00"), ["A long", "name  1.00"]);
        assert_eq!(page.pair("", "1.00"), ["      1.00"]);
    }

    #[test]
    fn three_amounts_stand_side_by_side_when_there_is_room() {
        let three = |values: [&str; 3]| page(24).three(&values.map(str::to_owned));
        assert_eq!(three(["1.00", "0.15", "1.15"]), ["    1.00    0.15    1.15"]);
        assert_eq!(
            three(["10000.00", "0.15", "1.15"]).len(),
            3,
            "the first would touch the edge"
        );
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_the_paper_and_no_letter_is_lost(name in ".{0,80}", value in ".{0,80}", which in 0_usize..3, width in 24_usize..65) {
            let letters = [Letters::All, Letters::Plain(CodePage::Cp858), Letters::Drawn(None)][which];
            let page = Page { width, letters };
            let lines = Row::Pair(name.clone(), value.clone()).lines(width, letters);
            prop_assert!(lines.iter().all(|line| page.measure(line) <= width), "{lines:?}");
            let kept = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            let given = letters.clean(&name) + &letters.clean(&value);
            prop_assert_eq!(kept(&lines.concat()), kept(&given));
        }
    }
}
