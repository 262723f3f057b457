//! What was changed between two forms of one document, in the words in which people are told.

use std::fmt;

use fh_types::Amount;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{any::Document, frozen::Attempt, problem::DocumentError};

/// One thing in which two forms of a document differ, by value: `4.20` and `4.2` are the same.
///
/// It reads as people are told, such as `buyer's name: "Cash Customer" → "Acme Ltd"`, and that text is also in its JSON.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Difference {
    /// Where, as a JSON pointer with the names on the wire.
    pub pointer: String,
    /// What stood there; none when nothing did.
    pub from: Option<Value>,
    /// What stands there now; none when nothing does.
    pub to: Option<Value>,
}

impl Document {
    /// In what this differs from an earlier form of the same document. `IsRetry` is no content and is not
    /// compared.
    ///
    /// ```
    /// use fiscal_harmony::Document;
    /// let document = |name: &str, price: &str| {
    ///     let json = format!(r#"{{"InvoiceId":"A1","InvoiceNumber":"A1","IsTaxInclusive":true,"BuyerContact":{{"Name":"{name}"}},
    ///       "Date":"2026-02-03T10:00:00+02:00","CurrencyCode":"USD","LineItems":[{{"Description":"Soap","UnitAmount":{price},
    ///       "Quantity":1,"LineAmount":{price},"TaxCode":"VAT","ProductCode":"34011100"}}]}}"#);
    ///     Document::from_json(json.as_bytes())
    /// };
    /// let differences = document("Acme Ltd", "4.20")?.differences_from(&document("Cash Customer", "4.2")?)?;
    /// let said: Vec<_> = differences.iter().map(ToString::to_string).collect();
    /// assert_eq!(said, [r#"buyer's name: "Cash Customer" → "Acme Ltd""#]);
    /// # Ok::<(), fiscal_harmony::DocumentError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When one of them cannot be serialised.
    pub fn differences_from(&self, earlier: &Self) -> Result<Vec<Difference>, DocumentError> {
        let mut differences = Vec::new();
        compare("", Some(&content(earlier)?), Some(&content(self)?), &mut differences);
        Ok(differences)
    }
}

/// A document as what stands in it.
fn content(document: &Document) -> Result<Value, DocumentError> {
    let frozen = document.freeze(Attempt::First)?;
    let mut value: Value = serde_json::from_slice(frozen.bytes()).map_err(|error| DocumentError::unwritable(&error))?;
    if let Value::Object(fields) = &mut value {
        fields.remove("IsRetry");
    }
    Ok(value)
}

fn compare(pointer: &str, from: Option<&Value>, to: Option<&Value>, into: &mut Vec<Difference>) {
    let nothing = Map::new();
    let fields = |value: Option<&Value>| match value {
        Some(Value::Object(fields)) => Some(fields.clone()),
        Some(Value::Null) | None => Some(nothing.clone()),
        _ => None,
    };
    let is_object = |value: Option<&Value>| matches!(value, Some(Value::Object(_)));
    match (from, to) {
        // An address that was not there before is told part by part.
        _ if is_object(from) || is_object(to) => match (fields(from), fields(to)) {
            (Some(before), Some(after)) => {
                for (name, value) in &before {
                    compare(&format!("{pointer}/{name}"), Some(value), after.get(name), into);
                }
                for (name, value) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
                    compare(&format!("{pointer}/{name}"), None, Some(value), into);
                }
            }
            _ => into.push(difference(pointer, from, to)),
        },
        (Some(Value::Array(before)), Some(Value::Array(after))) => {
            for place in 0..before.len().max(after.len()) {
                compare(&format!("{pointer}/{place}"), before.get(place), after.get(place), into);
            }
        }
        _ if is_same(from, to) => {}
        _ => into.push(difference(pointer, from, to)),
    }
}

fn difference(pointer: &str, from: Option<&Value>, to: Option<&Value>) -> Difference {
    let given = |value: Option<&Value>| value.filter(|value| !value.is_null()).cloned();
    Difference {
        pointer: pointer.to_owned(),
        from: given(from),
        to: given(to),
    }
}

fn is_same(one: Option<&Value>, other: Option<&Value>) -> bool {
    let amount = |value: &Value| value.to_string().parse::<Amount>().ok();
    match (one, other) {
        (None | Some(Value::Null), None | Some(Value::Null)) => true,
        (Some(one @ Value::Number(_)), Some(other @ Value::Number(_))) => {
            one == other || amount(one).is_some_and(|one| amount(other) == Some(one))
        }
        (one, other) => one == other,
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = |value: &Option<Value>| value.as_ref().map_or("nothing".to_owned(), Value::to_string);
        write!(f, "{}: {} → {}", place(&self.pointer), said(&self.from), said(&self.to))
    }
}

impl Serialize for Difference {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut fields = serializer.serialize_struct("Difference", 4)?;
        fields.serialize_field("pointer", &self.pointer)?;
        fields.serialize_field("from", &self.from)?;
        fields.serialize_field("to", &self.to)?;
        fields.serialize_field("text", &self.to_string())?;
        fields.end()
    }
}

/// A place in a document as people say it, such as "line 2, tax code".
fn place(pointer: &str) -> String {
    let mut said = String::new();
    let mut parts = pointer.split('/').skip(1).peekable();
    while let Some(part) = parts.next() {
        if part == "BuyerContact" {
            said.push_str("buyer's ");
        } else if part == "LineItems" {
            let line = parts.next().and_then(|place| place.parse::<usize>().ok()).unwrap_or(0);
            said.push_str(&format!("line {}", line + 1));
            said.push_str(if parts.peek().is_some() { ", " } else { "" });
        } else {
            said.push_str(&words(part));
            said.push_str(if parts.peek().is_some() { ", " } else { "" });
        }
    }
    said
}

/// `VatNumber` as people write it.
fn words(name: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for letter in name.chars() {
        match words.last_mut() {
            Some(word) if !letter.is_ascii_uppercase() => word.push(letter),
            _ => words.push(letter.to_ascii_lowercase().to_string()),
        }
    }
    let spoken = words.iter().map(|word| match word.as_str() {
        "tin" => "TIN",
        "vat" => "VAT",
        "id" => "id",
        word => word,
    });
    spoken.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(json: &str) -> Document {
        Document::from_json(json.as_bytes()).unwrap()
    }

    const SALE: &str = r#"{"InvoiceId":"A1","InvoiceNumber":"A1","IsTaxInclusive":true,"BuyerContact":{"Name":"Cash Customer"},
        "Date":"2026-02-03T10:00:00+02:00","CurrencyCode":"USD","Total":1.10,"LineItems":[{"Description":"Soap","UnitAmount":1.10,
        "Quantity":1,"LineAmount":1.10,"TaxCode":"VAT","ProductCode":"34011100"}]}"#;

    fn said(after: &str) -> Vec<String> {
        let differences = document(after).differences_from(&document(SALE)).unwrap();
        differences.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_document_that_is_only_spelt_otherwise_is_the_same() {
        let respelt = SALE
            .replace("1.10", "\"1.1\"")
            .replace("\"Quantity\":1", "\"Quantity\":1.000")
            .replace("10:00:00+02:00", "08:00:00Z")
            .replace("\"Total\"", "\"IsRetry\":true,\"SubTotal\":null,\"Total\"");
        assert_eq!(said(&respelt), Vec::<String>::new());
    }

    #[test]
    fn every_change_is_told_with_its_place_as_people_say_it() {
        let mended = SALE
            .replace(
                r#"{"Name":"Cash Customer"}"#,
                r#"{"Name":"Acme Ltd","Tin":"2000123456","VatNumber":"220012345",
                "Address":{"Province":"Harare","Street":"Main","HouseNo":"1","City":"Harare"}}"#,
            )
            .replace("\"TaxCode\":\"VAT\"", "\"TaxCode\":\"VAT15.5\"")
            .replace("\"Total\":1.10", "\"Total\":1.2,\"PaymentMethod\":\"Card\"");
        let said = said(&mended);
        for wanted in [
            r#"buyer's name: "Cash Customer" → "Acme Ltd""#,
            r#"buyer's TIN: nothing → "2000123456""#,
            r#"buyer's VAT number: nothing → "220012345""#,
            r#"buyer's address, house no: nothing → "1""#,
            r#"line 1, tax code: "VAT" → "VAT15.5""#,
            "total: 1.1 → 1.2",
            r#"payment method: nothing → "Card""#,
        ] {
            assert!(said.iter().any(|text| text == wanted), "{wanted}: {said:#?}");
        }
        assert_eq!(said.len(), 10, "{said:#?}");
    }

    #[test]
    fn a_line_more_and_a_line_less_are_told_whole() {
        let line = r#"{"Description":"Bread","UnitAmount":1,"Quantity":1,"LineAmount":1,"TaxCode":"VAT","ProductCode":"19059000"}"#;
        let longer = SALE.replace("\"34011100\"}]", &format!("\"34011100\"}},{line}]"));
        let more = said(&longer);
        assert!(
            more.contains(&r#"line 2, description: nothing → "Bread""#.to_owned()),
            "{more:?}"
        );
        let less = document(SALE).differences_from(&document(&longer)).unwrap();
        assert_eq!(less.len(), more.len());
        assert_eq!(less[0].to, None);
        let json = serde_json::to_value(&less[0]).unwrap();
        assert_eq!(json["text"], less[0].to_string());
    }
}
