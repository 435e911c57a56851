//! The steps of one replica, as runs of consecutive dots that carry the same step.
//!
//! Invariant: runs are ascending, no step is 0, and two runs that touch differ in their step. So equal steps have one
//! form.

use alloc::vec::Vec;

use smallvec::SmallVec;

/// Changes `first` to `last` of one replica, each of which adds `step`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Run<Step = i64> {
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) step: Step,
}

/// Ascending runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Runs(SmallVec<[Run; 1]>);

/// The sum of steps, and how many there are. The sum is modulo 2^128, which matters beyond 2^64 steps only.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Total {
    pub(crate) sum: i128,
    pub(crate) steps: u128,
}

impl Run {
    /// How many steps there are.
    pub(crate) fn steps(self) -> u64 {
        (self.last - self.first).saturating_add(1)
    }

    /// The sum of the steps: below 2^127, whatever they are.
    pub(crate) fn sum(self) -> i128 {
        i128::from(self.step) * i128::from(self.steps())
    }
}

impl Runs {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = Run> + '_ {
        self.0.iter().copied()
    }

    /// The dots' numbers, as ascending ranges that may touch.
    pub(crate) fn ranges(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.0.iter().map(|run| (run.first, run.last))
    }

    /// Appends a run that lies beyond all others. False, and nothing is changed, if it does not, or is no run.
    pub(crate) fn push(&mut self, run: Run) -> bool {
        let fits = self.0.last().map_or(run.first > 0, |last| run.first > last.last);
        if !fits || run.first > run.last || run.step == 0 {
            return false;
        }
        match self.0.last_mut() {
            Some(last) if last.step == run.step && last.last + 1 == run.first => last.last = run.last,
            _ => self.0.push(run),
        }
        true
    }

    /// The runs that touch the numbers from `first` to `last`, as a range of places.
    pub(crate) fn window(&self, first: u64, last: u64) -> (usize, usize) {
        let from = self.0.partition_point(|run| run.last < first);
        (from, self.0.partition_point(|run| run.first <= last).max(from))
    }

    pub(crate) fn slice(&self, (from, to): (usize, usize)) -> &[Run] {
        &self.0[from..to]
    }

    /// Puts `parts`, in any order, in the place of a window of runs. They must lie within what surrounds the window.
    pub(crate) fn replace(&mut self, (mut from, mut to): (usize, usize), mut parts: Vec<Run>) {
        // The neighbours may grow together with the parts.
        if from > 0 {
            from -= 1;
            parts.push(self.0[from]);
        }
        if to < self.0.len() {
            parts.push(self.0[to]);
            to += 1;
        }
        let placed = Self::of(parts);
        if to == self.0.len() {
            self.0.truncate(from);
            self.0.extend(placed.0);
        } else {
            let rest: SmallVec<[Run; 1]> = self.0.drain(to..).collect();
            self.0.truncate(from);
            self.0.extend(placed.0);
            self.0.extend(rest);
        }
    }

    /// Runs in any order that do not overlap.
    pub(crate) fn of(mut parts: Vec<Run>) -> Self {
        parts.sort_unstable_by_key(|run| run.first);
        let mut runs = Self::default();
        for run in parts {
            runs.push(run);
        }
        runs
    }
}

/// Splits runs by ascending ranges: the parts inside and the parts outside of them.
pub(crate) fn split<Step: Copy>(
    runs: &[Run<Step>],
    ranges: impl Iterator<Item = (u64, u64)>,
) -> (Vec<Run<Step>>, Vec<Run<Step>>) {
    let (mut inside, mut outside) = (Vec::new(), Vec::new());
    let mut ranges = ranges.peekable();
    for run in runs {
        let mut first = run.first;
        loop {
            while ranges.peek().is_some_and(|(_, end)| *end < first) {
                ranges.next();
            }
            let Some((start, end)) = ranges.peek().copied().filter(|(start, _)| *start <= run.last) else {
                outside.push(Run { first, ..*run });
                break;
            };
            if first < start {
                outside.push(Run { first, last: start - 1, ..*run });
            }
            let last = end.min(run.last);
            inside.push(Run { first: first.max(start), last, ..*run });
            if last == run.last {
                break;
            }
            first = last + 1;
        }
    }
    (inside, outside)
}

impl Total {
    pub(crate) fn of(runs: &[Run]) -> Self {
        let mut total = Self::default();
        for run in runs {
            total.sum = total.sum.wrapping_add(run.sum());
            total.steps = total.steps.saturating_add(run.steps().into());
        }
        total
    }

    /// Puts what `new` counts in the place of what `old` counts, which is a part of this.
    pub(crate) fn replace(&mut self, old: Self, new: Self) {
        self.sum = self.sum.wrapping_sub(old.sum).wrapping_add(new.sum);
        self.steps = self.steps.saturating_sub(old.steps).saturating_add(new.steps);
    }
}
