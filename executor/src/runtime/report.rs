//! What a shutdown did not wait for.

use std::fmt;

use crate::cell::origin::TaskOrigin;
use crate::scheduler::core::Core;

/// What was still running when [`Runtime::shutdown_timeout`](super::Runtime::shutdown_timeout) gave up
/// waiting. [`Display`](fmt::Display) is a text for people, a line for each.
///
/// ```
/// use std::sync::mpsc;
/// use std::time::Duration;
///
/// let runtime = wane::runtime::Runtime::new()?;
/// let (release, released) = mpsc::channel::<()>();
/// let (running, is_running) = mpsc::channel();
/// let job = runtime.spawn_blocking(move || {
///     running.send(()).unwrap();
///     released.recv()
/// });
/// is_running.recv().unwrap();
///
/// let report = runtime.shutdown_timeout(Duration::from_millis(10));
/// assert!(!report.is_complete());
/// assert_eq!(report.blocking_jobs()[0].id(), job.id());
/// assert_eq!(report.blocking_jobs()[0].spawned_at().file(), file!());
/// # drop(release);
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ShutdownReport {
    threads: usize,
    tasks: Vec<TaskOrigin>,
    undropped_tasks: usize,
    blocking_jobs: Vec<TaskOrigin>,
}

impl ShutdownReport {
    /// What is to be seen of a runtime that waits no longer for so many threads.
    pub(super) fn of(core: &Core, threads: usize) -> Self {
        if threads == 0 {
            return Self::default();
        }
        Self {
            threads,
            tasks: core.running(),
            undropped_tasks: core.alive() as usize,
            blocking_jobs: core.blocking().running(),
        }
    }

    /// Whether everything has ended: nothing was abandoned.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.threads == 0
    }

    /// How many threads were left to themselves. Each ends when what it runs returns.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// The tasks whose poll, or destructor, has not returned.
    #[must_use]
    pub fn tasks(&self) -> &[TaskOrigin] {
        &self.tasks
    }

    /// How many tasks have not been dropped, [`tasks`](ShutdownReport::tasks) among them: one whose poll
    /// does not return holds up all others, which are dropped when it does.
    #[must_use]
    pub fn undropped_tasks(&self) -> usize {
        self.undropped_tasks
    }

    /// The blocking jobs that still run.
    #[must_use]
    pub fn blocking_jobs(&self) -> &[TaskOrigin] {
        &self.blocking_jobs
    }
}

impl fmt::Display for ShutdownReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_complete() {
            return f.write_str("everything has ended");
        }
        write!(
            f,
            "abandoned threads: {}, tasks not dropped: {}",
            self.threads, self.undropped_tasks
        )?;
        for task in &self.tasks {
            write!(f, "\nin a poll: {task} ({})", task.future_type())?;
        }
        self.blocking_jobs
            .iter()
            .try_for_each(|job| write!(f, "\nblocking job that runs: {job}"))
    }
}
