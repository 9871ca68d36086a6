//! The spare workers: their seats, their threads, and the bench on which they linger.
//!
//! | seat      | thread | meaning                                             |
//! |-----------|:------:|-----------------------------------------------------|
//! | `Vacant`  |   no   | its queue lies here                                 |
//! | `Working` |  yes   | a worker like the others                            |
//! | `Benched` |  yes   | retired; it waits for a call, or leaves in a while  |
//!
//! Moves: `Vacant → Working` and `Benched → Working` (a call), `Working → Benched` (retired),
//! `Working, Benched → Vacant` (the thread ends), all under one lock.

use std::io;
use std::rc::Rc;
use std::time::Duration;

use wane_channel::base::sync::thread;
use wane_channel::base::sync::{Arc, Condvar, Mutex, MutexGuard};

use super::super::core::{Core, call};
use super::super::local::{self, Seat};
use super::super::team::{Team, WakeDriver};
use super::super::threads::{AbortOnPanic, Threads};
use super::super::worker::{Until, Worker};
use super::gauge::Sight;
use crate::cell::runnable::Runnable;
use crate::context;
use crate::parts::clock;
use crate::parts::local_queue::LocalQueue;

/// How long one that has retired waits for the next call.
const LINGER: Duration = Duration::from_secs(2);

enum Spare {
    Vacant(LocalQueue<Runnable>),
    Working,
    Benched,
}

struct State {
    spares: Vec<Spare>,
    threads: Vec<thread::JoinHandle<()>>,
    is_stopping: bool,
}

/// The seats of spare workers.
pub(super) struct Spares {
    /// The seat of the first one in the team.
    first_seat: usize,
    state: Mutex<State>,
    changed: Condvar,
}

impl Spares {
    pub(super) fn new(first_seat: usize, queues: Vec<LocalQueue<Runnable>>) -> Self {
        Self {
            first_seat,
            state: Mutex::new(State {
                spares: queues.into_iter().map(Spare::Vacant).collect(),
                threads: Vec::new(),
                is_stopping: false,
            }),
            changed: Condvar::new(),
        }
    }

    pub(super) fn at_work(&self) -> usize {
        let state = self.state.lock();
        let working = |spare: &&Spare| matches!(spare, Spare::Working);
        state.spares.iter().filter(working).count()
    }

    /// What is to be seen of the whole team, spare seats included.
    pub(super) fn see<D: WakeDriver>(&self, team: &Team<D>, sights: &mut Vec<Sight>) {
        let state = self.state.lock();
        sights.extend(team.at_work().iter().enumerate().map(|(index, remote)| {
            let spare = index.checked_sub(self.first_seat);
            let is_working = |spare: usize| matches!(state.spares[spare], Spare::Working);
            Sight {
                polls: remote.polls.get(),
                is_asleep: remote.sleep.is_asleep(),
                is_in_driver: remote.sleep.is_in_driver(),
                is_declared: remote.is_blocked(),
                is_spare: spare.is_some(),
                is_vacant: !spare.is_none_or(is_working),
            }
        }));
    }

    /// Puts one more to work. Returns whether there was one.
    pub(super) fn call_in(&self, core: &Arc<Core>, threads: &Threads) -> io::Result<bool> {
        let mut state = self.state.lock();
        if state.is_stopping {
            return Ok(false);
        }
        let is_benched = |spare: &Spare| matches!(spare, Spare::Benched);
        if let Some(spare) = state.spares.iter().position(is_benched) {
            state.spares[spare] = Spare::Working;
            self.count_seats(&state, core);
            drop(state);
            self.changed.notify_all();
            return Ok(true);
        }
        let vacant = state.spares.iter_mut().enumerate().find_map(take_vacant);
        let Some((spare, queue)) = vacant else {
            return Ok(false);
        };
        self.count_seats(&state, core);
        drop(state);
        self.start(core, threads, spare, queue)?;
        Ok(true)
    }

    fn start(
        &self,
        core: &Arc<Core>,
        threads: &Threads,
        spare: usize,
        queue: LocalQueue<Runnable>,
    ) -> io::Result<()> {
        // The queue stays here if there is no thread to take it.
        let queue = Arc::new(Mutex::new(Some(queue)));
        let life = {
            let (core, queue) = (Arc::clone(core), Arc::clone(&queue));
            move || {
                let queue = queue.lock().take();
                work(&core, spare, queue.expect("the thread takes it once"));
            }
        };
        let started = threads.builder().and_then(|builder| builder.spawn(life));
        let mut state = self.state.lock();
        match started {
            Ok(thread) => {
                state.threads.retain(|thread| !thread.is_finished());
                state.threads.push(thread);
                Ok(())
            }
            Err(error) => {
                let queue = queue.lock().take();
                state.spares[spare] = Spare::Vacant(queue.expect("no thread has taken it"));
                self.count_seats(&state, core);
                Err(error)
            }
        }
    }

    pub(super) fn stop(&self) {
        self.state.lock().is_stopping = true;
        self.changed.notify_all();
    }

    pub(super) fn take_threads(&self) -> Vec<thread::JoinHandle<()>> {
        std::mem::take(&mut self.state.lock().threads)
    }

    /// Waits on the bench; true once the worker is called, false where it is to leave.
    fn rest(&self, core: &Core, spare: usize) -> bool {
        let mut state = self.state.lock();
        state.spares[spare] = Spare::Benched;
        self.count_seats(&state, core);
        let until = clock::now() + LINGER;
        while matches!(state.spares[spare], Spare::Benched) {
            if state.is_stopping || self.changed.wait_until(&mut state, until).timed_out() {
                break;
            }
        }
        matches!(state.spares[spare], Spare::Working)
    }

    /// The thread ends, and leaves its queue.
    fn vacate(&self, core: &Core, spare: usize, queue: LocalQueue<Runnable>) {
        let mut state = self.state.lock();
        state.spares[spare] = Spare::Vacant(queue);
        self.count_seats(&state, core);
    }

    fn count_seats(&self, state: &MutexGuard<'_, State>, core: &Core) {
        let is_working = |spare: &Spare| matches!(spare, Spare::Working);
        let used = state.spares.iter().rposition(is_working);
        let used = used.map_or(0, |last| last + 1);
        core.team.set_seats_in_use(self.first_seat + used);
    }
}

fn take_vacant((index, spare): (usize, &mut Spare)) -> Option<(usize, LocalQueue<Runnable>)> {
    match std::mem::replace(spare, Spare::Working) {
        Spare::Vacant(queue) => Some((index, queue)),
        other => {
            *spare = other;
            None
        }
    }
}

/// A spare worker thread's life.
fn work(core: &Arc<Core>, spare: usize, queue: LocalQueue<Runnable>) {
    let spares = &core.rescue.spares;
    let index = spares.first_seat + spare;
    local::hire(core);
    let _context = context::enter_runtime(core.driver_handle().clone(), core.clone());
    let _polling = context::enter_polling();
    if !core.exit.enter() {
        // The runtime is over, and its end did not wait for this one.
        spares.vacate(core, spare, queue);
        return;
    }
    call(core.config.on_thread_start.as_ref());
    let ours = AbortOnPanic;
    core.team.remotes[index].arrive();
    let seat = Rc::new(Seat::new(core.clone(), index, queue));
    let seated = local::sit(&seat);
    let mut worker = Worker::new(seat.clone());
    loop {
        worker.run(&mut Retired { core, index });
        if core.is_stopping() {
            break;
        }
        worker.hand_back();
        if !spares.rest(core, spare) {
            break;
        }
        core.team.remotes[index].arrive();
    }
    worker.leave();
    drop(worker);
    std::mem::forget(ours);
    drop(seated);
    let seat = Rc::into_inner(seat).expect("the worker and its thread have let go of the seat");
    spares.vacate(core, spare, seat.queue);
    call(core.config.on_thread_stop.as_ref());
}

/// Until it is sent away.
struct Retired<'a> {
    core: &'a Core,
    index: usize,
}

impl Until for Retired<'_> {
    #[inline]
    fn is_reached(&mut self) -> bool {
        self.core.is_stopping() || self.core.team.remotes[self.index].is_dismissed()
    }
}
