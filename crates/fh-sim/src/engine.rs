use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use fh_types::CatDateTime;
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};

use crate::{
    Delivery, FaultPlan, Operation, Options,
    device::Device,
    dice::{Dice, Struck},
    hook::Event,
    pace::Pace,
    schema::Schemas,
    world::World,
};

/// What the listener, the settler, the webhook courier and the handle share. It outlives restarts of the listener.
pub(crate) struct Engine {
    setup: Mutex<Arc<Setup>>,
    /// For webhooks.
    pub(crate) http: reqwest::Client,
    world: Mutex<World>,
    dice: Mutex<Dice>,
    ids: Mutex<fastrand::Rng>,
    pace: Mutex<Pace>,
    requests: Mutex<BTreeMap<Operation, u64>>,
    deliveries: Mutex<Vec<Delivery>>,
    in_hand: Mutex<InHand>,
    /// The request id that each device was told last.
    told: Mutex<HashMap<u32, String>>,
    /// When the latest requests of each device came, for the limit of their rate.
    rates: Mutex<HashMap<u32, VecDeque<Instant>>>,
    settler: mpsc::UnboundedSender<Due>,
    courier: mpsc::UnboundedSender<Event>,
    changed: watch::Sender<u64>,
    dirty: AtomicBool,
}

/// How the service behaves at present.
pub(crate) struct Setup {
    pub(crate) options: Options,
    pub(crate) schemas: Schemas,
}

/// The submissions that are being answered at this moment, by document id, and the most that there ever were of one.
#[derive(Default)]
struct InHand {
    now: HashMap<String, usize>,
    most: usize,
}

/// One submission that is being answered. It ends when this is dropped, which a client that hangs up also brings about.
pub(crate) struct OneInHand<'e> {
    engine: &'e Engine,
    document: String,
}

impl Drop for OneInHand<'_> {
    fn drop(&mut self) {
        let mut in_hand = lock(&self.engine.in_hand);
        if let Some(count) = in_hand.now.get_mut(&self.document) {
            *count -= 1;
            if *count == 0 {
                in_hand.now.remove(&self.document);
            }
        }
    }
}

/// A submission that waits for its result.
pub(crate) struct Due {
    pub(crate) at: Instant,
    pub(crate) device: u32,
    pub(crate) request: String,
}

/// The ends of the queues, for the tasks that serve them.
pub(crate) struct Queues {
    pub(crate) settler: mpsc::UnboundedReceiver<Due>,
    pub(crate) courier: mpsc::UnboundedReceiver<Event>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Engine {
    pub(crate) fn new(options: Options, schemas: Schemas, http: reqwest::Client, world: World) -> (Arc<Self>, Queues) {
        let (settler, settler_end) = mpsc::unbounded_channel();
        let (courier, courier_end) = mpsc::unbounded_channel();
        let taken = world
            .devices
            .iter()
            .map(|device| device.submissions.len())
            .sum::<usize>();
        let ids = options.seed ^ u64::try_from(taken).unwrap_or(0).rotate_left(32);
        let engine = Self {
            dice: Mutex::new(Dice::new(options.faults.clone(), options.seed)),
            ids: Mutex::new(fastrand::Rng::with_seed(ids)),
            pace: Mutex::new(Pace::new(options.settle_delay, options.settle_spread, options.seed)),
            setup: Mutex::new(Arc::new(Setup { options, schemas })),
            http,
            world: Mutex::new(world),
            requests: Mutex::default(),
            deliveries: Mutex::default(),
            in_hand: Mutex::default(),
            told: Mutex::default(),
            rates: Mutex::default(),
            settler,
            courier,
            changed: watch::Sender::new(0),
            dirty: AtomicBool::new(false),
        };
        (
            Arc::new(engine),
            Queues {
                settler: settler_end,
                courier: courier_end,
            },
        )
    }

    pub(crate) fn now(&self) -> CatDateTime {
        CatDateTime::now(self.setup().options.clock.as_ref())
    }

    pub(crate) fn setup(&self) -> Arc<Setup> {
        lock(&self.setup).clone()
    }

    /// From now on the service behaves so. The error is about the OpenAPI document of this build.
    pub(crate) fn set_options(&self, options: Options) -> Result<(), String> {
        let schemas = Schemas::load(&options)?;
        self.pace(|pace| (pace.delay, pace.spread) = (options.settle_delay, options.settle_spread));
        *lock(&self.setup) = Arc::new(Setup { options, schemas });
        self.touch();
        Ok(())
    }

    /// Looks at the world.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        look(&lock(&self.world))
    }

    /// Changes the world and wakes whoever waits for a change.
    pub(crate) fn write<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let result = change(&mut lock(&self.world));
        self.touch();
        result
    }

    fn touch(&self) {
        self.dirty.store(true, Ordering::Release);
        self.changed.send_modify(|version| *version = version.wrapping_add(1));
    }

    /// Whether the world changed since this was asked last.
    pub(crate) fn take_dirty(&self) -> bool {
        self.dirty.swap(false, Ordering::AcqRel)
    }

    /// Waits until `look` finds something.
    pub(crate) async fn wait_for<T>(&self, mut look: impl FnMut(&Self) -> Option<T>) -> T {
        let mut changed = self.changed.subscribe();
        loop {
            changed.mark_unchanged();
            if let Some(found) = look(self) {
                return found;
            }
            if changed.changed().await.is_err() {
                // The sender lives in `self`, so this cannot happen; pending is the honest answer if it did.
                std::future::pending::<()>().await;
            }
        }
    }

    /// Waits for any change.
    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    pub(crate) fn dice<T>(&self, throw: impl FnOnce(&mut Dice) -> T) -> T {
        throw(&mut lock(&self.dice))
    }

    pub(crate) fn pace<T>(&self, use_it: impl FnOnce(&mut Pace) -> T) -> T {
        use_it(&mut lock(&self.pace))
    }

    pub(crate) fn told(&self, device: u32, request: &str) {
        lock(&self.told).insert(device, request.to_owned());
    }

    pub(crate) fn latest_told(&self, device: u32) -> Option<String> {
        lock(&self.told).get(&device).cloned()
    }

    /// Counts a request against the limit of its device, or says after how many seconds it may come again.
    pub(crate) fn wait_for_turn(&self, device: u32, per_minute: u32) -> Option<i64> {
        const MINUTE: Duration = Duration::from_secs(60);
        if per_minute == 0 {
            return None;
        }
        let mut rates = lock(&self.rates);
        let latest = rates.entry(device).or_default();
        let now = Instant::now();
        while latest.front().is_some_and(|came| now.duration_since(*came) >= MINUTE) {
            latest.pop_front();
        }
        if latest.len() < usize::try_from(per_minute).unwrap_or(usize::MAX) {
            latest.push_back(now);
            return None;
        }
        let left = latest
            .front()
            .map_or(MINUTE, |came| MINUTE.saturating_sub(now.duration_since(*came)));
        Some(i64::try_from(left.as_secs()).unwrap_or(60) + 1)
    }

    /// Counts a request and says what strikes it.
    pub(crate) fn arrived(&self, operation: Operation) -> Struck {
        *lock(&self.requests).entry(operation).or_default() += 1;
        self.touch();
        self.dice(|dice| dice.request(operation))
    }

    pub(crate) fn requests(&self) -> BTreeMap<Operation, u64> {
        lock(&self.requests).clone()
    }

    pub(crate) fn delivered(&self, delivery: Delivery) {
        /// Enough for any test; a simulator that runs for days must not grow by its log.
        const KEPT: usize = 100_000;
        let mut deliveries = lock(&self.deliveries);
        if deliveries.len() < KEPT {
            deliveries.push(delivery);
        }
        drop(deliveries);
        self.touch();
    }

    pub(crate) fn deliveries(&self) -> Vec<Delivery> {
        lock(&self.deliveries).clone()
    }

    /// Counts a submission for as long as it is being answered.
    pub(crate) fn in_hand(&self, document: String) -> OneInHand<'_> {
        let mut in_hand = lock(&self.in_hand);
        let count = in_hand.now.entry(document.clone()).or_default();
        *count += 1;
        let count = *count;
        in_hand.most = in_hand.most.max(count);
        drop(in_hand);
        OneInHand { engine: self, document }
    }

    pub(crate) fn most_in_hand(&self) -> usize {
        lock(&self.in_hand).most
    }

    pub(crate) fn request_id(&self) -> String {
        let mut bytes = lock(&self.ids).u128(..).to_be_bytes();
        // The version and variant bits of a random GUID.
        bytes[6] = (bytes[6] & 0x0F) | 0x40;
        bytes[8] = (bytes[8] & 0x3F) | 0x80;
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
    }

    /// Puts a submission into the queue of those that wait for their result.
    pub(crate) fn schedule(&self, device: u32, request: &str) {
        let due = Due {
            at: Instant::now() + self.pace(|pace| pace.draw(request)),
            device,
            request: request.to_owned(),
        };
        // The settler is gone only while the simulator is being taken down; the submission stays pending.
        let _ = self.settler.send(due);
    }

    /// Puts everything that has no result yet into the queue, after a start from a state file.
    pub(crate) fn schedule_pending(&self) {
        let pending: Vec<(u32, String)> = self.read(|world| {
            let of = |device: &Device| {
                let id = device.id;
                let waiting = device
                    .submissions
                    .iter()
                    .filter(|submission| submission.outcome.is_none());
                waiting
                    .map(move |submission| (id, submission.request.clone()))
                    .collect::<Vec<_>>()
            };
            world.devices.iter().flat_map(of).collect()
        });
        for (device, request) in pending {
            self.schedule(device, &request);
        }
    }

    pub(crate) fn push(&self, event: Event) {
        let _ = self.courier.send(event);
    }

    /// Back to the world that `fresh` makes of the present one, with no faults and nothing counted.
    pub(crate) fn reset(&self, fresh: impl FnOnce(&Options, &World) -> World) {
        let setup = self.setup();
        self.write(|world| *world = fresh(&setup.options, world));
        self.dice(|dice| *dice = Dice::new(FaultPlan::default(), setup.options.seed));
        lock(&self.requests).clear();
        lock(&self.deliveries).clear();
        lock(&self.in_hand).most = 0;
    }
}
