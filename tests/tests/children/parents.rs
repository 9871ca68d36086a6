//! A hundred thousand children that have ended, under one parent.

use std::future::pending;

use wane::runtime::Runtime;
use wane::sync::CancellationToken;
use wane::task::{self, JoinSet, Scope};
use wane_tests::runtimes::Kind;

use crate::HEAP;
use crate::table::{Left, print};

const CHILDREN: usize = 100_000;

/// Children at a time, where they need not be all at once.
const WAVE: usize = 1000;

/// What a set may keep of a child that nobody has joined, its result apart: its entry, and its place in
/// the order of ends.
const ENTRY_BYTES_MAX: usize = 80;

/// A future of a kilobyte.
async fn child<T>(result: T) -> T {
    let state = [1_u8; 1 << 10];
    task::yield_now().await;
    assert_eq!(state[1023], 1);
    result
}

pub(crate) fn check() {
    let runtime = Kind::CurrentThread.build();
    // The first of them warm up what the runtime and the process keep.
    for count in [2 * WAVE, CHILDREN] {
        set_drained(&runtime, count);
        set_undrained(&runtime, "()", (), 0, count);
        set_undrained(&runtime, "64 B", [7_u64; 8], 64, count);
        set_undrained(&runtime, "1 KiB", [7_u8; 1 << 10], 1 << 10, count);
        scope(&runtime, "handles dropped", count, async |s| {
            (0..WAVE).for_each(|n| drop(s.spawn(child(n))));
        });
        scope(&runtime, "handles awaited", count, async |s| {
            let handles = (0..WAVE).map(|n| s.spawn(child(n)));
            for handle in handles.collect::<Vec<_>>() {
                handle.await.expect("no panic");
            }
        });
        scope(&runtime, "aborted by id", count, async |s| {
            (0..WAVE).for_each(|_| assert!(s.abort(s.spawn(child(pending::<()>())).id())));
        });
        tokens(&runtime, count);
    }
    tokio_sets();
}

/// Counts what `run` leaves after it was done once.
fn measure<T>(runtime: &Runtime, parent: &mut T, mut run: impl AsyncFnMut(&mut T)) -> Left {
    // The parent itself, and what the runtime keeps of a first wave.
    runtime.block_on(run(parent));
    let before = Left::read(runtime);
    runtime.block_on(run(parent));
    Left::read(runtime).since(before)
}

fn set_drained(runtime: &Runtime, count: usize) {
    let mut set = JoinSet::new();
    set.spawn_on(pending(), runtime.handle());
    let left = measure(runtime, &mut set, async |set| {
        for _ in 0..count / WAVE {
            set.extend((0..WAVE).map(child));
            for _ in 0..WAVE {
                set.join_next()
                    .await
                    .expect("there are more")
                    .expect("no panic");
            }
        }
    });
    if count == CHILDREN {
        print("JoinSet, drained", CHILDREN, left);
        assert!(left.is_nothing(), "{left:?}");
    }
}

fn set_undrained<T: Copy + Send + 'static>(
    runtime: &Runtime,
    name: &str,
    result: T,
    bytes: usize,
    count: usize,
) {
    let mut set = JoinSet::new();
    let before = Left::read(runtime);
    runtime.block_on(async {
        for _ in 0..count / WAVE {
            set.extend((0..WAVE).map(|_| child(result)));
            while wane::runtime::Handle::current().metrics().num_alive_tasks() > 0 {
                task::yield_now().await;
            }
        }
    });
    let left = Left::read(runtime).since(before);
    if count == CHILDREN {
        print(
            &format!("JoinSet, not drained, results of {name}"),
            CHILDREN,
            left,
        );
        assert!(left.bytes <= (CHILDREN * (bytes + ENTRY_BYTES_MAX)) as isize);
        assert_eq!(left.slots, if bytes > 0 { CHILDREN } else { 0 });
    }
    drop(set);
    assert!(
        Left::read(runtime).since(before).slots == 0,
        "a dropped set"
    );
}

fn scope(runtime: &Runtime, what: &str, count: usize, wave: impl AsyncFn(&Scope)) {
    let left = runtime.block_on(wane::scope(async |s| {
        let lasting = s.spawn(pending::<()>());
        let waves = async |count: usize| {
            for _ in 0..count / WAVE {
                wave(&s).await;
                while s.len() > 1 {
                    task::yield_now().await;
                }
            }
            Left::read(runtime)
        };
        let before = waves(WAVE).await;
        let left = waves(count).await.since(before);
        drop(lasting);
        left
    }));
    if count == CHILDREN {
        print(&format!("scope, {what}"), CHILDREN, left);
        assert!(left.is_nothing(), "{left:?}");
    }
}

fn tokens(runtime: &Runtime, count: usize) {
    let mut root = CancellationToken::new();
    let left = measure(runtime, &mut root, async |root| {
        let children = (0..count).map(|_| root.child_token());
        let children = children.collect::<Vec<_>>();
        for child in children {
            drop((child.child_token(), child));
        }
    });
    // Each token is made from the one before, which is dropped.
    let chained = measure(runtime, &mut root, async |root| {
        let mut token = root.child_token();
        for _ in 0..count {
            token = token.child_token();
        }
    });
    if count == CHILDREN {
        print("CancellationToken, children dropped", CHILDREN, left);
        print("CancellationToken, a chain of children", CHILDREN, chained);
        assert!(
            left.is_nothing() && chained.is_nothing(),
            "{left:?}, {chained:?}"
        );
    }
}

/// The peer, for the table: nothing is promised in its name.
fn tokio_sets() {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.expect("a runtime");
    runtime.block_on(async {
        for is_drained in [true, false] {
            let mut set = tokio::task::JoinSet::new();
            let before = HEAP.live();
            for _ in 0..CHILDREN / WAVE {
                for _ in 0..WAVE {
                    set.spawn(async {
                        let state = [1_u8; 1 << 10];
                        tokio::task::yield_now().await;
                        assert_eq!(state[1023], 1);
                        [7_u64; 8]
                    });
                }
                tokio::task::yield_now().await;
                tokio::task::yield_now().await;
                while is_drained && set.join_next().await.is_some() {}
            }
            let left = Left {
                bytes: HEAP.live() - before,
                slots: 0,
            };
            let how = if is_drained {
                "drained"
            } else {
                "not drained, results of 64 B"
            };
            print(&format!("tokio's JoinSet, {how}"), CHILDREN, left);
        }
    });
}
