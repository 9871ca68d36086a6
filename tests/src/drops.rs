//! Counting drops: every token is dropped exactly once, or the ledger says which was not.

use std::collections::HashSet;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

/// Sets of live tokens; several, so that threads that race are not put in line by the test.
const SHARDS: usize = 16;

/// Knows each token that has been made and not dropped.
#[derive(Default)]
pub struct Ledger {
    made: AtomicU64,
    twice: AtomicU64,
    live: [Mutex<HashSet<u64>>; SHARDS],
}

impl Ledger {
    /// A ledger without tokens.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Makes a token.
    #[must_use]
    pub fn token(self: &Arc<Self>) -> Token {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        self.shard(number).insert(number);
        Token {
            number,
            ledger: self.clone(),
        }
    }

    /// How many tokens have been made.
    pub fn made(&self) -> u64 {
        self.made.load(Ordering::Relaxed)
    }

    /// How many tokens have not been dropped.
    pub fn live(&self) -> usize {
        (0..SHARDS as u64)
            .map(|number| self.shard(number).len())
            .sum()
    }

    /// Whether each token was dropped, and none twice.
    pub fn is_settled(&self) -> bool {
        self.live() == 0 && self.twice.load(Ordering::Relaxed) == 0
    }

    fn shard(&self, number: u64) -> MutexGuard<'_, HashSet<u64>> {
        let shard = &self.live[number as usize % SHARDS];
        shard.lock().expect("nothing panics under this lock")
    }
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger")
            .field("made", &self.made())
            .field("live", &self.live())
            .field("dropped_twice", &self.twice.load(Ordering::Relaxed))
            .finish()
    }
}

/// Strikes itself off its ledger when it is dropped.
#[derive(Debug)]
pub struct Token {
    number: u64,
    ledger: Arc<Ledger>,
}

impl Drop for Token {
    fn drop(&mut self) {
        if !self.ledger.shard(self.number).remove(&self.number) {
            self.ledger.twice.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ledger_is_settled_when_every_token_is_gone() {
        let ledger = Ledger::new();
        let kept = ledger.token();
        drop(ledger.token());
        assert_eq!((ledger.made(), ledger.live()), (2, 1));
        assert!(!ledger.is_settled());
        drop(kept);
        assert!(ledger.is_settled());
    }
}
