//! What does one message cost through a bounded channel, on each runtime?
//!
//! A table per runtime and message, with the ratios of wane-channel to kanal and to the best of
//! the peers that are cancel-safe, and at the foot how many cells meet the goals. Every option
//! narrows the tables; all but `--rounds` and `--workers` may be given more than once.

use std::env;
use std::process::ExitCode;

use wane_benches::channels::Channel;
use wane_benches::contest::{Round, Turns};
use wane_benches::machine::cache_line_bounce;
use wane_benches::traffic::carriers::{Carrier, messages};
use wane_benches::traffic::{Payload, Traffic};

mod goals;
mod options;
mod row;

use goals::Goals;
use options::Options;
use row::Row;

/// Rounds that nobody sees: they fill pools and caches.
const WARM_UP_ROUNDS: usize = 1;

fn main() -> ExitCode {
    let options = match options::parse(env::args().skip(1)) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("{error}\n{}", options::USAGE);
            return ExitCode::from(2);
        }
    };
    print_legend(&options);
    let mut goals = Goals::default();
    for entry in &options.carriers {
        let carrier = (entry.start)(options.workers);
        for &payload in &options.payloads {
            print_table(&*carrier, payload, &options, &mut goals);
        }
    }
    goals.print();
    ExitCode::SUCCESS
}

fn print_legend(options: &Options) {
    let Options {
        rounds, workers, ..
    } = options;
    println!("ns per message: median (min) of {rounds} interleaved rounds, {workers} workers");
    println!("/ NAME: median of the per-round ratios, wane-channel / NAME");
    println!("/ safe: the same to the best of the cancel-safe peers, which is named");
}

fn print_table(carrier: &dyn Carrier, payload: Payload, options: &Options, goals: &mut Goals) {
    let before = cache_line_bounce();
    println!("\n{}, {} messages", carrier.name(), payload.name());
    row::print_header(&options.channels);
    for traffic in options.traffic(payload) {
        let row = measure(carrier, traffic, options);
        row.print(&options.channels);
        goals.note(carrier.name(), &row);
    }
    let after = cache_line_bounce();
    println!("bounce of a cache line: {before:.0} ns before, {after:.0} after");
}

/// Runs the rounds of one row, with the channels that it suits.
fn measure(carrier: &dyn Carrier, traffic: Traffic, options: &Options) -> Row {
    let suited = options.channels.iter().copied();
    let channels: Vec<Channel> = suited.filter(|&channel| traffic.suits(channel)).collect();
    let messages = messages(carrier.name(), traffic.capacity);
    let mut turns = Turns::of(channels.len());
    let mut round = || turns.round(|lane| carrier.carry(channels[lane], traffic, messages));
    (0..WARM_UP_ROUNDS).for_each(|_| drop(round()));
    let rounds: Vec<Round> = (0..options.rounds).map(|_| round()).collect();
    Row {
        traffic,
        channels,
        rounds,
    }
}
