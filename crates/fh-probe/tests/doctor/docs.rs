//! `docs/doctor.md` lists the checks as they are.

use std::{fs, path::Path};

use fh_probe::doctor::CHECKS;

/// Set `FH_UPDATE_DOCS=1` to write the catalogue into the page; the prose above it is by hand.
#[test]
fn the_page_lists_every_check_with_its_question_and_its_remedy() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/doctor.md");
    let page = fs::read_to_string(&path).unwrap();
    let marker = "<!-- From here on: the catalogue, written by a test. -->\n";
    let (prose, _) = page.split_once(marker).expect("docs/doctor.md has lost its marker");
    let mut expected = format!("{prose}{marker}");
    let mut area = None;
    for check in CHECKS {
        if area.replace(check.area) != Some(check.area) {
            let title = check.area.title();
            expected.push_str(&format!(
                "\n### {title}\n\n| check | question | what helps |\n| --- | --- | --- |\n"
            ));
        }
        expected.push_str(&format!(
            "| `{}` | {} | {} |\n",
            check.name, check.question, check.remedy
        ));
    }
    if std::env::var_os("FH_UPDATE_DOCS").is_some() {
        fs::write(&path, &expected).unwrap();
        return;
    }
    assert!(
        page == expected,
        "docs/doctor.md is not the catalogue; write it with FH_UPDATE_DOCS=1 cargo test -p fh-probe"
    );
}
