//! Work that blocks its thread: the pool that runs it, and its jobs as tasks.

pub(crate) mod alarm;
pub(crate) mod config;
mod crew;
mod depot;
mod interrupt;
mod pace;
pub(crate) mod pool;
mod probe;
mod queue;
mod refusal;
pub(crate) mod service;
mod task;
#[cfg(test)]
mod tests;

pub use alarm::StalledPool;
pub use interrupt::{AbandonedJob, BlockingContext, Cancelled, RecvCancelError, SendCancelError};
pub use refusal::TrySpawnBlockingError;
pub(crate) use task::Blocking;
