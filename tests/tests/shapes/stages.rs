//! Tasks with a phase of 64 KiB, and then nothing but waiting.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_lite::future::block_on;
use wane::future::stage;
use wane::runtime::Builder;
use wane::task::yield_now;
use wane_tests::hang;

use crate::HEAP;

const TASKS: usize = 200;
const PHASE: usize = 64 << 10;

/// The phase: its page lives across an await.
async fn phase(passed: Arc<AtomicUsize>) {
    let page = [1_u8; PHASE];
    yield_now().await;
    let sum: usize = page.iter().map(|&byte| usize::from(byte)).sum();
    assert_eq!(sum, PHASE);
    passed.fetch_add(1, Ordering::SeqCst);
}

pub(crate) fn a_stage_gives_the_memory_of_a_phase_back() {
    let inline = bytes_each(|passed| async {
        phase(passed).await;
        pending::<()>().await;
    });
    let staged = bytes_each(|passed| async {
        stage(phase(passed)).await;
        pending::<()>().await;
    });
    println!("a task after a phase of {PHASE} bytes: {staged} with a stage, {inline} without");
    assert!(inline >= PHASE, "{inline} bytes, so that there was no need");
    assert!(staged <= 1024, "{staged} bytes");
}

pub(crate) fn a_phase_s_memory_is_back_before_its_await_returns() {
    let passed = Arc::new(AtomicUsize::new(0));
    block_on(async {
        let before = HEAP.live();
        let mut staged = stage(phase(passed.clone()));
        let during = HEAP.live();
        (&mut staged).await;
        assert_eq!(HEAP.live(), before, "though the stage is still held");
        assert!(during - before >= PHASE as isize);
    });
}

/// What a task takes that has its phase behind it.
fn bytes_each<F>(task: impl Fn(Arc<AtomicUsize>) -> F) -> usize
where
    F: Future<Output = ()> + Send + 'static,
{
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .expect("the system gives threads and descriptors");
    // What a runtime makes for its first tasks is not theirs.
    let warm: Vec<_> = (0..TASKS).map(|_| runtime.spawn(yield_now())).collect();
    for task in warm {
        runtime.block_on(task).expect("it yields once");
    }
    let passed = Arc::new(AtomicUsize::new(0));
    let mut tasks = Vec::with_capacity(TASKS);
    let before = HEAP.live();
    tasks.extend((0..TASKS).map(|_| runtime.spawn(task(passed.clone()))));
    hang::until("the end of all phases", &runtime, || {
        passed.load(Ordering::SeqCst) == TASKS
    });
    // The last may not have left its phase yet.
    let bytes = || usize::try_from(HEAP.live() - before).unwrap_or(0);
    hang::settle(&true, hang::PATIENCE / 60, || bytes() < PHASE);
    let each = bytes().div_ceil(TASKS);
    for task in &tasks {
        task.abort();
    }
    for task in tasks {
        assert!(
            runtime
                .block_on(task)
                .expect_err("it waits for ever")
                .is_cancelled()
        );
    }
    each
}
