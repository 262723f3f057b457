use std::sync::Arc;

use tokio::sync::mpsc;

use crate::{
    engine::{Due, Engine},
    hook::Event,
    settlement,
    spelling::spelled,
};

/// Settles a submission now. Returns the event for the courier when it was not settled before.
pub(crate) fn settle(engine: &Engine, device: u32, request: &str) -> Option<Event> {
    let now = engine.now();
    let record = engine.write(|world| settlement::settle(world, &engine.options, device, request, now))?;
    Some(Event {
        device,
        record: spelled(record, engine.options.key_case),
    })
}

/// Settles submissions one after another, each when it is due.
pub(crate) async fn settler(engine: Arc<Engine>, mut queue: mpsc::UnboundedReceiver<Due>) {
    while let Some(due) = queue.recv().await {
        tokio::time::sleep_until(due.at).await;
        if let Some(event) = settle(&engine, due.device, &due.request) {
            engine.push(event);
        }
    }
}
