//! Sessions that end while a request is on the wire.

use fh_outbox::State;
use fh_sim::{Dose, Fault, FaultPlan, Operation};

use crate::{
    engine::{Place, document},
    setting::{Worker, becomes, open, service},
};

pub(crate) async fn a_session_that_is_cut_while_its_worker_sends_gives_the_document_to_nobody_else(place: &Place) {
    let sim = service().await;
    let late = Dose {
        ms: Some(1_000),
        on: vec![Operation::SubmitInvoice],
        ..Dose::count(1)
    };
    sim.set_faults(FaultPlan::default().with(Fault::Delay, late));
    let (sending, beside) = (open(&place.address).await, open(&place.address).await);
    for id in ["1", "2"] {
        sending.enqueue(&document(id)).await.unwrap();
    }
    let _sending = Worker::start(&sending, &sim, &["default"]);
    sim.await_requests(Operation::SubmitInvoice, 1).await;
    let _beside = Worker::start(&beside, &sim, &["default", "free"]);
    // The worker's session is gone, and with it all that the server knows of the worker. It is still on the wire.
    assert!(place.cut_connections(100).await >= 2);
    // By the time that this has gone its whole way, the worker beside it has had its chances.
    beside.for_lane("free").enqueue(&document("free")).await.unwrap();
    becomes(&beside, "free", State::Fiscalised).await;
    for id in ["1", "2"] {
        becomes(&beside, id, State::Fiscalised).await;
        assert_eq!(sim.ledger().of(id).accepted, 1, "{id}");
    }
    assert_eq!(sim.most_at_once(), 1, "a document was on the wire twice at a time");
    let attempts = "SELECT attempts::bigint FROM fh_outbox_entry WHERE document_id = '1'";
    assert_eq!(place.number(attempts).await, 1, "its answer was lost");
    let taken_over = "SELECT count(*) FROM fh_outbox_history WHERE event IN ('worker_died', 'lease_expired')";
    assert_eq!(place.number(taken_over).await, 0);
}
