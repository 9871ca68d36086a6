//! Wakers collected under a lock, to be woken when it is let go.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::task::Waker;

/// How many wakers are collected before the lock is let go to wake them.
const FULL: usize = 32;

/// Wakers in the order in which they are to be woken.
///
/// A waker is user code and may panic. The panic is kept until everything has been handed out,
/// since what the driver has taken from the system would be lost with it.
#[derive(Debug)]
pub(crate) struct Batch {
    wakers: VecDeque<Waker>,
    panic: Option<Box<dyn Any + Send>>,
}

impl Batch {
    /// Nobody yet.
    pub(crate) fn new() -> Self {
        Self {
            wakers: VecDeque::new(),
            panic: None,
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
            // The waker is gone afterwards, whatever state it was in.
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| waker.wake())) {
                self.panic.get_or_insert(panic);
            }
        }
        self.wakers.shrink_to(FULL);
    }

    /// Goes on with the first panic of a waker, if there was one. The last thing to call.
    pub(crate) fn resume_panic(&mut self) {
        if let Some(panic) = self.panic.take() {
            resume_unwind(panic);
        }
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
        assert!(catch_unwind(AssertUnwindSafe(|| batch.resume_panic())).is_err());
    }
}
