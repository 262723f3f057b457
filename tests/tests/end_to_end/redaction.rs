//! Nothing that a program may print or log shows a secret or a body.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use fh_sim::{Dose, Fault, FaultPlan, Sim};
use tracing::instrument::WithSubscriber;

use crate::{client, invoice};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_log_at_its_most_talkative_shows_operations_and_no_secret_no_signature_no_body() {
    let sim = Sim::start().await.unwrap();
    sim.set_faults(
        FaultPlan::default()
            .with(Fault::Unauthorized401, Dose::rate(0.5))
            .seed(3),
    );
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::CLOSE)
        .with_writer(move || writer.clone())
        .finish();
    let client = client(&sim);
    let mut shown = format!("{client:?}");
    async {
        for number in 0..8 {
            let result = client.fiscalise(&invoice(&format!("INV-{number}"))).await;
            shown.push_str(&format!("{result:?}"));
            if let Err(error) = result {
                shown.push_str(&error.to_string());
            }
        }
    }
    .with_subscriber(subscriber)
    .await;
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(
        log.contains("submit_invoice") && log.contains("duration_ms") && log.contains("401"),
        "{log}"
    );
    let exports = sim.export_lines();
    let secret = exports
        .lines()
        .find_map(|line| line.split_once("FH_API_SECRET="))
        .unwrap()
        .1
        .trim_matches('\'');
    assert!(secret.len() >= 88);
    for text in [&log, &shown] {
        assert!(!text.contains(&secret[..20]), "the secret is shown");
        assert!(!text.contains("Soap, 250 g"), "a body is shown");
        assert!(!text.contains(sim.credentials().key().as_str()), "the key is shown");
    }
}
