//! `fh doctor`, as people and scripts meet it.

use serde_json::Value;

use crate::harness::{Ran, World};

fn doctor(world: &World, more: &[&str], change: impl FnOnce(&mut std::process::Command)) -> Ran {
    let nobody = ["--output", "json", "doctor", "--agent", "127.0.0.1:1"];
    let mut command = world.command(nobody.iter().chain(more));
    change(&mut command);
    world.run(&mut command)
}

fn of(ran: &Ran, check: &str) -> Value {
    let lines = ran.lines();
    lines
        .into_iter()
        .find(|line| line["check"] == check)
        .unwrap_or_else(|| panic!("{check}: {ran:?}"))
}

#[test]
fn a_till_without_faults_ends_well_and_nothing_is_made() {
    let world = World::new();
    let ran = doctor(&world, &[], |_| {});
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(of(&ran, "account.signature")["verdict"], "pass");
    assert!(of(&ran, "account.signature")["guess"].is_string());
    assert_eq!(of(&ran, "outbox.opens")["verdict"], "skip");
    assert!(ran.lines().iter().all(|line| line["verdict"] != "warn"), "{ran:?}");
    assert_eq!(
        std::fs::read_dir(world.folder.path()).unwrap().count(),
        0,
        "nothing was made"
    );
    let people = world.fh(&["doctor", "--agent", "127.0.0.1:1"]);
    assert!(
        people.stdout.contains("PASS  account.signature") && people.stdout.contains(" 0 warn, 0 fail"),
        "{people:?}"
    );
    let sandbox = world.fh(&["--sandbox", "doctor"]);
    assert_eq!(sandbox.code, 0, "{sandbox:?}");
}

#[test]
fn each_kind_of_fault_has_its_exit_code_and_its_remedy() {
    let world = World::new();
    let secret = world.variable("FH_API_SECRET");
    let ran = doctor(&world, &[], |command| {
        command.env("FH_API_SECRET", format!("{secret}\n"));
    });
    let found = of(&ran, "credentials.secret");
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(
        found["message"].as_str().unwrap().contains("ends in a line break"),
        "{found}"
    );
    assert!(found["remedy"].as_str().unwrap().contains("Take that away"), "{found}");
    let ran = doctor(&world, &[], |command| {
        command.env("FH_API_SECRET", format!("{}==", "A".repeat(86)));
    });
    assert_eq!(
        (ran.code, &of(&ran, "account.signature")["verdict"]),
        (6, &"fail".into()),
        "{ran:?}"
    );
    let ran = doctor(&world, &[], |command| {
        command.env("FH_BASE_URL", "http://127.0.0.1:1");
    });
    assert_eq!(
        (ran.code, &of(&ran, "network.connect")["verdict"]),
        (7, &"fail".into()),
        "{ran:?}"
    );
    let nobody = doctor(&World::alone(), &[], |_| {});
    assert_eq!(nobody.code, 2, "{nobody:?}");
    assert!(
        of(&nobody, "settings.file")["remedy"]
            .as_str()
            .unwrap()
            .contains("profiles.toml")
    );
}

#[cfg(unix)]
#[test]
fn profiles_are_compared_and_their_file_is_looked_at() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new();
    let profile = |name: &str| {
        format!(
            "[{name}]\napi_key = '{}'\napi_secret = '{}'\napplication = 'x'\nstation = 'till'\nbase_url = '{}'\n",
            world.variable("FH_API_KEY"),
            world.variable("FH_API_SECRET"),
            world.variable("FH_BASE_URL")
        )
    };
    let file = world.write("profiles.toml", profile("one") + &profile("two"));
    let look = |mode: u32| {
        std::fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
        doctor(&world, &["--profile", "one"], |command| {
            command.env("FH_PROFILES", &file);
        })
    };
    let ran = look(0o600);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        of(&ran, "identity.station_is_unique")["message"]
            .as_str()
            .unwrap()
            .contains("two")
    );
    assert!(
        of(&ran, "settings.one_source")["message"]
            .as_str()
            .unwrap()
            .contains("FH_API_KEY")
    );
    let ran = look(0o644);
    assert_eq!(
        (ran.code, &of(&ran, "settings.file")["verdict"]),
        (2, &"fail".into()),
        "{ran:?}"
    );
}

#[cfg(unix)]
#[test]
fn an_agent_that_runs_and_its_receiver_are_found_to_be_well() {
    use crate::{agent::Agent, harness::invoice};
    let world = World::new();
    let agent = Agent::start(&world);
    assert_eq!(
        agent.post("/v1/documents?wait=60", invoice("INV-1").to_string()).status,
        200
    );
    let ran = world.fh(&[
        "--output",
        "json",
        "doctor",
        "--agent",
        &agent.address.to_string(),
        "--webhook-url",
        &agent.webhook_url(),
    ]);
    for check in [
        "agent.token_file",
        "agent.port",
        "agent.runs",
        "versions",
        "webhook.reachable",
        "webhook.answers",
    ] {
        assert_eq!(of(&ran, check)["verdict"], "pass", "{ran:?}");
    }
    for check in [
        "outbox.opens",
        "outbox.whole",
        "outbox.is_mine",
        "documents.last_fiscalised",
        "documents.hs_codes",
    ] {
        assert_eq!(of(&ran, check)["verdict"], "pass", "{ran:?}");
    }
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(agent.stop("-INT").code, 0);
}

#[test]
fn an_archive_for_helpers_is_written_once_and_holds_no_secret() {
    let world = World::new();
    let path = world.path("support.zip");
    let ran = doctor(&world, &["--bundle", path.to_str().unwrap()], |_| {});
    assert_eq!(ran.code, 0, "{ran:?}");
    let bytes = std::fs::read(&path).unwrap();
    assert!(bytes.starts_with(b"PK\x03\x04"));
    let text = String::from_utf8_lossy(&bytes);
    assert!(!text.contains(&world.variable("FH_API_SECRET")) && !text.contains(&world.variable("FH_API_KEY")));
    assert!(text.contains("taxes.mapped") && !text.contains("Mopani"));
    let again = doctor(&world, &["--bundle", path.to_str().unwrap()], |_| {});
    assert!(
        again.code == 2 && again.stderr.contains("is there already"),
        "{again:?}"
    );
}

#[test]
fn the_checks_are_listed() {
    let ran = World::alone().fh(&["--output", "json", "doctor", "--list"]);
    let lines = ran.lines();
    assert!(ran.code == 0 && lines.len() > 40, "{ran:?}");
    assert!(
        lines
            .iter()
            .all(|line| line["question"].as_str().unwrap().ends_with('?'))
    );
}
