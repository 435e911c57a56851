//! Randomness that is handed in.

use core::time::Duration;

/// A seeded random number generator: equal seeds give equal draws, on every machine.
///
/// The generator is `fastrand`'s (wyrand, 64-bit); every draw here is made of 64-bit integers, and the
/// one logarithm is `libm`'s, because the platform's may differ in the last bit between machines.
#[derive(Clone, Debug)]
pub struct Rng(fastrand::Rng);

impl Rng {
    /// A generator that draws the sequence belonging to `seed`.
    pub fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    /// A generator with a sequence of its own, derived from this one's next draw.
    ///
    /// Whoever draws from the fork does not move this generator, so that one more draw by a node
    /// does not change what the network does.
    pub fn fork(&mut self) -> Self {
        Self::new(self.next_u64())
    }

    /// 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0.u64(..)
    }

    /// A number evenly drawn from `0..bound`; 0 if `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.0.u64(..bound) }
    }

    /// An index evenly drawn from `0..len`; 0 if `len` is 0. The same on 32-bit and 64-bit machines.
    #[expect(clippy::cast_possible_truncation, reason = "below `len`, which is a usize")]
    pub fn index(&mut self, len: usize) -> usize {
        self.below(len as u64) as usize
    }

    /// A number evenly drawn from `[0, 1)`, with 53 random bits.
    pub fn fraction(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// True with the given probability. Draws nothing when the answer is certain.
    pub fn chance(&mut self, probability: f64) -> bool {
        probability > 0.0 && (probability >= 1.0 || self.fraction() < probability)
    }

    /// One element of `items`, evenly drawn, or none if there are none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.index(items.len()))
    }

    /// Puts `items` into an evenly drawn order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.index(last + 1));
        }
    }

    /// A span evenly drawn from `[0, 2 * mean)`.
    pub fn uniform(&mut self, mean: Duration) -> Duration {
        let bound = u64::try_from(mean.as_nanos().saturating_mul(2)).unwrap_or(u64::MAX);
        Duration::from_nanos(self.below(bound))
    }

    /// An exponentially distributed span with the given mean.
    pub fn exponential(&mut self, mean: Duration) -> Duration {
        let factor = -libm::log(1.0 - self.fraction());
        Duration::try_from_secs_f64(mean.as_secs_f64() * factor).unwrap_or(mean)
    }
}
