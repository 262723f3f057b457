//! A folder that is watched.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::Path,
    time::Duration,
};

use fh_import::{Mapping, Watch, WatchError, watch};
use fh_outbox::{Outbox, Query};
use tempfile::tempdir;

use crate::{
    broken::today,
    columns::{HEADINGS, MAPPING},
};

fn sale(id: &str) -> String {
    format!(
        "{HEADINGS}\n{id},,,{},Cash sale,,Bread,19059000,1,1.50,,15.5%,Cash\n",
        today()
    )
}

fn quick(folder: &Path) -> Watch {
    let mut watch = Watch::new(folder, Some(Mapping::parse(MAPPING).unwrap()));
    watch.every = Duration::from_millis(5);
    watch.quiet = Duration::from_millis(20);
    watch
}

async fn ids(outbox: &Outbox) -> Vec<String> {
    let mut ids: Vec<String> = outbox
        .list(Query::default().limit(10_000))
        .await
        .unwrap()
        .into_iter()
        .map(|entry| entry.document)
        .collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn files_are_moved_with_a_report_and_what_was_left_is_begun_anew() {
    let folder = tempdir().unwrap();
    let inbox = folder.path().join("in");
    fs::create_dir_all(inbox.join(".importing")).unwrap();
    let outbox = Outbox::open(folder.path().join("till.db")).await.unwrap();
    fs::write(inbox.join("a.csv"), sale("A")).unwrap();
    fs::write(inbox.join("b.csv"), sale("B").replace("15.5%", "16%")).unwrap();
    // Of a watch that was killed, and of a program that is not done.
    fs::write(inbox.join(".importing/c.csv"), sale("C")).unwrap();
    fs::write(inbox.join("d.csv.part"), sale("D")).unwrap();
    let mut moved = Vec::new();
    watch(&quick(&inbox), &outbox, true, std::future::pending(), &mut |one| {
        moved.push((one.name.clone(), one.taken.is_well()));
    })
    .await
    .unwrap();
    assert_eq!(
        moved,
        [
            ("c.csv".to_owned(), true),
            ("a.csv".into(), true),
            ("b.csv".into(), false)
        ]
    );
    assert_eq!(ids(&outbox).await, ["A", "C"]);
    let report = fs::read_to_string(inbox.join("failed/b.csv.report.txt")).unwrap();
    assert!(report.contains("line 2, column \"VAT\""), "{report}");
    assert!(inbox.join("failed/b.csv").exists() && inbox.join("done/a.csv").exists());
    assert!(inbox.join("d.csv.part").exists(), "a file under way is not taken");

    // The same file once more is known, and keeps the first one's place.
    fs::write(inbox.join("a.csv"), sale("A")).unwrap();
    watch(&quick(&inbox), &outbox, true, std::future::pending(), &mut |_| {})
        .await
        .unwrap();
    assert_eq!(ids(&outbox).await, ["A", "C"]);
    let again = fs::read_to_string(inbox.join("done/a-2.csv.report.txt")).unwrap();
    assert!(again.contains("0 new, 1 known"), "{again}");
}

#[tokio::test]
async fn a_file_that_grows_is_not_taken_until_it_is_whole() {
    let folder = tempdir().unwrap();
    let inbox = folder.path().join("in");
    fs::create_dir(&inbox).unwrap();
    let outbox = Outbox::open(folder.path().join("till.db")).await.unwrap();
    let whole = sale("A") + sale("B").split_once('\n').unwrap().1;
    let (first, rest) = whole.split_at(whole.len() - 60);
    fs::write(inbox.join("a.csv"), first).unwrap();
    let path = inbox.join("a.csv");
    let writer = async {
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        for byte in rest.bytes() {
            assert!(path.exists(), "it was taken while it was written");
            file.write_all(&[byte]).unwrap();
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let mut patient = quick(&inbox);
    patient.quiet = Duration::from_millis(500);
    let mut well = |one: &fh_import::Moved| assert!(one.taken.is_well(), "{one:?}");
    let watching = watch(&patient, &outbox, true, std::future::pending(), &mut well);
    let ((), watched) = tokio::join!(writer, watching);
    watched.unwrap();
    assert_eq!(ids(&outbox).await, ["A", "B"]);
}

#[tokio::test]
async fn one_folder_has_one_watch() {
    let folder = tempdir().unwrap();
    let outbox = Outbox::open(folder.path().join("till.db")).await.unwrap();
    let (done, is_done) = tokio::sync::oneshot::channel::<()>();
    let watched = quick(folder.path());
    let (mut quiet, mut other) = (|_: &fh_import::Moved| {}, |_: &fh_import::Moved| {});
    let first = watch(&watched, &outbox, false, async { drop(is_done.await) }, &mut quiet);
    let second = async {
        let refused = watch(&watched, &outbox, true, std::future::pending(), &mut other).await;
        done.send(()).unwrap();
        refused
    };
    let (first, second) = tokio::join!(first, second);
    first.unwrap();
    assert!(matches!(second, Err(WatchError::Watched(_))), "{second:?}");
}
