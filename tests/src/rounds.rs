//! The rounds of a stress test: each has a seed, and they go on for as long as the environment says.

use std::time::{Duration, Instant};

/// Runs `round` with one seed after the other, `least` times and then until the time is over.
///
/// It lasts `seconds` unless `WANE_STRESS_SECONDS` says otherwise, and begins with the seed
/// `WANE_STRESS_SEED` or 1.
///
/// # Panics
///
/// When one of the two is no number.
pub fn run(seconds: u64, least: u64, mut round: impl FnMut(u64)) {
    let seconds = number_from("WANE_STRESS_SECONDS").unwrap_or(seconds);
    let first = number_from("WANE_STRESS_SEED").unwrap_or(1);
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut seed = first;
    while seed < first + least || Instant::now() < end {
        round(seed);
        seed += 1;
    }
    println!("{} rounds from seed {first}", seed - first);
}

fn number_from(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{variable} is {text:?}: set it to a number")),
    )
}
