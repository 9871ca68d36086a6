//! Spare workers of a crew, around the real [`Bench`] and the real life of a spare worker. The model plays the
//! monitor: it calls in, dismisses and waits for threads.

use std::io;
use std::rc::Rc;
use std::time::Instant;

use wane_channel::base::sync::Arc;
use wane_channel::base::sync::atomic::AtomicBool;
use wane_channel::base::sync::thread;

use super::{Crew, Task, Worker};
use crate::parts::local_queue::LocalQueue;
use crate::scheduler::bench::{self, Bench, HandOver, Substitute};

/// How long a spare worker lingers on the bench.
#[derive(Clone, Copy, Debug)]
pub enum Linger {
    /// Until it is called or the crew stops: a call that does not reach it is a deadlock.
    Endless,
    /// Until a moment that comes before or after anything else.
    Impatient,
}

impl Crew {
    /// A crew with so many workers, all of them awake, and seats for spare ones.
    #[must_use]
    pub fn with_spares(workers: usize, spares: usize) -> (Arc<Self>, Vec<Worker>) {
        Self::make(workers, spares, Some(AtomicBool::new(false)))
    }

    /// Calls in a spare worker. Returns whether there was one.
    pub fn call_in(self: &Arc<Self>, linger: Linger) -> bool {
        let called = self.bench.call_in(&self.team, |spare, queue| {
            let crew = Arc::clone(self);
            thread::Builder::new().spawn(move || crew.live(spare, queue, linger))
        });
        called.expect("a model has threads enough")
    }

    /// Tries to call in a spare worker where the system has no thread. Returns whether one came from the bench, or
    /// the system's answer.
    ///
    /// # Errors
    ///
    /// The refusal, where a thread was asked for.
    pub fn call_in_refused(&self) -> io::Result<bool> {
        let refused = |_spare, _queue| Err(io::ErrorKind::WouldBlock.into());
        self.bench.call_in(&self.team, refused)
    }

    /// Sends a spare worker away.
    pub fn dismiss(&self, spare: usize) {
        let seat = self.bench.seat_of(spare);
        self.team.remotes[seat].dismiss();
        self.team.unpark(seat);
    }

    /// Moves the tasks of a worker to the shared queue.
    pub fn clear_out(&self, worker: usize) {
        self.team.clear_out(worker, &LocalQueue::new());
    }

    /// Lets an event happen that makes a task ready: whoever waits in the driver finds it, and nobody else
    /// is told.
    pub fn raise_event_for(&self, task: Task) {
        self.team.injector.push(task.0);
        self.raise_event();
    }

    /// How many seats the others look at.
    pub fn seats_in_use(&self) -> usize {
        self.team.at_work().len()
    }

    /// Whether nobody is at work but regular workers.
    pub fn has_no_spare(&self) -> bool {
        self.seats_in_use() == self.team.workers() && self.bench.at_work() == 0
    }

    /// Waits for the threads of spare workers.
    pub fn join_spares(&self) {
        for thread in self.bench.take_threads() {
            thread.join().expect("a failed model has ended before");
        }
    }

    /// A spare worker's life on a thread of its own.
    fn live(self: &Arc<Self>, spare: usize, queue: HandOver, linger: Linger) {
        let queue = queue.take();
        if !self.exit.enter() {
            self.bench.vacate(&self.team, spare, queue);
            return;
        }
        let mut worker = Worker::new(self, self.bench.seat_of(spare), queue);
        worker.linger = linger;
        worker.on_this_thread(bench::live);
        let seat = Rc::into_inner(worker.seat).expect("the thread has let go of the seat");
        self.bench.vacate(&self.team, spare, seat.queue);
    }
}

impl Substitute for Worker {
    fn bench(&self) -> &Bench {
        &self.seat.crew.bench
    }

    fn lingers_until(&self) -> Option<Instant> {
        match self.linger {
            Linger::Endless => None,
            Linger::Impatient => Some(Instant::now()),
        }
    }

    fn work(&mut self) {
        let index = self.seat.index;
        self.run_until(|crew| crew.is_stopping() || crew.team.remotes[index].is_dismissed());
    }

    fn is_stopping(&self) -> bool {
        self.seat.crew.is_stopping()
    }
}
