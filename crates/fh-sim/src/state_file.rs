use std::{fs, io, path::Path, sync::Arc, time::Duration};

use crate::{engine::Engine, world::World};

/// The shortest time between two writes.
const PACE: Duration = Duration::from_secs(1);

/// Reads a state file; none when there is no such file.
pub(crate) fn load(path: &Path) -> io::Result<Option<World>> {
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(io::Error::from),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes the state in whole: beside the file, then in its place.
pub(crate) fn save(engine: &Engine, path: &Path) -> io::Result<()> {
    let text = engine.read(serde_json::to_vec).map_err(io::Error::from)?;
    let beside = path.with_extension("new");
    fs::write(&beside, text)?;
    fs::rename(&beside, path)
}

/// Saves after changes, at most once a second, until the simulator ends.
pub(crate) async fn keeper(engine: Arc<Engine>, path: std::path::PathBuf) {
    let mut changed = engine.subscribe();
    while changed.changed().await.is_ok() {
        if engine.take_dirty()
            && let Err(error) = save(&engine, &path)
        {
            tracing::warn!(%error, path = %path.display(), "the state could not be saved");
        }
        tokio::time::sleep(PACE).await;
    }
}
