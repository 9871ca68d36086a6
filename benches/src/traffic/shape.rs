//! How many send and how many receive.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use super::UnknownPart;

/// Senders and receivers of one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Tasks or threads that send; at least 1.
    pub senders: usize,
    /// Tasks or threads that receive; at least 1.
    pub receivers: usize,
}

impl Shape {
    /// The shapes of the tables.
    pub const ALL: [Self; 4] = [
        Self::new(1, 1),
        Self::new(4, 1),
        Self::new(4, 4),
        Self::new(16, 16),
    ];

    const fn new(senders: usize, receivers: usize) -> Self {
        Self { senders, receivers }
    }

    /// The numbers of so many messages, a share for each sender, as even as can be.
    pub(super) fn shares(self, messages: u64) -> impl Iterator<Item = Range<u64>> {
        let senders = self.senders as u64;
        let bound = move |sender: u64| messages * sender / senders;
        (0..senders).map(move |sender| bound(sender)..bound(sender + 1))
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}:{}", self.senders, self.receivers);
        formatter.pad(&text)
    }
}

impl FromStr for Shape {
    type Err = UnknownPart;

    fn from_str(text: &str) -> Result<Self, UnknownPart> {
        let numbers = text.split_once(':').map(|(senders, receivers)| {
            let shape = Self::new(senders.parse().ok()?, receivers.parse().ok()?);
            (shape.senders > 0 && shape.receivers > 0).then_some(shape)
        });
        numbers
            .flatten()
            .ok_or_else(|| UnknownPart::new("a shape is SENDERS:RECEIVERS", text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_are_all_messages_and_none_twice() {
        for shape in Shape::ALL {
            let numbers: Vec<u64> = shape.shares(37).flatten().collect();
            assert_eq!(numbers, (0..37).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_shape_reads_as_it_is_written() {
        for shape in Shape::ALL {
            assert_eq!(shape.to_string().parse(), Ok(shape));
        }
        for wrong in ["4", "4:", "0:1", "1:0", "a:b", "1:1:1"] {
            assert!(wrong.parse::<Shape>().is_err(), "{wrong}");
        }
    }
}
