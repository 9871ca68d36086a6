//! Ten million tail calls, with 256 bytes of arguments and a yield each.

use futures_lite::future::{block_on, yield_now};
use wane::future::{Tail, TailCall, assert_future_size, tail, tail_loop};

use crate::taken;

const HOPS: u64 = 10_000_000;

/// The most that a chain of calls may take, however long it is.
const PEAK_MAX: isize = 4096;

/// 256 bytes.
#[derive(Clone, Copy)]
struct Arguments {
    left: u64,
    sums: [u64; 31],
}

impl Arguments {
    fn new() -> Self {
        Self {
            left: HOPS,
            sums: [0; 31],
        }
    }

    fn next(mut self) -> Self {
        self.sums[(self.left % 31) as usize] += self.left;
        self.left -= 1;
        self
    }

    fn sum(self) -> u64 {
        self.sums.iter().sum()
    }
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
        assert_ne!(arguments.left, 0, "zero is even");
        yield_now().await;
        Tail::Call(even(arguments.next()))
    })
}

pub(crate) fn a_loop_of_tail_calls_runs_in_one_frame() {
    let calls = tail_loop(Arguments::new(), step);
    assert_future_size(&calls, 2048);
    // Boxed, so that the future itself is counted.
    let (sum, taken) = taken(|| block_on(Box::pin(calls)));
    println!("{HOPS} calls of one function: {taken:?}");
    assert_eq!(sum, HOPS * (HOPS + 1) / 2);
    assert!(taken.peak <= PEAK_MAX, "{taken:?}");
    // The box, and what `block_on` makes once for its thread.
    assert!(taken.allocations <= 1 + 2, "{taken:?}");
}

pub(crate) fn tail_calls_of_two_functions_take_a_block_each_and_keep_none() {
    let (sum, taken) = taken(|| block_on(even(Arguments::new())));
    println!("{HOPS} calls of two functions: {taken:?}");
    assert_eq!(sum, HOPS * (HOPS + 1) / 2);
    assert!(taken.peak <= PEAK_MAX, "{taken:?}");
    assert_eq!(taken.allocations as u64, HOPS + 1, "{taken:?}");
    assert_eq!(taken.left, 0);
}
