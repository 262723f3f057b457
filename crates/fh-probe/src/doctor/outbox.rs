//! The outbox: whether it is whole, what waits in it, its copies and its disk.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use fh_outbox::{Alarm, AlarmKind, Entry, Gravity, MaySend, Outbox, Query, Reader, State, Stats};
use fh_types::jiff::SignedDuration;
use fiscal_harmony::DocumentKind;
use tokio::time::timeout;

use super::{
    check::{Found, Verdict},
    patient::StorePlace,
    settings::file_sight,
    sight::{OpenSight, OutboxSight, Sight, Used},
};

/// How long opening it, and reading it, may take each.
const STEP: Duration = Duration::from_secs(4);
/// So many of the latest documents are looked at.
const LATEST: usize = 1_000;
/// Beyond this it is not read from beginning to end: that would take longer than anybody waits.
const READ_WHOLE: u64 = 256 * 1024 * 1024;
/// From here on it is worth pruning.
const LARGE: u64 = 4 * 1024 * 1024 * 1024;
/// What documents and backups need for a while.
const LITTLE_SPACE: u64 = 1024 * 1024 * 1024;
const NO_SPACE: u64 = 64 * 1024 * 1024;
/// So long a shop may be closed.
const QUIET: SignedDuration = SignedDuration::from_hours(14 * 24);
/// So long documents may wait without one going through.
const STUCK: SignedDuration = SignedDuration::from_hours(1);
/// A backup is made daily where there is one; a new outbox is given a day.
const BACKUP: SignedDuration = SignedDuration::from_hours(7 * 24);
const NEW: SignedDuration = SignedDuration::from_hours(24);

/// Looks at an outbox. One that is not there is not made.
pub(super) async fn look(place: Option<&StorePlace>, lane: &str) -> Result<OutboxSight, String> {
    let Some(place) = place else {
        return Err("no outbox was named".to_owned());
    };
    if let Some(file) = place.file.as_deref().filter(|file| !file.exists()) {
        return Err(format!("there is no outbox yet: {}", file.display()));
    }
    let whole = async {
        match place.file.as_deref() {
            Some(file) => read_whole(file).await,
            None => None,
        }
    };
    let (whole, open) = tokio::join!(whole, open(place, lane));
    Ok(OutboxSight {
        place: place.shown.clone(),
        file: place.file.as_deref().map(file_sight),
        whole,
        free_bytes: place.file.as_deref().and_then(free_bytes),
        lane: lane.to_owned(),
        open,
    })
}

/// Reads the file from beginning to end, beside the tasks.
async fn read_whole(file: &Path) -> Option<Result<(), String>> {
    use fh_outbox::rusqlite::{Connection, OpenFlags};
    if std::fs::metadata(file).ok()?.len() > READ_WHOLE {
        return None;
    }
    let path = file.to_owned();
    let (send, handle) = tokio::sync::oneshot::channel();
    let read = tokio::task::spawn_blocking(move || {
        let connection =
            Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX);
        let connection = connection.map_err(|error| error.to_string())?;
        let _ = connection.busy_timeout(Duration::from_secs(1));
        // Whoever waits may be gone.
        let _ = send.send(connection.get_interrupt_handle());
        let said: String = connection
            .query_row("PRAGMA quick_check(3)", [], |row| row.get(0))
            .map_err(|error| error.to_string())?;
        if said == "ok" { Ok(()) } else { Err(said) }
    });
    if let Ok(Ok(read)) = timeout(STEP, read).await {
        return Some(read);
    }
    if let Ok(handle) = handle.await {
        handle.interrupt();
    }
    None
}

async fn open(place: &StorePlace, lane: &str) -> Result<OpenSight, String> {
    let opened = match timeout(STEP, place.builder.clone().open()).await {
        Ok(opened) => opened.map_err(|error| error.to_string())?,
        Err(_) => return Err(format!("it could not be opened within {} s", STEP.as_secs())),
    };
    let outbox = opened.for_lane(lane);
    let stats = outbox.stats().await.map_err(|error| error.to_string())?;
    let last = outbox
        .list(Query::default().limit(1).lane(lane).states([State::Fiscalised]))
        .await;
    let last = last.map_err(|error| error.to_string())?;
    let latest = outbox.list(Query::default().lane(lane).limit(LATEST)).await;
    let latest = latest.map_err(|error| error.to_string())?;
    Ok(OpenSight {
        may_send: outbox.may_send(),
        stats,
        last_fiscalised: last.first().map(|entry| entry.changed_at),
        oldest: latest.last().map(|entry| entry.enqueued_at),
        used: used(&outbox, &latest).await,
    })
}

/// What the latest documents use; as many of them as can be read in a while.
async fn used(outbox: &Outbox, latest: &[Entry]) -> Used {
    let mut used = Used::default();
    let began = Instant::now();
    for entry in latest {
        if began.elapsed() > STEP {
            break;
        }
        let Ok(document) = outbox.document(&entry.document).await else {
            continue;
        };
        let view = document.view();
        used.documents += 1;
        *used.currencies.entry(view.currency.to_owned()).or_default() += 1;
        for line in view.lines {
            used.lines += 1;
            *used.hs_codes.entry(line.product_code.clone()).or_default() += 1;
            // A credit note uses the tax of its invoice.
            if view.kind == DocumentKind::Invoice {
                let (lines, latest) = used.taxes.entry(line.tax_code.clone()).or_insert((0, view.date));
                *lines += 1;
                *latest = (*latest).max(view.date);
            }
        }
    }
    used
}

#[cfg(unix)]
fn free_bytes(file: &Path) -> Option<u64> {
    let stat = rustix::fs::statvfs(file).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}

#[cfg(not(unix))]
fn free_bytes(_: &Path) -> Option<u64> {
    None
}

fn seen(sight: &Sight) -> Result<&OutboxSight, Found> {
    sight.outbox.as_ref().map_err(|why| Found::skip(why.clone()))
}

fn opened(sight: &Sight) -> Result<&OpenSight, Found> {
    let outbox = seen(sight)?;
    outbox
        .open
        .as_ref()
        .map_err(|_| Found::skip("the outbox cannot be opened".to_owned()))
}

pub(super) fn opens(sight: &Sight) -> Found {
    match seen(sight) {
        Err(found) => found,
        Ok(outbox) => match &outbox.open {
            Ok(_) => Found::pass(format!("{} can be opened", outbox.place)),
            Err(why) => Found::fail(why.clone()),
        },
    }
}

pub(super) fn whole(sight: &Sight) -> Found {
    match seen(sight) {
        Err(found) => found,
        Ok(outbox) => match &outbox.whole {
            None => Found::skip("it was not read from beginning to end (it is large, or no file)".to_owned()),
            Some(Ok(())) => Found::pass("it is whole".to_owned()),
            Some(Err(what)) => Found::fail(format!("{} is damaged: {what}", outbox.place)),
        },
    }
}

pub(super) fn is_private(sight: &Sight) -> Found {
    match seen(sight) {
        Err(found) => found,
        Ok(outbox) => match &outbox.file {
            None => Found::skip("it is no file of this machine".to_owned()),
            Some(file) => match file.is_open() {
                Some(open) => Found::fail(open).remedy(format!("Run: chmod 600 {}", file.path.display())),
                None => Found::pass("only its owner can read it".to_owned()),
            },
        },
    }
}

pub(super) fn is_mine(sight: &Sight) -> Found {
    let open = match opened(sight) {
        Ok(open) => open,
        Err(found) => return found,
    };
    if let Some(why) = open.may_send.why_not() {
        return Found::fail(why.to_owned());
    }
    let restored = |alarm: &&Alarm| alarm.kind == AlarmKind::Restored;
    match open.stats.alarms.iter().find(restored) {
        Some(alarm) => Found::fail(alarm.message.clone()).remedy(sentence(alarm.advice(Reader::Terminal))),
        None => {
            debug_assert_eq!(open.may_send, MaySend::Yes);
            Found::pass("this machine sends from it".to_owned())
        }
    }
}

/// Kinds of alarms that have a check of their own.
const APART: [AlarmKind; 6] = [
    AlarmKind::TakeOver,
    AlarmKind::Restored,
    AlarmKind::StaleBackup,
    AlarmKind::WebhookRefused,
    AlarmKind::WebhookSilence,
    AlarmKind::Clock,
];

pub(super) fn alarms(sight: &Sight) -> Found {
    let open = match opened(sight) {
        Ok(open) => open,
        Err(found) => return found,
    };
    told(&open.stats, |kind| !APART.contains(&kind)).unwrap_or_else(|| Found::pass("it has no alarm".to_owned()))
}

/// The gravest of some alarms, and how many there are.
fn told(stats: &Stats, of: impl Fn(AlarmKind) -> bool) -> Option<Found> {
    let alarms: Vec<_> = stats.alarms.iter().filter(|alarm| of(alarm.kind)).collect();
    let first = alarms.first()?;
    let more = match alarms.len() {
        1 => String::new(),
        count => format!(" (and {} more: `fh queue stats`)", count - 1),
    };
    let text = format!("{}{more}", first.message);
    let found = match first.gravity {
        Gravity::Critical => Found::fail(text),
        Gravity::Warning => Found::warn(text),
    };
    Some(found.remedy(sentence(first.advice(Reader::Terminal))))
}

/// A text as a sentence of its own.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    let mut sentence: String = first.chain(letters).collect();
    if !sentence.ends_with('.') {
        sentence.push('.');
    }
    sentence
}

pub(super) fn lanes(sight: &Sight) -> Found {
    let open = match opened(sight) {
        Ok(open) => open,
        Err(found) => return found,
    };
    let own = sight.outbox.as_ref().map_or("", |outbox| outbox.lane.as_str());
    let known = |lane: &str| lane == own || sight.settings.others.iter().any(|other| other.name == lane);
    let deserted: Vec<_> = open
        .stats
        .lanes
        .iter()
        .filter(|lane| !known(&lane.lane))
        .map(|lane| format!("{:?}", lane.lane))
        .collect();
    if deserted.is_empty() {
        Found::pass("every lane with open documents has a profile".to_owned())
    } else {
        Found::warn(format!(
            "documents wait in lanes that no profile works for: {}",
            deserted.join(", ")
        ))
    }
}

pub(super) fn backup(sight: &Sight) -> Found {
    let open = match opened(sight) {
        Ok(open) => open,
        Err(found) => return found,
    };
    if sight.outbox.as_ref().is_ok_and(|outbox| outbox.file.is_none()) {
        return Found::skip("its server has backups of its own".to_owned());
    }
    if let Some(found) = told(&open.stats, |kind| kind == AlarmKind::StaleBackup) {
        return found;
    }
    let since = |at: fh_types::CatDateTime| sight.now.timestamp().duration_since(at.timestamp());
    match (open.stats.last_backup, open.oldest) {
        (Some(at), _) if since(at) > BACKUP => Found::warn(format!("the last backup is of {}", at.civil().date())),
        (Some(at), _) => Found::pass(format!("the last backup is of {}", at.civil().date())),
        (None, Some(oldest)) if since(oldest) > NEW => Found::warn("no backup was ever made of it".to_owned()),
        (None, _) => Found::pass("it is new, and has no backup yet".to_owned()),
    }
}

pub(super) fn size(sight: &Sight) -> Found {
    let outbox = match seen(sight) {
        Ok(outbox) => outbox,
        Err(found) => return found,
    };
    match &outbox.file {
        None => Found::skip("it is no file of this machine".to_owned()),
        Some(file) if file.bytes >= LARGE => Found::warn(format!("it has {}", bytes(file.bytes))),
        Some(file) => Found::pass(format!("it has {}", bytes(file.bytes))),
    }
}

pub(super) fn disk(sight: &Sight) -> Found {
    let outbox = match seen(sight) {
        Ok(outbox) => outbox,
        Err(found) => return found,
    };
    match outbox.free_bytes {
        None => Found::skip("how much space is free cannot be told here".to_owned()),
        Some(free) if free < NO_SPACE => Found::fail(format!("the disk of the outbox has {} free", bytes(free))),
        Some(free) if free < LITTLE_SPACE => Found::warn(format!("the disk of the outbox has {} free", bytes(free))),
        Some(free) => Found::pass(format!("the disk of the outbox has {} free", bytes(free))),
    }
}

fn bytes(count: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    let unit = UNITS.iter().find(|(_, size)| count >= *size);
    unit.map_or_else(
        || format!("{count} bytes"),
        |(name, size)| format!("{} {name}", count / size),
    )
}

pub(super) fn last_fiscalised(sight: &Sight) -> Found {
    let open = match opened(sight) {
        Ok(open) => open,
        Err(found) => return found,
    };
    let since = |at: fh_types::CatDateTime| sight.now.timestamp().duration_since(at.timestamp());
    let lane = sight.outbox.as_ref().map_or("", |outbox| outbox.lane.as_str());
    let waiting = open.stats.lanes.iter().filter(|stats| stats.lane == lane);
    let oldest = waiting
        .filter_map(|stats| stats.oldest_unsent.into_iter().chain(stats.oldest_undecided).min())
        .min();
    match (open.last_fiscalised, oldest) {
        (last, Some(oldest)) if since(oldest) > STUCK && last.is_none_or(|last| since(last) > STUCK) => Found::fail(
            format!("documents wait since {oldest}, and none was fiscalised meanwhile"),
        ),
        (Some(last), _) if since(last) > QUIET => Found::warn(format!("the last document was fiscalised at {last}"))
            .remedy("See whether sales are made and handed in; a shop that is closed needs nothing."),
        (Some(last), _) => Found::pass(format!("the last document was fiscalised at {last}")),
        (None, _) => Found::skip("no document was fiscalised yet".to_owned()),
    }
}

pub(super) fn webhooks_refused(sight: &Sight) -> Found {
    let of_agent = sight.agent.as_ref().and_then(|agent| agent.refused_webhooks);
    if let Some(refused) = of_agent.filter(|refused| *refused > 0) {
        return Found::warn(format!(
            "{refused} webhooks without a right signature came since the agent began"
        ));
    }
    match opened(sight) {
        Ok(open) => told(&open.stats, |kind| kind == AlarmKind::WebhookRefused)
            .unwrap_or_else(|| Found::pass("no webhook was refused".to_owned())),
        Err(found) => match of_agent {
            Some(_) => Found::pass("no webhook was refused".to_owned()),
            None => found,
        },
    }
}

pub(super) fn webhooks_come(sight: &Sight) -> Found {
    if !sight.expects_webhooks {
        return Found::skip("results are fetched, no webhooks are expected".to_owned());
    }
    let open = match opened(sight) {
        Ok(open) => open,
        Err(found) => return found,
    };
    if let Some(found) = told(&open.stats, |kind| kind == AlarmKind::WebhookSilence) {
        return found;
    }
    let found = match open.stats.last_webhook {
        Some(at) => Found::pass(format!("the last webhook came at {at}")),
        None => Found::skip("none came yet".to_owned()),
    };
    debug_assert!(found.verdict <= Verdict::Pass);
    found
}
