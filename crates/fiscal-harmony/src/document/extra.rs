//! Fields that the specification does not know, given on purpose.

use std::{borrow::Cow, collections::BTreeSet};

use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::{
    fault::said,
    faults,
    locate::{Scanner, line_and_column},
    problem::DocumentError,
    reader,
    types::{Address, Buyer, CreditNote, Invoice, LineItem},
    view::View,
};

/// Why a name cannot be that of an extra field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FieldNameError {
    /// The name is empty, has blanks around it, or holds a control character.
    #[error("{0:?} is no name of a field")]
    NotAName(String),
    /// The field is known: it has a place of its own, and is written so.
    #[error("the field {known} is known and cannot be given as an extra one named {name:?}")]
    Known {
        /// What was given.
        name: String,
        /// The known name, which may differ in the case of its letters.
        known: &'static str,
    },
}

/// Which fields beside the known ones a document may have when it is read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AllowedFields(Allowed);

#[derive(Debug, Clone, PartialEq, Eq, Default)]
enum Allowed {
    #[default]
    None,
    Named(BTreeSet<String>),
    Any,
}

impl AllowedFields {
    /// None: every unknown field is an error.
    #[must_use]
    pub fn none() -> Self {
        Self(Allowed::None)
    }

    /// Those of these names, to the letter, wherever a document may have fields: in itself, its buyer, the buyer's address,
    /// its lines.
    ///
    /// # Errors
    ///
    /// When a name is none, or is known anywhere in a document, in any case of its letters: a misspelt `isretry` must not
    /// travel beside the `IsRetry` that it stands for.
    pub fn named<I>(names: I) -> Result<Self, FieldNameError>
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let names: BTreeSet<String> = names.into_iter().map(Into::into).collect();
        for name in &names {
            for known in [
                Invoice::NAMES,
                CreditNote::NAMES,
                Buyer::NAMES,
                Address::NAMES,
                LineItem::NAMES,
            ] {
                check_name(name, known)?;
            }
        }
        Ok(Self(if names.is_empty() {
            Allowed::None
        } else {
            Allowed::Named(names)
        }))
    }

    /// Any that are not known: for a document that was judged when it was first read, such as one from a journal.
    #[must_use]
    pub fn any() -> Self {
        Self(Allowed::Any)
    }

    fn takes(&self, name: &str, known: &'static [&'static str]) -> bool {
        let named = match &self.0 {
            Allowed::None => false,
            Allowed::Named(names) => names.contains(name),
            Allowed::Any => true,
        };
        named && check_name(name, known).is_ok()
    }
}

/// Checks that a name can be that of an extra field beside the known ones.
pub(super) fn check_name(name: &str, known: &[&'static str]) -> Result<(), FieldNameError> {
    if name.is_empty() || name.trim() != name || name.chars().any(char::is_control) {
        return Err(FieldNameError::NotAName(name.to_owned()));
    }
    match known.iter().find(|known| known.eq_ignore_ascii_case(name)) {
        Some(known) => Err(FieldNameError::Known {
            name: name.to_owned(),
            known,
        }),
        None => Ok(()),
    }
}

pub(super) fn check_names(fields: &Map<String, Value>, known: &[&'static str]) -> Result<(), FieldNameError> {
    fields.keys().try_for_each(|name| check_name(name, known))
}

/// Checks the names of a whole document, which may have been put there without a builder.
pub(super) fn check(view: &View<'_>, known: &[&'static str]) -> Result<(), DocumentError> {
    let refused = |error: FieldNameError| DocumentError::whole(&faults::EXTRA_NAME, said![why = error]);
    check_names(view.extra, known).map_err(refused)?;
    check_names(&view.buyer.extra, Buyer::NAMES).map_err(refused)?;
    if let Some(address) = &view.buyer.address {
        check_names(&address.extra, Address::NAMES).map_err(refused)?;
    }
    view.lines
        .iter()
        .try_for_each(|line| check_names(&line.extra, LineItem::NAMES))
        .map_err(refused)
}

/// An object of a document that may have fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Object {
    Document,
    Buyer,
    Address,
    Line(usize),
}

impl Object {
    /// Where the extra fields of this object go; nowhere for the document itself, which the caller holds.
    pub(super) fn fields_of<'a>(
        self,
        buyer: &'a mut Buyer,
        lines: &'a mut [LineItem],
    ) -> Option<&'a mut Map<String, Value>> {
        match self {
            Self::Document => None,
            Self::Buyer => Some(&mut buyer.extra),
            Self::Address => buyer.address.as_mut().map(|address| &mut address.extra),
            Self::Line(at) => lines.get_mut(at).map(|line| &mut line.extra),
        }
    }
}

/// An extra field, taken out of the text.
#[derive(Debug, PartialEq)]
pub(super) struct Lifted {
    pub(super) object: Object,
    name: String,
    value: Value,
}

impl Lifted {
    pub(super) fn put_into(self, fields: Option<&mut Map<String, Value>>) {
        if let Some(fields) = fields {
            fields.insert(self.name, self.value);
        }
    }
}

/// Takes the allowed fields out of the text of a document and leaves blanks behind, so that the strict reader sees the rest
/// in its place and names lines and columns as the person has them.
pub(super) fn lift<'j>(
    json: &'j [u8],
    allowed: &AllowedFields,
    known: &'static [&'static str],
) -> Result<(Cow<'j, [u8]>, Vec<Lifted>), DocumentError> {
    if allowed.0 == Allowed::None {
        return Ok((Cow::Borrowed(json), Vec::new()));
    }
    // The walk below takes its text for JSON.
    reader::read::<IgnoredAny>(json)?;
    let mut walk = Walk {
        scanner: Scanner { json, at: 0 },
        allowed,
        known,
        lifted: Vec::new(),
        blanks: Vec::new(),
        twice: None,
    };
    walk.scanner.blanks();
    walk.object(Object::Document);
    let Walk {
        lifted, blanks, twice, ..
    } = walk;
    if let Some((at, name)) = twice {
        return Err(
            DocumentError::whole(&faults::DUPLICATE_FIELD, said![field = name]).placed(line_and_column(json, at))
        );
    }
    let mut rest = json.to_vec();
    for blank in blanks {
        for byte in &mut rest[blank] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    }
    Ok((Cow::Owned(rest), lifted))
}

struct Walk<'j> {
    scanner: Scanner<'j>,
    allowed: &'j AllowedFields,
    known: &'static [&'static str],
    lifted: Vec<Lifted>,
    blanks: Vec<std::ops::Range<usize>>,
    twice: Option<(usize, String)>,
}

impl Walk<'_> {
    /// Goes through the object that begins here. `None` where the text is not what it seemed, which the strict reader says.
    fn object(&mut self, object: Object) -> Option<()> {
        if self.scanner.peek()? != b'{' {
            return self.scanner.skip_value();
        }
        self.scanner.at += 1;
        let mut names: BTreeSet<String> = BTreeSet::new();
        // The comma behind the last member that stays: it goes when all members behind it do.
        let mut comma_of_kept = None;
        let mut last_went = false;
        loop {
            self.scanner.blanks();
            match self.scanner.peek()? {
                b'}' => break,
                b'"' => {}
                _ => return None,
            }
            let start = self.scanner.at;
            self.scanner.skip_string()?;
            let name: String = serde_json::from_slice(&self.scanner.json[start..self.scanner.at]).ok()?;
            self.scanner.blanks();
            self.scanner.at += 1;
            self.scanner.blanks();
            let goes = self.allowed.takes(&name, self.known_in(object));
            if goes {
                let value = self.scanner.at;
                self.scanner.skip_value()?;
                let value = serde_json::from_slice(&self.scanner.json[value..self.scanner.at]).ok()?;
                if !names.insert(name.clone()) && self.twice.is_none() {
                    self.twice = Some((start, name.clone()));
                }
                self.lifted.push(Lifted { object, name, value });
                self.blanks.push(start..self.scanner.at);
            } else {
                self.value(object, &name)?;
            }
            last_went = goes;
            self.scanner.blanks();
            if self.scanner.peek()? == b',' {
                let comma = self.scanner.at..self.scanner.at + 1;
                self.scanner.at += 1;
                if goes {
                    self.blanks.push(comma);
                } else {
                    comma_of_kept = Some(comma);
                }
            } else if !goes {
                comma_of_kept = None;
            }
        }
        self.scanner.at += 1;
        if last_went {
            self.blanks.extend(comma_of_kept);
        }
        Some(())
    }

    /// Goes over a value that stays, and into it where a document has fields there.
    fn value(&mut self, object: Object, name: &str) -> Option<()> {
        match (object, name) {
            (Object::Document, "BuyerContact") => self.object(Object::Buyer),
            (Object::Buyer, "Address") => self.object(Object::Address),
            (Object::Document, "LineItems") if self.scanner.peek()? == b'[' => {
                self.scanner.at += 1;
                for at in 0.. {
                    self.scanner.blanks();
                    match self.scanner.peek()? {
                        b']' => break,
                        _ => self.object(Object::Line(at))?,
                    }
                    self.scanner.blanks();
                    if self.scanner.peek()? == b',' {
                        self.scanner.at += 1;
                    }
                }
                self.scanner.at += 1;
                Some(())
            }
            _ => self.scanner.skip_value(),
        }
    }

    fn known_in(&self, object: Object) -> &'static [&'static str] {
        match object {
            Object::Document => self.known,
            Object::Buyer => Buyer::NAMES,
            Object::Address => Address::NAMES,
            Object::Line(_) => LineItem::NAMES,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn lifted(json: &str, allowed: &AllowedFields) -> (Value, Vec<(Object, String, Value)>) {
        let (rest, lifted) = lift(json.as_bytes(), allowed, Invoice::NAMES).unwrap();
        assert_eq!(rest.len(), json.len(), "everything else keeps its place");
        let lifted = lifted
            .into_iter()
            .map(|field| (field.object, field.name, field.value))
            .collect();
        (serde_json::from_slice(&rest).unwrap(), lifted)
    }

    #[test]
    fn fields_are_taken_from_every_object_of_a_document_and_from_nowhere_else() {
        let json = r#"{"New":1,"InvoiceId":"a","BuyerContact":{"Name":"b","Address":{"New":[2,{"x":1}]},"New":3},
            "LineItems":[{"Quantity":1},{"New":"4","TaxCode":{"New":5}}]}"#;
        let (rest, lifted) = lifted(json, &AllowedFields::named(["New"]).unwrap());
        assert_eq!(
            rest,
            json!({"InvoiceId": "a", "BuyerContact": {"Name": "b", "Address": {}},
                "LineItems": [{"Quantity": 1}, {"TaxCode": {"New": 5}}]})
        );
        let objects: Vec<_> = lifted
            .iter()
            .map(|(object, _, value)| (*object, value.clone()))
            .collect();
        assert_eq!(
            objects,
            [
                (Object::Document, json!(1)),
                (Object::Address, json!([2, {"x": 1}])),
                (Object::Buyer, json!(3)),
                (Object::Line(1), json!("4"))
            ]
        );
    }

    #[test]
    fn a_name_is_allowed_to_the_letter_and_a_known_one_never() {
        let (rest, lifted) = lifted(r#"{"new":1,"New":2}"#, &AllowedFields::named(["New"]).unwrap());
        assert_eq!((rest, lifted.len()), (json!({"new": 1}), 1));
        for name in [
            "isretry",
            "IsRetry",
            "OriginalInvoiceId",
            "hOUSEnO",
            "taxcode",
            "",
            " New",
            "a\nb",
        ] {
            assert!(AllowedFields::named([name]).is_err(), "{name:?}");
        }
        let error = AllowedFields::named(["isretry"]).unwrap_err().to_string();
        assert!(error.contains("IsRetry") && error.contains("isretry"), "{error}");
    }

    #[test]
    fn any_takes_what_is_not_known_and_leaves_a_misspelt_one() {
        let (rest, _) = self::lifted(r#"{"isretry":true,"DueDate":null}"#, &AllowedFields::any());
        assert_eq!(rest, json!({"isretry": true}));
    }

    #[test]
    fn a_field_given_twice_is_refused_with_its_place() {
        let json = b"{\"New\":1,\n \"New\":2}";
        let error = lift(json, &AllowedFields::named(["New"]).unwrap(), Invoice::NAMES).unwrap_err();
        assert_eq!((error.line(), error.column()), (Some(2), Some(2)));
        assert!(error.message().contains("duplicate field `New`"));
    }

    proptest! {
        /// Whatever stands beside it, in whatever order: what stays is the object without the field.
        #[test]
        fn what_stays_is_the_rest(members in proptest::collection::vec(("[a-d]|New", 0_u8..3), 0..8), blank in "[ \n]{0,2}") {
            let mut seen = BTreeSet::new();
            let members: Vec<_> = members.into_iter().filter(|(name, _)| seen.insert(name.clone())).collect();
            let text: Vec<String> = members.iter().map(|(name, value)| format!("{blank}\"{name}\"{blank}:{blank}[{value}]{blank}")).collect();
            let json = format!("{{{}}}", text.join(","));
            let (rest, lifted) = lifted(&json, &AllowedFields::named(["New"]).unwrap());
            let kept: Map<String, Value> = members.iter().filter(|(name, _)| name != "New").map(|(name, value)| (name.clone(), json!([value]))).collect();
            prop_assert_eq!(rest, Value::Object(kept));
            prop_assert_eq!(lifted.len(), members.iter().filter(|(name, _)| name == "New").count());
        }
    }
}
