//! Factorials on all cores, which can be given up at any time.
//!
//! A number is cut into ranges, one for each core; their products are computed beside each other and
//! multiplied in order. Nothing is shared: each part owns its range and gives its product to whoever
//! awaits it. Whoever no longer wants the factorial drops its future, and the parts stop.

use std::ops::RangeInclusive;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use num_bigint::BigUint;
use wane::task::{BlockingContext, Cancelled};
use wane::time::timeout;

/// Numbers and the bits of their factorials.
const KNOWN: [(u64, u64); 3] = [(10_000, 118_459), (50_000, 708_357), (100_000, 1_516_705)];

#[wane::main]
async fn main() {
    let parts = available_parallelism().map_or(1, usize::from) as u64;
    for (n, bits) in KNOWN {
        let (alone, one_by_one) = timed(one_by_one(n, parts)).await;
        let (product, together) = timed(factorial(n, parts)).await;
        assert_eq!((product.bits(), &product), (bits, &alone));
        let speedup = one_by_one.as_secs_f64() / together.as_secs_f64();
        println!(
            "{n}! has {bits} bits: {together:.1?}, {speedup:.2} times as fast by {parts} parts"
        );
    }
    let limit = Duration::from_secs(1);
    // The outer scope returns when the parts of what was dropped inside of it are gone, too.
    let given_up =
        wane::scope(async |_| timeout(limit, factorial(1_000_000, parts)).await.is_err());
    let (given_up, took) = timed(given_up).await;
    assert!(given_up, "1,000,000! in a second");
    println!(
        "1000000! was given up after {limit:?}; its parts were gone {:.1?} later",
        took - limit
    );
}

/// The factorial, its parts beside each other.
async fn factorial(n: u64, parts: u64) -> BigUint {
    wane::scope(async |s| {
        let products = ranges(n, parts)
            .map(|range| s.spawn_blocking_with(move |ctx| product(range, &ctx)))
            .collect::<Vec<_>>();
        let mut whole = BigUint::from(1_u8);
        for product in products {
            let product = product.await.expect("multiplying does not panic");
            whole *= product.expect("the scope is there and wants it");
        }
        whole
    })
    .await
}

/// The same steps, one part after the other.
async fn one_by_one(n: u64, parts: u64) -> BigUint {
    wane::scope(async |s| {
        let mut whole = BigUint::from(1_u8);
        for range in ranges(n, parts) {
            let product = s.spawn_blocking_with(move |ctx| product(range, &ctx)).await;
            whole *= product
                .expect("multiplying does not panic")
                .expect("it is wanted");
        }
        whole
    })
    .await
}

/// The numbers from 1 to `n` in ranges of one length, the first of which has the rest.
fn ranges(n: u64, parts: u64) -> impl Iterator<Item = RangeInclusive<u64>> {
    let parts = if n < 20 { 1 } else { parts };
    let (length, rest) = (n / parts, n % parts);
    (0..parts).map(move |part| {
        let begin = if part == 0 {
            1
        } else {
            part * length + rest + 1
        };
        begin..=(part + 1) * length + rest
    })
}

/// The product of a range, unless it is no longer wanted.
fn product(range: RangeInclusive<u64>, ctx: &BlockingContext) -> Result<BigUint, Cancelled> {
    let mut product = BigUint::from(1_u8);
    for n in range {
        ctx.check()?;
        product *= n;
    }
    Ok(product)
}

async fn timed<T>(future: impl Future<Output = T>) -> (T, Duration) {
    let began = Instant::now();
    let output = future.await;
    (output, began.elapsed())
}
