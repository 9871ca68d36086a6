//! Why there is no value.

use std::error::Error;
use std::fmt;

/// The sender has gone without sending, or the channel was closed before it sent.
///
/// ```
/// use wane_channel::oneshot;
/// let (tx, rx) = oneshot::channel::<u32>();
/// drop(tx);
/// assert_eq!(rx.blocking_recv(), Err(oneshot::error::RecvError));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecvError;

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the sender of a oneshot channel has gone without sending")
    }
}

impl Error for RecvError {}

/// Why there is no value at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TryRecvError {
    /// The sender has not sent yet.
    Empty,
    /// The sender has gone without sending, or the value has been taken.
    Closed,
}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the sender of a oneshot channel has not sent yet",
            Self::Closed => "the sender of a oneshot channel has gone without sending",
        })
    }
}

impl Error for TryRecvError {}
