//! Progress on standard error: a bar on a terminal, a line per second elsewhere.

use std::io::{IsTerminal, stderr};
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use wane::task::JoinHandle;
use wane::time::{Instant, interval};

use crate::args::Goal;
use crate::meter::Meter;

/// Fits 80 columns with millions of objects.
const BAR: &str = "[{bar:24}] {percent:>3} % {msg}";
/// The bar's length: it shows per mille of the goal, since the goal may be a time.
const BAR_LENGTH: u64 = 1_000;
const BAR_PERIOD: Duration = Duration::from_millis(100);
const LINE_PERIOD: Duration = Duration::from_secs(1);

/// Shows how far a run has come.
#[derive(Debug)]
pub(crate) struct Progress {
    goal: Goal,
    meter: Arc<Meter>,
    began: Instant,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Starts a task that shows `meter` on its way to `goal`. It goes on until it is aborted.
    pub(crate) fn start(goal: Goal, meter: Arc<Meter>) -> JoinHandle<()> {
        let bar = stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template(BAR).expect("the template is valid");
            ProgressBar::new(BAR_LENGTH).with_style(style.progress_chars("=> "))
        });
        wane::spawn(
            Self {
                goal,
                meter,
                began: Instant::now(),
                bar,
            }
            .show(),
        )
    }

    async fn show(self) {
        let mut tick = interval(if self.bar.is_some() {
            BAR_PERIOD
        } else {
            LINE_PERIOD
        });
        // The first tick is due at once, when there is nothing to show.
        tick.tick().await;
        loop {
            tick.tick().await;
            match &self.bar {
                Some(bar) => self.draw(bar),
                None => eprintln!("{}", self.line()),
            }
        }
    }

    fn draw(&self, bar: &ProgressBar) {
        let (phase, reached) = self.phase();
        let (stored, verified) = (self.meter.stored(), self.meter.verified());
        bar.set_position((reached * BAR_LENGTH as f64) as u64);
        bar.set_message(format!("{phase}: {stored} stored, {verified} verified"));
    }

    fn line(&self) -> String {
        let (phase, reached) = self.phase();
        let (stored, verified) = (self.meter.stored(), self.meter.verified());
        format!(
            "{phase} {:.0} %: {stored} stored, {verified} verified",
            reached * 100.0
        )
    }

    /// What the run is at, and how much of that is done.
    fn phase(&self) -> (&'static str, f64) {
        match self.meter.verified() {
            0 => {
                let reached = self.goal.reached(self.meter.stored(), self.began.elapsed());
                ("storing", reached.min(1.0))
            }
            verified => ("reading", verified as f64 / self.meter.offered() as f64),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
