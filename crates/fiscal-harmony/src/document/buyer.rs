use fh_types::{Tin, VatNumber};
use serde_json::Value;

use super::{
    build::{BuildError, text},
    extra,
    types::{Address, Buyer},
};

const NAME: &str = "1 to 250 characters";

/// A registered taxpayer, or somebody paying cash without one.
///
/// A business that buys needs its VAT number and address on the receipt to claim its input tax \[zimra\].
///
/// ```
/// use fiscal_harmony::{Address, Buyer, types::{Tin, VatNumber}};
/// let buyer = Buyer::registered("Acme (Pvt) Ltd", Tin::parse("2000123456")?)?
///     .vat_number(VatNumber::parse("220012345")?)
///     .address(Address::new("Harare", "Samora Machel Ave", "12", "Harare")?);
/// let walk_in = Buyer::cash("John Doe")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl Buyer {
    /// A taxpayer, by its registered name and TIN.
    ///
    /// # Errors
    ///
    /// When the name is empty or over 250 characters.
    pub fn registered(name: impl Into<String>, tin: Tin) -> Result<Self, BuildError> {
        let name = text("BuyerContact.Name", name, 250, NAME)?;
        Ok(Self {
            tin: Some(tin.into()),
            ..named(name)
        })
    }

    /// Somebody without a TIN. The service knows such a buyer by a name that begins with `Cash ` \[kb\]\[vendor-code\]; it is
    /// put before the name where it does not stand there already.
    ///
    /// # Errors
    ///
    /// When the name is empty or over 245 characters.
    pub fn cash(name: impl Into<String>) -> Result<Self, BuildError> {
        let name = text(
            "BuyerContact.Name",
            name,
            245,
            "1 to 245 characters, before which \"Cash \" is put",
        )?;
        let name = if name.starts_with("Cash ") {
            name
        } else {
            format!("Cash {name}")
        };
        Ok(named(name))
    }

    /// The VAT number.
    #[must_use]
    pub fn vat_number(mut self, number: VatNumber) -> Self {
        self.vat_number = Some(number.into());
        self
    }

    /// The address.
    #[must_use]
    pub fn address(mut self, address: Address) -> Self {
        self.address = Some(address);
        self
    }

    /// The name over the door.
    ///
    /// # Errors
    ///
    /// When it is empty or over 250 characters.
    pub fn trade_name(mut self, name: impl Into<String>) -> Result<Self, BuildError> {
        self.trade_name = Some(text("BuyerContact.TradeName", name, 250, NAME)?);
        Ok(self)
    }

    /// A telephone number.
    ///
    /// # Errors
    ///
    /// When it is empty or over 20 characters.
    pub fn phone(mut self, number: impl Into<String>) -> Result<Self, BuildError> {
        self.phone = Some(text("BuyerContact.Phone", number, 20, "1 to 20 characters")?);
        Ok(self)
    }

    /// An e-mail address.
    ///
    /// # Errors
    ///
    /// When it is over 100 characters or is not of the form `name@host.domain`.
    pub fn email(mut self, address: impl Into<String>) -> Result<Self, BuildError> {
        let address = text("BuyerContact.Email", address, 100, "1 to 100 characters")?;
        let well_formed = address.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty()
                && !host.contains('@')
                && host.split('.').count() > 1
                && host.split('.').all(|part| !part.is_empty())
        }) && !address.contains(char::is_whitespace);
        if !well_formed {
            return Err(BuildError::Text {
                field: "BuyerContact.Email",
                problem: "is not an e-mail address",
                allowed: "one of the form name@host.domain",
            });
        }
        self.email = Some(address);
        Ok(self)
    }

    /// A field that this crate does not know yet, by its name on the wire.
    ///
    /// # Errors
    ///
    /// When the name is empty, or that of a field which is known, in any case of its letters.
    pub fn extra(mut self, name: impl Into<String>, value: impl Into<Value>) -> Result<Self, BuildError> {
        let name = name.into();
        extra::check_name(&name, Self::NAMES)?;
        self.extra.insert(name, value.into());
        Ok(self)
    }
}

/// A postal address: all four parts, as part of one is probably refused \[inferred\].
impl Address {
    /// An address of its four parts.
    ///
    /// # Errors
    ///
    /// When one is empty or over 100 characters.
    pub fn new(
        province: impl Into<String>,
        street: impl Into<String>,
        house_number: impl Into<String>,
        city: impl Into<String>,
    ) -> Result<Self, BuildError> {
        const PART: &str = "1 to 100 characters";
        Ok(fh_raw::new_address! {
            province: text("Address.Province", province, 100, PART)?,
            street: text("Address.Street", street, 100, PART)?,
            house_no: text("Address.HouseNo", house_number, 100, PART)?,
            city: text("Address.City", city, 100, PART)?,
        })
    }
}

fn named(name: String) -> Buyer {
    fh_raw::new_buyer! {
        name,
        trade_name: None,
        tin: None,
        vat_number: None,
        phone: None,
        email: None,
        address: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cash_buyer_is_marked_once() {
        assert_eq!(Buyer::cash("John Doe").unwrap().name, "Cash John Doe");
        assert_eq!(Buyer::cash("Cash Customer").unwrap().name, "Cash Customer");
        assert_eq!(Buyer::cash("Cashmore Ltd").unwrap().name, "Cash Cashmore Ltd");
        assert!(Buyer::cash(" ").is_err());
    }

    #[test]
    fn contacts_are_checked_when_given() {
        let buyer = || Buyer::cash("x").unwrap();
        for bad in ["x", "x@y", "@y.z", "x@y.", "x@@y.z", "a b@y.z"] {
            assert!(buyer().email(bad).is_err(), "{bad}");
        }
        assert!(buyer().email("a@b.co.zw").is_ok());
        assert!(buyer().phone("1".repeat(21)).is_err());
        assert!(buyer().extra("tin", 1).is_err(), "known in another case");
        assert_eq!(buyer().extra("Fax", "1").unwrap().extra["Fax"], "1");
        assert!(
            Address::new("Harare", "", "1", "Harare")
                .unwrap_err()
                .to_string()
                .contains("Address.Street is empty")
        );
    }
}
