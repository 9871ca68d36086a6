//! Messages through a bounded channel: some send, some receive, until all have arrived.
//!
//! Whatever carries it, tasks or threads, the run ends when every sender and receiver has ended,
//! and panics where not every message arrived once.

use std::fmt;
use std::str::FromStr;

use crate::channels::{Channel, ChannelRival, Job};
use crate::rivals::Rival;

pub mod carriers;
pub mod cell;
pub mod message;
mod shape;
pub mod tally;
mod tasks;
mod threads;

pub use shape::Shape;
use tally::Tally;

/// What is sent, by how many, through how much room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traffic {
    /// Who sends and who receives.
    pub shape: Shape,
    /// Messages that the channel holds.
    pub capacity: usize,
    /// What a message is.
    pub payload: Payload,
}

impl Traffic {
    /// The capacities of the tables.
    pub const CAPACITIES: [usize; 4] = [1, 10, 100, 4096];

    /// Whether a channel can have so many receivers.
    #[must_use]
    pub fn suits(self, channel: Channel) -> bool {
        self.shape.receivers <= channel.receivers_max()
    }
}

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payload {
    /// A `u64`.
    Word,
    /// 256 bytes.
    Block,
}

impl Payload {
    /// Every payload, in the order of the tables.
    pub const ALL: [Self; 2] = [Self::Word, Self::Block];

    /// The name on command lines and in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Word => "u64",
            Self::Block => "256",
        }
    }
}

impl FromStr for Payload {
    type Err = UnknownPart;

    fn from_str(name: &str) -> Result<Self, UnknownPart> {
        let found = Self::ALL.into_iter().find(|payload| payload.name() == name);
        found.ok_or_else(|| UnknownPart::new("a message is u64 or 256", name))
    }
}

/// A part of a command line that means no traffic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownPart {
    rule: &'static str,
    text: String,
}

impl UnknownPart {
    fn new(rule: &'static str, text: &str) -> Self {
        Self {
            rule,
            text: text.into(),
        }
    }
}

impl fmt::Display for UnknownPart {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}, not `{}`", self.rule, self.text)
    }
}

impl std::error::Error for UnknownPart {}

/// Traffic between the tasks of a runtime.
struct OnTasks<'rival, R> {
    rival: &'rival R,
    traffic: Traffic,
    messages: u64,
}

impl<R: Rival> Job for OnTasks<'_, R> {
    type Output = f64;

    fn run<C: ChannelRival>(self) -> f64 {
        let Self {
            rival,
            traffic,
            messages,
        } = self;
        match traffic.payload {
            Payload::Word => tasks::run::<R, C, u64>(rival, traffic, messages),
            Payload::Block => tasks::run::<R, C, [u64; 32]>(rival, traffic, messages),
        }
    }
}

/// Traffic between plain threads.
struct OnThreads {
    traffic: Traffic,
    messages: u64,
}

impl Job for OnThreads {
    type Output = f64;

    fn run<C: ChannelRival>(self) -> f64 {
        let Self { traffic, messages } = self;
        match traffic.payload {
            Payload::Word => threads::run::<C, u64>(traffic, messages),
            Payload::Block => threads::run::<C, [u64; 32]>(traffic, messages),
        }
    }
}

fn check(tally: Tally, messages: u64) {
    assert_eq!(
        tally,
        Tally::expected(messages),
        "every message arrives, and arrives once"
    );
}
