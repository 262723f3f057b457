//! One operation of a document, and where it stands.

use serde_json::Value;

use super::class::Direction;
use super::walk::Place;

/// One operation with the path item it stands in.
#[derive(Clone, Copy)]
pub(super) struct Operation<'a> {
    pub(super) path: &'a str,
    pub(super) method: &'a str,
    pub(super) item: &'a Value,
    pub(super) body: &'a Value,
}

impl<'a> Operation<'a> {
    pub(super) fn text(&self, keyword: &str) -> &'a str {
        self.body.get(keyword).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn place(&self, direction: Direction) -> Place {
        Place::new(direction, "#/paths").child(self.path).child(self.method)
    }
}
