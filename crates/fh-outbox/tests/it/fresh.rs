//! A mapping that was added a moment ago counts at once, and a program that hands in nonsense is no storm of questions.

use std::time::Duration;

use fh_outbox::{OutboxError, State};
use fh_sim::{Dose, Fault, FaultPlan, Operation};
use fiscal_harmony::{Document, mapping::TaxMapping, types::SystemClock};

use crate::support::{becomes, client_of, open, strict_sim};

fn coded(id: &str, code: &str) -> Document {
    let json = format!(
        r#"{{"InvoiceId":"{id}","InvoiceNumber":"{id}","IsTaxInclusive":true,"BuyerContact":{{"Name":"Cash Customer"}},
        "Date":"2026-11-21T09:00:00+02:00","LineItems":[{{"Description":"Toner","ProductCode":"84439990","UnitAmount":115.5,
        "Quantity":1,"LineAmount":115.5,"TaxCode":"{code}"}}],"Total":115.5,"CurrencyCode":"USD"}}"#
    );
    Document::from_json(json.as_bytes()).unwrap()
}

fn asked(sim: &fh_sim::Sim) -> u64 {
    sim.requests().get(&Operation::TaxMappings).copied().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_mapped_since_the_account_was_asked_counts_for_every_way_in() {
    let (sim, folder) = (strict_sim().await, tempfile::tempdir().unwrap());
    let client = client_of(&sim, &sim.device());
    let outbox = open(&folder.path().join("till.db")).await;
    outbox.set_catalogue(client.catalogue_within(Duration::ZERO, &SystemClock).await.unwrap());
    // Without anybody to ask, what is known decides.
    assert!(matches!(
        outbox.enqueue(&coded("A", "NEW")).await,
        Err(OutboxError::Preflight(_))
    ));
    client.add_tax_mapping(&TaxMapping::new("NEW", 517)).await.unwrap();
    assert!(matches!(
        outbox.enqueue(&coded("A", "NEW")).await,
        Err(OutboxError::Preflight(_))
    ));
    let before = asked(&sim);
    outbox.learn_from(&client);
    assert!(!outbox.check(&coded("A", "NEW")).await.unwrap().blocks());
    assert_eq!(asked(&sim), before + 1, "it was asked once");
    assert!(outbox.enqueue(&coded("A", "NEW")).await.unwrap().is_new);
    assert_eq!(asked(&sim), before + 1, "what is known since is enough");
    client.add_tax_mapping(&TaxMapping::new("NEWER", 517)).await.unwrap();
    let corrected = outbox
        .correct("A", &coded("A", "NEWER"), "Rudo", "the right code")
        .await
        .unwrap();
    assert!(corrected.is_new && asked(&sim) == before + 2, "{corrected:?}");
    tokio::join!(
        outbox.run(&client, becomes(&outbox, "A", State::Fiscalised)),
        becomes(&outbox, "A", State::Fiscalised)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_makes_its_lanes_ask_and_a_storm_of_nonsense_asks_three_times() {
    let (sim, folder) = (strict_sim().await, tempfile::tempdir().unwrap());
    let client = client_of(&sim, &sim.device());
    let outbox = open(&folder.path().join("till.db")).await;
    outbox.set_catalogue(client.catalogue_within(Duration::ZERO, &SystemClock).await.unwrap());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let worker = {
        let (outbox, client) = (outbox.clone(), client.clone());
        tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
            };
            outbox.run(&client, stopped).await;
        })
    };
    // Once something was sent, the worker is there.
    outbox.enqueue(&coded("FIRST", "VAT15.5")).await.unwrap();
    becomes(&outbox, "FIRST", State::Fiscalised).await;
    client.add_tax_mapping(&TaxMapping::new("NEW", 517)).await.unwrap();
    assert!(outbox.enqueue(&coded("A", "NEW")).await.unwrap().is_new);
    let before = asked(&sim);
    for number in 0..40 {
        let refused = outbox.enqueue(&coded(&format!("N{number}"), "NEVER")).await;
        assert!(matches!(refused, Err(OutboxError::Preflight(_))));
    }
    assert_eq!(
        asked(&sim),
        before + 2,
        "three times in half a minute, one of them for A"
    );
    stop.send(()).unwrap();
    worker.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_service_cannot_say_what_was_known_decides() {
    let (sim, folder) = (strict_sim().await, tempfile::tempdir().unwrap());
    let client = client_of(&sim, &sim.device());
    let outbox = open(&folder.path().join("till.db")).await;
    outbox.set_catalogue(client.catalogue_within(Duration::ZERO, &SystemClock).await.unwrap());
    outbox.learn_from(&client);
    sim.set_faults(FaultPlan::default().with(Fault::DropBefore, Dose::rate(1.0)));
    let refused = outbox.enqueue(&coded("A", "NEVER")).await;
    assert!(matches!(refused, Err(OutboxError::Preflight(_))), "{refused:?}");
    assert!(
        outbox.enqueue(&coded("B", "VAT15.5")).await.unwrap().is_new,
        "the rest goes on"
    );
}
