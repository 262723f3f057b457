//! `docs/codes.md` and the rule table of `docs/preflight.md` are what the code says.

use std::{fmt::Write as _, fs, path::PathBuf};

use fiscal_harmony::{codes, preflight};

const MARK: (&str, &str) = (
    "<!-- rules: written by the test that compares them -->",
    "<!-- end of rules -->",
);

const FAULTS: (&str, &str) = (
    "<!-- faults: written by the test that compares them -->",
    "<!-- end of faults -->",
);

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name)
}

/// Compares, or with `FH_WRITE_DOCS=1` writes.
fn hold(name: &str, expected: &str) {
    if std::env::var_os("FH_WRITE_DOCS").is_some_and(|value| value == "1") {
        fs::write(path(name), expected).unwrap();
    }
    let written = fs::read_to_string(path(name)).unwrap_or_default().replace("\r\n", "\n");
    assert_eq!(
        written, expected,
        "docs/{name} is out of date; run the tests of fh-tests with FH_WRITE_DOCS=1 and review the change"
    );
}

#[test]
fn the_page_of_codes_is_current() {
    let mut page = String::from(
        "# The tax authority's codes\n\n\
         Written from the catalogue in `fiscal_harmony::codes`; `fh explain CODE` shows a single one. Meanings are those of the authority's\n\
         specification 7.2; causes and remedies are drawn from published integrations. *Red*: the receipt is kept, and the fiscal day\n\
         cannot be closed. *Yellow*: kept, and the day can be closed. *Refused*: nothing is kept. *Close*: the day could not be closed, whichever\n\
         receipt is to blame. A receipt is *grey* while the one before it is\n\
         missing; it is checked again when the gap is filled, and the day cannot be closed before.\n\n\
         | Code | Colour | Meaning | Usual cause | Remedy | Found before sending by |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    for code in codes::all() {
        let rules: Vec<&str> = code.rules().map(|rule| rule.id).collect();
        let rules = if rules.is_empty() {
            "—".to_owned()
        } else {
            rules.join(", ")
        };
        writeln!(
            page,
            "| {} | {} | {} | {} | {} | {rules} |",
            code.code, code.colour, code.meaning, code.cause, code.remedy
        )
        .unwrap();
    }
    hold("codes.md", &page);
}

#[test]
fn the_table_of_rules_is_current() {
    let written = fs::read_to_string(path("preflight.md")).unwrap().replace("\r\n", "\n");
    let (before, rest) = written
        .split_once(MARK.0)
        .expect("the page marks where the rules begin");
    let (_, after) = rest.split_once(MARK.1).expect("the page marks where the rules end");
    let mut table =
        String::from("| Rule | What must hold | Level | Needs | Codes |\n| --- | --- | --- | --- | --- |\n");
    for rule in std::iter::once(&preflight::SHAPE).chain(preflight::rules()) {
        let needs: Vec<String> = rule.needs.iter().map(ToString::to_string).collect();
        let needs = if needs.is_empty() {
            "—".to_owned()
        } else {
            needs.join(", ")
        };
        let codes = if rule.codes.is_empty() {
            "—".to_owned()
        } else {
            rule.codes.join(", ")
        };
        writeln!(
            table,
            "| {} | {} | {} | {needs} | {codes} |",
            rule.id, rule.title, rule.level
        )
        .unwrap();
    }
    let mut faults = String::from("| Rule | Fault | Words | Remedy |\n| --- | --- | --- | --- |\n");
    for fault in preflight::faults() {
        let cell = |text: &str| text.replace('|', "\\|").replace('<', "&lt;");
        writeln!(
            faults,
            "| {} | {} | {} | {} |",
            fault.rule,
            fault.name,
            cell(fault.words),
            cell(fault.remedy)
        )
        .unwrap();
    }
    let (between, rest) = after
        .split_once(FAULTS.0)
        .expect("the page marks where the faults begin");
    let (_, after) = rest.split_once(FAULTS.1).expect("the page marks where the faults end");
    hold(
        "preflight.md",
        &format!(
            "{before}{}\n\n{table}\n{}{between}{}\n\n{faults}\n{}{after}",
            MARK.0, MARK.1, FAULTS.0, FAULTS.1
        ),
    );
}
