//! Backups: made while the outbox is worked on, read back, and put in its place.

use std::path::{Path, PathBuf};

use super::{builder::OutboxBuilder, handle::Outbox};
use crate::{
    error::OutboxError,
    store::{address::Address, restoring::BackedUp, sqlite},
};

/// A backup that was read back and found whole.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Backup {
    /// The file. Beside it, with `.sha256` added to its name, lies its check sum, as `sha256sum --check` reads it.
    pub path: PathBuf,
    /// How long it is.
    pub bytes: u64,
    /// SHA-256 of it, in hex.
    pub sha256: String,
    /// How many documents are in it, each of which is what was taken in.
    pub documents: u64,
}

/// A backup that was put in place.
#[derive(Debug)]
#[non_exhaustive]
pub struct PutBack {
    /// The outbox, open.
    pub outbox: Outbox,
    /// The backup.
    pub backup: Backup,
    /// Where the file is now that stood there before, if one did.
    pub replaced: Option<PathBuf>,
    /// How many documents are in doubt.
    pub in_doubt: usize,
}

impl Backup {
    fn of(path: &Path, copied: sqlite::Copied) -> Self {
        Self {
            path: path.to_owned(),
            bytes: copied.bytes,
            sha256: copied.sha256,
            documents: copied.documents,
        }
    }
}

async fn beside<T: Send + 'static>(
    act: impl FnOnce() -> Result<T, OutboxError> + Send + 'static,
) -> Result<T, OutboxError> {
    let done = tokio::task::spawn_blocking(act).await;
    done.map_err(|error| OutboxError::Store(error.to_string()))?
}

impl Outbox {
    /// Copies the outbox into a file of its own while it is worked on: one file, whole, readable for its owner only, and read back from
    /// beginning to end before it takes its name. An earlier backup of this outbox of that name is replaced then; anything else is left alone.
    ///
    /// Dropping the future does not end the copying.
    ///
    /// # Errors
    ///
    /// [`OutboxError::Backup`] when it cannot be written, something else has its name, what was read back is not whole, or the outbox is in
    /// PostgreSQL, which has programs of its own for that; otherwise when the store fails.
    pub async fn backup(&self, path: impl AsRef<Path>) -> Result<Backup, OutboxError> {
        let to = path.as_ref().to_owned();
        let Some(from) = self.store.file().map(Path::to_owned) else {
            return Err(OutboxError::Backup {
                path: to,
                what: "cannot be made: the outbox is in PostgreSQL, which is backed up with its own programs, such as pg_dump".to_owned(),
            });
        };
        let target = to.clone();
        let copied = beside(move || sqlite::copy(&from, &target)).await?;
        let by = self.by("backup");
        self.store.write(BackedUp { by }).await?;
        Ok(Backup::of(&to, copied))
    }
}

impl OutboxBuilder {
    /// Puts a backup in the outbox's place and opens it. The backup is read from beginning to end first; the file that stands there is
    /// moved aside, not written over; and everything that the backup cannot know is in doubt, as after [`Outbox::restored`].
    ///
    /// On another machine than the one that sent from it, nothing is sent before [`Outbox::take_over`].
    ///
    /// Dropping the future leaves the backup in place or not; do it again.
    ///
    /// # Errors
    ///
    /// [`OutboxError::Backup`] when the backup is not whole or the outbox is in PostgreSQL, [`OutboxError::Locked`] while anyone has the outbox
    /// open; otherwise as for [`open`](Self::open).
    pub async fn restore(self, backup: impl AsRef<Path>, operator: &str, hold: bool) -> Result<PutBack, OutboxError> {
        let from = backup.as_ref().to_owned();
        let to = match Address::parse(self.address())? {
            Address::File(path) => path,
            #[cfg(feature = "postgres")]
            Address::Server { .. } => {
                return Err(OutboxError::Backup {
                    path: from,
                    what: "cannot be put back: the outbox is in PostgreSQL, which is restored with its own programs; say so afterwards \
                           (`Outbox::restored`)"
                        .to_owned(),
                });
            }
        };
        let (source, now) = (from.clone(), self.now());
        let put = beside(move || sqlite::put_back(&source, &to, now)).await?;
        let outbox = self.open().await?;
        let in_doubt = outbox.restored(operator, hold).await?;
        Ok(PutBack {
            outbox,
            backup: Backup::of(&from, put.copied),
            replaced: put.replaced,
            in_doubt,
        })
    }
}
