//! One thread's sleep token: the thread parks until somebody gives it the token.
//!
//! | `state`    | meaning                                        | who moves on      |
//! |------------|------------------------------------------------|-------------------|
//! | `EMPTY`    | the thread is awake, no token                  | either side       |
//! | `PARKED`   | the thread sleeps, or is just about to         | an unparker       |
//! | `NOTIFIED` | the token is there: the next park ends at once | the thread alone  |
//!
//! Any number of tokens is one token: an unpark of a `NOTIFIED` parker changes nothing.
//!
//! 1. The thread, under the lock: `EMPTY → PARKED`, then waits on the condition, which lets go of
//!    the lock only once the thread is sure to be woken.
//! 2. An unparker: `→ NOTIFIED`; only if it found `PARKED`, it takes the lock and lets go of it
//!    before it notifies. It cannot have the lock between the thread's move and its wait, so the
//!    notification is never too early; and where the thread was still before its move, the move
//!    finds `NOTIFIED` and does not wait.
//!
//! # Happens-before
//!
//! - [`Unparker::unpark`] (Release) → the [`Parker::park`] that takes the token (Acquire): what the
//!   unparker did before is seen after the park. Also for coalesced unparks: each writes the word,
//!   so each is part of the release sequence that the park reads.
//!
//! Ways not taken: the token inside the lock (every unpark of a running thread would take the
//! lock); a bare `thread::park` (user code on the same thread may eat its token).
#![cfg_attr(
    not(loom),
    expect(unreachable_pub, reason = "loom models reach it through `internals`")
)]

use std::task::{Wake, Waker};

use wane_channel::base::sync::atomic::{AtomicU32, Ordering};
use wane_channel::base::sync::{Arc, Condvar, Mutex};
use wane_channel::base::waits;

const EMPTY: u32 = 0;
const PARKED: u32 = 1;
const NOTIFIED: u32 = 2;

/// The state of a parker, and nothing else.
#[derive(Debug)]
struct Token(AtomicU32);

/// What the caller of [`Token::give`] has to do.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
enum Given {
    /// The thread sleeps or is about to: notify it.
    Wake,
    /// Nothing: the thread meets the token at its next park.
    Nothing,
}

impl Token {
    /// `notified → empty`; whether there was a token.
    fn take(&self) -> bool {
        // ORDERING: Acquire pairs with the Release of `give`: what the unparker did before is seen
        // by the thread after its park. A failure publishes and reads nothing.
        self.0
            .compare_exchange(NOTIFIED, EMPTY, Ordering::Acquire, Ordering::Relaxed)
            .is_ok()
    }

    /// `empty → parked`; `false` where the token came first.
    fn announce_sleep(&self) -> bool {
        // ORDERING: Relaxed: the move publishes nothing, and `give` decides by the word alone;
        // the lock orders what follows. On failure `take` comes next and acquires.
        self.0
            .compare_exchange(EMPTY, PARKED, Ordering::Relaxed, Ordering::Relaxed)
            .is_ok()
    }

    /// `→ notified` from any state.
    fn give(&self) -> Given {
        // ORDERING: Release pairs with the Acquire of `take`. It is a write also where
        // the token is there already, so that the thread sees what the later unparker did too.
        match self.0.swap(NOTIFIED, Ordering::Release) {
            PARKED => Given::Wake,
            _ => Given::Nothing,
        }
    }
}

#[derive(Debug)]
struct Inner {
    token: Token,
    /// Guards no data: it makes the move to `PARKED` and the wait one step for unparkers.
    sleep: Mutex<()>,
    woken: Condvar,
}

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
        let inner = Inner {
            token: Token(AtomicU32::new(EMPTY)),
            sleep: Mutex::new(()),
            woken: Condvar::new(),
        };
        Self {
            inner: Arc::new(inner),
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
        let inner = &*self.inner;
        if inner.token.take() {
            return;
        }
        let _announced = waits::announce();
        let mut sleep = inner.sleep.lock();
        if inner.token.announce_sleep() {
            inner.woken.wait(&mut sleep);
        }
        // A condition may end a wait for no reason: only the token ends the park.
        while !inner.token.take() {
            inner.woken.wait(&mut sleep);
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
        match self.token.give() {
            Given::Nothing => {}
            Given::Wake => {
                // Empty on purpose: the thread has let go of the lock only once it waits.
                drop(self.sleep.lock());
                self.woken.notify_one();
            }
        }
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
        assert!(!parker.inner.token.take(), "two tokens are one");
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
