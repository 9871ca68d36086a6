//! A contest: every rival runs the same workload once per round, so that all see the same machine.
//!
//! Which rival begins moves on with each round: what one leaves behind in caches and in the
//! allocator meets each of the others.

use crate::rivals::{Contender, start_all};
use crate::workloads::Workload;

/// Nanoseconds per operation in one round, one per rival in the order of the list.
pub type Round = Vec<f64>;

/// Started rivals and the workload they are held against.
#[derive(Debug)]
pub struct Contest {
    contenders: Vec<Box<dyn Contender>>,
    rounds_run: usize,
}

impl Default for Contest {
    fn default() -> Self {
        Self::new()
    }
}

impl Contest {
    /// Starts every rival.
    #[must_use]
    pub fn new() -> Self {
        Self {
            contenders: start_all(),
            rounds_run: 0,
        }
    }

    /// The rivals' names, in the order of each [`Round`].
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        self.contenders
            .iter()
            .map(|contender| contender.name())
            .collect()
    }

    /// Runs the workload once on every rival.
    ///
    /// # Panics
    ///
    /// When a rival gives a wrong answer.
    pub fn round(&mut self, workload: Workload, operations: u64) -> Round {
        let rivals = self.contenders.len();
        let mut round = vec![0.0; rivals];
        for turn in 0..rivals {
            let lane = (self.rounds_run + turn) % rivals;
            round[lane] = self.contenders[lane].run(workload, operations);
        }
        self.rounds_run += 1;
        round
    }
}
