//! `fh backup` and `fh restore`.

use std::path::PathBuf;

use fh_outbox::{MaySend, PutBack};

use crate::{
    connection::policy_for_looking,
    exit::{Exit, Failure},
    global::Global,
    operator::{Doubt, Operator},
    output::Output,
    place::Place,
    policy::PolicyFlags,
    visible::visible,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Backup {
    /// The file to write. An earlier backup of this outbox is replaced once the new one was read back; anything else is left alone.
    #[arg(value_name = "PATH")]
    path: PathBuf,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Restore {
    /// The backup.
    #[arg(value_name = "PATH")]
    path: PathBuf,
    #[command(flatten)]
    doubt: Doubt,
    #[command(flatten)]
    operator: Operator,
    #[command(flatten)]
    place: Place,
}

pub(crate) async fn backup(arguments: Backup, global: &Global, output: &Output) -> Result<Exit, Failure> {
    let policy = policy_for_looking(global, &PolicyFlags::default(), output)?.policy;
    let opened = arguments.place.open(global, policy).await?;
    let backup = opened.outbox.backup(&arguments.path).await?;
    if output.is_json() {
        output.json(&backup);
    } else {
        output.line(&format!(
            "{} documents are in {} ({} bytes), which was read back and is whole; sha256 {}",
            backup.documents,
            visible(&backup.path.display().to_string()),
            backup.bytes,
            backup.sha256
        ));
    }
    Ok(Exit::Well)
}

pub(crate) async fn restore(arguments: Restore, global: &Global, output: &Output) -> Result<Exit, Failure> {
    let policy = policy_for_looking(global, &PolicyFlags::default(), output)?.policy;
    let builder = arguments.place.builder(global, policy)?;
    let put = builder
        .restore(&arguments.path, &arguments.operator.name(), arguments.doubt.hold)
        .await?;
    let PutBack {
        outbox,
        backup,
        replaced,
        in_doubt,
        ..
    } = put;
    if output.is_json() {
        output.json(&serde_json::json!({ "backup": backup, "replaced": replaced, "in_doubt": in_doubt }));
    } else {
        output.line(&format!(
            "{} documents are back in {}; {in_doubt} of them may have been sent since and are in doubt. Hand in again what is missing, unchanged: \
             what is dated before now goes as a repetition",
            backup.documents,
            outbox.place()
        ));
        if let Some(replaced) = replaced {
            output.line(&format!(
                "what was there is in {}",
                visible(&replaced.display().to_string())
            ));
        }
    }
    if outbox.may_send() != MaySend::Yes {
        output.remark(
            "nothing is sent from this machine before `fh queue take-over`: see first that the other one sends no more",
        );
    }
    Ok(Exit::Well)
}
