//! One run of one workload on one rival, and nothing else, for a profiler to look at.
//!
//! `count WORKLOAD RIVAL OPERATIONS`

use std::env;
use std::error::Error;
use std::process::ExitCode;

use wane_benches::rivals::{Entry, WORKERS, find};
use wane_benches::workloads::Workload;

const USAGE: &str = "usage: count WORKLOAD RIVAL OPERATIONS";

struct Options {
    workload: Workload,
    rival: Entry,
    operations: u64,
}

fn main() -> ExitCode {
    match parse(env::args().skip(1)) {
        Ok(Options {
            workload,
            rival,
            operations,
        }) => {
            (rival.start)(WORKERS).run(workload, operations);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn parse(arguments: impl Iterator<Item = String>) -> Result<Options, Box<dyn Error>> {
    let arguments: Vec<String> = arguments.collect();
    let [workload, rival, operations] = arguments.as_slice() else {
        return Err("three arguments are needed".into());
    };
    let workload: Workload = workload.parse()?;
    Ok(Options {
        workload,
        rival: find(rival)?,
        operations: parse_operations(workload, operations)?,
    })
}

fn parse_operations(workload: Workload, value: &str) -> Result<u64, String> {
    let unit = workload.unit();
    match value.parse::<u64>() {
        Ok(operations) if operations > 0 && operations % unit == 0 => Ok(operations),
        _ => Err(format!(
            "{} takes a multiple of {unit}, not `{value}`",
            workload.name()
        )),
    }
}
