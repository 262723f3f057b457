//! The facade against the simulator: every operation, every fault. Each test asserts what the caller is told *and* what the
//! simulator counted.

mod answers;
mod blocking;
mod calls;
mod connections;
mod faults;
mod listener;
mod operations;
mod redaction;

use std::time::Duration;

use fh_sim::Sim;
use fiscal_harmony::{
    Buyer, Client, ClientBuilder, CreditNote, Environment, Invoice, Line, RetryPolicy,
    tax::Tax,
    types::{Amount, CatDateTime, CurrencyCode, HsCode, SystemClock},
};

/// Longer than anything here takes, so that a deadline in a test is a failure and not a race.
const LONG: Duration = Duration::from_secs(60);

/// A client that gives up on nothing quickly and waits for nothing long.
fn client_builder(sim: &Sim) -> ClientBuilder {
    let mut retry = RetryPolicy::default();
    retry.base = Duration::from_millis(5);
    Client::builder()
        .environment(Environment::Custom(sim.base_url()))
        .credentials(sim.credentials())
        .identity(sim.identity())
        .retry(retry)
        .deadline(LONG)
        .jitter_seed(7)
}

fn client(sim: &Sim) -> Client {
    client_builder(sim).build().unwrap()
}

fn soap(quantity: i64) -> Line {
    Line::builder()
        .description("Soap, 250 g")
        .hs_code(HsCode::parse("34011100").unwrap())
        .quantity(Amount::from_units(quantity))
        .unit_price(Amount::cents(1999))
        .tax(Tax::rated("VAT15.5", "15.5".parse().unwrap()))
        .build()
        .unwrap()
}

fn invoice(id: &str) -> Invoice {
    Invoice::builder()
        .id(id)
        .date(CatDateTime::now(&SystemClock))
        .currency(CurrencyCode::parse("USD").unwrap())
        .buyer(Buyer::cash("Walk-in").unwrap())
        .lines(vec![soap(3)])
        .build()
        .unwrap()
}

fn credit_note(id: &str, original: &Invoice) -> CreditNote {
    CreditNote::for_all_of(original, id, "Returned unopened", CatDateTime::now(&SystemClock)).unwrap()
}
