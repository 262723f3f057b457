//! What making the store and opening it have in common: the time, the documents, the service.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use fh_outbox::{OnRejected, Outbox, OutboxError, Policy, State};
use fh_sim::{Repeat, Sim};
use fiscal_harmony::{Client, Document, Environment, RetryPolicy, types::Clock};
use jiff::{SignedDuration, Timestamp};

/// When the store was made.
const THEN: &str = "2026-11-27T07:00:00Z";

/// A clock that goes on from then.
#[derive(Debug)]
pub(crate) struct At {
    after: SignedDuration,
    began: Instant,
}

/// So many hours after the store was made.
pub(crate) fn hours_later(hours: i64) -> Arc<At> {
    Arc::new(At {
        after: SignedDuration::from_hours(hours),
        began: Instant::now(),
    })
}

impl Clock for At {
    fn now(&self) -> Timestamp {
        THEN.parse::<Timestamp>().unwrap() + self.after + self.began.elapsed()
    }
}

/// The usual policy, with shorter waits.
pub(crate) fn policy() -> Policy {
    let mut policy = Policy::default();
    policy.on_rejected = OnRejected::StepAside;
    policy.on_probably_fiscalised = OnRejected::StepAside;
    policy.orphan_window = Duration::from_millis(20);
    policy.lease = Duration::from_secs(60);
    policy.backoff_base = Duration::from_millis(5);
    policy.backoff_cap = Duration::from_millis(20);
    policy.refused_wait = Duration::from_millis(20);
    policy.first_poll = Duration::from_millis(5);
    policy.poll_linger = Duration::from_millis(5);
    policy.idle_poll = Duration::from_millis(5);
    policy
}

pub(crate) async fn open(address: &str, policy: Policy, clock: Arc<At>) -> Result<Outbox, OutboxError> {
    Outbox::open_with(address, policy, clock).await
}

/// A small sale of a day.
pub(crate) fn sale(id: &str, day: &str) -> Document {
    let name = serde_json::to_string(id).unwrap();
    let json = format!(
        r#"{{"InvoiceId":{name},"InvoiceNumber":{name},"IsTaxInclusive":true,"BuyerContact":{{"Name":"Cash Customer"}},
        "Date":"{day}T09:00:00+02:00","LineItems":[{{"Description":"Toner","ProductCode":"84439990","UnitAmount":115.5,
        "Quantity":1,"LineAmount":115.5,"TaxCode":"VAT15.5"}}],"SubTotal":100,"TotalTax":15.5,"Total":115.5,"CurrencyCode":"USD"}}"#
    );
    Document::from_json(json.as_bytes()).unwrap()
}

/// A credit note for all of it.
pub(crate) fn credit(id: &str, invoice: &str) -> Document {
    let json = format!(
        r#"{{"CreditNoteId":"{id}","CreditNoteNumber":"{id}","OriginalInvoiceId":"{invoice}","Reference":"returned","IsTaxInclusive":true,
        "BuyerContact":{{"Name":"Cash Customer"}},"Date":"2026-11-26T10:00:00+02:00","LineItems":[{{"Description":"Toner",
        "ProductCode":"84439990","UnitAmount":115.5,"Quantity":1,"LineAmount":115.5,"TaxCode":"VAT15.5"}}],"SubTotal":100,
        "TotalTax":15.5,"Total":115.5,"CurrencyCode":"USD"}}"#
    );
    Document::from_json(json.as_bytes()).unwrap()
}

/// A service that fiscalises twice whatever comes twice without saying so, and takes its time. Its request ids come from its seed.
pub(crate) async fn service(seed: u64, settle_delay: Duration) -> Sim {
    Sim::builder()
        .seed(seed)
        .repeat(Repeat::SecondAcceptance)
        .repeat_with_retry(Repeat::SameRequest)
        .unique_numbers(false)
        .settle_delay(settle_delay)
        .start()
        .await
        .unwrap()
}

pub(crate) fn client(sim: &Sim) -> Client {
    Client::builder()
        .environment(Environment::Custom(sim.base_url()))
        .credentials(sim.credentials())
        .identity(sim.identity())
        .retry(RetryPolicy::never())
        .build()
        .unwrap()
}

/// Works on a lane until a document of it is as it should be.
pub(crate) async fn work(
    outbox: &Outbox,
    lane: &str,
    sim: &Sim,
    id: &str,
    is_there: impl Fn(&fh_outbox::Entry) -> bool,
) {
    let lane = outbox.for_lane(lane);
    let there = async {
        let began = Instant::now();
        loop {
            let entry = outbox.find(id).await.unwrap();
            if is_there(&entry) {
                return;
            }
            // A bound for a test that hangs, not a measure.
            assert!(began.elapsed() < Duration::from_secs(60), "{entry:#?}");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    lane.run(&client(sim), there).await;
}

pub(crate) async fn work_until(outbox: &Outbox, lane: &str, sim: &Sim, id: &str, state: State) {
    work(outbox, lane, sim, id, |entry| entry.state == state).await;
}

/// Names that were taken before names had a grammar.
pub(crate) fn odd_names() -> [String; 6] {
    [
        "/".to_owned(),
        "../../etc/P-1".to_owned(),
        "P-1\r\nP-2 fiscalised".to_owned(),
        "P-\u{1b}[31m1".to_owned(),
        "P\u{200b}-1".to_owned(),
        format!("P-{}", "9".repeat(400)),
    ]
}
