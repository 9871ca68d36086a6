//! The shared half of the driver: whoever needs a timer, a socket or the sleeper's ear has it.
//!
//! Sockets and timers hold a [`WeakHandle`] only: one that outlives its runtime keeps neither
//! descriptor nor table alive.
//!
//! # The unparker
//!
//! `is_sent` says that an event for the sleeper is under way: written and not yet seen. Whoever
//! finds it set need not write another.
//!
//! - unpark: (1) `is_sent.swap(true)`; (2) where it was false, write the event.
//! - driver: (a) the wait returns the event; (b) `is_sent.swap(false)`; (c) looks for work.
//!
//! A swap of (1) that finds `true` comes before (b) in the order of the word, so that (c) sees what
//! the unparking thread did before; one that comes after (b) finds `false` and writes.
//! The event itself is kept by the system until a wait returns it.
//!
//! # Happens-before
//!
//! - [`Handle::unpark`] (Release in `swap`) → `Unparker::receive` (Acquire in `swap`): the driver's
//!   thread sees what was done before the unpark, also where the event was another's.

use std::fmt;
use std::io;
use std::task::Waker;
use std::time::Instant;

use wane_channel::base::sync::atomic::{AtomicBool, Ordering};
use wane_channel::base::sync::{Arc, Weak};

use super::batch::Batch;
use super::error::ShutDown;
use super::reactor::{Reactor, Ticket, UNPARK};
use super::source::Source;
use super::timers::{Left, Sleeper, Timers, Watch};
use crate::parts::clock;
use crate::parts::wheel::Key;

/// The shared half of a driver. Cloning it is cheap.
#[derive(Clone)]
pub(crate) struct Handle(Arc<Shared>);

/// A [`Handle`] that keeps nothing alive.
#[derive(Clone)]
pub(crate) struct WeakHandle(Weak<Shared>);

/// Boxed, so that what a [`WeakHandle`] keeps allocated is a pointer and two counts.
struct Shared(Box<Parts>);

struct Parts {
    unparker: Unparker,
    timers: Timers,
    reactor: Reactor,
}

impl Handle {
    pub(super) fn new(registry: mio::Registry) -> io::Result<Self> {
        let parts = Parts {
            unparker: Unparker::new(&registry)?,
            timers: Timers::new(clock::now()),
            reactor: Reactor::new(registry),
        };
        Ok(Self(Arc::new(Shared(Box::new(parts)))))
    }

    /// Makes a sleeping driver return, or the next park of one that is awake.
    ///
    /// Many of them before the driver has woken up cost one system call together.
    pub(crate) fn unpark(&self) {
        self.parts().unparker.unpark();
    }

    /// Ends the service: sockets fail and timers are refused from now on, and everybody who waits
    /// is woken to find that out. Wakers run in here. Calling it again does nothing.
    pub(crate) fn shutdown(&self) {
        let mut batch = Batch::new();
        self.parts().reactor.close(&mut batch);
        while self.parts().timers.close(&mut batch) == Left::More {
            batch.wake_all();
        }
        batch.wake_all();
        self.unpark();
    }

    /// A handle that keeps nothing alive.
    pub(crate) fn downgrade(&self) -> WeakHandle {
        WeakHandle(Arc::downgrade(&self.0))
    }

    /// Wakes `waker` at `deadline` or up to a millisecond later.
    pub(crate) fn arm_timer(&self, deadline: Instant, waker: Waker) -> Result<Key, ShutDown> {
        let armed = self.parts().timers.arm(deadline, waker)?;
        match armed.sleeper {
            Sleeper::Unpark => self.unpark(),
            Sleeper::LetSleep => {}
        }
        Ok(armed.key)
    }

    /// Where the timer stands; one that still waits will wake `waker` from now on.
    pub(crate) fn watch_timer(&self, key: Key, waker: &Waker) -> Watch {
        self.parts().timers.watch(key, waker)
    }

    /// Takes a timer out at once, unless it has fired.
    pub(crate) fn disarm_timer(&self, key: Key) {
        self.parts().timers.disarm(key);
    }

    /// How many timers wait.
    pub(crate) fn timer_count(&self) -> usize {
        self.parts().timers.len()
    }

    /// Registers a socket: its events go to `source`.
    pub(super) fn add_source(
        &self,
        io: &mut impl mio::event::Source,
        interest: mio::Interest,
        source: &Arc<Source>,
    ) -> io::Result<Ticket> {
        self.parts().reactor.add(io, interest, source)
    }

    /// Takes a socket out, at once.
    pub(super) fn remove_source(
        &self,
        io: &mut impl mio::event::Source,
        ticket: Ticket,
    ) -> io::Result<()> {
        self.parts().reactor.remove(io, ticket)
    }

    /// How many sockets are registered.
    pub(crate) fn source_count(&self) -> usize {
        self.parts().reactor.len()
    }

    pub(super) fn timers(&self) -> &Timers {
        &self.parts().timers
    }

    /// Hands out what a wait has returned.
    pub(super) fn dispatch(&self, events: &mio::Events, batch: &mut Batch) {
        if events.iter().any(|event| event.token() == UNPARK) {
            self.parts().unparker.receive();
        }
        self.parts().reactor.dispatch(events, batch);
    }

    fn parts(&self) -> &Parts {
        &self.0.0
    }
}

impl WeakHandle {
    /// The handle, where the driver's shared half still exists.
    pub(crate) fn upgrade(&self) -> Option<Handle> {
        self.0.upgrade().map(Handle)
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("timers", &self.timer_count())
            .field("sources", &self.source_count())
            .finish()
    }
}

impl fmt::Debug for WeakHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WeakHandle")
    }
}

/// Ends the driver's wait from another thread.
#[derive(Debug)]
struct Unparker {
    /// An event is under way: written and not yet received.
    is_sent: AtomicBool,
    event: mio::Waker,
}

impl Unparker {
    fn new(registry: &mio::Registry) -> io::Result<Self> {
        Ok(Self {
            is_sent: AtomicBool::new(false),
            event: mio::Waker::new(registry, UNPARK)?,
        })
    }

    fn unpark(&self) {
        // ORDERING: Release pairs with the Acquire of `receive`; Acquire, so that a `true` that was
        // written by another is a write that comes after the last `receive`.
        if !self.is_sent.swap(true, Ordering::AcqRel) {
            let written = self.event.wake();
            written.expect("the system refuses to write the driver's own event");
        }
    }

    fn receive(&self) {
        // ORDERING: Acquire pairs with the Release of `unpark`.
        self.is_sent.swap(false, Ordering::AcqRel);
    }
}
