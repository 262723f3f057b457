use fh_sim::{Count, Sim};
use serde_json::Value;

use crate::till::{Till, example, example_text};

const ONCE: Count = Count {
    accepted: 1,
    fiscalised: 1,
    rejected: 0,
};

#[tokio::test]
async fn every_example_is_fiscalised_by_a_fresh_simulator() {
    let mut documents = vec![example("invoice.json"), example("credit-note.json")];
    documents.extend(
        example_text("invoices.jsonl")
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()),
    );
    for document in &documents {
        let sim = Sim::start().await.unwrap();
        let record = Till::new(&sim).settle(&sim, document).await;
        assert_eq!(record["Success"], true, "{record}");
        assert_eq!(record["Error"], Value::Null);
        assert_eq!(record["QrData"]["DeviceId"], sim.device().id());
    }
    let sim = Sim::start().await.unwrap();
    let till = Till::new(&sim);
    for document in documents.iter().rev() {
        assert_eq!(till.settle(&sim, document).await["Success"], true);
    }
    assert_eq!(sim.ledger().len(), documents.len());
    assert!(sim.ledger().iter().all(|(_, count)| count == ONCE));
}
