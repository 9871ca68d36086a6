//! Choices that can be repeated from a seed.

/// A small generator of numbers (xorshift, 64 bits).
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The same seed gives the same choices. Seeds that lie side by side give choices that do not.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        // The finalizer of splitmix64; zero is the one state that xorshift never leaves.
        let mut mixed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        Self((mixed ^ mixed >> 31).max(1))
    }

    /// A number below `sides`.
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) % sides
    }

    /// True once in `odds` rolls.
    pub fn one_in(&mut self, odds: u64) -> bool {
        self.roll(odds) == 0
    }

    /// One of the choices.
    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.roll(choices.len() as u64) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_its_choices_and_its_neighbour_has_others() {
        let roll = |seed| {
            let mut dice = Dice::new(seed);
            std::iter::repeat_with(|| dice.roll(1000))
                .take(20)
                .collect::<Vec<_>>()
        };
        assert_eq!(roll(7), roll(7));
        assert_ne!(roll(7), roll(8));
    }
}
