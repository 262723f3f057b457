//! The walk of `docs/spec.md`: the vendor adds a field to the invoice, first optional, then mandatory. On a copy of the tree, with
//! one file changed by hand.
//!
//! What a program sees is compiled against the copy, in the target directory of this workspace, so that only the crates that
//! follow the specification are built again. `FH_LONG_TESTS=1` checks the whole workspace too.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use fh_drift::{document_schemas, regen};
use serde_json::{Value, json};

/// What somebody who learned of the field writes into `spec/overlay.yaml`.
const OPTIONAL: &str = "
  - target: $.components.schemas.Invoice
    description: '[docs] The vendor has announced the field.'
    update:
      properties:
        DueDate:
          description: When the invoice is to be paid.
          type: string
          format: date-time
          x-fh-evidence: docs
";

/// And once it has become mandatory.
const MANDATORY: &str = "      required: [DueDate]\n";

/// A program that gives the field, and sees that it travels.
const GIVES: &str = r#"
use fiscal_harmony::{Attempt, Buyer, Document, Invoice, Line, tax::Tax, types::{Amount, CurrencyCode, HsCode}};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let soap = Line::builder().description("Soap").hs_code(HsCode::parse("34011100")?).quantity(Amount::from_units(1))
        .unit_price(Amount::cents(100)).tax(Tax::exempt("EX")).build()?;
    let due = "2026-12-24T00:00:00+02:00".parse()?;
    let invoice = Invoice::builder().id("A1").date("2026-11-24T08:00:00+02:00".parse()?).currency(CurrencyCode::parse("USD")?)
        .buyer(Buyer::cash("Walk-in")?).lines(vec![soap]).due_date(due).build()?;
    let frozen = invoice.freeze(Attempt::First)?;
    let Document::Invoice(read) = Document::from_json(frozen.bytes())? else { return Err("no invoice".into()) };
    println!("{}", std::str::from_utf8(frozen.bytes())?);
    println!("{}", read == invoice && EXPECTED);
    Ok(())
}
"#;

/// A program of before, which does not know the field.
const SILENT: &str = r#"
use fiscal_harmony::{Buyer, Invoice, Line, tax::Tax, types::{Amount, CurrencyCode, HsCode}};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let soap = Line::builder().description("Soap").hs_code(HsCode::parse("34011100")?).quantity(Amount::from_units(1))
        .unit_price(Amount::cents(100)).tax(Tax::exempt("EX")).build()?;
    let invoice = Invoice::builder().id("A1").date("2026-11-24T08:00:00+02:00".parse()?).currency(CurrencyCode::parse("USD")?)
        .buyer(Buyer::cash("Walk-in")?).lines(vec![soap]).build()?;
    println!("{}", invoice.view().id);
    Ok(())
}
"#;

fn root() -> PathBuf {
    regen_root(Path::new(env!("CARGO_MANIFEST_DIR")))
}

/// The workspace: the nearest folder above that holds the specification.
fn regen_root(folder: &Path) -> PathBuf {
    folder
        .ancestors()
        .find(|folder| folder.join("spec/overlay.yaml").exists())
        .expect("the workspace")
        .to_path_buf()
}

/// A copy of the tree, and which of its files were changed by hand and which by `regen`.
struct Copy {
    folder: tempfile::TempDir,
    by_hand: BTreeSet<String>,
    regenerated: BTreeSet<String>,
}

impl Copy {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a directory");
        let listed = Command::new("git")
            .current_dir(root())
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .output()
            .expect("git");
        let listed = String::from_utf8(listed.stdout).expect("names");
        for file in listed.split('\0').filter(|file| !file.is_empty()) {
            let from = root().join(file);
            if from.exists() {
                let to = folder.path().join("tree").join(file);
                fs::create_dir_all(to.parent().expect("a parent")).expect("a directory");
                fs::copy(from, to).expect("a copy");
            }
        }
        Self {
            folder,
            by_hand: BTreeSet::new(),
            regenerated: BTreeSet::new(),
        }
    }

    fn tree(&self) -> PathBuf {
        self.folder.path().join("tree")
    }

    /// What a person does.
    fn append(&mut self, file: &str, text: &str) {
        let path = self.tree().join(file);
        let mut written = fs::read_to_string(&path).expect("a file");
        written.push_str(text);
        fs::write(path, written).expect("written");
        self.by_hand.insert(file.to_owned());
    }

    /// What `cargo xtask regen` does, up to the snapshots.
    fn regenerate(&mut self) {
        let tree = self.tree();
        for (path, text) in regen::plan(&tree).expect("a plan").files {
            if fs::read_to_string(&path).ok().as_ref() != Some(&text) {
                let name = path.strip_prefix(&tree).expect("inside").to_str().expect("a name");
                self.regenerated.insert(name.replace('\\', "/"));
                fs::write(path, text).expect("a regenerated file");
            }
        }
    }

    fn json(&self, file: &str) -> Value {
        serde_json::from_slice(&fs::read(self.tree().join(file)).expect("a file")).expect("JSON")
    }

    /// Runs a program outside the workspace that depends on the copy's facade.
    fn run(&self, source: &str) -> Output {
        let program = self.folder.path().join("program");
        fs::create_dir_all(program.join("src")).expect("a directory");
        let dependency = self.tree().join("crates/fiscal-harmony");
        let manifest = format!(
            "[package]\nname = \"a-till\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
             fiscal-harmony = {{ path = {dependency:?}, default-features = false }}\n"
        );
        fs::write(program.join("Cargo.toml"), manifest).expect("a manifest");
        fs::copy(self.tree().join("Cargo.lock"), program.join("Cargo.lock")).expect("versions");
        fs::write(program.join("src/main.rs"), source).expect("a program");
        cargo(&program, &["run", "--offline", "--quiet"])
    }
}

fn cargo(folder: &Path, arguments: &[&str]) -> Output {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("the target directory");
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target)
        .args(arguments)
        .output()
        .expect("cargo")
}

fn said(output: &Output) -> (bool, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.success(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_new_field_of_the_invoice_is_written_into_the_specification_and_nowhere_else() {
    let mut copy = Copy::new();
    copy.append("spec/overlay.yaml", OPTIONAL);
    copy.regenerate();

    // Its schemas have it, those of editors and of the agent too.
    let described =
        json!({"description": "When the invoice is to be paid.", "type": ["string", "null"], "format": "date-time"});
    assert_eq!(
        copy.json("docs/schemas/invoice.schema.json")["properties"]["DueDate"],
        described
    );
    let agent = copy.json(document_schemas::AGENT);
    assert_eq!(
        agent["components"]["schemas"]["Invoice"]["properties"]["DueDate"]["nullable"],
        true
    );

    // Its setter exists, it is frozen with the others in the order of their names, and read back.
    let gives = GIVES.replace("EXPECTED", "read.due_date() == Some(due)");
    let (well, out, err) = said(&copy.run(&gives));
    assert!(well, "{err}");
    assert!(
        out.contains(r#""Date":"2026-11-24T08:00:00+02:00","DueDate":"2026-12-24T00:00:00+02:00","InvoiceId":"A1""#),
        "{out}"
    );
    assert!(out.ends_with("true\n"), "{out}");

    if std::env::var_os("FH_LONG_TESTS").is_some() {
        // Nothing else in the workspace has to follow.
        let (well, _, err) = said(&cargo(
            &copy.tree(),
            &["check", "--workspace", "--all-targets", "--offline", "--quiet"],
        ));
        assert!(well, "{err}");
    }

    copy.append("spec/overlay.yaml", MANDATORY);
    copy.regenerate();
    // A program of before is told by the compiler what is missing.
    let (well, _, err) = said(&copy.run(SILENT));
    assert!(!well && err.contains("due_date"), "{err}");
    let gives = GIVES.replace("EXPECTED", "read.due_date() == due");
    let (well, out, err) = said(&copy.run(&gives));
    assert!(well && out.ends_with("true\n"), "{out}{err}");

    assert_eq!(
        copy.by_hand,
        BTreeSet::from(["spec/overlay.yaml".to_owned()]),
        "what a person wrote"
    );
    let regenerated: Vec<&str> = copy.regenerated.iter().map(String::as_str).collect();
    let mut expected = vec![
        document_schemas::AGENT,
        "crates/fh-raw/openapi.json",
        "crates/fh-sim/openapi.json",
        "docs/schemas/invoice.schema.json",
        "docs/spec-evidence.md",
        "spec/openapi.json",
    ];
    expected.sort_unstable();
    assert_eq!(regenerated, expected);
}
