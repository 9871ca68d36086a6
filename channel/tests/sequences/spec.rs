//! What a channel does, as a specification that can be run: one thing at a time, with no locks, no
//! wakers and no storage of its own.
//!
//! It says what each operation sees and who must have been woken, and leaves nothing open: messages
//! leave in the order of their acceptance; those who wait are served in the order of their arrival,
//! by a promise of one message or one slot, which a cancellation passes on; a promised message takes
//! no slot; a close voids the promises to receivers and refuses all senders.

use std::collections::VecDeque;
use std::task::Poll::{self, Pending, Ready};

/// An operation that may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    Send(u32),
    Reserve,
    /// As the one before, with a handle of its own.
    ReserveOwned,
    Recv,
    RecvMany(usize),
    /// A receiver that is polled as a stream: never over.
    Stream,
    Closed,
}

/// What whoever asks gets to see. Numbers stand for messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Sent,
    Full(u32),
    Refused(u32),
    Displaced(u32),
    Slot,
    NoSlot,
    Closed,
    Got(u32),
    Batch(Vec<u32>),
    Empty,
    End,
}

/// Where an operation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It has not asked yet, or is a stream that has to ask again.
    New,
    /// It waits, and nobody has woken it.
    InLine,
    /// It was woken: a message or a slot is kept for it.
    Promised,
    /// It was woken by the close.
    SentHome,
    /// It has returned or was cancelled.
    Over,
}

/// An operation, by the order in which they began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Id(usize);

#[derive(Debug)]
pub(crate) struct Spec {
    capacity: usize,
    messages: VecDeque<u32>,
    promised: usize,
    reserved: usize,
    senders_in_line: VecDeque<Id>,
    receivers_in_line: VecDeque<Id>,
    closers_in_line: VecDeque<Id>,
    operations: Vec<(Work, Standing)>,
    pub(crate) senders: usize,
    pub(crate) receivers: usize,
    pub(crate) closed: bool,
}

/// What there is to see.
impl Spec {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            messages: VecDeque::new(),
            promised: 0,
            reserved: 0,
            senders_in_line: VecDeque::new(),
            receivers_in_line: VecDeque::new(),
            closers_in_line: VecDeque::new(),
            operations: Vec::new(),
            senders: 1,
            receivers: 1,
            closed: false,
        }
    }

    /// Messages that anybody may take.
    pub(crate) fn len(&self) -> usize {
        self.messages.len() - self.promised
    }

    /// All messages, those that are promised included.
    pub(crate) fn held(&self) -> usize {
        self.messages.len()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.len() >= self.capacity
    }

    pub(crate) fn has_room(&self) -> bool {
        self.len() + self.reserved < self.capacity
    }

    pub(crate) fn standing(&self, id: Id) -> Standing {
        self.operations[id.0].1
    }
}

/// Operations that may wait.
impl Spec {
    pub(crate) fn begin(&mut self, work: Work) -> Id {
        self.operations.push((work, Standing::New));
        Id(self.operations.len() - 1)
    }

    pub(crate) fn poll(&mut self, id: Id) -> Poll<Seen> {
        let (work, _) = self.operations[id.0];
        let seen = match work {
            Work::Send(message) => self.poll_slot(id).map(|is_kept| {
                if is_kept {
                    self.fill(message);
                    Seen::Sent
                } else {
                    Seen::Refused(message)
                }
            }),
            Work::Reserve | Work::ReserveOwned => self.poll_slot(id).map(|is_kept| match is_kept {
                true => Seen::Slot,
                false => Seen::NoSlot,
            }),
            Work::Recv | Work::Stream => self.poll_message(id).map(|is_kept| match is_kept {
                true => self.redeem(1).pop().map_or(Seen::Empty, Seen::Got),
                false => Seen::End,
            }),
            Work::RecvMany(limit) => self.poll_message(id).map(|is_kept| match is_kept {
                true => Seen::Batch(self.redeem(limit)),
                false => Seen::Batch(Vec::new()),
            }),
            Work::Closed => self.poll_closed(id),
        };
        if seen.is_ready() {
            self.set(id, Standing::Over);
        }
        if (work, &seen) == (Work::ReserveOwned, &Ready(Seen::NoSlot)) {
            self.drop_sender();
        }
        if work == Work::Stream && seen.is_ready() {
            self.set(id, Standing::New);
        }
        seen
    }

    /// Takes an operation out of its line, and what was promised to it to the next one.
    pub(crate) fn suspend(&mut self, id: Id) {
        let (work, standing) = self.operations[id.0];
        match (work, standing) {
            (_, Standing::New | Standing::Over | Standing::SentHome) => {}
            (_, Standing::InLine) => {
                let line = self.line(work);
                line.retain(|&other| other != id);
            }
            (Work::Send(_) | Work::Reserve | Work::ReserveOwned, Standing::Promised) => {
                self.release()
            }
            (_, Standing::Promised) => {
                if !self.closed {
                    self.promised -= 1;
                    self.promise();
                }
            }
        }
        self.set(id, Standing::New);
    }

    pub(crate) fn cancel(&mut self, id: Id) {
        self.suspend(id);
        self.set(id, Standing::Over);
        if self.operations[id.0].0 == Work::ReserveOwned {
            self.drop_sender();
        }
    }

    fn poll_slot(&mut self, id: Id) -> Poll<bool> {
        match self.standing(id) {
            Standing::New if self.closed => Ready(false),
            Standing::New if self.has_room() => {
                self.reserved += 1;
                Ready(true)
            }
            Standing::New => self.enlist(id),
            Standing::InLine => Pending,
            Standing::Promised => {
                if self.closed {
                    self.reserved -= 1;
                }
                Ready(!self.closed)
            }
            Standing::SentHome => Ready(false),
            Standing::Over => unreachable!("{id:?} is over"),
        }
    }

    fn poll_message(&mut self, id: Id) -> Poll<bool> {
        match self.standing(id) {
            Standing::InLine => Pending,
            Standing::Promised if !self.closed => Ready(true),
            Standing::New | Standing::Promised | Standing::SentHome => {
                if self.len() > 0 {
                    self.promised += 1;
                    Ready(true)
                } else if self.closed {
                    Ready(false)
                } else {
                    self.enlist(id)
                }
            }
            Standing::Over => unreachable!("{id:?} is over"),
        }
    }

    fn poll_closed(&mut self, id: Id) -> Poll<Seen> {
        match self.standing(id) {
            _ if self.closed => Ready(Seen::Closed),
            Standing::New => self.enlist(id),
            _ => Pending,
        }
    }

    fn enlist<T>(&mut self, id: Id) -> Poll<T> {
        self.set(id, Standing::InLine);
        let work = self.operations[id.0].0;
        self.line(work).push_back(id);
        Pending
    }

    fn line(&mut self, work: Work) -> &mut VecDeque<Id> {
        match work {
            Work::Send(_) | Work::Reserve | Work::ReserveOwned => &mut self.senders_in_line,
            Work::Recv | Work::RecvMany(_) | Work::Stream => &mut self.receivers_in_line,
            Work::Closed => &mut self.closers_in_line,
        }
    }

    fn set(&mut self, id: Id, standing: Standing) {
        self.operations[id.0].1 = standing;
    }
}

/// Operations that never wait.
impl Spec {
    pub(crate) fn try_send(&mut self, message: u32) -> Seen {
        if self.closed {
            Seen::Refused(message)
        } else if self.has_room() {
            self.accept(message);
            Seen::Sent
        } else {
            Seen::Full(message)
        }
    }

    pub(crate) fn try_reserve(&mut self) -> Seen {
        if self.closed {
            Seen::NoSlot
        } else if self.has_room() {
            self.reserved += 1;
            Seen::Slot
        } else {
            Seen::Full(0)
        }
    }

    pub(crate) fn force_send(&mut self, message: u32) -> Seen {
        if self.closed {
            return Seen::Refused(message);
        }
        if self.has_room() || self.len() == 0 {
            self.accept(message);
            return Seen::Sent;
        }
        self.messages.push_back(message);
        self.messages
            .pop_front()
            .map_or(Seen::Sent, Seen::Displaced)
    }

    pub(crate) fn send_by_permit(&mut self, message: u32) -> Seen {
        if self.closed {
            self.reserved -= 1;
            return Seen::Refused(message);
        }
        self.fill(message);
        Seen::Sent
    }

    /// Gives up a slot that was kept.
    pub(crate) fn release(&mut self) {
        self.reserved -= 1;
        self.admit();
    }

    pub(crate) fn try_recv(&mut self) -> Seen {
        if self.len() > 0 {
            self.promised += 1;
            self.redeem(1).pop().map_or(Seen::Empty, Seen::Got)
        } else if self.closed {
            Seen::End
        } else {
            Seen::Empty
        }
    }
}

/// Handles and the end.
impl Spec {
    pub(crate) fn close(&mut self) -> bool {
        if self.closed {
            return false;
        }
        self.closed = true;
        self.promised = 0;
        let lines = [
            std::mem::take(&mut self.senders_in_line),
            std::mem::take(&mut self.receivers_in_line),
            std::mem::take(&mut self.closers_in_line),
        ];
        for id in lines.into_iter().flatten() {
            self.set(id, Standing::SentHome);
        }
        true
    }

    pub(crate) fn drop_sender(&mut self) {
        self.senders -= 1;
        if self.senders == 0 {
            self.close();
        }
    }

    pub(crate) fn drop_receiver(&mut self) {
        self.receivers -= 1;
        if self.receivers == 0 {
            self.close();
            self.messages.clear();
        }
    }
}

/// What the moves have in common.
impl Spec {
    fn fill(&mut self, message: u32) {
        self.reserved -= 1;
        self.accept(message);
    }

    fn accept(&mut self, message: u32) {
        self.messages.push_back(message);
        self.promise();
        self.admit();
    }

    /// Promises one message to the first receiver in line.
    fn promise(&mut self) {
        if let Some(id) = self.receivers_in_line.pop_front() {
            self.promised += 1;
            self.set(id, Standing::Promised);
        }
    }

    /// Keeps the free slots for the first senders in line.
    fn admit(&mut self) {
        while self.has_room()
            && let Some(id) = self.senders_in_line.pop_front()
        {
            self.reserved += 1;
            self.set(id, Standing::Promised);
        }
    }

    /// Takes up to so many messages for one promise.
    fn redeem(&mut self, limit: usize) -> Vec<u32> {
        self.promised -= 1;
        let count = limit.min(self.len());
        let taken = self.messages.drain(..count).collect();
        self.admit();
        taken
    }
}
