//! A roll call: a plain thread waits until each of n tasks has answered once, with its index.
//!
//! One word holds the number of answers above [`COUNT`] and the sum of the indices below, so that
//! an answer costs its task one atomic step, and a task that answers for another shows.

use std::time::{Duration, Instant};

use wane_channel::base::sync::atomic::{AtomicU64, Ordering};
use wane_channel::base::sync::thread::{self, Thread};

use super::sum_below;

/// One answer, in the count's part of the word.
const COUNT: u64 = 1 << 40;

/// No run takes so long unless an answer is lost.
const PATIENCE: Duration = Duration::from_secs(60);

/// The roll; aligned so that its word has a cache line, and the neighbour line, for itself.
#[derive(Debug)]
#[repr(align(128))]
pub(super) struct RollCall {
    word: AtomicU64,
    expected: u64,
    caller: Thread,
}

impl RollCall {
    /// Opens the roll for the indices `0..tasks`; only this thread may [`wait`](Self::wait).
    pub(super) fn new(tasks: u64) -> Self {
        assert!(
            tasks < 1 << 20,
            "the sum of the indices fits below the count"
        );
        Self {
            word: AtomicU64::new(0),
            expected: tasks * COUNT + sum_below(tasks),
            caller: thread::current(),
        }
    }

    /// As [`new`](Self::new), leaked: 128 bytes a run, so that tasks need no count of their own.
    pub(super) fn leaked(tasks: u64) -> &'static Self {
        Box::leak(Box::new(Self::new(tasks)))
    }

    /// Answers for a task; the last answer wakes the caller.
    #[inline]
    pub(super) fn answer(&self, index: u64) {
        let answer = COUNT + index;
        // ORDERING: Release pairs with the Acquire of `wait`: the caller sees what the tasks did.
        let before = self.word.fetch_add(answer, Ordering::Release);
        if (before + answer) / COUNT == self.expected / COUNT {
            self.caller.unpark();
        }
    }

    /// Waits for every answer, and opens the roll again.
    ///
    /// # Panics
    ///
    /// When an index answers twice or never.
    pub(super) fn wait(&self) {
        let start = Instant::now();
        loop {
            // ORDERING: Acquire pairs with the Release of `answer`.
            let word = self.word.load(Ordering::Acquire);
            if word / COUNT >= self.expected / COUNT {
                assert_eq!(
                    word, self.expected,
                    "each task answers once, with its own index"
                );
                break;
            }
            assert!(
                start.elapsed() < PATIENCE,
                "{} of {self:?} answered",
                word / COUNT
            );
            thread::park_timeout(PATIENCE);
        }
        // ORDERING: Relaxed; whatever lets a task answer again comes after this on this thread.
        self.word.store(0, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_index_answering_once_ends_the_wait() {
        let roll = RollCall::new(3);
        for _ in 0..2 {
            [2, 0, 1].iter().for_each(|&index| roll.answer(index));
            roll.wait();
        }
    }

    #[test]
    #[should_panic(expected = "each task answers once")]
    fn a_task_that_answers_for_another_panics() {
        let roll = RollCall::new(3);
        [2, 0, 2].iter().for_each(|&index| roll.answer(index));
        roll.wait();
    }
}
