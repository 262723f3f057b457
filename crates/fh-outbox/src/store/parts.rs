//! The conditions of the partial indexes, word for word as the schema has them: by these words the engines know which index to take. A
//! parameter in their place would be no such word.

pub(super) const OPEN: &str = "state IN ('queued', 'sending', 'unknown', 'parked')";
pub(super) const ACCEPTED: &str = "state = 'accepted'";
pub(super) const ASIDE: &str = "state IN ('rejected', 'expired', 'skipped')";
pub(super) const DOUBLED: &str = "doubled = 1";
pub(super) const SETTLED: &str = "state IN ('fiscalised', 'rejected', 'skipped', 'expired')";
