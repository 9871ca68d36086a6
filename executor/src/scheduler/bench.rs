//! The seats of spare workers: who works, who lingers on the bench, and the queues of the others.
//!
//! | seat      | thread | meaning                                                      |
//! |-----------|:------:|--------------------------------------------------------------|
//! | `Vacant`  |   no   | its queue lies here, empty                                   |
//! | `Working` |  yes   | a worker like the others, or a thread that is to become one  |
//! | `Benched` |  yes   | retired; it waits for a call, or leaves in a while           |
//! | `Leaving` |  yes   | nobody has called; it cannot be called any more              |
//!
//! Moves: `Vacant → Working` and `Benched → Working` (a call), `Working → Benched` (retired),
//! `Benched → Leaving → Vacant` (nobody called), `Working → Vacant` (the runtime stops, or the system
//! refuses a thread), all under one lock.
//!
//! Invariants:
//!
//! - B1. The queue of a seat is in one place: here while the seat is vacant, with its thread otherwise.
//! - B2. A seat that works is among the team's seats in use, from before its thread can queue a task
//!   until it has given all of them back.
//! - B3. Who is called runs: where a call says yes a worker looks for tasks after it.
//! - B4. Nobody retires with a task, with a wake that was meant for one, or as the last who would wait
//!   in the driver.
//! - B5. A thread is known to whoever waits for threads by the time its call returns. It drains nothing
//!   and queues nothing once the workers have all left.
//!
//! # The hand-over
//!
//! Steps of a worker that retires ([`live`]; Q1 to W3 are those of [`idle`](super::idle)):
//!
//! - R1. it stops to search: W1 to W3. Whoever has woken it for a task counted it as searching;
//! - R2. it puts its tasks into the shared queue, and has let go of the driver;
//! - R3. Q2 and Q3, whether it had any or not;
//! - R4. its seat is no longer in use.
//!
//! *Its tasks* are queued like any others, by R2 and R3. *A wake* that was meant for a task is passed on
//! by R1. *The driver*: of two fences one comes first. If R3's does, a worker that falls asleep finds the
//! driver free, since it tries it behind W2, and sleeps there. If W2 does, R3 sees the sleeper, or
//! somebody who searches and will come to W2 yet. *Thieves* may miss the seat from R4 on: there is
//! nothing in its queue. One that looks at it all the same finds it empty.
//!
//! A dismissal may come late and meet the worker after its next call; that call is wasted, and the
//! monitor calls again.
//!
//! # Happens-before
//!
//! - `call_in` (lock) → `rest`, or the start of a thread: the worker's first look for a task comes after
//!   what its caller has queued.
//! - The team's seats in use (written under the lock) → what the called worker queues → Q2 → W2 → W3:
//!   who falls asleep looks into its queue, or is woken for what is in it.
//! - `vacate` (lock) → the next `call_in` (lock): the queue, with no entry left.

use std::io;
use std::time::Instant;

use wane_channel::base::sync::thread::{self, has_ended};
use wane_channel::base::sync::{Arc, Condvar, Mutex, MutexGuard, wait_impatiently};

use super::shutdown::{self, Leaver};
use super::team::{Team, WakeDriver};
use crate::cell::runnable::Runnable;
use crate::parts::local_queue::LocalQueue;

#[derive(Debug)]
enum Spare {
    Vacant(LocalQueue<Runnable>),
    Working,
    Benched,
    Leaving,
}

#[derive(Debug)]
struct State {
    spares: Vec<Spare>,
    threads: Vec<thread::JoinHandle<()>>,
    is_stopping: bool,
}

/// The seats of spare workers.
#[derive(Debug)]
pub(crate) struct Bench {
    /// The seat of the first one in the team.
    first_seat: usize,
    state: Mutex<State>,
    changed: Condvar,
}

/// A queue on its way to a thread, which may not come.
#[derive(Clone, Debug)]
pub(crate) struct HandOver(Arc<Mutex<Option<LocalQueue<Runnable>>>>);

impl HandOver {
    fn new(queue: LocalQueue<Runnable>) -> Self {
        Self(Arc::new(Mutex::new(Some(queue))))
    }

    /// Takes the queue. The thread does, or whoever failed to start it.
    pub(crate) fn take(self) -> LocalQueue<Runnable> {
        let queue = self.0.lock().take();
        queue.expect("one takes it, the thread or whoever failed to start it")
    }
}

impl Bench {
    /// Vacant seats with these queues, the first of them behind the regular workers'.
    pub(crate) fn new(first_seat: usize, queues: Vec<LocalQueue<Runnable>>) -> Self {
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

    /// The seat in the team of a spare worker.
    pub(crate) fn seat_of(&self, spare: usize) -> usize {
        self.first_seat + spare
    }

    /// How many work.
    pub(crate) fn at_work(&self) -> usize {
        let state = self.state.lock();
        state.spares.iter().filter(is_working).count()
    }

    /// Calls `look` with what tells whether a seat of the team is a spare worker's, and whether he works.
    /// Nobody comes or goes meanwhile.
    pub(crate) fn hold_still<R>(
        &self,
        look: impl FnOnce(&dyn Fn(usize) -> Option<bool>) -> R,
    ) -> R {
        let state = self.state.lock();
        look(&|seat| {
            let spare = seat.checked_sub(self.first_seat)?;
            Some(is_working(&&state.spares[spare]))
        })
    }

    /// Puts one more to work: one from the bench, or a thread that `start` starts for a vacant seat.
    /// Returns whether there was one.
    ///
    /// # Errors
    ///
    /// Those of `start`.
    pub(crate) fn call_in<D: WakeDriver>(
        &self,
        team: &Team<D>,
        start: impl FnOnce(usize, HandOver) -> io::Result<thread::JoinHandle<()>>,
    ) -> io::Result<bool> {
        let mut state = self.state.lock();
        if state.is_stopping {
            return Ok(false);
        }
        let is_benched = |spare: &Spare| matches!(spare, Spare::Benched);
        if let Some(spare) = state.spares.iter().position(is_benched) {
            state.spares[spare] = Spare::Working;
            self.count_seats(&state, team);
            drop(state);
            self.changed.notify_all();
            return Ok(true);
        }
        let vacant = state.spares.iter_mut().enumerate().find_map(take_vacant);
        let Some((spare, queue)) = vacant else {
            return Ok(false);
        };
        // B2: before there is a thread.
        self.count_seats(&state, team);
        drop(state);
        let queue = HandOver::new(queue);
        match start(spare, queue.clone()) {
            Ok(thread) => {
                let threads = &mut self.state.lock().threads;
                threads.retain(|thread| !has_ended(thread));
                threads.push(thread);
                Ok(true)
            }
            Err(error) => {
                self.vacate(team, spare, queue.take());
                Err(error)
            }
        }
    }

    /// Ends the rests; nobody is called from now on.
    pub(crate) fn stop(&self) {
        self.state.lock().is_stopping = true;
        self.changed.notify_all();
    }

    /// The threads that have not ended, to be waited for.
    pub(crate) fn take_threads(&self) -> Vec<thread::JoinHandle<()>> {
        std::mem::take(&mut self.state.lock().threads)
    }

    /// The thread of a seat ends, or does not begin: its queue, which is empty, stays here.
    pub(crate) fn vacate<D: WakeDriver>(
        &self,
        team: &Team<D>,
        spare: usize,
        queue: LocalQueue<Runnable>,
    ) {
        debug_assert!(queue.is_empty(), "nobody leaves with a task (B4)");
        let mut state = self.state.lock();
        state.spares[spare] = Spare::Vacant(queue);
        self.count_seats(&state, team);
    }

    /// Waits on the bench, at most until the deadline; true once the worker is called, false where it is
    /// to leave.
    fn rest<D: WakeDriver>(&self, team: &Team<D>, seat: usize, until: Option<Instant>) -> bool {
        let spare = seat - self.first_seat;
        let mut state = self.state.lock();
        state.spares[spare] = Spare::Benched;
        // R4.
        self.count_seats(&state, team);
        while matches!(state.spares[spare], Spare::Benched) && !state.is_stopping {
            match until {
                None => self.changed.wait(&mut state),
                Some(until) => {
                    if wait_impatiently(&self.changed, &mut state, until) {
                        break;
                    }
                }
            }
        }
        // Not why the wait has ended, but what has become of the seat: a call may have come with the
        // deadline.
        let is_called = is_working(&&state.spares[spare]);
        if !is_called {
            state.spares[spare] = Spare::Leaving;
        }
        is_called
    }

    fn count_seats<D: WakeDriver>(&self, state: &MutexGuard<'_, State>, team: &Team<D>) {
        let last = state.spares.iter().rposition(|spare| is_working(&spare));
        let used = last.map_or(0, |last| last + 1);
        team.set_seats_in_use(self.seat_of(used));
    }
}

fn is_working(spare: &&Spare) -> bool {
    matches!(spare, Spare::Working)
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

/// A spare worker, as far as its coming and going is concerned.
pub(crate) trait Substitute: Leaver {
    /// Where it rests.
    fn bench(&self) -> &Bench;
    /// The deadline of a rest that begins now.
    fn lingers_until(&self) -> Option<Instant>;
    /// Works until it is dismissed or the runtime stops. It does not count as searching then, and is on
    /// no list of sleepers: R1.
    fn work(&mut self);
    /// Whether the runtime stops.
    fn is_stopping(&self) -> bool;
}

/// The life of a spare worker that was counted in: works, retires, rests and works again, and leaves.
pub(crate) fn live(worker: &mut impl Substitute) {
    loop {
        worker.team().remotes[worker.index()].arrive();
        worker.work();
        if worker.is_stopping() {
            break;
        }
        hand_back(worker);
        let until = worker.lingers_until();
        if !worker.bench().rest(worker.team(), worker.index(), until) {
            break;
        }
    }
    shutdown::leave(worker);
}

/// R2 and R3: gives its tasks, and its part in waiting for the driver, to the others.
fn hand_back(worker: &mut impl Substitute) {
    let left: Vec<_> = std::iter::from_fn(|| worker.own_task()).collect();
    let team = worker.team();
    team.injector.push_all(left.into_iter());
    team.wake_one();
}
