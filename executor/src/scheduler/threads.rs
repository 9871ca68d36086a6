//! Workers that are threads of their own.

use std::io;
use std::rc::Rc;

use wane_channel::base::sync::Arc;
use wane_channel::base::sync::thread;

use super::core::{Core, call};
use super::local::{self, Seat};
use super::worker::{Until, Worker};
use crate::blocking::service::builder;
use crate::cell::runnable::Runnable;
use crate::context;
use crate::parts::local_queue::LocalQueue;

/// How the threads are made.
#[derive(Clone)]
pub(crate) struct Threads {
    pub(crate) name: Arc<dyn Fn() -> String + Send + Sync>,
    pub(crate) stack_size: Option<usize>,
}

impl Threads {
    /// For the next one.
    pub(super) fn builder(&self) -> io::Result<thread::Builder> {
        builder(&*self.name, self.stack_size)
    }
}

/// Starts a thread for each queue, and the one that watches them.
///
/// # Errors
///
/// The system refuses a thread; those that had started have left again.
pub(crate) fn start(
    core: &Arc<Core>,
    queues: Vec<LocalQueue<Runnable>>,
    threads: &Threads,
) -> io::Result<Vec<thread::JoinHandle<()>>> {
    let mut started = Vec::with_capacity(queues.len());
    let mut queues = queues.into_iter().enumerate();
    for (index, queue) in queues.by_ref() {
        match start_one(core, index, queue, threads) {
            Ok(thread) => started.push(thread),
            Err(error) => {
                give_up(core, started, 1 + queues.len());
                return Err(error);
            }
        }
    }
    match core.rescue.start(core) {
        Ok(monitor) => {
            started.extend(monitor);
            Ok(started)
        }
        Err(error) => {
            give_up(core, started, 0);
            Err(error)
        }
    }
}

fn start_one(
    core: &Arc<Core>,
    index: usize,
    queue: LocalQueue<Runnable>,
    threads: &Threads,
) -> io::Result<thread::JoinHandle<()>> {
    let core = core.clone();
    threads.builder()?.spawn(move || work(core, index, queue))
}

/// Ends the workers that did start, in place of those that did not.
fn give_up(core: &Arc<Core>, started: Vec<thread::JoinHandle<()>>, missing: usize) {
    core.stop();
    core.exit.leave_unstarted(missing);
    for thread in started {
        // A worker's panic is ours and has been reported; there is nothing to add to the error.
        let _ = thread.join();
    }
}

/// A worker thread's life.
fn work(core: Arc<Core>, index: usize, queue: LocalQueue<Runnable>) {
    local::hire(&core);
    let _context = context::enter_runtime(core.driver_handle().clone(), core.clone());
    let _polling = context::enter_polling();
    call(core.config.on_thread_start.as_ref());
    core.team.remotes[index].arrive();
    let seat = Rc::new(Seat::new(core.clone(), index, queue));
    let seated = local::sit(&seat);
    let ours = AbortOnPanic;
    let mut worker = Worker::new(seat);
    worker.run(&mut Stop(&core));
    worker.leave();
    drop(worker);
    std::mem::forget(ours);
    drop(seated);
    call(core.config.on_thread_stop.as_ref());
}

/// Users' panics are caught where their code runs. One that comes here is a broken invariant of ours,
/// and the tasks of a lost worker would wait in silence.
pub(super) struct AbortOnPanic;

impl Drop for AbortOnPanic {
    fn drop(&mut self) {
        // The panic hook has said what it was.
        std::process::abort();
    }
}

/// Until the runtime stops.
struct Stop<'a>(&'a Arc<Core>);

impl Until for Stop<'_> {
    #[inline]
    fn is_reached(&mut self) -> bool {
        self.0.is_stopping()
    }
}
