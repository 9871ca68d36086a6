//! Whom to rob: a worker that is slow, not one whose tasks are done sooner than they could be moved.
//!
//! To move a task to another processor costs some cache lines, 30 to 160 ns each, besides the steal
//! itself. A worker that is through with a task in less is best left alone: it will have emptied its
//! queue before the thief has gained anything. So a thief looks for a moment at how fast the owner
//! polls, and steals at once where that is slow, later where it is fast and the queue does not end.
//!
//! A thief is idle: what it waits here costs no task of its own. Kotlin's scheduler has the same
//! rule by time stamps on tasks (100 microseconds); counting polls costs the owner a store.

use std::hint::spin_loop;
use std::time::Duration;

use super::team::Remote;
use crate::cell::runnable::Runnable;
use crate::parts::clock;
use crate::parts::local_queue::LocalQueue;

/// How long a thief looks at a time.
const LOOK: Duration = Duration::from_micros(1);

/// Polls in a look from which on a worker counts as fast.
const FAST_POLLS: u64 = 4;

/// Looks at a fast worker before it is robbed all the same.
const LOOKS_MAX: usize = 16;

/// Steals from a worker that is worth it: one task is returned, the others go to `queue`.
pub(super) fn rob(remote: &Remote, queue: &LocalQueue<Runnable>) -> Option<Runnable> {
    for _ in 0..LOOKS_MAX {
        if remote.stealer.is_empty() {
            return None;
        }
        if !is_fast(remote) {
            break;
        }
    }
    remote.stealer.steal_into(queue)
}

fn is_fast(remote: &Remote) -> bool {
    let before = remote.polls.get();
    let start = clock::now();
    while clock::now().saturating_duration_since(start) < LOOK {
        spin_loop();
    }
    remote.polls.get().wrapping_sub(before) >= FAST_POLLS
}
