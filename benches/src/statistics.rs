//! Order statistics of small samples.

/// The value below which `percent` of the sample lies, by the nearest rank; sorts the sample.
///
/// # Panics
///
/// When the sample is empty or holds a NaN.
#[must_use]
pub fn percentile(sample: &mut [f64], percent: u32) -> f64 {
    assert!(!sample.is_empty(), "a percentile needs a sample");
    sample.sort_by(|left, right| left.partial_cmp(right).expect("times are numbers"));
    let rank = (sample.len() * percent as usize).div_ceil(100);
    sample[rank.saturating_sub(1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_value_of_the_sample() {
        let mut sample = [5.0, 1.0, 4.0, 2.0, 3.0];
        let values = [0, 50, 99, 100].map(|percent| percentile(&mut sample, percent));
        assert_eq!(values, [1.0, 3.0, 5.0, 5.0]);
    }
}
