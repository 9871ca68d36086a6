//! The table at the end, and the verdict.

use std::fmt::{self, Display, Formatter};
use std::sync::Arc;
use std::time::Duration;

use crate::handles::Holdings;
use crate::meter::{Mark, Meter, resident_peak_kib};

/// How far the heap may be from where it was at the first mark. Up is a leak; down means that the
/// process was not at rest at the first mark, and then the comparison says nothing.
const DRIFT_BYTES_MAX: u64 = 64 * 1024;

/// What a run found.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) meter: Arc<Meter>,
    /// Injected answers with status 500.
    pub(crate) refused: u64,
    /// Injected closings of a connection.
    pub(crate) hung_up: u64,
    /// Temporary files that the store's writes left behind.
    pub(crate) half_written: usize,
    /// How long the storing took, without the read-back.
    pub(crate) storing: Duration,
    /// The process at 20 % of the goal; `None` if the run was stopped before.
    pub(crate) early: Option<Mark>,
    /// The process after the last object.
    pub(crate) late: Mark,
    pub(crate) holdings: Holdings,
}

/// Takes one number from a mark, where there is one.
type Reading = fn(&Mark) -> Option<u64>;

impl Report {
    /// What is wrong with the run, one sentence each; empty if all is well.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let mut complaints = Vec::new();
        if self.lost() > 0 {
            complaints.push(format!("{} objects are lost", grouped(self.lost())));
        }
        if self.half_written > 0 {
            complaints.push(format!("{} half-written files are left", self.half_written));
        }
        if let Some(drift) = self
            .drift()
            .filter(|drift| drift.unsigned_abs() > DRIFT_BYTES_MAX)
        {
            complaints.push(format!(
                "the heap drifted by {} B between the marks; {} are allowed",
                signed(drift),
                grouped(DRIFT_BYTES_MAX)
            ));
        }
        complaints.extend(
            self.meter
                .first_failure()
                .map(|first| format!("first failure: {first}")),
        );
        complaints
    }

    fn lost(&self) -> u64 {
        self.meter.offered() - self.meter.verified()
    }

    fn drift(&self) -> Option<i64> {
        self.early
            .map(|early| self.late.heap_bytes - early.heap_bytes)
    }

    fn objects(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let meter = &self.meter;
        row(f, "objects offered", grouped(meter.offered()))?;
        row(f, "  stored", grouped(meter.stored()))?;
        row(f, "  read back and equal", grouped(meter.verified()))?;
        row(f, "  lost", grouped(self.lost()))?;
        row(f, "  half-written files", self.half_written)?;
        row(f, "requests retried", grouped(meter.retried()))?;
        row(f, "  injected status 500", grouped(self.refused))?;
        row(f, "  injected closes", grouped(self.hung_up))
    }

    fn speed(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let seconds = self.storing.as_secs_f64().max(f64::MIN_POSITIVE);
        let objects = self.meter.stored() as f64 / seconds;
        let mib = self.meter.stored_bytes() as f64 / (1024.0 * 1024.0);
        row(
            f,
            "stored per second",
            format!("{objects:.0} objects, {:.1} MiB", mib / seconds),
        )?;
        row(
            f,
            "stored in all",
            format!("{mib:.1} MiB in {seconds:.1} s"),
        )?;
        row(
            f,
            "PUT latency p50",
            shown(self.meter.latency(0.50).map(millis)),
        )?;
        row(
            f,
            "PUT latency p99",
            shown(self.meter.latency(0.99).map(millis)),
        )
    }

    fn marks(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let marks: [(&str, Reading); 4] = [
            ("after objects", |mark| Some(mark.objects)),
            ("live tasks", |mark| Some(mark.tasks as u64)),
            ("task slots in use", |mark| Some(mark.slots as u64)),
            ("threads", |mark| mark.threads),
        ];
        columns(f, "at rest", "at 20 %", "at the end")?;
        for (name, value) in marks {
            let (early, late) = (self.early.as_ref().and_then(value), value(&self.late));
            columns(f, name, shown(early.map(grouped)), shown(late.map(grouped)))?;
        }
        let early = self.early.map(|mark| signed(mark.heap_bytes));
        columns(
            f,
            "live heap bytes",
            shown(early),
            signed(self.late.heap_bytes),
        )?;
        row(
            f,
            "heap drift",
            shown(self.drift().map(|drift| format!("{} B", signed(drift)))),
        )
    }

    fn held(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Holdings {
            held,
            ring_bytes,
            kept_bytes,
        } = self.holdings;
        row(f, "abort handles held", grouped(held as u64))?;
        row(
            f,
            "  the ring they lie in",
            format!("{} B", grouped(ring_bytes as u64)),
        )?;
        row(
            f,
            "  kept by their finished tasks",
            format!("{} B", signed(kept_bytes)),
        )?;
        let peak = resident_peak_kib().map(|kib| format!("{:.1} MiB", kib as f64 / 1024.0));
        row(f, "peak resident memory", shown(peak))
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let sections = [Self::objects, Self::speed, Self::marks, Self::held];
        for section in sections {
            writeln!(f)?;
            section(self, f)?;
        }
        Ok(())
    }
}

fn row(f: &mut Formatter<'_>, name: &str, value: impl Display) -> fmt::Result {
    columns(f, name, "", value)
}

fn columns(
    f: &mut Formatter<'_>,
    name: &str,
    early: impl Display,
    late: impl Display,
) -> fmt::Result {
    // Through strings, since not every `Display` pads itself.
    let (early, late) = (early.to_string(), late.to_string());
    writeln!(f, "{name:<30} {early:>14} {late:>24}")
}

fn shown(value: Option<impl Display>) -> String {
    value.map_or("n/a".to_owned(), |value| value.to_string())
}

fn millis(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1_000.0)
}

fn signed(number: i64) -> String {
    let sign = if number < 0 { "-" } else { "" };
    format!("{sign}{}", grouped(number.unsigned_abs()))
}

/// `1234567` as `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
