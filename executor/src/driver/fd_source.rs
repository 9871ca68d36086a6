//! A descriptor of the caller's, as something that a driver can register.

use std::future::poll_fn;
use std::io;
use std::os::fd::AsRawFd;

use mio::unix::SourceFd;
use wane_channel::base::budget;

use super::evented::Evented;
use super::interest::{Interest, Ready};
use super::priority;
use super::readiness::Event;

/// What has a descriptor. It is asked for it again whenever the registration changes, with no lock
/// held: that is user code.
#[derive(Debug)]
pub(crate) struct FdSource<T>(pub(crate) T);

impl<T: AsRawFd> mio::event::Source for FdSource<T> {
    fn register(
        &mut self,
        registry: &mio::Registry,
        token: mio::Token,
        interest: mio::Interest,
    ) -> io::Result<()> {
        SourceFd(&self.0.as_raw_fd()).register(registry, token, interest)
    }

    fn reregister(
        &mut self,
        registry: &mio::Registry,
        token: mio::Token,
        interest: mio::Interest,
    ) -> io::Result<()> {
        SourceFd(&self.0.as_raw_fd()).reregister(registry, token, interest)
    }

    fn deregister(&mut self, registry: &mio::Registry) -> io::Result<()> {
        SourceFd(&self.0.as_raw_fd()).deregister(registry)
    }
}

/// What the system has to be asked for, so that it reports what satisfies `interest`.
///
/// Errors are always reported, and a registration cannot be empty: who waits for nothing else asks
/// for readability besides, which the mask of the interest hides.
pub(crate) fn registration(interest: Interest) -> mio::Interest {
    let parts = [
        (interest.is_readable(), mio::Interest::READABLE),
        (interest.is_writable(), mio::Interest::WRITABLE),
        (interest.is_priority(), priority::PRIORITY),
    ];
    let asked_for = parts.iter().filter(|&&(is_asked, _)| is_asked);
    let asked_for = asked_for.map(|&(_, part)| part);
    asked_for
        .reduce(|all, part| all | part)
        .unwrap_or(mio::Interest::READABLE)
}

impl<T: AsRawFd> Evented<FdSource<T>> {
    /// What has the descriptor.
    pub(crate) fn io_mut(&mut self) -> &mut FdSource<T> {
        self.io.as_mut().expect("the socket leaves last")
    }

    /// As [`Evented::when_ready`], for an operation that changes the socket.
    pub(crate) async fn when_ready_mut<R>(
        &mut self,
        interest: Interest,
        mut operation: impl FnMut(&mut FdSource<T>) -> io::Result<R>,
    ) -> io::Result<R> {
        loop {
            let event = self.source.ready(interest).await?;
            poll_fn(|ctx| budget::spend(ctx)).await;
            let done = operation(self.io_mut());
            if let Some(done) = self.judge(event, done) {
                return done;
            }
        }
    }

    /// As [`Evented::try_io`], for an operation that changes the socket.
    pub(crate) fn try_io_mut<R>(
        &mut self,
        interest: Interest,
        operation: impl FnOnce(&mut FdSource<T>) -> io::Result<R>,
    ) -> io::Result<R> {
        let event = self.look(interest)?;
        let done = operation(self.io_mut());
        self.judge(event, done)
            .unwrap_or_else(|| Err(io::ErrorKind::WouldBlock.into()))
    }

    /// The operation that `event` promised would have had to wait.
    pub(crate) fn clear(&self, event: Event) {
        self.source.clear(event);
    }

    /// As [`Evented::clear`], for these flags only: the event with the others, where there are others.
    pub(crate) fn clear_flags(&self, event: Event, flags: Ready) -> Option<Event> {
        let mut part = event;
        part.ready = flags;
        self.source.clear(part);
        part.ready = event.ready - flags;
        (!part.ready.is_empty()).then_some(part)
    }
}
