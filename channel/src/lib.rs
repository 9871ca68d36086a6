//! A suspend-capable bounded channel that works under any async runtime and from plain threads.
//!
//! Many senders, many receivers; each message goes to one receiver. Where the channel is full a
//! sender waits, where it is empty a receiver does: as a task (`send`, `recv`) or as a thread
//! (`send_blocking`, `recv_blocking`), in one line for both. The names and the meaning are
//! async-channel's, so that it drops in; [`Sender::reserve`], [`Receiver::recv_many`], the
//! blocking timeouts and [`oneshot`] come on top.
//!
//! ```
//! use futures_lite::{StreamExt, future};
//!
//! future::block_on(async {
//!     let (tx, rx) = wane_channel::bounded(2);
//!     let producer = async move {
//!         for n in 1..=5 {
//!             // Waits while two messages are under way.
//!             tx.send(n).await.expect("the consumer is there to the end");
//!         }
//!     };
//!     let consumer = async move { rx.fold(0, |sum, n| sum + n).await };
//!     let ((), sum) = future::zip(producer, consumer).await;
//!     assert_eq!(sum, 15);
//! });
//! ```
//!
//! # What it promises
//!
//! - **Order.** Messages leave in the order in which their sends were accepted. Senders and
//!   receivers are served in the order in which they began to wait, and a newcomer overtakes none
//!   of them. ([`Sender::force_send`] says that it does.)
//! - **Cancellation.** Dropping any future of this crate is *strict*: a dropped receive has
//!   received nothing, a dropped send has sent nothing and drops its message, and what was kept
//!   for either goes to the next in line. The channel then holds no clone of the waker. The futures
//!   have to be pinned to be polled by hand (`std::pin::pin!`); a [`Receiver`], also as a stream,
//!   does not.
//! - **Progress.** A task that was woken and is not polled keeps one message or one slot from the
//!   others, never the channel; when the channel is closed, not even that. A future or a [`Permit`]
//!   that is leaked keeps it for ever.
//! - **The end.** No receiver reports the end while an accepted message can still be received.
//!   When the last receiver's drop returns, every accepted message has been dropped, on that
//!   thread; a send was either accepted before, or gives its message back.
//! - **Memory.** A channel costs one allocation of 256 bytes whatever its capacity. Storage for
//!   messages grows with their number, in blocks of at most 8 KiB (or of one message), and is given
//!   back as they leave. Waiting allocates nothing but for threads and streams, and one who has
//!   waited leaves nothing behind.
//! - **Foreign code.** Wakers and destructors of messages run outside of the lock: they may call
//!   into the channel. A waker that panics is reported by the panic hook and costs nobody else
//!   anything; of the destructors in a receiver's drop the first panic goes on when all have run.
//! - **Fairness to other tasks.** Under the wane executor an operation that does not wait costs a
//!   unit of the task's budget, so that no task stays in one poll for ever.
//!
//! # Capacity
//!
//! The capacity bounds the messages that are not promised yet. When a message wakes a receiver, it
//! is promised to it and occupies no slot any more, as if the receiver held it: the channel may
//! contain up to its capacity and one message for each receiver that is about to run.
//! [`len`](Receiver::len) counts what anybody may take, which exceeds the capacity only by messages
//! whose promised receivers were cancelled.
//!
//! # Happens-before
//!
//! 1. A send → the receive that returns its message.
//! 2. With capacity C, the k-th receive, from the moment it waits or succeeds and whether or not
//!    it is cancelled after its wake → the end of the (k+C)-th send.
//! 3. All that precedes a close, or the last sender's drop → a receiver reports the end.
//! 4. All that precedes a close, or the last receiver's drop → a send gives its message back, and
//!    `closed` returns.
//! 5. A cancelled operation → the wake of the one to whom its place was passed on.
//!
//! # Choosing an operation
//!
//! | to                                          | use                                          |
//! |---------------------------------------------|----------------------------------------------|
//! | keep the message if the send is cancelled   | [`Sender::reserve`], then [`Permit::send`]   |
//! | never wait, and drop the oldest instead     | [`Sender::force_send`]                       |
//! | never wait, and hear of it                  | [`Sender::try_send`], [`Receiver::try_recv`] |
//! | take many messages under one lock           | [`Receiver::recv_many`]                      |
//! | stop when nobody listens                    | [`Sender::closed`]                           |
//! | know a channel without keeping it open      | [`WeakSender`], [`WeakReceiver`]             |
//! | send one reply                              | [`oneshot`]                                  |
//!
//! Messages above a kilobyte or so are better sent in a `Box`: a message is moved under the lock.
//!
//! # Model checking
//!
//! Under `--cfg loom` the whole crate stands on loom's primitives, so that models of programs that
//! use it can be checked. A timeout may then be up at any moment, before or after anything that
//! others do.
//!
//! # Features
//!
//! - `sink`: `Sender::into_sink`, a `Sink` of the `futures` crates.

#[doc(hidden)]
pub mod base;
pub mod oneshot;

mod blocking;
mod booth;
mod error;
mod futures;
mod line;
mod outlook;
mod permit;
mod queue;
mod receiver;
mod sender;
mod shared;
#[cfg(feature = "sink")]
mod sink;
mod sleeper;
mod state;
mod timeout;
mod turn;
mod weak;

pub use error::{
    RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError,
};
pub use futures::{Closed, Recv, RecvMany, Reserve, ReserveOwned, Send};
pub use permit::{OwnedPermit, Permit};
pub use receiver::Receiver;
pub use sender::Sender;
#[cfg(feature = "sink")]
pub use sink::SendSink;
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
