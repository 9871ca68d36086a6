//! What users of the runtime may rely on, from the outside.

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::mpsc;
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use wane::io::{AsyncReadExt, AsyncWriteExt};
use wane::net::{TcpListener, TcpStream};
use wane::runtime::{Builder, Runtime};
use wane::task::LocalSet;

fn runtime(workers: usize) -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(workers)
        .build()
        .expect("a runtime")
}

/// Tells on which thread it is dropped.
struct Tells(mpsc::Sender<ThreadId>);

impl Drop for Tells {
    fn drop(&mut self) {
        let _ = self.0.send(thread::current().id());
    }
}

#[wane::test]
async fn a_panic_is_delivered_to_the_joiner() {
    let error = wane::spawn(async { std::panic::resume_unwind(Box::new(7_u8)) }).await;
    let error: wane::task::JoinError = error.map(|(): ()| ()).expect_err("it panics");
    assert_eq!(error.into_panic().downcast_ref::<u8>(), Some(&7));
}

#[wane::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_echo_reaches_the_client_across_workers() -> std::io::Result<()> {
    let listener = TcpListener::bind("localhost:0").await?;
    let address = listener.local_addr()?;
    let server = wane::spawn(async move {
        let (mut stream, _) = listener.accept().await?;
        let (mut read, mut write) = stream.split();
        wane::io::copy(&mut read, &mut write).await
    });
    let mut client = TcpStream::connect(address).await?;
    client.write_all(b"over and over").await?;
    client.shutdown().await?;
    let mut answer = String::new();
    client.read_to_string(&mut answer).await?;
    assert_eq!(answer, "over and over");
    assert_eq!(server.await??, 13);
    Ok(())
}

#[test]
fn abort_runs_no_destructor_on_the_aborter_s_stack() {
    let rt = runtime(1);
    let (tell, told) = mpsc::channel();
    let handle = rt.spawn(async move {
        let _tells = Tells(tell);
        pending::<()>().await;
    });
    while rt.metrics().global_queue_depth() > 0 {
        thread::yield_now();
    }
    handle.abort();
    assert_ne!(told.recv().expect("dropped"), thread::current().id());
    assert!(rt.block_on(handle).expect_err("aborted").is_cancelled());
}

#[test]
fn a_task_that_never_waits_does_not_starve_the_others() {
    let rt = Builder::new_current_thread().build().expect("a runtime");
    rt.block_on(async {
        let (tx, rx) = wane::channel::unbounded();
        let busy = wane::spawn(async move {
            loop {
                tx.send(()).await.expect("the receiver is there");
                rx.recv().await.expect("just sent");
            }
        });
        wane::time::sleep(Duration::from_millis(5)).await;
        wane::spawn(async {}).await.expect("it gets its turn");
        assert!(busy.cancel().await.is_err());
    });
}

#[test]
fn a_runtime_inside_a_runtime_is_refused_with_advice() {
    let rt = runtime(1);
    let inner = runtime(1);
    let refused =
        rt.block_on(async { catch_unwind(AssertUnwindSafe(|| inner.block_on(async {}))) });
    assert!(refused.is_err());
}

#[test]
fn what_is_spawned_after_shutdown_is_cancelled() {
    let rt = runtime(2);
    let handle = rt.handle().clone();
    let before = rt.spawn(pending::<()>());
    drop(rt);
    let after = handle.spawn(async {});
    let current = Builder::new_current_thread().build().expect("a runtime");
    for joined in [before, after] {
        assert!(
            current
                .block_on(joined)
                .expect_err("dropped")
                .is_cancelled()
        );
    }
}

#[test]
fn a_runtime_dropped_by_its_own_task_does_not_wait_for_itself() {
    let rt = runtime(2);
    let handle = rt.handle().clone();
    let (done, is_done) = mpsc::channel();
    drop(handle.spawn(async move {
        drop(rt);
        done.send(()).expect("the test waits");
    }));
    is_done
        .recv_timeout(Duration::from_secs(20))
        .expect("no deadlock");
}

#[test]
fn shutdown_timeout_does_not_wait_for_a_stuck_job() {
    let rt = runtime(1);
    let (release, stuck) = mpsc::channel::<()>();
    let (start, started) = mpsc::channel();
    drop(rt.spawn_blocking(move || {
        start.send(()).expect("the test waits");
        stuck.recv()
    }));
    started.recv().expect("it runs");
    let begin = Instant::now();
    rt.shutdown_timeout(Duration::from_millis(50));
    assert!(begin.elapsed() < Duration::from_secs(10));
    drop(release);
}

#[test]
fn local_tasks_are_woken_and_aborted_from_other_threads_and_stay_on_theirs() {
    let rt = Builder::new_current_thread().build().expect("a runtime");
    let set = LocalSet::new();
    let here = thread::current().id();
    let (tx, rx) = wane::channel::bounded(1);
    let (tell, told) = mpsc::channel();
    let sum = set.block_on(&rt, async {
        let local = Rc::new(40);
        let adds = wane::task::spawn_local(async move { *local + rx.recv().await.expect("sent") });
        let idle = wane::task::spawn_local(async move {
            let _tells = Tells(tell);
            pending::<()>().await;
        });
        wane::task::yield_now().await;
        let abort = idle.abort_handle();
        let other = thread::spawn(move || {
            abort.abort();
            tx.send_blocking(2).expect("the receiver is there");
        });
        let sum = adds.await.expect("no panic");
        assert!(idle.await.expect_err("aborted").is_cancelled());
        other.join().expect("no panic");
        sum
    });
    assert_eq!((sum, told.recv()), (42, Ok(here)));
}
