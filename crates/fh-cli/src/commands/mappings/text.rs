//! The file, written.

use fiscal_harmony::mapping::{WantedCurrency, WantedTax};

/// What every such file says of itself.
const ABOUT: &str = "\
# Your codes, and what they stand for. `fh mappings plan FILE` compares this with the account, `fh mappings apply FILE` brings the account
# to it. Taxes are named as the authority names them (`fh account device`), with their rates in per cent; ids are looked up.
";

/// The text of a file that says what should be mapped.
pub(super) struct Text(String);

impl Text {
    pub(super) fn new(title: &str) -> Self {
        Self(format!("# {}\n{ABOUT}", one_line(title)))
    }

    pub(super) fn taxes(&mut self) {
        self.0.push_str("\n[taxes]\n");
    }

    pub(super) fn currencies(&mut self) {
        self.0.push_str("\n[currencies]\n");
    }

    pub(super) fn tax(&mut self, wanted: &WantedTax) {
        let line = tax(wanted);
        self.0.push_str(&format!("{line}\n"));
    }

    pub(super) fn currency(&mut self, wanted: &WantedCurrency) {
        let WantedCurrency {
            source, destination, ..
        } = wanted;
        self.0.push_str(&format!("{} = {}\n", key(source), quoted(destination)));
    }

    /// A line for people.
    pub(super) fn comment(&mut self, text: &str) {
        self.0.push_str(&format!("# {}\n", one_line(text)));
    }

    /// A tax code that nothing is known of, for a person to fill in.
    pub(super) fn open_tax(&mut self, code: &str) {
        self.0
            .push_str(&format!("# {} = {{ tax = \"\", percent = 0 }}\n", key(code)));
    }

    /// A currency that nothing is known of, for a person to fill in.
    pub(super) fn open_currency(&mut self, code: &str) {
        self.0.push_str(&format!("# {} = \"\"\n", key(code)));
    }

    pub(super) fn end(mut self, unsaid: &[String]) -> String {
        if !unsaid.is_empty() {
            self.0.push('\n');
        }
        for unsaid in unsaid {
            self.comment(&format!("left out: {unsaid}"));
        }
        self.0
    }
}

fn tax(wanted: &WantedTax) -> String {
    let tax = &wanted.tax;
    let mut parts = Vec::new();
    parts.extend(tax.name.as_ref().map(|name| format!("tax = {}", quoted(name))));
    parts.extend(tax.rate.map(|rate| match rate {
        Some(percent) => format!("percent = {percent}"),
        None => "exempt = true".to_owned(),
    }));
    parts.extend(tax.id.map(|id| format!("id = {id}")));
    parts.extend(wanted.label.as_ref().map(|label| format!("name = {}", quoted(label))));
    format!("{} = {{ {} }}", key(&wanted.code), parts.join(", "))
}

/// A key as TOML writes it.
fn key(text: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !text.is_empty() && text.chars().all(is_bare) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn one_line(text: &str) -> String {
    text.replace(|c: char| c.is_control(), " ")
}
