//! The door to the place where aborts of queued jobs arrive, and a scheduler that is made of it.

use wane_channel::base::sync::Arc;

use super::tasks::{JoinHandle, Runnable, Sleeper};
use crate::called_off::{CalledOff, HandIn};
use crate::cell::region::Lease;
use crate::cell::runnable;
use crate::cell::schedule::{Place, Schedule};

/// A depot without threads: the model is who takes, aborts and reaps.
#[derive(Debug)]
pub struct Depot {
    lease: Lease,
    called_off: CalledOff<Runnable>,
    has_reaper: bool,
}

impl Depot {
    /// A depot that has a reaper, which is whoever aborts: it stands for the thread.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Self::of(true)
    }

    /// A depot whose every reaper is refused.
    #[must_use]
    pub fn without_reaper() -> Arc<Self> {
        Self::of(false)
    }

    fn of(has_reaper: bool) -> Arc<Self> {
        Arc::new(Self {
            lease: Lease::new(),
            called_off: CalledOff::new(),
            has_reaper,
        })
    }

    /// Makes a job, which waits.
    pub fn spawn<F>(self: &Arc<Self>, future: F) -> (Sleeper, JoinHandle<F::Output>)
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (sleeper, handle) = runnable::spawn_asleep(future, self, &self.lease);
        (Sleeper::new(sleeper), handle)
    }

    /// A thread takes the job of an entry. Whether it ran.
    pub fn take(&self, sleeper: Sleeper) -> bool {
        match sleeper.wake() {
            Some(runnable) => runnable.run_on(),
            None => {
                self.meet();
                false
            }
        }
    }

    /// The end of the pool meets an entry.
    pub fn cancel(&self, sleeper: Sleeper) {
        match sleeper.wake() {
            Some(runnable) => runnable.cancel(),
            None => self.meet(),
        }
    }

    /// The first half of the end: there is no reaper from now on.
    pub fn close(&self) {
        self.called_off.close();
    }

    /// The second half, once the queue has been emptied.
    pub fn drop_rest(&self) {
        self.called_off
            .take_rest()
            .into_iter()
            .for_each(Runnable::cancel);
    }

    /// Aborters that have arrived and were not met.
    #[must_use]
    pub fn unmet(&self) -> usize {
        self.called_off.unmet()
    }

    fn meet(&self) {
        let left = self.called_off.meet_aborter();
        left.into_iter().for_each(Runnable::cancel);
    }

    fn reap(&self) {
        loop {
            let jobs = self.called_off.take_to_reap();
            if jobs.is_empty() {
                return;
            }
            jobs.into_iter().for_each(Runnable::cancel);
        }
    }
}

impl Schedule for Depot {
    fn schedule_here(
        _desk: *const Self,
        runnable: runnable::Runnable,
        _place: Place,
    ) -> Result<(), runnable::Runnable> {
        Err(runnable)
    }

    fn schedule(self: &Arc<Self>, runnable: runnable::Runnable) {
        match self.called_off.hand_in(Runnable::new(runnable)) {
            HandIn::CallReaper if self.has_reaper => self.reap(),
            HandIn::CallReaper => self.called_off.miss_reaper(),
            HandIn::Nothing => {}
        }
    }
}
