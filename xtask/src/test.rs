//! `cargo xtask test`: brings what the tests need beyond Rust, then runs all of them.

use std::path::Path;

use fh_cluster::Cluster;

use crate::process::{Failed, cargo, exists, run, run_with};

/// A program that a test runs, and the Debian package that brings it.
struct Need {
    program: &'static str,
    package: &'static str,
    why: &'static str,
}

const NEEDS: [Need; 7] = [
    Need {
        program: "bash",
        package: "bash",
        why: "docs/submit-with-curl.sh is run by a test",
    },
    Need {
        program: "curl",
        package: "curl",
        why: "docs/submit-with-curl.sh is run by a test",
    },
    Need {
        program: "openssl",
        package: "openssl",
        why: "docs/submit-with-curl.sh signs with it",
    },
    Need {
        program: "python3",
        package: "python3",
        why: "examples/till.py is run by a test",
    },
    Need {
        program: "initdb",
        package: "postgresql",
        why: "the outbox is tested on a throw-away cluster",
    },
    Need {
        program: "chromium",
        package: "chromium",
        why: "the agent's page is tried in a real browser",
    },
    Need {
        program: "chromedriver",
        package: "chromium-driver",
        why: "the agent's page is tried in a real browser",
    },
];

/// The URL of a PostgreSQL cluster in which tests may make schemas. Where it is set already, that cluster is used.
const CLUSTER: &str = "FH_TEST_POSTGRES";

/// Runs every test of the workspace: unit tests, integration tests, then the examples in the documentation. PostgreSQL is started for
/// them, and stopped and deleted again whatever they say.
///
/// # Errors
///
/// When something that is needed is missing and cannot be installed, or a test fails.
pub(crate) fn test(root: &Path) -> Result<(), Failed> {
    install_needs(root)?;
    let cluster = match std::env::var_os(CLUSTER) {
        Some(_) => None,
        None => Some(Cluster::start().map_err(|error| Failed::new(error.to_string()))?),
    };
    let address = cluster.as_ref().map(Cluster::address);
    let variables: Vec<_> = address.iter().map(|address| (CLUSTER, address.as_str())).collect();
    // The tests run `fh` itself, which has to be there before they start.
    run(root, &cargo(), ["build", "--workspace", "--bins"])?;
    run_with(
        root,
        &cargo(),
        [
            "test",
            // One failure should not hide the next.
            "--no-fail-fast",
            "--workspace",
            "--lib",
            "--bins",
            "--tests",
            "--examples",
            "--features",
            FEATURES,
        ],
        &variables,
    )?;
    run(root, &cargo(), ["test", "--workspace", "--doc", "--features", FEATURES])?;
    explore(root)
}

/// Visits ten million worlds of the outbox's machine: optimised, since it would take many times as long otherwise, and on its own, since
/// the outbox's other tests would take longer to compile than that saves.
fn explore(root: &Path) -> Result<(), Failed> {
    let optimised = "profile.dev.package.fh-outbox.opt-level=2";
    let what = [
        "test",
        "--config",
        optimised,
        "--package",
        "fh-outbox",
        "--lib",
        "explore",
    ];
    run(
        root,
        &cargo(),
        what.into_iter().chain(["--", "--ignored", "--nocapture"]),
    )
}

/// Every optional feature that the tests want.
const FEATURES: &str = "fiscal-harmony/axum,fiscal-harmony/blocking,fiscal-harmony/schemars,fh-auth/reqwest,fh-outbox/postgres,fh-raw/schemars";

fn is_here(program: &str) -> bool {
    fh_cluster::find(program).is_some() || exists(program)
}

fn install_needs(root: &Path) -> Result<(), Failed> {
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| !is_here(need.program)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().map(|need| need.package).collect();
    let list = packages.join(" ");
    for need in &missing {
        println!("{} is not on this machine ({})", need.program, need.why);
    }
    if !exists("apt-get") {
        return Err(Failed::new(format!(
            "install {list} with this system's package manager and run the task again"
        )));
    }
    run(root, "apt-get", ["update"])
        .and_then(|()| {
            run(
                root,
                "apt-get",
                ["install", "--yes", "--no-install-recommends"]
                    .into_iter()
                    .chain(packages),
            )
        })
        .map_err(|error| {
            Failed::new(format!(
                "{error}\ninstall it by hand: sudo apt-get install {list}, then run the task again"
            ))
        })
}
