//! Folders, whose entries are on the disk only when somebody says so.

use std::path::Path;

/// A file whose name is not on the disk is lost with the power.
pub(crate) fn sync_folder_of(path: &Path) -> std::io::Result<()> {
    if cfg!(unix)
        && let Some(folder) = path.parent()
    {
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        std::fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}
