//! Seeing what a runtime holds: live tasks, results that nobody took, and both by spawn site.
//!
//! | file         | what it holds                                              |
//! |--------------|------------------------------------------------------------|
//! | `view`       | one live task                                              |
//! | `retained`   | one result that nobody has taken                           |
//! | `sites`      | the sums for each spawn site                               |
//! | `table`      | text for people                                            |
//! | `json`       | the same for programs                                      |
//! | `prometheus` | the same for a monitoring system                           |
//!
//! All of it is found by a walk over the task slots, when it is asked for; a task pays nothing for it.
//! Tasks that come or go during the walk may be missed. Tasks of a
//! [`LocalSet`](crate::task::LocalSet) belong to the set, and are not seen here.

mod json;
mod prometheus;
mod retained;
mod sites;
mod table;
mod view;

use std::cmp::Reverse;
use std::fmt;
use std::time::Duration;

pub use retained::{Holder, RetainedResult};
use sites::Sums;
pub use sites::{Census, SiteCensus};
pub use view::{TaskState, TaskView};

use super::handle::Handle;

/// The live tasks of a runtime; see [`Handle::dump`].
#[derive(Clone, Debug)]
pub struct Dump {
    tasks: Vec<TaskView>,
}

impl Dump {
    /// The tasks, in the order of their ids: older ones first, as far as one thread spawned them.
    #[must_use]
    pub fn tasks(&self) -> &[TaskView] {
        &self.tasks
    }

    /// The tasks that nobody has polled for longer than `limit`, where the runtime
    /// [tracks its tasks](super::Builder::track_tasks).
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let runtime = wane::runtime::Builder::new_current_thread().track_tasks().build()?;
    /// let stalled = runtime.block_on(async {
    ///     wane::spawn(std::future::pending::<()>());
    ///     wane::time::sleep(Duration::from_millis(20)).await;
    ///     let dump = wane::runtime::Handle::current().dump();
    ///     dump.pending_for_longer_than(Duration::from_millis(10)).count()
    /// });
    /// assert_eq!(stalled, 1);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn pending_for_longer_than(&self, limit: Duration) -> impl Iterator<Item = &TaskView> {
        let waits_long =
            move |task: &&TaskView| task.pending_for().is_some_and(|time| time > limit);
        self.tasks.iter().filter(waits_long)
    }
}

/// A table.
impl fmt::Display for Dump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table::of_tasks(&self.tasks).fmt(f)
    }
}

/// Seeing what the runtime holds.
impl Handle {
    /// Every live task: its name, spawn site, state and future; with
    /// [`Builder::track_tasks`](super::Builder::track_tasks) also its age, polls, and for how long it has
    /// been waiting.
    ///
    /// It looks at each slot of the runtime, some nanoseconds for each.
    ///
    /// ```
    /// let runtime = wane::runtime::Builder::new_current_thread().build()?;
    /// runtime.block_on(async {
    ///     let task = wane::spawn(async {
    ///         let buffer = [0u8; 1000];
    ///         std::future::pending::<()>().await;
    ///         drop(buffer);
    ///     });
    ///     wane::task::yield_now().await;
    ///     let dump = wane::runtime::Handle::current().dump();
    ///     let seen = &dump.tasks()[0];
    ///     assert_eq!(seen.id(), task.id());
    ///     assert_eq!(seen.spawned_at().file(), file!());
    ///     assert!(seen.future_size() >= 1000);
    ///     println!("{dump}");
    /// });
    /// # std::io::Result::Ok(())
    /// ```
    #[must_use]
    pub fn dump(&self) -> Dump {
        let observer = self.core().observer();
        let ledger = observer.and_then(|observer| observer.ledger());
        let mut tasks = Vec::new();
        self.core()
            .survey(|sighting| tasks.extend(TaskView::of(sighting, ledger)));
        tasks.sort_unstable_by_key(TaskView::id);
        Dump { tasks }
    }

    /// Every result that is ready and that nobody has taken: spawn site, bytes, who holds it and for
    /// how long. The largest first.
    ///
    /// A result stays for as long as somebody keeps its [`JoinHandle`](crate::task::JoinHandle), and no
    /// longer: wakers and abort handles keep nothing. So what grows here are join handles that are kept
    /// and not awaited.
    ///
    /// ```
    /// let runtime = wane::runtime::Builder::new_current_thread().build()?;
    /// runtime.block_on(async {
    ///     let kept = wane::spawn(async { [0u8; 4096] });
    ///     wane::task::yield_now().await;
    ///     let retained = wane::runtime::Handle::current().retained();
    ///     assert_eq!(retained[0].id(), kept.id());
    ///     assert_eq!(retained[0].result_size(), 4096);
    ///     assert_eq!(retained[0].spawned_at().file(), file!());
    ///
    ///     drop(kept);
    ///     assert!(wane::runtime::Handle::current().retained().is_empty());
    /// });
    /// # std::io::Result::Ok(())
    /// ```
    #[must_use]
    pub fn retained(&self) -> Vec<RetainedResult> {
        let mut retained = Vec::new();
        self.core()
            .survey(|sighting| retained.extend(RetainedResult::of(sighting)));
        retained.sort_unstable_by_key(|result| Reverse((result.result_size(), result.age())));
        retained
    }

    /// Live tasks and results that nobody has taken, summed up by spawn site; the most bytes first.
    ///
    /// ```
    /// let runtime = wane::runtime::Builder::new_current_thread().build()?;
    /// runtime.block_on(async {
    ///     for _ in 0..3 {
    ///         wane::spawn(std::future::pending::<()>());
    ///     }
    ///     let census = wane::runtime::Handle::current().census();
    ///     assert_eq!(census.sites().len(), 1);
    ///     assert_eq!(census.sites()[0].live(), 3);
    ///     println!("{census}\n{}\n{}", census.to_json(), census.to_prometheus());
    /// });
    /// # std::io::Result::Ok(())
    /// ```
    #[must_use]
    pub fn census(&self) -> Census {
        let mut sums = Sums::default();
        self.core().survey(|sighting| sums.add(sighting));
        sums.census()
    }

    /// For tests: nothing is retained.
    ///
    /// ```
    /// let runtime = wane::runtime::Builder::new_current_thread().build()?;
    /// runtime.block_on(async {
    ///     assert_eq!(wane::spawn(async { 1 }).await.unwrap(), 1);
    ///     wane::runtime::Handle::current().assert_no_retention();
    /// });
    /// # std::io::Result::Ok(())
    /// ```
    ///
    /// # Panics
    ///
    /// Where a result waits for somebody to take it; the message is a table of them.
    #[track_caller]
    pub fn assert_no_retention(&self) {
        let retained = self.retained();
        assert!(
            retained.is_empty(),
            "{} results are ready and nobody has taken them: await or drop their join handles\n{}",
            retained.len(),
            table::of_results(&retained)
        );
    }
}
