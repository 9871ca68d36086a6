//! Where the children of sets and scopes were spawned.

use std::time::Duration;

use wane::task::{JoinSet, TryScope};
use wane_tests::gate::Gate;
use wane_tests::runtimes::Kind;

#[test]
fn a_child_that_is_stuck_is_named_by_the_place_that_spawned_it() {
    let runtime = Kind::Workers(3).build();
    let (stuck, proceed) = ([(); 6].map(|()| Gate::new()), Gate::new());
    let sticks = |n: usize| {
        let (stuck, proceed): (Gate, Gate) = (stuck[n].clone(), proceed.clone());
        move || {
            stuck.open();
            proceed.wait();
        }
    };
    let begin = line!();
    let mut set = JoinSet::new();
    set.spawn_on(
        {
            let stick = sticks(0);
            async move { stick() }
        },
        runtime.handle(),
    );
    set.spawn_blocking_on(sticks(1), runtime.handle());
    let scopes = runtime.spawn({
        let sticks = [2, 3, 4, 5].map(sticks);
        async move {
            let [first, second, third, fourth] = sticks;
            wane::scope(async |s| {
                drop(s.spawn(async move { first() }));
                drop(s.spawn_blocking(second));
                let inner = wane::try_scope(async |s: TryScope<()>| {
                    drop(s.spawn(async move {
                        third();
                        Ok(())
                    }));
                    drop(s.spawn_blocking_with(move |_| {
                        fourth();
                        Ok(())
                    }));
                    s.wait().await;
                    Ok(())
                });
                inner.await.expect("no failure");
                s.wait().await;
            })
            .await;
        }
    });
    let end = line!();
    stuck.iter().for_each(Gate::wait);
    let report = runtime.shutdown_timeout(Duration::ZERO);
    let sites = report.tasks().iter().chain(report.blocking_jobs());
    let sites = sites.map(|task| task.spawned_at()).collect::<Vec<_>>();
    // The task around the scopes may be in a poll, too.
    assert!((6..=7).contains(&sites.len()), "{sites:?}");
    for site in sites {
        assert_eq!(site.file(), file!());
        assert!((begin..end).contains(&site.line()), "{site}");
    }
    proceed.open();
    drop((set, scopes));
}
