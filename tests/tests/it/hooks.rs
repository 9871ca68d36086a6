//! Hooks and names of threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use wane_tests::hang;
use wane_tests::runtimes::Kind;

/// A number that hooks count up.
#[derive(Clone, Debug, Default)]
struct Count(Arc<AtomicUsize>);

impl Count {
    fn hook(&self) -> impl Fn() + Send + Sync + 'static {
        let count = self.0.clone();
        move || {
            count.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

#[test]
fn start_and_stop_are_called_once_on_each_thread() {
    for kind in Kind::THREADED {
        let (starts, stops) = (Count::default(), Count::default());
        let mut builder = kind.builder();
        builder
            .on_thread_start(starts.hook())
            .on_thread_stop(stops.hook());
        let runtime = builder.build().expect("a runtime");
        let workers = runtime.metrics().num_workers();
        hang::until("the start of the workers", &starts, || {
            starts.get() == workers
        });
        runtime
            .block_on(runtime.spawn_blocking(|| {}))
            .expect("no panic");
        assert_eq!((starts.get(), stops.get()), (workers + 1, 0));
        drop(runtime);
        assert_eq!((starts.get(), stops.get()), (workers + 1, workers + 1));
    }
}

#[test]
fn park_and_unpark_are_called_in_pairs() {
    for kind in Kind::ALL {
        let (parks, unparks) = (Count::default(), Count::default());
        let mut builder = kind.builder();
        builder
            .on_thread_park(parks.hook())
            .on_thread_unpark(unparks.hook());
        let runtime = builder.build().expect("a runtime");
        runtime.block_on(async {
            wane::time::sleep(std::time::Duration::from_millis(1)).await;
        });
        drop(runtime);
        assert!(parks.get() > 0);
        assert_eq!(parks.get(), unparks.get());
    }
}

#[test]
fn a_panicking_hook_takes_no_worker_with_it() {
    for kind in Kind::THREADED {
        let mut builder = kind.builder();
        let panics = || std::panic::resume_unwind(Box::new("a hook"));
        builder.on_thread_start(panics).on_thread_stop(panics);
        builder.on_thread_park(panics).on_thread_unpark(panics);
        let runtime = builder.build().expect("a runtime");
        let task =
            runtime.spawn(async { wane::task::spawn_blocking(|| 5).await.expect("no panic") });
        assert_eq!(runtime.block_on(task).expect("the worker lives"), 5);
    }
}

#[test]
fn threads_have_the_name_that_the_builder_gives() {
    let name = || thread::current().name().map(str::to_owned);
    for kind in Kind::THREADED {
        let mut builder = kind.builder();
        let runtime = builder.thread_name("named").build().expect("a runtime");
        let names = runtime.block_on(async {
            let worker = wane::spawn(async move { name() }).await;
            let job = wane::task::spawn_blocking(name).await;
            [worker, job].map(|name| name.expect("no panic"))
        });
        assert_eq!(names, [Some("named".to_owned()), Some("named".to_owned())]);

        let number = AtomicUsize::new(0);
        builder.thread_name_fn(move || format!("number {}", number.fetch_add(1, Ordering::SeqCst)));
        let runtime = builder.build().expect("a runtime");
        let told = runtime.block_on(runtime.spawn(async move { name() }));
        assert!(
            told.expect("no panic")
                .expect("a name")
                .starts_with("number ")
        );
    }
    let runtime = Kind::Workers(1).build();
    let told = runtime.block_on(runtime.spawn(async move { name() }));
    assert_eq!(told.expect("no panic").as_deref(), Some("wane-worker"));
}
