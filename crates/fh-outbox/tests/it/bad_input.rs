// One idea: each thing that can be wrong around an outbox, one test each, over the same few made-up files and clocks.
//! Files, clocks, keys and documents that are not as they should be: a clear error, and nothing lost.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, sync::Arc, time::Duration};

use fh_outbox::{AlarmKind, Outbox, OutboxError, Policy, State, rusqlite};
use fh_sim::{Fault, Operation, Sim};
use fiscal_harmony::types::{Clock, ManualClock, SystemClock};

use crate::support::{CHILD, becomes, child, client_of, document, open, priced, quick, strict_sim};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Every message says where, and what to do.
#[track_caller]
fn reads_well(error: &OutboxError, place: &Path, remedy: &str) {
    let text = error.to_string();
    assert!(
        text.contains(&place.display().to_string()),
        "it does not say where: {text}"
    );
    assert!(text.contains(remedy), "it does not say {remedy:?}: {text}");
}

async fn refused(path: &Path) -> OutboxError {
    Outbox::open(path).await.map(|_| ()).unwrap_err()
}

#[tokio::test]
async fn a_folder_in_place_of_the_file_is_said_to_be_one() {
    let folder = tempfile::tempdir().unwrap();
    let error = refused(folder.path()).await;
    assert!(matches!(error, OutboxError::File { .. }), "{error}");
    reads_well(&error, folder.path(), "name a file in it");
}

#[tokio::test]
async fn a_missing_folder_is_named_and_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop/till.db");
    let error = refused(&path).await;
    assert!(matches!(error, OutboxError::File { .. }), "{error}");
    reads_well(&error, &path, "make its folder first");
    assert!(!folder.path().join("shop").exists());
}

#[tokio::test]
async fn a_file_of_a_newer_program_is_left_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    open(&path).await.enqueue(&document("A")).await.unwrap();
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute_batch("UPDATE fh_outbox_meta SET value = '99' WHERE name = 'version'")
        .unwrap();
    let error = refused(&path).await;
    assert!(matches!(error, OutboxError::Newer { found: 99, .. }), "{error}");
    reads_well(&error, &path, "use the newer program");
    let kept: i64 = connection
        .query_row("SELECT count(*) FROM fh_outbox_entry", [], |row| row.get(0))
        .unwrap();
    assert_eq!(kept, 1);
}

/// A closed outbox with this many documents.
async fn filled(path: &Path, count: usize) {
    let outbox = open(path).await;
    for number in 0..count {
        outbox.enqueue(&document(&format!("D-{number}"))).await.unwrap();
    }
    drop(outbox);
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
}

/// The first error of opening it, finding its documents and adding one; what could be done was done.
async fn first_error(path: &Path, count: usize) -> Option<OutboxError> {
    let outbox = match Outbox::open(path).await {
        Ok(outbox) => outbox,
        Err(error) => return Some(error),
    };
    for number in 0..count {
        if let Err(error) = outbox.find(&format!("D-{number}")).await {
            return Some(error);
        }
    }
    outbox.enqueue(&document("NEW")).await.err()
}

#[tokio::test]
async fn a_file_that_was_cut_short_is_reported_and_not_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole.db");
    filled(&whole, 60).await;
    let bytes = fs::read(&whole).unwrap();
    for length in [
        1,
        99,
        512,
        4096,
        bytes.len() / 2,
        bytes.len() / 2 + 1,
        bytes.len() - 4096,
    ] {
        let path = folder.path().join(format!("cut-at-{length}.db"));
        fs::write(&path, &bytes[..length]).unwrap();
        let error = first_error(&path, 60)
            .await
            .unwrap_or_else(|| panic!("cut at {length}: no error"));
        assert!(matches!(error, OutboxError::Damaged { .. }), "cut at {length}: {error}");
        reads_well(&error, &path, "make a copy");
        assert_eq!(
            fs::read(&path).unwrap(),
            bytes[..length],
            "cut at {length}: it was written to"
        );
    }
}

#[tokio::test]
async fn a_file_that_is_damaged_in_the_middle_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole.db");
    filled(&whole, 60).await;
    let bytes = fs::read(&whole).unwrap();
    let mut reported = 0;
    for page in 1..bytes.len() / 4096 {
        let path = folder.path().join(format!("page-{page}.db"));
        let mut damaged = bytes.clone();
        damaged[page * 4096..(page + 1) * 4096].fill(0xA5);
        fs::write(&path, &damaged).unwrap();
        // A page that none of these operations needs goes unnoticed by them.
        if let Some(error) = first_error(&path, 60).await {
            assert!(matches!(error, OutboxError::Damaged { .. }), "page {page}: {error}");
            reads_well(&error, &path, "make a copy");
            reported += 1;
        }
    }
    assert!(
        reported > 20,
        "only {reported} of {} damages were noticed",
        bytes.len() / 4096
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_whose_bytes_have_rotted_is_not_sent_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    filled(&path, 2).await;
    let mut bytes = fs::read(&path).unwrap();
    let pattern = br#""InvoiceId":"D-0""#;
    let places: Vec<_> = bytes
        .windows(pattern.len())
        .enumerate()
        .filter(|(_, window)| window == pattern)
        .map(|(place, _)| place)
        .collect();
    assert_eq!(places.len(), 2, "the first form and the retry form");
    for place in places {
        bytes[place + pattern.len() - 2] = b'7';
    }
    fs::write(&path, &bytes).unwrap();
    let sim = strict_sim().await;
    let outbox = open(&path).await;
    outbox
        .run(&client_of(&sim, &sim.device()), becomes(&outbox, "D-0", State::Parked))
        .await;
    let entry = outbox.find("D-0").await.unwrap();
    let reason = entry.reason.unwrap();
    assert!(
        reason.contains("sha256") && reason.contains("nothing was sent"),
        "{reason}"
    );
    assert!(sim.ledger().is_empty());
    // The lane goes on once a person has said so.
    outbox.skip("D-0", "rudo", "written anew as D-9").await.unwrap();
    outbox
        .run(
            &client_of(&sim, &sim.device()),
            becomes(&outbox, "D-1", State::Fiscalised),
        )
        .await;
    assert_eq!(sim.ledger().of("D-1").fiscalised, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_for_a_moment_is_waited_for_and_a_long_one_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    let outbox = open(&path).await;
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let document_a = document("A");
    let mut waiting = std::pin::pin!(outbox.enqueue(&document_a));
    let early = tokio::time::timeout(Duration::from_millis(300), &mut waiting).await;
    assert!(early.is_err(), "it was written past a lock: {early:?}");
    other.execute_batch("COMMIT").unwrap();
    assert!(waiting.await.unwrap().is_new);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = outbox.enqueue(&document("B")).await.unwrap_err();
    assert!(
        matches!(error, OutboxError::Locked { .. }) && error.is_temporary(),
        "{error}"
    );
    reads_well(&error, &path, "close that program");
    other.execute_batch("COMMIT").unwrap();
    assert!(matches!(outbox.find("B").await, Err(OutboxError::NoSuchDocument(_))));
    assert!(outbox.enqueue(&document("B")).await.unwrap().is_new);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outbox_that_is_locked_as_a_whole_is_not_opened_and_later_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    filled(&path, 1).await;
    let other = rusqlite::Connection::open(&path).unwrap();
    other
        .execute_batch("PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE mine (x); COMMIT")
        .unwrap();
    let error = refused(&path).await;
    assert!(matches!(error, OutboxError::Locked { .. }), "{error}");
    reads_well(&error, &path, "close that program");
    drop(other);
    assert_eq!(open(&path).await.find("D-0").await.unwrap().state, State::Queued);
}

/// A process of a user who may read and not write. It does nothing unless the test below starts it.
#[tokio::test]
async fn a_reader() {
    let Ok(path) = std::env::var("FH_READ_ONLY_DB") else {
        return;
    };
    let error = refused(Path::new(&path)).await;
    println!("SAID {error}\nKIND {}", matches!(error, OutboxError::ReadOnly { .. }));
}

#[tokio::test]
async fn a_file_that_may_only_be_read_is_said_to_be_so() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("shop");
    fs::create_dir(&place).unwrap();
    let path = place.join("till.db");
    filled(&path, 1).await;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    for folder in [folder.path(), &place] {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o555)).unwrap();
    }
    let before = fs::read(&path).unwrap();
    let mut reader = std::process::Command::new(std::env::current_exe().unwrap());
    reader
        .args(["--exact", "bad_input::a_reader", "--nocapture"])
        .env("FH_READ_ONLY_DB", &path);
    if fs::File::options().write(true).open(&path).is_ok() {
        // For root nothing is read-only; nobody is a user like others.
        std::os::unix::process::CommandExt::uid(&mut reader, 65534);
    }
    let output = reader.output().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&place, fs::Permissions::from_mode(0o755)).unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        text.contains("KIND true"),
        "{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        text.contains(&path.display().to_string()) && text.contains("may only be read"),
        "{text}"
    );
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_document_that_was_edited_after_it_was_taken_in_is_refused_with_both_hashes() {
    let folder = tempfile::tempdir().unwrap();
    let sim = strict_sim().await;
    let outbox = open(&folder.path().join("till.db")).await;
    outbox.enqueue(&priced("A", "10")).await.unwrap();
    outbox
        .run(
            &client_of(&sim, &sim.device()),
            becomes(&outbox, "A", State::Fiscalised),
        )
        .await;
    let error = outbox.enqueue(&priced("A", "11")).await.unwrap_err();
    let OutboxError::OtherContent {
        kept, offered, state, ..
    } = &error
    else {
        panic!("{error}")
    };
    let text = error.to_string();
    assert!(
        kept != offered
            && [kept, offered]
                .iter()
                .all(|hash| hash.len() == 64 && text.contains(*hash)),
        "{text}"
    );
    assert!(
        *state == State::Fiscalised && text.contains("an id and a number of its own"),
        "{text}"
    );
    assert_eq!(sim.ledger().of("A").accepted, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_key_stops_its_lane_and_no_other_and_burns_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let sim = strict_sim().await;
    let devices = [sim.device(), sim.add_device()];
    let mut policy = quick();
    policy.refused_wait = Duration::from_millis(100);
    let outbox = Outbox::open_with(folder.path().join("till.db"), policy, Arc::new(SystemClock))
        .await
        .unwrap();
    let lanes = ["one", "two"].map(|name| outbox.for_lane(name));
    for number in 0..20 {
        for (lane, name) in lanes.iter().zip(["one", "two"]) {
            lane.enqueue(&document(&format!("{name}-{number}"))).await.unwrap();
        }
    }
    let clients = devices.each_ref().map(|device| client_of(&sim, device));
    let story = async {
        becomes(&outbox, "one-4", State::Fiscalised).await;
        devices[0].revoke_key(true);
        becomes(&outbox, "two-19", State::Fiscalised).await;
        let began = tokio::time::Instant::now();
        let before = sim.requests()[&Operation::SubmitInvoice];
        sim.await_requests(Operation::SubmitInvoice, before + 3).await;
        assert!(
            began.elapsed() >= Duration::from_millis(200),
            "it knocks faster than it should"
        );
        let mut tried = 0;
        for number in 0..20 {
            let entry = outbox.find(&format!("one-{number}")).await.unwrap();
            assert!(!matches!(entry.state, State::Parked | State::Rejected), "{entry:?}");
            if entry.state == State::Queued && entry.attempts > 0 {
                tried += 1;
                let reason = entry.reason.unwrap();
                assert!(
                    reason.contains("401") && reason.contains("check the API key"),
                    "{reason}"
                );
            }
        }
        assert!(tried <= 1, "{tried} documents were tried with a key that does not work");
        devices[0].revoke_key(false);
        becomes(&outbox, "one-19", State::Fiscalised).await;
    };
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let until_stopped = || {
        let mut stopped = stopped.clone();
        async move {
            let _ = stopped.wait_for(|stop| *stop).await;
        }
    };
    tokio::join!(
        lanes[0].run(&clients[0], until_stopped()),
        lanes[1].run(&clients[1], until_stopped()),
        async {
            story.await;
            stop.send_replace(true);
        }
    );
    for (device, name) in devices.iter().zip(["one", "two"]) {
        let expected: Vec<_> = (0..20).map(|number| format!("{name}-{number}")).collect();
        assert_eq!(device.first_acceptances(), expected);
    }
    assert_eq!(sim.ledger().not_exactly_once().count(), 0);
    assert_eq!(sim.ledger().len(), 40);
}

/// An outbox whose clock is in the test's hand. Its waits are the usual ones; it only looks at the clock more often.
async fn with_clock(path: &Path, clock: &Arc<ManualClock>) -> Outbox {
    let mut policy = Policy::default();
    policy.idle_poll = Duration::from_millis(2);
    policy.poll_linger = Duration::from_millis(2);
    Outbox::open_with(path, policy, clock.clone()).await.unwrap()
}

/// Lets time pass, half a minute at a time, until a document is fiscalised; says how much time that was.
async fn time_until_fiscalised(sim: &Sim, outbox: &Outbox, clock: &ManualClock, id: &str) -> Duration {
    let began = clock.now();
    let passing = async {
        while outbox.find(id).await.unwrap().state != State::Fiscalised {
            clock.advance(Duration::from_secs(30));
            assert!(
                clock.now().duration_since(began).as_secs() < 24 * 3600,
                "{:?}",
                outbox.find(id).await.unwrap()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    outbox.run(&client_of(sim, &sim.device()), passing).await;
    Duration::try_from(clock.now().duration_since(began)).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_was_set_back_while_a_worker_died_sending_does_not_make_it_send_blindly() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    let sim = strict_sim().await;
    let mut worker = child(&sim, CHILD);
    worker
        .env("FH_CHILD_DB", &path)
        .env("FH_CHILD_TAKE", "A")
        .env("FH_CHILD_AWAIT", "A")
        .env("FH_FAILPOINT", "submit.after:kill:1");
    let output = tokio::task::spawn_blocking(move || worker.output())
        .await
        .unwrap()
        .unwrap();
    assert!(!output.status.success(), "the worker lives");
    assert!(sim.await_settled("A").await, "the service has it");
    let clock = Arc::new(ManualClock::new(SystemClock.now() - DAY * 30));
    let outbox = with_clock(&path, &clock).await;
    let waited = time_until_fiscalised(&sim, &outbox, &clock, "A").await;
    assert_eq!(
        sim.ledger().of("A").fiscalised,
        1,
        "it was sent as if for the first time"
    );
    assert!(waited < Duration::from_secs(20 * 60), "it took {waited:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_was_set_back_does_not_keep_a_result_waiting_for_the_old_time_to_come_again() {
    let folder = tempfile::tempdir().unwrap();
    let sim = strict_sim().await;
    let clock = Arc::new(ManualClock::new(SystemClock.now()));
    let outbox = with_clock(&folder.path().join("till.db"), &clock).await;
    outbox.enqueue(&document("A")).await.unwrap();
    outbox
        .run(&client_of(&sim, &sim.device()), becomes(&outbox, "A", State::Accepted))
        .await;
    clock.set(clock.now() - DAY * 30);
    let waited = time_until_fiscalised(&sim, &outbox, &clock, "A").await;
    assert!(waited < Duration::from_secs(20 * 60), "it took {waited:?}");
    assert_eq!(sim.ledger().of("A").accepted, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_jumped_forward_loses_neither_what_is_queued_nor_what_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let sim = strict_sim().await;
    let clock = Arc::new(ManualClock::new(SystemClock.now()));
    let outbox = with_clock(&folder.path().join("till.db"), &clock).await;
    outbox.enqueue(&document("A")).await.unwrap();
    outbox
        .run(&client_of(&sim, &sim.device()), becomes(&outbox, "A", State::Accepted))
        .await;
    outbox.enqueue(&document("B")).await.unwrap();
    clock.advance(DAY * 365);
    for id in ["A", "B"] {
        time_until_fiscalised(&sim, &outbox, &clock, id).await;
        assert_eq!(sim.ledger().of(id).accepted, 1);
    }
    // And back again.
    outbox.enqueue(&document("C")).await.unwrap();
    clock.set(SystemClock.now());
    let waited = time_until_fiscalised(&sim, &outbox, &clock, "C").await;
    assert!(waited < Duration::from_secs(20 * 60), "it took {waited:?}");
    assert_eq!(sim.ledger().not_exactly_once().count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_far_ahead_lets_nothing_expire_that_the_service_has_not_had_for_so_long() {
    let folder = tempfile::tempdir().unwrap();
    let sim = Sim::builder()
        .settle_delay(DAY)
        .unique_numbers(false)
        .start()
        .await
        .unwrap();
    let clock = Arc::new(ManualClock::new(SystemClock.now()));
    let outbox = with_clock(&folder.path().join("till.db"), &clock).await;
    outbox.enqueue(&document("A")).await.unwrap();
    let client = client_of(&sim, &sim.device());
    outbox.run(&client, becomes(&outbox, "A", State::Accepted)).await;
    clock.advance(DAY * 365);
    let asked = sim.requests().get(&Operation::Status).copied().unwrap_or_default();
    let passing = async {
        for question in 1..=3 {
            clock.advance(DAY);
            sim.await_requests(Operation::Status, asked + question).await;
        }
    };
    outbox.run(&client, passing).await;
    assert_eq!(outbox.find("A").await.unwrap().state, State::Accepted);
    let alarms = outbox.stats().await.unwrap().alarms;
    assert!(alarms.iter().any(|alarm| alarm.kind == AlarmKind::Clock), "{alarms:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_older_version_gave_up_by_a_wrong_clock_is_asked_about_once_more() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    let sim = strict_sim().await;
    let outbox = open(&path).await;
    let client = client_of(&sim, &sim.device());
    for id in ["decided", "pending"] {
        outbox.enqueue(&document(id)).await.unwrap();
        outbox.run(&client, becomes(&outbox, id, State::Fiscalised)).await;
    }
    let give_up = "UPDATE fh_outbox_entry SET state = 'expired', cause = 'undecided', alarm = 1, receipt = NULL";
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute_batch(give_up)
        .unwrap();
    let undecided = |outbox: &Outbox| {
        let outbox = outbox.clone();
        async move { outbox.stats().await.unwrap().count(State::Expired) }
    };
    assert_eq!(undecided(&outbox).await, 2);
    // The first answer says that nothing is decided, and its date that the service can still be asked.
    sim.script(Operation::Status, [Some(Fault::StatusPending)]);
    let before = sim.requests()[&Operation::Status];
    outbox
        .run(&client, async {
            becomes(&outbox, "decided", State::Fiscalised).await;
            becomes(&outbox, "pending", State::Fiscalised).await;
        })
        .await;
    for id in ["decided", "pending"] {
        let history = outbox.history(id).await.unwrap();
        assert!(history.iter().any(|change| change.event == "reopened"), "{history:?}");
    }
    assert!(sim.requests()[&Operation::Status] > before);
    assert_eq!(sim.ledger().not_exactly_once().count(), 0);
}
