//! Processor time of repeated calls.
//!
//! Processor time of the process, not wall time: work of other processes does not count. A call is measured on inputs made
//! beforehand, many calls between two looks at the clock, and a sample is the median over such batches.

use std::hint::black_box;

use rustix::time::{ClockId, clock_gettime};

/// Processor nanoseconds that this process has used.
fn processor_nanoseconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

/// Takes samples of a given length.
#[derive(Clone, Copy, Debug)]
pub struct Meter {
    /// How much measured processor time makes a sample, in nanoseconds, if one batch is shorter than that.
    enough: f64,
    /// What looking at the clock costs.
    look: f64,
}

/// How many calls lie between two looks at the clock.
#[derive(Clone, Copy, Debug)]
pub struct Batch {
    /// How many inputs are made at a time. All of them are in memory at once: keep them within the cache.
    pub inputs: usize,
    /// How many calls `run` makes of each input; the result is divided by it.
    pub calls: usize,
}

impl Batch {
    /// One input, one call.
    pub const ONE: Self = Self { inputs: 1, calls: 1 };

    /// Several inputs, one call each.
    pub const fn of_inputs(inputs: usize) -> Self {
        Self { inputs, calls: 1 }
    }

    /// One input, several calls.
    pub const fn of_calls(calls: usize) -> Self {
        Self { inputs: 1, calls }
    }
}

impl Meter {
    /// A meter whose samples take this many milliseconds of measured time.
    pub fn new(milliseconds: f64) -> Self {
        let mut looks: Vec<f64> = (0..101)
            .map(|_| {
                let begin = processor_nanoseconds();
                processor_nanoseconds() - begin
            })
            .collect();
        Self { enough: milliseconds * 1e6, look: median(&mut looks) }
    }

    /// Processor nanoseconds of one call of `run`; `make` makes the inputs and is not measured, nor is dropping them.
    pub fn time<I, O>(&self, batch: Batch, make: impl FnMut() -> I, run: impl FnMut(&mut I) -> O) -> f64 {
        self.time_checked(batch, make, run, |_| Ok(())).unwrap_or(f64::NAN)
    }

    /// The same, and `check` looks at each input after its calls, unmeasured.
    pub fn time_checked<I, O>(
        &self,
        batch: Batch,
        mut make: impl FnMut() -> I,
        mut run: impl FnMut(&mut I) -> O,
        check: impl Fn(&I) -> Result<(), String>,
    ) -> Result<f64, String> {
        let mut batches = Vec::new();
        let (mut measured, begin) = (0.0, processor_nanoseconds());
        while batches.is_empty()
            || (measured < self.enough && processor_nanoseconds() - begin < self.enough * 5.0)
        {
            let mut inputs: Vec<I> = (0..batch.inputs).map(|_| make()).collect();
            let batch_begin = processor_nanoseconds();
            for input in &mut inputs {
                black_box(run(black_box(input)));
            }
            let took = (processor_nanoseconds() - batch_begin - self.look).max(0.0);
            measured += took;
            batches.push(took / (batch.inputs * batch.calls) as f64);
            inputs.iter().try_for_each(&check)?;
        }
        Ok(median(&mut batches))
    }

    /// Processor nanoseconds of a call that needs no input of its own.
    pub fn time_of<O>(&self, calls: usize, mut run: impl FnMut() -> O) -> f64 {
        self.time(
            Batch::of_calls(calls),
            || (),
            |()| {
                for _ in 0..calls {
                    black_box(run());
                }
            },
        )
    }
}

/// Processor seconds since the process began.
pub fn processor_seconds() -> f64 {
    processor_nanoseconds() / 1e9
}

/// The middle value; of an even number of values the mean of the two in the middle. 0 of none.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => 0.0,
        odd if odd % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_whatever_the_order() {
        let is_near = |one: f64, other: f64| (one - other).abs() < 1e-9;
        assert!(is_near(median(&mut [3.0, 1.0, 2.0]), 2.0));
        assert!(is_near(median(&mut [4.0, 1.0, 2.0, 3.0]), 2.5));
    }

    #[test]
    fn a_call_is_measured_per_call_and_inputs_are_not_measured() {
        let work = |rounds: u64| (0..rounds).fold(0_u64, |sum, n| black_box(sum ^ n.wrapping_mul(31)));
        let meter = Meter::new(5.0);
        let one = meter.time(Batch::of_inputs(10), || work(100_000), |_| work(1_000));
        let ten = meter.time(Batch::of_calls(10), || (), |()| (0..10).map(|_| work(1_000)).sum::<u64>());
        assert!((0.3..3.0).contains(&(one / ten)), "{one} ns and {ten} ns for the same call");
    }
}
