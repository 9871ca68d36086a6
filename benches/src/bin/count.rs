//! One run of one workload on one rival, and nothing else, for a profiler to look at; or of one
//! cell of the channels' tables with one channel.
//!
//! `count WORKLOAD RIVAL OPERATIONS` or `count CELL CHANNEL MESSAGES`

use std::env;
use std::error::Error;
use std::process::ExitCode;

use wane_benches::channels::Channel;
use wane_benches::rivals::{Entry, WORKERS, find};
use wane_benches::traffic::cell::Cell;
use wane_benches::workloads::Workload;

const USAGE: &str = "usage: count WORKLOAD RIVAL OPERATIONS
       count RUNTIME/MESSAGE/SHAPE/CAPACITY CHANNEL MESSAGES";

/// What to run.
enum Run {
    Workload(Workload, Entry, u64),
    Traffic(Cell, Channel, u64),
}

fn main() -> ExitCode {
    match parse(env::args().skip(1)) {
        Ok(Run::Workload(workload, rival, operations)) => {
            (rival.start)(WORKERS).run(workload, operations);
            ExitCode::SUCCESS
        }
        Ok(Run::Traffic(cell, channel, messages)) => {
            (cell.carrier.start)(WORKERS).carry(channel, cell.traffic, messages);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn parse(arguments: impl Iterator<Item = String>) -> Result<Run, Box<dyn Error>> {
    let arguments: Vec<String> = arguments.collect();
    let [question, answerer, operations] = arguments.as_slice() else {
        return Err("three arguments are needed".into());
    };
    if question.contains('/') {
        return parse_traffic(question, answerer, operations);
    }
    let workload: Workload = question.parse()?;
    let operations = parse_operations(workload, operations)?;
    Ok(Run::Workload(workload, find(answerer)?, operations))
}

fn parse_traffic(cell: &str, channel: &str, messages: &str) -> Result<Run, Box<dyn Error>> {
    let cell: Cell = cell.parse()?;
    let channel: Channel = channel.parse()?;
    if !cell.traffic.suits(channel) {
        return Err(format!("{} cannot have so many receivers", channel.name()).into());
    }
    match messages.parse() {
        Ok(messages) if messages > 0 => Ok(Run::Traffic(cell, channel, messages)),
        _ => Err(format!("messages are a positive number, not `{messages}`").into()),
    }
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
