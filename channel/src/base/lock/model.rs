//! The model's body: a mutex, so that a step is one step.

use std::sync::atomic::{AtomicU8, Ordering};

use crate::base::sync::{Mutex, MutexGuard};

/// loom's mutex, and a byte that may be read without it.
#[derive(Debug)]
pub struct Lock<T> {
    /// Not loom's: nothing may depend on how fresh it is, and loom's would multiply the models by
    /// twenty. The last value is always among those that a thread may read.
    hint: AtomicU8,
    data: Mutex<T>,
}

/// What [`Lock::lock`] returns.
pub type LockGuard<'a, T> = MutexGuard<'a, T>;

impl<T> Lock<T> {
    /// Wraps a value, with a hint of 0.
    pub fn new(value: T) -> Self {
        Self {
            hint: AtomicU8::new(0),
            data: Mutex::new(value),
        }
    }

    /// Locks; a panic elsewhere does not poison.
    pub fn lock(&self) -> LockGuard<'_, T> {
        self.data.lock()
    }

    /// The byte beside the lock.
    pub fn hint(&self) -> u8 {
        self.hint.load(Ordering::Relaxed)
    }

    /// Writes the byte beside the lock.
    pub fn set_hint(&self, hint: u8) {
        self.hint.store(hint, Ordering::Relaxed);
    }
}
