//! A service that surprises, and what every caller is told. For each thing that was once seen to go wrong: the test that asserts what the
//! library tells, what the command line prints and exits with, what the API answers and what the page says, each with what the ledger
//! counted. `ob` stands for `fh-outbox/tests/it`, `e2e` for `tests/end_to_end`, all others are here.
//!
//! | # | what surprises | library | command line | API and page |
//! | --- | --- | --- | --- | --- |
//! | 1 | a retry counts as new, and the number is refused | `ob::doubt`, `ob::profiles` | `doubt::a_sale_that_is_probably_fiscalised_exits_five_and_is_adopted` | `doubt::the_api_and_the_page_tell_and_take_the_same` |
//! | 2 | a backup, a copy, a clone sends again | `ob::restores`, `ob::profiles` | `backup` | [`a_backup_that_was_put_back_is_told_by_the_api_and_on_the_page`] |
//! | 3 | a rejected document is mended; old content is kept | `ob::corrections`, `ob::mended` | `corrections` | `corrections::the_agent_takes_the_mended_document…`, `page::what_was_rejected_is_mended_in_a_form…` |
//! | 4 | one rejection, or one that passes | `ob::lanes`, `ob::credit_notes` | `queue::a_rejection_parks_its_lane…`, `standing` | `page::a_credit_note_that_came_before_its_invoice…`, [`a_rejection_that_passes_is_waited_out_and_nobody_is_troubled`] |
//! | 5 | a lost answer, a killed worker | `ob::standing` | `standing::after_*` | `agent::durability` |
//! | 6 | the clock jumps; a result comes after days | `ob::bad_input::a_clock_*`, `ob::bad_input::what_an_older_version_gave_up…` | `clock` | [`a_clock_that_is_off_is_told_by_the_api_and_on_the_page_and_nothing_expires_by_it`], `doubt` (states), `agent::events` |
//! | 7 | a lost reply, then 401 or 402 | `ob::lanes::refused_credentials_are_an_alarm_at_once` | `service_faults::what_may_have_been_taken_is_five…` | [`a_refused_key_is_an_alarm_with_the_api_and_on_the_page`] |
//! | 8 | taken, and then the status fails | `e2e::calls::a_document_that_was_taken_keeps_its_request_id…`, `e2e::blocking` | `service_faults::a_status_that_cannot_be_had…` | `agent::silent` |
//! | 9 | a database that is silent or late | `fh-outbox/tests/server` | – | `agent::silent` |
//! | 10 | red receipts | `ob::mixed_up::skipped_reds…` | [`a_red_receipt_is_told_by_everyone_also_when_the_rejection_is_known`] | the same |
//! | 11 | one request id for two documents; another till's secret | `ob::mixed_up`, `e2e::faults::one_request_id…` | [`one_request_id_for_two_documents_is_told_by_everyone_with_both_names`] | the same; `agent::durability::news_of_several_devices…` |
//! | 12 | answers without an end, names that cannot be seen | `e2e::calls::an_answer_without_an_end…`, `ob::corrections::the_same_is_the_same…` | `names` | `names`, `agent::limits` |
//! | 13 | what may have arrived is skipped | `ob::doubt` | `doubt::a_document_in_doubt_is_set_aside…` | `doubt::the_api_and_the_page…` (no skip is offered) |
//! | 14 | a refused key, a final rejection | `ob::lanes` | `queue::refused_credentials…`, `alarms` | [`a_refused_key_is_an_alarm_with_the_api_and_on_the_page`], `doubt::what_is_released…` |
//! | 15 | a service that settles at once, or slowly | `ob::counter` | `standing` | `agent::receipts::a_long_poll_ends…` |
//! | 16 | tills that wait; stations; a power cut with the line down | `ob::stations`, `ob::lanes::whoever_waits_is_told_behind_what` | `doubt::…says_for_what`, `agent::stations` | `tills`, `agent::stations` |
#![cfg(unix)]

use std::time::Duration;

use fh_sim::{Dose, Fault, FaultPlan, Operation, Options, Sim};
use serde_json::Value;

use crate::{
    agent::Agent,
    harness::{QUICK, World, invoice},
};

fn service() -> World {
    World::with(Options::builder().settle_delay(Duration::from_millis(1)).build())
}

/// The one alarm of this kind.
fn alarm(stats: &Value, kind: &str) -> Value {
    let all = stats["alarms"].as_array().unwrap();
    let mut of_kind = all.iter().filter(|alarm| alarm["kind"] == kind);
    let found = of_kind.next().unwrap_or_else(|| panic!("no alarm {kind}: {stats}"));
    assert!(of_kind.next().is_none(), "{stats}");
    found.clone()
}

#[test]
fn one_request_id_for_two_documents_is_told_by_everyone_with_both_names() {
    let mut world = World::alone();
    let hour = Duration::from_secs(3_600);
    world.sim = Some(
        world
            .runtime
            .block_on(Sim::builder().settle_delay(hour).start())
            .unwrap(),
    );
    world
        .sim()
        .script(Operation::SubmitInvoice, [None, Some(Fault::EarlierRequestId)]);
    for id in ["INV-1", "INV-2"] {
        world.write(&format!("{id}.json"), invoice(id).to_string());
    }
    let submit = |id: &str| world.fh(&["--output", "json", "submit", &format!("{id}.json"), "--wait", "2"]);
    assert_eq!(submit("INV-1").lines()[0]["state"], "pending");
    let ran = submit("INV-2");
    let told = &ran.lines()[0];
    assert_eq!((ran.code, &told["state"]), (5, &"unknown".into()), "{ran:?}");
    let shown = world.fh(&["queue", "show", "INV-2"]);
    assert!(shown.stdout.contains("INV-1"), "{shown:?}");
    let stats = world.fh(&["--output", "json", "queue", "stats"]);
    let named = alarm(&stats.lines()[0], "parked");
    assert_eq!(
        (&named["document"], &named["gravity"]),
        (&"INV-2".into(), &"critical".into()),
        "{stats:?}"
    );
    assert!(named["message"].as_str().unwrap().contains("INV-1"), "{named}");

    let agent = Agent::with(&world, &QUICK);
    let entry = agent.get("/v1/documents/INV-2").json();
    assert_eq!(
        (&entry["cause"], &entry["in_doubt"]),
        (&"request_shared".into(), &true.into()),
        "{entry}"
    );
    assert!(entry["reason"].as_str().unwrap().contains("INV-1"), "{entry}");
    assert_eq!(
        agent.get("/v1/documents/INV-1").json()["in_doubt"],
        true,
        "no rejection of that request is final for it"
    );
    let page = agent.get("/documents/INV-2").text();
    assert!(page.contains("INV-1") && page.contains("/adopt\""), "{page}");
    // Both were taken, each once, and nothing sends either again.
    let ledger = world.ledger();
    assert_eq!((ledger.of("INV-1").accepted, ledger.of("INV-2").accepted), (1, 1));
}

#[test]
fn a_red_receipt_is_told_by_everyone_also_when_the_rejection_is_known() {
    let world = service();
    // One receipt was lost between the service and the authority, which no check can foresee (RCPT011).
    world.sim().device().skip_receipt_counter();
    world.write("a.json", invoice("INV-1").to_string());
    let ran = world.fh(&["--output", "json", "submit", "a.json", "--wait", "30"]);
    assert_eq!((ran.code, &ran.lines()[0]["state"]), (4, &"rejected".into()), "{ran:?}");
    // A rejected document is no longer in anyone's way: it needs no skipping, and the day still cannot close.
    let skipped = world.fh(&["queue", "skip", "INV-1", "--reason", "sold by hand"]);
    assert_eq!((skipped.code, skipped.stdout.as_str()), (2, ""), "{skipped:?}");
    let known = world.fh(&["queue", "acknowledge", "rejected:INV-1"]);
    assert_eq!(known.code, 0, "{known:?}");
    let stats = world.fh(&["--output", "json", "queue", "stats"]);
    let red = alarm(&stats.lines()[0], "red_receipts");
    assert_eq!(red["document"], "INV-1", "{red}");
    assert!(red["message"].as_str().unwrap().contains("may not close"), "{red}");
    let agent = Agent::with(&world, &QUICK);
    assert_eq!(
        alarm(&agent.get("/v1/stats").json(), "red_receipts")["document"],
        "INV-1"
    );
    let page = agent.get("/").text();
    assert!(page.contains("may not close") && page.contains("INV-1"), "{page}");
    let count = world.ledger().of("INV-1");
    assert_eq!((count.fiscalised, count.rejected), (0, 1));
    assert!(
        world
            .sim()
            .close_day()
            .unwrap_err()
            .to_string()
            .contains("ReceiptsWithValidationErrors")
    );
}

#[test]
fn a_backup_that_was_put_back_is_told_by_the_api_and_on_the_page() {
    let world = service();
    world.write("a.json", invoice("INV-1").to_string());
    assert_eq!(world.fh(&["queue", "add", "a.json"]).code, 0);
    let backup = world.path("backup.db");
    let backup = backup.to_str().unwrap();
    assert_eq!(world.fh(&["backup", backup]).code, 0);
    world.write("b.json", invoice("INV-2").to_string());
    assert_eq!(world.fh(&["submit", "a.json", "b.json", "--wait", "30"]).code, 0);
    assert_eq!(world.fh(&["restore", backup]).code, 0);
    let agent = Agent::with(&world, &QUICK);
    let told = alarm(&agent.get("/v1/stats").json(), "restored");
    assert_eq!(told["gravity"], "critical");
    let page = agent.get("/").text();
    assert!(page.contains("The outbox does not know all that happened"), "{page}");
    // What the backup has forgotten is handed in again, and is recognised.
    let again = agent.post("/v1/documents?wait=30", invoice("INV-2").to_string()).json();
    assert_eq!(again["state"], "fiscalised", "{again}");
    let ledger = world.ledger();
    assert_eq!((ledger.of("INV-1").fiscalised, ledger.of("INV-2").fiscalised), (1, 1));
    assert_eq!((ledger.of("INV-1").accepted, ledger.of("INV-2").accepted), (1, 1));
}

#[test]
fn a_refused_key_is_an_alarm_with_the_api_and_on_the_page() {
    let world = service();
    let agent = Agent::with(&world, &QUICK);
    world.sim().device().revoke_key(true);
    let entry = agent.post("/v1/documents?wait=5", invoice("INV-1").to_string()).json();
    assert_eq!(
        (&entry["state"], &entry["cause"]),
        (&"queued".into(), &"lane_refused".into()),
        "{entry}"
    );
    let told = alarm(&agent.get("/v1/stats").json(), "refused");
    assert_eq!(
        (&told["document"], &told["gravity"]),
        (&"INV-1".into(), &"critical".into()),
        "{told}"
    );
    let page = agent.get("/").text();
    assert!(page.contains("The service takes nothing of the lane"), "{page}");
    assert_eq!(world.ledger().of("INV-1").accepted, 0);
    world.sim().device().revoke_key(false);
    assert_eq!(agent.post("/v1/documents/INV-1/retry", r#"{"by":"rudo"}"#).status, 200);
    let entry = agent.get("/v1/documents/INV-1?wait=60").json();
    assert_eq!(entry["state"], "fiscalised", "{entry}");
    assert_eq!(world.ledger().of("INV-1").accepted, 1);
}

#[test]
fn a_rejection_that_passes_is_waited_out_and_nobody_is_troubled() {
    let world = service();
    let agent = Agent::with(&world, &QUICK);
    world.sim().script(
        Operation::SubmitInvoice,
        [Some(Fault::RejectedOnce), Some(Fault::RejectedOnce)],
    );
    let entry = agent.post("/v1/documents?wait=60", invoice("INV-1").to_string()).json();
    assert_eq!(entry["state"], "fiscalised", "{entry}");
    assert_eq!(agent.get("/v1/stats").json()["alarms"], serde_json::json!([]));
    let count = world.ledger().of("INV-1");
    assert_eq!((count.fiscalised, count.rejected), (1, 2));
}

#[test]
fn a_clock_that_is_off_is_told_by_the_api_and_on_the_page_and_nothing_expires_by_it() {
    let world = service();
    // By the service's clock it is nine days later than by this machine's, and a week is all that the service can be asked for.
    let nine_days = Dose {
        seconds: Some(9 * 86_400 + 1_800),
        ..Dose::rate(1.0)
    };
    let undecided = Dose::rate(1.0);
    world.sim().set_faults(
        FaultPlan::default()
            .with(Fault::ClockSkew, nine_days)
            .with(Fault::StatusPending, undecided),
    );
    let agent = Agent::with(&world, &QUICK);
    let entry = agent.post("/v1/documents?wait=1", invoice("INV-1").to_string()).json();
    assert_eq!(entry["state"], "accepted", "{entry}");
    let told = alarm(&agent.get("/v1/stats").json(), "clock");
    let words = "clock is 9 d 0 h behind the service";
    assert!(told["message"].as_str().unwrap().contains(words), "{told}");
    let page = agent.get("/").text();
    assert!(page.contains(words), "{page}");
    // The service decides after all, and the clocks agree again.
    world.sim().set_faults(FaultPlan::default());
    let entry = agent.get("/v1/documents/INV-1?wait=60").json();
    assert_eq!(entry["state"], "fiscalised", "{entry}");
    assert_eq!(world.ledger().of("INV-1").accepted, 1);
}

/// Each test that the table above names is there, and each of its modules.
#[test]
fn the_table_names_what_is_there() {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |file: &std::path::Path| {
        std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    };
    let mut named = 0;
    for row in include_str!("surprises.rs")
        .lines()
        .filter(|line| line.starts_with("//! | "))
        .skip(2)
    {
        for name in row.split('`').skip(1).step_by(2) {
            let (folder, rest) = match name.split_once("::") {
                Some(("ob", rest)) => ("../fh-outbox/tests/it", rest),
                Some(("e2e", rest)) => ("../../tests/tests/end_to_end", rest),
                _ if name.contains('/') => {
                    assert!(here.join("..").join(name).is_dir(), "{name}");
                    continue;
                }
                _ => ("tests/cli", name),
            };
            let mut file = here.join(folder);
            let mut test = None;
            for part in rest.split("::") {
                let deeper = file.join(part);
                if deeper.is_dir() {
                    file = deeper;
                } else if deeper.with_extension("rs").is_file() && test.is_none() {
                    file = deeper.with_extension("rs");
                } else {
                    test = Some(part);
                }
            }
            if file.is_dir() && test.is_some() {
                file = file.join("surprises.rs");
            }
            if let Some(test) = test {
                let beginning = test.trim_start_matches('…').trim_end_matches(['…', '*']);
                let text = read(&file);
                let is_there = text
                    .lines()
                    .any(|line| line.contains("fn ") && line.contains(beginning));
                assert!(is_there, "{name}: no {beginning} in {}", file.display());
                named += 1;
            }
        }
    }
    assert!(named > 25, "{named}");
}
