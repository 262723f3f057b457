//! The same life under each profile of the simulator: faults, a worker that starts anew, a backup that is put back, corrections. What must
//! hold is derived from what the service does ([`Promise::of`](crate::worlds::Promise)), never from a profile's name, and all of it is asserted everywhere.

use std::{
    collections::{BTreeSet, HashMap},
    path::PathBuf,
    time::{Duration, Instant},
};

use fh_outbox::{AlarmKind, Cause, Evidence, OnLate, OnUnknown, Outbox, OutboxBuilder, OutboxError, Query, State};
use fh_sim::{DeviceHandle, Fault, FaultPlan, Operation, Options, Sim};
use tempfile::TempDir;

use crate::{
    receiver,
    support::{client_of, is_long, quick},
    worlds::{Promise, faults, sale, worlds},
};

const LANES: usize = 3;

/// Documents of one life.
const DOCUMENTS: usize = 30;

/// Ordinarily one life in each world; 20 with `FH_LONG_TESTS=1`.
fn lives() -> u64 {
    if is_long() { 20 } else { 1 }
}

/// What else happens in a life.
#[derive(Clone, Copy, PartialEq)]
enum Meanwhile {
    TheWorkerRestarts,
    ABackupIsPutBack,
    RejectedOnesAreCorrected,
}

/// A shop with its files, and the service.
struct Life {
    folder: TempDir,
    sim: Sim,
    devices: Vec<DeviceHandle>,
    on_unknown: OnUnknown,
    promise: Promise,
    meanwhile: Meanwhile,
    /// What callers were told, by document.
    told_fiscalised: BTreeSet<String>,
    looked_up: BTreeSet<String>,
    corrected: BTreeSet<String>,
}

impl Life {
    async fn begin(mut options: Options, on_unknown: OnUnknown, meanwhile: Meanwhile, seed: u64) -> Self {
        let promise = Promise::of(&options, on_unknown);
        let faults = faults(&options.faults, seed);
        options.faults = FaultPlan::default();
        // A tenth of the delay, so that a life is short; the spread stays.
        options.settle_delay /= 10;
        let sim = Sim::with_options(options).await.unwrap();
        let devices = std::iter::once(sim.device())
            .chain((1..LANES).map(|_| sim.add_device()))
            .collect();
        let life = Self {
            folder: tempfile::tempdir().unwrap(),
            sim,
            devices,
            on_unknown,
            promise,
            meanwhile,
            told_fiscalised: BTreeSet::new(),
            looked_up: BTreeSet::new(),
            corrected: BTreeSet::new(),
        };
        // Receivers would go on writing into a file that is replaced.
        if meanwhile != Meanwhile::ABackupIsPutBack {
            let outbox = life.open().await;
            for device in &life.devices {
                receiver::listen(device, &outbox).await;
            }
        }
        life.sim.set_faults(faults);
        if meanwhile == Meanwhile::RejectedOnesAreCorrected {
            // Whatever the dice say, there is something to correct.
            let rejected = [Some(Fault::RejectedOnce); LANES];
            life.sim.script(Operation::SubmitInvoice, rejected);
        }
        life
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("till.db")
    }

    fn builder(&self) -> OutboxBuilder {
        let mut policy = quick();
        policy.webhooks = true;
        policy.webhook_grace = Duration::from_millis(200);
        policy.on_unknown = self.on_unknown;
        policy.on_restored = self.on_unknown;
        // These have dates of their own: what was overtaken gets a new one, as it does unless told otherwise.
        policy.on_late = OnLate::Redate;
        let builder = Outbox::builder(self.file())
            .policy(policy)
            .mark_folder(self.folder.path().join("state"));
        builder.machine_id("this one")
    }

    async fn open(&self) -> Outbox {
        self.builder().open().await.unwrap()
    }

    async fn hand_in(&self, outbox: &Outbox) {
        for lane in 0..LANES {
            for number in 0..DOCUMENTS / LANES {
                outbox
                    .for_lane(format!("lane-{lane}"))
                    .enqueue(&sale(lane, number))
                    .await
                    .unwrap();
            }
        }
    }

    /// Works for a while.
    async fn shift(&self, outbox: &Outbox, time: Duration) {
        let lanes: Vec<_> = self
            .devices
            .iter()
            .enumerate()
            .map(|(lane, device)| (format!("lane-{lane}"), client_of(&self.sim, device)))
            .collect();
        outbox.run_lanes(lanes, tokio::time::sleep(time)).await;
    }

    fn link(&self, id: &str) -> Option<String> {
        self.devices.iter().find_map(|device| device.receipt_link(id))
    }

    /// Holds what the outbox says of every document against the ledger, and does what a careful person does about those that wait.
    async fn look(&mut self, outbox: &Outbox) {
        let entries = outbox.list(Query::default().limit(100_000)).await.unwrap();
        let alarms = outbox.stats().await.unwrap().alarms;
        // Read after the entries, so that it is not older than they are.
        let ledger = self.sim.ledger();
        for entry in &entries {
            let (id, truth) = (entry.document.as_str(), ledger.of(&entry.document));
            match entry.state {
                State::Fiscalised => {
                    assert!(truth.fiscalised >= 1, "{id} is said to be fiscalised: {entry:?}");
                    self.told_fiscalised.insert(id.to_owned());
                }
                State::Rejected if !entry.in_doubt => {
                    assert_eq!(truth.fiscalised, 0, "{id} is said not to be fiscalised: {entry:?}");
                }
                State::Parked => {
                    let is_named = alarms.iter().any(|alarm| alarm.document.as_deref() == Some(id));
                    assert!(
                        is_named,
                        "{id} waits for a person, and no alarm names it: {entry:?} {alarms:?}"
                    );
                    self.decide(outbox, id, entry.cause, entry.in_doubt).await;
                }
                _ => {}
            }
        }
        for id in &self.told_fiscalised {
            let entry = entries.iter().find(|entry| entry.document == *id);
            let is_restored = self.meanwhile == Meanwhile::ABackupIsPutBack;
            assert!(
                is_restored || entry.is_some_and(|entry| entry.state == State::Fiscalised),
                "{id} was said to be fiscalised: {entry:?}"
            );
        }
    }

    async fn decide(&mut self, outbox: &Outbox, id: &str, cause: Option<Cause>, in_doubt: bool) {
        let truth = self.sim.ledger().of(id);
        if in_doubt {
            if truth.accepted > truth.fiscalised + truth.rejected {
                // The authority has not decided yet, and the person looks again later.
                return;
            }
            self.looked_up.insert(id.to_owned());
            if let Some(link) = self.link(id) {
                possible(
                    outbox
                        .adopt(id, Evidence::link(link).unwrap().of_any_day(), "rudo")
                        .await,
                );
                return;
            }
            if !possible(outbox.release(id, "rudo", "the authority has no receipt of it").await) {
                return;
            }
        } else if self.meanwhile == Meanwhile::RejectedOnesAreCorrected && cause == Some(Cause::Rejected) {
            let (lane, number) = id.trim_start_matches('L').split_once('-').unwrap();
            let mut mended = sale(lane.parse().unwrap(), number.parse().unwrap());
            mended.buyer_mut().name = "Cash Tendai".to_owned();
            // One that was corrected before, and rejected all the same, is tried again as it is.
            if !self.corrected.contains(id) && possible(outbox.correct(id, &mended, "rudo", "the name").await) {
                self.corrected.insert(id.to_owned());
                return;
            }
        }
        possible(outbox.retry(id, "rudo").await);
    }

    async fn is_over(&self, outbox: &Outbox) -> bool {
        let entries = outbox.list(Query::default().limit(100_000)).await.unwrap();
        entries.len() == DOCUMENTS / LANES * LANES && entries.iter().all(|entry| entry.state == State::Fiscalised)
    }

    async fn live(&mut self) {
        let mut outbox = self.open().await;
        self.hand_in(&outbox).await;
        let backup = self.folder.path().join("backup.db");
        let mut random = fastrand::Rng::with_seed(3);
        let (began, mut shifts) = (Instant::now(), 0);
        while !self.is_over(&outbox).await {
            let late = Duration::from_secs(90);
            if began.elapsed() > late {
                let open = outbox.list(Query::default().limit(100_000)).await.unwrap();
                let open: Vec<_> = open
                    .into_iter()
                    .filter(|entry| entry.state != State::Fiscalised)
                    .collect();
                panic!("it does not end: {open:#?}");
            }
            self.shift(&outbox, Duration::from_millis(random.u64(60..250))).await;
            self.look(&outbox).await;
            shifts += 1;
            if self.meanwhile == Meanwhile::ABackupIsPutBack && shifts == 2 {
                outbox.backup(&backup).await.unwrap();
            }
            if self.meanwhile == Meanwhile::ABackupIsPutBack && shifts == 5 {
                // Nobody works meanwhile: what was read before it is over.
                drop(outbox);
                let hold = self.on_unknown == OnUnknown::Hold;
                self.builder().restore(&backup, "rudo", hold).await.unwrap();
                outbox = self.open().await;
                self.told_fiscalised.clear();
                // The seller hands in once more what the backup may have forgotten.
                self.hand_in(&outbox).await;
            } else if self.meanwhile == Meanwhile::TheWorkerRestarts {
                outbox = self.open().await;
            }
        }
        self.look(&outbox).await;
        self.judge(&outbox).await;
    }

    /// All that must hold at the end, in every world.
    async fn judge(&self, outbox: &Outbox) {
        // The last receipts are pushed beside the answers.
        let ledger = self.sim.ledger();
        let ids: Vec<String> = (0..LANES)
            .flat_map(|lane| (0..DOCUMENTS / LANES).map(move |number| format!("L{lane}-{number}")))
            .collect();
        let doubles: Vec<&String> = ids.iter().filter(|id| ledger.of(id).fiscalised > 1).collect();
        for id in &ids {
            assert!(ledger.of(id).fiscalised >= 1, "{id} is lost");
        }
        assert!(
            doubles.is_empty() || !self.promise.once,
            "{doubles:?} are fiscalised twice; {:?}",
            self.promise
        );
        for id in &self.looked_up {
            let was_rejected = ledger.of(id).rejected > 0;
            assert!(
                was_rejected || !self.promise.without_looking_up,
                "{id} was looked up; {:?}",
                self.promise
            );
        }
        let corrects = self.meanwhile == Meanwhile::RejectedOnesAreCorrected;
        assert_eq!(self.corrected.is_empty(), !corrects, "{:?}", self.corrected);
        assert_eq!(self.sim.most_at_once(), 1, "a document was on the wire twice at a time");
        let named = self.named_as_double(outbox, doubles.len()).await;
        for double in &doubles {
            assert!(
                named.contains(*double),
                "{double} is fiscalised twice, and is not named: {named:?}"
            );
        }
        let entries = outbox.list(Query::default().limit(100_000)).await.unwrap();
        self.receipts_are_their_own(&entries);
        self.contents_are_told(&entries);
        println!(
            "{} documents, {} looked up, {} corrected, {} fiscalised twice",
            ids.len(),
            self.looked_up.len(),
            self.corrected.len(),
            doubles.len()
        );
    }

    /// The documents that the outbox says were fiscalised twice, or may have been. A receipt that nobody asked for is told after a while.
    async fn named_as_double(&self, outbox: &Outbox, doubles: usize) -> String {
        let began = Instant::now();
        loop {
            let alarms = outbox.stats().await.unwrap().alarms;
            let said: Vec<_> = alarms
                .into_iter()
                .filter(|alarm| matches!(alarm.kind, AlarmKind::FiscalisedTwice | AlarmKind::Orphans))
                .map(|alarm| format!("{} {}", alarm.document.unwrap_or_default(), alarm.message))
                .collect();
            if doubles == 0 || !said.is_empty() {
                return said.join("; ");
            }
            assert!(
                began.elapsed() < Duration::from_secs(20),
                "nothing is said of {doubles} doubles"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn receipts_are_their_own(&self, entries: &[fh_outbox::Entry]) {
        let mut whose = HashMap::new();
        for entry in entries {
            let link = entry.receipt.as_ref().unwrap().qr_url.clone();
            let other = whose.insert(link, &entry.document);
            assert_eq!(other, None, "{} has another's receipt", entry.document);
        }
    }

    /// A receipt shows what the outbox says it shows, or it is said that it may not.
    fn contents_are_told(&self, entries: &[fh_outbox::Entry]) {
        for entry in entries {
            let body = self
                .devices
                .iter()
                .find_map(|device| device.fiscalised_body(&entry.document))
                .unwrap();
            let body: serde_json::Value = serde_json::from_str(&body).unwrap();
            let wanted = if self.corrected.contains(&entry.document) {
                "Cash Tendai"
            } else {
                "Cash Customer"
            };
            let shows = body.pointer("/BuyerContact/Name").and_then(serde_json::Value::as_str);
            assert!(
                shows == Some(wanted)
                    || entry.content_in_doubt
                    || entry.receipt_revision != Some(entry.revision)
                    || entry.cause == Some(Cause::Adopted),
                "{} shows {shows:?}, not {wanted}, and nobody is told: {entry:?}",
                entry.document
            );
        }
    }
}

/// Whether it was done; it may make no sense any more.
fn possible<T>(answer: Result<T, OutboxError>) -> bool {
    match answer {
        Ok(_) => true,
        Err(OutboxError::NotPossible { .. }) => false,
        Err(error) => panic!("{error}"),
    }
}

async fn in_every_world(policy: impl Fn(&Options) -> OnUnknown, meanwhile: Meanwhile) {
    for (name, options) in worlds() {
        for seed in 1..=lives() {
            println!("{name}, seed {seed}");
            let on_unknown = policy(&options);
            let mut life = Life::begin(options.clone(), on_unknown, meanwhile, seed).await;
            life.live().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_must_hold_holds_in_every_world_while_the_worker_restarts() {
    in_every_world(|_| OnUnknown::Resend, Meanwhile::TheWorkerRestarts).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_must_hold_holds_in_every_world_where_a_person_decides_about_what_may_have_arrived() {
    in_every_world(|_| OnUnknown::Hold, Meanwhile::TheWorkerRestarts).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_must_hold_holds_in_every_world_when_a_backup_is_put_back() {
    // Of a receipt that was told before and forgotten nothing can be known: there only a person prevents the second one.
    let policy = |options: &Options| match Promise::of(options, OnUnknown::Resend).once {
        true => OnUnknown::Resend,
        false => OnUnknown::Hold,
    };
    in_every_world(policy, Meanwhile::ABackupIsPutBack).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_must_hold_holds_in_every_world_when_rejected_ones_are_corrected() {
    in_every_world(|_| OnUnknown::Resend, Meanwhile::RejectedOnesAreCorrected).await;
}
