//! `docs/submit-with-curl.sh` against a simulator: no code of ours on the client's side.

use std::{path::PathBuf, process::Output};

use fh_sim::{Count, Sim};
use tokio::process::Command;

async fn submit(sim: &Sim, file: Option<&str>, secret: Option<&str>) -> Output {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut command = Command::new("bash");
    command.arg(root.join("docs/submit-with-curl.sh"));
    command.args(file.map(|file| root.join(file)));
    let lines = sim.export_lines();
    for line in lines.lines() {
        let (name, value) = line.strip_prefix("export ").unwrap().split_once('=').unwrap();
        command.env(name, value.trim_matches('\''));
    }
    if let Some(secret) = secret {
        command.env("FH_API_SECRET", secret);
    }
    command.env("no_proxy", "*").output().await.unwrap()
}

#[tokio::test]
async fn the_script_submits_a_signed_invoice_and_prints_its_verification_code() {
    let sim = Sim::start().await.unwrap();
    let output = submit(&sim, None, None).await;
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{printed}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let code = printed.trim_end().rsplit(' ').next().unwrap();
    assert_eq!(
        code.split('-').map(str::len).collect::<Vec<_>>(),
        [4, 4, 4, 4],
        "{printed}"
    );
    assert_eq!(
        sim.ledger().of("INV-2026-00431"),
        Count {
            accepted: 1,
            fiscalised: 1,
            rejected: 0
        }
    );
}

#[tokio::test]
async fn the_script_says_that_a_wrong_secret_is_refused() {
    let sim = Sim::start().await.unwrap();
    let output = submit(&sim, None, Some("not-the-secret")).await;
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("401"), "{said}");
    assert!(sim.ledger().is_empty());
}
