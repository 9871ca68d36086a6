//! What an abort does to a task whose poll is under way and can be told to end: a table by id.
//!
//! An abort of a running task reaches nothing of the task's: the cells belong to the thread that
//! polls (S1), and the word can only be marked. A poll that blocks for long therefore leaves here
//! who is to be told. Only aborts of running tasks look; all others pay nothing.
//!
//! Invariants:
//!
//! - I1. The entry of a task is there before anybody can run the task (before its runnable or sleeper
//!   is queued, and its handle returned), until what it tells of is over. So an abort that finds the
//!   task running finds the entry, or the poll has nothing left to interrupt.
//! - I2. Ids are never used twice: an entry is never another task's.
//! - I3. Who oversees threads that may be long in a poll knows of each before its task can be seen to
//!   run. An abort asks all of them, of which there is one per runtime, and goes by the id.
//!
//! Ways not taken: a pointer in the slot (it is full, and its readers would race with the end of the
//! task); asking the scheduler (the link is the runner's, see `store_outcome`).

use std::collections::BTreeMap;

use wane_channel::base::sync::{Arc, Mutex, Weak};

use super::id::Id;

/// Something that a running poll sleeps on, or asks now and then.
pub(crate) trait Interrupt: Send + Sync {
    /// Tells the poll to come to its end. Called on the thread that aborts: it returns soon and runs
    /// no user code.
    fn interrupt(&self);
}

/// A map that gives its memory back as it empties.
static TABLE: Mutex<BTreeMap<u64, Arc<dyn Interrupt>>> = Mutex::new(BTreeMap::new());

/// Leaves who is to be told when the task is aborted in a poll (I1).
pub(crate) fn insert(id: Id, interrupt: Arc<dyn Interrupt>) {
    let before = TABLE.lock().insert(id.number(), interrupt);
    debug_assert!(before.is_none(), "two entries for task {id} (I2)");
}

/// Takes the entry back.
pub(crate) fn remove(id: Id) {
    let entry = TABLE.lock().remove(&id.number());
    // Dropped with the table free.
    drop(entry);
}

/// Somebody whose threads may be long in the poll of a task.
pub(crate) trait Overseer: Send + Sync {
    /// The task was aborted, in the middle of a poll. Returns whether that runs here. Called on the thread
    /// that aborts: it returns soon and runs no user code.
    fn aborted_in_poll(&self, id: u64) -> bool;
}

static OVERSEERS: Mutex<Vec<Weak<dyn Overseer>>> = Mutex::new(Vec::new());

/// Tells the overseer of aborts (I3), for as long as it lives.
pub(crate) fn oversee<O: Overseer + 'static>(overseer: &Arc<O>) {
    let overseer = Arc::downgrade(overseer) as Weak<dyn Overseer>;
    OVERSEERS.lock().push(overseer);
}

/// Forgets those that have gone.
pub(crate) fn forget_overseers() {
    let mut overseers = OVERSEERS.lock();
    overseers.retain(|overseer| overseer.strong_count() > 0);
    overseers.shrink_to_fit();
}

/// Asks one overseer after the other, with the list free, whether the poll runs there.
fn tell_overseer(id: u64) {
    let overseers = OVERSEERS.lock().clone();
    let mut overseers = overseers.iter().filter_map(Weak::upgrade);
    let _overseer = overseers.find(|overseer| overseer.aborted_in_poll(id));
}

/// Whether the task has an entry.
#[cfg(test)]
pub(crate) fn is_listed(id: Id) -> bool {
    TABLE.lock().contains_key(&id.number())
}

/// Tells who oversees the poll of the task `id`, and then the poll, where they want to be told.
#[cold]
pub(super) fn interrupt(id: u64) {
    tell_overseer(id);
    let entry = TABLE.lock().get(&id).cloned();
    if let Some(entry) = entry {
        entry.interrupt();
    }
}
