//! What a program with many devices pays for each.

use std::alloc::System;

use fiscal_harmony::{
    Client, Environment,
    auth::{AppVersion, Application, Credentials, Identity, Station},
};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

#[test]
fn the_second_to_the_thousandth_device_reads_no_trust_store_and_costs_a_few_kilobytes() {
    let credentials = |number: usize| Credentials::unchecked_format(&format!("key-{number}"), "secret").unwrap();
    let identity = |number: usize| {
        Identity::new(
            Application::new("Shop").unwrap(),
            Station::new(format!("till-{number}")).unwrap(),
            AppVersion::new("1").unwrap(),
        )
    };
    let first = Client::builder()
        .environment(Environment::Production)
        .credentials(credentials(1))
        .identity(identity(1))
        .build()
        .unwrap();
    let region = Region::new(ALLOCATOR);
    let others: Vec<Client> = (2..=1_000)
        .map(|number| first.for_device(credentials(number), identity(number)))
        .collect();
    let allocated = region.change().bytes_allocated / others.len();
    assert!(allocated < 8 * 1024, "{allocated} bytes for each device");
    assert_eq!(others[998].identity().station.as_str(), "till-1000");
}
