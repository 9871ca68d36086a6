//! A worker that puts every file below a directory into an object store, and proves what is left.
//!
//! `cargo run --release --example worker` starts an HTTP object store on the loopback interface that
//! fails on purpose, fans the chunks of all files out to sixteen workers, retries what fails, reads
//! every object back and compares it byte by byte. The table at the end compares the heap at 20 % of
//! the objects with the heap after the last one: each object was a task of its own, its abort handle
//! was filed and never pruned, and the difference is still nothing.
//!
//! The way of an object: `offer` reads it from the `source` and sends it through a channel to one of
//! the workers in `fanout`, which spawns a task that has a `client` put it to the `server`, where
//! `faults` decide whether the `store` gets it. `verify` goes the way back. `meter` counts, `report`
//! judges, and `run` is the order of it all.

mod args;
mod client;
mod fanout;
mod handles;
mod meter;
mod offer;
mod progress;
mod report;
mod run;
mod source;
mod stop;
mod store;
mod verify;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use wane::runtime::{Builder, Runtime};

use crate::args::Args;
use crate::meter::alloc::Counting;
use crate::report::Report;
use crate::run::{RunError, run};
use crate::source::Source;
use crate::stop::{INTERRUPTED, Stop};
use crate::store::Store;

/// Pool threads for file work, at most. What the runtime and the standard library keep per thread is
/// some 300 bytes, and threads come and go between the marks; this bounds what that adds up to.
const BLOCKING_THREADS_MAX: usize = 64;

#[global_allocator]
static HEAP: Counting = Counting::new();

fn main() -> ExitCode {
    let args = Args::parse();
    match start(&args) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs, reports, and says how the program is to exit.
fn start(args: &Args) -> Result<ExitCode, Box<dyn Error>> {
    let source = match Source::scan(&args.directory) {
        Ok(source) => source,
        Err(error) => args::refuse(error),
    };
    eprintln!("{}: {source}", args.directory.display());
    let stop = Stop::new();
    stop.on_ctrl_c()?;
    let store = Arc::new(Store::create()?);
    let runtime = runtime(args)?;
    let outcome = runtime.block_on(run(args, source, store.clone(), &stop));
    let code = conclude(outcome);
    eprintln!("removing the store");
    drop(runtime);
    // Tasks held the store, too. Whatever outlives the runtime would show here.
    Arc::into_inner(store)
        .ok_or("a task outlived the runtime: it still holds the store")?
        .remove()?;
    Ok(code?)
}

/// Builds the runtime that `args` ask for.
fn runtime(args: &Args) -> io::Result<Runtime> {
    let mut builder = Builder::new_multi_thread();
    builder.max_blocking_threads(BLOCKING_THREADS_MAX);
    if let Some(threads) = args.threads {
        builder.worker_threads(threads);
    }
    builder.enable_all().build()
}

/// Prints what came of the run, and judges it.
fn conclude(outcome: Result<Report, RunError>) -> io::Result<ExitCode> {
    let complaints = match &outcome {
        Ok(report) => {
            // Not `println!`, which panics when the reader of a pipe has left.
            writeln!(io::stdout(), "{report}")?;
            report.complaints()
        }
        Err(RunError::GivenUp) => return Ok(ExitCode::from(INTERRUPTED)),
        Err(error) => vec![error.to_string()],
    };
    for complaint in &complaints {
        eprintln!("error: {complaint}");
    }
    Ok(match complaints.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}
