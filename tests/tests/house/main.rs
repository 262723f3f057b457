//! The house is as `docs/architecture.md` draws it: crates, files, and the parts that do no I/O.

mod arrows;
mod reader;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use crate::{arrows::Arrows, reader::Sources};

/// Lines that a file may have.
const LONG: usize = 450;

/// How a longer file begins, before it says why it is one idea all the same.
const EXCUSE: &str = "// One idea: ";

/// What does I/O, waits, or reads the clock of the machine.
const IMPURE: [&str; 17] = [
    "std::env",
    "std::fs",
    "std::io::stdin",
    "std::io::stdout",
    "std::net",
    "std::os",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "axum",
    "fh_raw::Client",
    "hyper",
    "reqwest",
    "rusqlite",
    "tokio",
    "tokio_postgres",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// The lines of the one fenced block of this kind in the document.
fn block(kind: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let (_, after) = text
        .split_once(&format!("```{kind}\n"))
        .unwrap_or_else(|| panic!("docs/architecture.md has no block of `{kind}`"));
    let (block, _) = after.split_once("```").unwrap();
    block
        .lines()
        .map(str::to_owned)
        .filter(|line| !line.is_empty())
        .collect()
}

fn members() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .current_dir(root())
        .args(["metadata", "--format-version", "1", "--locked", "--no-deps"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    match metadata["packages"].take() {
        Value::Array(packages) => packages,
        other => panic!("cargo metadata lists no packages: {other}"),
    }
}

/// Which crates a crate uses, and when: `fh-raw`, or `fh-raw (build)` for its build script.
type Drawing = BTreeMap<String, BTreeSet<String>>;

fn drawn() -> Drawing {
    block("arrows")
        .iter()
        .map(|line| {
            let (from, to) = line
                .split_once(" -> ")
                .unwrap_or_else(|| panic!("{line:?} has no arrow"));
            (
                from.trim().to_owned(),
                to.split(',').map(|name| name.trim().to_owned()).collect(),
            )
        })
        .collect()
}

fn built() -> Drawing {
    let members = members();
    let names: BTreeSet<&str> = members.iter().map(|member| member["name"].as_str().unwrap()).collect();
    let mut built = Drawing::new();
    for member in &members {
        for dependency in member["dependencies"].as_array().unwrap() {
            let to = dependency["name"].as_str().unwrap();
            let from = member["name"].as_str().unwrap();
            let from = match dependency["kind"].as_str() {
                Some("dev") => continue,
                Some(kind) => format!("{from} ({kind})"),
                None => from.to_owned(),
            };
            if names.contains(to) {
                built.entry(from).or_default().insert(to.to_owned());
            }
        }
    }
    built
}

#[test]
fn the_crates_use_each_other_as_the_architecture_draws_it_and_in_no_other_way() {
    let (drawn, built) = (drawn(), built());
    let nothing = BTreeSet::new();
    let mut wrong = Vec::new();
    for from in drawn.keys().chain(built.keys()).collect::<BTreeSet<_>>() {
        let drawn = drawn.get(from).unwrap_or(&nothing);
        let built = built.get(from).unwrap_or(&nothing);
        wrong.extend(built.difference(drawn).map(|to| format!("{from} -> {to} is not drawn")));
        wrong.extend(
            drawn
                .difference(built)
                .map(|to| format!("{from} -> {to} is drawn and does not exist")),
        );
    }
    assert!(built.len() >= 6, "{built:?}");
    assert!(wrong.is_empty(), "docs/architecture.md:\n{}", wrong.join("\n"));
}

/// The sources of each member that has any, by its name.
fn sources() -> BTreeMap<String, Sources> {
    let mut all = BTreeMap::new();
    for member in members() {
        let manifest = PathBuf::from(member["manifest_path"].as_str().unwrap());
        let src = manifest.with_file_name("src");
        let mut found = Sources::new();
        read(&src, "", &mut found);
        all.insert(member["name"].as_str().unwrap().to_owned(), found);
    }
    all
}

fn read(folder: &Path, prefix: &str, found: &mut Sources) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            read(&entry.path(), &format!("{prefix}{name}/"), found);
        } else if name.ends_with(".rs") {
            found.insert(format!("{prefix}{name}"), fs::read_to_string(entry.path()).unwrap());
        }
    }
}

#[test]
fn no_crate_has_files_in_a_circle() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (name, sources) in sources() {
        let arrows = Arrows::of(&sources);
        seen += arrows.between.len();
        wrong.extend(arrows.circles().into_iter().map(|circle| format!("{name}: {circle}")));
    }
    assert!(seen > 300, "{seen} arrows were read");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_pure_parts_reach_nothing_that_does_io() {
    let sources = sources();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for line in block("pure") {
        let (name, modules) = line
            .split_once(": ")
            .unwrap_or_else(|| panic!("{line:?} names no crate"));
        let sources = sources.get(name).unwrap_or_else(|| panic!("there is no crate {name}"));
        let arrows = Arrows::of(sources);
        for module in modules.split(',').map(str::trim) {
            let module = if module == "all" { "" } else { module };
            let files = arrows
                .modules
                .get(module)
                .unwrap_or_else(|| panic!("{name} has no module {module}"));
            seen += files.len();
            for (file, by) in arrows.reach(files) {
                let outside = arrows.outside.get(file).into_iter().flatten();
                for path in outside.filter(|path| is_impure(path)) {
                    wrong.push(format!("{name}: {module} reaches {file} (by {by}), which uses {path}"));
                }
            }
        }
    }
    assert!(seen > 20, "{seen} files were looked at");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn is_impure(path: &str) -> bool {
    IMPURE.iter().any(|impure| {
        let rest = path.strip_prefix(impure);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    })
}

#[test]
fn a_long_file_says_why_it_is_one_idea() {
    let output = Command::new("git")
        .current_dir(root())
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "*.rs"])
        .output()
        .unwrap();
    let listing = String::from_utf8(output.stdout).unwrap();
    let files: Vec<&str> = listing.lines().filter(|file| root().join(file).is_file()).collect();
    assert!(files.len() > 100, "git lists the files");
    let mut wrong = Vec::new();
    for file in files {
        let text = fs::read_to_string(root().join(file)).unwrap();
        let lines = text.lines().count();
        let excuse = text.lines().next().and_then(|first| first.strip_prefix(EXCUSE));
        match excuse {
            None if lines > LONG => wrong.push(format!(
                "{file} has {lines} lines: split it, or begin it with `{EXCUSE}…`"
            )),
            Some(_) if lines <= LONG => wrong.push(format!("{file} has {lines} lines and needs no excuse")),
            Some(reason) if reason.len() < 20 => wrong.push(format!("{file}: {reason:?} is no reason")),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
