//! A lock for steps of a few dozen instructions: taken by one read-modify-write, let go by a plain
//! store, with a byte beside it that may be read without it.
//!
//! | `held`  | meaning                           |
//! |---------|-----------------------------------|
//! | `false` | whoever sets it owns the data     |
//! | `true`  | somebody owns the data            |
//!
//! - L1. Who has turned `held` from false to true owns the data until he stores false.
//!
//! Who finds it held looks again a few times, then gives the processor away, and then naps: who
//! holds it may have been preempted, and must get to run even beside threads of higher priority.
//! Nobody is woken, so that letting go need not look for sleepers. For longer steps a lock that
//! parks is the better one.
//!
//! The lock lies in one cache line with the data that follows it, if that is small enough: what two
//! cores hand to each other is then that line.
//!
//! # Happens-before
//!
//! - drop of a [`LockGuard`] (Release) → [`Lock::lock`] (Acquire): the next owner sees what the last
//!   one did.
#![expect(unsafe_code, reason = "a lock gives out references to what it guards")]

use std::fmt;
use std::ops::{Deref, DerefMut};

use super::pause::Pauses;
use crate::base::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use crate::base::sync::cell::UnsafeCell;

/// A value that one thread at a time may reach, and a hint that all may.
#[repr(C)]
pub struct Lock<T> {
    held: AtomicBool,
    hint: AtomicU8,
    data: UnsafeCell<T>,
}

// SAFETY: the lock gives `&mut T` to one thread after the other, which is to send `T`.
unsafe impl<T: Send> Sync for Lock<T> {}

impl<T> Lock<T> {
    /// Wraps a value, with a hint of 0.
    pub fn new(value: T) -> Self {
        Self {
            held: AtomicBool::new(false),
            hint: AtomicU8::new(0),
            data: UnsafeCell::new(value),
        }
    }

    /// Locks; a panic elsewhere does not poison.
    #[inline]
    pub fn lock(&self) -> LockGuard<'_, T> {
        if !self.try_acquire() {
            self.wait();
        }
        LockGuard { lock: self }
    }

    /// The byte beside the lock. It says nothing about the data that is sure.
    #[inline]
    pub fn hint(&self) -> u8 {
        // ORDERING: a hint may be stale.
        self.hint.load(Ordering::Relaxed)
    }

    /// Writes the byte beside the lock.
    #[inline]
    pub fn set_hint(&self, hint: u8) {
        // ORDERING: a hint publishes nothing.
        self.hint.store(hint, Ordering::Relaxed);
    }

    #[inline]
    fn try_acquire(&self) -> bool {
        // ORDERING: Acquire pairs with the Release of the last owner's guard. Who fails has seen
        // nothing.
        self.held
            .compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed)
            .is_ok()
    }

    /// Returns as the owner.
    #[cold]
    fn wait(&self) {
        let mut pauses = Pauses::default();
        loop {
            pauses.pause();
            // ORDERING: Relaxed, a look before the exchange that counts.
            if !self.held.load(Ordering::Relaxed) && self.try_acquire() {
                return;
            }
        }
    }
}

impl<T> fmt::Debug for Lock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lock").finish_non_exhaustive()
    }
}

/// What [`Lock::lock`] returns: the lock is let go with it.
pub struct LockGuard<'a, T> {
    lock: &'a Lock<T>,
}

impl<T> Deref for LockGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        self.lock.data.with(|data| {
            // SAFETY: L1: this thread is the owner until the guard goes.
            unsafe { &*data }
        })
    }
}

impl<T> DerefMut for LockGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        self.lock.data.with_mut(|data| {
            // SAFETY: L1: this thread is the owner until the guard goes, and the guard is borrowed.
            unsafe { &mut *data }
        })
    }
}

impl<T> Drop for LockGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        // ORDERING: Release pairs with the Acquire of the next owner.
        self.lock.held.store(false, Ordering::Release);
    }
}

impl<T> fmt::Debug for LockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LockGuard").finish_non_exhaustive()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::thread;
    use std::time::Duration;

    #[test]
    fn no_increment_is_lost() {
        let lock = Lock::new(0u64);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..50_000).for_each(|_| *lock.lock() += 1));
            }
        });
        assert_eq!(*lock.lock(), 200_000);
    }

    #[test]
    fn a_lock_that_is_held_for_long_is_waited_for() {
        let lock = Lock::new(false);
        let guard = lock.lock();
        thread::scope(|scope| {
            let waiter = scope.spawn(|| *lock.lock());
            // Long enough for its first naps, whichever way the threads are scheduled.
            thread::sleep(Duration::from_millis(5));
            let mut guard = guard;
            *guard = true;
            drop(guard);
            assert!(waiter.join().expect("the waiter gets the lock"));
        });
    }
}
