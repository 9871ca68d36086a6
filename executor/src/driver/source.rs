//! One registered socket: its readiness, and those who wait for it.
//!
//! Each direction has one waker of its own, for `poll_read` and its like (the last caller is the
//! one that is woken), and any number of futures may wait besides. A future leaves the list when
//! it ends or is dropped, whichever comes first, and the list gives its room back.
//!
//! Why no wake-up is lost. The waiter, in `poll_until`: (1) takes the lock, (2) leaves its waker,
//! (3) looks at the word once more, (4) lets the lock go. The reporter, in [`Source::announce`]:
//! (a) writes the word, (b) takes the lock and the wakers. If (b) comes after (4), it takes the
//! waker. If it comes before (1), then (a) happens before (3), which sees the report.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use slab::Slab;
use wane_channel::base::sync::Mutex;

use super::batch::Batch;
use super::error::ShutDown;
use super::interest::{Interest, Ready};
use super::readiness::{Event, Look, Readiness};
use crate::parts::peak;

/// Waiting futures whose room an idle socket keeps.
const KEPT_WAITERS: usize = 4;

/// A direction of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Read,
    Write,
}

impl Direction {
    /// An error counts as ready in both directions: the next operation returns it. A datagram
    /// socket whose datagram came to nobody is ready for nothing else.
    fn mask(self) -> Ready {
        let interest = match self {
            Self::Read => Interest::READABLE,
            Self::Write => Interest::WRITABLE,
        };
        (interest | Interest::ERROR).mask()
    }
}

/// A registered socket as the driver sees it.
#[derive(Debug)]
pub(crate) struct Source {
    readiness: Readiness,
    /// What counts of a report.
    heeded: Ready,
    waiters: Mutex<Waiters>,
}

#[derive(Debug)]
struct Waiters {
    reader: Option<Waker>,
    writer: Option<Waker>,
    futures: Slab<Waiter>,
}

/// A future in the list. The waker is gone once it has been woken.
#[derive(Debug)]
struct Waiter {
    wanted: Ready,
    waker: Option<Waker>,
}

impl Source {
    pub(crate) fn new() -> Self {
        Self::heeding(Ready::ALL)
    }

    /// A socket of datagrams, which is never closed for good: a system that reports an error of it
    /// reports it as closed besides, though only the one datagram was refused.
    pub(crate) fn of_datagrams() -> Self {
        Self::heeding(Ready::ALL - Ready::LASTING)
    }

    fn heeding(heeded: Ready) -> Self {
        Self {
            readiness: Readiness::new(),
            heeded,
            waiters: Mutex::new(Waiters {
                reader: None,
                writer: None,
                futures: Slab::new(),
            }),
        }
    }

    /// Ready when an operation in `direction` is worth a try. The last caller's task is woken.
    pub(crate) fn poll_ready(
        &self,
        direction: Direction,
        ctx: &Context<'_>,
    ) -> Poll<Result<Event, ShutDown>> {
        self.poll_until(direction.mask(), ctx, |waiters, fresh| match direction {
            Direction::Read => waiters.reader.replace(fresh),
            Direction::Write => waiters.writer.replace(fresh),
        })
    }

    /// Ready when one of the `interest` is satisfied. Any number of futures may wait.
    pub(crate) fn ready(&self, interest: Interest) -> UntilReady<'_> {
        UntilReady {
            source: self,
            wanted: interest.mask(),
            seat: None,
        }
    }

    /// What there is of `interest` now.
    pub(crate) fn look(&self, interest: Interest) -> Look {
        self.readiness.look(interest.mask())
    }

    /// The operation that `event` promised would have had to wait.
    pub(crate) fn clear(&self, event: Event) {
        self.readiness.clear(event);
    }

    /// The system reports readiness: keeps it, and moves those who wait for it into `batch`.
    pub(crate) fn announce(&self, reported: Ready, batch: &mut Batch) {
        let reported = reported & self.heeded;
        self.readiness.announce(reported);
        self.waiters.lock().take_satisfied(reported, batch);
    }

    /// The runtime is gone: every operation fails from now on, and everybody is to be woken.
    pub(crate) fn shut_down(&self, batch: &mut Batch) {
        self.readiness.shut_down();
        self.waiters.lock().take_satisfied(Ready::ALL, batch);
    }

    /// Looks, and where there is nothing yet leaves a waker by `leave` and looks again.
    fn poll_until(
        &self,
        wanted: Ready,
        ctx: &Context<'_>,
        leave: impl FnOnce(&mut Waiters, Waker) -> Option<Waker>,
    ) -> Poll<Result<Event, ShutDown>> {
        if let Poll::Ready(outcome) = poll_look(self.readiness.look(wanted)) {
            return Poll::Ready(outcome);
        }
        // Cloned before the lock is taken and dropped after it is let go: both are user code.
        let fresh = ctx.waker().clone();
        let mut waiters = self.waiters.lock();
        let stale = leave(&mut waiters, fresh);
        let look = self.readiness.look(wanted);
        drop(waiters);
        drop(stale);
        poll_look(look)
    }
}

fn poll_look(look: Look) -> Poll<Result<Event, ShutDown>> {
    match look {
        Look::Ready(event) => Poll::Ready(Ok(event)),
        Look::ShutDown => Poll::Ready(Err(ShutDown)),
        Look::NotReady => Poll::Pending,
    }
}

impl Waiters {
    fn take_satisfied(&mut self, reported: Ready, batch: &mut Batch) {
        let mut take = |wanted: Ready, waker: &mut Option<Waker>| {
            if !(wanted & reported).is_empty()
                && let Some(waker) = waker.take()
            {
                batch.push(waker);
            }
        };
        take(Direction::Read.mask(), &mut self.reader);
        take(Direction::Write.mask(), &mut self.writer);
        for (_, waiter) in &mut self.futures {
            take(waiter.wanted, &mut waiter.waker);
        }
    }
}

/// Waits for readiness; dropping it loses nothing and leaves nothing.
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub(crate) struct UntilReady<'a> {
    source: &'a Source,
    wanted: Ready,
    seat: Option<usize>,
}

impl Future for UntilReady<'_> {
    type Output = Result<Event, ShutDown>;

    fn poll(self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let (wanted, seat) = (this.wanted, &mut this.seat);
        this.source
            .poll_until(wanted, ctx, |waiters, fresh| match *seat {
                Some(seat) => waiters.futures[seat].waker.replace(fresh),
                None => {
                    *seat = Some(waiters.futures.insert(Waiter {
                        wanted,
                        waker: Some(fresh),
                    }));
                    None
                }
            })
    }
}

impl Drop for UntilReady<'_> {
    fn drop(&mut self) {
        if let Some(seat) = self.seat {
            let mut waiters = self.source.waiters.lock();
            let waiter = waiters.futures.remove(seat);
            peak::give_back(&mut waiters.futures, KEPT_WAITERS);
            drop(waiters);
            drop(waiter);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;
    use wane_channel::base::sync::Arc;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    impl Count {
        fn wakes(&self) -> usize {
            self.0.load(Ordering::Relaxed)
        }
    }

    fn announce(source: &Source, ready: Ready) {
        let mut batch = Batch::new();
        source.announce(ready, &mut batch);
        batch.wake_all();
    }

    #[test]
    fn a_report_wakes_its_own_direction_only() {
        let (reader, writer) = (Arc::new(Count::default()), Arc::new(Count::default()));
        let source = Source::new();
        let (read, write) = (reader.clone().into(), writer.clone().into());
        let read = Context::from_waker(&read);
        let write = Context::from_waker(&write);
        assert!(source.poll_ready(Direction::Read, &read).is_pending());
        assert!(source.poll_ready(Direction::Write, &write).is_pending());
        announce(&source, Ready::WRITABLE);
        assert_eq!((reader.wakes(), writer.wakes()), (0, 1));
        assert!(source.poll_ready(Direction::Read, &read).is_pending());
        assert!(source.poll_ready(Direction::Write, &write).is_ready());
        announce(&source, Ready::READ_CLOSED);
        assert_eq!((reader.wakes(), writer.wakes()), (1, 1));
    }

    #[test]
    fn an_error_wakes_both_directions_and_closes_no_socket_of_datagrams() {
        let (reader, writer) = (Arc::new(Count::default()), Arc::new(Count::default()));
        let source = Source::of_datagrams();
        let (read, write) = (reader.clone().into(), writer.clone().into());
        let read = Context::from_waker(&read);
        let write = Context::from_waker(&write);
        assert!(source.poll_ready(Direction::Read, &read).is_pending());
        assert!(source.poll_ready(Direction::Write, &write).is_pending());
        announce(&source, Ready::ERROR | Ready::WRITE_CLOSED);
        assert_eq!((reader.wakes(), writer.wakes()), (1, 1));
        let Poll::Ready(Ok(event)) = source.poll_ready(Direction::Write, &write) else {
            panic!("the error is to be reported: {source:?}");
        };
        source.clear(event);
        assert!(source.poll_ready(Direction::Write, &write).is_pending());
    }

    #[test]
    fn every_waiting_future_is_woken_and_a_dropped_one_leaves_nothing() {
        let count = Arc::new(Count::default());
        let waker = count.clone().into();
        let mut ctx = Context::from_waker(&waker);
        let source = Source::new();
        let mut waiting: Vec<_> = (0..100).map(|_| source.ready(Interest::READABLE)).collect();
        for future in &mut waiting {
            assert!(Pin::new(future).poll(&mut ctx).is_pending());
        }
        waiting.truncate(50);
        announce(&source, Ready::READABLE);
        assert_eq!(count.wakes(), 50);
        for future in waiting {
            assert!(pin!(future).poll(&mut ctx).is_ready());
        }
        drop(waker);
        assert!(source.waiters.lock().futures.capacity() <= KEPT_WAITERS);
        assert_eq!(Arc::strong_count(&count), 1);
    }

    #[test]
    fn the_end_of_the_runtime_wakes_everybody_with_an_error() {
        let count = Arc::new(Count::default());
        let waker = count.clone().into();
        let mut ctx = Context::from_waker(&waker);
        let source = Source::new();
        let mut waiting = pin!(source.ready(Interest::ERROR));
        assert!(waiting.as_mut().poll(&mut ctx).is_pending());
        assert!(source.poll_ready(Direction::Read, &ctx).is_pending());
        let mut batch = Batch::new();
        source.shut_down(&mut batch);
        batch.wake_all();
        assert_eq!(count.wakes(), 2);
        assert_eq!(waiting.poll(&mut ctx), Poll::Ready(Err(ShutDown)));
    }
}
