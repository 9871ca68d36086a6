//! The blocking ends with a limit on the wait. In a model the time may be up at any moment.

use std::time::{Duration, Instant};

use crate::blocking;
use crate::error::{RecvTimeoutError, SendTimeoutError};
use crate::receiver::Receiver;
use crate::sender::Sender;

impl<T> Sender<T> {
    /// Sends a message from a plain thread, which sleeps no longer than `timeout`.
    ///
    /// A timeout too long for the clock, such as [`Duration::MAX`], is none. As with
    /// [`Sender::send_blocking`], do not call it inside a task.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wane_channel::{SendTimeoutError, bounded};
    ///
    /// let (tx, rx) = bounded(1);
    /// assert_eq!(tx.send_timeout(1, Duration::MAX), Ok(()));
    /// let late = tx.send_timeout(2, Duration::from_millis(1));
    /// assert_eq!(late, Err(SendTimeoutError::Timeout(2)));
    /// assert_eq!(rx.try_recv(), Ok(1));
    /// ```
    ///
    /// # Errors
    ///
    /// [`SendTimeoutError`] with the message, when the channel stayed full or is closed.
    pub fn send_timeout(&self, message: T, timeout: Duration) -> Result<(), SendTimeoutError<T>> {
        blocking::send(&self.shared, message, deadline_after(timeout))
    }
}

impl<T> Receiver<T> {
    /// Receives a message on a plain thread, which sleeps no longer than `timeout`.
    ///
    /// A timeout too long for the clock, such as [`Duration::MAX`], is none. As with
    /// [`Receiver::recv_blocking`], do not call it inside a task.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wane_channel::{RecvTimeoutError, bounded};
    ///
    /// let (tx, rx) = bounded(1);
    /// let early = rx.recv_timeout(Duration::from_millis(1));
    /// assert_eq!(early, Err(RecvTimeoutError::Timeout));
    /// tx.try_send(1)?;
    /// assert_eq!(rx.recv_timeout(Duration::MAX), Ok(1));
    /// # Ok::<(), wane_channel::TrySendError<i32>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`RecvTimeoutError`], when no message came or the channel is closed and empty.
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        self.suspend_stream();
        blocking::recv(&self.shared, deadline_after(timeout))
    }
}

/// None where it is beyond what the clock can tell.
fn deadline_after(timeout: Duration) -> Option<Instant> {
    Instant::now().checked_add(timeout)
}
