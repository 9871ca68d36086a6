//! Random sequences of operations, cancellations included, against a model made of a `VecDeque`.
//!
//! The model knows only what a user can tell: a message is accepted or given back, messages leave
//! in the order of their acceptance, none is lost and none is doubled, and nobody waits where he
//! need not. The channel checks its own invariants after each step in debug builds.
#![cfg(not(loom))]

mod support;

use std::collections::VecDeque;
use std::pin::{Pin, pin};
use std::task::Poll;

use support::poll;
use wane_channel::{
    Permit, Receiver, Recv, Reserve, Send, Sender, TryRecvError, TrySendError, bounded,
};

const SEQUENCES: u64 = 2000;
const STEPS: usize = 200;

/// A generator of xorshift numbers: a failing seed is all that a replay needs.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).expect("below a usize")
    }
}

/// The channel, everything that is under way in it, and the model.
struct Run<'a> {
    tx: &'a Sender<u32>,
    rx: &'a Receiver<u32>,
    sends: Vec<(u32, Pin<Box<Send<'a, u32>>>)>,
    reserves: Vec<Pin<Box<Reserve<'a, u32>>>>,
    permits: Vec<Permit<'a, u32>>,
    recvs: Vec<Pin<Box<Recv<'a, u32>>>>,
    accepted: VecDeque<u32>,
    closed: bool,
    next: u32,
}

impl Run<'_> {
    fn fresh(&mut self) -> u32 {
        self.next += 1;
        self.next
    }

    /// A message came out: it has to be the oldest.
    fn received(&mut self, message: u32) {
        assert_eq!(Some(message), self.accepted.pop_front());
    }

    fn try_send(&mut self) {
        let message = self.fresh();
        match self.tx.try_send(message) {
            Ok(()) => {
                assert!(!self.closed);
                self.accepted.push_back(message);
            }
            Err(TrySendError::Full(returned)) => {
                assert!(!self.closed);
                assert_eq!(returned, message);
                let busy = self.sends.len() + self.reserves.len() + self.permits.len();
                assert!(self.tx.is_full() || busy > 0, "refused without a reason");
            }
            Err(TrySendError::Closed(returned)) => {
                assert!(self.closed);
                assert_eq!(returned, message);
            }
        }
    }

    fn try_recv(&mut self) {
        match self.rx.try_recv() {
            Ok(message) => self.received(message),
            Err(TryRecvError::Empty) => {
                assert!(!self.closed);
                // All that is there is promised to those who wait.
                assert!(self.accepted.len() <= self.recvs.len());
            }
            Err(TryRecvError::Closed) => {
                assert!(self.closed);
                assert!(self.accepted.is_empty(), "the end before the last message");
            }
        }
    }

    fn start_send(&mut self) {
        let message = self.fresh();
        let send = Box::pin(self.tx.send(message));
        self.sends.push((message, send));
        self.poll_send(self.sends.len() - 1);
    }

    fn poll_send(&mut self, index: usize) {
        let (message, send) = &mut self.sends[index];
        let message = *message;
        match poll(send) {
            Poll::Ready(Ok(())) => {
                assert!(!self.closed);
                self.accepted.push_back(message);
                drop(self.sends.remove(index));
            }
            Poll::Ready(Err(error)) => {
                assert!(self.closed);
                assert_eq!(error.into_inner(), message);
                drop(self.sends.remove(index));
            }
            Poll::Pending => assert!(!self.closed, "waits in a closed channel"),
        }
    }

    fn start_recv(&mut self) {
        let recv = Box::pin(self.rx.recv());
        self.recvs.push(recv);
        self.poll_recv(self.recvs.len() - 1);
    }

    fn poll_recv(&mut self, index: usize) {
        match poll(&mut self.recvs[index]) {
            Poll::Ready(Ok(message)) => {
                drop(self.recvs.remove(index));
                self.received(message);
            }
            Poll::Ready(Err(_)) => {
                assert!(self.closed && self.accepted.is_empty());
                drop(self.recvs.remove(index));
            }
            Poll::Pending => assert!(!self.closed, "waits in a closed channel"),
        }
    }

    fn start_reserve(&mut self) {
        let reserve = Box::pin(self.tx.reserve());
        self.reserves.push(reserve);
        self.poll_reserve(self.reserves.len() - 1);
    }

    fn poll_reserve(&mut self, index: usize) {
        match poll(&mut self.reserves[index]) {
            Poll::Ready(Ok(permit)) => {
                assert!(!self.closed);
                self.permits.push(permit);
                drop(self.reserves.remove(index));
            }
            Poll::Ready(Err(_)) => {
                assert!(self.closed);
                drop(self.reserves.remove(index));
            }
            Poll::Pending => assert!(!self.closed, "waits in a closed channel"),
        }
    }

    fn use_permit(&mut self, index: usize) {
        let message = self.fresh();
        let outcome = self.permits.swap_remove(index).send(message);
        assert_eq!(outcome.is_err(), self.closed);
        if outcome.is_ok() {
            self.accepted.push_back(message);
        }
    }

    fn force_send(&mut self) {
        let message = self.fresh();
        match self.tx.force_send(message) {
            Ok(displaced) => {
                if let Some(displaced) = displaced {
                    self.received(displaced);
                }
                self.accepted.push_back(message);
            }
            Err(error) => {
                assert!(self.closed);
                assert_eq!(error.into_inner(), message);
            }
        }
    }

    fn recv_many(&mut self, limit: usize) {
        let mut out = Vec::new();
        // Dropped at once where it has to wait: a cancellation.
        let polled = poll(&mut pin!(self.rx.recv_many(&mut out, limit)));
        if let Poll::Ready(count) = polled {
            assert_eq!(count, out.len());
        }
        for message in out {
            self.received(message);
        }
    }

    fn step(&mut self, random: &mut Random) {
        let action = random.below(100);
        let pick = |length: usize, random: &mut Random| (length > 0).then(|| random.below(length));
        let send = pick(self.sends.len(), random);
        let recv = pick(self.recvs.len(), random);
        let reserve = pick(self.reserves.len(), random);
        let permit = pick(self.permits.len(), random);
        match (action, send, recv, reserve, permit) {
            (0..14, ..) => self.try_send(),
            (14..28, ..) => self.try_recv(),
            (28..40, ..) => self.start_send(),
            (40..52, ..) => self.start_recv(),
            (52..57, ..) => self.start_reserve(),
            (57..59, ..) => self.force_send(),
            (59..62, ..) => self.recv_many(1 + action % 3),
            (62..70, Some(index), ..) => self.poll_send(index),
            (70..78, _, Some(index), ..) => self.poll_recv(index),
            (78..82, _, _, Some(index), _) => self.poll_reserve(index),
            (82..86, .., Some(index)) => self.use_permit(index),
            (86..90, Some(index), ..) => drop(self.sends.swap_remove(index)),
            (90..94, _, Some(index), ..) => drop(self.recvs.swap_remove(index)),
            (94..96, _, _, Some(index), _) => drop(self.reserves.swap_remove(index)),
            (96..98, .., Some(index)) => drop(self.permits.swap_remove(index)),
            (98, ..) if random.below(10) == 0 => {
                assert_eq!(self.rx.close(), !self.closed);
                self.closed = true;
            }
            _ => {}
        }
    }

    /// Once nobody else is under way, all that was accepted is there.
    fn finish(&mut self) {
        self.sends.clear();
        self.reserves.clear();
        self.permits.clear();
        self.recvs.clear();
        assert_eq!(self.rx.len(), self.accepted.len());
        while let Ok(message) = self.rx.try_recv() {
            self.received(message);
        }
        assert!(self.accepted.is_empty());
        assert_eq!(self.tx.try_send(0).is_err(), self.closed, "a slot was lost");
    }
}

#[test]
fn any_sequence_of_operations_agrees_with_a_queue() {
    for seed in 1..=SEQUENCES {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let (tx, rx) = bounded(1 + random.below(4));
        let mut run = Run {
            tx: &tx,
            rx: &rx,
            sends: Vec::new(),
            reserves: Vec::new(),
            permits: Vec::new(),
            recvs: Vec::new(),
            accepted: VecDeque::new(),
            closed: false,
            next: 0,
        };
        for _ in 0..STEPS {
            run.step(&mut random);
        }
        run.finish();
    }
}
