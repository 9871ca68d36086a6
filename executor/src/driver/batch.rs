//! Wakers collected under a lock, to be woken when it is let go.

use std::collections::VecDeque;
use std::task::Waker;

use wane_channel::base::sync::unwind::catch;

use crate::cell::drop_quietly;

/// How many wakers are collected before the lock is let go to wake them.
const FULL: usize = 32;

/// Wakers in the order in which they are to be woken.
///
/// A waker is user code and may panic. The panic hook has reported it, and it ends here: the thread
/// that happens to be in the driver has nothing to do with it, and what the driver has taken from the
/// system must reach the others.
#[derive(Debug)]
pub(crate) struct Batch {
    wakers: VecDeque<Waker>,
}

impl Batch {
    /// Nobody yet.
    pub(crate) fn new() -> Self {
        Self {
            wakers: VecDeque::new(),
        }
    }

    /// Adds one. A single source may overfill the batch; the room is given back afterwards.
    pub(crate) fn push(&mut self, waker: Waker) {
        self.wakers.push_back(waker);
    }

    /// True when it is time to let go of the lock and call [`Batch::wake_all`].
    pub(crate) fn is_full(&self) -> bool {
        self.len() >= FULL
    }

    /// How many are to be woken.
    pub(crate) fn len(&self) -> usize {
        self.wakers.len()
    }

    /// Wakes everybody. User code runs in here: call it with no lock held.
    pub(crate) fn wake_all(&mut self) {
        while let Some(waker) = self.wakers.pop_front() {
            drop_quietly(catch(|| waker.wake()));
        }
        self.wakers.shrink_to(FULL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;
    use wane_channel::base::sync::Arc;

    struct Count(AtomicUsize);
    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("a waker that panics");
        }
    }

    #[test]
    fn a_panicking_waker_does_not_keep_the_others_asleep() {
        let count = Arc::new(Count(AtomicUsize::new(0)));
        let mut batch = Batch::new();
        batch.push(Arc::clone(&count).into());
        batch.push(Arc::new(Panics).into());
        for _ in 0..100 {
            batch.push(Arc::clone(&count).into());
        }
        assert!(batch.is_full());
        batch.wake_all();
        assert_eq!(count.0.load(Ordering::Relaxed), 101);
        assert!(batch.wakers.capacity() <= 2 * FULL);
    }
}
