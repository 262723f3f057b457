//! `fh mappings export`.

use fiscal_harmony::{Client, mapping::Wanted};
use serde_json::json;

use super::{
    arguments::{To, today},
    text::Text,
};
use crate::{
    exit::{Exit, Failure},
    output::Output,
};

pub(super) async fn run(to: &To, client: &Client, output: &Output) -> Result<Exit, Failure> {
    let (wanted, unsaid) = Wanted::of(&client.mapped().await?, today());
    let mut text = Text::new(&format!("What {} has mapped.", client.base_url()));
    text.taxes();
    for tax in wanted.taxes.iter().flatten() {
        text.tax(tax);
    }
    text.currencies();
    for currency in wanted.currencies.iter().flatten() {
        text.currency(currency);
    }
    let text = text.end(&unsaid);
    if output.is_json() && to.to.is_none() {
        output.json(&json!({"toml": text, "not_said": unsaid}));
    } else {
        to.write(&text, output)?;
    }
    for unsaid in unsaid {
        output.remark(&format!("left out: {unsaid}"));
    }
    Ok(Exit::Well)
}
