//! Where aborts of jobs that wait in a queue arrive: what is to be dropped, and how many entries of the
//! queues are still to meet their aborter. The invariants are D1 and D2 of the depot.
#![cfg_attr(
    not(loom),
    expect(unreachable_pub, reason = "loom models reach it through `internals`")
)]

use std::mem;

use wane_channel::base::sync::{Condvar, Mutex};

/// Jobs that were aborted before a thread took them.
#[derive(Debug)]
pub struct CalledOff<R> {
    state: Mutex<State<R>>,
    /// An aborter has arrived.
    arrived: Condvar,
}

#[derive(Debug)]
struct State<R> {
    /// To be cancelled.
    jobs: Vec<R>,
    /// Aborters that have arrived and whose entries in a queue have not been met.
    unmet: usize,
    /// Somebody reaps, or is on the way to it.
    is_reaping: bool,
    is_closed: bool,
}

/// What an aborter that has handed in a job has to do.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub enum HandIn {
    /// Call the reaper.
    CallReaper,
    /// Nothing: it is on its way, or at work and will see this one.
    Nothing,
}

impl<R> CalledOff<R> {
    /// Nobody has arrived.
    #[must_use]
    pub fn new() -> Self {
        let state = State {
            jobs: Vec::new(),
            unmet: 0,
            is_reaping: false,
            is_closed: false,
        };
        Self {
            state: Mutex::new(state),
            arrived: Condvar::new(),
        }
    }

    /// An aborter arrives with the job that it has won.
    pub fn hand_in(&self, job: R) -> HandIn {
        let mut state = self.state.lock();
        state.jobs.push(job);
        state.unmet += 1;
        let was_reaping = mem::replace(&mut state.is_reaping, true);
        drop(state);
        self.arrived.notify_all();
        match was_reaping {
            true => HandIn::Nothing,
            false => HandIn::CallReaper,
        }
    }

    /// No thread was to be had for the reaper: whoever meets an aborter next reaps.
    pub fn miss_reaper(&self) {
        self.state.lock().is_reaping = false;
    }

    /// What the reaper is to drop. Where that is nothing, the reaper is done, and the next aborter calls
    /// it again.
    #[must_use]
    pub fn take_to_reap(&self) -> Vec<R> {
        let mut state = self.state.lock();
        let jobs = mem::take(&mut state.jobs);
        state.is_reaping = !jobs.is_empty();
        jobs
    }

    /// Whoever has found the job of an entry called off waits here until an aborter has arrived,
    /// which is a few instructions away, and may then give up the entry's count of the depot. Returns
    /// what is left to drop where nobody else does.
    #[must_use]
    pub fn meet_aborter(&self) -> Vec<R> {
        let mut state = self.state.lock();
        while state.unmet == 0 {
            self.arrived.wait(&mut state);
        }
        state.unmet -= 1;
        match state.is_closed || !state.is_reaping {
            true => mem::take(&mut state.jobs),
            false => Vec::new(),
        }
    }

    /// From now on there is no reaper.
    pub fn close(&self) {
        self.state.lock().is_closed = true;
    }

    /// What nobody has dropped, after the close.
    #[must_use]
    pub fn take_rest(&self) -> Vec<R> {
        mem::take(&mut self.state.lock().jobs)
    }

    /// Jobs that were aborted and still have an entry in a queue.
    #[must_use]
    pub fn unmet(&self) -> usize {
        self.state.lock().unmet
    }
}
