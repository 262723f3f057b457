use std::{fmt, sync::Arc};

use fh_auth::ApiSecret;

/// The secrets that a delivery may be signed with, each under a label that says whose it is.
///
/// Several devices may push to one receiver: give each its own label. While a secret is rotated, the old and the new one
/// stand under the same label. Without a secret every delivery is refused.
#[derive(Clone, Default)]
pub struct Secrets {
    labels: Vec<Arc<str>>,
    keys: Vec<ApiSecret>,
}

impl Secrets {
    /// No secret yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One more secret; it is tried after those before it.
    #[must_use]
    pub fn with(mut self, label: impl Into<Arc<str>>, secret: ApiSecret) -> Self {
        self.labels.push(label.into());
        self.keys.push(secret);
        self
    }

    /// True without any secret.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    pub(super) fn keys(&self) -> &[ApiSecret] {
        &self.keys
    }

    pub(super) fn label(&self, index: usize) -> Arc<str> {
        self.labels[index].clone()
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Secrets").field(&self.labels).finish()
    }
}
