//! Many rounds of jobs that are stuck in every way that an abort can end; in a process of its own, so
//! that every thread and descriptor that is left is theirs.
#![cfg(unix)]

use std::io::{self, PipeReader, PipeWriter, Read};
use std::sync::mpsc;
use std::time::Duration;

use wane::channel::{self, Receiver, Sender};
use wane::runtime::Runtime;
use wane::task::{BlockingContext, JoinHandle};
use wane_tests::census::Census;
use wane_tests::hang::{self, Deadline};
use wane_tests::runtimes::Kind;

/// Jobs of each kind at a time.
const CROWD: usize = 40;

/// Rounds in one runtime.
const CYCLES: usize = 25;

/// Where a job gets stuck.
#[derive(Clone, Copy, Debug)]
enum Place {
    Sleep,
    Receive,
    Send,
    Descriptor,
    SystemCall,
}

impl Place {
    const ALL: [Self; 5] = [
        Self::Sleep,
        Self::Receive,
        Self::Send,
        Self::Descriptor,
        Self::SystemCall,
    ];
}

/// Things that never happen, and what keeps them from it.
struct Silence {
    /// Of a channel that is full.
    sender: Sender<u32>,
    _full: Receiver<u32>,
    /// Of a channel that is empty.
    receiver: Receiver<u32>,
    _empty: Sender<u32>,
    reader: PipeReader,
    _writer: PipeWriter,
}

impl Silence {
    fn new() -> Self {
        let (sender, full) = channel::bounded(1);
        sender.try_send(0).expect("there is a slot");
        let (empty, receiver) = channel::bounded(1);
        let (reader, writer) = io::pipe().expect("the system gives pipes");
        Self {
            sender,
            _full: full,
            receiver,
            _empty: empty,
            reader,
            _writer: writer,
        }
    }

    /// Whether an abort has ended what never ends otherwise.
    fn wait_at(&self, place: Place, ctx: &BlockingContext) -> bool {
        match place {
            Place::Sleep => ctx.sleep(Duration::MAX).is_err(),
            Place::Receive => ctx
                .recv(&self.receiver)
                .is_err_and(|error| error.is_cancelled()),
            Place::Send => ctx
                .send(&self.sender, 1)
                .is_err_and(|error| error.is_cancelled()),
            Place::Descriptor => ctx.wait_readable(&self.reader).is_err(),
            Place::SystemCall => ctx
                .interruptible(|| (&self.reader).read(&mut [0; 8]))
                .is_err(),
        }
    }
}

/// A job whose closure runs.
fn stuck(runtime: &Runtime, place: Place) -> JoinHandle<bool> {
    let (running, is_running) = mpsc::channel();
    let job = runtime.spawn_blocking_with(move |ctx| {
        let silence = Silence::new();
        running.send(()).expect("the test waits for it");
        silence.wait_at(place, &ctx)
    });
    is_running.recv().expect("the job begins");
    job
}

#[test]
fn rounds_of_aborts_leave_no_job_no_thread_and_no_descriptor() {
    let before = Census::take();
    for is_ended_by_shutdown in [false, true] {
        let runtime = Kind::Workers(2).build();
        let _deadline = Deadline::start("rounds of aborts", runtime.metrics());
        for place in Place::ALL {
            for _ in 0..CYCLES {
                abort_a_crowd(&runtime, place);
            }
        }
        let jobs = Place::ALL.map(|place| stuck(&runtime, place));
        if !is_ended_by_shutdown {
            jobs.iter().for_each(JoinHandle::abort);
        }
        drop(runtime);
        let other = Kind::CurrentThread.build();
        for job in jobs {
            assert!(other.block_on(job).expect("it returned"));
        }
    }
    // The watch of the deadline is joined, too. A thread's entry may stay a moment longer.
    let after = hang::settle(&before, hang::PATIENCE, Census::take);
    assert_eq!(after, before);
}

fn abort_a_crowd(runtime: &Runtime, place: Place) {
    let metrics = runtime.metrics();
    let jobs = (0..CROWD).map(|_| stuck(runtime, place));
    let jobs = jobs.collect::<Vec<_>>();
    jobs.iter().for_each(JoinHandle::abort);
    for job in jobs {
        assert!(runtime.block_on(job).expect("it returned"), "{place:?}");
    }
    hang::until("idle threads", &metrics, || {
        metrics.num_abandoned_blocking_jobs() == 0
            && metrics.num_idle_blocking_threads() == metrics.num_blocking_threads()
    });
}
