//! Jobs that are stuck in calls of the system.

use std::fs;
use std::io::{self, PipeReader, Read, Write};
use std::thread;
use std::time::Duration;

use wane::channel;
use wane::task::{BlockingContext, Cancelled};
use wane_tests::hang;
use wane_tests::runtimes::{Kind, on_each};

use super::{CROWD, end_all, settle, started};

/// Pipes that nobody writes to: the ends to read from, and what keeps them open.
fn silent_pipes() -> (Vec<PipeReader>, Vec<io::PipeWriter>) {
    let pipes = (0..CROWD).map(|_| io::pipe().expect("the system gives pipes"));
    pipes.unzip()
}

fn is_cancelled<T>(end: &io::Result<T>) -> bool {
    end.as_ref().is_err_and(Cancelled::is_reason_of)
}

/// Reads what nobody writes.
fn read(ctx: &BlockingContext, reader: &mut PipeReader) -> io::Result<usize> {
    ctx.interruptible(|| reader.read(&mut [0; 8]))
}

#[test]
fn an_abort_ends_a_wait_for_a_descriptor() {
    on_each(|runtime| {
        let (readers, _writers) = silent_pipes();
        let jobs = readers.into_iter();
        let jobs = jobs.map(|reader| started(runtime, move |ctx| ctx.wait_readable(&reader)));
        let jobs = jobs.collect();
        assert!(end_all(runtime, jobs).iter().all(is_cancelled));
    });
}

#[test]
fn a_descriptor_that_is_ready_ends_the_wait() {
    on_each(|runtime| {
        let (mut reader, mut writer) = io::pipe().expect("the system gives pipes");
        let job = started(runtime, move |ctx| {
            ctx.wait_readable(&reader)?;
            let mut bytes = [0; 8];
            let read = reader.read(&mut bytes)?;
            // The end of the pipe is something to read as well.
            ctx.wait_readable(&reader)?;
            io::Result::Ok(bytes[..read].to_vec())
        });
        writer.write_all(b"told").expect("the job reads");
        drop(writer);
        let read = runtime.block_on(job).expect("no panic");
        assert_eq!(read.expect("it could be read"), b"told");
    });
}

#[test]
fn a_full_pipe_is_waited_for_until_there_is_room_or_an_abort() {
    on_each(|runtime| {
        let (mut reader, writer) = io::pipe().expect("the system gives pipes");
        let fill = move |ctx: BlockingContext| {
            let mut written = 0;
            let end = loop {
                if let Err(error) = ctx.wait_writable(&writer) {
                    break error;
                }
                // At most as much as a pipe that is writable takes at once.
                written += (&writer).write(&[0; 512]).expect("there is a reader");
            };
            assert!(Cancelled::is_reason_of(&end));
            written
        };
        let job = started(runtime, fill);
        reader.read_exact(&mut [0; 100_000]).expect("it is written");
        job.abort();
        let written = runtime.block_on(job).expect("no panic");
        let mut rest = Vec::new();
        reader.read_to_end(&mut rest).expect("the writer is gone");
        assert_eq!(written, 100_000 + rest.len());
    });
}

#[test]
fn a_file_is_always_ready() {
    on_each(|runtime| {
        let job = started(runtime, |ctx| {
            let file = fs::File::open(std::env::current_exe()?)?;
            ctx.wait_readable(&file)
        });
        runtime.block_on(job).expect("no panic").expect("ready");
    });
}

#[test]
fn an_abort_ends_a_plain_system_call() {
    on_each(|runtime| {
        let (readers, _writers) = silent_pipes();
        let jobs = readers.into_iter();
        let jobs = jobs.map(|mut reader| started(runtime, move |ctx| read(&ctx, &mut reader)));
        let jobs = jobs.collect();
        assert!(end_all(runtime, jobs).iter().all(is_cancelled));
    });
}

#[test]
fn an_abort_at_any_moment_ends_a_plain_system_call() {
    let runtime = Kind::Workers(1).build();
    let _deadline = hang::Deadline::start("aborts of reads", runtime.metrics());
    let (reader, _writer) = io::pipe().expect("the system gives pipes");
    for _ in 0..2_000 {
        let mut reader = reader.try_clone().expect("the system gives descriptors");
        let job = started(&runtime, move |ctx| read(&ctx, &mut reader));
        job.abort();
        assert!(is_cancelled(&runtime.block_on(job).expect("no panic")));
    }
    settle(&runtime);
}

#[test]
fn a_signal_that_comes_before_the_call_is_not_the_last() {
    let runtime = Kind::Workers(1).build();
    let _deadline = hang::Deadline::start("aborts before a read", runtime.metrics());
    let (reader, _writer) = io::pipe().expect("the system gives pipes");
    for delay in 0..200 {
        let mut reader = reader.try_clone().expect("the system gives descriptors");
        let job = started(&runtime, move |ctx| {
            ctx.interruptible(|| {
                while !ctx.is_cancelled() {
                    thread::yield_now();
                }
                // The first signal is on its way or has come.
                (0..delay).for_each(|_| thread::yield_now());
                reader.read(&mut [0; 8])
            })
        });
        job.abort();
        assert!(is_cancelled(&runtime.block_on(job).expect("no panic")));
    }
    settle(&runtime);
}

#[test]
fn a_system_call_that_nobody_aborts_returns_what_it_says() {
    on_each(|runtime| {
        let (mut reader, mut writer) = io::pipe().expect("the system gives pipes");
        let job = started(runtime, move |ctx| {
            let mut bytes = [0; 8];
            let mut interruptions = 3;
            let read = ctx.interruptible(|| match interruptions {
                0 => reader.read(&mut bytes),
                _ => {
                    interruptions -= 1;
                    Err(io::ErrorKind::Interrupted.into())
                }
            })?;
            io::Result::Ok(bytes[..read].to_vec())
        });
        writer.write_all(b"told").expect("the job reads");
        let read = runtime.block_on(job).expect("no panic");
        assert_eq!(read.expect("it could be read"), b"told");
    });
}

#[test]
fn a_panic_in_a_system_call_leaves_the_section() {
    on_each(|runtime| {
        let job = started(runtime, |ctx| {
            ctx.interruptible::<()>(|| std::panic::resume_unwind(Box::new("told")))
        });
        let error = runtime.block_on(job).expect_err("it panics");
        assert_eq!(error.into_panic().downcast_ref::<&str>(), Some(&"told"));
        settle(runtime);
    });
}

#[test]
fn a_signal_that_cannot_be_caught_is_refused() {
    let mut builder = Kind::Workers(1).builder();
    // 9 is the one that kills, everywhere.
    let runtime = builder.interrupt_signal(9).build().expect("a runtime");
    let job = started(&runtime, |ctx| ctx.interruptible(|| Ok(())));
    let refused = runtime.block_on(job).expect("no panic");
    assert_eq!(
        refused.expect_err("the system refuses it").kind(),
        io::ErrorKind::InvalidInput
    );
}

#[test]
fn a_signal_that_the_program_handles_is_refused() {
    let mut builder = Kind::Workers(1).builder();
    // std has a handler for 11, a bad access to memory: it tells an overflow of the stack.
    let runtime = builder.interrupt_signal(11).build().expect("a runtime");
    let job = started(&runtime, |ctx| ctx.interruptible(|| Ok(())));
    let refused = runtime.block_on(job).expect("no panic");
    assert_eq!(
        refused.expect_err("it is taken").kind(),
        io::ErrorKind::AlreadyExists
    );
}

#[test]
fn the_shutdown_of_the_runtime_ends_calls_of_the_system() {
    for kind in Kind::ALL {
        let runtime = kind.build();
        let _deadline = hang::Deadline::start("a shutdown with stuck calls", runtime.metrics());
        let (readers, _writers) = silent_pipes();
        let mut jobs = Vec::new();
        for (number, mut reader) in readers.into_iter().enumerate() {
            jobs.push(started(&runtime, move |ctx| match number % 2 {
                0 => ctx.wait_readable(&reader),
                _ => read(&ctx, &mut reader).map(drop),
            }));
        }
        drop(runtime);
        let other = Kind::CurrentThread.build();
        for job in jobs {
            assert!(job.is_finished());
            assert!(is_cancelled(&other.block_on(job).expect("it returned")));
        }
    }
}

/// A wait that an abort ends; whether it did.
type Wait = fn(&BlockingContext, &mut PipeReader) -> bool;

/// Has a job wait, alone in a pool of one thread, while another job runs.
fn makes_room(wait: Wait) {
    let mut builder = Kind::Workers(1).builder();
    let runtime = builder.max_blocking_threads(1).build().expect("a runtime");
    let _deadline = hang::Deadline::start("a job beside one that waits", runtime.metrics());
    let (mut reader, _writer) = io::pipe().expect("the system gives pipes");
    let waits = started(&runtime, move |ctx| wait(&ctx, &mut reader));
    let other = runtime.spawn_blocking(|| 5);
    assert_eq!(runtime.block_on(other).expect("no panic"), 5);
    assert_eq!(end_all(&runtime, vec![waits]), [true]);
}

#[test]
fn a_job_in_a_wait_of_its_context_makes_room_for_another_one() {
    makes_room(|ctx, _reader| ctx.sleep(Duration::MAX).is_err());
    makes_room(|ctx, _reader| {
        let (_sender, receiver) = channel::bounded::<()>(1);
        ctx.recv(&receiver).is_err()
    });
    makes_room(|ctx, reader| ctx.wait_readable(reader).is_err());
    makes_room(|ctx, reader| read(ctx, reader).is_err());
    // A wait inside of a wait, with a return from it before the outer one is over.
    makes_room(|ctx, reader| {
        let both = ctx.interruptible(|| {
            let slept = ctx.sleep(Duration::from_millis(1));
            slept.map_or_else(|end| Err(end.into()), |()| reader.read(&mut [0; 8]))
        });
        both.is_err()
    });
}
