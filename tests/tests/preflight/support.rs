//! Documents and contexts from the files under `tests/preflight`.

use std::{collections::BTreeSet, fs, path::PathBuf};

use fh_types::{
    CatDateTime,
    jiff::{SignedDuration, Timestamp},
};
use fiscal_harmony::{
    Document,
    catalogue::{Catalogue, SubscriptionState},
    device::DeviceConfig,
    preflight::{Context, Earlier, EarlierState, Findings, MemoryJournal, Settings},
    tax::DiscountPolicy,
};
use serde_json::Value;

pub(crate) fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("preflight")
}

pub(crate) fn json_file(name: &str) -> Value {
    let path = directory().join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Sets or (with `"$remove"`) removes the value at each pointer.
pub(crate) fn change(value: &mut Value, changes: &Value) {
    for (pointer, new) in changes.as_object().expect("changes are an object") {
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
        let parent = value
            .pointer_mut(parent)
            .unwrap_or_else(|| panic!("{pointer} has no parent"));
        match parent {
            Value::Object(object) if new == "$remove" => assert!(object.remove(name).is_some(), "{pointer}"),
            Value::Object(object) => drop(object.insert(name.to_owned(), new.clone())),
            Value::Array(items) => items[name.parse::<usize>().unwrap()] = new.clone(),
            _ => panic!("{pointer} is in no object"),
        }
    }
}

pub(crate) fn document(value: &Value) -> Document {
    Document::from_json(value.to_string().as_bytes()).unwrap_or_else(|error| panic!("{error}: {value}"))
}

/// Everything that can be known around a document.
pub(crate) struct Surroundings {
    pub(crate) catalogue: Option<Catalogue>,
    pub(crate) journal: MemoryJournal,
    pub(crate) now: Timestamp,
    settings: Settings,
    clock_ahead: Option<SignedDuration>,
    day_opened: Option<CatDateTime>,
}

impl Surroundings {
    /// Those of `context.json`, with a vector's changes.
    pub(crate) fn read(changes: &Value) -> Self {
        let mut base = json_file("context.json");
        if let Some(device) = changes.get("device") {
            change(&mut base["device"], device);
        }
        for (name, value) in changes.as_object().into_iter().flatten() {
            if name != "device" {
                base[name] = value.clone();
            }
        }
        let instant = |value: &Value| value.as_str().unwrap().parse::<CatDateTime>().unwrap();
        let now = instant(&base["now"]).timestamp();
        let config = DeviceConfig::from_value(&base["device"]).unwrap();
        assert!(config.unread.is_empty(), "{:?}", config.unread);
        let mut catalogue = Catalogue::new(now)
            .with_device(config)
            .with_supported_currencies(
                base["supportedCurrencies"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|code| code.as_str().unwrap()),
            )
            .with_subscription(SubscriptionState::new(
                None,
                Some(instant(&base["subscriptionValidTill"])),
            ));
        for (code, id) in base["taxMappings"].as_object().unwrap() {
            catalogue = catalogue.with_tax_mapping(code, id.as_i64().unwrap());
        }
        for (source, destination) in base["currencyMappings"].as_object().unwrap() {
            catalogue = catalogue.with_currency_mapping(source, destination.as_str().unwrap());
        }
        let mut journal = MemoryJournal::default();
        for entry in base["journal"].as_array().unwrap() {
            let state = match entry["state"].as_str().unwrap() {
                "fiscalised" => EarlierState::Fiscalised,
                "rejected" => EarlierState::Rejected { actionable: true },
                "open" => EarlierState::Open,
                other => panic!("no such state: {other}"),
            };
            journal.add(Earlier::of(&document(&entry["document"]), state, Some(&catalogue)).unwrap());
        }
        let discounts = match base.get("discounts").and_then(Value::as_str) {
            None => DiscountPolicy::NetOfDiscount,
            Some("net-of-unit-discount") => DiscountPolicy::NetOfUnitDiscount,
            Some("unit-after-discount") => DiscountPolicy::UnitAfterDiscount,
            Some(other) => panic!("no such reading of discounts: {other}"),
        };
        let without_device = base
            .get("without")
            .is_some_and(|without| without.as_array().unwrap().contains(&"device".into()));
        let is_true = |name: &str| base.get(name).is_some_and(|meant| meant == true);
        let mut settings = Settings::default()
            .discounts(discounts)
            .zero_totals(is_true("zeroTotals"))
            .date_reaches_receipt(is_true("dateReachesReceipt"));
        if let Some(seconds) = base.get("sameMomentSeconds") {
            settings = settings.same_moment(SignedDuration::from_secs(seconds.as_i64().unwrap()));
        }
        Self {
            catalogue: (!without_device).then_some(catalogue),
            journal,
            now,
            settings,
            clock_ahead: base
                .get("clockAheadSeconds")
                .map(|seconds| SignedDuration::from_secs(seconds.as_i64().unwrap())),
            day_opened: base.get("dayOpened").map(instant),
        }
    }

    pub(crate) fn context(&self) -> Context<'_> {
        let mut context = Context::nothing()
            .journal(&self.journal)
            .at(self.now)
            .settings(self.settings);
        if let Some(catalogue) = &self.catalogue {
            context = context.catalogue(catalogue);
        }
        if let Some(ahead) = self.clock_ahead {
            context = context.clock_ahead(ahead);
        }
        if let Some(opened) = self.day_opened {
            context = context.day_opened(opened);
        }
        context
    }
}

/// The ids of the rules that found something.
pub(crate) fn rules_of(findings: &Findings) -> BTreeSet<&'static str> {
    findings.findings.iter().map(|finding| finding.rule).collect()
}

/// A small generator of numbers that a seed decides, so that a failure can be repeated.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `sides`.
    pub(crate) fn below(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16) % sides
    }

    /// True once in `times`.
    pub(crate) fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }
}
