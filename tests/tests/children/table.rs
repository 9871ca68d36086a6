//! Reading the heap, and the printed rows.

use wane::runtime::Runtime;
use wane_tests::hang;

use crate::HEAP;

/// Readings before the heap is believed to be at rest: a worker that is about to sleep still holds what
/// it has just used.
const AGREEING: usize = 4;

/// A node of the collector of the workers' queues. A few of them come and go: they are the process's.
const COLLECTOR_NODE_BYTES: isize = 2072;

/// Nodes that may have come or gone between two readings.
const COLLECTOR_NODES_MAX: isize = 4;

/// What is there at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Left {
    pub(crate) bytes: isize,
    pub(crate) slots: usize,
}

impl Left {
    /// Reads the heap when it is at rest.
    pub(crate) fn read(runtime: &Runtime) -> Self {
        let read = || {
            // What the queues' collector has not freed is the process's.
            (0..4).for_each(|_| crossbeam_epoch::pin().flush());
            Self {
                bytes: HEAP.live(),
                slots: runtime.metrics().slots_in_use(),
            }
        };
        let (mut last, mut agreeing) = (read(), 0);
        hang::until("rest", runtime, || {
            let now = read();
            agreeing = if now == last { agreeing + 1 } else { 0 };
            last = now;
            agreeing == AGREEING
        });
        last
    }

    /// Whether nothing is left but, or nothing is gone but, nodes of the collector.
    pub(crate) fn is_nothing(self) -> bool {
        let nodes = self.bytes / COLLECTOR_NODE_BYTES;
        self.slots == 0
            && self.bytes % COLLECTOR_NODE_BYTES == 0
            && nodes.abs() <= COLLECTOR_NODES_MAX
    }

    /// What has come since.
    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            bytes: self.bytes - before.bytes,
            slots: self.slots.saturating_sub(before.slots),
        }
    }
}

/// Prints a row: bytes and slots in all and for each of `count`.
pub(crate) fn print(what: &str, count: usize, left: Left) {
    let each = left.bytes as f64 / count as f64;
    println!(
        "{what:>48} | {count:>9} | {:>11} B | {each:>8.2} B each | {:>7} slots",
        left.bytes, left.slots
    );
}
