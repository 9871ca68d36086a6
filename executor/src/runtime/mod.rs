//! Runtimes: configure one with a [`Builder`], own it as a [`Runtime`], refer to it by a [`Handle`].
//!
//! ```
//! use wane::runtime::Builder;
//!
//! let runtime = Builder::new_multi_thread().worker_threads(2).build()?;
//! let sum = runtime.block_on(async {
//!     let parts = (0..4).map(|part| wane::spawn(async move { part * part }));
//!     let mut sum = 0;
//!     for part in parts.collect::<Vec<_>>() {
//!         sum += part.await.unwrap();
//!     }
//!     sum
//! });
//! assert_eq!(sum, 14);
//! # std::io::Result::Ok(())
//! ```

mod builder;
mod census;
mod handle;
mod health;
pub(crate) mod local_set;
mod metrics;
mod report;
#[expect(
    clippy::module_inception,
    reason = "the file is named for the type it holds"
)]
mod runtime;
pub(crate) mod spawn;
pub(crate) mod task_builder;
mod task_hooks;

pub use crate::blocking::{AbandonedJob, StalledPool};
pub use crate::cell::origin::{TaskMeta, TaskOrigin};
pub use crate::driver::{ShutDown, is_rt_shutdown_err};
pub use crate::scheduler::core::Flavor as RuntimeFlavor;
pub use crate::scheduler::herald::{Event, RefusedThread, StuckKind, StuckWorker, ThreadRole};
pub use builder::Builder;
pub use census::{Census, Dump, Holder, RetainedResult, SiteCensus, TaskState, TaskView};
pub use handle::{EnterGuard, Handle, TryCurrentError};
pub use health::Health;
pub use metrics::RuntimeMetrics;
pub use report::ShutdownReport;
pub use runtime::Runtime;
