//! All 22 operations, in the words of the facade.

use fh_sim::{Operation, Sim};
use fiscal_harmony::{
    Document, ErrorKind, Outcome,
    mapping::{CurrencyMapping, TaxMapping},
};
use futures_util::TryStreamExt;

use crate::{client, credit_note, invoice};

#[tokio::test]
async fn an_invoice_and_its_credit_note_are_fiscalised_once_each() {
    let sim = Sim::start().await.unwrap();
    let client = client(&sim);
    let sale = invoice("INV-1");
    let done = client.fiscalise(&sale).await.unwrap();
    let receipt = done.outcome.receipt().expect("an honest invoice is fiscalised");
    assert_eq!(Some(&receipt.request_id), done.request_id.as_ref());
    assert_eq!(receipt.mismatches(), []);
    assert_eq!(receipt.link().unwrap().device_id, i64::from(sim.device().id()));
    let credited = client.fiscalise(&credit_note("CN-1", &sale)).await.unwrap();
    let second = credited.outcome.receipt().expect("an honest credit note is fiscalised");
    assert_eq!(second.receipt_number, receipt.receipt_number + 1);
    for id in ["INV-1", "CN-1"] {
        let count = sim.ledger().of(id);
        assert_eq!((count.accepted, count.fiscalised, count.rejected), (1, 1, 0), "{id}");
    }
    assert_eq!(sim.requests()[&Operation::SubmitInvoice], 1);
    assert_eq!(sim.requests()[&Operation::SubmitCreditNote], 1);
}

#[tokio::test]
async fn every_example_document_passes_a_fresh_simulator() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples");
    for name in ["invoice.json", "credit-note.json"] {
        let sim = Sim::start().await.unwrap();
        let document = Document::from_json(&std::fs::read(format!("{folder}/{name}")).unwrap()).unwrap();
        let done = client(&sim).fiscalise(&document).await.unwrap();
        assert!(
            matches!(done.outcome, Outcome::Fiscalised(_)),
            "{name}: {:?}",
            done.outcome
        );
        assert_eq!(sim.ledger().of(document.id()).fiscalised, 1, "{name}");
    }
}

#[tokio::test]
async fn a_rejection_keeps_its_reason_and_what_can_be_done() {
    let sim = Sim::start().await.unwrap();
    let client = client(&sim);
    let sale = invoice("INV-1");
    let unknown_original = credit_note("CN-1", &sale);
    let done = client.fiscalise(&unknown_original).await.unwrap();
    let Outcome::Rejected(rejection) = done.outcome else {
        panic!("{:?}", done.outcome)
    };
    assert!(rejection.reason.contains("RCPT032"), "{}", rejection.reason);
    let count = sim.ledger().of("CN-1");
    assert_eq!((count.fiscalised, count.rejected), (0, 1));
}

#[tokio::test]
async fn outcomes_are_asked_for_by_the_hundred_and_come_in_order() {
    let sim = Sim::start().await.unwrap();
    let client = client(&sim);
    let mut ids = Vec::new();
    for number in 0..205 {
        ids.push(client.submit(&invoice(&format!("INV-{number}"))).await.unwrap());
    }
    for id in &ids {
        assert!(sim.await_settled(id.as_str()).await);
    }
    let outcomes: Vec<_> = client.outcomes(ids.clone()).try_collect().await.unwrap();
    assert!(
        outcomes
            .iter()
            .all(|(_, outcome)| matches!(outcome, Outcome::Fiscalised(_)))
    );
    assert_eq!(outcomes.into_iter().map(|(id, _)| id).collect::<Vec<_>>(), ids);
    assert_eq!(sim.requests()[&Operation::Status], 3, "205 ids are three questions");
    assert_eq!(sim.ledger().not_exactly_once().count(), 0);
}

#[tokio::test]
async fn the_pdf_of_a_receipt_is_saved_under_a_safe_name() {
    let sim = Sim::start().await.unwrap();
    let client = client(&sim);
    let done = client.fiscalise(&invoice("INV/2026/1")).await.unwrap();
    let receipt = done.outcome.receipt().unwrap();
    let pdf = client.pdf(receipt).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = pdf.save_in(folder.path().join("new")).unwrap();
    assert_eq!(path.parent().unwrap(), folder.path().join("new"));
    let document = lopdf::Document::load(&path).unwrap();
    assert_eq!(document.get_pages().len(), 1);
    assert!(
        document
            .extract_text(&[1])
            .unwrap()
            .contains(&receipt.verification_code)
    );
    let missing = client.download_pdf("no such file.pdf").await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn the_account_is_read() {
    let sim = Sim::start().await.unwrap();
    let client = client(&sim);
    assert!(client.profile().await.unwrap().full_name.is_some());
    let config: serde_json::Value =
        serde_json::from_str(&client.device().await.unwrap().current_config.unwrap()).unwrap();
    assert!(config["applicableTaxes"].as_array().unwrap().len() > 2);
    client.subscription().await.unwrap();
    client.test_connection().await.unwrap();
    client.check_credentials().await.unwrap();
    for operation in [
        Operation::Profile,
        Operation::FiscalDevice,
        Operation::Subscription,
        Operation::Test,
    ] {
        assert_eq!(sim.requests()[&operation], 1, "{operation:?}");
    }
}

#[tokio::test]
async fn tax_mappings_are_added_read_changed_and_deleted() {
    let sim = Sim::start().await.unwrap();
    let client = client(&sim);
    let before = client.tax_mappings().await.unwrap();
    let new: TaxMapping = serde_json::from_value(serde_json::json!({
        "TaxCode": "LUXURY", "TaxName": "Luxury", "DestinationTaxId": before[0].destination_tax_id,
    }))
    .unwrap();
    let added = client.add_tax_mapping(&new).await.unwrap();
    let id = added.id.expect("the service gives it an id");
    assert_eq!(client.tax_mapping(id).await.unwrap().tax_code, "LUXURY");
    let mut changed = added.clone();
    changed.tax_name = Some("Luxury goods".to_owned());
    assert!(client.update_tax_mapping(id, &changed).await.unwrap());
    assert_eq!(
        client.tax_mapping(id).await.unwrap().tax_name.as_deref(),
        Some("Luxury goods")
    );
    client.delete_tax_mapping(id).await.unwrap();
    assert_eq!(client.tax_mapping(id).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(
        client.tax_mappings().await.unwrap(),
        before,
        "no other mapping was touched"
    );
}

#[tokio::test]
async fn currency_mappings_are_added_read_changed_and_deleted() {
    let sim = Sim::start().await.unwrap();
    let client = client(&sim);
    let supported = client.supported_currencies().await.unwrap();
    assert!(
        supported.contains(&"USD".to_owned()) && supported.contains(&"ZWG".to_owned()),
        "{supported:?}"
    );
    let before = client.currency_mappings().await.unwrap();
    let new: CurrencyMapping =
        serde_json::from_value(serde_json::json!({"SourceCurrency": "BUCKS", "DestinationCurrency": "USD"})).unwrap();
    let added = client.add_currency_mapping(&new).await.unwrap();
    let id = added.id.expect("the service gives it an id");
    assert_eq!(client.currency_mapping(id).await.unwrap().source_currency, "BUCKS");
    let mut changed = added.clone();
    changed.destination_currency = "ZWG".to_owned();
    assert!(client.update_currency_mapping(id, &changed).await.unwrap());
    assert_eq!(client.currency_mapping(id).await.unwrap().destination_currency, "ZWG");
    client.delete_currency_mapping(id).await.unwrap();
    assert_eq!(client.currency_mappings().await.unwrap(), before);
}

#[tokio::test]
async fn z_reports_are_listed_read_and_downloaded() {
    let sim = Sim::start().await.unwrap();
    let client = client(&sim);
    let done = client.fiscalise(&invoice("INV-1")).await.unwrap();
    let day = done.outcome.receipt().unwrap().fiscal_day;
    sim.close_day().unwrap();
    assert!(!client.z_reports().await.unwrap().members.is_empty());
    client.z_report(day).await.unwrap();
    let pdf = client.z_report_pdf(day).await.unwrap();
    assert_eq!(pdf.file_name(), format!("z-report-{day}.pdf"));
    assert_eq!(
        client.z_report(day + 100).await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
}
