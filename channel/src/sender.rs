//! The sending end.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};

use crate::UNBOUNDED;
use crate::base::sync::Arc;
use crate::blocking;
use crate::error::{SendError, TrySendError};
use crate::futures::{Closed, Reserve, ReserveOwned, Send};
use crate::line::ChannelRef;
use crate::permit::{OwnedPermit, Permit};
use crate::shared::Shared;
use crate::state::{NoSlot, State};
use crate::weak::WeakSender;

/// The sending end of a channel, from [`bounded`](crate::bounded) or
/// [`unbounded`](crate::unbounded).
///
/// Clones are further senders of the same channel; the drop of the last one closes it. What was
/// sent can still be received.
///
/// ```
/// let (tx, rx) = wane_channel::bounded(2);
/// let tx2 = tx.clone();
/// tx.try_send(1)?;
/// tx2.try_send(2)?;
/// drop((tx, tx2));
/// assert_eq!((rx.try_recv(), rx.try_recv()), (Ok(1), Ok(2)));
/// assert!(rx.is_closed());
/// # Ok::<(), wane_channel::TrySendError<i32>>(())
/// ```
///
/// It crosses threads with messages that do, and with no others:
///
/// ```compile_fail,E0277
/// let (tx, _rx) = wane_channel::bounded::<std::rc::Rc<u32>>(1);
/// std::thread::spawn(move || drop(tx));
/// ```
pub struct Sender<T> {
    pub(crate) shared: Arc<Shared<T>>,
}

/// Sending.
impl<T> Sender<T> {
    /// Takes over one count of the state's senders.
    pub(crate) fn of_counted(shared: Arc<Shared<T>>) -> Self {
        Self { shared }
    }

    /// Sends a message, and waits in line while the channel is full.
    ///
    /// ```
    /// # futures_lite::future::block_on(async {
    /// let (tx, rx) = wane_channel::bounded(1);
    /// assert_eq!(tx.send(1).await, Ok(()));
    /// drop(rx);
    /// assert_eq!(tx.send(2).await.unwrap_err().into_inner(), 2);
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`SendError`] with the message, when the channel is closed.
    ///
    /// # Cancellation
    ///
    /// *Strict* for the channel: a dropped send has not sent, and gives its place to the next in
    /// line. The message is dropped with it; to keep the message, take a slot first with
    /// [`Sender::reserve`].
    pub fn send(&self, message: T) -> Send<'_, T> {
        Send::new(self, message)
    }

    /// Sends a message if there is a free slot that nobody waits for.
    ///
    /// ```
    /// use wane_channel::TrySendError;
    /// let (tx, rx) = wane_channel::bounded(1);
    /// assert_eq!(tx.try_send(1), Ok(()));
    /// assert_eq!(tx.try_send(2), Err(TrySendError::Full(2)));
    /// drop(rx);
    /// assert_eq!(tx.try_send(3), Err(TrySendError::Closed(3)));
    /// ```
    ///
    /// # Errors
    ///
    /// [`TrySendError`] with the message, when the channel is full or closed.
    #[inline]
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        let mut message = Some(message);
        match (self.shared.try_send(&mut message), message) {
            (Err(NoSlot::Full), Some(message)) => Err(TrySendError::Full(message)),
            (Err(NoSlot::Closed), Some(message)) => Err(TrySendError::Closed(message)),
            _ => Ok(()),
        }
    }

    /// Sends a message from a plain thread, which sleeps in line while the channel is full.
    ///
    /// Inside a task it would block all the other tasks of the thread: use [`Sender::send`] there.
    ///
    /// ```
    /// let (tx, rx) = wane_channel::bounded(1);
    /// tx.send_blocking(1)?;
    /// assert_eq!(rx.recv_blocking(), Ok(1));
    /// # Ok::<(), wane_channel::SendError<i32>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`SendError`] with the message, when the channel is closed.
    pub fn send_blocking(&self, message: T) -> Result<(), SendError<T>> {
        blocking::send(&self.shared, message, None).map_err(|error| SendError(error.into_inner()))
    }

    /// Sends a message at once; where the channel is full, the oldest message makes room and is
    /// returned.
    ///
    /// It overtakes the senders that wait. Where the slots are not taken by messages but kept for
    /// permits and woken senders, the channel holds one message more than its capacity.
    ///
    /// ```
    /// let (tx, rx) = wane_channel::bounded(1);
    /// assert_eq!(tx.force_send(1), Ok(None));
    /// assert_eq!(tx.force_send(2), Ok(Some(1)));
    /// assert_eq!(rx.try_recv(), Ok(2));
    /// ```
    ///
    /// # Errors
    ///
    /// [`SendError`] with the message, when the channel is closed.
    pub fn force_send(&self, message: T) -> Result<Option<T>, SendError<T>> {
        self.shared
            .step(|state, wakes| state.force(message, wakes))
            .map_err(SendError)
    }

    /// Waits in line for a slot, and keeps it for a message that need not exist yet.
    ///
    /// ```
    /// # futures_lite::future::block_on(async {
    /// let (tx, rx) = wane_channel::bounded(1);
    /// let permit = tx.reserve().await.unwrap();
    /// assert!(permit.send("made when there is room for it").is_ok());
    /// assert!(rx.recv().await.is_ok());
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`SendError`], when the channel is closed.
    ///
    /// # Cancellation
    ///
    /// *Strict*: a dropped future has taken no slot, and gives its place to the next in line.
    pub fn reserve(&self) -> Reserve<'_, T> {
        Reserve::new(self)
    }

    /// As [`Sender::reserve`], with a permit that owns its sender and can be kept anywhere.
    ///
    /// Keep another clone of the sender to go on sending; [`OwnedPermit::send`] and
    /// [`OwnedPermit::release`] return the one in here.
    ///
    /// ```
    /// # futures_lite::future::block_on(async {
    /// let (tx, rx) = wane_channel::bounded(1);
    /// let permit = tx.reserve_owned().await.unwrap();
    /// let tx = std::thread::spawn(|| permit.send(1)).join().unwrap().unwrap();
    /// assert_eq!(rx.recv().await, Ok(1));
    /// # drop(tx);
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`SendError`], when the channel is closed.
    ///
    /// # Cancellation
    ///
    /// *Strict* for the channel: a dropped future has taken no slot, and gives its place to the
    /// next in line. The sender is dropped with it.
    pub fn reserve_owned(self) -> ReserveOwned<T> {
        ReserveOwned::new(self)
    }

    /// As [`Sender::try_reserve`], with a permit that owns its sender.
    ///
    /// ```
    /// use wane_channel::TrySendError;
    /// let (tx, rx) = wane_channel::bounded(1);
    /// let permit = tx.clone().try_reserve_owned().unwrap();
    /// let refused = tx.try_reserve_owned().unwrap_err();
    /// assert!(refused.is_full());
    /// let tx = refused.into_inner();
    /// drop(permit);
    /// assert_eq!(tx.try_send(1), Ok(()));
    /// assert_eq!(rx.try_recv(), Ok(1));
    /// ```
    ///
    /// # Errors
    ///
    /// [`TrySendError`] with the sender, when the channel is full or closed.
    pub fn try_reserve_owned(self) -> Result<OwnedPermit<T>, TrySendError<Self>> {
        match self.shared.step(|state, _| state.try_reserve()) {
            Ok(()) => Ok(OwnedPermit::of_reserved_slot(self)),
            Err(NoSlot::Full) => Err(TrySendError::Full(self)),
            Err(NoSlot::Closed) => Err(TrySendError::Closed(self)),
        }
    }

    /// Keeps a slot if there is one that nobody waits for.
    ///
    /// ```
    /// use wane_channel::TrySendError;
    /// let (tx, _rx) = wane_channel::bounded(1);
    /// let permit = tx.try_reserve().unwrap();
    /// assert_eq!(tx.try_reserve().unwrap_err(), TrySendError::Full(()));
    /// assert!(permit.send(1).is_ok());
    /// ```
    ///
    /// # Errors
    ///
    /// [`TrySendError`], when the channel is full or closed.
    pub fn try_reserve(&self) -> Result<Permit<'_, T>, TrySendError<()>> {
        match self.shared.step(|state, _| state.try_reserve()) {
            Ok(()) => Ok(Permit::of_reserved_slot(self)),
            Err(NoSlot::Full) => Err(TrySendError::Full(())),
            Err(NoSlot::Closed) => Err(TrySendError::Closed(())),
        }
    }
}

/// Looking and closing.
impl<T> Sender<T> {
    /// Closes the channel for both ends; true where this call did it.
    ///
    /// Sends fail from now on, those that wait included, and so do permits. What the channel has
    /// accepted can still be received.
    ///
    /// ```
    /// let (tx, rx) = wane_channel::bounded(1);
    /// tx.try_send(1)?;
    /// assert!(tx.close());
    /// assert!(!rx.close());
    /// assert_eq!(rx.try_recv(), Ok(1));
    /// # Ok::<(), wane_channel::TrySendError<i32>>(())
    /// ```
    pub fn close(&self) -> bool {
        self.shared.step(State::close)
    }

    /// Waits until the channel is closed: by either end, or by the drop of the last handle of one.
    ///
    /// ```
    /// # futures_lite::future::block_on(async {
    /// let (tx, rx) = wane_channel::bounded::<u32>(1);
    /// drop(rx);
    /// tx.closed().await;
    /// assert!(tx.is_closed());
    /// # });
    /// ```
    ///
    /// # Cancellation
    ///
    /// *Strict*: dropping the future leaves nothing behind.
    pub fn closed(&self) -> Closed<'_, T> {
        Closed::new(&self.shared)
    }

    /// True once the channel is closed.
    ///
    /// ```
    /// let (tx, rx) = wane_channel::bounded::<u32>(1);
    /// assert!(!tx.is_closed());
    /// drop(rx);
    /// assert!(tx.is_closed());
    /// ```
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.shared.look(State::is_closed)
    }

    /// True where there is no message that anybody may take.
    ///
    /// ```
    /// let (tx, rx) = wane_channel::bounded(1);
    /// assert!(tx.is_empty());
    /// tx.try_send(1)?;
    /// assert!(!tx.is_empty());
    /// # Ok::<(), wane_channel::TrySendError<i32>>(())
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// True where as many messages are in the channel as its capacity says. Never true for an
    /// unbounded channel.
    ///
    /// Permits do not count, so that a send may have to wait although this is false.
    ///
    /// ```
    /// let (tx, rx) = wane_channel::bounded(1);
    /// assert!(!tx.is_full());
    /// tx.try_send(1)?;
    /// assert!(tx.is_full());
    /// # Ok::<(), wane_channel::TrySendError<i32>>(())
    /// ```
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.shared.look(|state| state.len() >= state.capacity())
    }

    /// How many messages are in the channel that anybody may take.
    ///
    /// A message promised to a receiver that was woken does not count. The number exceeds the
    /// capacity only by messages whose promised receivers were cancelled.
    ///
    /// ```
    /// let (tx, rx) = wane_channel::bounded(2);
    /// assert_eq!(tx.len(), 0);
    /// tx.try_send(1)?;
    /// assert_eq!(tx.len(), 1);
    /// # Ok::<(), wane_channel::TrySendError<i32>>(())
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.shared.look(State::len)
    }

    /// How many messages the channel holds, `None` for an unbounded one.
    ///
    /// ```
    /// let (tx, rx) = wane_channel::bounded::<u32>(5);
    /// assert_eq!(tx.capacity(), Some(5));
    /// let (tx, rx) = wane_channel::unbounded::<u32>();
    /// assert_eq!(tx.capacity(), None);
    /// ```
    #[must_use]
    pub fn capacity(&self) -> Option<usize> {
        let capacity = self.shared.look(State::capacity);
        (capacity != UNBOUNDED).then_some(capacity)
    }

    /// How many senders the channel has.
    ///
    /// ```
    /// let (tx, rx) = wane_channel::bounded::<u32>(1);
    /// let tx2 = tx.clone();
    /// assert_eq!(tx.sender_count(), 2);
    /// ```
    #[must_use]
    pub fn sender_count(&self) -> usize {
        self.shared.look(State::senders)
    }

    /// How many receivers the channel has.
    ///
    /// ```
    /// let (tx, rx) = wane_channel::bounded::<u32>(1);
    /// let rx2 = rx.clone();
    /// assert_eq!(tx.receiver_count(), 2);
    /// ```
    #[must_use]
    pub fn receiver_count(&self) -> usize {
        self.shared.look(State::receivers)
    }

    /// Makes a handle that does not keep the channel open.
    ///
    /// ```
    /// let (tx, rx) = wane_channel::bounded::<u32>(1);
    /// let weak = tx.downgrade();
    /// assert!(weak.upgrade().is_some());
    /// drop(tx);
    /// assert!(weak.upgrade().is_none());
    /// ```
    #[must_use]
    pub fn downgrade(&self) -> WeakSender<T> {
        WeakSender {
            shared: Arc::clone(&self.shared),
        }
    }

    /// True where both handles belong to one channel.
    ///
    /// ```
    /// let (tx, rx) = wane_channel::bounded::<u32>(1);
    /// assert!(tx.same_channel(&tx.clone()));
    /// ```
    #[must_use]
    pub fn same_channel(&self, other: &Sender<T>) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

impl<T> ChannelRef<T> for &Sender<T> {
    #[inline]
    fn shared(&self) -> &Shared<T> {
        &self.shared
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.shared.step(|state, _| state.add_sender());
        Self::of_counted(Arc::clone(&self.shared))
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.shared.step(State::remove_sender);
    }
}

// No step under the lock runs code that may panic: nobody finds a channel half way.
impl<T> UnwindSafe for Sender<T> {}
impl<T> RefUnwindSafe for Sender<T> {}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}
