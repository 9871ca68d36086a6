//! Work that blocks its thread: the pool that runs it, and its jobs as tasks.

mod aim;
pub(crate) mod alarm;
pub(crate) mod config;
mod crew;
mod depot;
mod interrupt;
mod mark;
mod pace;
pub(crate) mod pool;
mod post;
mod probe;
mod queue;
mod refusal;
mod roll;
pub(crate) mod service;
mod task;
#[cfg(test)]
mod tests;

pub use alarm::StalledPool;
pub use interrupt::{BlockingContext, Cancelled, RecvCancelError, SendCancelError};
pub use refusal::TrySpawnBlockingError;
pub use roll::AbandonedJob;
pub(crate) use task::Blocking;
