//! What `cargo xtask semver` says of a change to a made-up workspace: a shop whose document is made with a builder.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use fh_drift::interface::semver::{Arguments, run};
use fh_drift::published::published;

/// The builder lives in a private module, as ours do, and nobody can name it.
const ORDER: &str = r#"
use bon::Builder;

/// An order.
#[derive(Debug, Builder)]
#[non_exhaustive]
pub struct Order {
    #[builder(into)]
    pub id: String,
    pub total: u64,
    pub notes: Option<String>,
}

pub struct Nobody;

impl Nobody {
    pub fn sees_this(&self) {}
}
"#;

const SHOP: &str = r#"
mod order;
pub use order::Order;
pub use shop_words as vocabulary;

pub use extras::*;
mod extras {
    pub struct Extra;
    struct Spare;
}

pub mod words {
    pub use shop_words::*;
}

pub enum Paid { Cash, Card }

#[non_exhaustive]
pub enum State { Open, Closed }

pub struct Price { pub net: u64, pub tax: u64 }

pub struct Till { secret: u64 }

impl Till {
    pub fn number(&self) -> u64 { self.secret }
    fn hidden(&self) {}
}

pub trait Printer { fn print(&self); fn cut(&self) {} }

#[cfg(feature = "paper")]
pub fn paper() {}

#[cfg(feature = "unstable-wire")]
pub fn wire() {}
"#;

/// The made-up workspace, in the target directory so that its dependencies are compiled once.
struct Shop(PathBuf);

impl Shop {
    fn new() -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("shop");
        let shop = Self(root);
        let _ = fs::remove_dir_all(shop.0.join(".git"));
        let _ = fs::remove_dir_all(shop.0.join("docs"));
        let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        shop.put("Cargo.lock", &fs::read_to_string(ours.join("Cargo.lock")).unwrap());
        shop.put(".cargo/config.toml", "[net]\noffline = true\n");
        shop.put(".gitignore", "target\n");
        shop.put("CHANGELOG.md", "## [Unreleased]\n- Something.\n");
        let package = "version.workspace = true\nedition = \"2024\"";
        shop.put(
            "Cargo.toml",
            "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\"]\n\n[workspace.package]\nversion = \"0.1.0\"\n",
        );
        shop.put(
            "crates/shop/Cargo.toml",
            &format!(
                "[package]\nname = \"shop\"\n{package}\n\n[features]\npaper = []\nunstable-wire = []\n\n[dependencies]\nbon = \"3.10\"\nshop-words = {{ path = \"../shop-words\" }}\n"
            ),
        );
        shop.put(
            "crates/shop-words/Cargo.toml",
            &format!("[package]\nname = \"shop-words\"\n{package}\n"),
        );
        shop.put(
            "crates/shop-words/src/lib.rs",
            "pub struct Word { pub text: String }\npub fn say(_: &Word) {}\n",
        );
        shop.put(
            "crates/inner/Cargo.toml",
            &format!("[package]\nname = \"inner\"\npublish = false\n{package}\n"),
        );
        shop.put("crates/inner/src/lib.rs", "pub fn at_home() {}\n");
        shop.put("crates/shop/src/lib.rs", SHOP);
        shop.put("crates/shop/src/order.rs", ORDER);
        shop
    }

    fn put(&self, path: &str, text: &str) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn git(&self, arguments: &[&str]) {
        let who = ["-c", "user.name=shop", "-c", "user.email=shop@example.test"];
        let done = Command::new("git")
            .current_dir(&self.0)
            .args(who)
            .args(arguments)
            .output()
            .unwrap();
        assert!(
            done.status.success(),
            "git {arguments:?}: {}",
            String::from_utf8_lossy(&done.stderr)
        );
    }

    /// What the task says, and what it refuses.
    fn semver(&self) -> String {
        let mut out = Vec::new();
        let refused = run(&self.0, Arguments { write: true }, &mut out).err();
        let refused = refused.map(|error| error.to_string()).unwrap_or_default();
        format!("{}{refused}", String::from_utf8(out).unwrap())
    }

    /// What the task says when one file is otherwise than in the release.
    fn after(&self, file: &str, released: &str, old: &str, new: &str) -> String {
        assert!(released.contains(old), "{file} holds no `{old}`");
        self.put(file, &released.replace(old, new));
        let said = self.semver();
        self.put(file, released);
        said
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(format!("docs/public-api/{name}.txt"))).unwrap()
    }
}

#[test]
fn whatever_others_can_name_or_meet_is_in_the_text_and_a_change_to_it_is_judged() {
    let shop = Shop::new();
    let said = shop.semver();
    let (compared, wrote) = said.split_once('\n').unwrap();
    assert!(
        compared.starts_with("compared with docs/public-api as it is checked in"),
        "{compared}"
    );
    assert_eq!(
        wrote,
        "wrote docs/public-api/shop.txt\nwrote docs/public-api/shop-words.txt\n"
    );
    let text = shop.text("shop");
    insta::assert_snapshot!("shop", text);
    assert!(
        !text.contains("hidden") && !text.contains("sees_this") && !text.contains("Spare") && !text.contains("wire()"),
        "{text}"
    );

    shop.git(&["init", "--quiet"]);
    shop.git(&["add", "."]);
    shop.git(&["commit", "--quiet", "--message", "Released"]);
    shop.git(&["tag", "v0.1.0"]);
    // While the tag is being released it is not the last release.
    let said = shop.semver();
    assert!(said.contains("shop: unchanged since HEAD"), "{said}");
    shop.git(&["commit", "--quiet", "--allow-empty", "--message", "On to the next"]);
    assert_eq!(
        shop.semver(),
        "compared with the tag v0.1.0\nshop: unchanged since v0.1.0, 0 lines differ\nshop-words: unchanged since v0.1.0, 0 lines differ\n"
    );

    let order = "crates/shop/src/order.rs";
    let lib = "crates/shop/src/lib.rs";
    for (what, file, released, old, new) in [
        ("a renamed argument", order, ORDER, "pub total: u64", "pub amount: u64"),
        ("an argument less", order, ORDER, "    pub notes: Option<String>,\n", ""),
        (
            "a mandatory argument more",
            order,
            ORDER,
            "pub total: u64",
            "pub total: u64,\n    tax: u64",
        ),
        (
            "an argument that became mandatory",
            order,
            ORDER,
            "notes: Option<String>",
            "notes: String",
        ),
        (
            "a field more of a struct that others write out",
            lib,
            SHOP,
            "pub tax: u64",
            "pub tax: u64, pub levy: u64",
        ),
        (
            "a variant more that others match on",
            lib,
            SHOP,
            "Cash, Card",
            "Cash, Card, Cheque",
        ),
        (
            "a method more that others must write",
            lib,
            SHOP,
            "fn print(&self);",
            "fn print(&self); fn feed(&self);",
        ),
    ] {
        let said = shop.after(file, released, old, new);
        assert!(said.contains("shop: breaking since v0.1.0"), "{what}: {said}");
        assert!(said.contains("must be at least 0.2.0"), "{what}: {said}");
    }
    for (what, file, released, old, new) in [
        (
            "an optional argument more",
            order,
            ORDER,
            "pub total: u64",
            "pub total: u64,\n    tax: Option<u64>",
        ),
        (
            "a variant more of an open enum",
            lib,
            SHOP,
            "Open, Closed",
            "Open, Closed, Void",
        ),
        (
            "a method more that is written already",
            lib,
            SHOP,
            "fn cut(&self) {}",
            "fn cut(&self) {} fn feed(&self) {}",
        ),
    ] {
        let said = shop.after(file, released, old, new);
        assert!(said.contains("shop: additive since v0.1.0"), "{what}: {said}");
    }
    // The word behind the glob and behind the re-exported crate: one is a name in this text, both are in that crate's own.
    let words = "pub struct Word { pub text: String }\npub fn say(_: &Word) {}\n";
    let said = shop.after("crates/shop-words/src/lib.rs", words, "pub text", "pub letters");
    assert!(
        said.contains("shop-words: breaking since v0.1.0") && said.contains("at least 0.2.0"),
        "{said}"
    );
    assert!(said.contains("no entry names `text`"), "{said}");
    let said = shop.after("crates/shop-words/src/lib.rs", words, "fn say", "fn tell");
    assert!(said.contains("shop: breaking since v0.1.0"), "{said}");

    // The builder moves to another private file, and nothing that others see is different.
    shop.put("crates/shop/src/purchase.rs", ORDER);
    let said = shop.after(
        lib,
        SHOP,
        "mod order;\npub use order::Order;",
        "mod purchase;\npub use purchase::Order;",
    );
    assert!(said.contains("shop: unchanged since v0.1.0"), "{said}");
    let said = shop.after(lib, SHOP, "fn hidden(&self) {}", "fn hidden(&self, _: u8) {}");
    assert!(said.contains("shop: unchanged since v0.1.0"), "{said}");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn every_published_library_has_its_text() {
    let mut missing = published(&root()).unwrap();
    assert!(missing.iter().any(|one| one.name == "fiscal-harmony"));
    missing.retain(|one| one.library && !root().join(format!("docs/public-api/{}.txt", one.name)).exists());
    let names: Vec<_> = missing.into_iter().map(|one| one.name).collect();
    assert!(
        names.is_empty(),
        "run `cargo xtask semver --write`: {names:?} have no text"
    );
}

#[test]
fn no_generated_type_shows_in_the_interface_of_the_facade() {
    let text = fs::read_to_string(root().join("docs/public-api/fiscal-harmony.txt")).unwrap();
    let leaks: Vec<&str> = text.lines().filter(|line| line.contains("fh_raw")).collect();
    assert!(
        leaks.is_empty(),
        "{} lines name fh_raw, which is unstable by name:\n{}",
        leaks.len(),
        leaks.join("\n")
    );
}
