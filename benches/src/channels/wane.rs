//! wane's channel.

use std::ops::Range;

use super::{ChannelRival, clones};
use crate::traffic::message::Message;
use crate::traffic::tally::Tally;

/// The channel.
#[derive(Debug)]
pub struct Wane;

impl ChannelRival for Wane {
    const NAME: &'static str = "wane-channel";
    const CANCEL_SAFE: bool = true;

    type Sender<M: Message> = wane_channel::Sender<M>;
    type Receiver<M: Message> = wane_channel::Receiver<M>;

    fn bounded<M: Message>(
        capacity: usize,
        receivers: usize,
    ) -> (Self::Sender<M>, Vec<Self::Receiver<M>>) {
        let (sender, receiver) = wane_channel::bounded(capacity);
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
