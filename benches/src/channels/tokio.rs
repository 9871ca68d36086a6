//! tokio's `mpsc`, which has one receiver.

use std::ops::Range;

use tokio::sync::mpsc::{self, Receiver, Sender};

use super::ChannelRival;
use crate::traffic::message::Message;
use crate::traffic::tally::Tally;

/// The channel.
#[derive(Debug)]
pub struct Tokio;

impl ChannelRival for Tokio {
    const NAME: &'static str = "tokio";
    const CANCEL_SAFE: bool = true;
    const RECEIVERS_MAX: usize = 1;

    type Sender<M: Message> = Sender<M>;
    type Receiver<M: Message> = Receiver<M>;

    fn bounded<M: Message>(
        capacity: usize,
        receivers: usize,
    ) -> (Self::Sender<M>, Vec<Self::Receiver<M>>) {
        assert_eq!(receivers, 1, "tokio's mpsc has one receiver");
        let (sender, receiver) = mpsc::channel(capacity);
        (sender, vec![receiver])
    }

    async fn send_all<M: Message>(sender: Self::Sender<M>, numbers: Range<u64>) {
        for number in numbers {
            let sent = sender.send(M::numbered(number)).await;
            sent.expect("the receivers stay to the end");
        }
    }

    async fn receive_all<M: Message>(mut receiver: Self::Receiver<M>) -> Tally {
        let mut tally = Tally::default();
        while let Some(message) = receiver.recv().await {
            tally.count(&message);
        }
        tally
    }

    fn send_all_blocking<M: Message>(sender: Self::Sender<M>, numbers: Range<u64>) {
        for number in numbers {
            let sent = sender.blocking_send(M::numbered(number));
            sent.expect("the receivers stay to the end");
        }
    }

    fn receive_all_blocking<M: Message>(mut receiver: Self::Receiver<M>) -> Tally {
        let mut tally = Tally::default();
        while let Some(message) = receiver.blocking_recv() {
            tally.count(&message);
        }
        tally
    }
}
