//! Pauses between attempts: longer each time, up to a bound, and drawn so that those who collided do not meet again.

use std::time::Duration;

use quipu_node::Rng;

const FIRST: Duration = Duration::from_micros(500);
const DOUBLINGS_MOST: u32 = 6;

/// The pauses of one operation.
#[derive(Debug)]
pub(crate) struct Backoff<'a> {
    rng: &'a mut Rng,
    attempts: u32,
}

impl<'a> Backoff<'a> {
    pub(crate) const fn new(rng: &'a mut Rng) -> Self {
        Self { rng, attempts: 0 }
    }

    /// The next pause: evenly drawn from twice a mean of 0.5 ms that doubles up to 32 ms.
    pub(crate) fn next(&mut self) -> Duration {
        let mean = FIRST * (1 << self.attempts.min(DOUBLINGS_MOST));
        self.attempts += 1;
        self.rng.uniform(mean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound_and_are_those_of_the_seed() {
        let draw = || {
            let mut rng = Rng::new(3);
            let mut backoff = Backoff::new(&mut rng);
            (0..200).map(|_| backoff.next()).collect::<Vec<_>>()
        };
        let pauses = draw();
        assert_eq!(pauses, draw());
        assert!(pauses[0] < FIRST * 2);
        assert!(pauses.iter().all(|pause| *pause < Duration::from_millis(64)));
        assert!(pauses[100..].iter().any(|pause| *pause > Duration::from_millis(40)));
    }
}
