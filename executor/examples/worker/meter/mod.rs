//! What the run counts, and the state of the process at its two marks.
//!
//! # What may legitimately differ between the marks
//!
//! The heap is compared at 20 % and at 100 % of the objects, and only drift must show. So everything
//! that this program itself keeps per object is either of fixed size or absent:
//!
//! - latencies go into a [`Histogram`] of fixed size;
//! - the read-back check keeps nothing: an object's number says which bytes it must hold (see the
//!   `source` module);
//! - abort handles go into a ring of fixed size (see the `handles` module);
//! - chunks under way and open connections are brought to zero first: every offered object is
//!   answered, every worker hangs up, and the tasks alive are those that were alive before the first
//!   object.
//!
//! What is left is some 300 bytes per pool thread that came or went (of which there are 64 at most),
//! the progress bar's last line, and the runtime's own caches, which is why the limit is not zero.

pub(crate) mod alloc;
mod histogram;

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use wane::runtime::Handle;
use wane::sync::watch;

use crate::HEAP;
use crate::meter::histogram::Histogram;

/// Counters that the workers advance and that progress and report read.
#[derive(Debug)]
pub(crate) struct Meter {
    offered: AtomicU64,
    /// Objects whose PUT is over, well or not. A channel, since the marks wait for it.
    answered: watch::Sender<u64>,
    stored: AtomicU64,
    stored_bytes: AtomicU64,
    verified: AtomicU64,
    retried: AtomicU64,
    latencies: Histogram,
    first_failure: Mutex<Option<String>>,
}

/// The state of the process at rest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    pub(crate) objects: u64,
    pub(crate) heap_bytes: i64,
    pub(crate) tasks: usize,
    pub(crate) slots: usize,
    pub(crate) threads: Option<u64>,
}

impl Meter {
    pub(crate) fn new() -> Self {
        Self {
            offered: AtomicU64::new(0),
            answered: watch::Sender::new(0),
            stored: AtomicU64::new(0),
            stored_bytes: AtomicU64::new(0),
            verified: AtomicU64::new(0),
            retried: AtomicU64::new(0),
            latencies: Histogram::new(),
            first_failure: Mutex::new(None),
        }
    }

    pub(crate) fn count_offer(&self) {
        self.offered.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_retry(&self) {
        self.retried.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_stored(&self, bytes: usize, latency: Duration) {
        self.latencies.record(latency);
        self.stored.fetch_add(1, Ordering::Relaxed);
        self.stored_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn count_verified(&self) {
        self.verified.fetch_add(1, Ordering::Relaxed);
    }

    /// Says that an object's PUT is over; the counters above come first.
    pub(crate) fn count_answer(&self) {
        self.answered.send_modify(|answered| *answered += 1);
    }

    /// Keeps the first failure for the report: the ones after it rarely say more.
    pub(crate) fn note_failure(&self, failure: impl FnOnce() -> String) {
        let mut first = self
            .first_failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert_with(failure);
    }

    pub(crate) fn offered(&self) -> u64 {
        self.offered.load(Ordering::Relaxed)
    }

    pub(crate) fn stored(&self) -> u64 {
        self.stored.load(Ordering::Relaxed)
    }

    pub(crate) fn stored_bytes(&self) -> u64 {
        self.stored_bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn verified(&self) -> u64 {
        self.verified.load(Ordering::Relaxed)
    }

    pub(crate) fn retried(&self) -> u64 {
        self.retried.load(Ordering::Relaxed)
    }

    pub(crate) fn latency(&self, share: f64) -> Option<Duration> {
        self.latencies.quantile(share)
    }

    pub(crate) fn first_failure(&self) -> Option<String> {
        self.first_failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Waits until the PUT of every offered object is over.
    ///
    /// # Cancellation
    ///
    /// *Strict*: only looks.
    pub(crate) async fn all_answered(&self) {
        let offered = self.offered();
        let mut answered = self.answered.subscribe();
        // The sender lives in `self`, so this ends only by the count being reached.
        let _ = answered.wait_for(|answered| *answered == offered).await;
    }

    /// Takes down the state of the process, which is to be at rest.
    pub(crate) fn mark(&self) -> Mark {
        let metrics = Handle::current().metrics();
        Mark {
            objects: self.offered(),
            heap_bytes: HEAP.live_bytes(),
            tasks: metrics.num_alive_tasks(),
            slots: metrics.slots_in_use(),
            threads: from_proc("Threads:"),
        }
    }
}

/// The most memory the process ever had from the system, where the system says so.
pub(crate) fn resident_peak_kib() -> Option<u64> {
    from_proc("VmHWM:")
}

/// A number from `/proc/self/status`; `None` on systems without it.
fn from_proc(field: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    line.split_whitespace().next()?.parse().ok()
}
