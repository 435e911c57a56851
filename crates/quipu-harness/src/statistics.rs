//! Small statistics: quantiles and the interval of a measured rate.

/// The value at `quantile` (0 to 1) of an ascending list; none if it is empty. Nearest rank, as Jepsen counts.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "floor of a fraction of the length"
)]
pub fn quantile<T: Copy>(sorted: &[T], quantile: f64) -> Option<T> {
    let last = sorted.len().checked_sub(1)?;
    let index = (sorted.len() as f64 * quantile).floor() as usize;
    Some(sorted[index.min(last)])
}

/// Wilson's 95 % interval of a rate measured as `hits` out of `trials`; (0, 1) if nothing was tried.
pub fn wilson_interval(hits: u64, trials: u64) -> (f64, f64) {
    const Z: f64 = 1.959_964;
    if trials == 0 {
        return (0.0, 1.0);
    }
    let (n, p) = (trials as f64, hits as f64 / trials as f64);
    let spread = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    let (middle, scale) = (p + Z * Z / (2.0 * n), 1.0 + Z * Z / n);
    (((middle - spread) / scale).max(0.0), ((middle + spread) / scale).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_take_the_nearest_rank() {
        let sorted = [1, 2, 3, 4];
        assert_eq!(quantile(&sorted, 0.0), Some(1));
        assert_eq!(quantile(&sorted, 0.5), Some(3));
        assert_eq!(quantile(&sorted, 1.0), Some(4));
        assert_eq!(quantile::<u8>(&[], 0.5), None);
    }

    #[test]
    fn no_failure_in_2000_tries_still_leaves_two_in_a_thousand_possible() {
        let (low, high) = wilson_interval(0, 2000);
        assert!(low.abs() < 1e-12 && (0.0018..0.0020).contains(&high), "{low} {high}");
    }

    #[test]
    fn the_interval_of_66_percent_of_2000_is_the_one_in_the_tables() {
        let (low, high) = wilson_interval(1319, 2000);
        assert!((0.637..0.640).contains(&low) && (0.679..0.682).contains(&high), "{low} {high}");
    }
}
