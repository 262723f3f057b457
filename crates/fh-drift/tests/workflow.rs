//! The scripts of `.github/workflows/drift.yml`, run with a stub in place of cargo: only a known verdict with a report goes on.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The script of one step.
fn script(job: &str, step: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.github/workflows/drift.yml");
    let workflow: Value = serde_saphyr::from_str(&fs::read_to_string(path).expect("the workflow")).expect("YAML");
    let steps = workflow["jobs"][job]["steps"].as_array().expect("steps");
    let found = steps
        .iter()
        .find(|one| one["name"] == step)
        .unwrap_or_else(|| panic!("no step `{step}`"));
    found["run"].as_str().expect("a script").to_owned()
}

/// Whether the step succeeds when `cargo` ends in this way after printing this report, and what it hands on.
fn runs(script: &str, ends: &str, report: &str) -> (bool, String) {
    let place = tempfile::tempdir().expect("a directory");
    let stub = |name: &str, text: &str| {
        let path = place.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("a stub");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a program");
    };
    stub("cargo", &format!("printf '{report}'\n{ends}"));
    stub("git", "exit 0");
    let path = format!("{}:{}", place.path().display(), std::env::var("PATH").expect("a path"));
    let output = place.path().join("output");
    // As the runner runs it.
    let ended = Command::new("bash")
        .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
        .env("PATH", path)
        .env("RUNNER_TEMP", place.path())
        .env("GITHUB_OUTPUT", &output)
        .env("GITHUB_STEP_SUMMARY", place.path().join("summary"))
        .env("BASE", "base")
        .output()
        .expect("bash");
    (ended.status.success(), fs::read_to_string(output).unwrap_or_default())
}

/// Every way in which the task can end, and whether it is a verdict.
const ENDS: [(&str, &str, bool); 8] = [
    ("exit 0", "0", true),
    ("exit 4", "4", true),
    ("exit 1", "1", true),
    ("exit 2", "2", false),
    ("exit 3", "3", false),
    ("exit 101", "101", false),
    ("kill -ABRT $$", "134", false),
    ("kill -KILL $$", "137", false),
];

#[test]
fn the_weekly_watch_goes_on_with_a_verdict_and_a_report_alone() {
    let script = script("watch", "Classify");
    for (ends, code, verdict) in ENDS {
        let (went_on, handed) = runs(&script, ends, "## What changed");
        assert_eq!(went_on, verdict, "{ends}");
        assert!(handed.contains(&format!("code={code}\n")), "{ends}: {handed}");
        assert!(!runs(&script, ends, "").0, "{ends} without a report");
    }
    assert!(!runs(&script, "exit 4", " \\n").0, "blanks are no report");
}

#[test]
fn the_weekly_watch_goes_on_past_pages_that_cannot_be_read() {
    let step = script(
        "watch",
        "Keep one copy of the documentation, so that every step reads the same",
    );
    let harvest = step
        .lines()
        .find(|line| line.contains("xtask harvest"))
        .expect("the harvest");
    assert!(
        harvest.contains("--allow-partial") && harvest.contains("--write"),
        "{harvest}"
    );
    // But not past a harvest that failed as a whole.
    for (ends, code, _) in ENDS {
        let script = step.replace("cp -r spec", "true");
        assert_eq!(
            runs(&script, ends, "UNREAD /a.md [not-fetched]: gone").0,
            code == "0",
            "{ends}"
        );
        assert_eq!(runs(&script, ends, "8 operations").0, code == "0", "{ends}");
    }
}

#[test]
fn a_pull_request_passes_only_when_nothing_breaking_is_left() {
    let script = script("accepted", "Every breaking change is accepted in spec/drift-ack.toml");
    for (ends, code, _) in ENDS {
        assert_eq!(
            runs(&script, ends, "## What changed").0,
            ["0", "4"].contains(&code),
            "{ends}"
        );
        assert!(!runs(&script, ends, "").0, "{ends} without a report");
    }
}
