//! What arrived at a receiver, for the check that it is what was sent.

use super::message::Message;

/// How many messages arrived, and the sum of their numbers.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    messages: u64,
    sum: u64,
}

impl Tally {
    /// What all receivers together must find when messages with the numbers below `messages` were
    /// sent.
    #[must_use]
    pub fn expected(messages: u64) -> Self {
        Self {
            messages,
            sum: messages * messages.saturating_sub(1) / 2,
        }
    }

    /// Counts a message that arrived.
    #[inline]
    pub fn count<M: Message>(&mut self, message: &M) {
        self.messages += 1;
        self.sum += message.number();
    }

    /// Adds what arrived elsewhere.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            messages: self.messages + other.messages,
            sum: self.sum + other.sum,
        }
    }
}
