//! Work that blocks its thread: the pool that runs it, and its jobs as tasks.

pub(crate) mod config;
mod crew;
mod depot;
mod pace;
pub(crate) mod pool;
mod probe;
mod queue;
mod refusal;
mod service;
mod task;
#[cfg(test)]
mod tests;

pub use refusal::TrySpawnBlockingError;
pub(crate) use task::Blocking;
