//! Text for people: columns as wide as what is in them.

use std::fmt;
use std::time::Duration;

use super::retained::RetainedResult;
use super::sites::SiteCensus;
use super::view::TaskView;

/// Rows of cells under a head.
pub(super) struct Table<const COLUMNS: usize> {
    head: [&'static str; COLUMNS],
    rows: Vec<[String; COLUMNS]>,
}

pub(super) fn of_tasks(tasks: &[TaskView]) -> Table<8> {
    Table {
        head: [
            "id",
            "name",
            "state",
            "age",
            "polls",
            "pending",
            "bytes",
            "spawned at",
        ],
        rows: tasks.iter().map(row_of_task).collect(),
    }
}

fn row_of_task(task: &TaskView) -> [String; 8] {
    [
        task.id().to_string(),
        or_dash(task.name().map(str::to_owned)),
        task.state().to_string(),
        or_dash(task.age().map(time)),
        or_dash(task.polls().map(|polls| polls.to_string())),
        or_dash(task.pending_for().map(time)),
        task.future_size().to_string(),
        task.spawned_at().to_string(),
    ]
}

pub(super) fn of_results(results: &[RetainedResult]) -> Table<5> {
    Table {
        head: ["id", "bytes", "age", "held by", "spawned at"],
        rows: results.iter().map(row_of_result).collect(),
    }
}

fn row_of_result(result: &RetainedResult) -> [String; 5] {
    [
        result.id().to_string(),
        result.result_size().to_string(),
        time(result.age()),
        result.holder().to_string(),
        result.spawned_at().to_string(),
    ]
}

pub(super) fn of_sites(sites: &[SiteCensus]) -> Table<8> {
    Table {
        head: [
            "live",
            "idle",
            "queued",
            "running",
            "bytes",
            "retained",
            "bytes",
            "spawned at",
        ],
        rows: sites.iter().map(row_of_site).collect(),
    }
}

fn row_of_site(site: &SiteCensus) -> [String; 8] {
    [
        site.live().to_string(),
        site.idle.to_string(),
        site.queued.to_string(),
        site.running.to_string(),
        site.future_bytes.to_string(),
        site.retained.to_string(),
        site.retained_bytes.to_string(),
        site.spawned_at().to_string(),
    ]
}

fn or_dash(cell: Option<String>) -> String {
    cell.unwrap_or_else(|| "-".to_owned())
}

fn time(time: Duration) -> String {
    format!("{time:.1?}")
}

/// The last column to the left, the others to the right.
impl<const COLUMNS: usize> fmt::Display for Table<COLUMNS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = self.head.map(str::to_owned);
        let lines: Vec<_> = std::iter::once(&head).chain(&self.rows).collect();
        let widths: [usize; COLUMNS] = std::array::from_fn(|column| {
            let cells = lines.iter().map(|line| line[column].chars().count());
            cells.max().unwrap_or(0)
        });
        for (number, line) in lines.iter().enumerate() {
            if number > 0 {
                writeln!(f)?;
            }
            write_line(f, line.as_slice(), &widths)?;
        }
        Ok(())
    }
}

fn write_line(f: &mut fmt::Formatter<'_>, line: &[String], widths: &[usize]) -> fmt::Result {
    let Some((last, cells)) = line.split_last() else {
        return Ok(());
    };
    for (cell, width) in cells.iter().zip(widths) {
        write!(f, "{cell:>width$}  ")?;
    }
    f.write_str(last)
}
