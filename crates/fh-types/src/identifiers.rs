//! Numbers and codes with a known form. Each is checked when it is made.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Why a text is not the identifier it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is not a {what}: it must be {form}")]
pub struct IdentifierError {
    what: &'static str,
    form: &'static str,
    value: String,
}

impl IdentifierError {
    /// The form that was expected, in words.
    #[must_use]
    pub fn form(&self) -> &'static str {
        self.form
    }
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $what:literal, $form:literal, $read:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Reads the identifier, or says what form it must have.
            ///
            /// # Errors
            ///
            /// When the text does not have that form.
            pub fn parse(text: &str) -> Result<Self, IdentifierError> {
                let read: fn(&str) -> Option<String> = $read;
                read(text).map(Self).ok_or_else(|| IdentifierError {
                    what: $what,
                    form: $form,
                    value: text.chars().take(60).collect(),
                })
            }

            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdentifierError;

            fn from_str(text: &str) -> Result<Self, IdentifierError> {
                Self::parse(text)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = IdentifierError;

            fn try_from(text: &str) -> Result<Self, IdentifierError> {
                Self::parse(text)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl From<$name> for String {
            fn from(identifier: $name) -> Self {
                identifier.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::parse(&text).map_err(de::Error::custom)
            }
        }

        #[cfg(feature = "schemars")]
        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "description": $form })
            }
        }
    };
}

fn digits(text: &str, lengths: &[usize]) -> Option<String> {
    (lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.to_owned())
}

identifier!(
    /// What the service calls a submission by, so that its outcome can be asked for.
    ///
    /// It comes back as bare text, by one account as a JSON string \[docs\]\[third-party\]: white space and quotes around it
    /// are dropped. It is opaque; nothing says that it is a GUID.
    ///
    /// ```
    /// # use fh_types::RequestId;
    /// let id = RequestId::parse("\"6f9619ff-8b86-d011-b42d-00c04fc964ff\"\r\n")?;
    /// assert_eq!(id.as_str(), "6f9619ff-8b86-d011-b42d-00c04fc964ff");
    /// # Ok::<(), fh_types::IdentifierError>(())
    /// ```
    RequestId,
    "request id",
    "a short printable text, as the service gave it",
    |text| {
        let text = text.trim_matches(|c: char| c.is_whitespace() || c == '"' || c == '\u{feff}');
        (!text.is_empty() && text.len() <= 256 && !text.contains(|c: char| c.is_control() || c == '<')).then(|| text.to_owned())
    }
);

identifier!(
    /// A taxpayer identification number: ten digits \[zimra\].
    Tin,
    "TIN",
    "ten digits",
    |text| digits(text, &[10])
);

identifier!(
    /// A VAT registration number: nine digits \[zimra\].
    VatNumber,
    "VAT number",
    "nine digits",
    |text| digits(text, &[9])
);

identifier!(
    /// A Harmonised System code, on the wire `ProductCode`: four or eight digits, eight being safe everywhere
    /// \[zimra\]\[kb\]. Separators are stripped (`1905.90.00`), a missing nought is never made up.
    ///
    /// ```
    /// # use fh_types::HsCode;
    /// assert_eq!(HsCode::parse("1905.90.00")?.as_str(), "19059000");
    /// assert!(HsCode::parse("4031000").is_err(), "a leading nought was lost, in a spreadsheet perhaps");
    /// # Ok::<(), fh_types::IdentifierError>(())
    /// ```
    HsCode,
    "HS code",
    "four or eight digits",
    |text| {
        let bare: String = text.chars().filter(|c| !matches!(c, '.' | ' ' | '-' | ',')).collect();
        digits(&bare, &[4, 8])
    }
);

identifier!(
    /// A currency by its three upper-case letters, such as `USD` or `ZWG` \[zimra\].
    CurrencyCode,
    "currency code",
    "three upper-case letters, such as USD or ZWG",
    |text| (text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase())).then(|| text.to_owned())
);

identifier!(
    /// The code printed beside the QR code, by which anyone can look the receipt up at the authority: sixteen hexadecimal
    /// digits in four groups \[zimra\].
    ///
    /// ```
    /// # use fh_types::VerificationCode;
    /// assert_eq!(VerificationCode::parse("192ec0aecb75c13d")?.as_str(), "192E-C0AE-CB75-C13D");
    /// # Ok::<(), fh_types::IdentifierError>(())
    /// ```
    VerificationCode,
    "verification code",
    "sixteen hexadecimal digits, written XXXX-XXXX-XXXX-XXXX",
    |text| {
        let bare: Vec<u8> = text.trim().bytes().filter(|byte| *byte != b'-').collect();
        (bare.len() == 16 && bare.iter().all(u8::is_ascii_hexdigit)).then(|| {
            bare.chunks(4)
                .map(|group| String::from_utf8_lossy(group).to_ascii_uppercase())
                .collect::<Vec<_>>()
                .join("-")
        })
    }
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_identifier_takes_its_form_and_no_other() {
        assert!(Tin::parse("2000123456").is_ok());
        for text in ["200012345", "20001234567", "200012345A", "２000123456", ""] {
            assert!(Tin::parse(text).is_err(), "{text:?}");
        }
        assert!(VatNumber::parse("220012345").is_ok());
        assert!(VatNumber::parse("2200123456").is_err());
        assert!(
            HsCode::parse("190590").is_err(),
            "six digits are an international code, not a ZIMRA one"
        );
        assert!(HsCode::parse("0403").is_ok());
        assert!(CurrencyCode::parse("usd").is_err());
        assert!(VerificationCode::parse("192E-C0AE-CB75-C13").is_err());
    }

    #[test]
    fn a_request_id_is_never_empty_and_never_a_web_page() {
        assert!(RequestId::parse(" \"\" ").is_err());
        assert!(RequestId::parse("<html>502</html>").is_err());
        assert_eq!(RequestId::parse("RINV/2026/00002").unwrap().as_str(), "RINV/2026/00002");
    }

    #[test]
    fn the_error_names_the_value_and_the_form() {
        let error = Tin::parse("123").unwrap_err();
        assert_eq!(error.to_string(), "\"123\" is not a TIN: it must be ten digits");
    }
}
