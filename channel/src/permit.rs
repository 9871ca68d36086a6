//! A slot in hand: the right to send one message without waiting.

use std::fmt;

use crate::error::SendError;
use crate::sender::Sender;

/// A slot of the channel that is kept for one message, from [`Sender::reserve`].
///
/// Dropping it gives the slot to the next sender in line. A permit that is leaked keeps its slot.
///
/// ```
/// # futures_lite::future::block_on(async {
/// let (tx, rx) = wane_channel::bounded(1);
/// let permit = tx.reserve().await?;
/// assert!(tx.try_send("no slot left").is_err());
/// assert!(permit.send("kept").is_ok());
/// assert_eq!(rx.recv().await, Ok("kept"));
/// # Ok::<(), wane_channel::SendError<()>>(())
/// # }).unwrap();
/// ```
#[must_use = "a permit that is dropped gives its slot back"]
pub struct Permit<'a, T> {
    sender: &'a Sender<T>,
}

impl<'a, T> Permit<'a, T> {
    /// Takes over one slot that is counted as reserved.
    pub(crate) fn of_reserved_slot(sender: &'a Sender<T>) -> Self {
        Self { sender }
    }

    /// Sends the message into the kept slot, without waiting.
    ///
    /// ```
    /// let (tx, rx) = wane_channel::bounded(1);
    /// let permit = tx.try_reserve().unwrap();
    /// rx.close();
    /// assert_eq!(permit.send(7).unwrap_err().into_inner(), 7);
    /// ```
    ///
    /// # Errors
    ///
    /// [`SendError`] with the message, when the channel was closed after the permit was given.
    pub fn send(self, message: T) -> Result<(), SendError<T>> {
        let sender = self.sender;
        // The slot is filled below, not released.
        std::mem::forget(self);
        sender
            .shared
            .step(|state, wakes| state.fill_if_open(message, wakes))
            .map_err(SendError)
    }
}

impl<T> Drop for Permit<'_, T> {
    fn drop(&mut self) {
        self.sender.shared.step(|state, wakes| state.release(wakes));
    }
}

impl<T> fmt::Debug for Permit<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").finish_non_exhaustive()
    }
}

/// A [`Permit`] that owns its sender, from [`Sender::reserve_owned`].
///
/// ```
/// # futures_lite::future::block_on(async {
/// let (tx, rx) = wane_channel::bounded(1);
/// let permit = tx.clone().reserve_owned().await?;
/// assert!(tx.try_send("no slot left").is_err());
/// assert!(permit.send("kept").is_ok());
/// assert_eq!(rx.recv().await, Ok("kept"));
/// # Ok::<(), wane_channel::SendError<()>>(())
/// # }).unwrap();
/// ```
#[must_use = "a permit that is dropped gives its slot back"]
pub struct OwnedPermit<T> {
    /// Empty once the slot is filled or given back.
    sender: Option<Sender<T>>,
}

impl<T> OwnedPermit<T> {
    /// Takes over one slot that is counted as reserved.
    pub(crate) fn of_reserved_slot(sender: Sender<T>) -> Self {
        Self {
            sender: Some(sender),
        }
    }

    /// Sends the message into the kept slot, without waiting, and returns the sender.
    ///
    /// ```
    /// let (tx, rx) = wane_channel::bounded(1);
    /// let permit = tx.try_reserve_owned().unwrap();
    /// let tx = permit.send(7).unwrap();
    /// assert_eq!(rx.try_recv(), Ok(7));
    /// # drop(tx);
    /// ```
    ///
    /// # Errors
    ///
    /// [`SendError`], when the channel was closed after the permit was given.
    pub fn send(mut self, message: T) -> Result<Sender<T>, SendError<T>> {
        let sender = self.take_sender();
        sender
            .shared
            .step(|state, wakes| state.fill_if_open(message, wakes))
            .map_err(SendError)?;
        Ok(sender)
    }

    /// Gives the slot back unused, and returns the sender.
    ///
    /// ```
    /// let (tx, rx) = wane_channel::bounded(1);
    /// let tx = tx.try_reserve_owned().unwrap().release();
    /// assert_eq!(tx.try_send(1), Ok(()));
    /// # drop(rx);
    /// ```
    pub fn release(mut self) -> Sender<T> {
        let sender = self.take_sender();
        sender.shared.step(|state, wakes| state.release(wakes));
        sender
    }

    fn take_sender(&mut self) -> Sender<T> {
        self.sender
            .take()
            .expect("only `send` and `release` take it, once")
    }
}

impl<T> Drop for OwnedPermit<T> {
    fn drop(&mut self) {
        if let Some(sender) = &self.sender {
            sender.shared.step(|state, wakes| state.release(wakes));
        }
    }
}

impl<T> fmt::Debug for OwnedPermit<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedPermit").finish_non_exhaustive()
    }
}
