//! Who sleeps, who searches, and whom to wake: the protocol by which no task is left lying while a
//! worker sleeps.
//!
//! The word is `{ searching: 15 bits, sleeping: 17 bits }`. A worker is *asleep* from its entry in
//! the list of sleepers to its removal; else it is *awake*, if it is at work at all: spare workers
//! come and go. A *searching* worker is awake and has no task: it looks for one at the others'. At
//! most half of the workers search, and a task that is queued while somebody searches wakes nobody:
//! the searcher will find it.
//!
//! Steps of whoever queues a task:
//!
//! - Q1. put it into a queue;
//! - Q2. fence;
//! - Q3. read the word: if nobody searches and somebody sleeps, wake one, counting it as searching.
//!
//! Steps of a worker without a task:
//!
//! - W1. write the word: no longer searching (and, to sleep, asleep);
//! - W2. fence;
//! - W3. if nobody searches now: look at every queue; if there is a task, do Q3.
//!
//! **No task is lost.** Of two fences one comes first. If Q2 does, W3 sees the task of Q1. If W2 does,
//! Q3 sees the word of W1: either somebody still searches, who will come to W3 after this task was
//! queued, or nobody does and Q3 wakes a sleeper, if there is one. If there is none, every worker is
//! awake and not searching: each will look into the queues before it sleeps, by way of W1. (One that
//! is stuck in a poll will not, for as long as that lasts: that is what [`rescue`](super::rescue) is
//! for.)
//!
//! Invariant: I1. `sleeping` is the length of the list.
//!
//! The protocol is that of Go's and tokio's schedulers; the look at the queues when the last searcher
//! *finds* a task is ours: they wake another worker unseen, which costs a lone task a wake-up that
//! nobody needs.

use std::fmt;

use wane_channel::base::sync::Mutex;
use wane_channel::base::sync::atomic::{AtomicUsize, Ordering, fence};

const SEARCHING_ONE: usize = 1 << 17;
const SLEEPING_ONE: usize = 1;
const SLEEPING_MASK: usize = SEARCHING_ONE - 1;

/// Workers of one runtime at most. There may be as many spare ones besides.
pub(crate) const WORKERS_MAX: usize = SLEEPING_MASK / 2;

/// Who sleeps and who searches.
pub(crate) struct Idle {
    word: AtomicUsize,
    /// The sleeping workers, the one that fell asleep last at the end.
    sleepers: Mutex<Vec<usize>>,
    workers: usize,
}

/// Whether a worker that has stopped to search or fallen asleep has to look at every queue.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Search {
    /// Nobody searches: look at every queue, and wake a worker if there is a task.
    Nobody,
    /// Somebody does, and will look.
    Somebody,
}

impl Idle {
    /// Nobody sleeps and nobody searches.
    pub(crate) fn new(workers: usize) -> Self {
        assert!(workers <= WORKERS_MAX, "{workers} workers");
        Self {
            word: AtomicUsize::new(0),
            sleepers: Mutex::new(Vec::with_capacity(workers)),
            workers,
        }
    }

    /// Q2 and Q3: the worker to wake for a task that has just been queued. It counts as awake and
    /// searching from here on.
    #[inline]
    pub(crate) fn worker_to_wake(&self) -> Option<usize> {
        // ORDERING: SeqCst fence: Q2 of the argument in the header.
        fence(Ordering::SeqCst);
        // ORDERING: the fence orders it.
        if wants_no_wake(self.word.load(Ordering::Relaxed)) {
            return None;
        }
        self.take_sleeper()
    }

    #[cold]
    fn take_sleeper(&self) -> Option<usize> {
        let mut sleepers = self.sleepers.lock();
        // ORDERING: the word changes towards sleep only under the lock.
        if wants_no_wake(self.word.load(Ordering::Relaxed)) {
            return None;
        }
        let worker = sleepers.pop()?;
        // ORDERING: the lock and the sleeper's token carry what the woken worker must see.
        self.word
            .fetch_add(SEARCHING_ONE - SLEEPING_ONE, Ordering::AcqRel);
        Some(worker)
    }

    /// Takes a sleeping worker out of the list because it has been woken by something else than a
    /// notification (an event, a timer, shutdown). Returns false where a notification came first:
    /// then it is counted as searching.
    pub(crate) fn wake_self(&self, worker: usize) -> bool {
        let mut sleepers = self.sleepers.lock();
        let Some(place) = sleepers.iter().position(|sleeper| *sleeper == worker) else {
            return false;
        };
        sleepers.swap_remove(place);
        // ORDERING: under the lock.
        self.word.fetch_sub(SLEEPING_ONE, Ordering::AcqRel);
        true
    }

    /// Whether the worker may search; at most half of them do.
    pub(crate) fn start_searching(&self) -> bool {
        // ORDERING: a limit, not a lock: one searcher too many does no harm.
        if 2 * searching(self.word.load(Ordering::Relaxed)) >= self.workers {
            return false;
        }
        // ORDERING: AcqRel keeps the word's moves in one order.
        self.word.fetch_add(SEARCHING_ONE, Ordering::AcqRel);
        true
    }

    /// W1 and W2 of a searching worker that has found a task.
    pub(crate) fn stop_searching(&self) -> Search {
        // ORDERING: as for `start_searching`; the fence is W2.
        let before = self.word.fetch_sub(SEARCHING_ONE, Ordering::AcqRel);
        fence(Ordering::SeqCst);
        search_after(before - SEARCHING_ONE)
    }

    /// W1 and W2 of a worker that goes to sleep.
    pub(crate) fn fall_asleep(&self, worker: usize, is_searching: bool) -> Search {
        let mut sleepers = self.sleepers.lock();
        let step = match is_searching {
            true => SLEEPING_ONE.wrapping_sub(SEARCHING_ONE),
            false => SLEEPING_ONE,
        };
        // ORDERING: as for `start_searching`; the fence is W2.
        let before = self.word.fetch_add(step, Ordering::AcqRel);
        sleepers.push(worker);
        drop(sleepers);
        fence(Ordering::SeqCst);
        search_after(before.wrapping_add(step))
    }

    /// Whether anybody sleeps.
    pub(crate) fn has_sleeper(&self) -> bool {
        // ORDERING: a hint.
        sleeping(self.word.load(Ordering::Relaxed)) > 0
    }
}

impl fmt::Debug for Idle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sleepers = self.sleepers.lock();
        // ORDERING: a picture for people.
        let word = self.word.load(Ordering::Relaxed);
        f.debug_struct("Idle")
            .field("searching", &searching(word))
            .field("sleeping", &sleeping(word))
            .field("sleepers", &*sleepers)
            .finish()
    }
}

fn search_after(word: usize) -> Search {
    if searching(word) == 0 {
        Search::Nobody
    } else {
        Search::Somebody
    }
}

fn searching(word: usize) -> usize {
    word / SEARCHING_ONE
}

fn sleeping(word: usize) -> usize {
    word & SLEEPING_MASK
}

fn wants_no_wake(word: usize) -> bool {
    searching(word) > 0 || sleeping(word) == 0
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn only_one_sleeper_is_woken_while_it_searches() {
        let idle = Idle::new(2);
        assert_eq!(idle.worker_to_wake(), None);
        assert_eq!(idle.fall_asleep(0, false), Search::Nobody);
        assert_eq!(idle.fall_asleep(1, false), Search::Nobody);
        assert_eq!(idle.worker_to_wake(), Some(1));
        assert_eq!(idle.worker_to_wake(), None);
        assert_eq!(idle.stop_searching(), Search::Nobody);
        assert_eq!(idle.worker_to_wake(), Some(0));
    }

    #[test]
    fn a_worker_woken_by_an_event_leaves_the_list() {
        let idle = Idle::new(1);
        assert_eq!(idle.fall_asleep(0, false), Search::Nobody);
        assert!(idle.wake_self(0));
        assert!(!idle.wake_self(0));
        assert_eq!(idle.worker_to_wake(), None);
    }

    #[test]
    fn half_of_the_workers_search() {
        let idle = Idle::new(4);
        assert!(idle.start_searching());
        assert!(idle.start_searching());
        assert!(!idle.start_searching());
        assert_eq!(idle.stop_searching(), Search::Somebody);
        assert_eq!(idle.fall_asleep(3, true), Search::Nobody);
    }
}
