//! A program whose `main` panics, or gives up waiting, ends, whatever is stuck in its runtimes.
//!
//! No test harness: it would catch the panics. Run without an argument in the environment this is the
//! test, which runs itself once for each way to end.

use std::env;
use std::process::{Child, Command, ExitCode};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use wane::runtime::{Builder, Runtime};

/// Tells a process how to end.
const ENDING: &str = "WANE_TEST_ENDING";

/// How long a stuck job is stuck.
const HOUR: Duration = Duration::from_secs(3600);

/// How long a process may take that takes a second.
const PATIENCE: Duration = Duration::from_secs(40);

/// The code with which std ends a process whose `main` panicked.
const PANICKED: i32 = 101;

/// A way to end, and the exit code that is to come of it.
type Ending = (&'static str, fn(), i32);

const ENDINGS: [Ending; 7] = [
    (
        "panic beside a stuck job",
        panic_beside_a_stuck_job,
        PANICKED,
    ),
    (
        "panic beside stuck polls",
        panic_beside_stuck_polls,
        PANICKED,
    ),
    (
        "panic on the only thread",
        panic_on_the_only_thread,
        PANICKED,
    ),
    ("panic in an async main", panic_in_an_async_main, PANICKED),
    ("panic beside a deaf job", panic_with_a_deaf_job, PANICKED),
    ("report", report, 0),
    ("background", background, 0),
];

fn main() -> ExitCode {
    if let Ok(ending) = env::var(ENDING) {
        let (_, end, _) = ENDINGS
            .iter()
            .find(|(name, ..)| *name == ending)
            .expect("the name of an ending");
        end();
        return ExitCode::SUCCESS;
    }
    let children: Vec<(Child, &Ending)> = ENDINGS
        .iter()
        .map(|ending| (start(ending), ending))
        .collect();
    let deadline = Instant::now() + PATIENCE;
    let mut is_well = true;
    for (mut child, (name, _, code)) in children {
        let ended = wait(&mut child, deadline);
        println!("{name}: exit code {ended:?} of {code}");
        is_well &= ended == Some(*code);
    }
    match is_well {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

fn start((name, ..): &Ending) -> Child {
    let program = env::current_exe().expect("a test has a file");
    let mut command = Command::new(program);
    command
        .env(ENDING, name)
        .stderr(std::process::Stdio::null());
    command.spawn().expect("the system gives processes")
}

/// The exit code, or none where the process had to be killed.
fn wait(child: &mut Child, deadline: Instant) -> Option<i32> {
    loop {
        if let Some(status) = child.try_wait().expect("it is a child") {
            return status.code();
        }
        if Instant::now() >= deadline {
            child.kill().expect("it has not ended");
            child.wait().expect("it is a child");
            return None;
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// Does not return before a job is stuck for an hour.
fn get_stuck(runtime: &Runtime) {
    let (running, is_running) = mpsc::channel();
    drop(runtime.spawn_blocking(move || {
        running.send(()).expect("it is waited for");
        thread::sleep(HOUR);
    }));
    is_running.recv().expect("it runs");
}

fn panic_beside_a_stuck_job() {
    let runtime = Runtime::new().expect("a runtime");
    get_stuck(&runtime);
    panic!("out");
}

fn panic_beside_stuck_polls() {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .expect("a runtime");
    let (running, is_running) = mpsc::channel();
    for _ in 0..2 {
        let running = running.clone();
        drop(runtime.spawn(async move {
            running.send(()).expect("it is waited for");
            thread::sleep(HOUR);
        }));
    }
    (0..2).for_each(|_| is_running.recv().expect("it runs"));
    panic!("out");
}

fn panic_on_the_only_thread() {
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    get_stuck(&runtime);
    runtime.block_on(async { panic!("out") })
}

fn panic_in_an_async_main() {
    #[wane::main]
    async fn main() {
        let (running, is_running) = wane::sync::oneshot::channel();
        drop(wane::task::spawn_blocking(move || {
            running.send(()).expect("it is waited for");
            thread::sleep(HOUR);
        }));
        is_running.await.expect("it runs");
        panic!("out");
    }
    main();
}

/// It has a context, and does not look at it.
fn panic_with_a_deaf_job() {
    let runtime = Runtime::new().expect("a runtime");
    let (running, is_running) = mpsc::channel();
    let job = runtime.spawn_blocking_with(move |_ctx| {
        running.send(()).expect("it is waited for");
        thread::sleep(HOUR);
    });
    is_running.recv().expect("it runs");
    job.abort();
    panic!("out");
}

fn report() {
    let runtime = Runtime::new().expect("a runtime");
    get_stuck(&runtime);
    let report = runtime.shutdown_timeout(Duration::from_millis(50));
    assert_eq!(report.blocking_jobs().len(), 1, "{report}");
}

fn background() {
    let runtime = Runtime::new().expect("a runtime");
    get_stuck(&runtime);
    runtime.shutdown_background();
}
