//! What a runtime must offer to be measured, and the list of those that are.

use std::fmt;
use std::future::Future;

use crate::workloads::{Workload, parked};

pub mod async_executor;
pub mod tokio;
pub mod wane;

/// Threads that run tasks, in every rival, where nobody asks for another number.
pub const WORKERS: usize = 2;

/// A multi-threaded runtime with threads of its own.
///
/// Dropping it ends its threads.
pub trait Rival: Send + Sync + Sized + 'static {
    /// The name in tables and on command lines.
    const NAME: &'static str;

    /// The handle of a spawned task: its output, or a panic where the task panicked.
    type Task<T: Send + 'static>: Future<Output = T> + Send + Unpin + 'static;

    /// What a task carries in order to spawn others: nothing where the runtime has a thread-local.
    type Context: Copy + Send + Sync + Unpin + 'static;

    /// Starts the runtime and so many threads that run tasks.
    fn start(workers: usize) -> Self;

    /// Gives what tasks of this runtime need for [`spawn_from`](Self::spawn_from).
    fn context(&self) -> Self::Context;

    /// Spawns from a thread that is none of the runtime's.
    fn spawn<F>(&self, future: F) -> Self::Task<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static;

    /// Spawns from inside a task.
    fn spawn_from<F>(context: Self::Context, future: F) -> Self::Task<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static;

    /// Spawns from inside a task and lets go of the handle.
    fn detach_from<F>(context: Self::Context, future: F)
    where
        F: Future<Output = ()> + Send + 'static;

    /// Runs a closure on a thread where it may block, from a thread that is none of the runtime's.
    fn spawn_blocking<T, F>(&self, job: F) -> Self::Task<T>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static;

    /// Goes to the back of the queue once, in the runtime's own way.
    fn yield_now() -> impl Future<Output = ()> + Send;

    /// Waits for a future on a thread that is none of the runtime's.
    fn block_on<F: Future>(&self, future: F) -> F::Output;
}

/// A started [`Rival`] whose type is forgotten: one virtual call per run, none inside it.
pub trait Contender {
    /// The rival's name.
    fn name(&self) -> &'static str;

    /// Runs a workload once and returns nanoseconds per operation.
    ///
    /// # Panics
    ///
    /// When the answer of the workload is wrong.
    fn run(&self, workload: Workload, operations: u64) -> f64;

    /// Parks so many tiny tasks for good; see [`parked::park`].
    ///
    /// # Panics
    ///
    /// When `tasks` is no multiple of [`parked::BATCH`].
    fn park(&self, tasks: u64);
}

impl<R: Rival> Contender for R {
    fn name(&self) -> &'static str {
        R::NAME
    }

    fn run(&self, workload: Workload, operations: u64) -> f64 {
        workload.run(self, operations)
    }

    fn park(&self, tasks: u64) {
        parked::park(self, tasks);
    }
}

impl fmt::Debug for dyn Contender {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("Contender")
            .field(&self.name())
            .finish()
    }
}

/// How to start one rival, by name.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// [`Rival::NAME`].
    pub name: &'static str,
    /// Starts it, with so many workers.
    pub start: fn(usize) -> Box<dyn Contender>,
}

/// Every rival, in the order of the tables: the peers, then wane.
pub const ENTRIES: &[Entry] = &[
    entry::<tokio::Tokio>(),
    entry::<async_executor::AsyncExecutor>(),
    entry::<wane::Wane>(),
];

const fn entry<R: Rival>() -> Entry {
    Entry {
        name: R::NAME,
        start: |workers| Box::new(R::start(workers)),
    }
}

/// Finds a rival by name.
///
/// # Errors
///
/// [`UnknownRival`], which names those there are.
pub fn find(name: &str) -> Result<Entry, UnknownRival> {
    let found = ENTRIES.iter().find(|entry| entry.name == name);
    found.copied().ok_or_else(|| UnknownRival(name.into()))
}

/// No rival has this name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownRival(String);

impl fmt::Display for UnknownRival {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = ENTRIES.iter().map(|entry| entry.name).collect();
        write!(
            formatter,
            "no rival is called `{}`; there are {}",
            self.0,
            names.join(", ")
        )
    }
}

impl std::error::Error for UnknownRival {}

/// Starts every rival, with [`WORKERS`] workers each.
#[must_use]
pub fn start_all() -> Vec<Box<dyn Contender>> {
    ENTRIES.iter().map(|entry| (entry.start)(WORKERS)).collect()
}
