//! One table of all workloads on all rivals, with the ratio of wane to the better peer.
//!
//! `ratios [--rounds N] [--only WORKLOAD]`

use std::env;
use std::error::Error;
use std::process::ExitCode;

use wane_benches::contest::{Contest, Round, best_of, lane_of, ratios_of};
use wane_benches::machine::cache_line_bounce;
use wane_benches::statistics::percentile;
use wane_benches::workloads::Workload;

const USAGE: &str = "usage: ratios [--rounds N] [--only WORKLOAD]";

/// The rival whose ratio to the better of the others is printed.
const SUBJECT: &str = "wane";

/// Rounds that nobody sees: they fill pools and caches.
const WARM_UP_ROUNDS: usize = 2;

struct Options {
    rounds: usize,
    workloads: Vec<Workload>,
}

fn main() -> ExitCode {
    let options = match parse(env::args().skip(1)) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("{error}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let mut contest = Contest::new();
    let names = contest.names();
    print_header(&names, options.rounds);
    for &workload in &options.workloads {
        let before = cache_line_bounce();
        let rounds = measure(&mut contest, workload, options.rounds);
        let after = cache_line_bounce();
        print_row(workload, &names, &rounds, before, after);
    }
    ExitCode::SUCCESS
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Options, Box<dyn Error>> {
    let mut options = Options {
        rounds: 21,
        workloads: Workload::ALL.into(),
    };
    while let Some(flag) = arguments.next() {
        let value = arguments
            .next()
            .ok_or_else(|| format!("`{flag}` needs a value"))?;
        match flag.as_str() {
            "--rounds" => options.rounds = parse_rounds(&value)?,
            "--only" => options.workloads = vec![value.parse()?],
            _ => return Err(format!("no option is called `{flag}`").into()),
        }
    }
    Ok(options)
}

fn parse_rounds(value: &str) -> Result<usize, String> {
    match value.parse() {
        Ok(rounds) if rounds > 0 => Ok(rounds),
        _ => Err(format!("`--rounds` takes a positive number, not `{value}`")),
    }
}

fn measure(contest: &mut Contest, workload: Workload, rounds: usize) -> Vec<Round> {
    let operations = workload.operations();
    for _ in 0..WARM_UP_ROUNDS {
        let _ = contest.round(workload, operations);
    }
    (0..rounds)
        .map(|_| contest.round(workload, operations))
        .collect()
}

fn print_header(names: &[&str], rounds: usize) {
    println!("ns per operation: median (min) of {rounds} interleaved rounds");
    let subject = names[subject_of(names)];
    println!("ratio: median [quartiles] of the per-round ratios, {subject} / its better peer");
    println!("bounce: ns per hop of a cache line between two threads, before and after\n");
    print!("{:<14}", "workload");
    for name in names {
        print!(" {name:>20}");
    }
    println!(" {:>36} {:>13}", "ratio", "bounce");
}

fn print_row(workload: Workload, names: &[&str], rounds: &[Round], before: f64, after: f64) {
    print!("{:<14}", workload.name());
    for lane in 0..names.len() {
        let mut times = lane_of(rounds, lane);
        let (median, min) = (percentile(&mut times, 50), percentile(&mut times, 0));
        print!(" {:>20}", format!("{median:.1} ({min:.1})"));
    }
    println!(
        " {:>36} {:>13}",
        ratio(names, rounds),
        format!("{before:.0} .. {after:.0}")
    );
}

/// The rival that is held against the others: wane, or the last where wane does not take part.
fn subject_of(names: &[&str]) -> usize {
    names
        .iter()
        .position(|&name| name == SUBJECT)
        .unwrap_or(names.len() - 1)
}

/// The subject against the peer with the lower median.
fn ratio(names: &[&str], rounds: &[Round]) -> String {
    let subject = subject_of(names);
    let peers = (0..names.len()).filter(|&lane| lane != subject);
    let Some(peer) = best_of(rounds, peers) else {
        return "no peer".into();
    };
    let mut ratios = ratios_of(rounds, subject, peer);
    let [low, middle, high] = [25, 50, 75].map(|percent| percentile(&mut ratios, percent));
    format!("{middle:.2} [{low:.2}..{high:.2}] / {}", names[peer])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_words(words: &[&str]) -> Result<Options, String> {
        parse(words.iter().map(ToString::to_string)).map_err(|error| error.to_string())
    }

    #[test]
    fn the_ratio_is_the_median_of_ratios_to_the_peer_with_the_lower_median() {
        let rounds = [
            vec![10.0, 20.0, 5.0],
            vec![10.0, 30.0, 10.0],
            vec![20.0, 10.0, 40.0],
        ];
        assert_eq!(ratio(&["a", "b", "wane"], &rounds), "1.00 [0.50..2.00] / a");
    }

    #[test]
    fn options_narrow_the_table() {
        let options = parse_words(&["--only", "chained", "--rounds", "3"]).expect("both are known");
        assert_eq!(
            (options.rounds, options.workloads),
            (3, vec![Workload::Chained])
        );
    }

    #[test]
    fn a_bad_option_is_named() {
        for (words, named) in [
            (["--rounds", "0"], "`0`"),
            (["--only", "nothing"], "`nothing`"),
            (["--often", "3"], "`--often`"),
        ] {
            let error = parse_words(&words).err().expect("the option is bad");
            assert!(error.contains(named), "{error}");
        }
        assert!(parse_words(&["--only"]).is_err());
    }
}
