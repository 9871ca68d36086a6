//! The receiving end.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::stream::{FusedStream, Stream};

use crate::UNBOUNDED;
use crate::base::sync::Arc;
use crate::blocking;
use crate::error::{RecvError, TryRecvError};
use crate::futures::{Closed, Recv, RecvMany, poll_recv};
use crate::line::{ChannelRef, Wait};
use crate::shared::{Shared, discard};
use crate::state::State;
use crate::weak::WeakReceiver;

/// The receiving end of a channel, from [`bounded`](crate::bounded) or
/// [`unbounded`](crate::unbounded).
///
/// Clones are further receivers of the same channel; each message goes to one of them. The drop of
/// the last one closes the channel, and drops the messages that nobody has received on this
/// thread before it returns.
///
/// It is also a [`Stream`]. A stream that was polled and is left alone stays in line, and may have
/// one message kept for it; any other receiving method of the same handle, or the handle's drop,
/// ends that.
///
/// ```
/// use futures_lite::StreamExt;
/// # futures_lite::future::block_on(async {
/// let (tx, mut rx) = wane_channel::bounded(2);
/// tx.send(1).await?;
/// tx.send(2).await?;
/// drop(tx);
/// assert_eq!(rx.next().await, Some(1));
/// assert_eq!(rx.collect::<Vec<_>>().await, [2]);
/// # Ok::<(), wane_channel::SendError<i32>>(())
/// # }).unwrap();
/// ```
pub struct Receiver<T> {
    pub(crate) shared: Arc<Shared<T>>,
    stream: Option<StreamWait<T>>,
}

/// The wait of a handle's use as a stream, in a box so that the handle can move.
type StreamWait<T> = Pin<Box<Wait<T, Arc<Shared<T>>>>>;

/// Receiving.
impl<T> Receiver<T> {
    /// Takes over one count of the state's receivers.
    pub(crate) fn of_counted(shared: Arc<Shared<T>>) -> Self {
        Self {
            shared,
            stream: None,
        }
    }

    /// Receives a message, and waits in line while there is none.
    ///
    /// ```
    /// use wane_channel::RecvError;
    /// # futures_lite::future::block_on(async {
    /// let (tx, rx) = wane_channel::bounded(1);
    /// tx.send(1).await?;
    /// drop(tx);
    /// assert_eq!(rx.recv().await, Ok(1));
    /// assert_eq!(rx.recv().await, Err(RecvError));
    /// # Ok::<(), wane_channel::SendError<i32>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`RecvError`], when the channel is closed and everything it accepted has been received.
    ///
    /// # Cancellation
    ///
    /// *Strict*: a dropped receive has received nothing, and gives its place to the next in line.
    pub fn recv(&self) -> Recv<'_, T> {
        Recv::new(self)
    }

    /// Receives a message if there is one that is not promised to an earlier receiver.
    ///
    /// ```
    /// use wane_channel::TryRecvError;
    /// let (tx, rx) = wane_channel::bounded(1);
    /// assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    /// tx.try_send(1)?;
    /// assert_eq!(rx.try_recv(), Ok(1));
    /// drop(tx);
    /// assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    /// # Ok::<(), wane_channel::TrySendError<i32>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TryRecvError`], when the channel is empty, or closed and empty.
    #[inline]
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        self.suspend_stream();
        let mut outcome = Err(TryRecvError::Empty);
        self.shared.try_recv(&mut outcome, Ok)?;
        outcome
    }

    /// Receives a message on a plain thread, which sleeps in line while there is none.
    ///
    /// Inside a task it would block all the other tasks of the thread: use [`Receiver::recv`]
    /// there.
    ///
    /// ```
    /// let (tx, rx) = wane_channel::bounded(1);
    /// let sender = std::thread::spawn(move || tx.send_blocking(1));
    /// assert_eq!(rx.recv_blocking(), Ok(1));
    /// assert_eq!(sender.join().unwrap(), Ok(()));
    /// ```
    ///
    /// # Errors
    ///
    /// [`RecvError`], when the channel is closed and everything it accepted has been received.
    pub fn recv_blocking(&self) -> Result<T, RecvError> {
        self.suspend_stream();
        blocking::recv(&self.shared, None).map_err(|_closed| RecvError)
    }

    /// Waits for a message, and takes up to `limit` of them under one lock to the end of `out`.
    ///
    /// Returns how many it took: at least one, or 0 when the channel is closed and empty or when
    /// `limit` is 0.
    ///
    /// ```
    /// # futures_lite::future::block_on(async {
    /// let (tx, rx) = wane_channel::unbounded();
    /// for n in 0..5 {
    ///     tx.send(n).await?;
    /// }
    /// let mut out = Vec::new();
    /// assert_eq!(rx.recv_many(&mut out, 3).await, 3);
    /// assert_eq!(out, [0, 1, 2]);
    /// # Ok::<(), wane_channel::SendError<i32>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Cancellation
    ///
    /// *Strict*: a dropped receive has received nothing, and gives its place to the next in line.
    pub fn recv_many<'a>(&'a self, out: &'a mut Vec<T>, limit: usize) -> RecvMany<'a, T> {
        RecvMany::new(self, out, limit)
    }

    /// Takes up to `limit` of the messages that are not promised to the end of `out`, under one
    /// lock; returns how many.
    ///
    /// ```
    /// use wane_channel::TryRecvError;
    /// let (tx, rx) = wane_channel::unbounded();
    /// (0..5).for_each(|n| tx.try_send(n).unwrap());
    /// let mut out = Vec::new();
    /// assert_eq!(rx.try_recv_many(&mut out, 10), Ok(5));
    /// assert_eq!(out, [0, 1, 2, 3, 4]);
    /// assert_eq!(rx.try_recv_many(&mut out, 10), Err(TryRecvError::Empty));
    /// ```
    ///
    /// # Errors
    ///
    /// [`TryRecvError`], when there is none and `limit` is not 0.
    pub fn try_recv_many(&self, out: &mut Vec<T>, limit: usize) -> Result<usize, TryRecvError> {
        self.suspend_stream();
        if limit == 0 {
            return Ok(0);
        }
        self.shared
            .step(|state, wakes| state.try_recv_many(out, limit, wakes))
    }

    /// Polls for a message, as the stream does: `Ready(Err)` when the channel is closed and empty.
    ///
    /// The handle stays in line from a pending poll until the next one, as a stream does.
    ///
    /// ```
    /// use std::task::{Context, Poll, Waker};
    /// let (tx, mut rx) = wane_channel::bounded(1);
    /// let mut ctx = Context::from_waker(Waker::noop());
    /// assert!(rx.poll_recv(&mut ctx).is_pending());
    /// tx.try_send(1)?;
    /// assert_eq!(rx.poll_recv(&mut ctx), Poll::Ready(Ok(1)));
    /// # Ok::<(), wane_channel::TrySendError<i32>>(())
    /// ```
    pub fn poll_recv(&mut self, ctx: &mut Context<'_>) -> Poll<Result<T, RecvError>> {
        let Self { shared, stream } = self;
        let wait = stream.get_or_insert_with(|| Box::pin(Wait::new(Arc::clone(shared))));
        poll_recv(wait.as_mut(), ctx)
    }

    /// Takes this handle's use as a stream out of the line, and what was promised to it to the
    /// next one: nobody polls the stream while a method of the handle receives, so a message kept
    /// for it would be kept from its own owner.
    #[inline]
    pub(crate) fn suspend_stream(&self) {
        if let Some(stream) = &self.stream {
            stream.as_ref().suspend();
        }
    }
}

/// Looking and closing.
impl<T> Receiver<T> {
    /// Closes the channel for both ends; true where this call did it.
    ///
    /// Sends fail from now on, those that wait included, and so do permits. What the channel has
    /// accepted can still be received.
    ///
    /// ```
    /// let (tx, rx) = wane_channel::bounded(1);
    /// tx.try_send(1)?;
    /// assert!(rx.close());
    /// assert!(!tx.close());
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
    /// drop(tx);
    /// rx.closed().await;
    /// assert!(rx.is_closed());
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
    /// assert!(!rx.is_closed());
    /// drop(tx);
    /// assert!(rx.is_closed());
    /// ```
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.shared.look(State::is_closed)
    }

    /// True where there is no message that anybody may take.
    ///
    /// ```
    /// let (tx, rx) = wane_channel::bounded(1);
    /// assert!(rx.is_empty());
    /// tx.try_send(1)?;
    /// assert!(!rx.is_empty());
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
    /// assert!(!rx.is_full());
    /// tx.try_send(1)?;
    /// assert!(rx.is_full());
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
    /// assert_eq!(rx.len(), 0);
    /// tx.try_send(1)?;
    /// assert_eq!(rx.len(), 1);
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
    /// assert_eq!(rx.capacity(), Some(5));
    /// let (tx, rx) = wane_channel::unbounded::<u32>();
    /// assert_eq!(rx.capacity(), None);
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
    /// assert_eq!(rx.sender_count(), 2);
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
    /// assert_eq!(rx.receiver_count(), 2);
    /// ```
    #[must_use]
    pub fn receiver_count(&self) -> usize {
        self.shared.look(State::receivers)
    }

    /// Makes a handle that does not keep the channel open.
    ///
    /// ```
    /// let (tx, rx) = wane_channel::bounded::<u32>(1);
    /// let weak = rx.downgrade();
    /// assert!(weak.upgrade().is_some());
    /// drop(rx);
    /// assert!(weak.upgrade().is_none());
    /// ```
    #[must_use]
    pub fn downgrade(&self) -> WeakReceiver<T> {
        WeakReceiver {
            shared: Arc::clone(&self.shared),
        }
    }

    /// True where both handles belong to one channel.
    ///
    /// ```
    /// let (tx, rx) = wane_channel::bounded::<u32>(1);
    /// assert!(rx.same_channel(&rx.clone()));
    /// ```
    #[must_use]
    pub fn same_channel(&self, other: &Receiver<T>) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

impl<T> Stream for Receiver<T> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<Option<T>> {
        self.get_mut().poll_recv(ctx).map(Result::ok)
    }
}

impl<T> FusedStream for Receiver<T> {
    fn is_terminated(&self) -> bool {
        self.shared
            .look(|state| state.is_closed() && state.is_empty())
    }
}

impl<T> ChannelRef<T> for &Receiver<T> {
    #[inline]
    fn shared(&self) -> &Shared<T> {
        &self.shared
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        self.shared.step(|state, _| state.add_receiver());
        Self::of_counted(Arc::clone(&self.shared))
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        // What was promised to the stream goes to the next in line before the handle does.
        self.stream = None;
        let orphans = self
            .shared
            .step(|state, wakes| state.remove_receiver(wakes));
        if let Some(orphans) = orphans {
            discard(orphans.into_messages());
        }
    }
}

// No step under the lock runs code that may panic: nobody finds a channel half way.
impl<T> UnwindSafe for Receiver<T> {}
impl<T> RefUnwindSafe for Receiver<T> {}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").finish_non_exhaustive()
    }
}
