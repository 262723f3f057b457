//! Where the comparison is, what it found so far, and what it still has to compare.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use fh_codegen::reference;
use serde_json::{Value, json};

use super::additional::references_inside;
use super::class::{Direction, Policy};
use super::finding::Finding;
use super::still::{Stills, plain_reference};
use super::table::Kind;

/// Where the walk is: a direction and a pointer.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) direction: Direction,
    pub(super) at: String,
    /// A free string is accepted beside the values of the enum that is being compared.
    pub(super) open: bool,
    /// Within a schema that has no name and is composed of others: there a schema may come back in ever longer places.
    pub(super) composed: bool,
}

impl Place {
    pub(super) fn new(direction: Direction, at: impl Into<String>) -> Self {
        Place {
            direction,
            at: at.into(),
            open: false,
            composed: false,
        }
    }

    pub(super) fn child(&self, segment: &str) -> Self {
        let mut at = String::with_capacity(self.at.len() + 1 + segment.len());
        at.push_str(&self.at);
        at.push('/');
        for letter in segment.chars() {
            match letter {
                '~' => at.push_str("~0"),
                '/' => at.push_str("~1"),
                other => at.push(other),
            }
        }
        Place {
            direction: self.direction,
            at,
            open: false,
            composed: self.composed,
        }
    }

    pub(super) fn open(mut self, open: bool) -> Self {
        self.open = open;
        self
    }

    pub(super) fn composed(mut self) -> Self {
        self.composed = true;
        self
    }
}

/// The two documents, what was found so far, and what waits for its turn.
///
/// Rules do not compare what lies below them: they leave it here ([`Walk::later`]), so that no depth of a document is a depth of calls.
pub(super) struct Walk<'a> {
    pub(super) old: &'a Value,
    pub(super) new: &'a Value,
    pub(super) policy: Policy,
    pub(super) findings: Vec<Finding>,
    /// Pairs of schemas already compared: recursion ends here, and a shared schema is reported once per direction.
    pub(super) seen: HashSet<Pair>,
    /// Named schemas that were compared in some direction; the others are compared as part of no conversation.
    pub(super) used: BTreeSet<String>,
    /// Whether a value of the second schema could surprise a reader of the first, by their texts.
    pub(super) surprises: HashMap<(String, String), bool>,
    /// Pairs of schemas of which such a question has shown that nothing in or below them surprises.
    pub(super) harmless: HashSet<Pair>,
    /// This walk is such a question itself, and asks no further: what lies below is walked anyway.
    pub(super) asking: bool,
    /// The components that say the same before and after.
    pub(super) stills: Rc<Stills>,
    /// Unchanged components of which, with all they take over, no shape of a `oneOf` can surprise.
    calm: HashSet<String>,
    /// Bases whose leads were followed.
    followed: HashSet<(String, Direction)>,
    waiting: Vec<Waiting>,
    fresh: Vec<Waiting>,
}

/// Two schemas by their names or texts, the direction, and whether a free string is accepted beside.
pub(super) type Pair = (String, String, Direction, bool);

/// Something still to be compared.
pub(super) enum Waiting {
    /// Two schemas that stand at the same place.
    Schemas {
        /// Before.
        old: Value,
        /// After.
        new: Value,
        /// Where.
        place: Place,
    },
    /// A component, before and after.
    Component {
        /// Its name.
        name: String,
        /// Where it is referred to.
        place: Place,
    },
    /// A shape of a `oneOf` that may have come to match values of its neighbours.
    Overlap {
        /// The shape before.
        old: Value,
        /// The shape after.
        new: Value,
        /// Where the shape stands.
        place: Place,
    },
}

/// A schema that refers to a component, and says nothing else.
pub(super) fn to_component(name: &str) -> Value {
    json!({ "$ref": reference::to_schema(name) })
}

impl<'a> Walk<'a> {
    pub(super) fn new(old: &'a Value, new: &'a Value, policy: Policy) -> Self {
        Walk {
            old,
            new,
            policy,
            findings: Vec::new(),
            seen: HashSet::new(),
            used: BTreeSet::new(),
            surprises: HashMap::new(),
            harmless: HashSet::new(),
            asking: false,
            stills: Rc::default(),
            calm: HashSet::new(),
            followed: HashSet::new(),
            waiting: Vec::new(),
            fresh: Vec::new(),
        }
    }

    pub(super) fn say(&mut self, kind: Kind, place: &Place, note: impl Into<String>) {
        self.findings
            .push(Finding::new(kind, place.direction, place.at.clone(), note));
    }

    /// Leaves two schemas to be compared when what is being compared now is done.
    pub(super) fn later(&mut self, old: &Value, new: &Value, place: &Place) {
        if old == new && self.is_known(old, place) {
            return;
        }
        self.fresh.push(Waiting::Schemas {
            old: old.clone(),
            new: new.clone(),
            place: place.clone(),
        });
    }

    /// Whether nothing can be said of a schema whose text is the same before and after: it leads nowhere, or what it leads to was compared
    /// already. Most of a large document is such, and is neither copied nor looked at again.
    fn is_known(&mut self, schema: &Value, place: &Place) -> bool {
        let Some(object) = schema.as_object() else { return true };
        match object.get("$ref").and_then(Value::as_str) {
            None => !references_inside(object),
            Some(reference) if object.len() == 1 => {
                let name = reference::name(reference);
                let pair = (name.clone(), name, place.direction, place.open);
                let is_known = self.harmless.contains(&pair) || self.seen.contains(&pair);
                if is_known {
                    self.used.insert(pair.0);
                }
                is_known
            }
            Some(_) => false,
        }
    }

    /// Whether it is known that no value of a reference surprises a reader of the same reference before.
    pub(super) fn is_harmless(&self, schema: &Value) -> bool {
        let reference = schema.get("$ref").and_then(Value::as_str);
        reference.is_some_and(|reference| self.is_named_harmless(&reference::name(reference)))
    }

    fn is_named_harmless(&self, name: &str) -> bool {
        let name = name.to_owned();
        self.harmless
            .contains(&(name.clone(), name, Direction::Response, false))
    }

    /// Passes over a component that is the same before and after, and leaves what it refers to. False when the rules have to look.
    pub(super) fn passes_over(&mut self, schema: &Value, place: &Place) -> bool {
        let Some(name) = plain_reference(schema) else {
            return false;
        };
        if self.stills.get(&name).is_none() || !(self.asking || self.is_calm(&name)) {
            return false;
        }
        let pair = (name.clone(), name.clone(), place.direction, place.open);
        if !self.harmless.contains(&pair) && self.seen.insert(pair) {
            self.follow(&name, place);
        }
        self.used.insert(name);
        true
    }

    /// Leaves what an unchanged component leads to, and what its bases lead to.
    fn follow(&mut self, name: &str, place: &Place) {
        let stills = Rc::clone(&self.stills);
        let mut names = vec![name];
        while let Some(name) = names.pop() {
            let Some(still) = stills.get(name) else { continue };
            for lead in &still.leads {
                let place = Place::new(place.direction, place.at.as_str());
                if !self.is_known(&to_component(lead), &place) {
                    // Many wait at once in a large document: a name is small.
                    let name = lead.clone();
                    self.fresh.push(Waiting::Component { name, place });
                }
            }
            for base in &still.bases {
                if self.followed.insert((base.clone(), place.direction)) {
                    names.push(base);
                }
            }
        }
    }

    /// Whether no shape of a `oneOf`, in an unchanged component or what it takes over, can surprise.
    fn is_calm(&mut self, name: &str) -> bool {
        let stills = Rc::clone(&self.stills);
        let mut met = BTreeSet::from([name]);
        let mut names = vec![name];
        while let Some(name) = names.pop() {
            let Some(still) = stills.get(name).filter(|_| !self.calm.contains(name)) else {
                continue;
            };
            if !still.shapes.iter().all(|shape| self.is_named_harmless(shape)) {
                return false;
            }
            names.extend(still.bases.iter().map(String::as_str).filter(|base| met.insert(base)));
        }
        self.calm.extend(met.into_iter().map(str::to_owned));
        true
    }

    /// Leaves the question whether a changed shape now matches what it did not match before.
    pub(super) fn overlap_later(&mut self, old: &Value, new: &Value, place: &Place) {
        self.fresh.push(Waiting::Overlap {
            old: old.clone(),
            new: new.clone(),
            place: place.clone(),
        });
    }

    /// What is next: the parts of one thing before its neighbours, in the order in which they were left.
    pub(super) fn next(&mut self) -> Option<Waiting> {
        self.waiting.extend(self.fresh.drain(..).rev());
        self.waiting.pop()
    }
}
