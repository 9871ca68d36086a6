//! Who sends and receives: the tasks of a runtime, or plain threads.

use std::fmt;

use super::{OnTasks, OnThreads, Traffic, UnknownPart};
use crate::channels::Channel;
use crate::rivals::{Rival, async_executor, tokio, wane};

/// A started carrier whose type is forgotten: one virtual call per run, none inside it.
pub trait Carrier {
    /// The carrier's name.
    fn name(&self) -> &'static str;

    /// Sends so many messages through a new channel: nanoseconds per message.
    ///
    /// # Panics
    ///
    /// When a message is lost or arrives twice, or the traffic does not suit the channel.
    fn carry(&self, channel: Channel, traffic: Traffic, messages: u64) -> f64;
}

impl<R: Rival> Carrier for R {
    fn name(&self) -> &'static str {
        R::NAME
    }

    fn carry(&self, channel: Channel, traffic: Traffic, messages: u64) -> f64 {
        channel.give_to(OnTasks {
            rival: self,
            traffic,
            messages,
        })
    }
}

/// Plain threads, started anew for each run.
#[derive(Debug)]
pub struct Threads;

impl Threads {
    const NAME: &'static str = "threads";
}

impl Carrier for Threads {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn carry(&self, channel: Channel, traffic: Traffic, messages: u64) -> f64 {
        channel.give_to(OnThreads { traffic, messages })
    }
}

impl fmt::Debug for dyn Carrier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("Carrier")
            .field(&self.name())
            .finish()
    }
}

/// How to start one carrier, by name.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The carrier's name.
    pub name: &'static str,
    /// Starts it, with so many workers where it has any.
    pub start: fn(usize) -> Box<dyn Carrier>,
}

/// Every carrier, in the order of the tables.
pub const ENTRIES: [Entry; 4] = [
    tasks_of::<wane::Wane>(),
    tasks_of::<tokio::Tokio>(),
    tasks_of::<async_executor::AsyncExecutor>(),
    Entry {
        name: Threads::NAME,
        start: |_| Box::new(Threads),
    },
];

const fn tasks_of<R: Rival>() -> Entry {
    Entry {
        name: R::NAME,
        start: |workers| Box::new(R::start(workers)),
    }
}

/// Finds a carrier by name.
///
/// # Errors
///
/// [`UnknownPart`], which names those there are.
pub fn find(name: &str) -> Result<Entry, UnknownPart> {
    let found = ENTRIES.into_iter().find(|entry| entry.name == name);
    found.ok_or_else(|| {
        UnknownPart::new("a runtime is wane, tokio, async-executor or threads", name)
    })
}

/// Messages of one measured run: some milliseconds.
#[must_use]
pub fn messages(carrier: &str, capacity: usize) -> u64 {
    match (carrier, capacity) {
        // Each message puts a thread to sleep and wakes another.
        (Threads::NAME, 1) => 5_000,
        (Threads::NAME, 10) => 20_000,
        _ => 40_000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::traffic::{Payload, Shape};

    #[test]
    fn every_message_arrives_through_every_channel_on_every_carrier() {
        for entry in ENTRIES {
            let carrier = (entry.start)(2);
            for channel in Channel::ALL {
                for traffic in all_traffic().filter(|traffic| traffic.suits(channel)) {
                    let time = carrier.carry(channel, traffic, 103);
                    assert!(time > 0.0, "{} {} {traffic:?}", entry.name, channel.name());
                }
            }
        }
    }

    fn all_traffic() -> impl Iterator<Item = Traffic> {
        let shapes = Shape::ALL.into_iter();
        shapes.flat_map(|shape| {
            Payload::ALL.into_iter().flat_map(move |payload| {
                [1, 10].map(|capacity| Traffic {
                    shape,
                    capacity,
                    payload,
                })
            })
        })
    }

    #[test]
    fn a_name_leads_back_to_its_carrier() {
        for entry in ENTRIES {
            assert_eq!(find(entry.name).map(|found| found.name), Ok(entry.name));
        }
        assert!(find("smol").is_err());
    }
}
