//! Whether this machine may send, by what the store says and what was marked outside of it; and what a restore is.

use super::{guard::MaySend, handle::Outbox};
use crate::{
    error::OutboxError,
    failpoint::{self, Moment},
    mark::{Found, Keeper, Mark, fresh},
    policy::OnUnknown,
    store::{
        node::{Join, Known, Look, Marked, NoteOrigin, Origin, is_another_origin},
        restoring::{Restore, Why, is_behind},
        sending::Job,
    },
};

impl Outbox {
    /// Whether this machine sends what is in the outbox, as far as this process has looked: when it opened the outbox, and since then
    /// whenever it works.
    #[must_use]
    pub fn may_send(&self) -> MaySend {
        self.guard.may_send()
    }

    /// Says that the outbox was restored from a backup, where nobody could notice: everything that it cannot know is in doubt since.
    ///
    /// What is to be sent goes as a retry, or waits for a person with `hold`; what the service has taken is asked about; what was rejected or
    /// skipped may have been sent since, and waits for a person. Documents that are handed in from now on and dated before go as
    /// retries too. Answers how many documents are in doubt.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn restored(&self, operator: &str, hold: bool) -> Result<usize, OutboxError> {
        let mark = self.found().await?.mark;
        let on_restored = self.or_hold(hold);
        let who = format!("operator {operator}");
        let restored = self.restore(Why::Told, mark, on_restored, &who, true).await?;
        Ok(restored.unwrap_or_default())
    }

    /// Makes this machine the one that sends from the outbox, on the word of somebody who knows that no other does. Everything is in doubt
    /// that the outbox cannot know, as after [a restore](Self::restored). Answers how many documents are.
    ///
    /// # Errors
    ///
    /// [`OutboxError::NothingToTakeOver`] when this machine sends already; when the store fails.
    pub async fn take_over(&self, operator: &str, hold: bool) -> Result<usize, OutboxError> {
        if self.look_at_marks(true).await? == MaySend::Yes {
            return Err(OutboxError::NothingToTakeOver);
        }
        let mark = self.found().await?.mark;
        let on_restored = self.or_hold(hold);
        let who = format!("operator {operator}");
        let restored = self.restore(Why::TakenOver, mark, on_restored, &who, true).await?;
        self.look_at_marks(true).await?;
        Ok(restored.unwrap_or_default())
    }

    fn or_hold(&self, hold: bool) -> OnUnknown {
        if hold { OnUnknown::Hold } else { self.policy.on_restored }
    }

    async fn found(&self) -> Result<Found, OutboxError> {
        self.guard.with_keeper(Keeper::find).await
    }

    async fn known(&self) -> Result<Known, OutboxError> {
        let machine = self.guard.machine.clone();
        self.store.read(Look { machine }).await
    }

    /// Holds the store against its marks. `works` is said by who is about to send.
    pub(crate) async fn look_at_marks(&self, works: bool) -> Result<MaySend, OutboxError> {
        let mut known = self.known().await?;
        if let (Some(store), None, false) = (&known.store, known.node, known.is_anothers) {
            // What was marked of it before is looked at first: once the machine has its place again, that it had none is not seen any more.
            self.guard.is_of(store.clone());
            if let Some(mark) = self.found().await?.mark {
                self.restore(Why::Behind, Some(mark), self.policy.on_restored, "outbox", false)
                    .await?;
                known = self.known().await?;
            }
        }
        // A server is looked at from many machines, and most of them never send.
        let joins = (works || self.store.is_of_one_machine()) && known.node.is_none() && !known.is_anothers;
        if known.store.is_none() || joins {
            let join = Join {
                machine: self.guard.machine.clone(),
                identity: fresh(),
                joins,
            };
            known = self.store.write(join).await?;
        }
        let Some(store) = known.store.clone() else {
            return Ok(MaySend::Yes);
        };
        self.guard.is_of(store);
        let may_send = self.held_against_marks(known, works).await?;
        self.guard.set(may_send);
        Ok(may_send)
    }

    async fn held_against_marks(&self, known: Known, works: bool) -> Result<MaySend, OutboxError> {
        let known_origin = known.origin.clone();
        let Some(node) = known.node.filter(|node| node.sends) else {
            let is_anothers = known.is_anothers || known.node.is_some();
            return Ok(if is_anothers {
                MaySend::OtherMachine
            } else {
                MaySend::Yes
            });
        };
        // The store is never behind a mark that was read before it, so what seems to be is looked at again in the transaction.
        let found = self.found().await?;
        let why = match found.mark {
            Some(mark) if is_behind(node.mark, mark) => Some(Why::Behind),
            None if found.another && !node.is_marked => Some(Why::Replaced),
            _ => None,
        };
        if let Some(why) = why {
            self.restore(why, found.mark, self.policy.on_restored, "outbox", false)
                .await?;
            if works && !self.store.is_of_one_machine() {
                // The server may be another one too; once is enough.
                if let Ok(origin) = self.store.read(Origin).await {
                    self.store.write(NoteOrigin(origin)).await?;
                }
            }
            return Ok(MaySend::Yes);
        }
        if found.mark.is_none() && node.is_marked && (works || !found.is_unreadable) {
            return Ok(MaySend::NoMark);
        }
        if works && !self.store.is_of_one_machine() {
            self.held_against_its_server(known_origin, found.mark).await?;
        }
        // A mark that says where the store is now tells one that was moved from one that was lost.
        if (works && !node.is_marked) || found.is_moved {
            self.mark(node.mark).await?;
        }
        Ok(MaySend::Yes)
    }

    /// A server that was promoted or put back may have forgotten what it had committed. What may not be asked is not held against anything.
    async fn held_against_its_server(&self, known: Option<String>, mark: Option<Mark>) -> Result<(), OutboxError> {
        let origin = match self.store.read(Origin).await {
            Ok(origin) => origin,
            Err(error) => {
                tracing::debug!(%error, "the server does not say which it is");
                return Ok(());
            }
        };
        match known {
            Some(known) if is_another_origin(&known, &origin) => {
                let work = Restore {
                    machine: self.guard.machine.clone(),
                    mark,
                    is_certain: true,
                    why: Why::AnotherServer,
                    on_restored: self.policy.on_restored,
                    origin: Some(origin),
                    by: self.by("outbox"),
                };
                self.put_in_doubt(work).await.map(|_| ())
            }
            Some(known) if known == origin => Ok(()),
            _ => self.store.write(NoteOrigin(origin)).await,
        }
    }

    /// Makes a mark, and keeps in the store that there is one. What cannot be written is found out by the next sending.
    async fn mark(&self, mark: Mark) -> Result<(), OutboxError> {
        let written = self.guard.with_keeper(move |keeper, store| {
            keeper.forget();
            keeper.has_a_place() && keeper.advance(store, mark).is_ok()
        });
        if written.await? {
            let machine = self.guard.machine.clone();
            self.store.write(Marked { machine }).await?;
        }
        Ok(())
    }

    /// Puts everything in doubt that the store cannot know. None when that was done before.
    async fn restore(
        &self,
        why: Why,
        mark: Option<Mark>,
        on_restored: OnUnknown,
        who: &str,
        is_certain: bool,
    ) -> Result<Option<usize>, OutboxError> {
        let work = Restore {
            machine: self.guard.machine.clone(),
            mark,
            is_certain,
            why,
            on_restored,
            origin: None,
            by: self.by(who),
        };
        self.put_in_doubt(work).await
    }

    async fn put_in_doubt(&self, work: Restore) -> Result<Option<usize>, OutboxError> {
        let why = work.why;
        let Some(restored) = self.write(work).await? else {
            return Ok(None);
        };
        tracing::warn!(
            place = self.place(),
            why = why.words(),
            documents = restored.documents,
            "the outbox was restored"
        );
        self.mark(restored.mark).await?;
        Ok(Some(restored.documents))
    }

    /// Marks a sending outside of the store, before the first byte of it leaves. What is answered otherwise is why nothing may be sent.
    pub(crate) async fn mark_sending(&self, job: &Job) -> Result<(), String> {
        let mark = job.mark;
        failpoint::hit("mark", Moment::BeforeWrite).map_err(|error| error.to_string())?;
        let marked = self
            .guard
            .with_keeper(move |keeper, store| {
                if keeper.has_a_place() {
                    keeper.advance(store, mark)
                } else {
                    Ok(None)
                }
            })
            .await;
        let ahead = match marked {
            Ok(Ok(None)) => {
                let _ = failpoint::hit("mark", Moment::AfterCommit);
                return Ok(());
            }
            Ok(Ok(Some(ahead))) => ahead,
            Ok(Err(error)) => {
                return Err(format!(
                    "it could not be marked outside of the outbox that it is sent, so nothing was sent: {error}"
                ));
            }
            Err(error) => return Err(error.to_string()),
        };
        let node = self.known().await.map_err(|error| error.to_string())?.node;
        let is_copy = ahead.number == mark.number;
        let is_ours = node.is_some_and(|node| !is_behind(node.mark, ahead) && mark.number > node.floor);
        if is_ours && !is_copy {
            // Another process on the same store has marked beyond it.
            return Ok(());
        }
        let restored = self.restore(Why::Behind, Some(ahead), self.policy.on_restored, "outbox", is_copy);
        restored.await.map_err(|error| error.to_string())?;
        Err("the outbox turned out to be a copy of one that is worked on, or was restored; nothing was sent".to_owned())
    }
}
