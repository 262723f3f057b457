use std::{collections::BTreeMap, sync::Arc};

use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use crate::{
    engine::{Due, Engine},
    hook::Event,
    settlement,
    spelling::spelled,
};

/// Settles a submission now. Returns the event for the courier when it was not settled before.
pub(crate) fn settle(engine: &Engine, device: u32, request: &str) -> Option<Event> {
    let now = engine.now();
    let record = engine.write(|world| settlement::settle(world, &engine.setup().options, device, request, now))?;
    Some(Event {
        device,
        record: spelled(record, engine.setup().options.key_case),
    })
}

/// Settles submissions one after another, each when it is due; of those that are due together the first to come first.
pub(crate) async fn settler(engine: Arc<Engine>, mut queue: mpsc::UnboundedReceiver<Due>) {
    let mut waiting: BTreeMap<(Instant, u64), Due> = BTreeMap::new();
    let mut came = 0;
    loop {
        let next = waiting.first_key_value().map(|((at, _), _)| *at);
        tokio::select! {
            due = queue.recv() => {
                let Some(due) = due else { return };
                came += 1;
                waiting.insert((due.at, came), due);
            }
            () = async {
                match next {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            } => {
                if let Some((_, due)) = waiting.pop_first()
                    && let Some(event) = settle(&engine, due.device, &due.request)
                {
                    engine.push(event);
                }
            }
        }
    }
}
