//! Work that blocks its thread: the pool that runs it.
#![cfg_attr(
    not(test),
    expect(dead_code, reason = "the runtime that uses the pool is not here yet")
)]

pub(crate) mod config;
mod crew;
mod pace;
pub(crate) mod pool;
mod probe;
mod queue;
mod service;
#[cfg(test)]
mod tests;
