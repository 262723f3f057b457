//! Where the workspace is.

use std::path::{Path, PathBuf};

/// The root of the workspace that this program was built in.
#[must_use]
pub(crate) fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_path_buf()
}
