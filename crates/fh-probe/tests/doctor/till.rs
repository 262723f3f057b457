//! A healthy till: a profile, a simulator, an outbox with a fiscalised document and a backup.

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use fh_auth::{AppVersion, Application, Credentials, Identity, Station};
use fh_outbox::{Outbox, State};
use fh_probe::doctor::{AgentPlace, Finding, Patient, Report, Said, Source, StorePlace, Verdict, examine};
use fh_sim::{Options, Sim};
use fh_types::{CatDateTime, SystemClock};
use fiscal_harmony::{Client, Document, Environment};
use tempfile::TempDir;

/// A till and its world.
pub(crate) struct Till {
    pub(crate) folder: TempDir,
    pub(crate) sim: Sim,
    pub(crate) client: Client,
}

/// An invoice of now.
pub(crate) fn invoice(id: &str, code: &str, hs_code: &str) -> Document {
    let now = CatDateTime::now(&SystemClock);
    let json = format!(
        r#"{{"InvoiceId":"{id}","InvoiceNumber":"{id}","IsTaxInclusive":true,"BuyerContact":{{"Name":"Cash Tendai Moyo"}},"Date":"{now}",
        "LineItems":[{{"Description":"Toner","ProductCode":"{hs_code}","UnitAmount":115.5,"Quantity":1,"LineAmount":115.5,"TaxCode":"{code}"}}],
        "Total":115.5,"CurrencyCode":"USD"}}"#
    );
    Document::from_json(json.as_bytes()).unwrap()
}

impl Till {
    /// A till that everything is well with.
    pub(crate) async fn healthy() -> Self {
        let sim = Sim::with_options(Options::builder().settle_delay(Duration::from_millis(1)).build())
            .await
            .unwrap();
        let identity = Identity::new(
            Application::new("Shop POS").unwrap(),
            Station::new("till-one").unwrap(),
            AppVersion::new("1").unwrap(),
        );
        let credentials: Credentials = sim.credentials();
        let client = Client::builder()
            .environment(Environment::Custom(sim.base_url()))
            .credentials(credentials)
            .identity(identity)
            .build()
            .unwrap();
        let till = Self {
            folder: tempfile::tempdir().unwrap(),
            sim,
            client,
        };
        till.write_private("profiles.toml", "[till]\n");
        let outbox = till.outbox().await;
        outbox.enqueue(&invoice("INV-1", "VAT15.5", "84439990")).await.unwrap();
        outbox
            .run(&till.client, async {
                outbox.wait("INV-1", Duration::from_secs(60)).await.unwrap();
            })
            .await;
        assert_eq!(outbox.find("INV-1").await.unwrap().state, State::Fiscalised);
        outbox.backup(till.path("backup.db")).await.unwrap();
        till
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write_private(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
        path
    }

    pub(crate) fn builder(&self) -> fh_outbox::OutboxBuilder {
        Outbox::builder(self.path("till.db"))
            .mark_folder(self.path("marks"))
            .machine_id("this machine")
    }

    pub(crate) async fn outbox(&self) -> Outbox {
        self.builder().open().await.unwrap()
    }

    /// What its settings say.
    pub(crate) fn said(&self) -> Said {
        let lines = self.sim.export_lines();
        let variable = |name: &str| {
            let line = lines
                .lines()
                .find_map(|line| line.strip_prefix(&format!("export {name}=")));
            line.map(|value| value.trim_matches('\'').to_owned())
        };
        let mut said = Said::default();
        said.api_key = variable("FH_API_KEY");
        said.api_secret = variable("FH_API_SECRET").map(Into::into);
        said.application = Some("Shop POS".to_owned());
        said.station = Some("till-one".to_owned());
        said.base_url = Some(self.sim.base_url());
        said
    }

    /// The till, for the doctor.
    pub(crate) fn patient(&self) -> Patient {
        let source = Source::Profile {
            path: self.path("profiles.toml"),
            name: "till".to_owned(),
        };
        let mut patient = Patient::new("0.0.1", source, Ok(self.said()));
        patient.store = Some(StorePlace::new("till.db", Some(self.path("till.db")), self.builder()));
        // A port that nothing listens on: the system gives out others.
        patient.agent = Some(AgentPlace::new("127.0.0.1:1", self.path("agent-token")));
        patient
    }

    /// The same with something else in its settings.
    pub(crate) fn saying(&self, change: impl FnOnce(&mut Said)) -> Patient {
        let mut said = self.said();
        change(&mut said);
        let mut patient = self.patient();
        patient.said = Ok(said);
        patient
    }
}

/// What a check finds in a patient: its verdict is this one, and its words and its remedy say this.
pub(crate) async fn finds(patient: &Patient, check: &str, verdict: Verdict, words: &str, remedy: &str) -> Report {
    let report = Box::pin(examine(patient)).await;
    found(&report, check, verdict, words, remedy);
    report
}

pub(crate) fn found(report: &Report, check: &str, verdict: Verdict, words: &str, remedy: &str) {
    let finding: &Finding = report.of(check).unwrap_or_else(|| panic!("there is no check {check}"));
    assert_eq!(finding.verdict, verdict, "{finding:?}");
    assert!(finding.message.contains(words), "{words}: {finding:?}");
    let said = finding.remedy.as_deref().unwrap_or_default();
    assert!(said.contains(remedy), "{remedy}: {finding:?}");
    assert_eq!(said.is_empty(), verdict < Verdict::Warn, "{finding:?}");
}

/// Sets who may read a file.
pub(crate) fn mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
}
