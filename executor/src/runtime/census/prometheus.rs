//! The census in Prometheus's text format, version 0.0.4.

use std::fmt::Write;

use super::sites::SiteCensus;

/// A gauge: its name, what it says, and its value at a site.
type Gauge = (&'static str, &'static str, fn(&SiteCensus) -> usize);

/// The gauges that have one value for a site.
const GAUGES: [Gauge; 6] = [
    (
        "wane_tasks_idle",
        "Tasks that sleep until they are woken.",
        |site| site.idle,
    ),
    (
        "wane_tasks_queued",
        "Tasks that wait for a worker.",
        |site| site.queued,
    ),
    (
        "wane_tasks_running",
        "Tasks that are being polled.",
        |site| site.running,
    ),
    (
        "wane_task_future_bytes",
        "Bytes of the futures of live tasks.",
        |site| site.future_bytes,
    ),
    (
        "wane_retained_results",
        "Results that are ready and not taken.",
        |site| site.retained,
    ),
    (
        "wane_retained_result_bytes",
        "Bytes of those results.",
        |site| site.retained_bytes,
    ),
];

pub(super) fn of(sites: &[SiteCensus]) -> String {
    let mut text = String::new();
    for gauge in GAUGES {
        // Writing to a string does not fail.
        let _ = write_gauge(&mut text, gauge, sites);
    }
    text
}

fn write_gauge(
    text: &mut String,
    (name, help, value): Gauge,
    sites: &[SiteCensus],
) -> std::fmt::Result {
    writeln!(text, "# HELP {name} {help}")?;
    writeln!(text, "# TYPE {name} gauge")?;
    for site in sites {
        let at = label(&site.spawned_at().to_string());
        let future = label(site.future_type());
        let value = value(site);
        writeln!(text, "{name}{{site=\"{at}\",future=\"{future}\"}} {value}")?;
    }
    Ok(())
}

/// The value of a label: quotes, backslashes and line ends are escaped.
fn label(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    text.replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_label_forbids_is_escaped() {
        assert_eq!(label("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
    }
}
