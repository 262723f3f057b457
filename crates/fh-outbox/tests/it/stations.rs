//! A lane is a device with many stations, in one order; and what was known of its account is known after a restart.

use std::sync::{Arc, Mutex};

use fh_outbox::{Outbox, OutboxError, State};
use fh_sim::Operation;
use fiscal_harmony::{
    Attempt,
    auth::Station,
    catalogue::Catalogue,
    types::{Clock, SystemClock},
};

use crate::support::{becomes, client_of, document, open, strict_sim};

/// The stations of the submissions that pass through, in their order: a service in front of the simulator that only listens.
async fn listening_to(sim: &fh_sim::Sim) -> (String, Arc<Mutex<Vec<String>>>) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let base = sim.base_url();
    let (host, path) = base.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let (host, address) = (host.to_owned(), format!("http://127.0.0.1:{port}/{path}"));
    let heard = Arc::new(Mutex::new(Vec::new()));
    let stations = heard.clone();
    tokio::spawn(async move {
        loop {
            let (mut near, _) = listener.accept().await.unwrap();
            let (host, heard) = (host.clone(), stations.clone());
            tokio::spawn(async move {
                let mut far = tokio::net::TcpStream::connect(host).await.unwrap();
                let (mut near_in, mut near_out) = near.split();
                let (mut far_in, mut far_out) = far.split();
                let forth = async {
                    let mut buffer = vec![0; 64 * 1024];
                    while let Ok(count @ 1..) = near_in.read(&mut buffer).await {
                        let text = String::from_utf8_lossy(&buffer[..count]).into_owned();
                        if text.starts_with("POST") && text.contains("/invoice") {
                            let station = text.lines().find_map(|line| line.strip_prefix("x-app-station: "));
                            heard.lock().unwrap().extend(station.map(str::to_owned));
                        }
                        far_out.write_all(&buffer[..count]).await.unwrap();
                    }
                };
                tokio::select! {
                    () = forth => {}
                    _ = tokio::io::copy(&mut far_in, &mut near_out) => {}
                }
            });
        }
    });
    (address, heard)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_document_is_sent_as_its_own_station_and_all_in_the_order_of_the_device() {
    let (sim, folder) = (strict_sim().await, tempfile::tempdir().unwrap());
    let (address, heard) = listening_to(&sim).await;
    let path = folder.path().join("till.db");
    let outbox = open(&path).await;
    let till = |name: &str| outbox.station(Station::new(name).unwrap());
    till("till-4").enqueue(&document("A")).await.unwrap();
    till("till-5").enqueue(&document("B")).await.unwrap();
    outbox.enqueue(&document("C")).await.unwrap();
    let again = till("till-4").enqueue(&document("D")).await.unwrap();
    assert_eq!(again.entry.station.as_deref(), Some("till-4"));
    // As the next process finds it.
    drop(outbox);
    let outbox = open(&path).await;
    let client = crate::support::client(&address, sim.device().credentials());
    outbox.run(&client, becomes(&outbox, "D", State::Fiscalised)).await;
    assert_eq!(*heard.lock().unwrap(), ["till-4", "till-5", "TILL-1", "till-4"]);
    assert_eq!(sim.device().first_acceptances(), ["A", "B", "C", "D"]);
    assert_eq!(outbox.find("B").await.unwrap().station.as_deref(), Some("till-5"));
    assert_eq!(outbox.find("C").await.unwrap().station, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_power_cut_with_the_line_down_documents_are_checked_against_what_was_known() {
    let (sim, folder) = (strict_sim().await, tempfile::tempdir().unwrap());
    let path = folder.path().join("till.db");
    let client = client_of(&sim, &sim.device());
    let catalogue = client.catalogue().await.unwrap();
    let outbox = open(&path).await;
    assert!(outbox.catalogue().is_none());
    outbox.set_catalogue(catalogue.clone());
    outbox
        .for_lane("other")
        .set_catalogue(Arc::new(Catalogue::new(SystemClock.now())));
    // What is handed over after it is done after it.
    outbox.enqueue(&document("A")).await.unwrap();
    drop(outbox);
    let asked = sim.requests();
    let outbox: Outbox = open(&path).await;
    let kept = outbox.catalogue().unwrap();
    assert!(kept.tax_mappings().eq(catalogue.tax_mappings()) && kept.device() == catalogue.device());
    assert_eq!(
        kept.fetched_at().as_microsecond(),
        catalogue.fetched_at().as_microsecond()
    );
    assert!(
        outbox
            .for_lane("other")
            .catalogue()
            .is_some_and(|other| !other.knows_taxes())
    );
    let text = String::from_utf8(document("B").freeze(Attempt::First).unwrap().bytes().to_vec()).unwrap();
    let unmapped = fiscal_harmony::Document::from_json(text.replace("VAT15.5", "NO-SUCH").as_bytes()).unwrap();
    let refused = outbox.enqueue(&unmapped).await.unwrap_err();
    assert!(matches!(refused, OutboxError::Preflight(_)), "{refused}");
    assert_eq!(sim.requests(), asked, "nothing was asked of the service");
    assert_eq!(asked.get(&Operation::SubmitInvoice), None);
}
