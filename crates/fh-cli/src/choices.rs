//! How documents are to be understood where the vendor's texts leave it open.

use fiscal_harmony::{preflight::Settings, tax::DiscountPolicy};

/// The choices that the vendor's texts leave open.
#[derive(Debug, clap::Args)]
pub(crate) struct Choices {
    /// How line amounts relate to discounts in your documents. It is not documented; `docs/preflight.md` explains.
    #[arg(long, value_name = "READING", value_parser = discount_policy, default_value = "net-of-discount")]
    discounts: DiscountPolicy,
}

impl Choices {
    pub(crate) fn settings(&self) -> Settings {
        Settings::default().discounts(self.discounts)
    }
}

fn discount_policy(name: &str) -> Result<DiscountPolicy, String> {
    let known = DiscountPolicy::ALL.map(DiscountPolicy::name);
    DiscountPolicy::ALL
        .into_iter()
        .find(|policy| policy.name() == name)
        .ok_or_else(|| format!("known are {}", known.join(", ")))
}
