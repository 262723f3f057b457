//! Who sells: what documents do not hold and every receipt must show.

use crate::device::{DeviceConfig, VatStatus};

/// The seller's block at the top of a receipt, in the order in which the authority prints it \[zimra, 10.3, fields 2 to 8\].
///
/// Parts that are not given are taken from the device's configuration, where that is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Seller {
    /// Lines that stand above all others, as they are. What they say already is not printed again below.
    pub lines: Vec<String>,
    /// The registered name.
    pub name: Option<String>,
    /// The name over the door.
    pub trade_name: Option<String>,
    /// The TIN.
    pub tin: Option<String>,
    /// The VAT number, of a seller who has one.
    pub vat_number: Option<String>,
    /// The branch, where it has a name of its own.
    pub branch: Option<String>,
    /// The branch's address.
    pub address: Option<String>,
    /// The branch's e-mail address.
    pub email: Option<String>,
    /// The branch's telephone.
    pub phone: Option<String>,
}

/// A name that [`Seller::set`] does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a seller has no {0:?}; known are {known}", known = Seller::KEYS.map(|(name, _)| name).join(", "))]
pub struct UnknownPart(String);

impl Seller {
    /// The names of the parts in settings, with what each is.
    pub const KEYS: [(&'static str, &'static str); 8] = [
        ("name", "the registered name"),
        ("trade_name", "the name over the door"),
        ("tin", "the TIN"),
        ("vat_number", "the VAT number"),
        ("branch", "the branch's name"),
        ("address", "the branch's address"),
        ("email", "the branch's e-mail address"),
        ("phone", "the branch's telephone"),
    ];

    /// Sets a part by its name in settings. An empty value leaves it to the device's configuration.
    ///
    /// # Errors
    ///
    /// When there is no such part.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), UnknownPart> {
        let part = match name {
            "name" => &mut self.name,
            "trade_name" => &mut self.trade_name,
            "tin" => &mut self.tin,
            "vat_number" => &mut self.vat_number,
            "branch" => &mut self.branch,
            "address" => &mut self.address,
            "email" => &mut self.email,
            "phone" => &mut self.phone,
            _ => return Err(UnknownPart(name.to_owned())),
        };
        *part = Some(value.trim().to_owned()).filter(|value| !value.is_empty());
        Ok(())
    }

    /// With what the device's configuration knows in the place of what was not given.
    pub(super) fn or_of_the_device(&self, device: &DeviceConfig) -> Self {
        let vat_number = match &device.vat {
            VatStatus::Registered(number) => Some(number),
            _ => None,
        };
        let or = |own: &Option<String>, known: Option<&String>| own.clone().or_else(|| known.cloned());
        Self {
            lines: self.lines.clone(),
            name: or(&self.name, device.taxpayer_name.as_ref()),
            trade_name: self.trade_name.clone(),
            tin: or(&self.tin, device.taxpayer_tin.as_ref()),
            vat_number: or(&self.vat_number, vat_number),
            branch: or(&self.branch, device.branch_name.as_ref()),
            address: or(&self.address, device.branch_address.as_ref()),
            email: or(&self.email, device.branch_email.as_ref()),
            phone: or(&self.phone, device.branch_phone.as_ref()),
        }
    }

    /// Everything to print, line by line. The branch stands there only where it differs from the name, as the authority has it.
    pub(super) fn printed(&self) -> Vec<String> {
        let said = |value: &str| self.lines.iter().any(|line| line.contains(value));
        let plain = |value: &Option<String>| value.clone().filter(|value| !said(value));
        let named = |label: &str, value: &Option<String>| Some(format!("{label}: {}", plain(value)?));
        let name = plain(&self.name);
        let trade_name = plain(&self.trade_name).filter(|trade| Some(trade) != self.name.as_ref());
        let branch = plain(&self.branch).filter(|branch| Some(branch) != self.name.as_ref());
        let parts = [
            name,
            trade_name,
            named("TIN", &self.tin),
            named("VAT No", &self.vat_number),
            branch,
            plain(&self.address),
            plain(&self.email),
            plain(&self.phone),
        ];
        self.lines.iter().cloned().chain(parts.into_iter().flatten()).collect()
    }
}

impl<const N: usize> From<[&str; N]> for Seller {
    fn from(lines: [&str; N]) -> Self {
        lines.map(str::to_owned).to_vec().into()
    }
}

impl From<Vec<String>> for Seller {
    fn from(lines: Vec<String>) -> Self {
        Self {
            lines,
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn device() -> DeviceConfig {
        DeviceConfig::from_value(&json!({
            "taxPayerName": "Msasa Wholesale (Pvt) Ltd", "taxPayerTIN": "2000123456", "vatNumber": "220012345",
            "deviceBranchName": "Msasa Wholesale (Pvt) Ltd",
            "deviceBranchAddress": {"province": "Harare", "city": "Harare", "street": "Mutare Road", "houseNo": "14"},
            "deviceBranchContacts": {"phoneNo": "0242 700100", "email": "shop@msasa.example"}
        }))
        .unwrap()
    }

    #[test]
    fn what_is_not_given_is_taken_from_the_device() {
        let printed = Seller::default().or_of_the_device(&device()).printed();
        let expected = [
            "Msasa Wholesale (Pvt) Ltd",
            "TIN: 2000123456",
            "VAT No: 220012345",
            "14, Mutare Road, Harare",
            "shop@msasa.example",
            "0242 700100",
        ];
        assert_eq!(printed, expected, "the branch has the seller's own name");
        let mut seller = Seller::default();
        seller.set("branch", "Avondale").unwrap();
        seller.set("phone", "").unwrap();
        let printed = seller.or_of_the_device(&device()).printed();
        assert_eq!((&*printed[3], &*printed[6]), ("Avondale", "0242 700100"));
    }

    #[test]
    fn what_the_first_lines_say_is_not_said_twice() {
        let seller = Seller::from(["MSASA", "TIN 2000123456  VAT no. 220012345"]);
        let printed = seller.or_of_the_device(&device()).printed();
        assert_eq!(
            printed[..3],
            [
                "MSASA",
                "TIN 2000123456  VAT no. 220012345",
                "Msasa Wholesale (Pvt) Ltd"
            ]
        );
        assert!(
            !printed[3..]
                .iter()
                .any(|line| line.contains("TIN") || line.contains("VAT"))
        );
        assert!(Seller::default().printed().is_empty());
    }

    #[test]
    fn every_part_has_a_name_in_settings() {
        let mut seller = Seller::default();
        for (name, _) in Seller::KEYS {
            seller.set(name, &format!("of {name}")).unwrap();
        }
        assert_eq!(seller.printed().len(), Seller::KEYS.len());
        let error = seller.set("vat", "1").unwrap_err().to_string();
        assert!(error.contains("\"vat\"") && error.contains("vat_number"), "{error}");
    }
}
