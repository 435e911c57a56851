//! How long a message is under way.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use quipu_node::Rng;

/// The latency of a link that has no client at either end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Latency {
    /// The mean. Zero means no latency, whatever the distribution.
    pub mean: Duration,
    /// How draws spread around the mean.
    pub distribution: Distribution,
}

/// How latencies spread. Every draw but [`Distribution::Exact`] is cut to whole milliseconds, as Maelstrom's are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Distribution {
    /// Always the mean.
    #[default]
    Constant,
    /// Always the mean, to the nanosecond: for round trips of an odd number of milliseconds. Not among Maelstrom's.
    Exact,
    /// A whole number of milliseconds in `[0, 2 * mean)`, all equally likely.
    Uniform,
    /// Exponential: mostly short, now and then several times the mean.
    Exponential,
}

impl Latency {
    /// Draws the latency of one message, `scale` times as long as usual.
    pub fn draw(&self, scale: u32, rng: &mut Rng) -> Duration {
        if self.mean.is_zero() {
            return Duration::ZERO;
        }
        let drawn = match self.distribution {
            Distribution::Exact => return self.mean.saturating_mul(scale),
            Distribution::Constant => self.mean,
            Distribution::Uniform => Duration::from_millis(rng.below(2 * millis(self.mean))),
            Distribution::Exponential => rng.exponential(self.mean),
        };
        Duration::from_millis(millis(drawn.saturating_mul(scale)))
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX / 2)
}

impl fmt::Display for Distribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Constant => "constant",
            Self::Exact => "exact",
            Self::Uniform => "uniform",
            Self::Exponential => "exponential",
        })
    }
}

impl FromStr for Distribution {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        [Self::Constant, Self::Uniform, Self::Exponential]
            .into_iter()
            .find(|distribution| distribution.to_string() == name)
            .ok_or_else(|| {
                format!("`{name}` is not a latency distribution: constant, uniform or exponential")
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws(distribution: Distribution, mean_ms: u64) -> Vec<u64> {
        let latency = Latency { mean: Duration::from_millis(mean_ms), distribution };
        let mut rng = Rng::new(7);
        (0..20_000)
            .map(|_| {
                let drawn = latency.draw(1, &mut rng);
                assert_eq!(drawn.subsec_nanos() % 1_000_000, 0, "whole milliseconds");
                millis(drawn)
            })
            .collect()
    }

    fn mean(draws: &[u64]) -> f64 {
        draws.iter().sum::<u64>() as f64 / draws.len() as f64
    }

    #[test]
    fn constant_latency_is_always_the_mean() {
        assert!(draws(Distribution::Constant, 50).iter().all(|ms| *ms == 50));
    }

    #[test]
    fn exact_latency_keeps_what_is_below_a_millisecond() {
        let latency = Latency { mean: Duration::from_micros(500), distribution: Distribution::Exact };
        assert_eq!(latency.draw(1, &mut Rng::new(1)), Duration::from_micros(500));
        assert_eq!(latency.draw(10, &mut Rng::new(1)), Duration::from_millis(5));
    }

    #[test]
    fn uniform_latency_takes_every_millisecond_below_twice_the_mean() {
        let draws = draws(Distribution::Uniform, 5);
        let seen: std::collections::BTreeSet<u64> = draws.iter().copied().collect();
        assert_eq!(seen, (0..10).collect());
        assert!((mean(&draws) - 4.5).abs() < 0.1, "{}", mean(&draws));
    }

    #[test]
    fn exponential_latency_has_its_mean_and_a_long_tail() {
        let draws = draws(Distribution::Exponential, 100);
        // Cutting to whole milliseconds takes half a millisecond off.
        assert!((mean(&draws) - 99.5).abs() < 3.0, "{}", mean(&draws));
        let late = draws.iter().filter(|ms| **ms > 300).count() as f64 / draws.len() as f64;
        assert!((late - (-3.0f64).exp()).abs() < 0.01, "{late}");
    }

    #[test]
    fn a_slow_network_takes_ten_times_as_long() {
        let latency = Latency { mean: Duration::from_millis(3), distribution: Distribution::Constant };
        assert_eq!(latency.draw(10, &mut Rng::new(1)), Duration::from_millis(30));
    }

    #[test]
    fn distributions_are_found_by_name() {
        assert_eq!("uniform".parse(), Ok(Distribution::Uniform));
        assert!("normal".parse::<Distribution>().is_err());
    }
}
