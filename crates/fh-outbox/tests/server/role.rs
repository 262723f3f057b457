//! A server that takes no writes for a while, as one that changes its role or has no space left.

use fh_outbox::{OutboxError, State};
use fh_sim::{Dose, Fault, FaultPlan, Operation};

use crate::{
    engine::{Place, document},
    setting::{Worker, becomes, open, service},
};

pub(crate) async fn a_role_that_may_only_read_for_a_while_loses_no_answer(place: &Place) {
    let sim = service().await;
    let role = format!("till_{}", place.schema().unwrap());
    let schema = place.schema().unwrap();
    place
        .execute(&format!(
            "CREATE ROLE {role} LOGIN; GRANT ALL ON SCHEMA {schema} TO {role}"
        ))
        .await
        .unwrap();
    let address = place.address.replace("//postgres@", &format!("//{role}@"));
    let outbox = open(&address).await;
    outbox.enqueue(&document("1")).await.unwrap();
    outbox.enqueue(&document("2")).await.unwrap();
    let late = Dose {
        ms: Some(300),
        ..Dose::count(1)
    };
    sim.set_faults(FaultPlan::default().with(Fault::Delay, late));
    let worker = Worker::start(&outbox, &sim, &["default"]);
    sim.await_requests(Operation::SubmitInvoice, 1).await;
    // Its request is on the wire when the role changes.
    place
        .execute(&format!("ALTER ROLE {role} SET default_transaction_read_only = on"))
        .await
        .unwrap();
    assert!(place.cut_connections(100).await >= 1);
    let refused = outbox.enqueue(&document("3")).await.unwrap_err();
    assert!(matches!(refused, OutboxError::ReadOnly { .. }), "{refused}");
    assert_eq!(outbox.find("1").await.unwrap().state, State::Sending, "it can be read");
    sim.await_settled("1").await;
    place
        .execute(&format!("ALTER ROLE {role} RESET default_transaction_read_only"))
        .await
        .unwrap();
    // No connection is cut this time: those that were opened meanwhile would only ever read.
    outbox.enqueue(&document("3")).await.unwrap();
    for id in ["1", "2", "3"] {
        becomes(&outbox, id, State::Fiscalised).await;
        assert_eq!(sim.ledger().of(id).accepted, 1, "{id}: its answer was lost");
    }
    drop(worker);
    drop(outbox);
    place
        .execute(&format!("DROP OWNED BY {role} CASCADE; DROP ROLE {role}"))
        .await
        .unwrap();
}
