//! A million waits in one parent, of which every second finds what it waits for and every other does
//! not, against everything that a wait registers in. Scopes and tokens of other languages have leaked
//! an entry for each wait of one of both kinds.

use std::future::{Future, poll_fn, ready};
use std::task::Poll;
use std::time::Duration;

use wane::channel;
use wane::runtime::Runtime;
use wane::sync::{CancellationToken, Semaphore};
use wane::task::{self, JoinSet, yield_now};
use wane::time::{sleep, timeout};
use wane_tests::runtimes::Kind;

use crate::table::{Left, print};

const WAITS: usize = 1_000_000;

/// Waits until what the process makes once is made.
const WARM_UP: usize = 1000;

/// An hour, which does not pass.
const LONG: Duration = Duration::from_secs(3600);

pub(crate) fn check() {
    let runtime = Kind::CurrentThread.build();
    let run = |what, waits: fn(usize) -> Boxed| {
        runtime.block_on(waits(WARM_UP));
        let left = around(&runtime, waits);
        print(what, WAITS, left);
        assert!(left.is_nothing(), "{what}: {left:?}");
    };
    run("token: run_until_cancelled", |n| Box::pin(tokens(n)));
    run("token of each request", |n| Box::pin(child_tokens(n)));
    run("join of a task", |n| Box::pin(joins(n)));
    run("JoinSet::join_next", |n| Box::pin(set_joins(n)));
    run("scope: join of a child", |n| Box::pin(scope_joins(n)));
    run("scope: wait", |n| Box::pin(scope_waits(n)));
    run("channel: recv and send", |n| Box::pin(messages(n)));
    run("timer: timeout", |n| Box::pin(timers(n)));
    run("semaphore: acquire", |n| Box::pin(permits(n)));
}

type Boxed = std::pin::Pin<Box<dyn Future<Output = isize>>>;

/// What the waits have left, read inside of their parent: there it would be.
fn around(runtime: &Runtime, waits: fn(usize) -> Boxed) -> Left {
    let before = Left::read(runtime);
    let drift = runtime.block_on(waits(WAITS));
    let after = Left::read(runtime).since(before);
    // The collector's nodes are in both.
    let bytes = if drift > after.bytes {
        drift
    } else {
        after.bytes
    };
    Left { bytes, ..after }
}

/// Runs the waits and tells how many bytes have come between the tenth part of them and the last, with
/// the parent alive.
async fn drift(count: usize, mut wait: impl AsyncFnMut(usize)) -> isize {
    let mut early = 0;
    for n in 0..count {
        if n == count / 10 {
            early = crate::HEAP.live();
        }
        wait(n).await;
    }
    crate::HEAP.live() - early
}

/// Ready at once, or after a turn.
async fn by_turns(n: usize) -> usize {
    if n % 2 == 1 {
        yield_now().await;
    }
    n
}

async fn tokens(count: usize) -> isize {
    let token = CancellationToken::new();
    drift(count, async |n| {
        assert_eq!(token.run_until_cancelled(by_turns(n)).await, Some(n));
    })
    .await
}

async fn child_tokens(count: usize) -> isize {
    let root = CancellationToken::new();
    drift(count, async |n| {
        let request = root.child_token();
        assert_eq!(request.run_until_cancelled(by_turns(n)).await, Some(n));
        if n % 4 == 3 {
            request.cancel();
        }
    })
    .await
}

async fn joins(count: usize) -> isize {
    drift(count, async |n| {
        let task = wane::spawn(ready(n));
        if n % 2 == 0 {
            yield_now().await;
        }
        assert_eq!(task.await.expect("no panic"), n);
    })
    .await
}

async fn set_joins(count: usize) -> isize {
    let mut set = JoinSet::new();
    drift(count, async |n| {
        set.spawn(ready(n));
        if n % 2 == 0 {
            yield_now().await;
        }
        let joined = set.join_next().await;
        assert_eq!(joined.expect("one").expect("no panic"), n);
    })
    .await
}

async fn scope_joins(count: usize) -> isize {
    wane::scope(async |s| {
        let drift = drift(count, async |n| {
            let child = s.spawn(ready(n));
            if n % 2 == 0 {
                yield_now().await;
            }
            assert_eq!(child.await.expect("no panic"), n);
        });
        let drift = drift.await;
        assert_eq!(s.len(), 0);
        drift
    })
    .await
}

async fn scope_waits(count: usize) -> isize {
    wane::scope(async |s| {
        drift(count, async |n| {
            if n % 2 == 1 {
                drop(s.spawn(ready(())));
            }
            s.wait().await;
        })
        .await
    })
    .await
}

async fn messages(count: usize) -> isize {
    let (sender, receiver) = channel::bounded(1);
    let (back, echoes) = channel::bounded(1);
    let echo = wane::spawn(async move {
        while let Ok(n) = receiver.recv().await {
            if back.send(n).await.is_err() {
                break;
            }
        }
    });
    let drift = drift(count, async |n| {
        sender.send(n).await.expect("it listens");
        if n % 2 == 0 {
            yield_now().await;
        }
        assert_eq!(echoes.recv().await, Ok(n));
    });
    let drift = drift.await;
    drop(sender);
    echo.await.expect("no panic");
    drift
}

async fn timers(count: usize) -> isize {
    drift(count, async |n| {
        assert_eq!(timeout(LONG, by_turns(n)).await, Ok(n));
        if n % 2 == 1 {
            // Registered, and given up.
            let mut nap = Box::pin(sleep(LONG));
            let polled = poll_fn(|ctx| Poll::Ready(nap.as_mut().poll(ctx))).await;
            assert!(polled.is_pending());
        }
    })
    .await
}

async fn permits(count: usize) -> isize {
    let semaphore = std::sync::Arc::new(Semaphore::new(1));
    drift(count, async |n| {
        let permit = semaphore.clone().acquire_owned().await.expect("it is open");
        if n % 2 == 1 {
            let mut second = Box::pin(semaphore.acquire());
            let polled = poll_fn(|ctx| Poll::Ready(second.as_mut().poll(ctx))).await;
            assert!(polled.is_pending());
            if n % 4 == 1 {
                drop(second);
                drop(permit);
            } else {
                task::yield_now().await;
                drop(permit);
                drop(second.await.expect("it is open"));
            }
        }
    })
    .await
}
