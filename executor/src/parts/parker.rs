//! A [`Sleep`] with two sides: the thread parks until somebody gives it the token, or wakes it by a waker.

#![cfg_attr(
    not(loom),
    expect(unreachable_pub, reason = "loom models reach it through `internals`")
)]

use std::task::{Wake, Waker};

use wane_channel::base::sync::Arc;
use wane_channel::base::waits;

use super::sleep::Sleep;

#[derive(Debug)]
struct Inner(Sleep);

/// The thread's side of a sleep token. Exactly one thread parks on it.
#[derive(Debug)]
pub struct Parker {
    inner: Arc<Inner>,
}

/// The other side: gives the token from any thread, any number of times.
#[derive(Debug, Clone)]
pub struct Unparker {
    inner: Arc<Inner>,
}

impl Default for Parker {
    fn default() -> Self {
        Self::new()
    }
}

impl Parker {
    /// A parker without a token.
    #[must_use]
    pub fn new() -> Self {
        Self {
            inner: Arc::new(Inner(Sleep::new())),
        }
    }

    /// Something that wakes this parker.
    #[must_use]
    pub fn unparker(&self) -> Unparker {
        Unparker {
            inner: Arc::clone(&self.inner),
        }
    }

    /// Takes the token, asleep until it is there.
    pub fn park(&mut self) {
        let Inner(sleep) = &*self.inner;
        if !sleep.take_token() {
            let _announced = waits::announce();
            sleep.park();
        }
    }
}

impl Unparker {
    /// Gives the token. Tokens that nobody has taken yet are one.
    pub fn unpark(&self) {
        self.inner.unpark();
    }

    /// A waker that gives the token.
    #[must_use]
    pub fn into_waker(self) -> Waker {
        Waker::from(self.inner)
    }
}

impl Inner {
    fn unpark(&self) {
        self.0
            .unpark(|| unreachable!("a parker never sleeps in a driver"));
    }
}

impl Wake for Inner {
    fn wake(self: Arc<Self>) {
        self.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.unpark();
    }
}

#[cfg(all(test, not(loom)))]
mod tests {

    use wane_channel::base::sync::thread;

    use super::*;

    #[test]
    fn a_token_given_before_ends_the_next_park_and_no_other() {
        let mut parker = Parker::new();
        let unparker = parker.unparker();
        unparker.unpark();
        unparker.unpark();
        parker.park();
        assert!(!parker.inner.0.take_token(), "two tokens are one");
    }

    #[test]
    fn tokens_reach_a_thread_that_parks_again_and_again() {
        const ROUNDS: usize = 10_000;
        let (mut ours, mut theirs) = (Parker::new(), Parker::new());
        let (to_us, to_them) = (ours.unparker(), theirs.unparker());
        let other = thread::Builder::new().spawn(move || {
            for _ in 0..ROUNDS {
                theirs.park();
                to_us.unpark();
            }
        });
        for _ in 0..ROUNDS {
            to_them.unpark();
            ours.park();
        }
        other
            .expect("a thread for the test")
            .join()
            .expect("no panic");
    }
}
