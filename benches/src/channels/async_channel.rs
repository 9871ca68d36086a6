//! async-channel.

use std::ops::Range;

use async_channel::{Receiver, Sender};

use super::{ChannelRival, clones};
use crate::traffic::message::Message;
use crate::traffic::tally::Tally;

/// The channel.
#[derive(Debug)]
pub struct AsyncChannel;

impl ChannelRival for AsyncChannel {
    const NAME: &'static str = "async-channel";
    const CANCEL_SAFE: bool = true;

    type Sender<M: Message> = Sender<M>;
    type Receiver<M: Message> = Receiver<M>;

    fn bounded<M: Message>(
        capacity: usize,
        receivers: usize,
    ) -> (Self::Sender<M>, Vec<Self::Receiver<M>>) {
        let (sender, receiver) = async_channel::bounded(capacity);
        (sender, clones(receiver, receivers))
    }

    async fn send_all<M: Message>(sender: Self::Sender<M>, numbers: Range<u64>) {
        for number in numbers {
            let sent = sender.send(M::numbered(number)).await;
            sent.expect("the receivers stay to the end");
        }
    }

    async fn receive_all<M: Message>(receiver: Self::Receiver<M>) -> Tally {
        let mut tally = Tally::default();
        while let Ok(message) = receiver.recv().await {
            tally.count(&message);
        }
        tally
    }

    fn send_all_blocking<M: Message>(sender: Self::Sender<M>, numbers: Range<u64>) {
        for number in numbers {
            let sent = sender.send_blocking(M::numbered(number));
            sent.expect("the receivers stay to the end");
        }
    }

    fn receive_all_blocking<M: Message>(receiver: Self::Receiver<M>) -> Tally {
        let mut tally = Tally::default();
        while let Ok(message) = receiver.recv_blocking() {
            tally.count(&message);
        }
        tally
    }
}
