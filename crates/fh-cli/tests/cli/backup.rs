//! Backups at the command line, and whose the outbox is.

use fh_sim::{Options, Repeat, Sim};

use crate::harness::{World, invoice, lines};

/// A service that fiscalises twice whatever comes twice without saying that it is a retry.
fn strict() -> Options {
    Sim::builder()
        .repeat(Repeat::SecondAcceptance)
        .repeat_with_retry(Repeat::SameRequest)
        .unique_numbers(false)
        .build()
}

#[test]
fn a_backup_is_put_back_and_what_it_has_forgotten_goes_as_a_repetition() {
    let world = World::with(strict());
    world.write("a.json", invoice("A").to_string());
    world.write("all.jsonl", lines(&[invoice("B"), invoice("C")]));
    assert_eq!(world.fh(&["queue", "add", "a.json"]).code, 0);
    let made = world.fh(&["backup", "copy.db"]);
    assert_eq!(made.code, 0, "{made:?}");
    assert!(made.stdout.contains("1 documents are in copy.db"), "{made:?}");
    let sum = std::fs::read_to_string(world.path("copy.db.sha256")).unwrap();
    let (sum, name) = sum.trim_end().split_once("  ").unwrap();
    assert!(made.stdout.contains(sum) && name == "copy.db", "{made:?}");
    #[cfg(unix)]
    for name in ["copy.db", "copy.db.sha256"] {
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(world.path(name)).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    assert_eq!(world.fh(&["submit", "a.json", "all.jsonl"]).code, 0);

    let put = world.fh(&["restore", "copy.db", "--by", "rudo"]);
    assert_eq!(put.code, 0, "{put:?}");
    assert!(put.stdout.contains("1 of them may have been sent since") && put.stdout.contains("what was there is in"));
    let stats = world.fh(&["queue", "stats"]).stdout;
    assert!(
        stats.contains("ALARM: the outbox does not know all that happened")
            && stats.contains("fh queue acknowledge restored"),
        "{stats}"
    );
    let again = world.fh(&["submit", "a.json", "all.jsonl"]);
    assert_eq!(again.code, 0, "{again:?}");
    for id in ["A", "B", "C"] {
        let count = world.ledger().of(id);
        assert_eq!((count.accepted, count.fiscalised), (1, 1), "{id}");
    }
    assert_eq!(world.fh(&["queue", "acknowledge", "restored"]).code, 0);
    assert!(!world.fh(&["queue", "stats"]).stdout.contains("ALARM"));
}

#[test]
fn what_is_no_whole_backup_is_not_put_back_and_what_is_something_else_is_not_written_over() {
    let world = World::alone();
    world.write("a.json", invoice("A").to_string());
    assert_eq!(world.fh(&["queue", "add", "a.json"]).code, 0);
    world.write("letter.txt", "Dear Rudo");
    let refused = world.fh(&["backup", "letter.txt"]);
    assert_eq!(refused.code, 7, "{refused:?}");
    assert!(refused.stderr.contains("no earlier copy of this outbox"), "{refused:?}");
    assert_eq!(std::fs::read_to_string(world.path("letter.txt")).unwrap(), "Dear Rudo");
    // An earlier one is replaced.
    for _ in 0..2 {
        assert_eq!(world.fh(&["backup", "copy.db"]).code, 0);
    }
    let whole = std::fs::read(world.path("copy.db")).unwrap();
    for (what, bytes) in [
        ("cut short", whole[..whole.len() / 2].to_vec()),
        ("no database", b"Dear Rudo, this is no database at all".repeat(100)),
        ("changed", {
            let mut changed = whole.clone();
            let at = changed.windows(4).position(|four| four == b"milk").unwrap();
            changed[at] = b'M';
            changed
        }),
    ] {
        world.write("copy.db", bytes);
        let refused = world.fh(&["restore", "copy.db"]);
        assert_eq!(refused.code, 7, "{what}: {refused:?}");
        assert!(refused.stderr.contains("the backup copy.db"), "{what}: {refused:?}");
        assert!(world.fh(&["queue", "ls"]).stdout.contains('A'), "{what}");
    }
}

#[test]
fn on_another_machine_nothing_is_sent_before_it_is_taken_over() {
    let world = World::with(strict());
    world.write("a.json", invoice("A").to_string());
    let as_machine =
        |machine: &str, arguments: &[&str]| world.run(world.command(arguments).env("FH_MACHINE_ID", machine));
    assert_eq!(as_machine("one", &["queue", "add", "a.json"]).code, 0);
    let sent = as_machine("two", &["submit", "a.json"]);
    assert_eq!(sent.code, 5, "{sent:?}");
    assert!(
        sent.stderr.contains("another machine's") && sent.stderr.contains("fh queue take-over"),
        "{sent:?}"
    );
    assert_eq!(as_machine("two", &["queue", "drain"]).code, 5);
    assert_eq!(world.ledger().of("A").accepted, 0);
    let taken = as_machine("two", &["queue", "take-over", "--by", "rudo"]);
    assert_eq!(taken.code, 0, "{taken:?}");
    assert_eq!(as_machine("two", &["queue", "take-over"]).code, 2, "it is its own now");
    assert_eq!(as_machine("two", &["submit", "a.json"]).code, 0);
    let late = as_machine("one", &["queue", "stats"]).stdout;
    assert!(late.contains("ALARM: nothing is sent from this machine"), "{late}");
    assert_eq!(world.ledger().of("A").fiscalised, 1);
}

#[test]
fn after_an_orderly_end_a_copy_of_the_one_file_is_whole() {
    let is_long = std::env::var_os("FH_LONG_TESTS").is_some_and(|value| value == "1");
    let world = World::new();
    let outbox = world.path(".local/state/fiscal-harmony/outbox.db");
    for number in 0..if is_long { 1_000 } else { 8 } {
        let id = format!("A-{number}");
        let file = world.write("a.json", invoice(&id).to_string());
        // In turn a command that sends, and one that does not.
        let command = if number % 2 == 0 {
            &["submit"][..]
        } else {
            &["queue", "add"]
        };
        let arguments = [command, &[file.to_str().unwrap()]].concat();
        let ran = world.fh(&arguments);
        assert_eq!(ran.code, 0, "{ran:?}");
        let copy = world.path("copy.db");
        std::fs::copy(&outbox, &copy).unwrap();
        let found = world.fh(&["queue", "show", &id, "--outbox", copy.to_str().unwrap()]);
        assert_eq!(found.code, 0, "{number}: {found:?}");
        for end in ["", "-wal", "-shm", ".mark"] {
            let _ = std::fs::remove_file(format!("{}{end}", copy.display()));
        }
    }
}

#[test]
fn a_lost_outbox_is_rebuilt_as_history_and_sent_one_first() {
    let world = World::with(strict());
    world.write("all.jsonl", lines(&[invoice("A"), invoice("B"), invoice("C")]));
    let sent = world.fh(&["submit", "all.jsonl", "--output", "json"]);
    assert_eq!(sent.code, 0, "{sent:?}");
    let last = sent
        .lines()
        .iter()
        .map(|line| line["receipt"]["receipt_number"].as_i64().unwrap())
        .max()
        .unwrap();
    let lost = world.path(".local/state/fiscal-harmony/outbox.db");
    std::fs::remove_file(&lost).unwrap();

    let kept = world.fh(&["recover", "all.jsonl", "--output", "json"]);
    assert_eq!(kept.code, 0, "{kept:?}");
    assert!(kept.lines().iter().all(|line| line["state"] == "unknown"), "{kept:?}");
    assert_eq!(
        world.fh(&["queue", "drain", "--wait", "2"]).code,
        5,
        "nothing sends them"
    );
    let last = last.to_string();
    let recovered = world.fh(&["recover", "all.jsonl", "--send", "--last-receipt", &last]);
    assert_eq!(recovered.code, 0, "{recovered:?}");
    for id in ["A", "B", "C"] {
        let count = world.ledger().of(id);
        assert_eq!((count.accepted, count.fiscalised), (1, 1), "{id}");
        assert!(
            world
                .fh(&["queue", "show", id, "--no-qr"])
                .stdout
                .contains("fiscalised"),
            "{id}"
        );
    }
}

#[test]
fn a_service_that_takes_the_first_for_a_new_sale_gets_no_second() {
    let forgetful = Sim::builder()
        .repeat(Repeat::SecondAcceptance)
        .repeat_with_retry(Repeat::SecondAcceptance)
        .unique_numbers(false)
        .build();
    let world = World::with(forgetful);
    world.write("all.jsonl", lines(&[invoice("A"), invoice("B"), invoice("C")]));
    assert_eq!(world.fh(&["submit", "all.jsonl"]).code, 0);
    std::fs::remove_file(world.path(".local/state/fiscal-harmony/outbox.db")).unwrap();
    let asked = world.fh(&["recover", "all.jsonl", "--send", "--last-receipt", "3"]);
    assert_eq!(asked.code, 5, "{asked:?}");
    assert!(
        asked.stderr.contains("later than the loss") && asked.stderr.contains("the 2 others were not sent"),
        "{asked:?}"
    );
    let ledger = world.ledger();
    let twice: Vec<_> = ["A", "B", "C"]
        .into_iter()
        .filter(|id| ledger.of(id).accepted > 1)
        .collect();
    assert_eq!(twice.len(), 1, "one first, and no other");
}
