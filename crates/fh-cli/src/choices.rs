//! How documents are to be understood where the vendor's texts leave it open.

use fiscal_harmony::{document::AllowedFields, preflight::Settings, tax::DiscountPolicy};

use crate::{connection::allowed_by_profile, exit::Failure, global::Global, output::Output};

/// The choices that the vendor's texts leave open.
#[derive(Debug, clap::Args)]
pub(crate) struct Choices {
    /// How line amounts relate to discounts in your documents. It is not documented; `docs/preflight.md` explains.
    #[arg(long, value_name = "READING", value_parser = discount_policy, default_value = "net-of-discount")]
    discounts: DiscountPolicy,
    /// Take documents with this field, which fh does not know yet, beside those of the profile's allow_fields; may be given several
    /// times. It is sent as it is, unchecked, and warned about.
    #[arg(long, value_name = "NAME", value_parser = field_name)]
    allow_field: Vec<String>,
}

impl Choices {
    pub(crate) fn settings(&self) -> Settings {
        Settings::default().discounts(self.discounts)
    }

    /// The fields that documents may have beside the known ones.
    pub(crate) fn allowed_fields(&self, global: &Global, output: &Output) -> Result<AllowedFields, Failure> {
        let named = self.allow_field.iter().cloned();
        AllowedFields::named(named.chain(allowed_by_profile(global, output)))
            .map_err(|error| Failure::usage(error.to_string()))
    }
}

fn field_name(name: &str) -> Result<String, String> {
    AllowedFields::named([name]).map_err(|error| error.to_string())?;
    Ok(name.to_owned())
}

fn discount_policy(name: &str) -> Result<DiscountPolicy, String> {
    let known = DiscountPolicy::ALL.map(DiscountPolicy::name);
    DiscountPolicy::ALL
        .into_iter()
        .find(|policy| policy.name() == name)
        .ok_or_else(|| format!("known are {}", known.join(", ")))
}
