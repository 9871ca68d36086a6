//! A suspend-capable bounded channel that works under any async runtime and from plain threads.
#![forbid(unsafe_code)]

#[doc(hidden)]
pub mod base;
