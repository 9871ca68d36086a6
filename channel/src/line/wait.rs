//! The wait of one operation: its entry, and what takes it out of the channel again.
#![expect(
    unsafe_code,
    reason = "the owner of an entry vouches that it stays in place"
)]

use std::fmt;
use std::ops::Deref;
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

/// A pointer that leads to one and the same channel as long as it lives.
pub(crate) trait ChannelRef<T>: Deref<Target = Shared<T>> {}

impl<T> ChannelRef<T> for &Shared<T> {}
impl<T> ChannelRef<T> for Arc<Shared<T>> {}

pin_project! {
    /// The wait of one operation in one line of one channel. Its drop is the operation's
    /// cancellation.
    pub(crate) struct Wait<T, C>
    where
        C: ChannelRef<T>,
    {
        channel: C,
        line: Line,
        // Whether the channel may know of the entry.
        entered: bool,
        #[pin]
        entry: Entry<T>,
    }

    impl<T, C> PinnedDrop for Wait<T, C>
    where
        C: ChannelRef<T>,
    {
        fn drop(this: Pin<&mut Self>) {
            this.cancel();
        }
    }
}

impl<T, C: ChannelRef<T>> Wait<T, C> {
    pub(crate) fn new(channel: C, line: Line) -> Self {
        Self {
            channel,
            line,
            entered: false,
            entry: Entry::new(),
        }
    }

    pub(crate) fn channel(&self) -> &Shared<T> {
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
    pub(crate) fn poll<R>(
        self: Pin<&mut Self>,
        ctx: &Context<'_>,
        mut turn: impl FnMut(
            &mut State<T>,
            Seat<'_, T>,
            &mut PollWaker<'_>,
            &mut WakeList<T>,
        ) -> Turn<R>,
    ) -> Poll<R> {
        let this = self.project();
        let waited = *this.entered;
        let waker = match waited {
            true => PollWaker::new(ctx.waker()),
            false => PollWaker::prepared(ctx.waker()),
        };
        poll_in_turns(ctx, waited, waker, |waker| {
            *this.entered = true;
            let turn = step(this.channel, this.entry.as_ref(), |state, seat, wakes| {
                turn(state, seat, waker, wakes)
            });
            *this.entered = !matches!(turn, Turn::Ready(_));
            turn
        })
    }

    /// Takes a step that begins a thread's wait, or ends it.
    ///
    /// `step` says whether the channel still knows of the entry after it.
    pub(crate) fn step<R>(
        self: Pin<&mut Self>,
        take: impl FnOnce(&mut State<T>, Seat<'_, T>, &mut WakeList<T>) -> R,
    ) -> R {
        let this = self.project();
        *this.entered = true;
        step(this.channel, this.entry.as_ref(), take)
    }

    /// Says that the channel knows of the entry no more.
    pub(crate) fn end(self: Pin<&mut Self>) {
        *self.project().entered = false;
    }

    /// Takes the operation out of its line, and passes on what was promised to it.
    pub(crate) fn suspend(self: Pin<&Self>) {
        let this = self.project_ref();
        if *this.entered {
            let sleeper = step(this.channel, this.entry, |state, seat, wakes| {
                state.cancel(*this.line, seat, wakes)
            });
            if let Some(sleeper) = sleeper {
                sleeper.forget();
            }
        }
    }

    fn cancel(self: Pin<&mut Self>) {
        self.as_ref().suspend();
        self.end();
    }
}

/// One step under the lock with a seat for the entry.
fn step<T, R>(
    channel: &Shared<T>,
    entry: Pin<&Entry<T>>,
    take: impl FnOnce(&mut State<T>, Seat<'_, T>, &mut WakeList<T>) -> R,
) -> R {
    channel.step(|state, wakes| {
        // SAFETY: the lock is held while this closure runs, and the seat does not outlive it; every
        // `Wait` comes here with its own channel. It cancels itself before it goes (W3).
        let seat = unsafe { Seat::of_owned(entry) };
        take(state, seat, wakes)
    })
}

impl<T, C: ChannelRef<T>> fmt::Debug for Wait<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wait")
            .field("line", &self.line)
            .field("entered", &self.entered)
            .finish_non_exhaustive()
    }
}
