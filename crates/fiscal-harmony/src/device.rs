//! The fiscal device's configuration: whose it is, and which taxes it may use.
//!
//! The service hands the authority's configuration out as JSON inside a string (`CurrentConfig`) \[docs\]\[vendor-code\]. Its
//! tax table is the only place where rates and tax ids stand: they differ by taxpayer and environment and change with
//! the law, so nothing here knows any of them beforehand.

use std::fmt;

use fh_types::{Amount, CatDateTime, jiff::civil::Date};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What the authority has configured for a device.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct DeviceConfig {
    /// The taxes that documents may use. Empty when the table was missing or could not be read: see [`DeviceConfig::unread`].
    pub taxes: Vec<ApplicableTax>,
    /// The taxpayer's registered name.
    pub taxpayer_name: Option<String>,
    /// The taxpayer's TIN.
    pub taxpayer_tin: Option<String>,
    /// Whether the taxpayer is registered for VAT.
    pub vat: VatStatus,
    /// The longest fiscal day in hours (`taxPayerDayMaxHrs`); 24 wherever it was seen.
    pub day_max_hours: Option<u32>,
    /// Until when the device's certificate is good.
    pub certificate_valid_till: Option<CatDateTime>,
    /// The device's serial number.
    pub serial_number: Option<String>,
    /// The branch where the device stands.
    pub branch_name: Option<String>,
    /// The branch's address, on one line.
    pub branch_address: Option<String>,
    /// The branch's e-mail address.
    pub branch_email: Option<String>,
    /// The branch's telephone.
    pub branch_phone: Option<String>,
    /// The base of the links behind QR codes.
    pub qr_url: Option<String>,
    /// What was there but could not be understood, in words. Nothing is guessed from it.
    pub unread: Vec<String>,
}

/// Whether a taxpayer is registered for VAT.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum VatStatus {
    /// Registered, under this number.
    Registered(String),
    /// Not registered: the configuration tells who the taxpayer is and gives no VAT number.
    NotRegistered,
    /// The configuration says nothing about the taxpayer.
    #[default]
    Unknown,
}

/// One row of the authority's tax table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ApplicableTax {
    /// The id that a tax mapping names (`taxID`).
    pub id: i64,
    /// The name for people. Never read a rate from it.
    pub name: String,
    /// The rate in per cent; `None` is exempt, which is not the same as zero.
    pub percent: Option<Amount>,
    /// The first day of the tax; `None` has no beginning.
    #[serde(default, with = "day")]
    pub valid_from: Option<Date>,
    /// The last day of the tax, included; `None` has no end.
    #[serde(default, with = "day")]
    pub valid_till: Option<Date>,
}

/// A day as it is kept, such as `2026-01-31`.
mod day {
    use fh_types::jiff::civil::Date;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(day: &Option<Date>, serializer: S) -> Result<S::Ok, S::Error> {
        day.map(|day| day.to_string()).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| text.parse().map_err(D::Error::custom)).transpose()
    }
}

impl ApplicableTax {
    /// A tax without limits of time.
    #[must_use]
    pub fn new(id: i64, name: impl Into<String>, percent: Option<Amount>) -> Self {
        Self {
            id,
            name: name.into(),
            percent,
            valid_from: None,
            valid_till: None,
        }
    }

    /// True when the tax may be used on a document of that date. Whole days count, in Central Africa Time: whether the
    /// authority ends a tax at the first or the last second of its last day is not written down.
    #[must_use]
    pub fn applies_on(&self, date: CatDateTime) -> bool {
        let day = date.civil().date();
        self.valid_from.is_none_or(|from| from <= day) && self.valid_till.is_none_or(|till| day <= till)
    }
}

/// Shown as a person would name it: `Standard rated 15.5% (id 517, 15.5 %)`.
impl fmt::Display for ApplicableTax {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.percent {
            Some(percent) => write!(f, "{} (id {}, {percent} %)", self.name, self.id),
            None => write!(f, "{} (id {}, exempt)", self.name, self.id),
        }
    }
}

/// Why a text is no device configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceConfigError {
    /// The text is not JSON.
    #[error("the device's CurrentConfig is not JSON ({0}); ask the service for the device's configuration again")]
    NotJson(String),
    /// It is JSON, and not an object.
    #[error("the device's CurrentConfig is {0}, where an object was expected; is the device activated?")]
    NotAnObject(&'static str),
}

impl DeviceConfig {
    /// Reads the text of `CurrentConfig`.
    ///
    /// Real ones vary, and so this takes: a table that is a list, an object around a list or a string with JSON in it; names
    /// in any case; numbers as strings; members that are missing. What it cannot understand it leaves out and says so in
    /// [`DeviceConfig::unread`].
    ///
    /// # Errors
    ///
    /// When the text is not JSON, or not an object.
    ///
    /// ```
    /// use fiscal_harmony::device::DeviceConfig;
    /// let config = DeviceConfig::from_json(r#"{"applicableTaxes":[{"taxID":1,"taxName":"Standard rated 15%","taxPercent":15.0}]}"#)?;
    /// assert_eq!(config.taxes[0].to_string(), "Standard rated 15% (id 1, 15.0 %)");
    /// # Ok::<(), fiscal_harmony::device::DeviceConfigError>(())
    /// ```
    pub fn from_json(text: &str) -> Result<Self, DeviceConfigError> {
        let value = serde_json::from_str(text).map_err(|error| DeviceConfigError::NotJson(error.to_string()))?;
        Self::from_value(&value)
    }

    /// Reads `CurrentConfig` from JSON: a string that holds it, or the object itself.
    ///
    /// # Errors
    ///
    /// As [`DeviceConfig::from_json`].
    pub fn from_value(value: &Value) -> Result<Self, DeviceConfigError> {
        match value {
            Value::String(text) => {
                let inner =
                    serde_json::from_str(text).map_err(|error| DeviceConfigError::NotJson(error.to_string()))?;
                match inner {
                    // Some layers wrap the string twice; more often than that is a mistake.
                    Value::String(text) => serde_json::from_str::<Map<String, Value>>(&text)
                        .map(|object| Self::from_object(&object))
                        .map_err(|error| DeviceConfigError::NotJson(error.to_string())),
                    Value::Object(object) => Ok(Self::from_object(&object)),
                    other => Err(DeviceConfigError::NotAnObject(kind(&other))),
                }
            }
            Value::Object(object) => Ok(Self::from_object(object)),
            other => Err(DeviceConfigError::NotAnObject(kind(other))),
        }
    }

    /// The tax with that id which applies on `date`; else any with that id, so that one can say when it did apply.
    #[must_use]
    pub fn tax(&self, id: i64, date: CatDateTime) -> Option<&ApplicableTax> {
        let with_id = || self.taxes.iter().filter(|tax| tax.id == id);
        with_id().find(|tax| tax.applies_on(date)).or_else(|| with_id().next())
    }

    fn from_object(object: &Map<String, Value>) -> Self {
        let mut config = Self::default();
        match member(object, "applicableTaxes") {
            Some(table) => config.read_taxes(table, 0),
            None => config.unread.push("there is no applicableTaxes".to_owned()),
        }
        config.taxpayer_name = text(object, "taxPayerName");
        config.taxpayer_tin = text(object, "taxPayerTIN");
        config.vat = match text(object, "vatNumber") {
            Some(number) => VatStatus::Registered(number),
            // The authority leaves the number out for those who have none. A config that names no taxpayer at all says nothing.
            None if member(object, "vatNumber").is_some() || config.taxpayer_tin.is_some() => VatStatus::NotRegistered,
            None => VatStatus::Unknown,
        };
        config.serial_number = text(object, "deviceSerialNo");
        config.branch_name = text(object, "deviceBranchName");
        config.branch_address = object_member(object, "deviceBranchAddress").and_then(address);
        let contacts = object_member(object, "deviceBranchContacts");
        config.branch_email = contacts.and_then(|contacts| text(contacts, "email"));
        config.branch_phone = contacts.and_then(|contacts| text(contacts, "phoneNo"));
        config.qr_url = text(object, "qrUrl");
        config.day_max_hours = text(object, "taxPayerDayMaxHrs").and_then(|hours| {
            let read = hours.parse().ok();
            config.note_unread(read.is_none(), "taxPayerDayMaxHrs", &hours);
            read
        });
        config.certificate_valid_till = text(object, "certificateValidTill").and_then(|till| {
            let read = till.parse().ok().or_else(|| format!("{till}T23:59:59").parse().ok());
            config.note_unread(read.is_none(), "certificateValidTill", &till);
            read
        });
        config
    }

    fn read_taxes(&mut self, table: &Value, depth: usize) {
        match table {
            Value::Array(rows) => {
                for (at, row) in rows.iter().enumerate() {
                    match row {
                        Value::Object(row) => self.read_tax(row, at),
                        other => self.unread.push(format!("applicableTaxes[{at}] is {}", kind(other))),
                    }
                }
            }
            Value::String(text) if depth == 0 => match serde_json::from_str(text) {
                Ok(table) => self.read_taxes(&table, depth + 1),
                Err(_) => self
                    .unread
                    .push("applicableTaxes is a string that is not JSON".to_owned()),
            },
            Value::Object(row) if member(row, "taxID").is_some() => self.read_tax(row, 0),
            Value::Object(around) if depth < 2 => {
                for inner in around.values().filter(|inner| inner.is_array() || inner.is_object()) {
                    self.read_taxes(inner, depth + 1);
                }
            }
            other => self.unread.push(format!("applicableTaxes is {}", kind(other))),
        }
    }

    fn read_tax(&mut self, row: &Map<String, Value>, at: usize) {
        let Some(id) = text(row, "taxID").and_then(|id| id.parse().ok()) else {
            self.unread.push(format!("applicableTaxes[{at}] has no readable taxID"));
            return;
        };
        let percent = match member(row, "taxPercent") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if text.trim().is_empty() => None,
            Some(value) => match Amount::deserialize(value) {
                Ok(percent) => Some(percent),
                // Without its rate the row would read as exempt, so it goes.
                Err(_) => {
                    self.unread.push(format!("the tax {id} has no readable taxPercent"));
                    return;
                }
            },
        };
        let mut day = |names: [&str; 2]| {
            let written = names.iter().find_map(|name| text(row, name))?;
            let read = written
                .parse::<CatDateTime>()
                .map(|date| date.civil().date())
                .ok()
                .or_else(|| written.parse().ok());
            self.note_unread(read.is_none(), names[0], &written);
            read
        };
        // The authority's text says taxValidFrom, its wire validFrom.
        let (valid_from, valid_till) = (day(["validFrom", "taxValidFrom"]), day(["validTill", "taxValidTill"]));
        let name = text(row, "taxName").unwrap_or_default();
        self.taxes.push(ApplicableTax {
            id,
            name,
            percent,
            valid_from,
            valid_till,
        });
    }

    fn note_unread(&mut self, unread: bool, name: &str, value: &str) {
        if unread {
            self.unread.push(format!("{name} is {value:?}"));
        }
    }
}

/// A member by its name, in any case.
fn member<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object.get(name).or_else(|| {
        object
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    })
}

/// A member as text, if it is one or a number and not empty.
fn text(object: &Map<String, Value>, name: &str) -> Option<String> {
    match member(object, name)? {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn object_member<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Map<String, Value>> {
    member(object, name)?.as_object()
}

/// In the order in which the authority has it printed \[zimra\]. A town is often its province's namesake, and stands there once then.
fn address(parts: &Map<String, Value>) -> Option<String> {
    let mut known: Vec<String> = ["houseNo", "street", "city", "province"]
        .iter()
        .filter_map(|name| text(parts, name))
        .collect();
    known.dedup();
    Some(known.join(", ")).filter(|address| !address.is_empty())
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn taxes(table: Value) -> Vec<(i64, Option<Amount>)> {
        let config = DeviceConfig::from_value(&json!({ "applicableTaxes": table })).unwrap();
        config.taxes.iter().map(|tax| (tax.id, tax.percent)).collect()
    }

    #[test]
    fn the_tax_table_is_read_in_every_form_seen() {
        let rows = json!([{"taxID": 517, "taxName": "Standard", "taxPercent": 15.5}, {"taxID": "3", "taxName": "Exempt", "taxPercent": null}]);
        let expected = vec![(517, "15.5".parse().ok()), (3, None)];
        assert_eq!(taxes(rows.clone()), expected);
        assert_eq!(taxes(json!(rows.to_string())), expected, "a string with JSON in it");
        assert_eq!(
            taxes(json!({ "applicableTaxes": rows })),
            expected,
            "an object around the list"
        );
        assert_eq!(
            taxes(json!({ "a": rows[0], "b": rows[1] })),
            expected,
            "an object of rows"
        );
        let other_spelling =
            DeviceConfig::from_value(&json!({ "ApplicableTaxes": [{"TaxId": 2, "TaxPercent": "0.00"}] })).unwrap();
        assert_eq!(other_spelling.taxes[0].percent, Some(Amount::ZERO));
        assert_eq!(other_spelling.taxes[0].name, "");
    }

    #[test]
    fn the_whole_may_be_a_string_in_a_string() {
        let inner = json!({ "applicableTaxes": [{"taxID": 1, "taxPercent": 15}] }).to_string();
        let once = Value::String(inner.clone());
        let twice = Value::String(once.to_string());
        for value in [once, twice] {
            assert_eq!(DeviceConfig::from_value(&value).unwrap().taxes.len(), 1);
        }
        assert_eq!(
            DeviceConfig::from_value(&Value::Null),
            Err(DeviceConfigError::NotAnObject("null"))
        );
        assert!(matches!(
            DeviceConfig::from_json("<html>"),
            Err(DeviceConfigError::NotJson(_))
        ));
    }

    #[test]
    fn what_cannot_be_read_is_left_out_and_said() {
        let config = DeviceConfig::from_value(&json!({
            "applicableTaxes": [7, {"taxName": "no id"}, {"taxID": 5, "taxPercent": "a lot"}, {"taxID": 6, "taxPercent": 5, "validTill": "soon"}],
            "taxPayerDayMaxHrs": "24", "certificateValidTill": "2027-03-01"
        }))
        .unwrap();
        assert_eq!(config.taxes.len(), 1);
        assert_eq!(config.unread.len(), 4, "{:?}", config.unread);
        assert_eq!(config.day_max_hours, Some(24));
        assert_eq!(
            config.certificate_valid_till.unwrap().to_string(),
            "2027-03-01T23:59:59+02:00"
        );
    }

    #[test]
    fn vat_registration_is_known_or_said_to_be_unknown() {
        let vat = |value: Value| DeviceConfig::from_value(&value).unwrap().vat;
        assert_eq!(
            vat(json!({"vatNumber": "220012345"})),
            VatStatus::Registered("220012345".into())
        );
        assert_eq!(vat(json!({"vatNumber": null})), VatStatus::NotRegistered);
        assert_eq!(vat(json!({"taxPayerTIN": "2000123456"})), VatStatus::NotRegistered);
        assert_eq!(vat(json!({"applicableTaxes": []})), VatStatus::Unknown);
    }

    #[test]
    fn a_tax_applies_on_whole_days() {
        let config = DeviceConfig::from_value(&json!({ "applicableTaxes": [
            {"taxID": 1, "taxPercent": 15, "validFrom": "2023-01-01T00:00:00", "validTill": "2025-12-31T00:00:00"},
            {"taxID": 1, "taxPercent": 15.5, "validFrom": "2026-01-01"}
        ]}))
        .unwrap();
        let on = |date: &str| {
            config
                .tax(1, date.parse().unwrap())
                .unwrap()
                .percent
                .unwrap()
                .to_string()
        };
        assert_eq!(on("2025-12-31T23:59:59"), "15");
        assert_eq!(on("2026-01-01T00:00:00"), "15.5");
        assert!(!config.taxes[1].applies_on("2025-12-31T23:59:59".parse().unwrap()));
        assert_eq!(config.tax(9, "2026-01-01T00:00:00".parse().unwrap()), None);
    }
}
