//! A backup that is put back, a copy on another machine, a mark that is gone: nothing is sent a second time as if it were the first.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use fh_outbox::{AlarmKind, Cause, MaySend, OnRejected, OnUnknown, Outbox, OutboxError, Policy, State, rusqlite};
use fh_sim::{Fault, Operation, Sim};
use fiscal_harmony::{
    Attempt, Document,
    types::{CatDateTime, Clock, SystemClock},
};
use tempfile::TempDir;

use crate::support::{becomes, client_of, document, quick, strict_sim};

/// A machine's folders: the shop's files, and where the machine keeps its marks.
struct Shop {
    folder: TempDir,
}

impl Shop {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("till.db")
    }

    fn marks(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    async fn open(&self) -> Outbox {
        self.open_as(&self.file(), "this one").await
    }

    async fn open_as(&self, file: &Path, machine: &str) -> Outbox {
        self.open_with(file, machine, policy()).await
    }

    async fn open_with(&self, file: &Path, machine: &str, policy: Policy) -> Outbox {
        let builder = Outbox::builder(file).policy(policy).mark_folder(self.marks());
        builder.machine_id(machine).open().await.unwrap()
    }

    fn backup(&self) -> PathBuf {
        let copy = self.folder.path().join("backup.db");
        let _ = fs::remove_file(&copy);
        let connection = rusqlite::Connection::open(self.file()).unwrap();
        connection.execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
        copy
    }

    fn put_back(&self, backup: &Path) {
        remove(&self.file());
        fs::copy(backup, self.file()).unwrap();
    }
}

fn policy() -> Policy {
    let mut policy = quick();
    policy.on_rejected = OnRejected::StepAside;
    policy.on_probably_fiscalised = OnRejected::StepAside;
    policy
}

/// Removes a store, and leaves its marks.
fn remove(file: &Path) {
    for end in ["", "-wal", "-shm"] {
        let mut name = file.as_os_str().to_owned();
        name.push(end);
        let _ = fs::remove_file(name);
    }
}

fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".mark");
    name.into()
}

async fn sell(outbox: &Outbox, ids: &[&str]) {
    for id in ids {
        outbox.enqueue(&document(id)).await.unwrap();
    }
}

async fn send(outbox: &Outbox, sim: &Sim, ids: &[&str]) {
    let client = client_of(sim, &sim.device());
    let all = async {
        for id in ids {
            becomes(outbox, id, State::Fiscalised).await;
        }
    };
    outbox.run(&client, all).await;
}

async fn alarms(outbox: &Outbox) -> Vec<AlarmKind> {
    let stats = outbox.stats().await.unwrap();
    stats.alarms.iter().map(|alarm| alarm.kind).collect()
}

fn exactly_once(sim: &Sim, ids: &[&str]) {
    for id in ids {
        let count = sim.ledger().of(id);
        assert_eq!((count.accepted, count.fiscalised), (1, 1), "{id}: {count:?}");
    }
}

/// A sale of this moment.
fn sale(id: &str) -> Document {
    // Dates are whole seconds.
    let now = CatDateTime::from_timestamp(SystemClock.now() + Duration::from_secs(2)).to_string();
    let json = String::from_utf8(document(id).freeze(Attempt::First).unwrap().bytes().to_vec()).unwrap();
    let (before, rest) = json.split_once("\"Date\":\"").unwrap();
    let (_, after) = rest.split_once('"').unwrap();
    Document::from_json(format!("{before}\"Date\":\"{now}\"{after}").as_bytes()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_backup_is_put_back_everything_goes_as_a_repetition() {
    let (sim, shop) = (strict_sim().await, Shop::new());
    let outbox = shop.open().await;
    sell(&outbox, &["A", "B", "C"]).await;
    let backup = shop.backup();
    send(&outbox, &sim, &["A", "B", "C"]).await;
    sell(&outbox, &["D"]).await;
    send(&outbox, &sim, &["D"]).await;
    drop(outbox);
    shop.put_back(&backup);

    let outbox = shop.open().await;
    assert_eq!(alarms(&outbox).await, [AlarmKind::Restored]);
    let entry = outbox.find("A").await.unwrap();
    assert_eq!(
        (entry.state, entry.in_doubt, entry.cause),
        (State::Unknown, true, Some(Cause::Restored))
    );
    // What the backup had forgotten, handed in again by the ERP.
    sell(&outbox, &["D"]).await;
    let entry = outbox.find("D").await.unwrap();
    assert_eq!((entry.state, entry.in_doubt), (State::Unknown, true));
    outbox.enqueue(&sale("E")).await.unwrap();
    let entry = outbox.find("E").await.unwrap();
    assert_eq!((entry.state, entry.in_doubt), (State::Queued, false), "it is of today");
    let all = ["A", "B", "C", "D", "E"];
    send(&outbox, &sim, &all).await;
    exactly_once(&sim, &all);
    outbox.acknowledge("restored", "rudo").await.unwrap();
    assert_eq!(alarms(&outbox).await, []);
    drop(outbox);
    // It is in order now, and stays so.
    assert_eq!(alarms(&shop.open().await).await, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_taken_is_asked_about_and_what_was_refused_is_in_doubt() {
    let (sim, shop) = (strict_sim().await, Shop::new());
    let outbox = shop.open().await;
    sim.script(Operation::SubmitInvoice, [Some(Fault::RejectedOnce)]);
    sell(&outbox, &["refused", "taken", "skipped"]).await;
    outbox.skip("skipped", "rudo", "sold by hand").await.unwrap();
    sim.script(Operation::Status, [None, Some(Fault::StatusPending)]);
    let client = client_of(&sim, &sim.device());
    outbox
        .run(&client, async {
            becomes(&outbox, "refused", State::Rejected).await;
            loop {
                if outbox.find("taken").await.unwrap().request_id.is_some() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await;
    let request = outbox.find("taken").await.unwrap().request_id;
    let backup = shop.backup();
    // After the backup a person mended the two and they were fiscalised.
    outbox.retry("refused", "rudo").await.unwrap();
    outbox.retry("skipped", "rudo").await.unwrap();
    send(&outbox, &sim, &["refused", "skipped", "taken"]).await;
    drop(outbox);
    shop.put_back(&backup);

    let outbox = shop.open().await;
    for id in ["refused", "skipped"] {
        let entry = outbox.find(id).await.unwrap();
        assert_eq!(
            (entry.state, entry.in_doubt, entry.cause, entry.holds),
            (State::Parked, true, Some(Cause::Restored), false),
            "{id}"
        );
        let refused = outbox.skip(id, "rudo", "gone").await.unwrap_err();
        assert!(matches!(refused, OutboxError::NotPossible { .. }), "{refused}");
    }
    let taken = outbox.find("taken").await.unwrap();
    assert_eq!(taken.request_id, request);
    assert!(taken.in_doubt || taken.state == State::Fiscalised);
    send(&outbox, &sim, &["taken"]).await;
    outbox.retry("refused", "rudo").await.unwrap();
    outbox.retry("skipped", "rudo").await.unwrap();
    send(&outbox, &sim, &["refused", "skipped"]).await;
    for id in ["taken", "refused", "skipped"] {
        assert_eq!(sim.ledger().of(id).fiscalised, 1, "{id}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_wants_to_decide_himself_holds_everything_and_new_sales_go_on() {
    let (sim, shop) = (strict_sim().await, Shop::new());
    let outbox = shop.open().await;
    sell(&outbox, &["A"]).await;
    let backup = shop.backup();
    send(&outbox, &sim, &["A"]).await;
    drop(outbox);
    shop.put_back(&backup);
    let mut holding = policy();
    holding.on_restored = OnUnknown::Hold;
    let outbox = shop.open_with(&shop.file(), "this one", holding).await;
    sell(&outbox, &["B"]).await;
    for id in ["A", "B"] {
        let entry = outbox.find(id).await.unwrap();
        assert_eq!(
            (entry.state, entry.cause, entry.holds),
            (State::Parked, Some(Cause::Restored), false),
            "{id}"
        );
    }
    outbox.enqueue(&sale("C")).await.unwrap();
    send(&outbox, &sim, &["C"]).await;
    assert_eq!(outbox.find("A").await.unwrap().attempts, 0);
    outbox.retry("A", "rudo").await.unwrap();
    send(&outbox, &sim, &["A"]).await;
    exactly_once(&sim, &["A", "C"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_on_another_machine_takes_in_and_sends_nothing_until_it_is_taken_over() {
    let (sim, shop, other) = (strict_sim().await, Shop::new(), Shop::new());
    let outbox = shop.open().await;
    sell(&outbox, &["A", "B"]).await;
    let copy = shop.backup();
    fs::copy(copy, other.file()).unwrap();
    send(&outbox, &sim, &["A", "B"]).await;

    let clone = other.open_as(&other.file(), "the other").await;
    assert_eq!(clone.may_send(), MaySend::OtherMachine);
    assert_eq!(alarms(&clone).await, [AlarmKind::TakeOver]);
    sell(&clone, &["C"]).await;
    let waits = clone.find("C").await.unwrap().waits_for.unwrap().why;
    assert!(
        waits.starts_with("behind A") && waits.contains("another machine"),
        "{waits}"
    );
    let reason = clone.find("A").await.unwrap().reason.unwrap();
    assert!(reason.contains("another machine"), "{reason}");
    let client = client_of(&sim, &sim.device());
    // A worker that is at it sees that it is taken over elsewhere, here by another handle on the same file.
    let person = other.open_as(&other.file(), "the other").await;
    clone
        .run(&client, async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            for id in ["A", "B", "C"] {
                assert_eq!(clone.find(id).await.unwrap().attempts, 0, "{id}");
            }
            assert_eq!(sim.ledger().of("C").accepted, 0);
            assert_eq!(person.take_over("rudo", false).await.unwrap(), 3);
            for id in ["A", "B", "C"] {
                becomes(&clone, id, State::Fiscalised).await;
            }
        })
        .await;
    exactly_once(&sim, &["A", "B", "C"]);
    assert_eq!(clone.may_send(), MaySend::Yes);
    let again = clone.take_over("rudo", false).await.unwrap_err();
    assert!(matches!(again, OutboxError::NothingToTakeOver), "{again}");
    drop((clone, person));
    // Brought back to the first machine, it is that one's turn to ask.
    let back = other.open().await;
    assert_eq!(back.may_send(), MaySend::OtherMachine);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mark_that_is_gone_where_there_was_one_is_a_question_for_a_person() {
    let (sim, shop) = (strict_sim().await, Shop::new());
    let outbox = shop.open().await;
    sell(&outbox, &["A"]).await;
    send(&outbox, &sim, &["A"]).await;
    drop(outbox);
    fs::remove_dir_all(shop.marks()).unwrap();
    assert_eq!(shop.open().await.may_send(), MaySend::Yes, "the one beside it is there");
    fs::remove_dir_all(shop.marks()).ok();
    fs::remove_file(beside(&shop.file())).unwrap();
    let outbox = shop.open().await;
    assert_eq!(outbox.may_send(), MaySend::NoMark);
    assert_eq!(alarms(&outbox).await, [AlarmKind::TakeOver]);
    sell(&outbox, &["B"]).await;
    outbox.take_over("rudo", false).await.unwrap();
    send(&outbox, &sim, &["B"]).await;
    exactly_once(&sim, &["A", "B"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_copies_on_one_machine_find_out_about_each_other() {
    let (sim, shop) = (strict_sim().await, Shop::new());
    let outbox = shop.open().await;
    sell(&outbox, &["A", "B"]).await;
    // The second is opened before either has sent.
    let second = shop.folder.path().join("second.db");
    let copy = shop.backup();
    fs::copy(copy, &second).unwrap();
    let twin = shop.open_as(&second, "this one").await;
    send(&outbox, &sim, &["A"]).await;
    send(&twin, &sim, &["A", "B"]).await;
    send(&outbox, &sim, &["B"]).await;
    exactly_once(&sim, &["A", "B"]);
    assert_eq!(alarms(&twin).await, [AlarmKind::Restored]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outbox_that_was_lost_is_missed_where_it_stood() {
    let (sim, shop) = (strict_sim().await, Shop::new());
    let outbox = shop.open().await;
    sell(&outbox, &["A"]).await;
    send(&outbox, &sim, &["A"]).await;
    drop(outbox);
    remove(&shop.file());
    let outbox = shop.open().await;
    assert_eq!(alarms(&outbox).await, [AlarmKind::Restored]);
    sell(&outbox, &["A"]).await;
    send(&outbox, &sim, &["A"]).await;
    exactly_once(&sim, &["A"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_person_says_to_be_restored_is_in_doubt() {
    let (sim, shop) = (strict_sim().await, Shop::new());
    let outbox = shop.open().await;
    sell(&outbox, &["A", "B"]).await;
    let image = tempfile::tempdir().unwrap();
    let everything = [shop.backup(), image.path().join("image.db")];
    fs::copy(&everything[0], &everything[1]).unwrap();
    assert_eq!(outbox.restored("rudo", false).await.unwrap(), 2);
    assert_eq!(alarms(&outbox).await, [AlarmKind::Restored]);
    send(&outbox, &sim, &["A", "B"]).await;
    let history = outbox.history("A").await.unwrap();
    assert!(
        history
            .iter()
            .any(|change| change.event == "restored" && change.who == "operator rudo")
    );
    let claim = history.iter().find(|change| change.event == "claim").unwrap();
    assert_eq!(claim.why, "sending as a retry");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_move_an_upgrade_and_a_machine_that_is_named_raise_no_alarm() {
    let (sim, shop) = (strict_sim().await, Shop::new());
    let outbox = shop.open().await;
    sell(&outbox, &["A"]).await;
    send(&outbox, &sim, &["A"]).await;
    drop(outbox);
    // Moved on the same machine, without what lies beside it; a new one takes its old place.
    let moved = shop.folder.path().join("moved.db");
    fs::rename(shop.file(), &moved).unwrap();
    let outbox = shop.open_as(&moved, "this one").await;
    assert_eq!((alarms(&outbox).await, outbox.may_send()), (vec![], MaySend::Yes));
    let new = shop.open().await;
    assert_eq!((alarms(&new).await, new.may_send()), (vec![], MaySend::Yes));
    drop((outbox, new));
    // From before there were marks.
    let connection = rusqlite::Connection::open(&moved).unwrap();
    connection
        .execute_batch("DELETE FROM fh_outbox_node; DELETE FROM fh_outbox_meta WHERE name <> 'version'")
        .unwrap();
    drop(connection);
    fs::remove_dir_all(shop.marks()).unwrap();
    fs::remove_file(beside(&moved)).unwrap();
    let outbox = shop.open_as(&moved, "this one").await;
    sell(&outbox, &["B"]).await;
    send(&outbox, &sim, &["B"]).await;
    assert_eq!((alarms(&outbox).await, outbox.may_send()), (vec![], MaySend::Yes));
    exactly_once(&sim, &["A", "B"]);
    drop(outbox);
    // A container that keeps its file and nothing else.
    let builder = || Outbox::builder(&moved).mark_folder(tempfile::tempdir().unwrap().keep());
    let outbox = builder().machine_id("this one").open().await.unwrap();
    assert_eq!((alarms(&outbox).await, outbox.may_send()), (vec![], MaySend::Yes));
    assert_eq!(
        builder().machine_id("another").open().await.unwrap().may_send(),
        MaySend::OtherMachine
    );
}
