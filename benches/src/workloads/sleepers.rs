//! Tasks that sleep until a plain thread wakes them, answer the roll, and sleep again.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use wane_channel::base::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use wane_channel::base::sync::{Arc, Mutex};

use super::roll_call::RollCall;
use crate::rivals::Rival;

/// The tasks, as the waking thread sees them; dropping it ends them, and waits for them.
pub(super) struct Sleepers<'rival, R: Rival> {
    rival: &'rival R,
    dormitory: Arc<Dormitory>,
    tasks: Vec<R::Task<()>>,
}

struct Dormitory {
    beds: Box<[Bed]>,
    roll: RollCall,
    over: AtomicBool,
    start: Instant,
    /// Nanoseconds from `start` to the latest poll.
    polled_at: AtomicU64,
}

/// Where a sleeper leaves its waker; a line of its own, since neighbours run on other threads.
#[repr(align(64))]
#[derive(Default)]
struct Bed(Mutex<Option<Waker>>);

impl<'rival, R: Rival> Sleepers<'rival, R> {
    /// Spawns the tasks and waits until all of them sleep.
    pub(super) fn start(rival: &'rival R, count: u64) -> Self {
        let dormitory = Arc::new(Dormitory {
            beds: (0..count).map(|_| Bed::default()).collect(),
            roll: RollCall::new(count),
            over: AtomicBool::new(false),
            start: Instant::now(),
            polled_at: AtomicU64::new(0),
        });
        let tasks = (0..count)
            .map(|index| {
                rival.spawn(Sleeper {
                    dormitory: Arc::clone(&dormitory),
                    index,
                })
            })
            .collect();
        dormitory.roll.wait();
        Self {
            rival,
            dormitory,
            tasks,
        }
    }

    /// Wakes every task.
    pub(super) fn wake_all(&self) {
        for bed in &self.dormitory.beds {
            let waker = bed.0.lock().take();
            waker.expect("every sleeper left its waker").wake();
        }
    }

    /// Waits until every woken task was polled.
    pub(super) fn wait(&self) {
        self.dormitory.roll.wait();
    }

    /// Nanoseconds since the start of the sleepers.
    pub(super) fn now(&self) -> u64 {
        self.dormitory.now()
    }

    /// When a sleeper was last polled, on the clock of [`now`](Self::now).
    pub(super) fn polled_at(&self) -> u64 {
        // ORDERING: Relaxed; `wait` returned, so the poll's writes are visible.
        self.dormitory.polled_at.load(Ordering::Relaxed)
    }
}

impl<R: Rival> Drop for Sleepers<'_, R> {
    fn drop(&mut self) {
        // ORDERING: Release pairs with the Acquire of the sleeper's poll.
        self.dormitory.over.store(true, Ordering::Release);
        self.wake_all();
        for task in self.tasks.drain(..) {
            self.rival.block_on(task);
        }
    }
}

impl Dormitory {
    fn now(&self) -> u64 {
        self.start.elapsed().as_nanos() as u64
    }
}

struct Sleeper {
    dormitory: Arc<Dormitory>,
    index: u64,
}

impl Future for Sleeper {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let dormitory = &*self.dormitory;
        // ORDERING: Relaxed; the roll's answer publishes it.
        dormitory
            .polled_at
            .store(dormitory.now(), Ordering::Relaxed);
        // ORDERING: Acquire pairs with the Release of the drop of `Sleepers`.
        if dormitory.over.load(Ordering::Acquire) {
            return Poll::Ready(());
        }
        let waker = context.waker().clone();
        let previous = dormitory.beds[self.index as usize].0.lock().replace(waker);
        assert!(
            previous.is_none(),
            "nobody polls a sleeper that was not woken"
        );
        dormitory.roll.answer(self.index);
        Poll::Pending
    }
}
