//! `fh mappings plan` and `apply`.

use fiscal_harmony::{
    Client,
    client::ApplyError,
    mapping::{Plan, Step},
};
use serde_json::{Value, json};

use super::{
    arguments::{Wanted, today},
    file,
};
use crate::{
    exit::{Exit, Failure},
    output::Output,
    visible::visible,
};

pub(super) async fn plan(wanted: &Wanted, client: &Client, output: &Output) -> Result<Exit, Failure> {
    let file = file::read(&wanted.file)?;
    let plan = Plan::of(&file, &client.mapped().await?, today(), wanted.delete);
    show(&plan, wanted.delete, output);
    if !plan.problems.is_empty() {
        return Ok(Exit::Refused);
    }
    if !output.is_json() && !plan.steps.is_empty() {
        let delete = if wanted.delete { " --delete" } else { "" };
        output.remark(&format!(
            "nothing was changed; `fh mappings apply {}{delete}` does it",
            wanted.file.display()
        ));
    }
    Ok(Exit::Well)
}

pub(super) async fn apply(wanted: &Wanted, client: &Client, output: &Output) -> Result<Exit, Failure> {
    let (file, day) = (file::read(&wanted.file)?, today());
    let plan = Plan::of(&file, &client.mapped().await?, day, wanted.delete);
    if !plan.problems.is_empty() {
        show(&plan, wanted.delete, output);
        output.remark("nothing was changed");
        return Ok(Exit::Refused);
    }
    if !output.is_json() {
        show(&plan, wanted.delete, output);
    }
    let mut done = 0_usize;
    let told = |step: &Step| {
        done += 1;
        if output.is_json() {
            let mut line = line(step);
            line["done"] = true.into();
            output.json(&line);
        } else {
            output.line(&format!("done: {}", visible(&step.to_string())));
        }
    };
    let applied = client.apply_mappings(&file, &plan, day, told).await;
    applied.map_err(|error| Failure {
        exit: match &error {
            ApplyError::Problems(_) => Exit::Refused,
            ApplyError::Read(cause) | ApplyError::Step { error: cause, .. } => Exit::of(cause),
            _ => Exit::Service,
        },
        message: error.to_string(),
    })?;
    if !output.is_json() && done > 0 {
        output.remark("the account has what the file says");
    }
    Ok(Exit::Well)
}

fn show(plan: &Plan, deletes: bool, output: &Output) {
    if output.is_json() {
        plan.steps.iter().for_each(|step| output.json(&line(step)));
        for left in &plan.left {
            output.json(&json!({"step": "leave", "what": left.what, "code": left.code, "before": left.stands_for}));
        }
        for problem in &plan.problems {
            output.json(&json!({"step": "problem", "message": problem.to_string()}));
        }
        return;
    }
    for step in &plan.steps {
        output.line(&visible(&step.to_string()));
    }
    for left in &plan.left {
        let text = format!(
            "  {} {}: {} (not in the file; left)",
            left.what, left.code, left.stands_for
        );
        output.line(&visible(&text));
    }
    for problem in &plan.problems {
        output.line(&visible(&format!("! {problem}")));
    }
    if plan.is_empty() {
        output.line(&format!("nothing to do: {} mappings are as the file says", plan.kept));
    } else {
        let count = |verb: &str| plan.steps.iter().filter(|step| step.verb() == verb).count();
        let deleted = if deletes {
            format!(", {} to delete", count("delete"))
        } else {
            String::new()
        };
        output.line(&format!(
            "{} to add, {} to change{deleted}, {} as they should be",
            count("add"),
            count("change"),
            plan.kept
        ));
    }
}

fn line(step: &Step) -> Value {
    json!({"step": step.verb(), "what": step.what(), "code": step.code(), "before": step.before(), "after": step.after()})
}
