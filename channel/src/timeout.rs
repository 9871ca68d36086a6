//! The blocking ends with a limit on the wait. Not in the model, which has no clock.

use std::time::{Duration, Instant};

use crate::blocking::LazyParking;
use crate::error::{RecvTimeoutError, SendError, SendTimeoutError};
use crate::receiver::Receiver;
use crate::sender::Sender;
use crate::state::Blocking;
use crate::waiters::Line;

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
        let Some(deadline) = Instant::now().checked_add(timeout) else {
            return self
                .send_blocking(message)
                .map_err(|SendError(message)| SendTimeoutError::Closed(message));
        };
        let parking = LazyParking::new();
        let begun = self
            .shared
            .step(|state, wakes| state.send_or_enlist(message, || parking.sleeper(), wakes));
        let key = match begun {
            Blocking::Over(outcome) => return outcome.map_err(SendTimeoutError::Closed),
            Blocking::Waits(key) => key,
        };
        // Whether the deadline came first is decided under the lock, below.
        let _ = parking.get().wait_until(deadline);
        self.shared.step(|state, _| match state.end_send_wait(key) {
            Blocking::Over(outcome) => outcome.map_err(SendTimeoutError::Closed),
            Blocking::Waits(key) => {
                let message = state.give_up_wait(Line::Senders, key);
                let message = message.expect("a sending thread in line has its message there");
                Err(SendTimeoutError::Timeout(message))
            }
        })
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
        let Some(deadline) = Instant::now().checked_add(timeout) else {
            return self.recv_blocking().map_err(|_| RecvTimeoutError::Closed);
        };
        self.suspend_stream();
        let parking = LazyParking::new();
        let begun = self
            .shared
            .step(|state, wakes| state.recv_or_enlist(|| parking.sleeper(), wakes));
        let key = match begun {
            Blocking::Over(outcome) => return outcome.map_err(|_| RecvTimeoutError::Closed),
            Blocking::Waits(key) => key,
        };
        // Whether the deadline came first is decided under the lock, below.
        let _ = parking.get().wait_until(deadline);
        self.shared
            .step(|state, wakes| match state.end_recv_wait(key, wakes) {
                Blocking::Over(outcome) => outcome.map_err(|_| RecvTimeoutError::Closed),
                Blocking::Waits(key) => {
                    state.give_up_wait(Line::Receivers, key);
                    Err(RecvTimeoutError::Timeout)
                }
            })
    }
}
