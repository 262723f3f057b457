//! A server that is there and says nothing.

use std::time::Duration;

use fh_outbox::{OutboxError, State};

use crate::{
    engine::{Place, document},
    line::Line,
    setting::{Worker, becomes, open, service},
};

pub(crate) async fn a_silent_line_is_told_and_given_up(place: &Place) {
    let sim = service().await;
    let line = Line::to(place).await;
    let outbox = open(&line.address).await;
    outbox.enqueue(&document("before")).await.unwrap();
    line.fall_silent();
    let asked = futures_util::future::join_all((0..12).map(|number| {
        let outbox = outbox.clone();
        async move {
            match number % 3 {
                0 => outbox.enqueue(&document("during")).await.map(|_| ()),
                1 => outbox.find("before").await.map(|_| ()),
                _ => outbox.stats().await.map(|_| ()),
            }
        }
    }));
    // Without an end of its patience it would wait for as long as the system does, which is many minutes.
    let answers = tokio::time::timeout(Duration::from_secs(60), asked).await.unwrap();
    for answer in answers {
        let error = answer.unwrap_err();
        assert!(
            matches!(error, OutboxError::Unreachable { .. }) && error.is_temporary(),
            "{error}"
        );
        assert!(error.to_string().contains("within 4 s"), "{error}");
    }
    line.speak_again();
    // On a line of its own, not on those that are lost.
    assert_eq!(outbox.find("before").await.unwrap().state, State::Queued);
    outbox.enqueue(&document("during")).await.unwrap();
    let _worker = Worker::start(&outbox, &sim, &["default"]);
    for id in ["before", "during"] {
        becomes(&outbox, id, State::Fiscalised).await;
        assert_eq!(sim.ledger().of(id).fiscalised, 1);
    }
}
