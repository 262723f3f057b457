//! `docs/cli.md` shows the help of every command as it is.

use std::{collections::BTreeSet, fs, path::Path};

use crate::harness::World;

/// The subcommands that a help text lists.
fn subcommands(help: &str) -> Vec<String> {
    let listed = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty());
    listed
        // A long description goes on in a line that is further in.
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

/// Every command and its help, in the order of the help.
fn all(world: &World, path: &[String], found: &mut Vec<(String, String)>) {
    let arguments: Vec<&str> = path.iter().map(String::as_str).chain(["--help"]).collect();
    let ran = world.fh(&arguments);
    assert_eq!(ran.code, 0, "{ran:?}");
    let title = ["fh"]
        .into_iter()
        .chain(arguments.iter().copied())
        .collect::<Vec<_>>()
        .join(" ");
    let help: Vec<_> = ran.stdout.trim_end().lines().map(str::trim_end).collect();
    found.push((title, help.join("\n").replace("fh.exe", "fh")));
    for name in subcommands(&ran.stdout) {
        all(world, &[path, &[name]].concat(), found);
    }
}

/// Set `FH_UPDATE_DOCS=1` to write the help into the page; the prose between is by hand.
#[test]
fn the_page_shows_the_help_of_every_command_as_it_is() {
    let world = World::alone();
    let mut commands = Vec::new();
    all(&world, &[], &mut commands);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cli.md");
    let page = fs::read_to_string(&path).unwrap();
    let marker = "<!-- From here on: the help of every command, written by a test. -->\n";
    let (prose, _) = page.split_once(marker).expect("docs/cli.md has lost its marker");
    let mut expected = format!("{prose}{marker}");
    for (title, help) in &commands {
        expected.push_str(&format!(
            "\n## `{}`\n\n```text\n{help}\n```\n",
            title.trim_end_matches(" --help")
        ));
    }
    if std::env::var_os("FH_UPDATE_DOCS").is_some() {
        fs::write(&path, &expected).unwrap();
        return;
    }
    assert!(
        page == expected,
        "docs/cli.md is not what `fh --help` says; write it with FH_UPDATE_DOCS=1 cargo test -p fh-cli"
    );
    let names: BTreeSet<_> = commands.iter().map(|(title, _)| title).collect();
    assert!(names.len() == commands.len() && names.len() > 25, "{}", names.len());
}

#[test]
fn the_exit_codes_are_in_the_help() {
    let world = World::alone();
    for arguments in [&["--help"][..], &["-h"], &["submit", "--help"], &["status", "--help"]] {
        let help = world.fh(arguments).stdout;
        for code in [0, 2, 3, 4, 5, 6, 7] {
            assert!(
                help.lines().any(|line| line.starts_with(&format!("  {code}  "))),
                "{arguments:?}: {code}"
            );
        }
    }
}

#[test]
fn the_version_is_short() {
    let ran = World::alone().fh(&["--version"]);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (0, concat!("fh ", env!("CARGO_PKG_VERSION"), "\n"))
    );
}
