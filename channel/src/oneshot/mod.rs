//! A channel for one value, with tokio's names.
//!
//! It costs one allocation, which is gone when both ends are. A value that was sent is never kept
//! by a receiver that has gone: [`Sender::send`] gives it back, or the receiver's drop drops it
//! before it returns.
//!
//! ```
//! use wane_channel::oneshot;
//! # futures_lite::future::block_on(async {
//! let (tx, rx) = oneshot::channel();
//! assert_eq!(tx.send("done"), Ok(()));
//! assert_eq!(rx.await, Ok("done"));
//! # });
//! ```
//!
//! # Happens-before
//!
//! - [`Sender::send`] → the receive that returns the value: it sees all that came before the send.
//! - The receiver's `close` or drop → [`Sender::closed`] returns, or a send gives the value back.
//! - The sender's drop → the receiver sees [`error::RecvError`].

pub mod error;
mod receiver;
mod sender;
mod state;

pub use receiver::Receiver;
pub use sender::{Closed, Sender};

use crate::base::sync::{Arc, Mutex};
use state::State;

type Shared<T> = Mutex<State<T>>;

/// Makes a channel for one value.
///
/// ```
/// let (tx, rx) = wane_channel::oneshot::channel();
/// tx.send(7).unwrap();
/// assert_eq!(rx.blocking_recv(), Ok(7));
/// ```
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let shared = Arc::new(Mutex::new(State::new()));
    (Sender::new(Arc::clone(&shared)), Receiver::new(shared))
}
