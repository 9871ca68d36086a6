//! Watching tasks from inside: hooks and tracking, as a [`Builder`] takes them.

use wane_channel::base::sync::Arc;

use super::builder::Builder;
use crate::cell::origin::TaskMeta;

/// Task hooks. They are called on the thread that spawns or runs the task, outside of its poll; a panic
/// in one is reported by the panic hook and ends there. They see the tasks of the runtime's workers:
/// not those of a [`LocalSet`](crate::task::LocalSet), and not blocking jobs. Where none is set they cost
/// a branch.
impl Builder {
    /// Calls `hook` for each task that is spawned, before its first poll.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicUsize, Ordering};
    ///
    /// let (spawned, ended) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    /// let (count_spawned, count_ended) = (spawned.clone(), ended.clone());
    /// let runtime = wane::runtime::Builder::new_current_thread()
    ///     .on_task_spawn(move |task| {
    ///         assert_eq!(task.spawned_at().file(), file!());
    ///         count_spawned.fetch_add(1, Ordering::Relaxed);
    ///     })
    ///     .on_task_terminate(move |_| {
    ///         count_ended.fetch_add(1, Ordering::Relaxed);
    ///     })
    ///     .build()?;
    /// runtime.block_on(async {
    ///     wane::spawn(async {}).await.unwrap();
    ///     assert!(wane::spawn(std::future::pending::<()>()).cancel().await.is_err());
    /// });
    /// drop(runtime);
    /// assert_eq!(spawned.load(Ordering::Relaxed), 2);
    /// assert_eq!(ended.load(Ordering::Relaxed), 2);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn on_task_spawn<F>(&mut self, hook: F) -> &mut Self
    where
        F: Fn(&TaskMeta<'_>) + Send + Sync + 'static,
    {
        self.wishes().on_spawn = Some(Arc::new(hook));
        self
    }

    /// Calls `hook` before each poll, and before an aborted task is dropped.
    pub fn on_before_task_poll<F>(&mut self, hook: F) -> &mut Self
    where
        F: Fn(&TaskMeta<'_>) + Send + Sync + 'static,
    {
        self.wishes().on_before_poll = Some(Arc::new(hook));
        self
    }

    /// Calls `hook` after each poll, also the last, and after an aborted task was dropped.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicI32, Ordering};
    ///
    /// let balance = Arc::new(AtomicI32::new(0));
    /// let (before, after) = (balance.clone(), balance.clone());
    /// let runtime = wane::runtime::Builder::new_current_thread()
    ///     .on_before_task_poll(move |_| {
    ///         before.fetch_add(1, Ordering::Relaxed);
    ///     })
    ///     .on_after_task_poll(move |_| {
    ///         after.fetch_sub(1, Ordering::Relaxed);
    ///     })
    ///     .build()?;
    /// let seen = balance.clone();
    /// let in_poll = runtime.block_on(async {
    ///     wane::spawn(async move { seen.load(Ordering::Relaxed) }).await.unwrap()
    /// });
    /// assert_eq!((in_poll, balance.load(Ordering::Relaxed)), (1, 0));
    /// # std::io::Result::Ok(())
    /// ```
    pub fn on_after_task_poll<F>(&mut self, hook: F) -> &mut Self
    where
        F: Fn(&TaskMeta<'_>) + Send + Sync + 'static,
    {
        self.wishes().on_after_poll = Some(Arc::new(hook));
        self
    }

    /// Calls `hook` for each task that is over: returned, panicked or aborted, its future dropped and
    /// its memory given back. Also for those that the end of the runtime drops.
    pub fn on_task_terminate<F>(&mut self, hook: F) -> &mut Self
    where
        F: Fn(&TaskMeta<'_>) + Send + Sync + 'static,
    {
        self.wishes().on_terminate = Some(Arc::new(hook));
        self
    }

    /// Keeps a ledger of each live task: its age, how often and for how long it was polled, and since
    /// when it waits. [`Handle::dump`](super::Handle::dump) then shows them.
    ///
    /// It costs two looks at the clock and three short locks for each poll, and some 100 bytes for each
    /// live task; nothing is kept of a task that is over. Without it a task costs nothing for being
    /// seen.
    pub fn track_tasks(&mut self) -> &mut Self {
        self.wishes().track = true;
        self
    }
}
