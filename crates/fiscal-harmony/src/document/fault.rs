//! What can be wrong with a document: each fault once, with its words and with what to do about it.

use std::{borrow::Cow, fmt::Display};

/// One way in which a rule is broken. Words and remedy have names in braces where the values of the document go:
/// `{line}`, `{amount}`.
///
/// A rule may have several faults: what to do depends on what the writer of the document meant, and not on the field alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Fault {
    /// The id of the rule that it breaks, such as `PF05`.
    pub rule: &'static str,
    /// Its name within the rule, such as `return-line`. Names are stable, as ids of rules are.
    pub name: &'static str,
    /// What is wrong.
    pub words: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

/// The values that go into a fault's words and remedy, by name.
pub(crate) type Values<'v> = &'v [(&'v str, &'v dyn Display)];

impl Fault {
    pub(crate) const fn of(rule: &'static str, name: &'static str, words: &'static str, remedy: &'static str) -> Self {
        Self {
            rule,
            name,
            words,
            remedy,
        }
    }

    pub(crate) fn message(&self, values: Values<'_>) -> String {
        filled(self.words, values).into_owned()
    }

    pub(crate) fn advice(&self, values: Values<'_>) -> Cow<'static, str> {
        filled(self.remedy, values)
    }
}

/// A template with its values. What stands in braces and is no name stays as it is: JSON has braces too.
fn filled(template: &'static str, values: Values<'_>) -> Cow<'static, str> {
    let mut text = String::new();
    let mut rest = template;
    let mut changed = false;
    while let Some(at) = rest.find('{') {
        let (before, braced) = rest.split_at(at);
        let named = braced[1..].split_once('}').and_then(|(name, after)| {
            let (_, value) = values.iter().find(|(known, _)| *known == name)?;
            Some((value.to_string(), after))
        });
        text.push_str(before);
        if let Some((value, after)) = named {
            text.push_str(&value);
            rest = after;
            changed = true;
        } else {
            text.push('{');
            rest = &braced[1..];
        }
    }
    if !changed {
        return Cow::Borrowed(template);
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// `said![line = at + 1, amount]`: values by name.
macro_rules! said {
    ($($name:ident $(= $value:expr)?),* $(,)?) => {
        &[$((stringify!($name), &said!(@ $name $(= $value)?) as &dyn std::fmt::Display)),*]
    };
    (@ $name:ident) => { $name };
    (@ $name:ident = $value:expr) => { $value };
}
pub(crate) use said;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_take_the_place_of_their_names_and_other_braces_stay() {
        let fault = Fault::of("PF00", "x", "{a} and {b} in {\"Name\": {a}} {", "Nothing.");
        let b = 2;
        assert_eq!(fault.message(said![a = "one", b]), "one and 2 in {\"Name\": one} {");
        assert!(matches!(fault.advice(&[]), Cow::Borrowed("Nothing.")));
        assert_eq!(Fault::of("PF00", "x", "{a}", "").message(said![a = ""]), "");
    }
}
