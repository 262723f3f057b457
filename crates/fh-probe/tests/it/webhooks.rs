//! What the portal's Save & Test sends is written down, and answered as the documentation asks.

use std::cell::RefCell;

use fh_probe::{Event, Finding};
use fh_sim::Options;
use tempfile::tempdir;
use tokio::sync::oneshot;

use crate::harness::{of, run, sim};

#[tokio::test]
async fn a_resumed_probe_that_listens_settles_what_needs_a_person() {
    let folder = tempdir().unwrap();
    let sim = sim(Options::default()).await;
    let journal = folder.path().join("probe.jsonl");
    let before = run(&of(&sim, &journal), false).await.unwrap();
    let open = before
        .bundle
        .conclusions
        .iter()
        .find(|one| one.question == "webhook-test")
        .unwrap();
    assert!(matches!(open.finding, Finding::Open { .. }), "{open:?}");

    let probe = of(&sim, &journal).webhook_listen("127.0.0.1:0".parse().unwrap());
    let (opened, address) = oneshot::channel();
    let opened = RefCell::new(Some(opened));
    let mut observe = |event: Event<'_>| {
        if let Event::Listening { address } = event {
            let _ = opened.borrow_mut().take().unwrap().send(address);
        }
    };
    // The person in the portal, who ends the probe when the button has been pressed.
    let pressed = async {
        let burst = sim
            .set_webhook(&format!("http://{}/hook", address.await.unwrap()))
            .await;
        assert!(burst.active, "{burst:?}");
    };
    let outcome = probe.run(true, pressed, &mut observe).await.unwrap();
    let arrived: Vec<_> = outcome
        .bundle
        .exchanges
        .iter()
        .filter(|one| one.step.starts_with("webhooks/in/"))
        .collect();
    let told = |question: &str| {
        outcome
            .bundle
            .conclusions
            .iter()
            .find(|one| one.question == question)
            .unwrap()
    };
    assert_eq!(
        told("webhook-test").value(),
        Some("5 requests, 2 of them rightly signed"),
        "{arrived:#?}"
    );
    assert!(
        told("webhook-payload").value().unwrap().contains("RequestId"),
        "{:?}",
        told("webhook-payload")
    );
    for one in arrived {
        let right = one.request.headers["x-api-signature"] == "right";
        assert_eq!(one.answer().unwrap().status, if right { 200 } else { 401 });
    }
}
