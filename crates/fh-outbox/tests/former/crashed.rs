//! The migration is killed at each of its points.

use std::{os::unix::process::ExitStatusExt, process::Command};

use fh_outbox::{OutboxError, failpoint};

use crate::{
    engine::Place,
    load::{Version, load},
    opened::stand,
    world::{hours_later, open, policy},
};

/// The process that is killed: it does nothing unless this very file starts it.
#[tokio::test]
async fn opener() {
    let Ok(address) = std::env::var("FH_OPENER_STORE") else {
        return;
    };
    drop(open(&address, policy(), hours_later(1)).await.unwrap());
}

/// The tables, and what is in them.
async fn picture(place: &Place) -> Vec<String> {
    let tables = if place.schema().is_some() {
        "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY 1"
    } else {
        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"
    };
    let documents = "SELECT document_id || '|' || state || '|' || attempts || '|' || token || '|' || doubt || '|' || holds || '|' || \
                     COALESCE(reason, '') FROM fh_outbox_entry ORDER BY seq";
    let history = "SELECT id || '|' || event || '|' || to_state || '|' || why FROM fh_outbox_history ORDER BY id";
    let mut picture = Vec::new();
    for query in [
        tables,
        documents,
        history,
        "SELECT value FROM fh_outbox_meta WHERE name = 'version'",
    ] {
        picture.extend(place.texts(query).await);
    }
    picture
}

pub(crate) async fn killed_at_every_point_of_the_migration_it_is_the_former_or_the_present_store_and_whole(
    place: &Place,
    version: Version,
) {
    load(place, version).await;
    let former = picture(place).await;
    assert_eq!(former.last().unwrap(), version.number());
    for point in failpoint::MIGRATION {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "crashed::opener", "--nocapture"])
            .env("FH_OPENER_STORE", &place.address)
            .env("FH_FAILPOINT", format!("{point}:kill:1"));
        let output = tokio::task::block_in_place(|| command.output()).unwrap();
        assert_eq!(output.status.signal(), Some(9), "{point} was not reached: {output:?}");
        let found = picture(place).await;
        if point == "migrate.after" {
            assert_ne!(found, former, "{point}: it was committed");
        } else {
            assert_eq!(found, former, "{point}");
        }
    }
    let outbox = open(&place.address, policy(), hours_later(1)).await.unwrap();
    for (id, state, ..) in stand(place, version) {
        assert_eq!(outbox.find(id).await.unwrap().state, state, "{id}");
    }
    drop(outbox);
    // It is done once.
    let present = picture(place).await;
    drop(open(&place.address, policy(), hours_later(1)).await.unwrap());
    assert_eq!(picture(place).await, present);
    // A store of the future is refused, and left as it is.
    place
        .execute("UPDATE fh_outbox_meta SET value = '99' WHERE name = 'version'")
        .await
        .unwrap();
    let error = open(&place.address, policy(), hours_later(1)).await.unwrap_err();
    assert!(matches!(error, OutboxError::Newer { .. }), "{error}");
}
