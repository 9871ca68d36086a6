//! The command line: what can be asked for, and what is refused before anything starts.
//!
//! Every refusal is clap's: a message that names the argument, on standard error, and exit status 2.

use std::fmt::Display;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PathBufValueParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

/// The fewest objects of a run that nobody limits: enough to take some seconds.
const OBJECTS_MIN: u64 = 40_000;

/// More workers or threads than this ask for more descriptors or memory than systems give.
const FEW_MAX: u64 = 1_024;

/// More seconds than this (about a hundred years) are a slip of the finger.
const SECONDS_MAX: f64 = 3.2e9;

/// Stores every file below a directory in an object store that fails on purpose, then reads all of
/// it back, and shows what the run left in memory.
#[derive(Debug, Parser)]
#[command(name = "worker", after_help = EXIT_STATUS)]
pub(crate) struct Args {
    /// Directory whose files are stored; `target`, `.git` and symbolic links are skipped.
    #[arg(value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/.."),
          hide_default_value = true,
          value_parser = PathBufValueParser::new().try_map(directory))]
    pub(crate) directory: PathBuf,

    /// Objects to store, going round the files as often as it takes [default: each chunk of each
    /// file once, and at least 40000]. Copies of all of them lie in the temporary directory until
    /// the end.
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = at_least_one)]
    objects: Option<u64>,

    /// Objects offered per second, at most [default: as many as the store takes].
    #[arg(long, value_name = "R", allow_negative_numbers = true, value_parser = positive)]
    pub(crate) rate: Option<f64>,

    /// Go on for this long; with `--objects`, until the first of the two is reached.
    #[arg(long, value_name = "S", allow_negative_numbers = true, value_parser = seconds)]
    seconds: Option<Duration>,

    /// Tasks that take chunks and store them, each over a connection of its own.
    #[arg(long, value_name = "W", default_value = "16", allow_negative_numbers = true, value_parser = few)]
    pub(crate) workers: usize,

    /// Seed of the injected failures: the same seed and objects meet the same failures.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,

    /// Threads that poll tasks [default: one per core].
    #[arg(long, value_name = "T", allow_negative_numbers = true, value_parser = few)]
    pub(crate) threads: Option<usize>,
}

const EXIT_STATUS: &str = "\
Ctrl-C stops the offers; what was offered is stored and read back all the same. A second Ctrl-C
gives that up, too; a third ends the program at once and leaves the store's directory behind.

Exit status: 0 all objects came back and the heap stayed where it was; 1 an object is lost or the
heap drifted by more than 64 KiB; 2 the arguments make no sense; 130 a second Ctrl-C.";

/// When a run has offered enough: at a number of objects, after a time, or at the first of both.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Goal {
    pub(crate) objects: Option<u64>,
    pub(crate) time: Option<Duration>,
}

impl Args {
    /// What to reach with a directory of `chunks` chunks.
    pub(crate) fn goal(&self, chunks: u64) -> Goal {
        let objects = match (self.objects, self.seconds) {
            (Some(objects), _) => Some(objects),
            (None, Some(_)) => None,
            (None, None) => Some(chunks.max(OBJECTS_MIN)),
        };
        Goal {
            objects,
            time: self.seconds,
        }
    }
}

impl Goal {
    /// How much of the goal is reached after `offered` objects and `elapsed`: 1.0 is all of it.
    pub(crate) fn reached(&self, offered: u64, elapsed: Duration) -> f64 {
        let by_objects = self.objects.map_or(0.0, |all| offered as f64 / all as f64);
        let by_time = self
            .time
            .map_or(0.0, |all| elapsed.as_secs_f64() / all.as_secs_f64());
        by_objects.max(by_time)
    }
}

/// Ends the program as clap does for an argument that makes no sense.
pub(crate) fn refuse(error: impl Display) -> ! {
    Args::command()
        .error(ErrorKind::ValueValidation, error)
        .exit()
}

fn directory(path: PathBuf) -> Result<PathBuf, String> {
    match std::fs::canonicalize(&path) {
        Ok(found) if found.is_dir() => Ok(found),
        Ok(_) => Err("this is not a directory".to_owned()),
        Err(error) => Err(format!("cannot read this directory: {error}")),
    }
}

fn at_least_one(text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(0) => Err("must be at least 1".to_owned()),
        Ok(number) => Ok(number),
        Err(_) => Err("must be a whole number, at least 1".to_owned()),
    }
}

fn few(text: &str) -> Result<usize, String> {
    match at_least_one(text)? {
        number if number <= FEW_MAX => Ok(number as usize),
        _ => Err(format!("must be at most {FEW_MAX}")),
    }
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number > 0.0 && number.is_finite() => Ok(number),
        _ => Err("must be a number greater than 0".to_owned()),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    match positive(text)? {
        number if number <= SECONDS_MAX => Ok(Duration::from_secs_f64(number)),
        _ => Err(format!("must be at most {SECONDS_MAX}")),
    }
}
