//! A parent that held a hundred thousand at once and holds one.

use std::future::pending;
use std::pin::Pin;
use std::task::{Context, Waker};

use wane::runtime::Runtime;
use wane::sync::CancellationToken;
use wane::task::{self, JoinSet};
use wane_tests::gate::Gate;
use wane_tests::runtimes::Kind;

use crate::table::{Left, print};

const CHILDREN: usize = 100_000;

/// What a parent may keep of its peak.
const REST_BYTES: isize = 4 << 10;

pub(crate) fn check() {
    let runtime = Kind::CurrentThread.build();
    // What the runtime keeps of so many tasks at a time.
    set(&runtime);
    for (what, left) in [
        ("JoinSet, 1 of a burst is left", set(&runtime)),
        ("scope, 1 of a burst is left", scope(&runtime)),
        ("token, 1 child of a burst is left", tokens(&runtime)),
        ("token, 1 wait of a burst is left", waits(&runtime)),
    ] {
        print(what, CHILDREN, left);
        assert!(left.bytes <= REST_BYTES, "{what}: {left:?}");
    }
}

fn set(runtime: &Runtime) -> Left {
    let before = Left::read(runtime);
    let mut set = JoinSet::new();
    let gate = Gate::new();
    runtime.block_on(async {
        set.spawn(pending());
        for _ in 1..CHILDREN {
            let gate = gate.clone();
            set.spawn(async move { gate.pass().await });
        }
        task::yield_now().await;
        gate.open();
        while set.len() > 1 {
            set.join_next()
                .await
                .expect("there are more")
                .expect("no panic");
        }
    });
    let left = Left::read(runtime).since(before);
    runtime.block_on(set.shutdown());
    left
}

fn scope(runtime: &Runtime) -> Left {
    let before = Left::read(runtime);
    runtime.block_on(wane::scope(async |s| {
        drop(s.spawn(pending::<()>()));
        (1..CHILDREN).for_each(|n| drop(s.spawn(async move { n })));
        assert_eq!(s.len(), CHILDREN);
        while s.len() > 1 {
            task::yield_now().await;
        }
        Left::read(runtime).since(before)
    }))
}

fn tokens(runtime: &Runtime) -> Left {
    let before = Left::read(runtime);
    let root = CancellationToken::new();
    let mut children = (0..CHILDREN)
        .map(|_| root.child_token())
        .collect::<Vec<_>>();
    let last = children.pop();
    drop(children);
    let left = Left::read(runtime).since(before);
    drop(last);
    left
}

fn waits(runtime: &Runtime) -> Left {
    let before = Left::read(runtime);
    let root = CancellationToken::new();
    let waits = (0..CHILDREN).map(|_| Box::pin(root.cancelled()));
    let mut waits = waits.collect::<Vec<Pin<Box<_>>>>();
    let mut ctx = Context::from_waker(Waker::noop());
    for wait in &mut waits {
        assert!(wait.as_mut().poll(&mut ctx).is_pending());
    }
    let last = waits.pop();
    drop(waits);
    let left = Left::read(runtime).since(before);
    drop(last);
    left
}
