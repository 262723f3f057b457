//! What defaults of the policy rest on: nothing was observed yet. Written by `cargo xtask adopt`.

/// Whether a document's `Date` reaches the receipt, where a probe has seen it.
pub(crate) const DATE_REACHES_RECEIPT: Option<bool> = None;

/// Whether a probe has seen that a document which comes again as a retry is fiscalised a second time.
pub(crate) const A_RETRY_IS_FISCALISED_TWICE: bool = false;
