//! Reading bodies under a limit for each, a limit for all and a limit of time.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum_core::body::Body;
use bytes::Bytes;
use futures_util::StreamExt;

/// How many bytes of bodies may be held at once, over all requests.
#[derive(Debug)]
pub(super) struct Budget {
    limit: usize,
    held: AtomicUsize,
    most: AtomicUsize,
}

/// A part of the budget, given back when dropped.
#[derive(Debug)]
pub(super) struct Share {
    budget: Arc<Budget>,
    bytes: usize,
}

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotRead {
    /// It is longer than one body may be.
    TooLong,
    /// All bodies together are.
    NoRoom,
    /// The connection broke, or did not keep to HTTP.
    Broken,
}

impl Budget {
    pub(super) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self {
            limit,
            held: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        })
    }

    pub(super) fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    pub(super) fn most(&self) -> usize {
        self.most.load(Ordering::Relaxed)
    }
}

impl Share {
    pub(super) fn none(budget: &Arc<Budget>) -> Self {
        Self {
            budget: budget.clone(),
            bytes: 0,
        }
    }

    fn grow(&mut self, by: usize) -> Result<(), NotRead> {
        let room = |held: usize| held.checked_add(by).filter(|held| *held <= self.budget.limit);
        let before = self
            .budget
            .held
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, room)
            .map_err(|_| NotRead::NoRoom)?;
        self.bytes += by;
        self.budget.most.fetch_max(before + by, Ordering::Relaxed);
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Reads a body of at most `limit` bytes, whatever length was claimed for it, and charges `share` for the memory that it
/// takes. It never waits for room: whoever sends slowly would hold up all others.
pub(super) async fn read(body: Body, limit: usize, share: &mut Share) -> Result<Bytes, NotRead> {
    let mut frames = pin!(body.into_data_stream());
    let mut first = Bytes::new();
    let mut rest = Vec::new();
    while let Some(frame) = frames.next().await {
        let frame = frame.map_err(|_| NotRead::Broken)?;
        let length = first.len().max(rest.len()) + frame.len();
        if length > limit {
            return Err(NotRead::TooLong);
        }
        // Nearly every delivery comes in one frame, which then need not be copied.
        if first.is_empty() {
            share.grow(frame.len())?;
            first = frame;
            continue;
        }
        if length > rest.capacity() {
            let capacity = (2 * length).min(limit);
            share.grow(capacity - rest.capacity())?;
            rest.reserve_exact(capacity - rest.len());
            if rest.is_empty() {
                rest.extend_from_slice(&first);
            }
        }
        rest.extend_from_slice(&frame);
    }
    Ok(if rest.is_empty() { first } else { rest.into() })
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    fn body(frames: &[usize]) -> Body {
        let frames: Vec<_> = frames
            .iter()
            .map(|length| Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; *length])))
            .collect();
        Body::from_stream(stream::iter(frames))
    }

    #[tokio::test]
    async fn frames_are_joined_up_to_the_limit_and_no_further() {
        let budget = Budget::new(1_000);
        for (frames, read_as) in [
            (&[][..], Ok(0)),
            (&[100], Ok(100)),
            (&[101], Err(NotRead::TooLong)),
            (&[1, 0, 98, 1], Ok(100)),
            (&[40, 40, 20], Ok(100)),
            (&[40, 40, 20, 1], Err(NotRead::TooLong)),
        ] {
            let mut share = Share::none(&budget);
            let read = read(body(frames), 100, &mut share).await.map(|bytes| bytes.len());
            assert_eq!(read, read_as, "{frames:?}");
        }
        assert_eq!(budget.held(), 0);
    }

    #[tokio::test]
    async fn all_bodies_together_have_a_limit_too() {
        let budget = Budget::new(100);
        let (mut one, mut two) = (Share::none(&budget), Share::none(&budget));
        assert_eq!(read(body(&[60]), 80, &mut one).await.map(|bytes| bytes.len()), Ok(60));
        assert_eq!(read(body(&[60]), 80, &mut two).await, Err(NotRead::NoRoom));
        assert_eq!(read(body(&[20, 21]), 80, &mut two).await, Err(NotRead::NoRoom));
        drop(one);
        assert_eq!(
            read(body(&[30, 10]), 40, &mut Share::none(&budget))
                .await
                .map(|bytes| bytes.len()),
            Ok(40)
        );
        drop(two);
        assert_eq!((budget.held(), budget.most()), (0, 90));
    }
}
