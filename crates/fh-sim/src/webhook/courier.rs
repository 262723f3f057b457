use std::{collections::BTreeMap, sync::Arc, time::Duration};

use serde_json::Value;
use tokio::{sync::mpsc, task::JoinSet, time::timeout};

use super::push::attempt;
use crate::{Delivery, Fault, engine::Engine, hook::Event};

/// When a push is tried again, after the first attempt: with decreasing frequency, for 24 hours \[docs\]. The figures are the
/// simulator's own.
const RETRIES: [u64; 11] = [10, 60, 300, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 57_600, 86_400];

/// How many results travel in one request at most.
const BATCH: usize = 50;

/// How long a result that is to come late waits for another one to overtake it.
const OVERTAKING: Duration = Duration::from_secs(1);

/// Pushes results as they are settled, until the simulator ends.
pub(crate) async fn courier(engine: Arc<Engine>, mut queue: mpsc::UnboundedReceiver<Event>) {
    let mut retries = JoinSet::new();
    let mut late: Option<Event> = None;
    loop {
        // Held back in an earlier round: it goes out at the end of this one, overtaken or alone.
        let held = late.take();
        let first = if held.is_some() {
            timeout(OVERTAKING, queue.recv()).await.unwrap_or(None)
        } else {
            match queue.recv().await {
                Some(event) => Some(event),
                None => return,
            }
        };
        let mut batches: BTreeMap<u32, Vec<Value>> = BTreeMap::new();
        let mut again = Vec::new();
        let more = std::iter::from_fn(|| queue.try_recv().ok()).take(BATCH - 1);
        for event in first.into_iter().chain(more.collect::<Vec<_>>()) {
            let struck = engine.dice(|dice| dice.push());
            if struck.has(Fault::WebhookSilent) {
                continue;
            }
            if struck.has(Fault::WebhookDuplicate) {
                again.push(event.clone());
            }
            if struck.has(Fault::WebhookReorder) && late.is_none() {
                late = Some(event);
                continue;
            }
            batches.entry(event.device).or_default().push(event.record);
        }
        for (device, records) in batches {
            first_attempt(&engine, device, records, &mut retries).await;
        }
        for event in again.into_iter().chain(held) {
            first_attempt(&engine, event.device, vec![event.record], &mut retries).await;
        }
        while retries.try_join_next().is_some() {}
    }
}

async fn first_attempt(engine: &Arc<Engine>, device: u32, records: Vec<Value>, retries: &mut JoinSet<()>) {
    if is_to_come_again(attempt(engine, device, &records, 1, 0).await) {
        retries.spawn(retry(engine.clone(), device, records));
    }
}

async fn retry(engine: Arc<Engine>, device: u32, records: Vec<Value>) {
    let scale = engine.setup().options.time_scale.max(1);
    let mut past = 0;
    for (index, due) in RETRIES.into_iter().enumerate() {
        tokio::time::sleep(Duration::from_secs(due - past) / scale).await;
        past = due;
        if !is_to_come_again(attempt(&engine, device, &records, index + 2, due).await) {
            return;
        }
    }
    tracing::warn!(device, "webhook disabled after 24 hours without success");
    engine.write(|world| {
        if let Some(hook) = world.device_mut(device).and_then(|device| device.hook.as_mut()) {
            hook.active = false;
        }
    });
}

/// Pushes one result before anything else happens; when it is not received, the courier takes over.
pub(crate) async fn deliver_now(engine: &Engine, event: Event) {
    let pushed = attempt(engine, event.device, std::slice::from_ref(&event.record), 1, 0).await;
    if is_to_come_again(pushed) {
        engine.push(event);
    }
}

/// It was not received, and somebody wanted to receive it.
fn is_to_come_again(pushed: Option<Delivery>) -> bool {
    pushed.is_some_and(|delivery| !delivery.received)
}
