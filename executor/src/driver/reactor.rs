//! The table of registered sockets, and the way from an event of the system to its waiters.
//!
//! A token is `{ generation, index }`: the seat in the table, and which of the seat's tenants. A
//! socket may be dropped, and its seat taken anew, while an event for it lies collected but not yet
//! handed out; the generation keeps that event from the new tenant.
//!
//! The table's lock is held while events are handed to their sources, never while a waker runs.

use std::io;

use mio::Token;
use mio::event::Event;
use slab::Slab;
use wane_channel::base::sync::{Arc, Mutex};

use super::batch::Batch;
use super::error::ShutDown;
use super::interest::Ready;
use super::source::Source;
use crate::parts::peak::Outgrown;

/// The token of the unparker; no seat has the highest index.
pub(super) const UNPARK: Token = Token(usize::MAX);

/// Bits of a token that hold the index: half of them, but room for four million on 32 bits.
const INDEX_BITS: u32 = if usize::BITS > 44 { 32 } else { 22 };
const INDEX_MAX: usize = (1 << INDEX_BITS) - 1;
const GENERATION_MAX: usize = usize::MAX >> INDEX_BITS;

/// Seats whose room a table keeps that does not need it.
const KEPT_SEATS: usize = 64;

/// A seat in the table, for the tenant that took it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    index: usize,
    generation: usize,
}

impl Ticket {
    fn token(self) -> Token {
        Token(self.generation << INDEX_BITS | self.index)
    }

    fn from_token(token: Token) -> Self {
        Self {
            index: token.0 & INDEX_MAX,
            generation: token.0 >> INDEX_BITS,
        }
    }
}

/// The registered sockets of a driver.
#[derive(Debug)]
pub(crate) struct Reactor {
    registry: mio::Registry,
    table: Mutex<Table>,
}

#[derive(Debug)]
struct Table {
    seats: Slab<Seat>,
    outgrown: Outgrown,
    next_generation: usize,
    is_closed: bool,
}

#[derive(Debug)]
struct Seat {
    generation: usize,
    source: Arc<Source>,
}

impl Reactor {
    /// An empty table that registers with `registry`.
    pub(crate) fn new(registry: mio::Registry) -> Self {
        Self {
            registry,
            table: Mutex::new(Table {
                seats: Slab::new(),
                outgrown: Outgrown::default(),
                next_generation: 0,
                is_closed: false,
            }),
        }
    }

    /// Registers a socket: its events go to `source` until [`Reactor::remove`].
    ///
    /// # Errors
    ///
    /// The driver is gone, or the system refuses.
    pub(crate) fn add(
        &self,
        io: &mut impl mio::event::Source,
        interest: mio::Interest,
        source: &Arc<Source>,
    ) -> io::Result<Ticket> {
        let ticket = self.table.lock().take_seat(source)?;
        let registered = self.registry.register(io, ticket.token(), interest);
        if let Err(error) = registered {
            self.leave_seat(ticket);
            return Err(error);
        }
        Ok(ticket)
    }

    /// Takes a socket out, at once.
    ///
    /// # Errors
    ///
    /// The system refuses; the seat is free all the same.
    pub(crate) fn remove(
        &self,
        io: &mut impl mio::event::Source,
        ticket: Ticket,
    ) -> io::Result<()> {
        self.leave_seat(ticket);
        self.registry.deregister(io)
    }

    /// Hands the events to their sources and wakes those who waited.
    pub(crate) fn dispatch(&self, events: &mio::Events, batch: &mut Batch) {
        let mut events = events.iter().peekable();
        while events.peek().is_some() {
            let table = self.table.lock();
            for event in events.by_ref() {
                table.announce(event, batch);
                if batch.is_full() {
                    break;
                }
            }
            drop(table);
            batch.wake_all();
        }
    }

    /// Refuses new sockets from now on; operations on those that are registered fail, and who
    /// waits for one is woken to find that out.
    pub(crate) fn close(&self, batch: &mut Batch) {
        let mut table = self.table.lock();
        table.is_closed = true;
        let seats = std::mem::take(&mut table.seats);
        drop(table);
        for (_, seat) in seats {
            seat.source.shut_down(batch);
            batch.wake_all();
        }
    }

    /// How many sockets are registered.
    pub(crate) fn len(&self) -> usize {
        self.table.lock().seats.len()
    }

    fn leave_seat(&self, ticket: Ticket) {
        // Dropped after the lock is let go: a source holds wakers.
        let seat = self.table.lock().leave_seat(ticket);
        drop(seat);
    }
}

impl Table {
    fn take_seat(&mut self, source: &Arc<Source>) -> io::Result<Ticket> {
        if self.is_closed {
            return Err(ShutDown.into());
        }
        if self.seats.len() >= INDEX_MAX {
            let message = "this runtime has as many sockets as it can tell apart; close some";
            return Err(io::Error::new(io::ErrorKind::QuotaExceeded, message));
        }
        let generation = self.next_generation;
        self.next_generation = (generation + 1) & GENERATION_MAX;
        let index = self.seats.insert(Seat {
            generation,
            source: Arc::clone(source),
        });
        Ok(Ticket { index, generation })
    }

    fn leave_seat(&mut self, ticket: Ticket) -> Option<Seat> {
        self.seat(ticket)?;
        let seat = self.seats.remove(ticket.index);
        self.outgrown.give_back(&mut self.seats, KEPT_SEATS);
        Some(seat)
    }

    fn seat(&self, ticket: Ticket) -> Option<&Seat> {
        let seat = self.seats.get(ticket.index)?;
        (seat.generation == ticket.generation).then_some(seat)
    }

    fn announce(&self, event: &Event, batch: &mut Batch) {
        let is_for_unparker = event.token() == UNPARK;
        if !is_for_unparker && let Some(seat) = self.seat(Ticket::from_token(event.token())) {
            seat.source.announce(ready(event), batch);
        }
    }
}

fn ready(event: &Event) -> Ready {
    let parts = [
        (event.is_readable(), Ready::READABLE),
        (event.is_writable(), Ready::WRITABLE),
        (event.is_read_closed(), Ready::READ_CLOSED),
        (event.is_write_closed(), Ready::WRITE_CLOSED),
        (event.is_error(), Ready::ERROR),
        (event.is_priority(), Ready::PRIORITY),
    ];
    let set = parts.iter().filter(|&&(is_set, _)| is_set);
    set.fold(Ready::EMPTY, |ready, &(_, part)| ready | part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_of_a_former_tenant_does_not_reach_the_new_one() {
        let poll = mio::Poll::new().unwrap();
        let reactor = Reactor::new(poll.registry().try_clone().unwrap());
        let source = Arc::new(Source::new());
        let mut table = reactor.table.lock();
        let former = table.take_seat(&source).unwrap();
        assert!(table.leave_seat(former).is_some());
        let present = table.take_seat(&source).unwrap();
        assert_eq!(former.index, present.index);
        assert!(table.seat(Ticket::from_token(former.token())).is_none());
        assert!(table.seat(Ticket::from_token(present.token())).is_some());
        assert!(table.leave_seat(former).is_none());
        assert_ne!(present.token(), UNPARK);
    }

    #[test]
    fn the_table_gives_its_peak_back() {
        let poll = mio::Poll::new().unwrap();
        let reactor = Reactor::new(poll.registry().try_clone().unwrap());
        let source = Arc::new(Source::new());
        let tickets: Vec<Ticket> = (0..1000)
            .map(|_| reactor.table.lock().take_seat(&source).unwrap())
            .collect();
        assert_eq!(reactor.len(), 1000);
        let listener = reactor.table.lock().take_seat(&source).unwrap();
        assert!(reactor.table.lock().seats.capacity() > 1000);
        reactor.leave_seat(listener);
        let (first, others) = tickets.split_first().unwrap();
        for &ticket in others {
            reactor.leave_seat(ticket);
        }
        assert!(reactor.table.lock().seats.capacity() <= KEPT_SEATS);
        reactor.leave_seat(*first);
        assert!(reactor.table.lock().seats.capacity() <= KEPT_SEATS);
        assert_eq!(Arc::strong_count(&source), 1);
    }
}
