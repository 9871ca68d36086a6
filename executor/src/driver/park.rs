//! The exclusive half of the driver: the thread that owns it sleeps in it and hands out what
//! has happened meanwhile.

use std::io;
use std::time::Duration;

use super::batch::Batch;
use super::handle::Handle;
use super::timers::Left;
use crate::parts::clock;

/// Events taken from the system at a time.
const EVENTS: usize = 1024;

/// The exclusive half: waits for sockets and timers. Dropping it shuts the service down.
#[derive(Debug)]
pub(crate) struct Driver {
    poll: mio::Poll,
    events: mio::Events,
    batch: Batch,
    handle: Handle,
}

impl Driver {
    /// Makes both halves.
    ///
    /// # Errors
    ///
    /// The system refuses one of the three descriptors it takes.
    pub(crate) fn new() -> io::Result<(Self, Handle)> {
        let poll = mio::Poll::new()?;
        let handle = Handle::new(poll.registry().try_clone()?)?;
        let driver = Self {
            poll,
            events: mio::Events::with_capacity(EVENTS),
            batch: Batch::new(),
            handle: handle.clone(),
        };
        Ok((driver, handle))
    }

    /// Sleeps until something happens: a socket, a timer, an unpark, or `limit` has passed. Then
    /// wakes whoever waited for it. May return early with nothing done.
    ///
    /// # Panics
    ///
    /// If the system refuses to wait, which means that the descriptors were closed behind our
    /// back.
    pub(crate) fn park(&mut self, limit: Option<Duration>) {
        let nap = self.handle.timers().fall_asleep(clock::now(), limit);
        self.wait(nap);
        self.hand_out();
    }

    /// Hands out what has happened so far, without sleeping.
    ///
    /// # Panics
    ///
    /// As [`Driver::park`].
    pub(crate) fn turn(&mut self) {
        self.wait(Some(Duration::ZERO));
        self.hand_out();
    }

    fn wait(&mut self, nap: Option<Duration>) {
        match self.poll.poll(&mut self.events, nap) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => self.events.clear(),
            Err(error) => panic!("the system refuses to wait for events: {error}"),
        }
    }

    /// Timers first: they have waited for their time already.
    fn hand_out(&mut self) {
        let now = clock::now();
        while self.handle.timers().collect_due(now, &mut self.batch) == Left::More {
            self.batch.wake_all();
        }
        self.batch.wake_all();
        self.handle.dispatch(&self.events, &mut self.batch);
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.handle.shutdown();
    }
}
