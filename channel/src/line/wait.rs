//! The wait of one operation: its entry, and what takes it out of the channel again.
#![expect(
    unsafe_code,
    reason = "the owner of an entry vouches that it stays in place"
)]

use std::fmt;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::entry::{Entry, Seat};
use super::lines::Line;
use crate::base::sync::Arc;
use crate::shared::Shared;
use crate::sleeper::WakeList;
use crate::state::State;
use crate::turn::{PollWaker, Turn, poll_in_turns};

/// A handle that leads to one and the same channel as long as it lives.
pub(crate) trait ChannelRef<T> {
    /// The channel.
    fn shared(&self) -> &Shared<T>;
}

impl<T> ChannelRef<T> for &Shared<T> {
    #[inline]
    fn shared(&self) -> &Shared<T> {
        self
    }
}

impl<T> ChannelRef<T> for Arc<Shared<T>> {
    #[inline]
    fn shared(&self) -> &Shared<T> {
        self
    }
}

pin_project! {
    /// The wait of one operation in a line of a channel. Its drop is the operation's cancellation.
    ///
    /// Most operations never wait. So the entry is written by the first poll that has to: until
    /// then a future is a pointer, a flag and room.
    ///
    /// # Invariants
    ///
    /// While `entered` is set the entry is written, and the channel may know of it. While it is
    /// not, the channel does not, and the entry holds nothing that needs a drop.
    pub(crate) struct Wait<T, C>
    where
        C: ChannelRef<T>,
    {
        channel: C,
        entered: bool,
        #[pin]
        entry: MaybeUninit<Entry<T>>,
    }

    impl<T, C> PinnedDrop for Wait<T, C>
    where
        C: ChannelRef<T>,
    {
        fn drop(this: Pin<&mut Self>) {
            this.as_ref().suspend();
        }
    }
}

impl<T, C: ChannelRef<T>> Wait<T, C> {
    #[inline]
    pub(crate) fn new(channel: C) -> Self {
        Self {
            channel,
            entered: false,
            entry: MaybeUninit::uninit(),
        }
    }

    #[inline]
    pub(crate) fn channel(&self) -> &C {
        &self.channel
    }

    /// True where an earlier poll had to wait.
    #[inline]
    pub(crate) fn is_entered(&self) -> bool {
        self.entered
    }

    /// Polls the operation in turns, each of which is a step under the channel's lock.
    ///
    /// One that comes here for the first time will probably have to wait: its waker is cloned in
    /// advance.
    #[inline]
    pub(crate) fn poll<R>(
        mut self: Pin<&mut Self>,
        line: Line,
        ctx: &Context<'_>,
        mut turn: impl FnMut(
            &mut State<T>,
            Seat<'_, T>,
            &mut PollWaker<'_>,
            &mut WakeList<T>,
        ) -> Turn<R>,
    ) -> Poll<R> {
        let waited = self.is_entered();
        let waker = match waited {
            true => PollWaker::new(ctx.waker()),
            false => PollWaker::prepared(ctx.waker()),
        };
        poll_in_turns(ctx, waited, waker, |waker| {
            self.as_mut().enter(line);
            let turn = self
                .as_ref()
                .step(|state, seat, wakes| turn(state, seat, waker, wakes));
            if let Turn::Ready(_) = turn {
                self.as_mut().leave();
            }
            turn
        })
    }

    /// Writes the entry where this is the first wait.
    #[inline]
    pub(crate) fn enter(self: Pin<&mut Self>, line: Line) {
        let mut this = self.project();
        if !*this.entered {
            this.entry.set(MaybeUninit::new(Entry::new(line)));
            *this.entered = true;
        }
    }

    /// Says that the operation is over, and the channel knows of it no more.
    #[inline]
    pub(crate) fn leave(self: Pin<&mut Self>) {
        *self.project().entered = false;
    }

    /// Takes the operation out of its line, and passes on what was promised to it. It may come
    /// again as a newcomer.
    #[inline]
    pub(crate) fn suspend(self: Pin<&Self>) {
        if self.entered {
            self.suspend_entered();
        }
    }

    /// Kept out of the drop of a future that has not waited, so that it stays small.
    #[cold]
    #[inline(never)]
    fn suspend_entered(self: Pin<&Self>) {
        let sleeper = self.step(State::cancel);
        if let Some(sleeper) = sleeper {
            sleeper.forget();
        }
    }

    /// One step under the lock with a seat for the entry.
    ///
    /// # Panics
    ///
    /// When [`Wait::enter`] was not called before.
    #[inline]
    pub(crate) fn step<R>(
        self: Pin<&Self>,
        take: impl FnOnce(&mut State<T>, Seat<'_, T>, &mut WakeList<T>) -> R,
    ) -> R {
        let this = self.project_ref();
        assert!(
            *this.entered,
            "an entry is written before its seat is taken"
        );
        // SAFETY: it is written while `entered` is set.
        let entry = unsafe { this.entry.get_ref().assume_init_ref() };
        // SAFETY: it is a part of what is pinned.
        let entry = unsafe { Pin::new_unchecked(entry) };
        this.channel.shared().step(|state, wakes| {
            // SAFETY: the lock is held while this closure runs, and the seat does not outlive it;
            // the state is that of this wait's channel. The drop of `self` suspends it (W3).
            let seat = unsafe { Seat::of_owned(entry) };
            take(state, seat, wakes)
        })
    }
}

impl<T, C: ChannelRef<T>> fmt::Debug for Wait<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wait")
            .field("entered", &self.entered)
            .finish_non_exhaustive()
    }
}
