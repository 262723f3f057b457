//! The conditions of the partial indexes, word for word as the schema has them: by these words the engines know which index to take. A
//! parameter in their place would be no such word.

/// Those for which their lanes wait; and those that are open and have stepped aside.
pub(super) const HEADS: &str = "holds = 1";
pub(super) const BESIDE: &str = "holds = 0 AND state IN ('queued', 'sending', 'unknown', 'parked')";
pub(super) const ACCEPTED: &str = "state = 'accepted'";
pub(super) const ASIDE: &str = "state IN ('rejected', 'expired', 'skipped')";
pub(super) const ALARM: &str = "alarm = 1";
pub(super) const RED: &str = "red = 1";
pub(super) const SETTLED: &str = "state IN ('fiscalised', 'rejected', 'skipped', 'expired')";
