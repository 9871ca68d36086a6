//! What goes through a channel: numbers, bare or in a payload.

use std::hint::black_box;

/// A message that knows its number.
pub trait Message: Copy + Send + Sync + Unpin + 'static {
    /// Makes the message with this number.
    fn numbered(number: u64) -> Self;

    /// The message's number.
    fn number(&self) -> u64;
}

impl Message for u64 {
    fn numbered(number: u64) -> Self {
        number
    }

    fn number(&self) -> u64 {
        *self
    }
}

/// 256 bytes. All of them are written and read as far as the compiler can tell, so that none of
/// them stays behind.
impl Message for [u64; 32] {
    #[inline]
    fn numbered(number: u64) -> Self {
        black_box([number; 32])
    }

    #[inline]
    fn number(&self) -> u64 {
        black_box(self)[31]
    }
}
