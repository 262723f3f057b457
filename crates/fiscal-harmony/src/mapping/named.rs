//! The authority's taxes, by name and rate instead of by an id that differs between environments.

use std::fmt;

use fh_types::{Amount, CatDateTime};

use crate::device::ApplicableTax;

/// A tax of the authority's as people name it.
///
/// The name is compared without regard to capitals and to how many blanks there are. What is left out is not compared, so that a
/// name or a rate alone will do where there is only one such tax.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct NamedTax {
    /// The authority's name, such as `Standard rated 15.5%`.
    pub name: Option<String>,
    /// The rate in per cent; the inner `None` is exempt.
    pub rate: Option<Option<Amount>>,
    /// The authority's id, to tell taxes of one name and rate apart. It differs between environments.
    pub id: Option<i64>,
}

/// Why a name stands for no tax, or not for one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unresolved {
    /// The device has no table of taxes.
    NoTable,
    /// Neither a name nor a rate nor an id was given.
    Nothing,
    /// No tax of the device fits.
    NoSuchTax {
        /// What was looked for.
        wanted: NamedTax,
        /// Those of the rate that was looked for.
        of_that_rate: Vec<ApplicableTax>,
        /// What the device has.
        known: Vec<ApplicableTax>,
    },
    /// There is one of that name, at another rate.
    OtherRate {
        /// What was looked for.
        wanted: NamedTax,
        /// What there is.
        found: ApplicableTax,
    },
    /// It fits, and does not apply on the day.
    NotOnTheDay {
        /// What fits.
        found: ApplicableTax,
        /// What applies instead, where its id or its name says so.
        instead: Option<ApplicableTax>,
        /// What the device has that applies.
        known: Vec<ApplicableTax>,
    },
    /// Several fit.
    Several {
        /// All of them.
        found: Vec<ApplicableTax>,
    },
}

impl NamedTax {
    /// A tax by the authority's name and its rate in per cent; `None` is exempt.
    #[must_use]
    pub fn new(name: impl Into<String>, rate: Option<Amount>) -> Self {
        Self {
            name: Some(name.into()),
            rate: Some(rate),
            id: None,
        }
    }

    /// The name by which `tax` is found among `all` again, on a day on which it applies.
    #[must_use]
    pub fn of(tax: &ApplicableTax, all: &[ApplicableTax], day: CatDateTime) -> Self {
        let named = Self {
            name: Some(tax.name.clone()).filter(|name| !name.trim().is_empty()),
            rate: Some(tax.percent),
            id: None,
        };
        if named.find(all, day).is_ok() {
            return named;
        }
        Self {
            id: Some(tax.id),
            ..named
        }
    }

    /// The tax that is meant, among those of a device, on a day.
    ///
    /// # Errors
    ///
    /// When none fits, when the one that does has ended or not begun, and when several do.
    pub fn find(&self, all: &[ApplicableTax], day: CatDateTime) -> Result<ApplicableTax, Box<Unresolved>> {
        if all.is_empty() {
            return Err(Unresolved::NoTable.into());
        }
        if self.name.is_none() && self.rate.is_none() && self.id.is_none() {
            return Err(Unresolved::Nothing.into());
        }
        let fits = |tax: &&ApplicableTax| self.has_name_of(tax) && self.has_rate_of(tax) && self.has_id_of(tax);
        let mut now: Vec<&ApplicableTax> = all.iter().filter(fits).filter(|tax| tax.applies_on(day)).collect();
        // Two rows of one tax that both apply are one tax.
        now.dedup_by_key(|tax| tax.id);
        match now.as_slice() {
            [one] => return Ok((*one).clone()),
            [] => {}
            several => {
                return Err(Unresolved::Several {
                    found: several.iter().map(|tax| (*tax).clone()).collect(),
                }
                .into());
            }
        }
        let current = |of: &dyn Fn(&ApplicableTax) -> bool| {
            all.iter()
                .filter(|tax| of(tax))
                .find(|tax| tax.applies_on(day))
                .cloned()
        };
        if let Some(found) = all.iter().find(fits) {
            let instead = current(&|tax| tax.id == found.id).or_else(|| current(&|tax| self.has_name_of(tax)));
            return Err(Unresolved::NotOnTheDay {
                found: found.clone(),
                instead: instead.filter(|_| self.name.is_some() || self.id.is_some()),
                known: all.iter().filter(|tax| tax.applies_on(day)).cloned().collect(),
            }
            .into());
        }
        if let Some(found) = self.name.as_ref().and_then(|_| current(&|tax| self.has_name_of(tax))) {
            return Err(Unresolved::OtherRate {
                wanted: self.clone(),
                found,
            }
            .into());
        }
        let applies = |tax: &&ApplicableTax| tax.applies_on(day);
        Err(Unresolved::NoSuchTax {
            wanted: self.clone(),
            of_that_rate: all
                .iter()
                .filter(applies)
                .filter(|tax| self.rate.is_some() && self.has_rate_of(tax))
                .cloned()
                .collect(),
            known: all.iter().filter(applies).cloned().collect(),
        }
        .into())
    }

    fn has_name_of(&self, tax: &ApplicableTax) -> bool {
        self.name.as_deref().is_none_or(|name| plain(name) == plain(&tax.name))
    }

    fn has_rate_of(&self, tax: &ApplicableTax) -> bool {
        self.rate.is_none_or(|rate| rate == tax.percent)
    }

    fn has_id_of(&self, tax: &ApplicableTax) -> bool {
        self.id.is_none_or(|id| id == tax.id)
    }
}

/// A name without its capitals and with one blank where there are several.
pub(super) fn plain(name: &str) -> String {
    let words: Vec<_> = name.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}

/// Shown as `"Standard rated 15.5%" at 15.5 %`.
impl fmt::Display for NamedTax {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rate = match self.rate {
            None => None,
            Some(None) => Some("exempt".to_owned()),
            Some(Some(percent)) => Some(format!("at {percent} %")),
        };
        let name = self.name.as_ref().map(|name| format!("{name:?}"));
        let id = self.id.map(|id| format!("id {id}"));
        let parts: Vec<_> = [name, rate, id].into_iter().flatten().collect();
        f.write_str(if parts.is_empty() { "no tax" } else { "" })?;
        f.write_str(&parts.join(" "))
    }
}

/// Names of taxes in one line.
pub(super) fn list(taxes: &[ApplicableTax]) -> String {
    let shown: Vec<_> = taxes.iter().take(10).map(ToString::to_string).collect();
    if shown.is_empty() {
        "none that applies today".to_owned()
    } else {
        shown.join(", ")
    }
}

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTable => f.write_str(
                "the device's table of taxes is not known; is a device attached to the account, and can `CurrentConfig` be read?",
            ),
            Self::Nothing => f.write_str("it says no tax; give the authority's name, the rate, or both"),
            Self::NoSuchTax {
                wanted,
                of_that_rate,
                known,
            } => match of_that_rate.as_slice() {
                [one] if wanted.name.is_some() => {
                    write!(f, "the authority has no tax {wanted}; its tax of that rate is {one}: write its name")
                }
                _ => write!(f, "the authority has no tax {wanted}; it has {}", list(known)),
            },
            Self::OtherRate { wanted, found } => {
                write!(f, "{wanted} is wanted, and the authority has {found}: write the rate that it has now")
            }
            Self::NotOnTheDay { found, instead, known } => {
                match (found.valid_from, found.valid_till) {
                    (_, Some(till)) => write!(f, "{found} applied until {till}")?,
                    (Some(from), None) => write!(f, "{found} applies from {from} only")?,
                    (None, None) => write!(f, "{found} does not apply")?,
                }
                match instead {
                    Some(instead) => write!(f, "; write {instead} in its place"),
                    None => write!(f, "; today apply {}", list(known)),
                }
            }
            Self::Several { found } => write!(
                f,
                "several taxes of the authority fit: {}; say which by its name and rate, or by `id` where they are the same",
                list(found)
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use fh_types::jiff::civil::date;

    use super::*;

    fn table() -> Vec<ApplicableTax> {
        let tax = |id, name: &str, percent: Option<&str>| {
            ApplicableTax::new(id, name, percent.map(|percent| percent.parse().unwrap()))
        };
        let mut old = tax(503, "Standard rated 15%", Some("15.00"));
        old.valid_till = Some(date(2025, 12, 31));
        let mut new = tax(517, "Standard rated 15.5%", Some("15.5"));
        new.valid_from = Some(date(2026, 1, 1));
        vec![
            tax(3, "Exempt", None),
            tax(2, "Zero rated 0%", Some("0")),
            old,
            new,
            tax(7, "Twin", Some("5")),
            tax(8, "Twin", Some("5")),
        ]
    }

    fn find(name: Option<&str>, rate: Option<Option<&str>>, id: Option<i64>) -> Result<i64, String> {
        let wanted = NamedTax {
            name: name.map(str::to_owned),
            rate: rate.map(|rate| rate.map(|rate| rate.parse().unwrap())),
            id,
        };
        let found = wanted.find(&table(), "2026-11-27T10:00:00".parse().unwrap());
        found.map(|tax| tax.id).map_err(|error| error.to_string())
    }

    #[test]
    fn a_tax_is_found_by_name_and_rate_or_by_one_of_them() {
        assert_eq!(find(Some("standard  RATED 15.5%"), Some(Some("15.50")), None), Ok(517));
        assert_eq!(find(Some("Exempt"), None, None), Ok(3));
        assert_eq!(find(None, Some(None), None), Ok(3), "exempt is no rate of zero");
        assert_eq!(find(None, Some(Some("0.00")), None), Ok(2));
        assert_eq!(find(Some("Twin"), Some(Some("5")), Some(8)), Ok(8));
    }

    #[test]
    fn what_does_not_fit_says_what_would() {
        for (name, rate, words) in [
            (
                Some("Standard rated 15%"),
                Some(Some("15")),
                &["until 2025-12-31", "today"][..],
            ),
            (
                Some("Standard rated 15.5%"),
                Some(Some("15")),
                &["15.5 %", "write the rate"],
            ),
            (
                Some("VAT"),
                Some(Some("15.5")),
                &["no tax \"VAT\" at 15.5 %", "id 517", "write its name"],
            ),
            (Some("VAT"), None, &["no tax \"VAT\"", "Zero rated 0%"]),
            (Some("Twin"), Some(Some("5")), &["several", "id 7", "id 8", "`id`"]),
            (None, None, &["says no tax"]),
        ] {
            let error = find(name, rate, None).unwrap_err();
            assert!(words.iter().all(|word| error.contains(word)), "{error}");
        }
        let none = NamedTax::new("Exempt", None).find(&[], "2026-11-27T10:00:00".parse().unwrap());
        assert_eq!(none, Err(Unresolved::NoTable.into()));
    }

    #[test]
    fn one_tax_that_changes_its_rate_names_the_new_one() {
        let mut old = ApplicableTax::new(1, "Standard", "15".parse().ok());
        old.valid_till = Some(date(2025, 12, 31));
        let mut new = ApplicableTax::new(1, "Standard", "15.5".parse().ok());
        new.valid_from = Some(date(2026, 1, 1));
        let day = "2026-11-27T10:00:00".parse().unwrap();
        let error = NamedTax::new("Standard", "15".parse().ok())
            .find(&[old, new], day)
            .unwrap_err();
        assert!(error.to_string().contains("write Standard (id 1, 15.5 %)"), "{error}");
    }

    #[test]
    fn every_tax_that_applies_is_found_again_by_its_name() {
        let day: CatDateTime = "2026-11-27T10:00:00".parse().unwrap();
        for tax in table().iter().filter(|tax| tax.applies_on(day)) {
            let named = NamedTax::of(tax, &table(), day);
            assert_eq!(named.find(&table(), day).unwrap().id, tax.id);
            assert_eq!(named.id.is_some(), tax.name == "Twin");
        }
    }
}
