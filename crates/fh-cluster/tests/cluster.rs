//! The throw-away cluster.

use std::process::Command;

use fh_cluster::{Cluster, find};

#[test]
fn a_cluster_commits_to_the_disk_and_leaves_nothing_behind() {
    let Some(psql) = find("psql") else {
        assert!(
            std::env::var_os("CI").is_none_or(|ci| ci != "true"),
            "PostgreSQL is missing; `cargo xtask test` installs it"
        );
        return;
    };
    let cluster = Cluster::start().unwrap_or_else(|error| panic!("{error}"));
    let ask = |question: &str| {
        let answer = Command::new(&psql)
            .args([
                &cluster.address(),
                "--no-psqlrc",
                "--tuples-only",
                "--no-align",
                "--command",
                question,
            ])
            .output()
            .unwrap_or_else(|error| panic!("{error}"));
        String::from_utf8_lossy(&answer.stdout).trim().to_owned()
    };
    assert_eq!(ask("SHOW fsync"), "on");
    assert_eq!(ask("SHOW listen_addresses"), "", "it listens on the network");
    let folder = ask("SHOW unix_socket_directories");
    assert!(std::path::Path::new(&folder).exists(), "{folder}");
    drop(cluster);
    assert!(!std::path::Path::new(&folder).exists(), "{folder} was left behind");
}
