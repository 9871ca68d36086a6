//! Random sequences of all operations, cancellations included, against a specification.
//!
//! Single-threaded, so that everything has one right answer: what each operation returns, whom it
//! wakes, and by which waker. The channel checks its own invariants after each step in debug
//! builds.
#![cfg(not(loom))]

#[path = "../support/mod.rs"]
mod support;

mod operations;
mod run;
mod spec;

use std::thread;

use operations::{Parcel, Slot};
use run::{Random, Receiving, Sending, World};
use spec::Seen;
use wane_channel::{Receiver, Sender, bounded, unbounded};

const SEQUENCES: u64 = 10_000;
const STEPS: usize = 220;

/// Says which sequence fails: `1..=SEQUENCES` can be narrowed to it.
struct Told(u64);

impl Drop for Told {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("in sequence {}", self.0);
        }
    }
}

/// How a sequence ends.
#[derive(Clone, Copy)]
enum End {
    /// Everything that is under way is cancelled.
    Calm,
    /// The last sender goes while receivers wait.
    LastSender,
    /// The last receiver goes while senders wait.
    LastReceiver,
}

impl End {
    const ALL: [Self; 3] = [Self::Calm, Self::LastSender, Self::LastReceiver];
}

#[test]
fn any_sequence_of_operations_agrees_with_the_specification() {
    for seed in 1..=SEQUENCES {
        let _told = Told(seed);
        let mut random = Random::new(seed);
        let capacity = 1 + random.below(4);
        let (ends, world) = if random.one_in(20) {
            (unbounded(), World::new(usize::MAX))
        } else {
            (bounded(capacity), World::new(capacity))
        };
        sequence(ends, world, random);
    }
}

fn sequence(ends: (Sender<Parcel>, Receiver<Parcel>), mut world: World, mut random: Random) {
    let (tx, rx) = ends;
    let mut sending = Sending::new(&tx);
    let mut receiving = Receiving::new(&rx);
    for _ in 0..STEPS {
        if random.one_in(2) {
            sending.step(&mut world, &mut random);
        } else {
            receiving.step(&mut world, &mut random);
        }
        sending.check(&world.spec);
        receiving.check(&world.spec);
        world.assert_living(sending.operations.parcels());
    }
    match End::ALL[random.below(3)] {
        End::Calm => {
            sending.leave(&mut world);
            receiving.leave(&mut world);
            receiving.drain(&mut world);
            end_at_rest(&tx, &mut world);
        }
        End::LastSender => {
            sending.leave(&mut world);
            drop(sending);
            drop(tx);
            world.spec.drop_sender();
            receive_to_the_end(receiving, &mut world, &mut random);
        }
        End::LastReceiver => {
            receiving.leave(&mut world);
            drop(receiving);
            drop(rx);
            world.spec.drop_receiver();
            assert_eq!(world.spec.held(), 0);
            world.assert_living(sending.operations.parcels());
            be_refused_to_the_end(sending, &mut world, &mut random);
        }
    }
    world.assert_living(0);
}

/// Once nobody else is under way nothing is left, and no slot was lost.
fn end_at_rest(tx: &Sender<Parcel>, world: &mut World) {
    assert_eq!((tx.len(), world.spec.held()), (0, 0));
    let slots = tx.capacity().unwrap_or(10);
    let mut sending = Sending::new(tx);
    for _ in 0..slots {
        let expected = world.spec.try_reserve();
        assert_ne!(expected, Seen::Full(0));
        let permit = tx.try_reserve();
        assert_eq!(permit.is_ok(), expected == Seen::Slot);
        sending.slots.extend(permit.map(Slot::Borrowed));
    }
    let refused = tx.try_reserve().map_err(|error| error.is_closed());
    if tx.capacity().is_some() {
        assert_eq!(refused.err(), Some(world.spec.closed));
    }
    sending.leave(world);
}

/// Everybody who waits hears of the end, in any order, after the last message.
fn receive_to_the_end(mut receiving: Receiving<'_>, world: &mut World, random: &mut Random) {
    receiving.check(&world.spec);
    world.assert_living(0);
    while let Some(at) = random.pick(receiving.operations.count()) {
        let slot = receiving.operations.poll(at, false, &mut world.spec);
        assert!(slot.is_none());
    }
    receiving.drain(world);
    receiving.check(&world.spec);
    receiving.leave(world);
}

/// Everybody who waits gets the message back, and so does whoever has a permit.
fn be_refused_to_the_end(mut sending: Sending<'_>, world: &mut World, random: &mut Random) {
    sending.check(&world.spec);
    while let Some(at) = random.pick(sending.operations.count()) {
        let slot = sending.operations.poll(at, false, &mut world.spec);
        assert!(slot.is_none());
    }
    while !sending.slots.is_empty() {
        sending.use_slot(0, world);
    }
    sending.leave(world);
}
