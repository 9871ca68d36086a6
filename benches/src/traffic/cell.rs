//! One cell of the tables but for the channel: traffic, and who carries it.

use std::fmt;
use std::str::FromStr;

use super::carriers::{self, Entry};
use super::{Shape, Traffic, UnknownPart};

/// What is carried and by whom, written `RUNTIME/MESSAGE/SHAPE/CAPACITY`.
#[derive(Debug, Clone, Copy)]
pub struct Cell {
    /// How to start the carrier.
    pub carrier: Entry,
    /// What it carries.
    pub traffic: Traffic,
}

impl fmt::Display for Cell {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Traffic {
            shape,
            capacity,
            payload,
        } = self.traffic;
        let carrier = self.carrier.name;
        write!(formatter, "{carrier}/{}/{shape}/{capacity}", payload.name())
    }
}

impl FromStr for Cell {
    type Err = UnknownPart;

    fn from_str(text: &str) -> Result<Self, UnknownPart> {
        let parts: Vec<&str> = text.split('/').collect();
        let [carrier, payload, shape, capacity] = parts.as_slice() else {
            let rule = "a cell is RUNTIME/MESSAGE/SHAPE/CAPACITY";
            return Err(UnknownPart::new(rule, text));
        };
        let shape: Shape = shape.parse()?;
        Ok(Self {
            carrier: carriers::find(carrier)?,
            traffic: Traffic {
                shape,
                capacity: parse_capacity(capacity)?,
                payload: payload.parse()?,
            },
        })
    }
}

fn parse_capacity(text: &str) -> Result<usize, UnknownPart> {
    match text.parse() {
        Ok(capacity) if capacity > 0 => Ok(capacity),
        _ => Err(UnknownPart::new("a capacity is a positive number", text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_reads_as_it_is_written() {
        for text in ["wane/u64/4:4/100", "threads/256/1:1/1"] {
            let cell: Cell = text.parse().expect("there is such a cell");
            assert_eq!(cell.to_string(), text);
        }
    }

    #[test]
    fn the_part_that_is_wrong_is_named() {
        for (text, named) in [
            ("wane/u64/4:4", "`wane/u64/4:4`"),
            ("smol/u64/4:4/1", "`smol`"),
            ("wane/u8/4:4/1", "`u8`"),
            ("wane/u64/4/1", "`4`"),
            ("wane/u64/4:4/0", "`0`"),
        ] {
            let error = text.parse::<Cell>().expect_err("there is no such cell");
            assert!(error.to_string().contains(named), "{error}");
        }
    }
}
