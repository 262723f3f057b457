//! How each experiment is made. What its answers mean is read elsewhere, from what was written down.

mod account;
mod amounts;
mod buyers;
mod documents;
mod mappings;
mod repeats;
mod setup;

pub(crate) use mappings::clean_up;
pub(crate) use setup::{look, prepare};

use crate::bench::{Bench, Halt};

/// Makes one experiment. One that was made in an earlier run costs nothing.
pub(crate) async fn run(bench: &mut Bench<'_>, name: &str) -> Result<(), Halt> {
    match name {
        "account" => account::account(bench).await,
        "paths" => account::paths(bench).await,
        "headers" => account::headers(bench).await,
        "errors" => account::errors(bench).await,
        "bodies" => account::bodies(bench).await,
        "status" => account::status(bench).await,
        "files" => account::files(bench).await,
        "reports" => account::reports(bench).await,
        "rate" => account::rate(bench).await,
        "mappings" => mappings::mappings(bench).await,
        "plain" => documents::plain(bench).await,
        "numbers" | "unknown-fields" | "payment-method" | "lengths" | "hs-codes" | "long-hs-codes" | "codes"
        | "credit-note" | "empty-texts" => documents::variants(bench, name).await,
        "buyers" => buyers::buyers(bench).await,
        "discounts" => amounts::discounts(bench).await,
        "totals" => amounts::totals(bench).await,
        "line-amount" => amounts::line_amount(bench).await,
        "ties" => amounts::ties(bench).await,
        "numbers-again" => repeats::numbers_again(bench).await,
        "repeats" => repeats::repeats(bench).await,
        "corrections" => repeats::corrections(bench).await,
        "dates" => repeats::dates(bench).await,
        _ => Ok(()),
    }
}
