//! Where a thread sleeps until a partner is done with it: a parcel and a flag under a lock of
//! their own.
//!
//! A thread cannot be cancelled while it sleeps, so its partner does its work: a sender's message
//! waits here to be taken, a receiver's is left here. The thread then looks into its booth and,
//! where that tells all, needs the channel's lock no more.
//!
//! The booth's lock may be taken under the channel's, never the other way round.
//!
//! `std::thread::park` would do the same for less, but its token is shared with all other code of
//! the thread, and the model checker cannot follow it beside a lock. A sleep costs a system call
//! either way.
//!
//! # Happens-before
//!
//! - [`Booth::wake`], or [`Booth::hand`] before it → [`Booth::wait`] returns: the thread sees all
//!   that its partner did.

use std::time::Instant;

use crate::base::sync::{Condvar, Mutex, thread, wait_impatiently};
use crate::base::waits;

/// How often a thread that must wait looks again before it sleeps.
///
/// The partner of a channel is often one time slice away, and a yield is cheaper than a sleep.
#[cfg(not(loom))]
const YIELDS_BEFORE_SLEEP: u32 = 20;
/// The model has no use for a second way of waiting: it would only multiply the interleavings.
#[cfg(loom)]
const YIELDS_BEFORE_SLEEP: u32 = 0;

#[derive(Debug)]
struct Inside<T> {
    woken: bool,
    parcel: Option<T>,
}

/// One sleep of one thread.
#[derive(Debug)]
pub(crate) struct Booth<T> {
    inside: Mutex<Inside<T>>,
    changed: Condvar,
}

impl<T> Booth<T> {
    /// A booth for a sleep, with a sender's message in it or empty for a receiver's.
    pub(crate) fn new(parcel: Option<T>) -> Self {
        Self {
            inside: Mutex::new(Inside {
                woken: false,
                parcel,
            }),
            changed: Condvar::new(),
        }
    }

    /// Leaves a message for the thread and ends its sleep; a [`Booth::wake`] has to follow.
    pub(crate) fn hand(&self, message: T) {
        let mut inside = self.inside.lock();
        inside.parcel = Some(message);
        inside.woken = true;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.inside.lock().parcel.is_none()
    }

    /// Takes out what is there.
    pub(crate) fn take(&self) -> Option<T> {
        self.inside.lock().parcel.take()
    }

    /// Ends the sleep, now or before it begins.
    pub(crate) fn wake(&self) {
        self.inside.lock().woken = true;
        self.changed.notify_one();
    }

    /// Sleeps until [`Booth::wake`], or until the deadline if there is one.
    pub(crate) fn wait(&self, deadline: Option<Instant>) {
        if self.is_woken_while_yielding() {
            return;
        }
        let _announced = waits::announce();
        let mut inside = self.inside.lock();
        while !inside.woken {
            match deadline {
                None => self.changed.wait(&mut inside),
                Some(deadline) => {
                    if wait_impatiently(&self.changed, &mut inside, deadline) {
                        return;
                    }
                }
            }
        }
    }

    fn is_woken_while_yielding(&self) -> bool {
        (0..YIELDS_BEFORE_SLEEP).any(|_| {
            thread::yield_now();
            self.inside.lock().woken
        })
    }
}
