//! What the service knows about an account: the device, its taxes, the mappings, the currencies, the subscription.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use fh_types::{CatDateTime, jiff::Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    device::{ApplicableTax, DeviceConfig, VatStatus},
    tax::Tax,
};

/// What the service knows about an account, as of one moment. Preflight checks documents against it.
///
/// A part that is not known is left out, and the rules that need it are skipped and say so. It can be kept as JSON, of a form of its own, and
/// read again by this or a later version.
///
/// ```
/// use fiscal_harmony::{catalogue::Catalogue, device::DeviceConfig};
/// # use fh_types::jiff::Timestamp;
/// let config = DeviceConfig::from_json(r#"{"applicableTaxes":[{"taxID":517,"taxName":"Standard rated 15.5%","taxPercent":15.5}]}"#)?;
/// let catalogue = Catalogue::new(Timestamp::UNIX_EPOCH).with_device(config).with_tax_mapping("VAT", 517).with_supported_currencies(["USD", "ZWG"]);
/// assert_eq!(catalogue.tax_id("VAT"), Some(517));
/// # Ok::<(), fiscal_harmony::device::DeviceConfigError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Catalogue {
    #[serde(with = "instant")]
    fetched_at: Timestamp,
    device: Option<DeviceConfig>,
    tax_mappings: BTreeMap<String, i64>,
    currency_mappings: BTreeMap<String, String>,
    supported_currencies: BTreeSet<String>,
    subscription: Option<SubscriptionState>,
    unread: Vec<String>,
}

/// What is known about the subscription. The vendor documents none of its fields, so everything here may be missing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct SubscriptionState {
    /// The billing status, in the service's own word. No value is known, so nothing is concluded from it.
    pub status: Option<String>,
    /// Until when it is paid.
    pub valid_till: Option<CatDateTime>,
}

impl SubscriptionState {
    /// A subscription by what is known of it.
    #[must_use]
    pub fn new(status: Option<String>, valid_till: Option<CatDateTime>) -> Self {
        Self { status, valid_till }
    }
}

/// A moment as it is kept: microseconds since 1970.
mod instant {
    use fh_types::jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(instant: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        instant.as_microsecond().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        Timestamp::from_microsecond(i64::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl Catalogue {
    /// A catalogue that knows nothing yet, as of `fetched_at`.
    #[must_use]
    pub fn new(fetched_at: Timestamp) -> Self {
        Self {
            fetched_at,
            device: None,
            tax_mappings: BTreeMap::new(),
            currency_mappings: BTreeMap::new(),
            supported_currencies: BTreeSet::new(),
            subscription: None,
            unread: Vec::new(),
        }
    }

    /// With the device's configuration.
    #[must_use]
    pub fn with_device(mut self, config: DeviceConfig) -> Self {
        self.device = Some(config);
        self
    }

    /// With one tax mapping: your code, and the authority's tax id.
    #[must_use]
    pub fn with_tax_mapping(mut self, code: impl Into<String>, tax_id: i64) -> Self {
        self.tax_mappings.insert(code.into(), tax_id);
        self
    }

    /// With one currency mapping: your code, and the authority's.
    #[must_use]
    pub fn with_currency_mapping(mut self, source: impl Into<String>, destination: impl Into<String>) -> Self {
        self.currency_mappings.insert(source.into(), destination.into());
        self
    }

    /// With the currencies that the service supports.
    #[must_use]
    pub fn with_supported_currencies<I>(mut self, codes: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.supported_currencies.extend(codes.into_iter().map(Into::into));
        self
    }

    /// With what is known of the subscription.
    #[must_use]
    pub fn with_subscription(mut self, state: SubscriptionState) -> Self {
        self.subscription = Some(state);
        self
    }

    /// With something that was there but could not be understood, in words.
    #[must_use]
    pub fn with_unread(mut self, what: impl Into<String>) -> Self {
        self.unread.push(what.into());
        self
    }

    /// When it was fetched.
    #[must_use]
    pub fn fetched_at(&self) -> Timestamp {
        self.fetched_at
    }

    /// How old it is at `now`; nothing when the clock went backwards since.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> Duration {
        Duration::try_from(now.duration_since(self.fetched_at)).unwrap_or_default()
    }

    /// The device's configuration, when known.
    #[must_use]
    pub fn device(&self) -> Option<&DeviceConfig> {
        self.device.as_ref()
    }

    /// What is known of the subscription.
    #[must_use]
    pub fn subscription(&self) -> Option<&SubscriptionState> {
        self.subscription.as_ref()
    }

    /// What the service answered but could not be understood, in words: rules may be skipped for it.
    pub fn unread(&self) -> impl Iterator<Item = &str> {
        let in_device = self.device.iter().flat_map(|device| &device.unread);
        self.unread.iter().chain(in_device).map(String::as_str)
    }

    /// The authority's tax id behind your tax code. Codes are compared exactly, as the service does \[docs\].
    #[must_use]
    pub fn tax_id(&self, code: &str) -> Option<i64> {
        self.tax_mappings.get(code).copied()
    }

    /// The tax behind your code on that date: the row that applies, else one with the right id that does not apply.
    #[must_use]
    pub fn tax(&self, code: &str, date: CatDateTime) -> Option<&ApplicableTax> {
        self.device.as_ref()?.tax(self.tax_id(code)?, date)
    }

    /// The tax behind your code as a line carries it, with the rate that holds on that date.
    ///
    /// `None` when the code is not mapped, or the device's table has no row for it that applies on that date: then no rate is
    /// known, and none is guessed.
    ///
    /// ```
    /// use fiscal_harmony::{catalogue::Catalogue, device::DeviceConfig, tax::Tax};
    /// # use fh_types::jiff::Timestamp;
    /// let config = DeviceConfig::from_json(r#"{"applicableTaxes":[
    ///   {"taxID":1,"taxName":"Standard","taxPercent":15,"validTill":"2025-12-31"},
    ///   {"taxID":1,"taxName":"Standard","taxPercent":15.5,"validFrom":"2026-01-01"}]}"#)?;
    /// let catalogue = Catalogue::new(Timestamp::UNIX_EPOCH).with_device(config).with_tax_mapping("VAT", 1);
    /// let rate = |date: &str| catalogue.tax_for("VAT", date.parse().unwrap()).and_then(|tax| tax.percent());
    /// assert_eq!(rate("2025-12-31T23:59:59"), "15".parse().ok());
    /// assert_eq!(rate("2026-01-01T00:00:00"), "15.5".parse().ok());
    /// assert_eq!(catalogue.tax_for("EX", "2026-01-01T00:00:00".parse()?), None, "not mapped");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn tax_for(&self, code: &str, date: CatDateTime) -> Option<Tax> {
        let tax = self.tax(code, date).filter(|tax| tax.applies_on(date))?;
        Some(match tax.percent {
            Some(percent) => Tax::rated(code, percent),
            None => Tax::exempt(code),
        })
    }

    /// Your mapped tax codes with the authority's ids, in the order of the codes.
    pub fn tax_mappings(&self) -> impl Iterator<Item = (&str, i64)> {
        self.tax_mappings.iter().map(|(code, id)| (code.as_str(), *id))
    }

    /// True when anything is known about currencies.
    #[must_use]
    pub fn knows_currencies(&self) -> bool {
        !self.supported_currencies.is_empty() || !self.currency_mappings.is_empty()
    }

    /// True when a document may use the code: it is supported, or mapped. Integrations send the source code of a mapping or
    /// its destination \[vendor-code\], so either will do.
    #[must_use]
    pub fn takes_currency(&self, code: &str) -> bool {
        self.supported_currencies.contains(code)
            || self.currency_mappings.contains_key(code)
            || self.currency_mappings.values().any(|destination| destination == code)
    }

    /// Every currency code that a document may use.
    pub fn currencies(&self) -> impl Iterator<Item = &str> {
        let mapped = self
            .currency_mappings
            .iter()
            .flat_map(|(source, destination)| [source, destination]);
        let all: BTreeSet<&str> = self
            .supported_currencies
            .iter()
            .chain(mapped)
            .map(String::as_str)
            .collect();
        all.into_iter()
    }

    /// Whether taxes can be looked up: the tax table is there.
    #[must_use]
    pub fn knows_taxes(&self) -> bool {
        self.device.as_ref().is_some_and(|device| !device.taxes.is_empty())
    }

    /// Whether the taxpayer is registered for VAT.
    #[must_use]
    pub fn vat(&self) -> &VatStatus {
        self.device.as_ref().map_or(&VatStatus::Unknown, |device| &device.vat)
    }
}

/// The end of a subscription, if one of its members has a name that can mean nothing else. None is documented, so these
/// names are guesses \[inferred\], and a rule that uses the answer only warns.
#[must_use]
pub fn end_of_subscription(subscription: &Map<String, Value>) -> Option<CatDateTime> {
    const NAMES: [&str; 3] = ["ValidTill", "ExpiryDate", "EndDate"];
    let named = |name: &str| NAMES.iter().any(|known| known.eq_ignore_ascii_case(name));
    let (_, value) = subscription.iter().find(|(name, _)| named(name))?;
    let text = value.as_str()?;
    text.parse().or_else(|_| format!("{text}T23:59:59").parse()).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_kept_of_it_is_all_of_it() {
        let config = DeviceConfig::from_json(
            r#"{"applicableTaxes":[{"taxID":517,"taxName":"Standard","taxPercent":15.5,"validFrom":"2026-01-01"},
            {"taxID":3,"taxName":"Exempt"}],"vatNumber":"220","taxPayerName":"Shop"}"#,
        )
        .unwrap();
        let catalogue = Catalogue::new(Timestamp::from_microsecond(1_700_000_000_123_456).unwrap())
            .with_device(config)
            .with_tax_mapping("VAT", 517)
            .with_currency_mapping("ZIG", "ZWG")
            .with_supported_currencies(["USD"])
            .with_subscription(SubscriptionState::new(
                Some("Paid".to_owned()),
                "2027-01-31T10:00:00".parse().ok(),
            ))
            .with_unread("a part");
        let kept = serde_json::to_string(&catalogue).unwrap();
        assert_eq!(serde_json::from_str::<Catalogue>(&kept).unwrap(), catalogue, "{kept}");
    }

    #[test]
    fn an_age_is_never_negative() {
        let catalogue = Catalogue::new(Timestamp::from_second(1_000).unwrap());
        assert_eq!(
            catalogue.age(Timestamp::from_second(1_090).unwrap()),
            Duration::from_secs(90)
        );
        assert_eq!(catalogue.age(Timestamp::from_second(10).unwrap()), Duration::ZERO);
    }

    #[test]
    fn a_currency_may_be_supported_or_either_end_of_a_mapping() {
        let catalogue = Catalogue::new(Timestamp::UNIX_EPOCH)
            .with_currency_mapping("ZIG", "ZWG")
            .with_supported_currencies(["USD"]);
        assert!(["USD", "ZIG", "ZWG"].iter().all(|code| catalogue.takes_currency(code)));
        assert!(!catalogue.takes_currency("ZWL"));
        assert_eq!(catalogue.currencies().collect::<Vec<_>>(), ["USD", "ZIG", "ZWG"]);
        assert!(!Catalogue::new(Timestamp::UNIX_EPOCH).knows_currencies());
    }

    #[test]
    fn an_end_is_read_where_a_name_says_so_and_nowhere_else() {
        let end = |value: Value| end_of_subscription(value.as_object().unwrap()).map(|end| end.to_string());
        assert_eq!(
            end(json!({"validTill": "2027-01-31"})),
            Some("2027-01-31T23:59:59+02:00".into())
        );
        assert_eq!(
            end(json!({"ExpiryDate": "2027-01-31T10:00:00Z"})),
            Some("2027-01-31T12:00:00+02:00".into())
        );
        assert_eq!(end(json!({"ValidFrom": "2027-01-31", "EndDate": 7})), None);
    }
}
