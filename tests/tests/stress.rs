//! Wakes, aborts, joins, drops, panics and shutdown, all at once, and every object accounted for.
//!
//! Runs for seconds; `WANE_STRESS_SECONDS` makes it longer.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use wane::runtime::{Builder, Handle, RuntimeMetrics};

/// Threads that race.
const THREADS: usize = 8;

/// Counts what is made and what is dropped.
#[derive(Default)]
struct Ledger {
    made: AtomicUsize,
    dropped: AtomicUsize,
}

struct Token(Arc<Ledger>);

impl Token {
    fn new(ledger: &Arc<Ledger>) -> Self {
        ledger.made.fetch_add(1, Ordering::Relaxed);
        Self(ledger.clone())
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.0.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

/// A small generator, so that a run can be repeated as far as threads allow.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) % sides
    }
}

/// Stays for some polls, leaves its waker to everybody, then returns a token or panics.
struct Racer<const BYTES: usize> {
    token: Option<Token>,
    polls: u64,
    panics: bool,
    wakers: Arc<Mutex<Vec<Waker>>>,
    _state: [u8; BYTES],
}

impl<const BYTES: usize> Future for Racer<BYTES> {
    type Output = Token;

    fn poll(mut self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<Token> {
        if self.polls > 0 {
            self.polls -= 1;
            let mut wakers = self.wakers.lock().expect("no panic under this lock");
            let stale = (wakers.len() > 256).then(|| wakers.swap_remove(0));
            wakers.push(ctx.waker().clone());
            drop(wakers);
            drop(stale);
            if self.polls.is_multiple_of(2) {
                ctx.waker().wake_by_ref();
            }
            return Poll::Pending;
        }
        if self.panics {
            std::panic::resume_unwind(Box::new("planned"));
        }
        Poll::Ready(self.token.take().expect("polled once after the last"))
    }
}

fn race(handle: &Handle, ledger: &Arc<Ledger>, wakers: &Arc<Mutex<Vec<Waker>>>, seed: u64) {
    let mut dice = Dice(seed | 1);
    let mut handles = Vec::new();
    for _ in 0..400 {
        match dice.roll(8) {
            0..=2 => {
                let racer = Racer::<16> {
                    token: Some(Token::new(ledger)),
                    polls: dice.roll(4),
                    panics: dice.roll(8) == 0,
                    wakers: wakers.clone(),
                    _state: [0; 16],
                };
                handles.push(handle.spawn(racer));
            }
            3 => drop(handles.pop()),
            4 => handles
                .last()
                .into_iter()
                .for_each(wane::task::JoinHandle::abort),
            5 | 6 => {
                let mut wakers = wakers.lock().expect("no panic under this lock");
                let waker = wakers.pop();
                drop(wakers);
                waker.into_iter().for_each(Waker::wake);
            }
            _ => {
                let token = Token::new(ledger);
                handles.push(handle.spawn_blocking(move || token));
            }
        }
    }
    // Sleepers that nobody wakes any more are aborted, and every outcome is taken.
    handles.iter().for_each(wane::task::JoinHandle::abort);
    for handle in handles {
        drop(
            wane::runtime::Builder::new_current_thread()
                .build()
                .expect("a runtime")
                .block_on(handle),
        );
    }
}

fn round(seed: u64, dies_early: bool) {
    let ledger = Arc::new(Ledger::default());
    let wakers = Arc::new(Mutex::new(Vec::new()));
    let workers = 1 + (seed % 3) as usize;
    let runtime = Builder::new_multi_thread()
        .worker_threads(workers)
        .build()
        .expect("a runtime");
    let threads = (0..THREADS).map(|thread| {
        let (handle, ledger, wakers) = (runtime.handle().clone(), ledger.clone(), wakers.clone());
        let seed = seed.wrapping_mul(31).wrapping_add(thread as u64 + 1);
        std::thread::spawn(move || race(&handle, &ledger, &wakers, seed))
    });
    let threads = threads.collect::<Vec<_>>();
    if dies_early {
        drop(runtime);
        threads
            .into_iter()
            .for_each(|thread| thread.join().expect("no panic"));
    } else {
        threads
            .into_iter()
            .for_each(|thread| thread.join().expect("no panic"));
        drop(runtime);
    }
    wakers
        .lock()
        .expect("no panic under this lock")
        .drain(..)
        .for_each(Waker::wake);
    let (made, dropped) = (
        ledger.made.load(Ordering::SeqCst),
        ledger.dropped.load(Ordering::SeqCst),
    );
    assert_eq!(made, dropped, "seed {seed}, dies early: {dies_early}");
    assert_eq!(RuntimeMetrics::process_slots_in_use(), 0, "seed {seed}");
}

#[test]
fn every_object_is_accounted_for_whatever_races() {
    let seconds = std::env::var("WANE_STRESS_SECONDS")
        .ok()
        .and_then(|text| text.parse().ok());
    let end = Instant::now() + Duration::from_secs(seconds.unwrap_or(3));
    let mut seed = 1;
    while Instant::now() < end {
        round(seed, seed % 2 == 0);
        seed += 1;
    }
    println!("{} rounds", seed - 1);
    assert!(seed > 2, "at least one round of each kind");
}
