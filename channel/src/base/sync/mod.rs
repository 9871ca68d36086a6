//! The one door to atomics, locks, cells and threads: the standard ones, or loom's under
//! `--cfg loom`. Both bodies have the same names and parking_lot's manners (no poisoning).
//!
//! Rules for modelled code, each from a limit of loom 0.7:
//!
//! - A transition of a state word goes through [`Transition::transition`]: loom forgets other
//!   threads' loads when a thread loads a word just before it writes it, so that under loom the
//!   first look is a read-modify-write.
//! - No `SeqCst` loads or stores (loom weakens them); a `SeqCst` fence is right.
//! - No `try_lock`, no spin loops, no untracked memory that two threads race for.

#[cfg(loom)]
mod model;
#[cfg(not(loom))]
mod native;

#[cfg(loom)]
pub use model::*;
#[cfg(not(loom))]
pub use native::*;

pub use std::sync::{Arc, Weak};

use atomic::Ordering;

/// One step of a state word, retried until it lands on the value it was decided for.
pub trait Transition {
    /// The plain integer in the word.
    type Word: Copy;

    /// Replaces the word by what `decide` makes of it, or leaves it where `decide` says `None`.
    ///
    /// Returns the word before the step: `Ok` where it was replaced, `Err` where it was left.
    /// `order` is the ordering of the successful exchange; a refusal was read with Acquire.
    ///
    /// # Errors
    ///
    /// The word that `decide` refused.
    fn transition(
        &self,
        order: Ordering,
        decide: impl FnMut(Self::Word) -> Option<Self::Word>,
    ) -> Result<Self::Word, Self::Word>;

    /// Replaces a word that others may look at and, until then, refuse to change.
    fn overwrite(&self, order: Ordering, word: Self::Word);
}

#[cfg(not(loom))]
macro_rules! first_look {
    ($word:expr) => {
        // ORDERING: Acquire, so that a refusal decided on this look has seen what was published.
        $word.load(Ordering::Acquire)
    };
}
#[cfg(loom)]
macro_rules! first_look {
    ($word:expr) => {
        // ORDERING: as in the native body; a read-modify-write, since loom is blind to the
        // stale results of a plain load here.
        $word.fetch_or(0, Ordering::Acquire)
    };
}

#[cfg(not(loom))]
macro_rules! plain_store {
    ($word:expr, $value:expr, $order:expr) => {
        $word.store($value, $order)
    };
}
#[cfg(loom)]
macro_rules! plain_store {
    ($word:expr, $value:expr, $order:expr) => {{
        // A first look writes here, and loom lets such a write undo a store beside it.
        $word.swap($value, $order);
    }};
}

macro_rules! transition_for {
    ($atomic:ty, $word:ty) => {
        impl Transition for $atomic {
            type Word = $word;

            #[inline]
            fn transition(
                &self,
                order: Ordering,
                mut decide: impl FnMut($word) -> Option<$word>,
            ) -> Result<$word, $word> {
                let mut seen = first_look!(self);
                loop {
                    let Some(next) = decide(seen) else {
                        return Err(seen);
                    };
                    // ORDERING: the caller's on success; Acquire on failure, as for a refusal.
                    match self.compare_exchange_weak(seen, next, order, Ordering::Acquire) {
                        Ok(before) => return Ok(before),
                        Err(changed) => seen = changed,
                    }
                }
            }

            #[inline]
            fn overwrite(&self, order: Ordering, word: $word) {
                plain_store!(self, word, order);
            }
        }
    };
}

transition_for!(atomic::AtomicU64, u64);
transition_for!(atomic::AtomicU32, u32);
transition_for!(atomic::AtomicUsize, usize);
