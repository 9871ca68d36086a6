//! What a bounded channel must offer to be measured, and the list of those that are.

use std::fmt;
use std::future::Future;
use std::ops::Range;
use std::str::FromStr;

use crate::traffic::message::Message;
use crate::traffic::tally::Tally;

pub mod async_channel;
#[cfg(test)]
mod cancellation;
pub mod crossfire;
pub mod flume;
pub mod kanal;
pub mod tokio;
pub mod wane;

/// A bounded channel, used by tasks or by plain threads.
///
/// The loops are here, not single sends and receives, so that each stands as its user would write
/// it: nothing wraps a channel's own futures, and no message is moved once more than need be.
pub trait ChannelRival: 'static {
    /// The name in tables and on command lines.
    const NAME: &'static str;

    /// Whether dropping an operation's future, and nothing else, undoes the operation: a dropped
    /// receive loses no message, and the message of a dropped send does not arrive.
    const CANCEL_SAFE: bool;

    /// How many receivers a channel can have.
    const RECEIVERS_MAX: usize = usize::MAX;

    /// The end that sends.
    type Sender<M: Message>: Clone + Send + 'static;

    /// The end that receives. It need not be clonable, since [`bounded`](Self::bounded) gives as
    /// many as are wanted.
    type Receiver<M: Message>: Send + 'static;

    /// Makes a channel that holds so many messages, with at most
    /// [`RECEIVERS_MAX`](Self::RECEIVERS_MAX) receivers.
    fn bounded<M: Message>(
        capacity: usize,
        receivers: usize,
    ) -> (Self::Sender<M>, Vec<Self::Receiver<M>>);

    /// Sends the messages with these numbers, as a task, and lets go of the sender.
    fn send_all<M: Message>(
        sender: Self::Sender<M>,
        numbers: Range<u64>,
    ) -> impl Future<Output = ()> + Send + 'static;

    /// Receives until the channel ends, as a task.
    fn receive_all<M: Message>(
        receiver: Self::Receiver<M>,
    ) -> impl Future<Output = Tally> + Send + 'static;

    /// As [`send_all`](Self::send_all), as a thread.
    fn send_all_blocking<M: Message>(sender: Self::Sender<M>, numbers: Range<u64>);

    /// As [`receive_all`](Self::receive_all), as a thread.
    fn receive_all_blocking<M: Message>(receiver: Self::Receiver<M>) -> Tally;
}

/// A measured channel, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// wane-channel, whose cost is in question.
    Wane,
    /// kanal.
    Kanal,
    /// crossfire's `mpmc`.
    Crossfire,
    /// async-channel.
    AsyncChannel,
    /// flume.
    Flume,
    /// tokio's `mpsc`: one receiver.
    Tokio,
}

/// Something to do with a channel's type. [`Channel::give_to`] makes a monomorphic copy for each.
pub trait Job {
    /// What comes of it.
    type Output;

    /// Does it.
    fn run<C: ChannelRival>(self) -> Self::Output;
}

impl Channel {
    /// Every channel, in the order of the tables.
    pub const ALL: [Self; 6] = [
        Self::Wane,
        Self::Kanal,
        Self::Crossfire,
        Self::AsyncChannel,
        Self::Flume,
        Self::Tokio,
    ];

    /// Does something with the channel's type.
    pub fn give_to<J: Job>(self, job: J) -> J::Output {
        match self {
            Self::Wane => job.run::<wane::Wane>(),
            Self::Kanal => job.run::<kanal::Kanal>(),
            Self::Crossfire => job.run::<crossfire::Crossfire>(),
            Self::AsyncChannel => job.run::<async_channel::AsyncChannel>(),
            Self::Flume => job.run::<flume::Flume>(),
            Self::Tokio => job.run::<tokio::Tokio>(),
        }
    }

    /// [`ChannelRival::NAME`].
    #[must_use]
    pub fn name(self) -> &'static str {
        self.give_to(Facts).0
    }

    /// [`ChannelRival::CANCEL_SAFE`].
    #[must_use]
    pub fn is_cancel_safe(self) -> bool {
        self.give_to(Facts).1
    }

    /// [`ChannelRival::RECEIVERS_MAX`].
    #[must_use]
    pub fn receivers_max(self) -> usize {
        self.give_to(Facts).2
    }
}

/// Asks for a channel's name, cancel safety and most receivers.
struct Facts;

impl Job for Facts {
    type Output = (&'static str, bool, usize);

    fn run<C: ChannelRival>(self) -> Self::Output {
        (C::NAME, C::CANCEL_SAFE, C::RECEIVERS_MAX)
    }
}

impl FromStr for Channel {
    type Err = UnknownChannel;

    fn from_str(name: &str) -> Result<Self, UnknownChannel> {
        let found = Self::ALL.into_iter().find(|channel| channel.name() == name);
        found.ok_or_else(|| UnknownChannel(name.into()))
    }
}

/// No channel has this name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownChannel(String);

impl fmt::Display for UnknownChannel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "no channel is called `{}`; there are {}",
            self.0,
            Channel::ALL.map(Channel::name).join(", ")
        )
    }
}

impl std::error::Error for UnknownChannel {}

/// So many receivers of one channel, where a receiver can be cloned.
fn clones<R: Clone>(receiver: R, count: usize) -> Vec<R> {
    vec![receiver; count]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_back_to_its_channel() {
        for channel in Channel::ALL {
            assert_eq!(channel.name().parse(), Ok(channel));
        }
        assert_eq!(
            "channel".parse::<Channel>(),
            Err(UnknownChannel("channel".into()))
        );
    }
}
