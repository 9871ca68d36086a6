//! Where a task comes from: what can be told of it from outside, also while it is being polled.
//!
//! | file    | what it holds                                                           |
//! |---------|-------------------------------------------------------------------------|
//! | `mod`   | what is told; the cell of the functions; which task a thread polls       |
//! | `site`  | a place in the source as a number of four bytes                          |
//! | `model` | all of it under `--cfg loom`, where nothing is told                      |
//!
//! The site of a slot's tenant stands in the slot's page, beside the slots, and goes with the page. The
//! name and the size of the future stand in its table of functions, and cost a task nothing.
//!
//! Whoever looks from outside owns nothing of the task, which may end meanwhile and leave its slot to
//! another one. So site and functions are read between two looks at the state word: it has the id of a
//! live task both times, and then they are that task's.
//!
//! # Happens-before
//!
//! - the end of a tenant → what a spawner writes for the next one (Release) → [`look`] (Acquire): who
//!   reads what belongs to the next tenant finds the word changed.
//!
//! # Rejected ways
//!
//! - *The site in the slot.* All of its 64 bytes are in use; 72 would be two cache lines.
//! - *A table of sites beside the region, by slot number.* It would have to be given back page by page, too.
//! - *What a worker polls by a look at its thread-local*, where the id is written anyway: it costs no store,
//!   but then the thread must not end meanwhile, and an id is a walk over all pages away from its slot.

#![expect(unsafe_code, reason = "looks at slots that others own")]

mod site;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;
use std::ptr::{self, NonNull};

use wane_channel::base::sync::atomic::{AtomicPtr, Ordering};

use super::id::Id;
use super::region::{self, Lease};
use super::runnable::Runnable;
use super::slot::{Slot, SlotRef};
use super::state::Standing;
use super::vtable::Vtable;
use site::Site;

/// What can be told of a task from outside: its id, where it was spawned, and what its future is.
///
/// ```
/// use std::sync::mpsc;
/// use std::time::Duration;
///
/// let runtime = wane::runtime::Runtime::new()?;
/// let (release, released) = mpsc::channel::<()>();
/// let (running, is_running) = mpsc::channel();
/// let stuck = runtime.spawn(async move {
///     running.send(()).unwrap();
///     let _ = released.recv();
/// });
/// is_running.recv().unwrap();
/// let report = runtime.shutdown_timeout(Duration::from_millis(1));
/// let task = &report.tasks()[0];
/// assert_eq!(task.id(), stuck.id());
/// assert_eq!(task.spawned_at().file(), file!());
/// assert!(task.future_type().contains("closure"));
/// assert!(task.future_size() > 0);
/// # drop(release);
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskOrigin {
    id: Id,
    spawned_at: &'static Location<'static>,
    future_type: &'static str,
    future_size: usize,
}

impl TaskOrigin {
    fn new(id: u64, spawned_at: &'static Location<'static>, vtable: &Vtable) -> Self {
        Self {
            id: Id::new(id),
            spawned_at,
            future_type: (vtable.future_type)(),
            future_size: vtable.future_size,
        }
    }

    /// The id of the task, as its handles have it.
    #[must_use]
    pub fn id(&self) -> Id {
        self.id
    }

    /// Where the program spawned it.
    #[must_use]
    pub fn spawned_at(&self) -> &'static Location<'static> {
        self.spawned_at
    }

    /// The type of its future, as [`std::any::type_name`] has it: for people to read.
    #[must_use]
    pub fn future_type(&self) -> &'static str {
        self.future_type
    }

    /// The size of its future in bytes, without what that has allocated itself.
    #[must_use]
    pub fn future_size(&self) -> usize {
        self.future_size
    }
}

impl fmt::Display for TaskOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "task {} spawned at {}", self.id, self.spawned_at)
    }
}

/// The tasks of a lease that are in a poll, or are being dropped, at the moment.
pub(crate) fn running(lease: &Lease) -> Vec<TaskOrigin> {
    let mut origins = Vec::new();
    lease.walk(|slot| origins.extend(look(slot)));
    origins
}

/// How many of these tasks were spawned where; the most first.
pub(crate) fn by_site(origins: &[TaskOrigin]) -> Vec<(&'static Location<'static>, usize)> {
    let mut counts = BTreeMap::new();
    for origin in origins {
        let site = origin.spawned_at;
        let key = (site.file(), site.line(), site.column());
        counts.entry(key).or_insert((site, 0)).1 += 1;
    }
    let mut counts: Vec<_> = counts.into_values().collect();
    counts.sort_by_key(|(_, count)| Reverse(*count));
    counts
}

/// The task of a slot, if somebody polls or drops it.
fn look(slot: SlotRef) -> Option<TaskOrigin> {
    let sighting = sight(slot)?;
    let running = (sighting.origin.id.number(), Standing::Running);
    // Running still: who wonders why a thread does not go on is not told of a poll that has ended.
    let is_running = sighting.standing == running.1 && slot.state().standing() == Some(running);
    is_running.then_some(sighting.origin)
}

/// What a task hook is told of its task.
#[derive(Clone, Copy, Debug)]
pub struct TaskMeta<'a> {
    origin: TaskOrigin,
    /// Kept open for what belongs to the call.
    _call: PhantomData<&'a ()>,
}

impl TaskMeta<'_> {
    /// Of a task that is queued.
    pub(crate) fn of(runnable: &Runnable) -> Self {
        let sighting = sight(runnable.slot()).expect("S2: a runnable's task is live");
        Self {
            origin: sighting.origin,
            _call: PhantomData,
        }
    }

    /// The id of the task, as its handles have it.
    #[must_use]
    pub fn id(&self) -> Id {
        self.origin.id
    }

    /// Where the program spawned it.
    #[must_use]
    pub fn spawned_at(&self) -> &'static Location<'static> {
        self.origin.spawned_at
    }

    /// The size of its future in bytes, without what that has allocated itself. (Not in tokio.)
    #[must_use]
    pub fn future_size(&self) -> usize {
        self.origin.future_size
    }
}

/// A task or its outcome, as it was found in its slot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sighting {
    pub(crate) origin: TaskOrigin,
    pub(crate) standing: Standing,
    /// The bytes of what its future returns.
    pub(crate) output_size: usize,
    /// Milliseconds since it ended, where it is over.
    pub(crate) over_for_ms: u32,
}

/// The tasks of a lease, and the outcomes that nobody has taken. Those that come or go meanwhile may be
/// missed.
pub(crate) fn survey(lease: &Lease, mut visit: impl FnMut(&Sighting)) {
    lease.walk(|slot| {
        if let Some(sighting) = sight(slot) {
            visit(&sighting);
        }
    });
}

/// The tenant of a slot.
fn sight(slot: SlotRef) -> Option<Sighting> {
    sight_while(slot, || {})
}

/// [`sight`], with what a test wants to happen between its two looks at the word.
fn sight_while(slot: SlotRef, meanwhile: impl FnOnce()) -> Option<Sighting> {
    let (id, standing) = slot.state().standing()?;
    meanwhile();
    let vtable = slot.get().vtable.glance()?;
    let spawned_at = site_of(slot)?;
    let over_for_ms = slot.get().link.ended_ms_ago();
    // Still there, and what was read is its own.
    slot.state().standing().filter(|(now, _)| *now == id)?;
    Some(Sighting {
        origin: TaskOrigin::new(id, spawned_at, vtable),
        standing,
        output_size: vtable.output_size,
        over_for_ms,
    })
}

/// Where the tenant of a slot was spawned, whosever it is.
fn site_of(slot: SlotRef) -> Option<&'static Location<'static>> {
    // ORDERING: Acquire: see the header.
    let number = region::site_of(slot).load(Ordering::Acquire);
    // SAFETY: only `sign` writes here, and a page that comes from the system is zero.
    unsafe { Site::from_number(number) }.location()
}

/// Writes down where the next tenant of a vacant slot is spawned.
#[inline]
pub(super) fn sign(slot: SlotRef, spawned_at: &'static Location<'static>) {
    let number = Site::of(spawned_at).number();
    // ORDERING: Release: see the header.
    region::site_of(slot).store(number, Ordering::Release);
}

/// The cell of a task's functions. Its owner is said by S1; others may glance at it.
///
/// # Invariants
///
/// Null, or made of a `&'static Vtable`. Null only where no task has been.
pub(super) struct VtableCell(AtomicPtr<Vtable>);

impl VtableCell {
    /// # Safety
    ///
    /// - The caller owns the cell.
    #[inline]
    pub(super) unsafe fn write(&self, vtable: &'static Vtable) {
        // ORDERING: Release: see the header.
        self.0
            .store(ptr::from_ref(vtable).cast_mut(), Ordering::Release);
    }

    /// # Safety
    ///
    /// - The slot has a tenant, and stays with it meanwhile.
    #[inline]
    pub(super) unsafe fn read(&self) -> &'static Vtable {
        // ORDERING: the state word has the edge.
        let vtable = self.0.load(Ordering::Relaxed);
        // SAFETY: by the invariant, and not null since there is a tenant.
        unsafe { &*vtable }
    }

    /// What is in there at the moment, whosever it is.
    fn glance(&self) -> Option<&'static Vtable> {
        // ORDERING: Acquire: see the header.
        let vtable = NonNull::new(self.0.load(Ordering::Acquire))?;
        // SAFETY: by the invariant it was made of a `&'static Vtable`, and it is not null.
        Some(unsafe { vtable.as_ref() })
    }
}

/// Which task a thread polls: written by that thread, read by who wonders why it does not go on.
#[derive(Debug)]
pub(crate) struct Present(AtomicPtr<Slot>);

impl Present {
    pub(crate) fn nothing() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }

    /// The thread is about to run this task.
    #[inline]
    pub(crate) fn set(&self, runnable: &Runnable) {
        // ORDERING: Release orders it behind the count of polls, which the thread has raised before: who
        // sees a later task than that of the poll he counts finds the count changed afterwards.
        self.0.store(runnable.slot().as_ptr(), Ordering::Release);
    }

    /// The thread goes on without a task.
    pub(crate) fn clear(&self) {
        // ORDERING: as for `set`.
        self.0.store(ptr::null_mut(), Ordering::Release);
    }

    /// The task, if it is still being polled.
    pub(crate) fn look(&self) -> Option<TaskOrigin> {
        // ORDERING: Acquire: see `set`.
        let slot = NonNull::new(self.0.load(Ordering::Acquire))?;
        // SAFETY: `set` had the address from a `SlotRef`.
        look(unsafe { SlotRef::new(slot) })
    }
}
