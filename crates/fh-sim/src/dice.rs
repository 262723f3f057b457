use std::collections::{HashMap, VecDeque};

use crate::{Dose, Fault, FaultPlan, Operation};

/// A plan in use: its dice, its counts, and the scripts that come before it.
pub(crate) struct Dice {
    plan: FaultPlan,
    rng: fastrand::Rng,
    scripts: HashMap<Operation, VecDeque<Option<Fault>>>,
}

/// The faults that strike one request.
#[derive(Debug, Default, Clone)]
pub(crate) struct Struck(Vec<(Fault, Dose)>);

impl Struck {
    pub(crate) fn has(&self, fault: Fault) -> bool {
        self.0.iter().any(|(struck, _)| *struck == fault)
    }

    pub(crate) fn dose(&self, fault: Fault) -> Option<&Dose> {
        self.0.iter().find(|(struck, _)| *struck == fault).map(|(_, dose)| dose)
    }
}

impl Dice {
    pub(crate) fn new(plan: FaultPlan, seed: u64) -> Self {
        let seed = plan.seed.unwrap_or(seed);
        Self {
            plan,
            rng: fastrand::Rng::with_seed(seed),
            scripts: HashMap::new(),
        }
    }

    pub(crate) fn plan(&self) -> &FaultPlan {
        &self.plan
    }

    pub(crate) fn set(&mut self, plan: FaultPlan) {
        if let Some(seed) = plan.seed {
            self.rng = fastrand::Rng::with_seed(seed);
        }
        self.plan = plan;
    }

    pub(crate) fn script(&mut self, operation: Operation, faults: impl IntoIterator<Item = Option<Fault>>) {
        self.scripts.entry(operation).or_default().extend(faults);
    }

    /// What strikes a request of `operation`: what its script says, or else what the dice say.
    pub(crate) fn request(&mut self, operation: Operation) -> Struck {
        if let Some(scripted) = self.scripts.get_mut(&operation).and_then(VecDeque::pop_front) {
            return Struck(scripted.map(|fault| (fault, Dose::default())).into_iter().collect());
        }
        self.roll(|fault, dose| {
            !fault.is_about_webhooks()
                && if dose.on.is_empty() {
                    fault.strikes(operation)
                } else {
                    dose.on.contains(&operation)
                }
        })
    }

    /// What strikes the push of one result.
    pub(crate) fn push(&mut self) -> Struck {
        self.roll(|fault, _| fault.is_about_webhooks())
    }

    fn roll(&mut self, applies: impl Fn(Fault, &Dose) -> bool) -> Struck {
        let mut struck = Struck::default();
        for (fault, dose) in &mut self.plan.doses {
            if !applies(*fault, dose) {
                continue;
            }
            let counted = dose.count > 0;
            if counted {
                dose.count -= 1;
            }
            if counted || (dose.rate > 0.0 && self.rng.f64() < dose.rate) {
                struck.0.push((*fault, dose.clone()));
            }
        }
        struck
    }
}
