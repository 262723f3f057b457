//! Amounts in JSON, digit by digit.

use std::{borrow::Cow, fmt, io::Write as _, sync::LazyLock};

use rust_decimal::Decimal;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, MapAccess, Unexpected, Visitor},
    ser,
};
use serde_json::value::RawValue;

use crate::amount::{Amount, AmountError};

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written = Self::checked(self.decimal()).map_err(ser::Error::custom)?;
        // A sign, fifteen digits, a dot, and noughts to the scale of 28 fit; the heap is not needed.
        let mut text = [0_u8; 48];
        let mut rest = &mut text[..];
        write!(rest, "{written}").map_err(ser::Error::custom)?;
        let unused = rest.len();
        let text = std::str::from_utf8(&text[..text.len() - unused]).map_err(ser::Error::custom)?;
        serde_json::from_str::<&RawValue>(text)
            .map_err(ser::Error::custom)?
            .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Asked for in this way, a reader of JSON text hands over the digits instead of a float.
        deserializer.deserialize_newtype_struct(*RAW, Number)
    }
}

/// The name under which `serde_json` hands over the text of a value. It is no part of its interface, so it is learnt from
/// the type that uses it: a reader that does not know it takes it for the name of a newtype, which is harmless.
static RAW: LazyLock<&str> = LazyLock::new(|| {
    struct Learn<'a>(&'a mut &'static str);

    impl<'de> Deserializer<'de> for Learn<'_> {
        type Error = de::value::Error;

        fn deserialize_newtype_struct<V: Visitor<'de>>(
            self,
            name: &'static str,
            _: V,
        ) -> Result<V::Value, Self::Error> {
            *self.0 = name;
            Err(de::Error::custom("the name was all that was wanted"))
        }

        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
            Err(de::Error::custom("a raw value is asked for as a newtype"))
        }

        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct seq tuple
            tuple_struct map struct enum identifier ignored_any
        }
    }

    let mut name = "Amount";
    let _ = <Box<RawValue>>::deserialize(Learn(&mut name));
    name
});

/// A JSON number or a string that holds one: by its text where there is one.
struct Number;

impl<'de> Visitor<'de> for Number {
    type Value = Amount;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a decimal number")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut raw: A) -> Result<Amount, A::Error> {
        if raw.next_key::<RawKey>()?.is_none_or(|key| !key.0) {
            return Err(de::Error::invalid_type(Unexpected::Map, &self));
        }
        // Judged out here: an error inside of the value would be said to stand under the key of the raw text.
        let Text(read) = raw.next_value()?;
        read.map_err(|problem| match problem {
            Problem::Amount(error) => de::Error::custom(error),
            Problem::Other(unexpected) => de::Error::invalid_type(unexpected, &self),
        })
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Amount, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Amount, E> {
        Amount::checked(Decimal::from(value)).map_err(E::custom)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Amount, E> {
        Amount::checked(Decimal::from(value)).map_err(E::custom)
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Amount, E> {
        Err(E::custom(AmountError::Float(value.to_string())))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Amount, E> {
        value.parse().map_err(E::custom)
    }
}

/// Whether a member is the text of a value rather than a member of an object.
struct RawKey(bool);

impl<'de> Deserialize<'de> for RawKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;

        impl Visitor<'_> for Name {
            type Value = RawKey;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<RawKey, E> {
                Ok(RawKey(name == *RAW))
            }
        }

        deserializer.deserialize_identifier(Name)
    }
}

/// What the text of a JSON value says.
struct Text(Result<Amount, Problem>);

enum Problem {
    Amount(AmountError),
    Other(Unexpected<'static>),
}

impl Text {
    fn read(text: &str) -> Result<Amount, Problem> {
        let other = |unexpected| Err(Problem::Other(unexpected));
        match text.as_bytes().first() {
            Some(b'"') => {
                // Whoever handed over the text has found it to be JSON.
                let text = serde_json::from_str::<Cow<'_, str>>(text).unwrap_or_default();
                text.parse().map_err(Problem::Amount)
            }
            Some(b't') => other(Unexpected::Bool(true)),
            Some(b'f') => other(Unexpected::Bool(false)),
            Some(b'n') => other(Unexpected::Unit),
            Some(b'[') => other(Unexpected::Seq),
            Some(b'{') => other(Unexpected::Map),
            _ => text.parse().map_err(Problem::Amount),
        }
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Whole;

        impl Visitor<'_> for Whole {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the text of a value")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Text, E> {
                Ok(Text(Text::read(text)))
            }
        }

        deserializer.deserialize_str(Whole)
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Amount {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "number" })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn amount(text: &str) -> Amount {
        text.parse().unwrap()
    }

    #[test]
    fn json_keeps_every_digit_in_both_directions() {
        for text in [
            "0",
            "0.00",
            "10.10",
            "-5.5",
            "1234567890123.45",
            "0.000001",
            "999999999999999",
        ] {
            let read: Amount = serde_json::from_str(text).unwrap();
            let from_string: Amount = serde_json::from_str(&format!("\"{text}\"")).unwrap();
            assert_eq!(from_string, read, "{text}");
            assert_eq!(serde_json::to_string(&from_string).unwrap(), text);
        }
    }

    #[test]
    fn more_than_fifteen_digits_are_refused_as_number_as_string_and_on_writing() {
        for text in [
            "1234567890123456",
            "12345678901234.56",
            "0.1234567890123456",
            "99999999999999999999999999999999",
            "2.00000000000000000001",
            "100.000000000000001",
        ] {
            let error = serde_json::from_str::<Amount>(text).unwrap_err().to_string();
            assert!(error.contains("more than 15 significant digits"), "{text}: {error}");
            assert!(text.parse::<Amount>().is_err(), "{text}");
            assert!(
                serde_json::from_str::<Amount>(&format!("\"{text}\"")).is_err(),
                "{text}"
            );
            assert!(serde_json::from_reader::<_, Amount>(text.as_bytes()).is_err(), "{text}");
        }
        let sum = amount("999999999999999") + amount("0.01");
        assert!(
            serde_json::to_string(&sum)
                .unwrap_err()
                .to_string()
                .contains("significant")
        );
    }

    #[test]
    fn digits_are_taken_as_they_stand_wherever_there_is_text() {
        #[derive(Debug, PartialEq, Deserialize)]
        struct Line {
            price: Amount,
            more: Option<Amount>,
            all: Vec<Amount>,
        }
        let text = r#"{ "price": 10.10 , "more":"0.50", "all": [ 1.0, "\u0032", -3 , 4e1] }"#;
        let line: Line = serde_json::from_str(text).unwrap();
        assert_eq!(line, serde_json::from_reader(text.as_bytes()).unwrap());
        assert_eq!(line.price.to_string(), "10.10");
        assert_eq!(line.more.unwrap().to_string(), "0.50");
        assert_eq!(line.all, ["1.0", "2", "-3", "40"].map(amount));
        for (text, what) in [
            (
                r#"{"price":true,"all":[]}"#,
                "invalid type: boolean `true`, expected a decimal number",
            ),
            (
                r#"{"price":null,"all":[]}"#,
                "invalid type: null, expected a decimal number",
            ),
            (
                r#"{"price":{"a":"5"},"all":[]}"#,
                "invalid type: map, expected a decimal number",
            ),
            (r#"{"price":"1,5","all":[]}"#, "\"1,5\" is not a decimal number"),
            (
                r#"{"price":1.00000000000000001,"all":[]}"#,
                "more than 15 significant digits",
            ),
        ] {
            let error = serde_json::from_str::<Line>(text).unwrap_err().to_string();
            assert!(error.contains(what), "{text}: {error}");
        }
    }

    #[test]
    fn a_float_that_serde_made_is_refused_and_whole_numbers_and_strings_are_not() {
        #[derive(Debug, Deserialize)]
        #[serde(untagged)]
        enum Either {
            Price { price: Amount },
        }
        #[derive(Debug, Deserialize)]
        struct Outer {
            #[serde(flatten)]
            inner: Inner,
        }
        #[derive(Debug, Deserialize)]
        struct Inner {
            price: Amount,
        }
        for (price, good) in [
            ("5", true),
            (r#""5.10""#, true),
            ("5.5", false),
            ("2.00000000000000000001", false),
        ] {
            let text = format!(r#"{{"price":{price}}}"#);
            let flat = serde_json::from_str::<Outer>(&text);
            assert_eq!(flat.is_ok(), good, "{flat:?}");
            match serde_json::from_str::<Either>(&text) {
                Ok(Either::Price { price }) => assert_eq!(price, flat.unwrap().inner.price),
                Err(_) => assert!(flat.unwrap_err().to_string().contains("floating-point")),
            }
        }
        // An object is no amount, whatever it holds.
        assert!(serde_json::from_str::<Outer>(r#"{"price":{"a":"5"}}"#).is_err());
    }

    #[test]
    fn a_value_is_taken_for_what_it_prints() {
        let read = |value: Value| serde_json::from_value::<Amount>(value);
        assert_eq!(read(json!(19.99)).unwrap().to_string(), "19.99");
        assert_eq!(read(json!("19.990")).unwrap().to_string(), "19.990");
        assert!(read(json!(0.300_000_000_000_000_04)).is_err(), "17 digits");
        // Changed before it could be seen: what the documentation of the type says of a `Value`.
        assert_eq!(
            read(serde_json::from_str("2.00000000000000000001").unwrap())
                .unwrap()
                .to_string(),
            "2.0"
        );
        assert_eq!(serde_json::to_value(amount("19.990")).unwrap(), json!(19.99));
    }

    #[test]
    fn the_name_of_raw_text_is_learnt() {
        assert!(RAW.contains("RawValue"), "{}", *RAW);
    }
}
