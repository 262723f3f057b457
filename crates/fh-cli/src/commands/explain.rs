//! `fh explain`: what a code means, or the codes in an error text, or a rule of the preflight.

use fiscal_harmony::{
    codes::{self, Code},
    preflight::Rule,
};
use serde_json::json;

use crate::{
    exit::{Exit, Failure},
    output::Output,
    rulebook,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A code such as RCPT026, a rule such as PF06, or the text of an error that names codes.
    #[arg(required = true, value_name = "CODE|TEXT")]
    text: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let text = arguments.text.join(" ");
    let codes: Vec<&Code> = codes::in_text(&text).collect();
    let rules: Vec<&Rule> = rulebook::all()
        .filter(|rule| words(&text).any(|word| word.eq_ignore_ascii_case(rule.id)))
        .collect();
    if codes.is_empty() && rules.is_empty() {
        return Err(Failure::usage(format!(
            "no code of the tax authority's is named in {text:?}; codes look like RCPT026 or DEV01, rules like PF06. docs/codes.md lists them"
        )));
    }
    for (at, code) in codes.iter().enumerate() {
        show_code(code, at > 0, output);
    }
    for (at, rule) in rules.iter().enumerate() {
        show_rule(rule, at > 0 || !codes.is_empty(), output);
    }
    Ok(Exit::Well)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric())
}

fn show_code(code: &Code, further: bool, output: &Output) {
    let rules: Vec<&Rule> = code.rules().collect();
    if output.is_json() {
        let rules: Vec<&str> = rules.iter().map(|rule| rule.id).collect();
        return output.json(&json!({
            "code": code.code, "colour": code.colour, "meaning": code.meaning, "cause": code.cause, "remedy": code.remedy,
            "rules": rules,
        }));
    }
    let mut text = format!(
        "{}{} ({})\n  meaning  {}\n  cause    {}\n  remedy   {}\n",
        if further { "\n" } else { "" },
        code.code,
        code.colour,
        code.meaning,
        code.cause,
        code.remedy
    );
    for (at, rule) in rules.iter().enumerate() {
        let label = if at == 0 { "found by" } else { "" };
        text.push_str(&format!("  {label:8} {}: {}\n", rule.id, rule.title));
    }
    output.write(&text);
}

fn show_rule(rule: &Rule, further: bool, output: &Output) {
    if output.is_json() {
        return output.json(&rulebook::line(rule));
    }
    let needs: Vec<String> = rule.needs.iter().map(ToString::to_string).collect();
    let mut text = format!(
        "{}{} ({})\n  rule     {}\n  needs    {}\n  codes    {}\n",
        if further { "\n" } else { "" },
        rule.id,
        rule.level,
        rule.title,
        if needs.is_empty() {
            "nothing".to_owned()
        } else {
            needs.join(", ")
        },
        if rule.codes.is_empty() {
            "none".to_owned()
        } else {
            rule.codes.join(", ")
        },
    );
    for fault in rule.faults {
        text.push_str(&format!("  fault    {}\n  remedy   {}\n", fault.words, fault.remedy));
    }
    output.write(&text);
}
