//! Handles that do not keep the channel open.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};

use crate::base::sync::Arc;
use crate::receiver::Receiver;
use crate::sender::Sender;
use crate::shared::Shared;

/// A [`Sender`] that does not keep the channel open, from [`Sender::downgrade`].
///
/// ```
/// let (tx, rx) = wane_channel::bounded(1);
/// let weak = tx.downgrade();
/// weak.upgrade().unwrap().try_send(1)?;
/// drop(tx);
/// assert!(weak.upgrade().is_none());
/// assert_eq!(rx.try_recv(), Ok(1));
/// # Ok::<(), wane_channel::TrySendError<i32>>(())
/// ```
pub struct WeakSender<T> {
    pub(crate) shared: Arc<Shared<T>>,
}

impl<T> WeakSender<T> {
    /// Makes a [`Sender`], unless the channel is closed.
    ///
    /// ```
    /// let (tx, rx) = wane_channel::bounded::<u32>(1);
    /// let weak = tx.downgrade();
    /// assert!(weak.upgrade().is_some());
    /// rx.close();
    /// assert!(weak.upgrade().is_none());
    /// ```
    #[must_use]
    pub fn upgrade(&self) -> Option<Sender<T>> {
        let added = self.shared.step(|state, _| state.try_add_sender());
        added.then(|| Sender::of_counted(Arc::clone(&self.shared)))
    }
}

impl<T> Clone for WeakSender<T> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

// As for the handles that it makes.
impl<T> UnwindSafe for WeakSender<T> {}
impl<T> RefUnwindSafe for WeakSender<T> {}

impl<T> fmt::Debug for WeakSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakSender").finish_non_exhaustive()
    }
}

/// A [`Receiver`] that does not keep the channel open, from [`Receiver::downgrade`].
///
/// ```
/// let (tx, rx) = wane_channel::bounded(1);
/// let weak = rx.downgrade();
/// drop(rx);
/// assert!(weak.upgrade().is_none());
/// assert!(tx.try_send(1).unwrap_err().is_closed());
/// ```
pub struct WeakReceiver<T> {
    pub(crate) shared: Arc<Shared<T>>,
}

impl<T> WeakReceiver<T> {
    /// Makes a [`Receiver`], unless the channel is closed.
    ///
    /// ```
    /// let (tx, rx) = wane_channel::bounded::<u32>(1);
    /// let weak = rx.downgrade();
    /// assert!(weak.upgrade().is_some());
    /// tx.close();
    /// assert!(weak.upgrade().is_none());
    /// ```
    #[must_use]
    pub fn upgrade(&self) -> Option<Receiver<T>> {
        let added = self.shared.step(|state, _| state.try_add_receiver());
        added.then(|| Receiver::of_counted(Arc::clone(&self.shared)))
    }
}

impl<T> Clone for WeakReceiver<T> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

// As for the handles that it makes.
impl<T> UnwindSafe for WeakReceiver<T> {}
impl<T> RefUnwindSafe for WeakReceiver<T> {}

impl<T> fmt::Debug for WeakReceiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakReceiver").finish_non_exhaustive()
    }
}
