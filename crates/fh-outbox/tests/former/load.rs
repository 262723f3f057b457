//! A store as SQL text, out of an engine and into one.

use std::process::Command;

use fiscal_harmony::Frozen;

use crate::engine::Place;

/// The schema that stands in the text of PostgreSQL's store.
const SCHEMA: &str = "fh_former";

/// A version of the tables that is out in the shops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    Three,
    Four,
}

impl Version {
    /// As the store has it.
    pub(crate) fn number(self) -> &'static str {
        match self {
            Self::Three => "3",
            Self::Four => "4",
        }
    }

    fn sqlite(self) -> &'static str {
        match self {
            Self::Three => include_str!("3.sqlite.sql"),
            Self::Four => include_str!("4.sqlite.sql"),
        }
    }

    fn postgres(self) -> &'static str {
        match self {
            Self::Three => include_str!("3.postgres.sql"),
            Self::Four => include_str!("4.postgres.sql"),
        }
    }
}

/// The store of that version that was checked in, in a place of its own.
pub(crate) async fn load(place: &Place, version: Version) {
    let text = match place.schema() {
        // The file is made for its owner alone, as the outbox makes it.
        None => version.sqlite().to_owned(),
        Some(schema) => version.postgres().replace(SCHEMA, schema),
    };
    place.execute(&text).await.unwrap();
    if version == Version::Four {
        // Each test has a store of its own, in a cluster of its own, which no machine has sent from. Copies and restores are for other tests.
        let identity = format!("{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
        let own = format!(
            "UPDATE fh_outbox_meta SET value = '{identity}' WHERE name = 'store'; DELETE FROM fh_outbox_meta WHERE name = 'origin'; DELETE FROM fh_outbox_node"
        );
        place.execute(&own).await.unwrap();
    }
}

/// The store as text, by the engine's own program.
pub(crate) fn dump(place: &Place) -> String {
    let Some(schema) = place.schema() else {
        // The outbox may be closing it at this moment.
        let mut sqlite = Command::new("sqlite3");
        return said(
            sqlite
                .args(["-cmd", ".timeout 10000"])
                .arg(place.file().unwrap())
                .arg(".dump"),
        );
    };
    let (address, _) = place.address.split_once('?').unwrap();
    let text = said(
        Command::new("pg_dump")
            .args(["--inserts", "--no-owner", "--no-privileges"])
            .args([format!("--schema={schema}"), format!("--dbname={address}")]),
    );
    // What only its own client understands, and settings that not every version has.
    let is_meant = |line: &&str| {
        !line.starts_with('\\')
            && !line.starts_with("SET ")
            && !line.starts_with("CREATE SCHEMA ")
            && !line.contains("'search_path'")
    };
    let lines: Vec<_> = text.split('\n').filter(is_meant).collect();
    lines.join("\n").replace(schema, SCHEMA)
}

fn said(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Gives a document another name and the bytes that go with it, which only a program without a grammar of names would do.
pub(crate) async fn rename(place: &Place, plain: &str, name: &str, [first, retry]: [&Frozen; 2]) {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let is_sqlite = place.schema().is_none();
    let blob = |bytes: &[u8]| {
        if is_sqlite {
            format!("X'{}'", hex(bytes))
        } else {
            format!("'\\x{}'::bytea", hex(bytes))
        }
    };
    let text = if is_sqlite {
        format!("CAST({} AS TEXT)", blob(name.as_bytes()))
    } else {
        format!("convert_from({}, 'UTF8')", blob(name.as_bytes()))
    };
    let update = format!(
        "UPDATE fh_outbox_entry SET document_id = {text}, number = {text}, body = {}, body_sha256 = {}, retry_body = {}, retry_sha256 = {} \
         WHERE document_id = '{plain}';",
        blob(first.bytes()),
        blob(&first.sha256()),
        blob(retry.bytes()),
        blob(&retry.sha256())
    );
    let trigger = "fh_outbox_entry_body_is_fixed";
    let around = if is_sqlite {
        let made = place
            .texts(&format!("SELECT sql FROM sqlite_master WHERE name = '{trigger}'"))
            .await;
        format!("DROP TRIGGER {trigger}; {update} {};", made[0])
    } else {
        let switch = |how: &str| format!("ALTER TABLE fh_outbox_entry {how} TRIGGER {trigger};");
        format!("{} {update} {}", switch("DISABLE"), switch("ENABLE"))
    };
    place.execute(&around).await.unwrap();
}
