//! A real process on a disk that fails: the n-th write or sync goes wrong, for n from 1 until a run meets no failure. `failing_disk.c` is
//! compiled and preloaded, so the errors are those of the system. Linux only.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use fh_outbox::{Outbox, OutboxError, State};
use fh_sim::Sim;
use fiscal_harmony::{Outcome, Rejection, types::RequestId};
use tokio::task::JoinSet;

use crate::{
    playback::play,
    support::{
        CHILD, becomes, child, client_from_env, client_of, document, integrity, is_long, open, quick, strict_sim,
    },
};

/// What goes wrong.
#[derive(Debug, Clone, Copy)]
struct Failure {
    name: &'static str,
    fault: &'static str,
    times: u32,
    /// For a power cut: 0 loses all that was not synced, another number throws a coin for each write.
    seed: u64,
}

const fn failure(name: &'static str, fault: &'static str, times: u32, seed: u64) -> Failure {
    Failure {
        name,
        fault,
        times,
        seed,
    }
}

const DOCUMENTS: [&str; 3] = ["A", "B", "C"];

/// The process on the failing disk; it does nothing unless a test here starts it. It says what it was told, never gives up, and ends by
/// itself: free space that comes back is enough for it to go on.
#[tokio::test]
async fn a_till_on_a_bad_disk() {
    let Ok(path) = std::env::var("FH_DISK_DB") else { return };
    let prefix = std::env::var("FH_DISK_PREFIX").unwrap();
    let outbox = loop {
        match Outbox::open_with(&path, quick(), Arc::new(fiscal_harmony::types::SystemClock)).await {
            Ok(outbox) => break outbox,
            Err(error) => println!("NOT OPENED {error}"),
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    };
    let take = async |name: &str| {
        let id = format!("{prefix}-{name}");
        while let Err(error) = outbox.enqueue(&document(&id)).await {
            println!("FAILED {id} {error}");
            match outbox.find(&id).await {
                Err(OutboxError::NoSuchDocument(_)) => {}
                other => println!("WRONG it was said to have failed, and is {other:?}"),
            }
            if !error.is_temporary() {
                println!("WRONG it was said to be for good: {error}");
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        // Said aloud once it is on the disk: this is what must not be lost.
        println!("KEPT {id}");
    };
    take(DOCUMENTS[0]).await;
    let all_settled = async {
        tokio::join!(take(DOCUMENTS[1]), take(DOCUMENTS[2]));
        // A webhook about something that nobody here knows.
        let stranger = RequestId::parse("00000000-0000-4000-8000-000000000001").unwrap();
        let news = Outcome::Rejected(Rejection::new("no", true));
        while let Err(error) = outbox.settle([(stranger.clone(), news.clone())]).await {
            println!("UNSETTLED {error}");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        for name in DOCUMENTS {
            becomes(&outbox, &format!("{prefix}-{name}"), State::Fiscalised).await;
        }
    };
    outbox.run(&client_from_env(), all_settled).await;
}

/// The library to preload.
fn failing_disk(folder: &Path) -> PathBuf {
    let library = folder.join("failing_disk.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/failing_disk.c");
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .arg(&library)
        .arg(source)
        .args(["-ldl", "-lpthread"])
        .output()
        .expect("a C compiler, as for SQLite itself");
    assert!(
        compiled.status.success(),
        "{}",
        String::from_utf8_lossy(&compiled.stderr)
    );
    library
}

/// What came of one life.
struct Life {
    /// The failure was met.
    met: bool,
    /// Somebody was told that a document could not be taken in.
    refused: bool,
}

/// One life on a disk whose n-th call fails, and what must hold afterwards.
async fn one_life(sim: Arc<Sim>, library: PathBuf, failure: Failure, nth: u32) -> Life {
    let what = format!("{} {nth}", failure.name);
    let folder = tempfile::tempdir().unwrap();
    let shop = folder.path().join("shop");
    std::fs::create_dir(&shop).unwrap();
    let (path, tripped) = (shop.join("till.db"), folder.path().join("tripped"));
    let prefix = what.replace(' ', "-");
    let mut till = child(&sim, "io_errors::a_till_on_a_bad_disk");
    till.env("FH_DISK_DB", &path)
        .env("FH_DISK_PREFIX", &prefix)
        .env("FH_DISK_FOLDER", &shop)
        .env("FH_DISK_FAULT", failure.fault)
        .env("FH_DISK_NTH", nth.to_string())
        .env("FH_DISK_TIMES", failure.times.to_string())
        .env("FH_DISK_SEED", (failure.seed * u64::from(nth)).to_string())
        .env("FH_DISK_TRIPPED", &tripped)
        .env("LD_PRELOAD", library);
    let output = tokio::task::spawn_blocking(move || till.output())
        .await
        .unwrap()
        .unwrap();
    let Output { status, stdout, stderr } = output;
    let (said, errors) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    let is_cut = failure.fault == "power" && tripped.exists();
    // A process that was done may end while the thread that closes the file is at its last writes.
    let ended_well = status.success() || (is_cut && status.code() == Some(77));
    assert!(ended_well, "{what}: {status}: {said}\n{errors}");
    assert!(!said.contains("WRONG"), "{what}: {said}");
    for line in said
        .lines()
        .filter(|line| line.contains("NOT OPENED") || line.contains("FAILED"))
    {
        assert!(
            line.contains(&path.display().to_string()),
            "{what}: it does not say where: {line}"
        );
    }

    assert!(path.exists(), "{what}");
    let outbox = open(&path).await;
    assert_eq!(integrity(&path), "ok", "{what}");
    let kept: Vec<&str> = said.lines().filter_map(|line| line.split("KEPT ").nth(1)).collect();
    assert!(is_cut || kept.len() == DOCUMENTS.len(), "{what}: {said}");
    for id in &kept {
        let entry = outbox.find(id).await;
        let entry = entry.unwrap_or_else(|error| panic!("{what}: {id} was kept and is lost: {error}\n{said}"));
        assert!(
            entry.state != State::Fiscalised || sim.ledger().of(id).fiscalised == 1,
            "{what}: {id} is falsely said to be fiscalised"
        );
    }
    if is_cut {
        // Back in power, everything that is in the outbox goes its way.
        let drained = async {
            for name in DOCUMENTS {
                let id = format!("{prefix}-{name}");
                outbox.enqueue(&document(&id)).await.unwrap();
                becomes(&outbox, &id, State::Fiscalised).await;
            }
        };
        outbox.run(&client_of(&sim, &sim.device()), drained).await;
    }
    for name in DOCUMENTS {
        let id = format!("{prefix}-{name}");
        assert_eq!(sim.ledger().of(&id).fiscalised, 1, "{what}: {id}\n{said}");
    }
    play(&path);
    Life {
        met: tripped.exists(),
        refused: said.contains("FAILED"),
    }
}

/// Every n from 1 until a run meets no failure. Ordinarily every n up to 20 and every ninth after it; all of them with `FH_LONG_TESTS=1`.
async fn sweep(failure: Failure) {
    let tools = tempfile::tempdir().unwrap();
    let library = failing_disk(tools.path());
    let sim = Arc::new(strict_sim().await);
    let mut lives = JoinSet::new();
    let (mut nth, mut met, mut refused, mut clean) = (1, 0, 0, 0);
    loop {
        // No two lives have quite the same number of writes, so one that met no failure may not be the end yet.
        let is_over = clean >= 3;
        if !is_over {
            lives.spawn(one_life(sim.clone(), library.clone(), failure, nth));
            nth += if is_long() || nth < 20 { 1 } else { 9 };
        }
        if lives.len() == 4 || is_over {
            let Some(life) = lives.join_next().await else { break };
            let life = life.unwrap();
            met += u32::from(life.met);
            refused += u32::from(life.refused);
            clean += u32::from(!life.met);
        }
    }
    println!(
        "{}: {met} failures met, {refused} times a document was refused, the last n was {nth}",
        failure.name
    );
    assert!(met > 10, "{}: only {met} failures were met", failure.name);
    let is_told = failure.fault != "power";
    assert!(refused > 0 || !is_told, "{}: no enqueue ever failed", failure.name);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_without_space_at_the_nth_write() {
    sweep(failure("full", "enospc", 1, 0)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_without_space_for_a_while_from_the_nth_write_on() {
    sweep(failure("full-for-a-while", "enospc", 12, 0)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_with_an_error_at_the_nth_write() {
    sweep(failure("error", "eio", 1, 0)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_is_cut_short() {
    sweep(failure("short", "short", 2, 0)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_that_fails() {
    sweep(failure("sync", "fsync", 1, 0)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_that_fails_and_loses_what_it_should_have_kept() {
    sweep(failure("lost-sync", "lost", 1, 0)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_power_cut_that_loses_all_that_was_not_synced() {
    sweep(failure("power", "power", 1, 0)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_power_cut_that_loses_some_of_what_was_not_synced() {
    let seeds = if is_long() { 8 } else { 1 };
    for seed in 1..=seeds {
        sweep(failure("power-by-coin", "power", 1, seed * 2_654_435_761)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shutdown_comes_to_its_end_although_the_answer_cannot_be_kept() {
    let sim = strict_sim().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    let mut till = child(&sim, CHILD)
        .env("FH_CHILD_DB", &path)
        .env("FH_CHILD_TAKE", "A")
        .env("FH_CHILD_AWAIT", "A")
        .env("FH_CHILD_UNTIL", "sending")
        .env("FH_FAILPOINT", "reply.commit:fail:1")
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let began = Instant::now();
    let ended = loop {
        if let Some(ended) = till.try_wait().unwrap() {
            break ended;
        }
        if began.elapsed() > Duration::from_secs(60) {
            till.kill().unwrap();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert!(ended.success(), "it had to be killed: {ended}");
    assert!(sim.await_settled("A").await, "the service has it");
    let outbox = open(&path).await;
    assert_eq!(outbox.find("A").await.unwrap().state, State::Sending);
    outbox
        .run(
            &client_of(&sim, &sim.device()),
            becomes(&outbox, "A", State::Fiscalised),
        )
        .await;
    assert_eq!(sim.ledger().of("A").fiscalised, 1);
}
