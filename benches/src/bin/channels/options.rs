//! What the command line asks for.

use std::error::Error;
use std::str::FromStr;

use wane_benches::channels::Channel;
use wane_benches::rivals::WORKERS;
use wane_benches::traffic::carriers::{self, ENTRIES, Entry};
use wane_benches::traffic::{Payload, Shape, Traffic};

pub(crate) const USAGE: &str = "usage: channels [--rounds N] [--workers N] [--runtime NAME]
    [--message u64|256] [--shape SENDERS:RECEIVERS] [--capacity N] [--channel NAME[,NAME]]";

/// Which cells, and how often.
pub(crate) struct Options {
    pub(crate) rounds: usize,
    pub(crate) workers: usize,
    pub(crate) carriers: Vec<Entry>,
    pub(crate) payloads: Vec<Payload>,
    pub(crate) channels: Vec<Channel>,
    shapes: Vec<Shape>,
    capacities: Vec<usize>,
}

impl Options {
    /// The rows of a table.
    pub(crate) fn traffic(&self, payload: Payload) -> impl Iterator<Item = Traffic> {
        let capacities = &self.capacities;
        self.shapes.iter().flat_map(move |&shape| {
            capacities.iter().map(move |&capacity| Traffic {
                shape,
                capacity,
                payload,
            })
        })
    }

    /// Asks for everything where a list is empty.
    fn with_defaults(mut self) -> Self {
        all_if_empty(&mut self.carriers, &ENTRIES);
        all_if_empty(&mut self.payloads, &Payload::ALL);
        all_if_empty(&mut self.channels, &Channel::ALL);
        all_if_empty(&mut self.shapes, &Shape::ALL);
        all_if_empty(&mut self.capacities, &Traffic::CAPACITIES);
        self
    }
}

pub(crate) fn parse(
    mut arguments: impl Iterator<Item = String>,
) -> Result<Options, Box<dyn Error>> {
    let mut options = Options {
        rounds: 9,
        workers: WORKERS,
        carriers: Vec::new(),
        payloads: Vec::new(),
        channels: Vec::new(),
        shapes: Vec::new(),
        capacities: Vec::new(),
    };
    while let Some(flag) = arguments.next() {
        let value = arguments
            .next()
            .ok_or_else(|| format!("`{flag}` needs a value"))?;
        match flag.as_str() {
            "--rounds" => options.rounds = positive(&flag, &value)?,
            "--workers" => options.workers = positive(&flag, &value)?,
            "--runtime" => options.carriers.push(carriers::find(&value)?),
            "--message" => options.payloads.push(value.parse()?),
            "--shape" => options.shapes.push(value.parse()?),
            "--capacity" => options.capacities.push(positive(&flag, &value)?),
            "--channel" => options.channels.append(&mut list(&value)?),
            _ => return Err(format!("no option is called `{flag}`").into()),
        }
    }
    Ok(options.with_defaults())
}

fn all_if_empty<T: Clone>(list: &mut Vec<T>, all: &[T]) {
    if list.is_empty() {
        list.extend_from_slice(all);
    }
}

fn positive(flag: &str, value: &str) -> Result<usize, String> {
    match value.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(format!("`{flag}` takes a positive number, not `{value}`")),
    }
}

fn list<T: FromStr>(value: &str) -> Result<Vec<T>, T::Err> {
    value.split(',').map(str::parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_words(words: &str) -> Result<Options, String> {
        let words = words.split_whitespace().map(str::to_owned);
        parse(words).map_err(|error| error.to_string())
    }

    #[test]
    fn without_options_every_cell_is_asked_for() {
        let options = parse_words("").expect("nothing is no error");
        assert_eq!(options.carriers.len(), ENTRIES.len());
        assert_eq!(options.payloads, Payload::ALL);
        assert_eq!(options.channels, Channel::ALL);
        assert_eq!(options.traffic(Payload::Word).count(), 16);
    }

    #[test]
    fn options_narrow_the_tables() {
        let options = parse_words(
            "--rounds 3 --workers 1 --runtime threads --message 256 --shape 2:3 --capacity 7 \
             --channel kanal,wane-channel --channel tokio",
        );
        let options = options.expect("all are known");
        assert_eq!((options.rounds, options.workers), (3, 1));
        assert_eq!(options.carriers[0].name, "threads");
        assert_eq!(
            options.channels,
            [Channel::Kanal, Channel::Wane, Channel::Tokio]
        );
        let rows: Vec<Traffic> = options.traffic(options.payloads[0]).collect();
        let [row] = rows.as_slice() else {
            panic!("one shape and one capacity are one row, not {rows:?}");
        };
        let Traffic {
            shape,
            capacity,
            payload,
        } = row;
        assert_eq!((shape.senders, shape.receivers), (2, 3));
        assert_eq!((*capacity, *payload), (7, Payload::Block));
    }

    #[test]
    fn a_bad_option_is_named() {
        for (words, named) in [
            ("--rounds 0", "`0`"),
            ("--capacity none", "`none`"),
            ("--runtime smol", "`smol`"),
            ("--message u8", "`u8`"),
            ("--shape 1x1", "`1x1`"),
            ("--channel kanal,", "``"),
            ("--often 3", "`--often`"),
            ("--rounds", "`--rounds`"),
        ] {
            let error = parse_words(words).err().expect("the option is bad");
            assert!(error.contains(named), "{error}");
        }
    }
}
