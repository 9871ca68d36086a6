//! A result of 600 MB, used and dropped, and then another 600 MB, in a process that may have 1 GB: in
//! every form in which a task's result can be asked for, or not be wanted. The process is one of its own,
//! under the system's limit on its data; what its heap counts is looked at as well.
#![cfg(target_os = "linux")]

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::process::Command;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use wane::task::{self, JoinSet, TryScope};
use wane::time::timeout;
use wane_tests::gate::Gate;
use wane_tests::heap::Counting;
use wane_tests::runtimes::Kind;

#[global_allocator]
static HEAP: Counting = Counting::new();

/// Says to the process that it is the one under the limit.
const VARIABLE: &str = "WANE_TESTS_UNDER_LIMIT";

const RESULT_BYTES: usize = 600_000_000;

const BUDGET_KIB: usize = 1_000_000_000 / 1024;

/// What the runtime itself may have come to hold in a form.
const REST_BYTES: isize = 64 << 10;

/// The seed's list with one large array.
type Large = Vec<Vec<u8>>;

/// Asked of the system and not written: the limit is on what was asked for.
fn large() -> Large {
    let mut array = Vec::new();
    array
        .try_reserve_exact(RESULT_BYTES)
        .expect("the budget has room for one result");
    array.push(7);
    vec![array]
}

/// What the caller makes of a result, which goes with it.
fn used(result: &Large) -> &'static str {
    assert_eq!((result.len(), result[0][0]), (1, 7));
    "some keyword"
}

#[test]
fn two_results_of_600_mb_fit_one_after_the_other_into_1_gb() {
    if std::env::var_os(VARIABLE).is_some() {
        return under_the_limit();
    }
    let test = std::env::current_exe().expect("a test knows its binary");
    let output = Command::new("sh")
        .args([
            "-c",
            &format!("ulimit -d {BUDGET_KIB} && exec \"$0\" --nocapture"),
        ])
        .arg(test)
        .env(VARIABLE, "1")
        .output()
        .expect("a shell");
    let told = String::from_utf8_lossy(&output.stdout);
    println!("{told}");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {errors}", output.status);
    assert!(told.contains("detached"), "the forms were not run: {told}");
}

fn under_the_limit() {
    let held = large();
    let second = Vec::<u8>::new().try_reserve_exact(RESULT_BYTES);
    assert!(
        second.is_err(),
        "the limit is none: two results fit at a time"
    );
    drop(held);
    for kind in [Kind::CurrentThread, Kind::Workers(2)] {
        let runtime = kind.build();
        runtime.block_on(forms());
    }
}

/// Runs a form, which may keep something of its task, and then asks for another result.
async fn form<T>(name: &str, run: impl Future<Output = T>) {
    let before = HEAP.live();
    let kept = run.await;
    let rest = HEAP.live() - before;
    println!("{name}: {rest} bytes");
    assert!(rest <= REST_BYTES, "{name}: {rest} bytes are left");
    drop(large());
    drop(kept);
}

async fn forms() {
    form("spawned", async {
        used(&wane::spawn(async { large() }).await.expect("no panic"))
    })
    .await;
    form("blocking job", async {
        used(&task::spawn_blocking(large).await.expect("no panic"))
    })
    .await;
    form("by reference, handle held", async {
        let mut handle = wane::spawn(async { large() });
        used(&(&mut handle).await.expect("no panic"));
        (handle,)
    })
    .await;
    form("abort handle and waker held", held()).await;
    form("timed-out join", timed_out()).await;
    form("detached", detached()).await;
    families().await;
}

async fn held() -> impl Sized {
    let waker = Mutex::new(None::<Waker>);
    let waker = std::sync::Arc::new(waker);
    let leaves = std::sync::Arc::clone(&waker);
    let handle = wane::spawn(poll_fn(move |ctx| {
        *leaves.lock().expect("no panic") = Some(ctx.waker().clone());
        Poll::Ready(large())
    }));
    let abort = handle.abort_handle();
    used(&handle.await.expect("no panic"));
    (abort, waker)
}

async fn timed_out() -> impl Sized {
    let gate = Gate::new();
    let waits = gate.clone();
    let mut handle = wane::spawn(async move {
        waits.pass().await;
        large()
    });
    let joined = timeout(Duration::from_millis(1), &mut handle).await;
    assert!(joined.is_err());
    let abort = handle.abort_handle();
    drop(handle);
    gate.open();
    until_finished(&abort).await;
    abort
}

async fn detached() -> impl Sized {
    // Their handles are dropped at once.
    let abort = wane::spawn(async { large() }).abort_handle();
    until_finished(&abort).await;
    let job = task::spawn_blocking(large).abort_handle();
    until_finished(&job).await;
    (abort, job)
}

async fn until_finished(abort: &task::AbortHandle) {
    while !abort.is_finished() {
        task::yield_now().await;
    }
}

async fn families() {
    form("scope child", scope_children()).await;
    form("child of a scope that may fail", fallible_children()).await;
    form("set, by and by", set_children()).await;
    form("set, detached or shut down", set_left()).await;
    form("polled once and given up", given_up()).await;
}

async fn scope_children() -> impl Sized {
    wane::scope(async |s| {
        let mut child = s.spawn(async { large() });
        used(&(&mut child).await.expect("no panic"));
        drop(large());
        used(&s.spawn_blocking(large).await.expect("no panic"));
        drop(large());
        // Nobody asks: the scope keeps none.
        drop(s.spawn(async { large() }));
        s.wait().await;
        drop(large());
        drop(s.spawn_blocking(large));
        (child, s)
    })
    .await
}

async fn fallible_children() -> impl Sized {
    wane::try_scope(async |s: TryScope<()>| {
        used(&s.spawn(async { Ok(large()) }).await.expect("no panic"));
        drop(large());
        drop(s.spawn(async { Ok(large()) }));
        s.wait().await;
        Ok(s)
    })
    .await
}

async fn set_children() -> impl Sized {
    let mut set = JoinSet::new();
    for blocking in [false, true, false] {
        match blocking {
            false => set.spawn(async { large() }),
            true => set.spawn_blocking(large),
        };
        used(&set.join_next().await.expect("one").expect("no panic"));
    }
    set
}

async fn set_left() -> impl Sized {
    let mut set = JoinSet::new();
    let gate = Gate::new();
    let waits = gate.clone();
    let abort = set.spawn(async move {
        waits.pass().await;
        large()
    });
    set.detach_all();
    gate.open();
    until_finished(&abort).await;
    drop(large());
    set.spawn(async { large() });
    task::yield_now().await;
    set.shutdown().await;
    set
}

async fn given_up() -> impl Sized {
    wane::scope(async |s| {
        let mut child = s.spawn(async { large() });
        let mut ctx = Context::from_waker(Waker::noop());
        drop(Pin::new(&mut child).poll(&mut ctx));
        drop(child);
        s.wait().await;
    })
    .await;
}
