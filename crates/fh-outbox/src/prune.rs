//! Pruning, which exports first.

use std::{
    fs::{File, OpenOptions},
    io::Write,
    path::Path,
    time::Duration,
};

use fiscal_harmony::auth::open_private;

use crate::{
    error::OutboxError,
    outbox::Outbox,
    store::{
        folder::sync_folder_of,
        prune::{Prune, Ripe},
    },
};

/// How many documents are exported and taken out at once.
const BATCH: i64 = 500;

impl Outbox {
    /// Takes documents that have been settled for longer than `age` out of the store, after writing them with their histories to a new
    /// file at `export` (JSON Lines, for its owner's eyes only). Says how many.
    ///
    /// Their ids stay, with where they stood and their receipts: none of them is ever sent again. What checks of credit notes need
    /// of an invoice goes, so leave the twelve months during which one may be credited \[zimra\]. The newest
    /// document stays.
    ///
    /// It goes in steps of some hundred documents. Dropping the future ends it after one of them: the file holds whatever has left the store,
    /// and may end in the middle of a line about what has not.
    ///
    /// # Errors
    ///
    /// When the file is there already or cannot be written, or the store fails. Nothing leaves the store that is not in the file and
    /// on the disk; what is in the file may still be in the store.
    pub async fn prune(&self, age: Duration, export: impl AsRef<Path>) -> Result<u64, OutboxError> {
        let path = export.as_ref().to_owned();
        let failed = |source| OutboxError::Export {
            path: path.clone(),
            source,
        };
        let age = i64::try_from(age.as_micros()).unwrap_or(i64::MAX);
        let before = self.now().saturating_sub(age);
        let mut file = Some(blocking(path.clone(), |path| create(&path)).await.map_err(failed)?);
        let (mut pruned, mut after_seq) = (0, 0);
        loop {
            let ripe = Ripe {
                before,
                after_seq,
                limit: BATCH,
            };
            let batch = self.store.read(ripe).await?;
            let Some(last) = batch.last() else { return Ok(pruned) };
            after_seq = last.seq;
            let seqs = batch.iter().map(|exported| exported.seq).collect();
            let open = file.take();
            file = blocking(batch, move |batch| {
                let mut open = open;
                if let Some(file) = &mut open {
                    let text: String = batch.into_iter().map(|exported| exported.line + "\n").collect();
                    file.write_all(text.as_bytes())?;
                    file.sync_all()?;
                }
                Ok(open)
            })
            .await
            .map_err(failed)?;
            pruned += self.write(Prune { seqs }).await?;
        }
    }
}

/// Waits for the disk without keeping others from working.
async fn blocking<A: Send + 'static, B: Send + 'static>(
    with: A,
    act: impl FnOnce(A) -> std::io::Result<B> + Send + 'static,
) -> std::io::Result<B> {
    let done = tokio::task::spawn_blocking(move || act(with)).await;
    done.unwrap_or_else(|error| Err(std::io::Error::other(error)))
}

fn create(path: &Path) -> std::io::Result<File> {
    let file = open_private(OpenOptions::new().write(true).create_new(true), path)?;
    sync_folder_of(path)?;
    Ok(file)
}
