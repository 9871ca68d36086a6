//! A socket that is registered with a driver for as long as it lives.

use std::future::poll_fn;
use std::io;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::task::{Context, Poll, ready};

use wane_channel::base::budget;
use wane_channel::base::sync::Arc;

use super::error::ShutDown;
use super::handle::{Handle, WeakHandle};
use super::interest::{Interest, Ready};
use super::reactor::Ticket;
use super::readiness::{Event, Look};
use super::source::{Direction, Source};

/// A registered socket. Dropping it takes it out of the driver and closes it.
#[derive(Debug)]
pub(crate) struct Evented<S: mio::event::Source> {
    /// `None` only on the way out, in `into_io` and `drop`.
    pub(super) io: Option<S>,
    pub(super) source: Arc<Source>,
    ticket: Ticket,
    driver: WeakHandle,
}

// No user code runs while a table is locked, so that no panic leaves one half changed.
impl<S: mio::event::Source + UnwindSafe> UnwindSafe for Evented<S> {}
impl<S: mio::event::Source + RefUnwindSafe> RefUnwindSafe for Evented<S> {}

impl<S: mio::event::Source> Evented<S> {
    /// Registers `io`.
    ///
    /// # Errors
    ///
    /// The driver has shut down, or the system refuses.
    pub(crate) fn new(io: S, interest: mio::Interest, driver: &Handle) -> io::Result<Self> {
        Self::try_new(io, interest, driver).map_err(|(_, error)| error)
    }

    /// Registers `io`, or gives it back.
    ///
    /// # Errors
    ///
    /// As [`Evented::new`].
    pub(crate) fn try_new(
        io: S,
        interest: mio::Interest,
        driver: &Handle,
    ) -> Result<Self, (S, io::Error)> {
        Self::with_source(io, interest, driver, Source::new())
    }

    /// Registers a socket that sends and receives datagrams.
    ///
    /// # Errors
    ///
    /// As [`Evented::new`].
    pub(crate) fn of_datagrams(io: S, driver: &Handle) -> io::Result<Self> {
        let both = mio::Interest::READABLE | mio::Interest::WRITABLE;
        Self::with_source(io, both, driver, Source::of_datagrams()).map_err(|(_, error)| error)
    }

    fn with_source(
        mut io: S,
        interest: mio::Interest,
        driver: &Handle,
        source: Source,
    ) -> Result<Self, (S, io::Error)> {
        let source = Arc::new(source);
        match driver.add_source(&mut io, interest, &source) {
            Err(error) => Err((io, error)),
            Ok(ticket) => Ok(Self {
                io: Some(io),
                source,
                ticket,
                driver: driver.downgrade(),
            }),
        }
    }

    /// The socket itself.
    pub(crate) fn io(&self) -> &S {
        self.io.as_ref().expect("the socket leaves last")
    }

    /// Takes the socket out of the driver and gives it back.
    ///
    /// # Errors
    ///
    /// The system refuses to let go of it; the socket is closed.
    pub(crate) fn into_io(self) -> io::Result<S> {
        let (io, deregistered) = self.take_apart();
        deregistered.map(|()| io)
    }

    /// Takes the socket out of the driver and gives it back, and what the system says to that.
    pub(crate) fn take_apart(mut self) -> (S, io::Result<()>) {
        let mut io = self.io.take().expect("the socket leaves last");
        let deregistered = self.deregister(&mut io);
        (io, deregistered)
    }

    /// Ready when an operation in `direction` is worth a try. The last caller's task is woken.
    pub(crate) fn poll_ready(
        &self,
        direction: Direction,
        ctx: &Context<'_>,
    ) -> Poll<io::Result<()>> {
        self.poll_event(direction, ctx).map_ok(drop)
    }

    /// As [`Evented::poll_ready`], with what has to be cleared where the operation would wait.
    pub(crate) fn poll_event(
        &self,
        direction: Direction,
        ctx: &Context<'_>,
    ) -> Poll<io::Result<Event>> {
        let event = ready!(self.source.poll_ready(direction, ctx))?;
        Poll::Ready(Ok(event))
    }

    /// Waits until one of the `interest` is satisfied, and says what is.
    pub(crate) async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        let event = self.event(interest).await?;
        Ok(event.ready)
    }

    /// As [`Evented::ready`], with what has to be cleared where the operation would wait.
    pub(crate) async fn event(&self, interest: Interest) -> io::Result<Event> {
        Ok(self.source.ready(interest).await?)
    }

    /// Runs `operation` once it does not have to wait. Spends a unit of the task's budget.
    pub(crate) fn poll_io<R>(
        &self,
        direction: Direction,
        ctx: &Context<'_>,
        operation: impl FnMut(&S) -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        let (_, done) = ready!(self.poll_attempts(direction, ctx, operation))?;
        Poll::Ready(done)
    }

    /// Waits until `operation` does not have to wait, and runs it. Any number of tasks may wait.
    ///
    /// Dropping it loses nothing: `operation` is the last thing it does.
    pub(crate) async fn when_ready<R>(
        &self,
        interest: Interest,
        mut operation: impl FnMut(&S) -> io::Result<R>,
    ) -> io::Result<R> {
        loop {
            let event = self.source.ready(interest).await?;
            poll_fn(|ctx| budget::spend(ctx)).await;
            if let Some(done) = self.attempt(event, &mut operation) {
                return done;
            }
        }
    }

    /// Runs `operation` if it is worth a try now.
    ///
    /// # Errors
    ///
    /// `WouldBlock` where it is not, and what `operation` returns.
    pub(crate) fn try_io<R>(
        &self,
        interest: Interest,
        operation: impl FnOnce(&S) -> io::Result<R>,
    ) -> io::Result<R> {
        let event = self.look(interest)?;
        self.attempt(event, operation)
            .unwrap_or_else(|| Err(io::ErrorKind::WouldBlock.into()))
    }

    /// What there is of `interest` now.
    pub(super) fn look(&self, interest: Interest) -> io::Result<Event> {
        match self.source.look(interest) {
            Look::Ready(event) => Ok(event),
            Look::NotReady => Err(io::ErrorKind::WouldBlock.into()),
            Look::ShutDown => Err(ShutDown.into()),
        }
    }

    /// Tries until `operation` did not have to wait: its outcome, and the event it was tried on.
    pub(super) fn poll_attempts<R>(
        &self,
        direction: Direction,
        ctx: &Context<'_>,
        mut operation: impl FnMut(&S) -> io::Result<R>,
    ) -> Poll<Result<(Event, io::Result<R>), ShutDown>> {
        loop {
            let event = ready!(self.source.poll_ready(direction, ctx))?;
            ready!(poll_may_spend(ctx));
            if let Some(done) = self.attempt(event, &mut operation) {
                let spent = budget::spend(ctx);
                debug_assert!(spent.is_ready(), "a unit was left before the operation");
                return Poll::Ready(Ok((event, done)));
            }
        }
    }

    /// `None` where the operation would have had to wait: then `event` is used up.
    fn attempt<R>(
        &self,
        event: Event,
        operation: impl FnOnce(&S) -> io::Result<R>,
    ) -> Option<io::Result<R>> {
        let done = operation(self.io());
        self.judge(event, done)
    }

    /// As [`Evented::attempt`], of what an operation has returned.
    pub(super) fn judge<R>(&self, event: Event, done: io::Result<R>) -> Option<io::Result<R>> {
        match done {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.source.clear(event);
                None
            }
            done => Some(done),
        }
    }

    fn deregister(&self, io: &mut S) -> io::Result<()> {
        match self.driver.upgrade() {
            Some(driver) => driver.remove_source(io, self.ticket),
            None => Ok(()),
        }
    }
}

/// Ready where a unit of the budget is left; nothing is spent yet.
fn poll_may_spend(ctx: &Context<'_>) -> Poll<()> {
    match budget::is_spent() {
        true => budget::spend(ctx),
        false => Poll::Ready(()),
    }
}

impl<S: mio::event::Source> Drop for Evented<S> {
    fn drop(&mut self) {
        if let Some(mut io) = self.io.take() {
            // A refusal changes nothing: the seat is free, and the socket is about to be closed.
            let _ = self.deregister(&mut io);
        }
    }
}
