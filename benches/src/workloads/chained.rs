//! Each task spawns the next and ends; the last one of a chain reports to the task that began it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use tokio::sync::oneshot;

use super::per_operation;
use crate::rivals::Rival;

/// Tasks in a chain.
pub(super) const LINKS: u64 = 1_000;

pub(super) fn run<R: Rival>(rival: &R, operations: u64) -> f64 {
    let start = Instant::now();
    let root = rival.spawn(chains::<R>(rival.context(), operations / LINKS));
    let links = rival.block_on(root);
    let elapsed = start.elapsed();
    assert_eq!(links, operations, "every link ran once");
    per_operation(elapsed, operations)
}

async fn chains<R: Rival>(context: R::Context, count: u64) -> u64 {
    let mut links = 0;
    for _ in 0..count {
        let (end, ended) = oneshot::channel();
        R::detach_from(
            context,
            Link::<R> {
                context,
                position: 1,
                end: Some(end),
            },
        );
        links += ended.await.expect("the last link reports");
    }
    links
}

/// A named future, since an `async fn` that spawns itself has a type that contains itself.
struct Link<R: Rival> {
    context: R::Context,
    position: u64,
    /// Until the task has run.
    end: Option<oneshot::Sender<u64>>,
}

impl<R: Rival> Future for Link<R> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        let end = self.end.take().expect("a link is polled once");
        if self.position == LINKS {
            end.send(self.position)
                .expect("the first task waits for the last");
        } else {
            let next = Self {
                context: self.context,
                position: self.position + 1,
                end: Some(end),
            };
            R::detach_from(self.context, next);
        }
        Poll::Ready(())
    }
}
