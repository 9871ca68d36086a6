//! The axes of the table: futures, results, endings, and what is held afterwards.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

/// Sizes of futures in bytes.
pub(crate) const FUTURES: [usize; 5] = [16, 1 << 10, 8 << 10, 15 << 10, 64 << 10];

/// How a task ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Completes,
    Aborted,
    Panics,
}

impl Ending {
    pub(crate) const ALL: [Self; 3] = [Self::Completes, Self::Aborted, Self::Panics];
}

/// What became of the join handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handle {
    Dropped,
    Unjoined,
    Joined,
}

/// What is held of a task that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) handle: Handle,
    pub(crate) abort: bool,
    pub(crate) waker: bool,
}

impl Held {
    /// Every set of held things but the empty one.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let handles = [Handle::Dropped, Handle::Unjoined, Handle::Joined];
        let sets = handles.into_iter().flat_map(|handle| {
            let others = [(false, false), (true, false), (false, true), (true, true)];
            others.map(|(abort, waker)| Self {
                handle,
                abort,
                waker,
            })
        });
        sets.filter(|held| *held != Self::NOTHING)
    }

    const NOTHING: Self = Self {
        handle: Handle::Dropped,
        abort: false,
        waker: false,
    };
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let handle = match self.handle {
            Handle::Dropped => None,
            Handle::Unjoined => Some("handle"),
            Handle::Joined => Some("joined handle"),
        };
        let abort = self.abort.then_some("abort");
        let waker = self.waker.then_some("wakers");
        let names = [handle, abort, waker].into_iter().flatten();
        f.pad(&names.collect::<Vec<_>>().join(" + "))
    }
}

/// A task's result.
pub(crate) trait Output: Send + Sized + 'static {
    const NAME: &'static str;
    /// Bytes of heap that one result takes where it waits to be joined.
    const BYTES: usize;

    fn make() -> Self;
}

impl Output for () {
    const NAME: &'static str = "()";
    const BYTES: usize = 0;

    fn make() {}
}

impl Output for u64 {
    const NAME: &'static str = "8 B";
    /// It fits into the slot.
    const BYTES: usize = 0;

    fn make() -> Self {
        7
    }
}

impl Output for [u8; 8 << 10] {
    const NAME: &'static str = "8 KiB inline";
    const BYTES: usize = 8 << 10;

    fn make() -> Self {
        [7; 8 << 10]
    }
}

impl Output for Box<[u8]> {
    const NAME: &'static str = "64 KiB boxed";
    const BYTES: usize = 64 << 10;

    fn make() -> Self {
        vec![7; 64 << 10].into()
    }
}

/// Where bodies leave their wakers.
pub(crate) static WAKERS: Mutex<Vec<Waker>> = Mutex::new(Vec::new());

/// A future whose state is inline, `BYTES` in all with its two flags. It leaves two wakers at its first
/// poll and ends at the second.
pub(crate) struct Body<const STATE: usize, T> {
    ending: Ending,
    polled: bool,
    state: [u8; STATE],
    output: std::marker::PhantomData<fn() -> T>,
}

impl<const STATE: usize, T> Body<STATE, T> {
    pub(crate) fn new(ending: Ending) -> Self {
        Self {
            ending,
            polled: false,
            state: [1; STATE],
            output: std::marker::PhantomData,
        }
    }
}

impl<const STATE: usize, T: Output> Future for Body<STATE, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<T> {
        if !std::mem::replace(&mut self.polled, true) {
            let mut wakers = WAKERS.lock().expect("nothing panics under this lock");
            wakers.push(ctx.waker().clone());
            return Poll::Pending;
        }
        assert_eq!((self.state[0], self.state[STATE - 1]), (1, 1));
        match self.ending {
            Ending::Panics => panics(),
            Ending::Completes | Ending::Aborted => Poll::Ready(T::make()),
        }
    }
}

/// Panics with a byte, past the panic hook.
pub(crate) fn panics() -> ! {
    std::panic::resume_unwind(Box::new(7_u8))
}

/// Bytes of heap that [`panics`] leaves for the joiner.
pub(crate) const PANIC_BYTES: usize = 1;
