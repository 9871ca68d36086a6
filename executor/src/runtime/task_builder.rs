//! Spawning a task with a name.

use std::future::Future;

use super::handle::Handle;
use crate::cell::{JoinHandle, spans};
use crate::scheduler::observer::names::{Named, Tag};

/// Spawns a task that has a name, which [`Handle::dump`] shows.
///
/// ```
/// let runtime = wane::runtime::Runtime::new()?;
/// let task = wane::task::Builder::new()
///     .name("heartbeat")
///     .spawn_on(std::future::pending::<()>(), runtime.handle());
/// let dump = runtime.handle().dump();
/// assert_eq!(dump.tasks()[0].id(), task.id());
/// assert_eq!(dump.tasks()[0].name(), Some("heartbeat"));
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[must_use = "a builder does nothing until it spawns"]
pub struct TaskBuilder<'a> {
    name: Option<&'a str>,
}

impl<'a> TaskBuilder<'a> {
    /// Of a task without a name.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives the task a name. It is copied, and goes with the task.
    pub fn name(self, name: &'a str) -> Self {
        Self { name: Some(name) }
    }

    /// Spawns into the current runtime, as [`wane::spawn`](crate::spawn) does.
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
    #[track_caller]
    pub fn spawn<F>(self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.spawn_on(future, &Handle::current())
    }

    /// Spawns into a runtime, as [`Handle::spawn`] does.
    #[track_caller]
    pub fn spawn_on<F>(self, future: F, handle: &Handle) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let Some(name) = self.name else {
            return handle.spawn(future);
        };
        let tag = Tag::new(name);
        spans::name_next(tag.name());
        let task = handle.spawn(Named::new(future, tag.clone()));
        tag.enter(task.id());
        task
    }
}
