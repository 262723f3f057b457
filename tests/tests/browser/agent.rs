//! `fh serve` as a child process, and the till that hands documents to it.

use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use fh_sim::Sim;
use fh_types::{CatDateTime, Clock, SystemClock};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) struct Agent {
    child: Child,
    pub(crate) address: String,
    pub(crate) token: String,
    client: Client,
    home: TempDir,
}

/// The program stands beside the tests.
fn fh() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let name = format!("fh{}", std::env::consts::EXE_SUFFIX);
    let program = test.parent().unwrap().parent().unwrap().join(name);
    assert!(
        program.is_file(),
        "{} is not there: build it first, with `cargo build --bin fh`",
        program.display()
    );
    program
}

fn spawn(sim: &Sim, home: &TempDir, listen: &str) -> (Child, String) {
    let mut command = Command::new(fh());
    for (name, _) in std::env::vars_os() {
        if name
            .to_str()
            .is_some_and(|name| name.starts_with("FH_") || name.starts_with("XDG_"))
        {
            command.env_remove(name);
        }
    }
    let lines = sim.export_lines();
    let variables = lines.lines().map(|line| {
        let (name, value) = line.strip_prefix("export ").unwrap().split_once('=').unwrap();
        (name, value.trim_matches('\''))
    });
    let mut child = command
        .args(["serve", "--on-rejected", "park_lane", "--may-pass-tries", "1"])
        // Its documents have dates of one second, and are sent as they are.
        .args(["--on-late", "keep"])
        .args(["--listen", listen, "--token-file"])
        .arg(home.path().join("token"))
        .env("HOME", home.path())
        .env("LOCALAPPDATA", home.path())
        .envs(variables)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let address = crate::after(child.stderr.take().unwrap(), "the agent answers on http://");
    (child, address.split('/').next().unwrap().to_owned())
}

impl Agent {
    pub(crate) fn start(sim: &Sim) -> Self {
        let home = tempfile::tempdir().unwrap();
        let (child, host) = spawn(sim, &home, "127.0.0.1:0");
        let token = std::fs::read_to_string(home.path().join("token")).unwrap();
        Self {
            child,
            address: format!("http://{host}"),
            token: token.trim().to_owned(),
            client: Client::builder().no_proxy().build().unwrap(),
            home,
        }
    }

    pub(crate) fn stop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// On the same port.
    pub(crate) fn start_again(&mut self, sim: &Sim) {
        let host = self.address.strip_prefix("http://").unwrap();
        self.child = spawn(sim, &self.home, host).0;
    }

    pub(crate) fn page(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let mut request = self.client.request(method, self.page(path)).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let answer: Value = answer.json().await.unwrap();
        assert!(status.is_success(), "{path}: {answer}");
        answer
    }

    pub(crate) async fn submit(&self, document: Value) -> Value {
        self.ask(Method::POST, "/v1/documents", Some(document)).await
    }

    /// Where a document stands, once it is settled or needs somebody.
    pub(crate) async fn settled(&self, id: &str) -> Value {
        self.ask(Method::GET, &format!("/v1/documents/{id}?wait=60"), None)
            .await
    }

    pub(crate) async fn retry(&self, id: &str, who: &str) {
        let word = json!({ "by": who });
        self.ask(Method::POST, &format!("/v1/documents/{id}/retry"), Some(word))
            .await;
    }

    pub(crate) async fn events(&self, id: &str) -> Vec<String> {
        let history = self
            .ask(Method::GET, &format!("/v1/documents/{id}/history"), None)
            .await;
        let changes = history.as_array().unwrap().iter();
        changes
            .map(|change| change["event"].as_str().unwrap().to_owned())
            .collect()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A sale at the counter of a moment ago.
pub(crate) fn invoice(id: &str) -> Value {
    let date = CatDateTime::from_timestamp(SystemClock.now() - std::time::Duration::from_secs(60));
    json!({
        "InvoiceId": id, "InvoiceNumber": id, "IsTaxInclusive": true, "BuyerContact": { "Name": "Cash Customer" },
        "Date": date,
        "LineItems": [{ "Description": "Fresh milk 1 l", "ProductCode": "04012000", "UnitAmount": 1.65, "Quantity": 3,
            "LineAmount": 4.95, "TaxCode": "ZERO" }],
        "SubTotal": 4.95, "TotalTax": 0, "Total": 4.95, "CurrencyCode": "USD", "PaymentMethod": "Cash",
    })
}
