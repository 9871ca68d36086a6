//! One sequence: a channel, its specification, and moves that are made in both.

use std::cell::Cell;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Context;
use std::time::Duration;

use futures_lite::Stream;
use wane_channel::{
    Receiver, RecvTimeoutError, SendError, SendTimeoutError, Sender, TryRecvError, TrySendError,
};

use crate::operations::{self, Operations, Parcel, Slot, Watch};
use crate::spec::{Id, Seen, Spec, Work};
use crate::support::poll;

/// So many operations are under way at one side, and no more.
const CROWD_MAX: usize = 8;

/// A generator of xorshift numbers: a failing seed is all that a replay needs.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).max(1))
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 33) % bound as u64).expect("below a usize")
    }

    pub(crate) fn one_in(&mut self, odds: usize) -> bool {
        self.below(odds) == 0
    }

    /// The place of one of so many, if there is any.
    pub(crate) fn pick(&mut self, count: usize) -> Option<usize> {
        (count > 0).then(|| self.below(count))
    }
}

/// The specification, and the messages that live.
pub(crate) struct World {
    pub(crate) spec: Spec,
    living: Rc<Cell<usize>>,
    last: u32,
}

impl World {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            spec: Spec::new(capacity),
            living: Rc::default(),
            last: 0,
        }
    }

    fn parcel(&mut self) -> Parcel {
        self.last += 1;
        Parcel::new(self.last, &self.living)
    }

    /// Every message that lives is in the channel or with its sender.
    pub(crate) fn assert_living(&self, with_senders: usize) {
        assert_eq!(self.living.get(), self.spec.held() + with_senders);
    }
}

/// The side of the senders.
pub(crate) struct Sending<'a> {
    pub(crate) tx: &'a Sender<Parcel>,
    pub(crate) operations: Operations<'a>,
    pub(crate) slots: Vec<Slot<'a>>,
    pub(crate) clones: Vec<Sender<Parcel>>,
}

impl<'a> Sending<'a> {
    pub(crate) fn new(tx: &'a Sender<Parcel>) -> Self {
        Self {
            tx,
            operations: Operations::default(),
            slots: Vec::new(),
            clones: Vec::new(),
        }
    }

    pub(crate) fn step(&mut self, world: &mut World, random: &mut Random) {
        let operation = random.pick(self.operations.count());
        let slot = random.pick(self.slots.len());
        let clone = random.pick(self.clones.len());
        match (random.below(100), operation, slot, clone) {
            (0..18, ..) => self.try_send(world, random),
            (18..36, ..) => self.begin(world, random),
            (36..58, Some(at), ..) => {
                let renew = random.one_in(3);
                let slot = self.operations.poll(at, renew, &mut world.spec);
                self.slots.extend(slot);
            }
            (58..60, Some(at), ..) => {
                let slot = self.operations.poll_without_budget(at, &mut world.spec);
                self.slots.extend(slot);
            }
            (60..70, Some(at), ..) => self.operations.cancel(at, &mut world.spec),
            (70..78, _, Some(at), _) => self.use_slot(at, world),
            (78..81, _, Some(at), _) => {
                self.leave_slot(at, random.one_in(2), world);
            }
            (81..84, ..) => self.try_reserve(world, random),
            (84..88, ..) => self.force_send(world),
            (88..91, ..) => self.send_blocking(world),
            (91..94, ..) if self.clones.len() < CROWD_MAX => self.add_clone(world, random),
            (94..96, .., Some(at)) => {
                drop(self.clones.swap_remove(at));
                world.spec.drop_sender();
            }
            (96, ..) if random.one_in(8) => assert_eq!(self.tx.close(), world.spec.close()),
            _ => {}
        }
    }

    /// Any handle of the side, for what does not wait.
    fn handle(&self, random: &mut Random) -> &Sender<Parcel> {
        match random.pick(self.clones.len()) {
            Some(at) if random.one_in(2) => &self.clones[at],
            _ => self.tx,
        }
    }

    fn try_send(&self, world: &mut World, random: &mut Random) {
        let parcel = world.parcel();
        let number = parcel.number;
        let seen = match self.handle(random).try_send(parcel) {
            Ok(()) => Seen::Sent,
            Err(TrySendError::Full(parcel)) => Seen::Full(parcel.number),
            Err(TrySendError::Closed(parcel)) => Seen::Refused(parcel.number),
        };
        assert_eq!(seen, world.spec.try_send(number));
    }

    fn begin(&mut self, world: &mut World, random: &mut Random) {
        if self.operations.count() == CROWD_MAX {
            return;
        }
        let (work, future) = match random.below(6) {
            0 => (Work::Reserve, operations::reserve(self.tx)),
            1 => {
                world.spec.senders += 1;
                let tx = self.tx.clone();
                (Work::ReserveOwned, operations::reserve_owned(tx))
            }
            2 => (Work::Closed, operations::closed(self.tx.closed())),
            _ => {
                let parcel = world.parcel();
                (Work::Send(parcel.number), operations::send(self.tx, parcel))
            }
        };
        self.operations.begin(work, future, &mut world.spec);
        if !random.one_in(4) {
            let at = self.operations.count() - 1;
            let slot = self.operations.poll(at, true, &mut world.spec);
            self.slots.extend(slot);
        }
    }

    pub(crate) fn use_slot(&mut self, at: usize, world: &mut World) {
        let parcel = world.parcel();
        let number = parcel.number;
        let seen_if_sent = |outcome: Result<(), SendError<Parcel>>| match outcome {
            Ok(()) => Seen::Sent,
            Err(error) => Seen::Refused(error.into_inner().number),
        };
        let seen = match self.slots.swap_remove(at) {
            Slot::Borrowed(permit) => seen_if_sent(permit.send(parcel)),
            Slot::Owned(permit) => {
                let outcome = permit.send(parcel);
                // A permit that is refused takes its sender with it.
                world.spec.senders -= usize::from(outcome.is_err());
                seen_if_sent(outcome.map(|tx| self.clones.push(tx)))
            }
        };
        assert_eq!(seen, world.spec.send_by_permit(number));
    }

    /// Gives a slot back unused. An owned one may give its sender back, too.
    fn leave_slot(&mut self, at: usize, keep_sender: bool, world: &mut World) {
        match self.slots.swap_remove(at) {
            Slot::Borrowed(permit) => drop(permit),
            Slot::Owned(permit) if keep_sender => self.clones.push(permit.release()),
            Slot::Owned(permit) => {
                drop(permit);
                world.spec.drop_sender();
            }
        }
        world.spec.release();
    }

    fn try_reserve(&mut self, world: &mut World, random: &mut Random) {
        let seen = if random.one_in(2) {
            match self.tx.try_reserve() {
                Ok(permit) => {
                    self.slots.push(Slot::Borrowed(permit));
                    Seen::Slot
                }
                Err(TrySendError::Full(())) => Seen::Full(0),
                Err(TrySendError::Closed(())) => Seen::NoSlot,
            }
        } else {
            match self.tx.clone().try_reserve_owned() {
                Ok(permit) => {
                    world.spec.senders += 1;
                    self.slots.push(Slot::Owned(permit));
                    Seen::Slot
                }
                Err(TrySendError::Full(_returned)) => Seen::Full(0),
                Err(TrySendError::Closed(_returned)) => Seen::NoSlot,
            }
        };
        assert_eq!(seen, world.spec.try_reserve());
    }

    fn force_send(&self, world: &mut World) {
        let parcel = world.parcel();
        let number = parcel.number;
        let seen = match self.tx.force_send(parcel) {
            Ok(None) => Seen::Sent,
            Ok(Some(displaced)) => Seen::Displaced(displaced.number),
            Err(error) => Seen::Refused(error.into_inner().number),
        };
        assert_eq!(seen, world.spec.force_send(number));
    }

    /// For this thread alone it ends at once, one way or the other.
    fn send_blocking(&self, world: &mut World) {
        let parcel = world.parcel();
        let number = parcel.number;
        let never_waits = world.spec.has_room() || world.spec.closed;
        let seen = if never_waits {
            match self.tx.send_blocking(parcel) {
                Ok(()) => Seen::Sent,
                Err(error) => Seen::Refused(error.into_inner().number),
            }
        } else {
            match self.tx.send_timeout(parcel, Duration::ZERO) {
                Ok(()) => Seen::Sent,
                Err(SendTimeoutError::Timeout(parcel)) => Seen::Full(parcel.number),
                Err(SendTimeoutError::Closed(parcel)) => Seen::Refused(parcel.number),
            }
        };
        assert_eq!(seen, world.spec.try_send(number));
    }

    fn add_clone(&mut self, world: &mut World, random: &mut Random) {
        let clone = if random.one_in(2) {
            Some(self.tx.clone())
        } else {
            let upgraded = self.tx.downgrade().clone().upgrade();
            assert_eq!(upgraded.is_some(), !world.spec.closed);
            upgraded
        };
        world.spec.senders += usize::from(clone.is_some());
        self.clones.extend(clone);
    }

    /// Lets everything go but the handle that is borrowed.
    pub(crate) fn leave(&mut self, world: &mut World) {
        self.operations.cancel_all(&mut world.spec);
        while !self.slots.is_empty() {
            self.leave_slot(0, false, world);
        }
        for clone in self.clones.drain(..) {
            drop(clone);
            world.spec.drop_sender();
        }
    }

    /// What is asked twice is answered alike at both ends, and as the specification says.
    pub(crate) fn check(&self, spec: &Spec) {
        let tx = self.tx;
        assert_eq!((tx.len(), tx.is_empty()), (spec.len(), spec.len() == 0));
        assert_eq!(
            (tx.is_full(), tx.is_closed()),
            (spec.is_full(), spec.closed)
        );
        assert_eq!(tx.sender_count(), spec.senders);
        self.operations.assert_rung(spec);
    }
}

/// A receiver of its own, which is polled as a stream and used otherwise in between.
struct StreamEnd {
    rx: Receiver<Parcel>,
    id: Id,
    watch: Watch,
}

impl StreamEnd {
    fn poll_next(&mut self, world: &mut World, random: &mut Random) {
        let rx = &mut self.rx;
        let polled = self.watch.poll(random.one_in(3), |waker| {
            Pin::new(rx).poll_next(&mut Context::from_waker(waker))
        });
        let seen = polled.map(|next| next.map_or(Seen::End, |parcel| Seen::Got(parcel.number)));
        assert_eq!(seen, world.spec.poll(self.id));
    }

    /// Any other receive of the handle takes the stream out of the line.
    fn receive_otherwise(&mut self, world: &mut World, random: &mut Random) {
        world.spec.suspend(self.id);
        if random.one_in(2) {
            let seen = seen_of_try(self.rx.try_recv());
            assert_eq!(seen, world.spec.try_recv());
        } else {
            let id = world.spec.begin(Work::Recv);
            let polled = poll(&mut pin!(self.rx.recv()));
            let seen = polled.map(|end| end.map_or(Seen::End, |parcel| Seen::Got(parcel.number)));
            assert_eq!(seen, world.spec.poll(id));
            // The future is gone by now.
            world.spec.cancel(id);
        }
        self.watch.assert_let_go();
    }

    fn leave(self, world: &mut World) {
        world.spec.cancel(self.id);
        drop(self.rx);
        world.spec.drop_receiver();
        self.watch.assert_let_go();
    }
}

fn seen_of_try(outcome: Result<Parcel, TryRecvError>) -> Seen {
    match outcome {
        Ok(parcel) => Seen::Got(parcel.number),
        Err(TryRecvError::Empty) => Seen::Empty,
        Err(TryRecvError::Closed) => Seen::End,
    }
}

/// The side of the receivers.
pub(crate) struct Receiving<'a> {
    pub(crate) rx: &'a Receiver<Parcel>,
    pub(crate) operations: Operations<'a>,
    streams: Vec<StreamEnd>,
}

impl<'a> Receiving<'a> {
    pub(crate) fn new(rx: &'a Receiver<Parcel>) -> Self {
        Self {
            rx,
            operations: Operations::default(),
            streams: Vec::new(),
        }
    }

    pub(crate) fn step(&mut self, world: &mut World, random: &mut Random) {
        let operation = random.pick(self.operations.count());
        let stream = random.pick(self.streams.len());
        match (random.below(100), operation, stream) {
            (0..18, ..) => {
                assert_eq!(seen_of_try(self.rx.try_recv()), world.spec.try_recv());
            }
            (18..36, ..) => self.begin(world, random),
            (36..58, Some(at), _) => {
                let renew = random.one_in(3);
                let slot = self.operations.poll(at, renew, &mut world.spec);
                assert!(slot.is_none());
            }
            (58..60, Some(at), _) => {
                let slot = self.operations.poll_without_budget(at, &mut world.spec);
                assert!(slot.is_none());
            }
            (60..70, Some(at), _) => self.operations.cancel(at, &mut world.spec),
            (70..80, _, Some(at)) => self.streams[at].poll_next(world, random),
            (80..84, _, Some(at)) => self.streams[at].receive_otherwise(world, random),
            (84..88, ..) => self.recv_blocking(world),
            (88..92, ..) if self.streams.len() < CROWD_MAX => self.add_stream(world, random),
            (92..96, _, Some(at)) => self.streams.swap_remove(at).leave(world),
            (96, ..) if random.one_in(8) => assert_eq!(self.rx.close(), world.spec.close()),
            _ => {}
        }
    }

    fn begin(&mut self, world: &mut World, random: &mut Random) {
        if self.operations.count() == CROWD_MAX {
            return;
        }
        let (work, future) = match random.below(6) {
            0 | 1 => {
                let limit = 1 + random.below(4);
                (Work::RecvMany(limit), operations::recv_many(self.rx, limit))
            }
            2 => (Work::Closed, operations::closed(self.rx.closed())),
            _ => (Work::Recv, operations::recv(self.rx)),
        };
        self.operations.begin(work, future, &mut world.spec);
        if !random.one_in(4) {
            let at = self.operations.count() - 1;
            let slot = self.operations.poll(at, true, &mut world.spec);
            assert!(slot.is_none());
        }
    }

    /// For this thread alone it ends at once, one way or the other.
    fn recv_blocking(&self, world: &mut World) {
        let never_waits = world.spec.len() > 0 || world.spec.closed;
        let seen = if never_waits {
            match self.rx.recv_blocking() {
                Ok(parcel) => Seen::Got(parcel.number),
                Err(_closed) => Seen::End,
            }
        } else {
            match self.rx.recv_timeout(Duration::ZERO) {
                Ok(parcel) => Seen::Got(parcel.number),
                Err(RecvTimeoutError::Timeout) => Seen::Empty,
                Err(RecvTimeoutError::Closed) => Seen::End,
            }
        };
        assert_eq!(seen, world.spec.try_recv());
    }

    fn add_stream(&mut self, world: &mut World, random: &mut Random) {
        let rx = if random.one_in(2) {
            Some(self.rx.clone())
        } else {
            let upgraded = self.rx.downgrade().clone().upgrade();
            assert_eq!(upgraded.is_some(), !world.spec.closed);
            upgraded
        };
        world.spec.receivers += usize::from(rx.is_some());
        self.streams.extend(rx.map(|rx| StreamEnd {
            rx,
            id: world.spec.begin(Work::Stream),
            watch: Watch::new(),
        }));
    }

    /// Lets everything go but the handle that is borrowed.
    pub(crate) fn leave(&mut self, world: &mut World) {
        self.operations.cancel_all(&mut world.spec);
        for stream in self.streams.drain(..) {
            stream.leave(world);
        }
    }

    /// What is asked twice is answered alike at both ends, and as the specification says.
    pub(crate) fn check(&self, spec: &Spec) {
        let rx = self.rx;
        assert_eq!((rx.len(), rx.is_empty()), (spec.len(), spec.len() == 0));
        assert_eq!(
            (rx.is_full(), rx.is_closed()),
            (spec.is_full(), spec.closed)
        );
        assert_eq!(rx.receiver_count(), spec.receivers);
        self.operations.assert_rung(spec);
        for stream in &self.streams {
            stream.watch.assert_rung_as(spec.standing(stream.id));
        }
    }

    /// Receives to the end, which has to come.
    pub(crate) fn drain(&self, world: &mut World) {
        loop {
            let seen = seen_of_try(self.rx.try_recv());
            assert_eq!(seen, world.spec.try_recv());
            if matches!(seen, Seen::Empty | Seen::End) {
                return;
            }
        }
    }
}
