//! What these tests share: documents, a quick policy, a strict simulator, and a child process with an outbox.

use std::{
    path::Path,
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use fh_outbox::{OnLate, OnRejected, Outbox, Policy, State, rusqlite};
use fh_sim::{DeviceHandle, KeyCase, Options, PendingForm, Repeat, Sim, SubmitAnswer};
use fiscal_harmony::{
    Client, Document, Environment, RetryPolicy,
    auth::{AppVersion, Application, Credentials, Identity, Station},
    types::SystemClock,
};

/// Whether the long versions of the tests were asked for.
pub(crate) fn is_long() -> bool {
    std::env::var_os("FH_LONG_TESTS").is_some_and(|value| value == "1")
}

pub(crate) fn document(id: &str) -> Document {
    priced(id, "115.5")
}

/// The same document but for its price.
pub(crate) fn priced(id: &str, price: &str) -> Document {
    let json = format!(
        r#"{{"InvoiceId":"{id}","InvoiceNumber":"{id}","IsTaxInclusive":true,"BuyerContact":{{"Name":"Cash Customer"}},
        "Date":"2026-11-21T09:00:00+02:00","LineItems":[{{"Description":"Toner","ProductCode":"84439990","UnitAmount":{price},
        "Quantity":1,"LineAmount":{price},"TaxCode":"VAT15.5"}}],"Total":{price},"CurrencyCode":"USD"}}"#
    );
    Document::from_json(json.as_bytes()).unwrap()
}

/// A credit note for all of such a document.
pub(crate) fn credit(id: &str, invoice: &str) -> Document {
    let json = format!(
        r#"{{"CreditNoteId":"{id}","CreditNoteNumber":"{id}","OriginalInvoiceId":"{invoice}","Reference":"returned","IsTaxInclusive":true,
        "BuyerContact":{{"Name":"Cash Customer"}},"Date":"2026-11-21T10:00:00+02:00","LineItems":[{{"Description":"Toner",
        "ProductCode":"84439990","UnitAmount":115.5,"Quantity":1,"LineAmount":115.5,"TaxCode":"VAT15.5"}}],"Total":115.5,
        "CurrencyCode":"USD"}}"#
    );
    Document::from_json(json.as_bytes()).unwrap()
}

/// The usual policy, some hundred times as fast.
pub(crate) fn quick() -> Policy {
    let mut policy = Policy::default();
    policy.orphan_window = Duration::from_millis(20);
    policy.lease = Duration::from_millis(900);
    policy.backoff_base = Duration::from_millis(5);
    policy.backoff_cap = Duration::from_millis(20);
    policy.refused_wait = Duration::from_millis(20);
    policy.first_poll = Duration::from_millis(10);
    policy.poll_linger = Duration::from_millis(10);
    policy.idle_poll = Duration::from_millis(10);
    // A person decides, at once and before the lane goes on: what is done by itself has tests of its own.
    policy.on_rejected = OnRejected::ParkLane;
    policy.on_probably_fiscalised = OnRejected::ParkLane;
    policy.may_pass_tries = 0;
    // All of these documents have one date.
    policy.on_late = OnLate::Keep;
    policy
}

pub(crate) async fn open(path: &Path) -> Outbox {
    Outbox::open_with(path, quick(), Arc::new(SystemClock)).await.unwrap()
}

/// Fiscalises twice whatever comes twice without saying that it is a retry.
pub(crate) async fn strict_sim() -> Sim {
    Sim::with_options(strict()).await.unwrap()
}

/// As strict, with the other answers to questions of form that only the service could answer.
pub(crate) async fn strict_sim_of_other_forms() -> Sim {
    let mut options = strict();
    options.pending = PendingForm::Missing;
    options.submit_answer = SubmitAnswer::JsonString;
    options.key_case = KeyCase::Camel;
    Sim::with_options(options).await.unwrap()
}

fn strict() -> Options {
    Sim::builder()
        .repeat(Repeat::SecondAcceptance)
        .repeat_with_retry(Repeat::SameRequest)
        .unique_numbers(false)
        .settle_delay(Duration::from_millis(1))
        .build()
}

/// Restarts the simulator. A connection that goes out at that moment may be given its port for a while.
pub(crate) async fn restart(sim: &Sim) {
    sim.stop_listening().await;
    let began = Instant::now();
    while let Err(error) = sim.listen_again().await {
        assert!(began.elapsed() < Duration::from_secs(30), "{error}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

pub(crate) fn client(base_url: &str, credentials: Credentials) -> Client {
    Client::builder()
        .environment(Environment::Custom(base_url.to_owned()))
        .credentials(credentials)
        .identity(Identity::new(
            Application::new("fh-tests").unwrap(),
            Station::new("TILL-1").unwrap(),
            AppVersion::new("1").unwrap(),
        ))
        // A status question that fails is asked again by the outbox.
        .retry(RetryPolicy::never())
        .build()
        .unwrap()
}

pub(crate) fn client_of(sim: &Sim, device: &DeviceHandle) -> Client {
    client(&sim.base_url(), device.credentials())
}

/// The client of a process that was started with [`child`].
pub(crate) fn client_from_env() -> Client {
    client(&std::env::var("FH_BASE_URL").unwrap(), Credentials::from_env().unwrap())
}

/// A process that runs one test of this very file, with the simulator's address and the first device's credentials.
pub(crate) fn child(sim: &Sim, test: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]);
    for line in sim.export_lines().lines() {
        let (name, value) = line.trim_start_matches("export ").split_once('=').unwrap();
        command.env(name, value.trim_matches('\''));
    }
    command.env_remove("FH_FAILPOINT");
    command
}

/// Waits until a document is in a state, and fails loudly when that takes unreasonably long.
pub(crate) async fn becomes(outbox: &Outbox, id: &str, wanted: State) {
    let began = Instant::now();
    loop {
        let entry = outbox.find(id).await.unwrap();
        if entry.state == wanted {
            return;
        }
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "{id} is not {wanted}: {entry:?}"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// SQLite's own word on the soundness of a file.
pub(crate) fn integrity(path: &Path) -> String {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.busy_timeout(Duration::from_secs(10)).unwrap();
    connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap()
}

/// A process with an outbox: it does nothing unless [`child`] starts it. It takes in what `FH_CHILD_TAKE` names, says so, and
/// works until what `FH_CHILD_AWAIT` names is fiscalised (or what `FH_CHILD_UNTIL` says), or for ever when that is `-`.
#[tokio::test]
async fn an_outbox_in_a_process() {
    let Ok(path) = std::env::var("FH_CHILD_DB") else { return };
    let names = |variable: &str| -> Vec<String> {
        let text = std::env::var(variable).unwrap_or_default();
        text.split_whitespace().map(str::to_owned).collect()
    };
    let outbox = open(Path::new(&path)).await;
    for id in names("FH_CHILD_TAKE") {
        outbox.enqueue(&document(&id)).await.unwrap();
        println!("KEPT {id}");
    }
    let wanted = names("FH_CHILD_AWAIT");
    let all_fiscalised = async {
        if wanted.first().is_some_and(|id| id == "-") {
            std::future::pending::<()>().await;
        }
        let until = std::env::var("FH_CHILD_UNTIL").ok();
        let until = until.map_or(State::Fiscalised, |name| State::from_name(&name).unwrap());
        for id in &wanted {
            becomes(&outbox, id, until).await;
        }
    };
    outbox.run(&client_from_env(), all_fiscalised).await;
}

/// The name of that test.
pub(crate) const CHILD: &str = "support::an_outbox_in_a_process";
