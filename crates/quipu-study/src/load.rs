//! What users do.

use std::time::Duration;

use quipu_node::Rng;
use quipu_sim::Fault;

/// Users, their operations, and for how long.
#[derive(Clone, Debug, PartialEq)]
pub struct Load {
    /// How many users; user `u` is at the user node `u` modulo their number.
    pub clients: u32,
    /// How many counters there are.
    pub keys: u64,
    /// How unevenly counters are chosen: the k-th with a weight of k to the minus this.
    pub zipf: f64,
    /// The share of reads, from 0 to 1.
    pub reads: f64,
    /// What an operation that does not read adds.
    pub change: i64,
    /// When users ask.
    pub pace: Pace,
    /// Users go to a random node for each operation instead of keeping to their own.
    pub roaming: bool,
    /// How much each counter holds at the beginning, put there in equal parts at all user nodes.
    pub stock: i64,
    /// Users begin nothing new after this span.
    pub duration: Duration,
    /// Nor after so many answers.
    pub operations: usize,
    /// What goes wrong, and when.
    pub faults: Vec<(Duration, Fault)>,
    /// How long all is quiet before the final reads; zero: there are none.
    pub quiet: Duration,
}

/// When users ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// As soon as they are answered.
    Closed,
    /// Every so often, answered or not.
    Open(Duration),
}

impl Default for Load {
    /// 16 users add 1 to 64 counters, evenly chosen, each as soon as it is answered; nothing goes wrong.
    fn default() -> Self {
        Self {
            clients: 16,
            keys: 64,
            zipf: 0.0,
            reads: 0.0,
            change: 1,
            pace: Pace::Closed,
            roaming: false,
            stock: 0,
            duration: Duration::from_mins(1),
            operations: 10_000,
            faults: Vec::new(),
            quiet: Duration::from_secs(5),
        }
    }
}

/// The probabilities of the keys, and draws from them.
#[derive(Clone, Debug, PartialEq)]
pub struct Zipf {
    /// The sums of the probabilities up to each key.
    sums: Vec<f64>,
}

impl Zipf {
    /// The distribution over `keys` keys with this exponent; 0 is even.
    pub fn new(keys: u64, exponent: f64) -> Self {
        let weights: Vec<f64> = (1..=keys.max(1)).map(|rank| libm::pow(rank as f64, -exponent)).collect();
        let total: f64 = weights.iter().sum();
        let mut sum = 0.0;
        let add = |weight: &f64| {
            sum += weight / total;
            sum
        };
        Self { sums: weights.iter().map(add).collect() }
    }

    /// The probability of each key, the most likely first.
    pub fn probabilities(&self) -> Vec<f64> {
        let before = std::iter::once(0.0).chain(self.sums.iter().copied());
        self.sums.iter().zip(before).map(|(sum, before)| sum - before).collect()
    }

    /// Draws a key.
    pub(crate) fn draw(&self, rng: &mut Rng) -> u64 {
        let fraction = rng.fraction();
        let key = self.sums.partition_point(|sum| *sum <= fraction);
        key.min(self.sums.len() - 1) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exponent_of_zero_is_even_and_of_one_halves_the_second() {
        assert!(Zipf::new(4, 0.0).probabilities().iter().all(|share| (share - 0.25).abs() < 1e-12));
        let one = Zipf::new(64, 1.0).probabilities();
        assert!((one[1] / one[0] - 0.5).abs() < 1e-12);
        assert!((one.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn draws_follow_the_probabilities() {
        let zipf = Zipf::new(8, 1.2);
        let mut rng = Rng::new(1);
        let mut counts = [0.0; 8];
        for _ in 0..100_000 {
            counts[usize::try_from(zipf.draw(&mut rng)).unwrap()] += 1e-5;
        }
        for (count, share) in counts.iter().zip(zipf.probabilities()) {
            assert!((count - share).abs() < 0.01, "{count} {share}");
        }
    }
}
