//! A real process is killed with `SIGKILL` at every failpoint, several times over, and started again. The simulator in this process
//! is the judge: it takes a document twice unless the second says that it is a retry, and counts.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::{path::Path, process::Command, sync::Arc, time::Duration};

use fh_outbox::{Enqueued, Outbox, Policy, State, failpoint};
use fh_sim::{Fault, Operation, Repeat, Sim};
use fiscal_harmony::{
    Client, Document, Environment,
    auth::{Credentials, Identity},
    types::SystemClock,
};

const DOCUMENTS: usize = 4;

fn document(id: &str) -> Document {
    let json = format!(
        r#"{{"InvoiceId":"{id}","InvoiceNumber":"{id}","IsTaxInclusive":true,"BuyerContact":{{"Name":"Cash Customer"}},
        "Date":"2026-11-21T09:00:00+02:00","LineItems":[{{"Description":"Toner","ProductCode":"84439990","UnitAmount":115.5,
        "Quantity":1,"LineAmount":115.5,"TaxCode":"VAT15.5"}}],"SubTotal":100,"TotalTax":15.5,"Total":115.5,"CurrencyCode":"USD"}}"#
    );
    Document::from_json(json.as_bytes()).unwrap()
}

fn policy() -> Policy {
    let mut policy = Policy::default();
    policy.orphan_window = Duration::from_millis(20);
    policy.lease = Duration::from_millis(600);
    policy.backoff_base = Duration::from_millis(5);
    policy.backoff_cap = Duration::from_millis(20);
    policy.refused_wait = Duration::from_millis(20);
    policy.first_poll = Duration::from_millis(5);
    policy.poll_linger = Duration::from_millis(10);
    policy.idle_poll = Duration::from_millis(10);
    policy
}

async fn open(path: &Path) -> Outbox {
    Outbox::open_with(path, policy(), Arc::new(SystemClock)).await.unwrap()
}

async fn strict_sim() -> Sim {
    Sim::builder()
        .repeat(Repeat::SecondAcceptance)
        .repeat_with_retry(Repeat::SameRequest)
        .unique_numbers(false)
        .settle_delay(Duration::from_millis(1))
        .start()
        .await
        .unwrap()
}

/// The process that is killed: it does nothing unless this very file starts it.
#[tokio::test]
async fn child() {
    let Ok(path) = std::env::var("FH_CHILD_DB") else { return };
    let client = Client::builder()
        .environment(Environment::Custom(std::env::var("FH_BASE_URL").unwrap()))
        .credentials(Credentials::from_env().unwrap())
        .identity(Identity::new("fh-tests", "TILL-1", "1").unwrap())
        .build()
        .unwrap();
    let outbox = open(Path::new(&path)).await;
    for number in 0..DOCUMENTS {
        let id = format!("{}-{number}", std::env::var("FH_CHILD_PREFIX").unwrap());
        let Enqueued { entry, .. } = outbox.enqueue(&document(&id)).await.unwrap();
        // Said aloud once it is on the disk: this is what must not be lost.
        println!("KEPT {}", entry.document);
    }
    let all_settled = async {
        for number in 0..DOCUMENTS {
            let id = format!("{}-{number}", std::env::var("FH_CHILD_PREFIX").unwrap());
            while outbox.find(&id).await.unwrap().state != State::Fiscalised {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    };
    outbox.run(&client, all_settled).await;
}

/// Starts the child and says how it ended: true when it was killed. Also which documents it said were kept.
fn live(sim: &Sim, path: &Path, prefix: &str, failpoint: Option<&str>) -> (bool, Vec<String>) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "child", "--nocapture"])
        .env("FH_CHILD_DB", path)
        .env("FH_CHILD_PREFIX", prefix);
    for line in sim.export_lines().lines() {
        let (name, value) = line.trim_start_matches("export ").split_once('=').unwrap();
        command.env(name, value.trim_matches('\''));
    }
    match failpoint {
        Some(failpoint) => command.env("FH_FAILPOINT", failpoint),
        None => command.env_remove("FH_FAILPOINT"),
    };
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let kept = text
        .lines()
        .filter_map(|line| line.split("KEPT ").nth(1))
        .map(str::to_owned)
        .collect();
    let killed = std::os::unix::process::ExitStatusExt::signal(&output.status) == Some(9);
    assert!(
        killed || output.status.success(),
        "{failpoint:?}: {text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    (killed, kept)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_every_point_nothing_is_lost_and_nothing_is_fiscalised_twice() {
    let sim = strict_sim().await;
    let folder = tempfile::tempdir().unwrap();
    let mut deaths = 0;
    for point in failpoint::all()
        .into_iter()
        .filter(|point| !point.starts_with("operate") && !point.starts_with("prune"))
    {
        for nth in [1, 3] {
            for lost in [false, true] {
                let prefix = format!("{}-{nth}-{lost}", point.replace('.', "-"));
                let path = folder.path().join(format!("{prefix}.db"));
                if lost {
                    sim.script(Operation::SubmitInvoice, [None, Some(Fault::LostReply)]);
                }
                let failpoint = format!("{point}:kill:{nth}");
                let (killed, kept) = tokio::task::block_in_place(|| live(&sim, &path, &prefix, Some(&failpoint)));
                deaths += usize::from(killed);
                assert!(killed || nth > 1, "{failpoint} was never reached");
                let outbox = open(&path).await;
                for id in &kept {
                    let entry = outbox
                        .find(id)
                        .await
                        .unwrap_or_else(|error| panic!("{failpoint}: lost: {error}"));
                    let fiscalised = sim.ledger().of(id).fiscalised;
                    assert!(
                        entry.state != State::Fiscalised || fiscalised == 1,
                        "{failpoint}: falsely fiscalised"
                    );
                }
                drop(outbox);
                let (killed, _) = tokio::task::block_in_place(|| live(&sim, &path, &prefix, None));
                assert!(!killed);
                for number in 0..DOCUMENTS {
                    let id = format!("{prefix}-{number}");
                    assert_eq!(
                        sim.ledger().of(&id).fiscalised,
                        1,
                        "{failpoint}, lost reply: {lost}: {id}"
                    );
                }
            }
        }
    }
    assert!(deaths >= 60, "only {deaths} deaths");
}
