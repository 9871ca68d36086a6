//! Injected failures: which requests the store answers with status 500, and which not at all.
//!
//! A request's fate is a function of the seed, the object and the attempt, never of the order in
//! which requests happen to arrive. So a run with the same seed and the same objects meets exactly
//! the same failures, whatever the threads do.

use std::sync::atomic::{AtomicU64, Ordering};

/// One request in a hundred is answered with status 500.
const REFUSED_PER_MILLE: u64 = 10;
/// One request in a thousand gets no answer: the connection is closed.
const HUNG_UP_PER_MILLE: u64 = 1;

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is served.
    Served,
    /// It is answered with status 500, and nothing is done.
    Refused,
    /// It is served, and the connection closed without an answer: the client cannot know.
    HungUp,
}

/// The dice, and how often they fell badly.
#[derive(Debug)]
pub(crate) struct Faults {
    seed: u64,
    refused: AtomicU64,
    hung_up: AtomicU64,
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            refused: AtomicU64::new(0),
            hung_up: AtomicU64::new(0),
        }
    }

    /// Decides over a request, and counts what was decided. `salt` tells kinds of requests apart.
    pub(crate) fn decide(&self, object: u64, attempt: u64, salt: u64) -> Fate {
        let key = mix(mix(mix(self.seed) ^ object) ^ attempt) ^ salt;
        let roll = mix(key) % 1_000;
        if roll < REFUSED_PER_MILLE {
            self.refused.fetch_add(1, Ordering::Relaxed);
            Fate::Refused
        } else if roll < REFUSED_PER_MILLE + HUNG_UP_PER_MILLE {
            self.hung_up.fetch_add(1, Ordering::Relaxed);
            Fate::HungUp
        } else {
            Fate::Served
        }
    }

    /// Requests answered with status 500 so far.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Connections closed without an answer so far.
    pub(crate) fn hung_up(&self) -> u64 {
        self.hung_up.load(Ordering::Relaxed)
    }
}

/// The finalizer of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number
/// generators", 2014): every bit of the input moves every bit of the output.
fn mix(value: u64) -> u64 {
    let z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
