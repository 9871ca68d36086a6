//! Tasks: spawn them, await or abort them, run calls that block beside them.
//!
//! A task's memory goes down the moment it ends: its future is dropped and given back before anybody
//! can see its result, and no waker, abort handle or finished join handle keeps a byte of it.
//!
//! | to                                                     | use                                    |
//! |--------------------------------------------------------|----------------------------------------|
//! | have tasks end with the block that spawns them         | [`scope()`]                            |
//! | the same, and end with the first error                 | [`try_scope`]                          |
//! | the same, and hear of each failure                     | [`supervise`]                          |
//! | take results of one type as they come                  | [`JoinSet`]                            |
//! | tell many tasks to end                                 | [`sync::CancellationToken`]            |
//! | let a task go its own way                              | [`spawn`], and drop the handle         |
//!
//! [`sync::CancellationToken`]: crate::sync::CancellationToken

mod join_set;
mod scope;

pub use join_set::JoinSet;
pub use scope::{Failure, Scope, ScopedJoinHandle, TryScope, scope, supervise, try_scope};

pub use crate::blocking::{
    BlockingContext, Cancelled, RecvCancelError, SendCancelError, TrySpawnBlockingError,
};
pub use crate::cell::id::{Id, id, try_id};
pub use crate::cell::locals::{AccessError, LocalKey};
pub use crate::cell::{AbortHandle, JoinError, JoinHandle};
pub use crate::runtime::local_set::{LocalEnterGuard, LocalSet, spawn_local};
pub use crate::runtime::spawn::{
    spawn, spawn_blocking, spawn_blocking_with, try_spawn_blocking, yield_now,
};
pub use crate::runtime::task_builder::TaskBuilder as Builder;
pub use crate::scheduler::rescue::block_in_place;

/// Futures that this module's functions return, under tokio's path.
pub mod futures {
    pub use crate::cell::locals::TaskLocalFuture;
}
