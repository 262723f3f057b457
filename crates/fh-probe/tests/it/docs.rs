//! `docs/probe.md` lists the experiments and the questions as they are.

use std::{fmt::Write, fs, path::Path};

use fh_probe::{EXPERIMENTS, QUESTIONS, Risk};

const MARKER: &str = "<!-- From here on: the experiments and questions, written by a test. -->\n";

/// Set `FH_UPDATE_DOCS=1` to write the tables into the page; the prose before them is by hand.
#[test]
fn the_page_lists_every_experiment_and_question() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/probe.md");
    let page = fs::read_to_string(&path).unwrap();
    let (prose, _) = page.split_once(MARKER).expect("docs/probe.md has lost its marker");
    let mut expected = format!(
        "{prose}{MARKER}\n## The experiments, in their order\n\n| experiment | colour | documents | sends |\n| --- | --- | --- | --- |\n"
    );
    for one in EXPERIMENTS {
        let colour = match one.risk {
            Risk::Green => "green",
            Risk::Yellow => "yellow",
            Risk::Red => "red",
        };
        writeln!(
            expected,
            "| `{}` | {colour} | {} | {} |",
            one.name, one.documents, one.sends
        )
        .unwrap();
    }
    expected.push_str(
        "\n## The questions\n\n| question | asks | experiment | assumed | what changes |\n| --- | --- | --- | --- | --- |\n",
    );
    for one in QUESTIONS {
        writeln!(
            expected,
            "| `{}` | {} | `{}` | {} | {} |",
            one.name, one.asks, one.experiment, one.assumed, one.changes
        )
        .unwrap();
    }
    if std::env::var_os("FH_UPDATE_DOCS").is_some() {
        fs::write(&path, &expected).unwrap();
        return;
    }
    assert!(
        page == expected,
        "docs/probe.md is out of date; write it with FH_UPDATE_DOCS=1 cargo test -p fh-probe --test it docs"
    );
}
