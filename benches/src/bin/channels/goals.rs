//! The goals of wane-channel, and in how many cells it meets them. A report, no more.

use std::collections::BTreeMap;

use wane_benches::channels::Channel;

use crate::row::Row;

/// From this capacity on, a channel is roomy.
const ROOMY: usize = 100;

/// What a roomy channel may cost, in parts of kanal's cost.
const KANAL_ROOMY_MAX: f64 = 1.15;

/// What any other channel may cost, in parts of kanal's cost.
const KANAL_TIGHT_MAX: f64 = 1.50;

/// A goal: the lowest is listed first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Goal {
    FirstAmongSafe,
    NearKanalRoomy,
    NearKanalTight,
}

impl Goal {
    fn text(self) -> String {
        match self {
            Self::FirstAmongSafe => "first among the cancel-safe".into(),
            Self::NearKanalRoomy => {
                format!("at most {KANAL_ROOMY_MAX} of kanal, room for {ROOMY} and more")
            }
            Self::NearKanalTight => format!("at most {KANAL_TIGHT_MAX} of kanal, less room"),
        }
    }
}

/// Cells in which a goal was met, and all.
#[derive(Debug, Default, PartialEq, Eq)]
struct Score {
    met: usize,
    cells: usize,
}

/// The scores so far, by goal and carrier.
#[derive(Debug, Default)]
pub(crate) struct Goals(BTreeMap<(Goal, &'static str), Score>);

impl Goals {
    /// Notes which goals a row meets; a ratio that it lacks counts for none.
    pub(crate) fn note(&mut self, carrier: &'static str, row: &Row) {
        self.score(Goal::FirstAmongSafe, carrier, row.ratio_to_best_safe(), 1.0);
        let (goal, most) = if row.traffic.capacity >= ROOMY {
            (Goal::NearKanalRoomy, KANAL_ROOMY_MAX)
        } else {
            (Goal::NearKanalTight, KANAL_TIGHT_MAX)
        };
        self.score(goal, carrier, row.ratio_to(Channel::Kanal), most);
    }

    pub(crate) fn print(&self) {
        println!("\ncells that meet a goal");
        for ((goal, carrier), Score { met, cells }) in &self.0 {
            println!("{:<46} {carrier:<14} {met:>3} of {cells:>3}", goal.text());
        }
    }

    fn score(&mut self, goal: Goal, carrier: &'static str, ratio: Option<f64>, most: f64) {
        if let Some(ratio) = ratio {
            let score = self.0.entry((goal, carrier)).or_default();
            score.met += usize::from(ratio <= most);
            score.cells += 1;
        }
    }
}
