//! A hundred against ten in one channel: every message is accounted for, however its sender, its
//! receiver and the rest of the crowd change their minds.
//!
//! Lasts for some seconds; `WANE_STRESS_SECONDS` makes it longer, and `WANE_STRESS_SEED` begins with a
//! certain round. Threads still run as they like.

mod accounts;
mod ends;
mod tasks;
mod threads;

use std::fmt;

/// How many a crowd is, and how many stand against it.
const MANY: usize = 100;
const FEW: usize = 10;

/// Messages of all senders together, in one round.
const MESSAGES: usize = 2000;

/// Who there is in a round.
#[derive(Clone, Copy, Debug)]
struct Scene {
    seed: u64,
    capacity: usize,
    senders: usize,
    receivers: usize,
}

impl Scene {
    const CAPACITIES: [usize; 3] = [1, 3, 64];

    /// Each capacity with each crowd.
    const COMBINATIONS: u64 = 2 * Self::CAPACITIES.len() as u64;

    fn of(seed: u64) -> Self {
        let combination = seed as usize % Self::COMBINATIONS as usize;
        let (senders, receivers) = match combination % 2 {
            0 => (MANY, FEW),
            _ => (FEW, MANY),
        };
        Self {
            seed,
            capacity: Self::CAPACITIES[combination / 2],
            senders,
            receivers,
        }
    }

    fn messages_per_sender(self) -> usize {
        MESSAGES / self.senders
    }

    /// The numbers of a sender's messages.
    fn numbers(self, sender: usize) -> std::ops::Range<usize> {
        let first = sender * self.messages_per_sender();
        first..first + self.messages_per_sender()
    }
}

impl fmt::Display for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            seed,
            capacity,
            senders,
            receivers,
        } = self;
        write!(
            f,
            "seed {seed}: {senders} to {receivers} through {capacity}"
        )
    }
}
