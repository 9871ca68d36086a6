//! One row of a table: a shape and a capacity, every channel's times, and the ratios.

use wane_benches::channels::Channel;
use wane_benches::contest::{Round, best_of, lane_of, ratios_of};
use wane_benches::statistics::percentile;
use wane_benches::traffic::Traffic;

/// The channel whose ratios to the others are printed.
const SUBJECT: Channel = Channel::Wane;

/// What was measured of one traffic.
pub(crate) struct Row {
    pub(crate) traffic: Traffic,
    /// Those that took part, in the order of each round.
    pub(crate) channels: Vec<Channel>,
    pub(crate) rounds: Vec<Round>,
}

impl Row {
    /// The subject in parts of one peer: the median of the per-round ratios.
    pub(crate) fn ratio_to(&self, peer: Channel) -> Option<f64> {
        let mut ratios = ratios_of(&self.rounds, self.lane(SUBJECT)?, self.lane(peer)?);
        Some(percentile(&mut ratios, 50))
    }

    /// The cancel-safe peer with the lowest median.
    pub(crate) fn best_safe_peer(&self) -> Option<Channel> {
        let is_safe_peer =
            |&lane: &usize| self.channels[lane] != SUBJECT && self.channels[lane].is_cancel_safe();
        let lanes = (0..self.channels.len()).filter(is_safe_peer);
        best_of(&self.rounds, lanes).map(|lane| self.channels[lane])
    }

    /// The subject in parts of the best of the cancel-safe peers.
    pub(crate) fn ratio_to_best_safe(&self) -> Option<f64> {
        self.ratio_to(self.best_safe_peer()?)
    }

    pub(crate) fn print(&self, columns: &[Channel]) {
        let Traffic {
            shape, capacity, ..
        } = self.traffic;
        print!("{shape:<6} {capacity:>5}");
        for &channel in columns {
            print!(" {:>17}", self.times(channel));
        }
        let kanal = number(self.ratio_to(Channel::Kanal));
        let safe = self.ratio_to_best_safe();
        let best = safe.and_then(|_| self.best_safe_peer());
        let name = best.map_or("", Channel::name);
        println!(" {kanal:>8} {:>7} {name}", number(safe));
    }

    fn lane(&self, channel: Channel) -> Option<usize> {
        self.channels.iter().position(|&other| other == channel)
    }

    fn times(&self, channel: Channel) -> String {
        let Some(lane) = self.lane(channel) else {
            return "-".into();
        };
        let mut times = lane_of(&self.rounds, lane);
        let [median, min] = [50, 0].map(|percent| percentile(&mut times, percent));
        format!("{median:.1} ({min:.1})")
    }
}

pub(crate) fn print_header(columns: &[Channel]) {
    print!("{:<6} {:>5}", "shape", "room");
    for channel in columns {
        print!(" {:>17}", channel.name());
    }
    println!(" {:>8} {:>7}", "/ kanal", "/ safe");
}

fn number(ratio: Option<f64>) -> String {
    ratio.map_or("-".into(), |ratio| format!("{ratio:.2}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wane_benches::traffic::{Payload, Shape};

    #[test]
    fn the_ratios_are_to_kanal_and_to_the_best_of_the_cancel_safe() {
        let row = Row {
            traffic: Traffic {
                shape: Shape::ALL[0],
                capacity: 1,
                payload: Payload::Word,
            },
            channels: vec![
                Channel::Wane,
                Channel::Kanal,
                Channel::Tokio,
                Channel::AsyncChannel,
            ],
            rounds: vec![vec![30.0, 20.0, 60.0, 90.0], vec![30.0, 20.0, 60.0, 10.0]],
        };
        assert_eq!(row.ratio_to(Channel::Kanal), Some(1.5));
        assert_eq!(row.best_safe_peer(), Some(Channel::AsyncChannel));
        assert_eq!(row.ratio_to(Channel::Crossfire), None);
        assert_eq!(row.times(Channel::Crossfire), "-");
    }
}
