//! The client's catalogue: fetched once, kept with its age, honest about what is missing.

use std::{sync::Arc, time::Duration};

use fh_sim::{Dose, Fault, FaultPlan, Operation, Options, Sim};
use fh_types::{Amount, ManualClock};
use fiscal_harmony::{Client, Environment, device::VatStatus};

const QUARTER: Duration = Duration::from_secs(15 * 60);

async fn shop() -> (Sim, Client, Arc<ManualClock>) {
    let now = "2026-11-13T14:00:00+02:00".parse::<fh_types::CatDateTime>().unwrap();
    let clock = Arc::new(ManualClock::new(now.timestamp()));
    let sim = Sim::with_options(Options::builder().clock(clock.clone()).build())
        .await
        .unwrap();
    let client = Client::builder()
        .environment(Environment::Custom(sim.base_url()))
        .credentials(sim.credentials())
        .identity(sim.identity())
        .build()
        .unwrap();
    (sim, client, clock)
}

fn fetches(sim: &Sim) -> u64 {
    sim.requests()
        .get(&Operation::FiscalDevice)
        .copied()
        .unwrap_or_default()
}

#[tokio::test]
async fn it_is_fetched_once_and_again_when_it_is_too_old_or_the_clock_went_back() {
    let (sim, client, clock) = shop().await;
    assert!(client.kept_catalogue().is_none());
    let first = client.catalogue_within(QUARTER, clock.as_ref()).await.unwrap();
    clock.advance(QUARTER);
    let again = client.clone().catalogue_within(QUARTER, clock.as_ref()).await.unwrap();
    assert!(Arc::ptr_eq(&first, &again), "clones share it");
    assert_eq!(fetches(&sim), 1);

    clock.advance(Duration::from_secs(1));
    let later = client.catalogue_within(QUARTER, clock.as_ref()).await.unwrap();
    assert_eq!(fetches(&sim), 2);
    assert!(later.fetched_at() > first.fetched_at());

    clock.set(first.fetched_at());
    client.catalogue_within(QUARTER, clock.as_ref()).await.unwrap();
    assert_eq!(fetches(&sim), 3, "an age before the fetch is no age");
    client.catalogue_within(Duration::ZERO, clock.as_ref()).await.unwrap();
    assert_eq!(fetches(&sim), 4, "an age of nothing always asks");
}

#[tokio::test]
async fn it_holds_what_the_service_knows() {
    let (_sim, client, clock) = shop().await;
    let catalogue = client.catalogue_within(QUARTER, clock.as_ref()).await.unwrap();
    let date = "2026-11-13T14:00:00".parse().unwrap();
    let standard = catalogue.tax("VAT15.5", date).unwrap();
    assert_eq!(standard.percent, Some("15.5".parse::<Amount>().unwrap()));
    assert!(standard.applies_on(date) && !catalogue.tax("VAT15", date).unwrap().applies_on(date));
    assert_eq!(catalogue.tax("EXEMPT", date).unwrap().percent, None);
    assert!(matches!(catalogue.vat(), VatStatus::Registered(_)));
    assert!(catalogue.takes_currency("USD") && !catalogue.takes_currency("ZWL"));
    assert!(catalogue.device().unwrap().certificate_valid_till.is_some());
    let subscription = catalogue.subscription().unwrap();
    assert_eq!(subscription.status.as_deref(), Some("Active"));
    assert!(subscription.valid_till.is_some());
}

#[tokio::test]
async fn a_failed_fetch_keeps_the_last_one() {
    let (sim, client, clock) = shop().await;
    let first = client.catalogue_within(QUARTER, clock.as_ref()).await.unwrap();
    sim.set_faults(FaultPlan::default().with(Fault::Unauthorized401, Dose::rate(1.0)));
    assert!(client.catalogue_within(Duration::ZERO, clock.as_ref()).await.is_err());
    assert!(Arc::ptr_eq(&first, &client.kept_catalogue().unwrap()));
}

#[tokio::test]
async fn a_device_that_is_not_attached_is_left_out() {
    let (sim, client, clock) = shop().await;
    let mut dose = Dose::rate(1.0);
    dose.on = vec![Operation::FiscalDevice, Operation::Subscription];
    sim.set_faults(FaultPlan::default().with(Fault::NotFound404, dose));
    let catalogue = client.catalogue_within(QUARTER, clock.as_ref()).await.unwrap();
    assert!(catalogue.device().is_none() && catalogue.subscription().is_none());
    assert!(!catalogue.knows_taxes() && catalogue.knows_currencies());
    assert_eq!(catalogue.tax_id("VAT15.5"), Some(517));
}
