//! What a call costs that keeps no frame: a plain loop, tail calls, and recursion on the heap.
//!
//! `calls [--hops N] [--rounds N] [--depth N]`
//!
//! A hop carries 256 bytes of arguments and yields once. The ways take turns in every round, and are
//! divided by the loop of the same round. A wake-up of a deep recursion is held against one of a
//! shallow one.

use std::env;
use std::error::Error;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use wane::future::{Recursive, Tail, TailCall, recursive, tail, tail_loop};
use wane::runtime::{Builder, Runtime};
use wane::task::yield_now;
use wane_benches::statistics::percentile;

const USAGE: &str = "usage: calls [--hops N] [--rounds N] [--depth N]";

/// Wake-ups at the bottom of a recursion.
const WAKES: u32 = 100;

#[derive(Clone, Copy)]
struct Options {
    hops: u64,
    rounds: usize,
    depth: u64,
}

fn main() -> ExitCode {
    let options = match parse(env::args().skip(1)) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("{error}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .expect("the system gives a thread and descriptors");
    print_hops(&runtime, options);
    print_recursion(&runtime, options);
    ExitCode::SUCCESS
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Options, Box<dyn Error>> {
    let mut options = Options {
        hops: 1_000_000,
        rounds: 11,
        depth: 1_000_000,
    };
    while let Some(flag) = arguments.next() {
        let value = arguments
            .next()
            .ok_or_else(|| format!("`{flag}` needs a value"))?;
        match flag.as_str() {
            "--hops" => options.hops = value.parse()?,
            "--rounds" => options.rounds = value.parse::<std::num::NonZero<usize>>()?.get(),
            "--depth" => options.depth = value.parse()?,
            _ => return Err(format!("no option is called `{flag}`").into()),
        }
    }
    Ok(options)
}

/// What a hop carries: 256 bytes.
#[derive(Clone, Copy)]
struct Arguments {
    left: u64,
    sums: [u64; 31],
}

impl Arguments {
    fn new(hops: u64) -> Self {
        Self {
            left: hops,
            sums: [0; 31],
        }
    }

    fn next(mut self) -> Self {
        self.sums[self.left as usize % 31] += self.left;
        self.left -= 1;
        self
    }

    fn sum(self) -> u64 {
        self.sums.iter().sum()
    }
}

async fn plain_loop(hops: u64) -> u64 {
    let mut arguments = Arguments::new(hops);
    while arguments.left > 0 {
        yield_now().await;
        arguments = arguments.next();
    }
    arguments.sum()
}

async fn step(arguments: Arguments) -> Tail<Arguments, u64> {
    if arguments.left == 0 {
        return Tail::Return(arguments.sum());
    }
    yield_now().await;
    Tail::Call(arguments.next())
}

fn even(arguments: Arguments) -> TailCall<'static, u64> {
    tail(async move {
        if arguments.left == 0 {
            return Tail::Return(arguments.sum());
        }
        yield_now().await;
        Tail::Call(odd(arguments.next()))
    })
}

fn odd(arguments: Arguments) -> TailCall<'static, u64> {
    tail(async move {
        if arguments.left == 0 {
            return Tail::Return(arguments.sum());
        }
        yield_now().await;
        Tail::Call(even(arguments.next()))
    })
}

fn print_hops(runtime: &Runtime, Options { hops, rounds, .. }: Options) {
    let mut times = [const { Vec::new() }; 3];
    let mut ratios = [const { Vec::new() }; 3];
    for _ in 0..rounds {
        let round = [
            time_hops(runtime, hops, plain_loop(hops)),
            time_hops(runtime, hops, tail_loop(Arguments::new(hops), step)),
            time_hops(runtime, hops, even(Arguments::new(hops))),
        ];
        for (way, &time) in round.iter().enumerate() {
            times[way].push(time);
            ratios[way].push(time / round[0]);
        }
    }
    println!("{hops} hops, median of {rounds} rounds");
    for (way, name) in ["loop", "tail_loop", "tail, mutual"]
        .into_iter()
        .enumerate()
    {
        let time = percentile(&mut times[way], 50);
        let ratio = percentile(&mut ratios[way], 50);
        println!("{name:<14} {time:>8.1} ns a hop {ratio:>6.2} times the loop");
    }
}

fn time_hops<F>(runtime: &Runtime, hops: u64, run: F) -> f64
where
    F: Future<Output = u64> + Send + 'static,
{
    let start = Instant::now();
    let sum = runtime.block_on(runtime.spawn(run)).expect("no panic");
    let elapsed = start.elapsed();
    assert_eq!(sum, hops * (hops + 1) / 2, "each hop was made once");
    elapsed.as_nanos() as f64 / hops as f64
}

/// How deep it is, and how long the wake-ups took at the bottom.
fn descend(left: u64) -> Recursive<(u64, Duration)> {
    recursive(async move {
        if left > 0 {
            let (depth, took) = descend(left - 1).await;
            return (depth + 1, took);
        }
        yield_now().await;
        let start = Instant::now();
        for _ in 0..WAKES {
            yield_now().await;
        }
        (0, start.elapsed())
    })
}

fn print_recursion(runtime: &Runtime, Options { depth, .. }: Options) {
    for depth in [1, depth] {
        let start = Instant::now();
        let (reached, waking) = runtime
            .block_on(runtime.spawn(descend(depth)))
            .expect("no panic");
        let level = (start.elapsed() - waking).as_nanos() as f64 / depth as f64;
        assert_eq!(reached, depth, "each level returned");
        let wake = waking.as_nanos() as f64 / f64::from(WAKES);
        println!("recursion, {depth} deep: {level:.0} ns a level, {wake:.0} ns a wake-up");
    }
}
