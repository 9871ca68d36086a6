//! A contest: every rival runs the same workload once per round, so that all see the same machine.
//!
//! Which rival begins moves on with each round: what one leaves behind in caches and in the
//! allocator meets each of the others. [`Turns`] is that order alone, for whatever takes turns.

use crate::rivals::{Contender, start_all};
use crate::statistics::percentile;
use crate::workloads::Workload;

/// Nanoseconds per operation in one round, one per rival in the order of the list.
pub type Round = Vec<f64>;

/// Whose turn it is.
#[derive(Debug)]
pub struct Turns {
    lanes: usize,
    rounds_run: usize,
}

impl Turns {
    /// Begins with the first of so many lanes.
    #[must_use]
    pub fn of(lanes: usize) -> Self {
        Self {
            lanes,
            rounds_run: 0,
        }
    }

    /// Runs each lane once, and says what `run` said of it.
    pub fn round(&mut self, mut run: impl FnMut(usize) -> f64) -> Round {
        let mut round = vec![0.0; self.lanes];
        for turn in 0..self.lanes {
            let lane = (self.rounds_run + turn) % self.lanes;
            round[lane] = run(lane);
        }
        self.rounds_run += 1;
        round
    }
}

/// Started rivals and whose turn it is.
#[derive(Debug)]
pub struct Contest {
    contenders: Vec<Box<dyn Contender>>,
    turns: Turns,
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
        let contenders = start_all();
        let turns = Turns::of(contenders.len());
        Self { contenders, turns }
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
        let contenders = &self.contenders;
        self.turns
            .round(|lane| contenders[lane].run(workload, operations))
    }

    /// Runs the workload once on one rival, whosever turn it is: nanoseconds per operation.
    ///
    /// # Panics
    ///
    /// When the rival gives a wrong answer.
    #[must_use]
    pub fn run(&self, lane: usize, workload: Workload, operations: u64) -> f64 {
        self.contenders[lane].run(workload, operations)
    }
}

/// The times of one lane, round by round.
#[must_use]
pub fn lane_of(rounds: &[Round], lane: usize) -> Vec<f64> {
    rounds.iter().map(|round| round[lane]).collect()
}

/// A lane's times in parts of a peer's, each of the same round.
#[must_use]
pub fn ratios_of(rounds: &[Round], subject: usize, peer: usize) -> Vec<f64> {
    rounds
        .iter()
        .map(|round| round[subject] / round[peer])
        .collect()
}

/// The lane with the lowest median, where there is any.
#[must_use]
pub fn best_of(rounds: &[Round], lanes: impl IntoIterator<Item = usize>) -> Option<usize> {
    let median = |lane: usize| percentile(&mut lane_of(rounds, lane), 50);
    lanes
        .into_iter()
        .min_by(|&left, &right| median(left).total_cmp(&median(right)))
}
