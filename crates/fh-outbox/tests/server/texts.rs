//! Texts of others that the database cannot keep.

use fh_outbox::{Outbox, OutboxError, State};
use fh_sim::Sim;
use fiscal_harmony::{Outcome, Rejection, types::RequestId};

use crate::{
    engine::{Place, document, raw},
    setting::{Worker, becomes, open},
};

async fn slow_service() -> Sim {
    Sim::builder()
        .settle_delay(std::time::Duration::from_secs(1_000_000))
        .start()
        .await
        .unwrap()
}

async fn accepted(outbox: &Outbox, id: &str) -> RequestId {
    outbox.enqueue(&document(id)).await.unwrap();
    let sim = slow_service().await;
    let _worker = Worker::start(outbox, &sim, &["default"]);
    becomes(outbox, id, State::Accepted).await;
    outbox.find(id).await.unwrap().request_id.unwrap()
}

fn rejected(reason: &str) -> Outcome {
    Outcome::Rejected(Rejection::new(reason, true))
}

pub(crate) async fn a_nul_costs_nothing(place: &Place) {
    let outbox = open(&place.address).await;
    let one = accepted(&outbox, "1").await;
    let stranger = RequestId::parse("of-a-stranger").unwrap();
    let settled = outbox
        .settle([(stranger, rejected("no\0body")), (one, rejected("NO\0TIN PROVIDED"))])
        .await
        .unwrap();
    assert_eq!(settled, 1);
    let entry = outbox.find("1").await.unwrap();
    assert_eq!(entry.state, State::Rejected);
    assert_eq!(entry.reason.as_deref(), Some("NO\u{fffd}TIN PROVIDED"));
    // An id with one is nobody's; who asks for it is told so, and not that the store has failed.
    let unknown = outbox.find("1\0").await.unwrap_err();
    assert!(matches!(unknown, OutboxError::NoSuchDocument(_)), "{unknown}");
}

pub(crate) async fn what_the_database_cannot_spell_costs_itself_alone(place: &Place) {
    // Many a database was made with an encoding of its country.
    let name = format!("latin_{}", place.schema().unwrap());
    let server = raw(&place.address).await;
    server
        .batch_execute(&format!(
            "CREATE DATABASE {name} ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
        ))
        .await
        .unwrap();
    let (before, _) = place.address.split_once("/postgres?").unwrap();
    let address = format!("{before}/{name}");
    {
        let outbox = open(&address).await;
        let one = accepted(&outbox, "1").await;
        let stranger = RequestId::parse("of-a-stranger").unwrap();
        let news = [
            (stranger, rejected("in Chinese: \u{53d1}\u{7968}")),
            (one, rejected("NO TIN PROVIDED")),
        ];
        assert_eq!(outbox.settle(news).await.unwrap(), 1);
        assert_eq!(outbox.find("1").await.unwrap().state, State::Rejected);
    }
    server
        .batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)"))
        .await
        .unwrap();
}
