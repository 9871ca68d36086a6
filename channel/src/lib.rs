//! A suspend-capable bounded channel that works under any async runtime and from plain threads.
#![forbid(unsafe_code)]

#[doc(hidden)]
pub mod base;
pub mod oneshot;

mod blocking;
mod error;
mod futures;
mod parking;
mod permit;
mod queue;
mod receiver;
mod sender;
mod shared;
mod sleeper;
mod state;
#[cfg(not(loom))]
mod timeout;
mod turn;
mod waiters;
mod weak;

pub use error::{
    RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError,
};
pub use futures::{Closed, Recv, RecvMany, Reserve, Send};
pub use permit::Permit;
pub use receiver::Receiver;
pub use sender::Sender;
pub use weak::{WeakReceiver, WeakSender};

use base::sync::Arc;
use shared::Shared;

/// The capacity that no number of messages reaches.
const UNBOUNDED: usize = usize::MAX;

/// Makes a channel that holds `capacity` messages.
///
/// The storage for the messages grows with their number: a capacity costs nothing by itself.
///
/// ```
/// let (tx, rx) = wane_channel::bounded(1_000_000);
/// tx.try_send("hello")?;
/// assert_eq!(rx.try_recv(), Ok("hello"));
/// # Ok::<(), wane_channel::TrySendError<&str>>(())
/// ```
///
/// # Panics
///
/// When `capacity` is 0: there is no channel without a slot.
#[track_caller]
#[must_use]
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    assert!(
        capacity > 0,
        "the capacity of a channel must be at least 1; for a single reply use `oneshot`"
    );
    channel(capacity)
}

/// Makes a channel in which sends never wait.
///
/// ```
/// let (tx, rx) = wane_channel::unbounded();
/// for n in 0..1000 {
///     tx.try_send(n)?;
/// }
/// assert_eq!(rx.len(), 1000);
/// # Ok::<(), wane_channel::TrySendError<i32>>(())
/// ```
#[must_use]
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    channel(UNBOUNDED)
}

fn channel<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let shared = Arc::new(Shared::new(capacity));
    let receiver = Receiver::of_counted(Arc::clone(&shared));
    (Sender::of_counted(shared), receiver)
}
