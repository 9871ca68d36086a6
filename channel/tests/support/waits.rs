//! Every way in which a task can wait in a channel, as one table.

use std::future::Future;
use std::pin::Pin;

use futures_lite::StreamExt;
use wane_channel::{Receiver, Sender, bounded};

/// What somebody waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    Send,
    Reserve,
    ReserveOwned,
    Recv,
    RecvMany,
    Stream,
    Closed,
}

/// One who waits: true if it got what it waited for, false if the channel was closed instead.
pub type Waiting<'a> = Pin<Box<dyn Future<Output = bool> + 'a>>;

impl Wait {
    pub const ALL: [Self; 7] = [
        Self::Send,
        Self::Reserve,
        Self::ReserveOwned,
        Self::Recv,
        Self::RecvMany,
        Self::Stream,
        Self::Closed,
    ];

    /// Those of which one is served at a time.
    pub const IN_LINE: [Self; 6] = [
        Self::Send,
        Self::Reserve,
        Self::ReserveOwned,
        Self::Recv,
        Self::RecvMany,
        Self::Stream,
    ];

    /// A channel in which this waits.
    pub fn channel(self) -> (Sender<u64>, Receiver<u64>) {
        let (tx, rx) = bounded(1);
        self.obstruct(&tx, &rx);
        (tx, rx)
    }

    pub fn begin<'a>(self, tx: &'a Sender<u64>, rx: &'a Receiver<u64>) -> Waiting<'a> {
        match self {
            Self::Send => Box::pin(async { tx.send(1).await.is_ok() }),
            Self::Reserve => Box::pin(async { tx.reserve().await.is_ok() }),
            Self::ReserveOwned => {
                let reserve = tx.clone().reserve_owned();
                Box::pin(async { reserve.await.is_ok() })
            }
            Self::Recv => Box::pin(async { rx.recv().await.is_ok() }),
            Self::RecvMany => Box::pin(async { rx.recv_many(&mut Vec::new(), 4).await > 0 }),
            Self::Stream => {
                let mut rx = rx.clone();
                Box::pin(async move { rx.next().await.is_some() })
            }
            Self::Closed => Box::pin(async {
                tx.closed().await;
                true
            }),
        }
    }

    /// Sees to it that a newcomer waits.
    pub fn obstruct(self, tx: &Sender<u64>, rx: &Receiver<u64>) {
        match self {
            Self::Send | Self::Reserve | Self::ReserveOwned => while tx.try_send(0).is_ok() {},
            Self::Recv | Self::RecvMany | Self::Stream => while rx.try_recv().is_ok() {},
            Self::Closed => {}
        }
    }

    /// Brings about what the first in line waits for, and once.
    pub fn fulfil(self, tx: &Sender<u64>, rx: &Receiver<u64>) {
        match self {
            Self::Send | Self::Reserve | Self::ReserveOwned => assert!(rx.try_recv().is_ok()),
            Self::Recv | Self::RecvMany | Self::Stream => assert!(tx.try_send(0).is_ok()),
            Self::Closed => assert!(tx.close()),
        }
    }
}
