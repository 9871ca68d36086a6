//! Plain parts that know nothing of tasks.
#![cfg_attr(
    not(any(test, loom)),
    expect(dead_code, reason = "the runtime that uses the parts is not here yet")
)]

pub(crate) mod block_on;
pub(crate) mod parker;
