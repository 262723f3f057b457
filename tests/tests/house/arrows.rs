//! From what a crate's files name to the arrows between them.

use std::collections::{BTreeMap, BTreeSet};

use crate::reader::{Crate, Import, Sources};

/// What a path leads to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    Module(usize),
    /// Something defined in this module.
    Item(usize),
    /// Something of another crate.
    Outside(Vec<String>),
}

/// The arrows between the files of a crate.
#[derive(Default, Debug)]
pub(crate) struct Arrows {
    /// From file to file, with the names that tie them.
    pub(crate) between: BTreeMap<(String, String), BTreeSet<String>>,
    /// What each file takes from other crates, as paths.
    pub(crate) outside: BTreeMap<String, BTreeSet<String>>,
    /// The files of each module, with those of the modules in it.
    pub(crate) modules: BTreeMap<String, BTreeSet<String>>,
}

impl Arrows {
    /// Reads the arrows of a crate.
    pub(crate) fn of(sources: &Sources) -> Self {
        let found = Crate::read(sources);
        let mut arrows = Self::default();
        for (index, module) in found.modules.iter().enumerate() {
            for depth in 0..=module.path.len() {
                let name = module.path[..depth].join("::");
                arrows.modules.entry(name).or_default().insert(module.file.clone());
            }
            for import in &module.imports {
                arrows.import(&found, index, import);
            }
            for path in &module.paths {
                let targets = found.resolve(index, path, &mut BTreeSet::new());
                // One name alone may be a variable that is called like a module.
                let targets = targets
                    .into_iter()
                    .filter(|target| path.len() > 1 || matches!(target, Target::Item(_)));
                arrows.add(&found, index, path, targets);
            }
        }
        arrows
    }

    fn import(&mut self, found: &Crate, module: usize, import: &Import) {
        let own = &found.modules[module].path;
        let targets = found.resolve(module, &import.path, &mut BTreeSet::new());
        // A table of contents shows its children; that is no use of them.
        let shown = |target: &Target| match target {
            Target::Module(to) | Target::Item(to) => found.modules[*to].path.starts_with(own),
            Target::Outside(_) => false,
        };
        let targets = targets
            .into_iter()
            .filter(|target| !(import.is_reexport && shown(target)));
        self.add(found, module, &import.path, targets);
    }

    fn add(&mut self, found: &Crate, module: usize, path: &[String], targets: impl Iterator<Item = Target>) {
        let from = &found.modules[module].file;
        for target in targets {
            match target {
                Target::Module(to) | Target::Item(to) => {
                    let to = &found.modules[to].file;
                    if from != to {
                        let names = self.between.entry((from.clone(), to.clone())).or_default();
                        names.insert(path.last().cloned().unwrap_or_default());
                    }
                }
                Target::Outside(path) => {
                    let paths = self.outside.entry(from.clone()).or_default();
                    paths.insert(path.join("::"));
                }
            }
        }
    }

    /// Every file that is reached from these, and the file by which it was reached.
    pub(crate) fn reach<'a>(&'a self, from: impl IntoIterator<Item = &'a String>) -> BTreeMap<&'a str, &'a str> {
        let mut reached: BTreeMap<&str, &str> = BTreeMap::new();
        let mut next: Vec<(&str, &str)> = from.into_iter().map(|file| (file.as_str(), file.as_str())).collect();
        while let Some((file, by)) = next.pop() {
            if reached.contains_key(file) {
                continue;
            }
            reached.insert(file, by);
            let on = self.between.keys().filter(|(from, _)| from == file);
            next.extend(on.map(|(_, to)| (to.as_str(), file)));
        }
        reached
    }

    /// Each circle of files, told with the names that tie its files.
    pub(crate) fn circles(&self) -> Vec<String> {
        let files: BTreeSet<&String> = self.between.keys().flat_map(|(from, to)| [from, to]).collect();
        let reach: BTreeMap<&str, BTreeSet<&str>> = files
            .iter()
            .map(|file| {
                let nexts = self.between.keys().filter(|(from, _)| from == *file).map(|(_, to)| to);
                (file.as_str(), self.reach(nexts).into_keys().collect())
            })
            .collect();
        let mut told: BTreeSet<&str> = BTreeSet::new();
        let mut circles = Vec::new();
        for file in &files {
            let file = file.as_str();
            if told.contains(file) || !reach[file].contains(file) {
                continue;
            }
            let members: BTreeSet<&str> = reach[file]
                .iter()
                .copied()
                .filter(|other| reach[other].contains(file))
                .collect();
            told.extend(&members);
            let mut text = format!("{} files in a circle:", members.len());
            for ((from, to), names) in &self.between {
                if members.contains(from.as_str()) && members.contains(to.as_str()) {
                    let names = names.iter().cloned().collect::<Vec<_>>().join(", ");
                    text.push_str(&format!("\n  {from} uses {to} ({names})"));
                }
            }
            circles.push(text);
        }
        circles
    }
}

/// The imports, by module and place, that are being followed for a name, so that no search runs in a circle.
type Asked = BTreeSet<(usize, usize, String)>;

impl Crate {
    fn resolve(&self, module: usize, path: &[String], asked: &mut Asked) -> Vec<Target> {
        let Some((first, rest)) = path.split_first() else {
            return vec![Target::Module(module)];
        };
        let start = match first.as_str() {
            "crate" => vec![Target::Module(self.root(module))],
            "self" => vec![Target::Module(module)],
            "super" => vec![Target::Module(self.modules[module].parent.unwrap_or(module))],
            name => {
                let found = self.look_up(module, name, asked);
                if found.is_empty() {
                    vec![Target::Outside(vec![first.clone()])]
                } else {
                    found
                }
            }
        };
        rest.iter().fold(start, |targets, name| self.step(targets, name, asked))
    }

    /// From what was reached so far to what is called `name` in it.
    fn step(&self, targets: Vec<Target>, name: &str, asked: &mut Asked) -> Vec<Target> {
        // A function may be called like the module that it is in. What has something in it is the module.
        let modules_only = targets.iter().any(|target| matches!(target, Target::Module(_)));
        let mut next = Vec::new();
        for target in targets {
            match target {
                Target::Module(module) if name == "super" => {
                    next.push(Target::Module(self.modules[module].parent.unwrap_or(module)));
                }
                Target::Module(module) if name == "self" => next.push(Target::Module(module)),
                Target::Module(module) => {
                    let found = self.look_up(module, name, asked);
                    if found.is_empty() {
                        // A macro made it.
                        next.push(Target::Item(module));
                    }
                    next.extend(found);
                }
                Target::Item(_) if modules_only => {}
                Target::Item(module) => next.push(Target::Item(module)),
                Target::Outside(mut path) => {
                    path.push(name.to_owned());
                    next.push(Target::Outside(path));
                }
            }
        }
        next
    }

    /// What is called `name` in a module: its children, what it defines, and what it brings in from elsewhere.
    fn look_up(&self, module: usize, name: &str, asked: &mut Asked) -> Vec<Target> {
        let here = &self.modules[module];
        let mut found: Vec<Target> = here
            .children
            .get(name)
            .copied()
            .map(Target::Module)
            .into_iter()
            .collect();
        if here.items.contains(name) {
            found.push(Target::Item(module));
        }
        let mut follow = |place: usize, import: &Import| {
            if asked.insert((module, place, name.to_owned())) {
                self.resolve(module, &import.path, asked)
            } else {
                Vec::new()
            }
        };
        let imports = || here.imports.iter().enumerate();
        for (place, import) in imports().filter(|(_, import)| import.name.as_deref() == Some(name)) {
            found.extend(follow(place, import));
        }
        if found.is_empty() {
            let globs = imports().filter(|(_, import)| import.is_glob);
            let from: Vec<Target> = globs.flat_map(|(place, glob)| follow(place, glob)).collect();
            for target in from {
                if let Target::Module(from) = target {
                    found.extend(self.look_up(from, name, asked));
                }
            }
        }
        found
    }

    fn root(&self, mut module: usize) -> usize {
        while let Some(parent) = self.modules[module].parent {
            module = parent;
        }
        module
    }
}

#[cfg(test)]
mod tests {
    use super::{Arrows, Sources};

    fn arrows(files: &[(&str, &str)]) -> Arrows {
        let sources: Sources = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
            .collect();
        Arrows::of(&sources)
    }

    fn shown(arrows: &Arrows) -> Vec<String> {
        let show = |((from, to), names): (&(String, String), &std::collections::BTreeSet<String>)| {
            format!(
                "{from} -> {to}: {}",
                names.iter().cloned().collect::<Vec<_>>().join(" ")
            )
        };
        arrows.between.iter().map(show).collect()
    }

    #[test]
    fn arrows_that_go_one_way_are_no_circle() {
        let found = arrows(&[
            ("lib.rs", "mod a; mod b; pub use a::A;"),
            (
                "a.rs",
                "use crate::b::{B, self}; pub struct A(B); fn of() { b::make() }",
            ),
            ("b.rs", "pub struct B; pub fn make() {}"),
        ]);
        assert_eq!(shown(&found), ["a.rs -> b.rs: B b make"]);
        assert_eq!(found.circles(), Vec::<String>::new());
    }

    #[test]
    fn a_circle_through_super_is_named_with_what_ties_it() {
        let found = arrows(&[
            ("lib.rs", "mod parent;"),
            (
                "parent/mod.rs",
                "mod child; pub(crate) struct Shared; fn go() { child::work() }",
            ),
            (
                "parent/child.rs",
                "use super::Shared; pub(super) fn work() { let _ = Shared; }",
            ),
        ]);
        assert_eq!(
            found.circles(),
            [
                "2 files in a circle:\n  parent/child.rs uses parent/mod.rs (Shared)\n  parent/mod.rs uses parent/child.rs (work)"
            ]
        );
    }

    #[test]
    fn a_circle_through_a_reexport_is_found_where_the_name_is_defined() {
        let found = arrows(&[
            ("lib.rs", "mod engine; mod state; pub use state::State;"),
            ("state.rs", "use crate::engine::Engine; pub enum State { Open(Engine) }"),
            (
                "engine.rs",
                "pub struct Engine; impl Engine { fn ask(&self) { let _ = crate::State::Open; } }",
            ),
        ]);
        assert_eq!(
            shown(&found),
            ["engine.rs -> state.rs: Open", "state.rs -> engine.rs: Engine"]
        );
        assert_eq!(found.circles().len(), 1);
    }

    #[test]
    fn a_parent_that_only_shows_its_children_is_in_no_circle() {
        let found = arrows(&[
            ("lib.rs", "mod courier;"),
            (
                "courier/mod.rs",
                "mod push; mod retry; pub(crate) use push::push; pub(crate) use retry::*;",
            ),
            ("courier/push.rs", "pub(crate) fn push() {}"),
            ("courier/retry.rs", "pub(crate) fn again() { super::push() }"),
        ]);
        assert_eq!(shown(&found), ["courier/retry.rs -> courier/push.rs: push"]);
        assert_eq!(found.circles(), Vec::<String>::new());
    }

    #[test]
    fn a_parent_that_works_with_what_it_shows_is_in_one() {
        let found = arrows(&[
            ("lib.rs", "mod courier;"),
            (
                "courier/mod.rs",
                "mod push; pub(crate) use push::push; pub(crate) struct Bag; fn go() { push() }",
            ),
            ("courier/push.rs", "use super::Bag; pub(crate) fn push() -> Bag { Bag }"),
        ]);
        assert_eq!(found.circles().len(), 1);
    }

    #[test]
    fn globs_renames_macros_and_attributes_are_arrows_too() {
        let found = arrows(&[
            ("lib.rs", "mod a; mod b; mod c; mod d; mod e;"),
            (
                "a.rs",
                "use crate::b::*; use crate::c::C as D; fn f() { println!(\"{}\", crate::d::D); let _: B; }",
            ),
            ("b.rs", "pub struct B;"),
            ("c.rs", "pub struct C;"),
            ("d.rs", "pub const D: u8 = 1;"),
            (
                "e.rs",
                "#[derive(Serialize)] struct E { #[serde(with = \"crate::d::text\")] d: u8 }",
            ),
        ]);
        assert_eq!(
            shown(&found),
            [
                "a.rs -> b.rs: B b",
                "a.rs -> c.rs: C",
                "a.rs -> d.rs: D",
                "e.rs -> d.rs: text"
            ]
        );
    }

    #[test]
    fn what_only_tests_use_is_no_arrow() {
        let found = arrows(&[
            ("lib.rs", "mod a; mod b; #[cfg(test)] mod c;"),
            (
                "a.rs",
                "pub struct A; #[cfg(test)] mod tests { use super::*; use crate::b::B; } #[cfg(test)] use crate::b;",
            ),
            ("b.rs", "pub(crate) struct B(crate::a::A);"),
        ]);
        assert_eq!(shown(&found), ["b.rs -> a.rs: A"]);
    }

    #[test]
    fn leave_given_to_a_parent_and_variables_called_like_a_module_are_no_arrows() {
        let found = arrows(&[
            ("lib.rs", "mod a;"),
            ("a/mod.rs", "mod draft; pub(crate) fn f(draft: u8) -> u8 { draft }"),
            ("a/draft.rs", "pub(in crate::a) struct Draft; pub(super) fn g() {}"),
        ]);
        assert_eq!(shown(&found), Vec::<String>::new());
    }

    #[test]
    fn what_comes_from_other_crates_is_noted_by_file_through_reexports_too() {
        let found = arrows(&[
            ("lib.rs", "mod a; mod b; pub use outside::thing;"),
            (
                "a.rs",
                "use std::{fs, io::Write as _}; fn f() { fs::read(\"x\"); crate::thing::call() }",
            ),
            ("b.rs", "use crate::a; fn f() { tokio::spawn(async {}) }"),
        ]);
        let of = |file: &str| found.outside[file].iter().map(String::as_str).collect::<Vec<_>>();
        assert_eq!(
            of("a.rs"),
            ["outside::thing::call", "std::fs", "std::fs::read", "std::io::Write"]
        );
        assert_eq!(of("b.rs"), ["tokio::spawn"]);
        let from = found.modules["b"].clone();
        assert_eq!(
            found.reach(&from).into_iter().collect::<Vec<_>>(),
            [("a.rs", "b.rs"), ("b.rs", "b.rs")]
        );
    }
}
