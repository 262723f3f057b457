//! `fh import` as a person uses it, and as a folder that is watched by a process that is killed.

use std::{fs, path::PathBuf, process::Stdio, time::Duration};

use fh_types::{CatDateTime, SystemClock};

use crate::harness::World;

const HEADINGS: &str = "Invoice No,Date,Customer,Item,HS Code,Qty,Price,VAT";

const MAPPING: &str = r#"
time_of_day = "23:59:58"
[columns]
id = "Invoice No"
date = "Date"
buyer_name = "Customer"
description = "Item"
hs_code = "HS Code"
quantity = "Qty"
unit_price = "Price"
tax_code = "VAT"
[constants]
currency = "USD"
[taxes]
"15.5%" = { code = "VAT15.5", percent = 15.5 }
"#;

fn today() -> String {
    CatDateTime::now(&SystemClock).civil().date().to_string()
}

fn sale(id: &str) -> String {
    format!("{id},{},Cash Rudo,Bread,19059000,2,1.50,15.5%\n", today())
}

fn text(path: PathBuf) -> String {
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_table_is_guessed_shown_taken_in_once_and_sent() {
    let world = World::new();
    let inside = |name: &str| text(world.folder.path().join(name));
    let (sales, mapping, outbox) = (inside("sales.csv"), inside("mapping.toml"), inside("till.db"));
    fs::write(&sales, format!("{HEADINGS}\n{}{}", sale("INV-1"), sale("INV-2"))).unwrap();
    fs::write(&mapping, MAPPING.replace("23:59:58", &now())).unwrap();

    let guessed = world.fh(&["import", "--guess", &sales]);
    assert_eq!(guessed.code, 0, "{guessed:?}");
    assert!(guessed.stdout.contains("hs_code = \"HS Code\""), "{guessed:?}");
    assert!(world.sim().requests().is_empty(), "nobody is asked anything");

    let unmapped = world.fh(&["import", &sales, "--outbox", &outbox]);
    assert_eq!(unmapped.code, 3, "{unmapped:?}");
    assert!(unmapped.stdout.contains("fh import --guess"), "{unmapped:?}");

    let import = ["import", &sales, "--mapping", &mapping, "--outbox", &outbox];
    let dry = world.fh(&[&import[..], &["--dry-run"]].concat());
    assert_eq!(dry.code, 0, "{dry:?}");
    assert!(
        dry.stdout.contains("INV-2") && dry.stdout.contains("2 would be new"),
        "{dry:?}"
    );
    let taken = world.fh(&import);
    assert_eq!(taken.code, 0, "{taken:?}");
    assert!(taken.stdout.contains("2 new, 0 known"), "{taken:?}");
    let again = world.fh(&import);
    assert!(again.stdout.contains("0 new, 2 known"), "{again:?}");

    // One that the rules refuse keeps the whole file out.
    fs::write(
        &sales,
        format!("{HEADINGS}\n{}{}", sale("INV-3"), sale("INV-4").replace("15.5%", "VAT")),
    )
    .unwrap();
    let refused = world.fh(&import);
    assert_eq!(refused.code, 3, "{refused:?}");
    assert!(refused.stdout.contains("line 3, column \"VAT\""), "{refused:?}");

    let drained = world.fh(&["queue", "drain", "--outbox", &outbox]);
    assert_eq!(drained.code, 0, "{drained:?}");
    let ledger = world.sim().ledger();
    assert_eq!(ledger.len(), 2);
    assert_eq!(ledger.not_exactly_once().count(), 0);
}

/// A time that is not ahead of the clock.
fn now() -> String {
    let now = CatDateTime::now(&SystemClock).civil();
    now.strftime("%H:%M:%S").to_string()
}

#[test]
fn what_is_back_dated_is_taken_in_when_a_person_says_so() {
    let world = World::new();
    let inside = |name: &str| text(world.folder.path().join(name));
    let (sales, mapping, outbox) = (inside("sales.csv"), inside("mapping.toml"), inside("till.db"));
    fs::write(
        &sales,
        format!("{HEADINGS}\n{}", sale("INV-1").replace(&today(), "2026-11-13")),
    )
    .unwrap();
    fs::write(&mapping, MAPPING).unwrap();
    let import = ["import", &sales, "--mapping", &mapping, "--outbox", &outbox];
    let refused = world.fh(&import);
    assert_eq!(refused.code, 3, "{refused:?}");
    assert!(refused.stdout.contains("--back-dated"), "{refused:?}");
    let taken = world.fh(&[&import[..], &["--back-dated"]].concat());
    assert_eq!(taken.code, 0, "{taken:?}");
    assert!(
        taken.stdout.contains("does not close"),
        "it is said all the same: {taken:?}"
    );
}

/// 1,000 files with `FH_LONG_TESTS=1`.
#[test]
fn killed_again_and_again_while_it_watches_each_document_is_taken_in_once() {
    let files = if std::env::var_os("FH_LONG_TESTS").is_some() {
        1_000
    } else {
        40
    };
    let world = World::new();
    let inside = |name: &str| text(world.folder.path().join(name));
    let (inbox, mapping, outbox) = (inside("in"), inside("mapping.toml"), inside("till.db"));
    fs::create_dir(&inbox).unwrap();
    fs::write(&mapping, MAPPING.replace("23:59:58", &now())).unwrap();
    for number in 0..files {
        fs::write(
            format!("{inbox}/{number:04}.csv"),
            format!("{HEADINGS}\n{}", sale(&format!("F-{number}"))),
        )
        .unwrap();
    }
    let watch = [
        "import",
        "--watch",
        &inbox,
        "--mapping",
        &mapping,
        "--outbox",
        &outbox,
        "--quiet-for",
        "0",
    ];
    let mut random = fastrand::Rng::with_seed(7);
    let left = || {
        let of = |folder: &str| {
            fs::read_dir(folder).map_or(0, |all| {
                all.filter_map(Result::ok)
                    .filter(|one| text(one.path()).ends_with(".csv"))
                    .count()
            })
        };
        of(&inbox) + of(&format!("{inbox}/.importing"))
    };
    let mut kills = 0;
    while left() > 0 && kills < files {
        let mut child = world
            .command(watch)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(random.u64(120..900)));
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
    }
    let ended = world.fh(&[&watch[..], &["--once"]].concat());
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(left(), 0);
    println!("{files} files, {kills} kills");
    let done = fs::read_dir(format!("{inbox}/done")).unwrap().count();
    assert_eq!(done, 2 * files, "each file, and its report");
    let drained = world.fh(&["queue", "drain", "--outbox", &outbox]);
    assert_eq!(drained.code, 0, "{drained:?}");
    let ledger = world.sim().ledger();
    assert_eq!(ledger.len(), files);
    assert_eq!(ledger.not_exactly_once().count(), 0);
}
