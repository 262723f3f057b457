//! `fh queue policy`.

use crate::{
    connection::policy_without_connection,
    exit::{Exit, Failure},
    global::Global,
    output::Output,
    policy::{KEYS, PolicyFlags},
};

pub(super) fn show(flags: &PolicyFlags, global: &Global, output: &Output) -> Result<Exit, Failure> {
    let chosen = policy_without_connection(global, flags)?;
    if output.is_json() {
        for key in KEYS {
            let source = chosen.source(key.name);
            output.json(&serde_json::json!({
                "key": key.name, "value": (key.get)(&chosen.policy), "from": source.word(), "place": source.place(),
                "default": key.default(), "allowed": key.allowed.words(), "meaning": key.meaning,
            }));
        }
        return Ok(Exit::Well);
    }
    let rows = KEYS.iter().map(|key| {
        let source = chosen.source(key.name);
        let from = source.place().unwrap_or_else(|| source.word()).to_owned();
        vec![
            key.name.to_owned(),
            (key.get)(&chosen.policy),
            from,
            key.meaning.to_owned(),
        ]
    });
    output.table(&["key", "value", "from", "meaning"], rows);
    Ok(Exit::Well)
}
