//! The state word of a task: every bit, every move between them, and nothing else.
//!
//! The word is `{ id: 56 bits, flags: 8 bits }`. The id belongs to the tenant of a slot and is
//! never used twice in a process, so that each move, being one compare-exchange on the whole word,
//! fails once the slot has another tenant. A word without any flag but [`CLOSED`] is *free*; zero is
//! free, so that a page the system has taken back and zeroed is valid.
//!
//! | `LIVE` | `QUEUED` | `RUNNING` | meaning                                                    |
//! |:------:|:--------:|:---------:|------------------------------------------------------------|
//! |   1    |    0     |     0     | asleep: the slot owns the future, nothing happens until a wake |
//! |   1    |    1     |     0     | one [`Runnable`](super::runnable::Runnable) exists and will be run or cancelled |
//! |   1    |    0     |     1     | one thread owns the future: it polls or drops it            |
//! |   1    |    1     |     1     | woken while polled: that thread queues the task again       |
//! |   0    |    0     |     0     | over: future dropped, memory back, outcome (if any) stored  |
//!
//! | flag     | meaning, and when it cannot be set                                               |
//! |----------|----------------------------------------------------------------------------------|
//! | `CLOSED` | abort was asked for; set only while `LIVE`, kept until the next tenant            |
//! | `HANDLE` | the join handle has not let go; set at birth or never                             |
//! | `JOINER` | the joiner cell holds a waker; set only by the handle, only while `LIVE`          |
//! | `JLOCK`  | the handle is inside the joiner cell; never together with `JOINER`               |
//!
//! Invariants, cited as S1, S2, … by the `SAFETY:` comments of this folder:
//!
//! - S1. Whoever sets [`RUNNING`] owns the payload, the link and the vtable cell until it clears it.
//! - S2. `QUEUED` without `RUNNING` stands for exactly one [`Runnable`](super::runnable::Runnable).
//! - S3. Without [`LIVE`] and with [`HANDLE`] the outcome is stored and the handle owns it.
//! - S4. The joiner cell belongs to the handle while [`JLOCK`]; while [`JOINER`] it holds a waker
//!   that belongs to the completer once `LIVE` or [`HANDLE`] is clear. Without both it is empty.
//! - S5. Whoever makes the word free, and only he, gives the slot back.
//! - S6. A task that is not `RUNNING` and not `QUEUED` is not `CLOSED` (unless over): abort queues it.
//! - S7. The link cell holds the scheduler while `LIVE`; the scheduler outlives every `LIVE` task.
//!
//! # Happens-before
//!
//! - `occupy` (Release) → `start` (Acquire), `wake` (Acquire): the cells of the new tenant. A wake
//!   needs it too: a stale waker whose few id bits agree by chance has no other edge to this tenant.
//! - `wake` (Release) → `start` (Acquire): a poll sees all that its waker did before the wake. A wake
//!   of a task that is queued already is a read-modify-write for this reason alone.
//! - `pause` (Release) → `start` (Acquire): a poll sees what the poll before it left.
//! - `complete` (Release) → `lock_joiner`, `release_handle` (Acquire): the outcome; the future is gone.
//! - `unlock_joiner` (Release) → `complete` (Acquire): the joiner's waker.
//! - every move that may make the word free (Release) → the move that does (Acquire) → `occupy`:
//!   the next tenant's writes come after the last accesses of this one.
//!
//! # Rejected ways
//!
//! - *A reference count for wakers* keeps the slot for as long as the slowest waker lives, which is
//!   what this design is there to avoid.
//! - *An aborter that takes `RUNNING` itself* frees a sleeping task at once, but runs user
//!   destructors on the aborter's stack, under its locks and outside the runtime's context.

use std::fmt;

use wane_channel::base::sync::Transition;
use wane_channel::base::sync::atomic::{AtomicU64, Ordering};

/// The future has not been dropped.
const LIVE: u64 = 1;
/// A queue entry exists or, together with [`RUNNING`], is owed.
const QUEUED: u64 = 1 << 1;
/// One thread owns the future.
const RUNNING: u64 = 1 << 2;
/// The task is to be dropped instead of polled.
const CLOSED: u64 = 1 << 3;
/// The join handle still wants the outcome.
const HANDLE: u64 = 1 << 4;
/// The joiner cell holds a waker.
const JOINER: u64 = 1 << 5;
/// The join handle is inside the joiner cell.
const JLOCK: u64 = 1 << 6;

/// Any of these keeps the slot from being free.
const HELD: u64 = LIVE | QUEUED | RUNNING | HANDLE | JOINER | JLOCK;

/// Bits below the id.
const FLAG_BITS: u32 = 8;

/// Bits of an id.
pub(crate) const ID_BITS: u32 = u64::BITS - FLAG_BITS;

/// One value of the state word.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Word(u64);

impl Word {
    fn new(id: u64, flags: u64) -> Self {
        debug_assert!(id < 1 << ID_BITS, "id {id} does not fit");
        Self(id << FLAG_BITS | flags)
    }

    fn id(self) -> u64 {
        self.0 >> FLAG_BITS
    }

    fn has(self, flags: u64) -> bool {
        self.0 & flags == flags
    }

    fn has_any(self, flags: u64) -> bool {
        self.0 & flags != 0
    }

    fn with(self, flags: u64) -> Self {
        Self(self.0 | flags)
    }

    fn without(self, flags: u64) -> Self {
        Self(self.0 & !flags)
    }

    fn is_free(self) -> bool {
        !self.has_any(HELD)
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Word")
            .field("id", &self.id())
            .field("live", &self.has(LIVE))
            .field("queued", &self.has(QUEUED))
            .field("running", &self.has(RUNNING))
            .field("closed", &self.has(CLOSED))
            .field("handle", &self.has(HANDLE))
            .field("joiner", &self.has(JOINER))
            .field("jlock", &self.has(JLOCK))
            .finish()
    }
}

/// How a task stands, as seen from outside.
#[cfg(not(loom))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nothing happens until a wake.
    Asleep,
    /// It waits for a worker.
    Queued,
    /// A thread polls or drops it.
    Running,
    /// It is over, and its join handle has not taken the outcome.
    Over,
}

/// What the caller of [`State::wake`] or [`State::abort`] has to do.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Wake {
    /// Make the task's [`Runnable`](super::runnable::Runnable) and hand it to the scheduler.
    Enqueue,
    /// After the first abort alone: the task is in a poll, which may want to be told.
    Interrupt,
    /// Nothing: another thread will see the wake, or the task is over.
    Nothing,
}

/// What the caller of [`State::start`], now owner of the future, has to do.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Start {
    /// Poll the future of the tenant with this id.
    Poll(u64),
    /// Drop the future; abort was asked for.
    Cancel(u64),
}

/// What the caller of [`State::pause`] has to do.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Pause {
    /// Nothing: the task sleeps.
    Asleep,
    /// Queue the task again; it was woken meanwhile.
    Requeue,
    /// Drop the future, which the caller still owns; abort was asked for meanwhile.
    Cancel,
}

/// What the completer left in the slot for the join handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A value or a failure that somebody has to take.
    Stored,
    /// A zero-sized value: the completion is the message, and the handle is let go with it.
    Silent,
    /// Nothing, since nobody would take it.
    Nothing,
}

/// What the caller of [`State::complete`] has to do.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Complete {
    /// Nothing: the join handle will give the slot back.
    Done,
    /// Give the slot back.
    Recycle,
    /// Take the waker from the joiner cell, call [`State::joiner_taken`], wake it.
    WakeJoiner,
    /// The task is not complete yet: drop the stored outcome, which nobody wants any more, and
    /// complete again with [`Outcome::Nothing`].
    Unwanted,
}

/// Whether the caller has to give the slot back.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Release {
    /// The word is free and the caller made it so.
    Recycle,
    /// Somebody else still holds the slot and will give it back.
    Kept,
}

/// What the join handle found.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum LockJoiner {
    /// The handle owns the joiner cell; `occupied` tells whether a waker is in it.
    Locked { occupied: bool },
    /// The task is over and the handle owns the outcome.
    Finished,
    /// The task is over and said nothing; the slot is not ours any more.
    Gone,
}

/// What the join handle found when it left the joiner cell with a waker in it.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum UnlockJoiner {
    /// The waker will be woken.
    Waiting,
    /// Over meanwhile; the handle still owns cell and outcome.
    Finished,
    /// Over meanwhile and silent; the handle still owns the cell.
    Gone,
}

/// What a join handle that is dropped has to do.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum ReleaseHandle {
    /// Nothing: let go, or nothing was held any more.
    Released,
    /// A waker is in the joiner cell: lock it, take it, leave it empty, and release again.
    HasJoiner,
    /// Drop the outcome, then call [`State::finish_handle`].
    Finished,
}

/// The state word.
pub(crate) struct State(AtomicU64);

impl State {
    /// A free word.
    #[cfg_attr(
        not(any(loom, test)),
        expect(dead_code, reason = "slots are born zeroed")
    )]
    pub(crate) fn free() -> Self {
        Self(AtomicU64::new(0))
    }

    /// `free → queued`, with a new tenant that has a join handle.
    pub(crate) fn occupy(&self, id: u64) {
        // ORDERING: Release publishes the cells to `start` and to wakes. A plain store does: the
        // word is free, and then nobody else writes it.
        self.0
            .overwrite(Ordering::Release, Word::new(id, LIVE | QUEUED | HANDLE).0);
    }

    /// `free → asleep`, else as [`State::occupy`]: nothing happens until a wake or an abort.
    pub(crate) fn occupy_asleep(&self, id: u64) {
        // ORDERING: as for `occupy`.
        self.0
            .overwrite(Ordering::Release, Word::new(id, LIVE | HANDLE).0);
    }

    /// `asleep → queued`, `running → running + queued`; no move from the others. `tag` holds the
    /// low `tag_bits` bits of the id.
    #[inline]
    pub(crate) fn wake(&self, tag: u64, tag_bits: u32) -> Wake {
        let mask = (1 << tag_bits) - 1;
        // ORDERING: Release pairs with `start`, Acquire with `occupy`.
        let moved = self.transition(Ordering::AcqRel, |word| {
            let ours = word.has(LIVE) && !word.has(CLOSED) && word.id() & mask == tag;
            ours.then(|| word.with(QUEUED))
        });
        match moved {
            Ok(before) if !before.has_any(QUEUED | RUNNING) => Wake::Enqueue,
            _ => Wake::Nothing,
        }
    }

    /// Marks the tenant `id` for dropping: `asleep → queued + closed`, else `+ closed`.
    pub(crate) fn abort(&self, id: u64) -> Wake {
        // ORDERING: as for `wake`.
        let moved = self.transition(Ordering::AcqRel, |word| {
            let ours = word.has(LIVE) && !word.has(CLOSED) && word.id() == id;
            let entry = if word.has(RUNNING) { 0 } else { QUEUED };
            ours.then(|| word.with(CLOSED | entry))
        });
        match moved {
            Ok(before) if before.has(RUNNING) => Wake::Interrupt,
            Ok(before) if !before.has(QUEUED) => Wake::Enqueue,
            _ => Wake::Nothing,
        }
    }

    /// `queued → running`. Only the owner of the runnable calls this.
    #[inline]
    pub(crate) fn start(&self) -> Start {
        // One addition moves the bit: QUEUED is set and RUNNING is not, so nothing carries.
        const QUEUED_TO_RUNNING: u64 = RUNNING - QUEUED;
        // ORDERING: Acquire pairs with `occupy`, `wake`, `pause`. Nothing is published here; whoever
        // reads this word next still sees what they did, since a read-modify-write goes on with their
        // release sequences.
        let before = Word(self.0.fetch_add(QUEUED_TO_RUNNING, Ordering::Acquire));
        debug_assert!(
            before.has(LIVE | QUEUED) && !before.has(RUNNING),
            "start from {before:?}"
        );
        if before.has(CLOSED) {
            Start::Cancel(before.id())
        } else {
            Start::Poll(before.id())
        }
    }

    /// `running → asleep`, `running + queued → queued`; stays where abort was asked for.
    #[inline]
    pub(crate) fn pause(&self) -> Pause {
        // ORDERING: Release hands the future to the next `start`; Acquire for the wake or abort
        // that came meanwhile.
        let moved = self.transition(Ordering::AcqRel, |word| {
            debug_assert!(word.has(LIVE | RUNNING), "pause from {word:?}");
            (!word.has(CLOSED)).then(|| word.without(RUNNING))
        });
        match moved {
            Ok(before) if before.has(QUEUED) => Pause::Requeue,
            Ok(_) => Pause::Asleep,
            Err(_) => Pause::Cancel,
        }
    }

    /// Whether the join handle is still there, as far as the owner of the future can know: a handle
    /// that is gone stays gone.
    #[inline]
    pub(crate) fn wants_outcome(&self) -> bool {
        // ORDERING: a hint; `complete` looks again.
        Word(self.0.load(Ordering::Relaxed)).has(HANDLE)
    }

    /// `running → over`. The future has been dropped and `outcome` is what stands in the slot.
    #[inline]
    pub(crate) fn complete(&self, outcome: Outcome) -> Complete {
        // ORDERING: Release publishes the outcome to the handle; Acquire takes the joiner's waker
        // and orders the next tenant behind all earlier holders.
        let moved = self.transition(Ordering::AcqRel, |word| {
            debug_assert!(word.has(LIVE | RUNNING), "complete from {word:?}");
            let over = word.without(LIVE | RUNNING | QUEUED);
            match outcome {
                Outcome::Stored => word.has(HANDLE).then_some(over),
                Outcome::Silent => Some(over.without(HANDLE)),
                Outcome::Nothing => Some(over),
            }
        });
        match moved {
            Err(_) => Complete::Unwanted,
            Ok(before) if before.has(JOINER) => Complete::WakeJoiner,
            Ok(before) => {
                let handle_keeps = before.has(HANDLE) && outcome != Outcome::Silent;
                let kept = handle_keeps || before.has(JLOCK);
                if kept {
                    Complete::Done
                } else {
                    Complete::Recycle
                }
            }
        }
    }

    /// Leaves the joiner cell after [`Complete::WakeJoiner`]; its waker has been taken.
    pub(crate) fn joiner_taken(&self) -> Release {
        self.let_go(JOINER)
    }

    /// Whether the tenant `id` is over: its future dropped and its memory given back.
    pub(crate) fn is_finished(&self, id: u64) -> bool {
        // ORDERING: Acquire pairs with `complete`: who sees this sees the future gone.
        let word = Word(self.0.load(Ordering::Acquire));
        word.id() != id || !word.has(LIVE)
    }

    /// The join handle enters the joiner cell, unless the task is over.
    pub(crate) fn lock_joiner(&self, id: u64) -> LockJoiner {
        // ORDERING: Acquire pairs with `complete`; AcqRel on the move because the handle is the next
        // to write the cell.
        let moved = self.transition(Ordering::AcqRel, |word| {
            debug_assert!(
                !word.has(JLOCK) || word.id() != id,
                "one handle, one lock: {word:?}"
            );
            let live = word.id() == id && word.has(LIVE);
            live.then(|| word.without(JOINER).with(JLOCK))
        });
        match moved {
            Ok(before) => LockJoiner::Locked {
                occupied: before.has(JOINER),
            },
            Err(word) if word.id() == id && word.has(HANDLE) => LockJoiner::Finished,
            Err(_) => LockJoiner::Gone,
        }
    }

    /// The join handle leaves the joiner cell with a waker in it, unless the task is over: then it
    /// stays inside.
    pub(crate) fn unlock_joiner(&self) -> UnlockJoiner {
        // ORDERING: Release publishes the waker to `complete`; Acquire takes its outcome.
        let moved = self.transition(Ordering::AcqRel, |word| {
            debug_assert!(word.has(JLOCK), "unlock from {word:?}");
            word.has(LIVE).then(|| word.without(JLOCK).with(JOINER))
        });
        match moved {
            Ok(_) => UnlockJoiner::Waiting,
            Err(word) if word.has(HANDLE) => UnlockJoiner::Finished,
            Err(_) => UnlockJoiner::Gone,
        }
    }

    /// The join handle leaves the joiner cell empty.
    pub(crate) fn abandon_joiner(&self) -> Release {
        self.let_go(JLOCK)
    }

    /// The join handle is dropped.
    pub(crate) fn release_handle(&self, id: u64) -> ReleaseHandle {
        // ORDERING: Acquire pairs with `complete`; Release orders the handle's accesses before the
        // next tenant's.
        let moved = self.transition(Ordering::AcqRel, |word| {
            let simple = word.id() == id && word.has(LIVE) && !word.has(JOINER);
            simple.then(|| word.without(HANDLE))
        });
        match moved {
            Ok(_) => ReleaseHandle::Released,
            Err(word) if word.id() != id || !word.has(HANDLE) => ReleaseHandle::Released,
            Err(word) if word.has(LIVE) => ReleaseHandle::HasJoiner,
            Err(_) => ReleaseHandle::Finished,
        }
    }

    /// The join handle is dropped and leaves its waker, if there is one, for the completer. To be
    /// called with the joiner cell unlocked.
    pub(crate) fn release_handle_alone(&self, id: u64) -> ReleaseHandle {
        // ORDERING: nothing to publish. What the handle wrote into the joiner cell went out with
        // `unlock_joiner`, whose release sequence this goes on with. A refusal was read with Acquire
        // and sees the outcome of `complete`.
        let moved = self.transition(Ordering::Relaxed, |word| {
            let live = word.id() == id && word.has(LIVE);
            debug_assert!(!live || !word.has(JLOCK), "let go from {word:?}");
            live.then(|| word.without(HANDLE))
        });
        match moved {
            Ok(_) => ReleaseHandle::Released,
            Err(word) if word.id() != id || !word.has(HANDLE) => ReleaseHandle::Released,
            Err(_) => ReleaseHandle::Finished,
        }
    }

    /// The join handle lets go, outcome and joiner cell done with.
    pub(crate) fn finish_handle(&self) -> Release {
        self.let_go(HANDLE | JLOCK)
    }

    /// The id of a tenant that is not over, for walks over all slots.
    pub(crate) fn live_id(&self) -> Option<u64> {
        // ORDERING: Acquire pairs with `occupy`: the walker may go on to abort this tenant.
        let word = Word(self.0.load(Ordering::Acquire));
        word.has(LIVE).then(|| word.id())
    }

    /// The tenant that holds the slot and how it stands, for those who look from outside.
    #[cfg(not(loom))]
    pub(super) fn standing(&self) -> Option<(u64, Standing)> {
        // ORDERING: Acquire: what is read afterwards is read afterwards.
        let word = Word(self.0.load(Ordering::Acquire));
        let standing = match word {
            word if word.has(LIVE | RUNNING) => Standing::Running,
            word if word.has(LIVE | QUEUED) => Standing::Queued,
            word if word.has(LIVE) => Standing::Asleep,
            word if word.has(HANDLE) => Standing::Over,
            _ => return None,
        };
        Some((word.id(), standing))
    }

    /// Whether the tenant `id` is asleep: neither woken nor aborted since it was born so.
    pub(crate) fn is_asleep(&self, id: u64) -> bool {
        // ORDERING: a hint; the move that acts on it looks again.
        let word = Word(self.0.load(Ordering::Relaxed));
        word.id() == id && word.has(LIVE) && !word.has_any(QUEUED | RUNNING)
    }

    /// Whether nobody holds the slot, for counts.
    pub(crate) fn is_free(&self) -> bool {
        // ORDERING: a statistic.
        Word(self.0.load(Ordering::Relaxed)).is_free()
    }

    /// Clears flags that the caller alone may clear, and tells whether that made the word free.
    fn let_go(&self, flags: u64) -> Release {
        // ORDERING: Release orders our accesses before the next tenant's; Acquire theirs after all.
        let before = Word(self.0.fetch_and(!flags, Ordering::AcqRel));
        debug_assert!(
            before.has_any(flags),
            "let go of {flags:#b} from {before:?}"
        );
        if before.without(flags).is_free() {
            Release::Recycle
        } else {
            Release::Kept
        }
    }

    /// The one place where a conditional move is tried.
    #[inline]
    fn transition(
        &self,
        order: Ordering,
        mut decide: impl FnMut(Word) -> Option<Word>,
    ) -> Result<Word, Word> {
        self.0
            .transition(order, |word| decide(Word(word)).map(|next| next.0))
            .map(Word)
            .map_err(Word)
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // ORDERING: a snapshot for people.
        Word(self.0.load(Ordering::Relaxed)).fmt(f)
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
