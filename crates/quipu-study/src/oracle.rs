//! The one oracle: what a history is worth, whatever mechanism made it.
//!
//! It knows the operations, their answers and their times, and nothing of the nodes. All that users add is the same
//! amount in one run, so that a counter's value says how many of the adds it contains.

use std::collections::BTreeMap;
use std::time::Duration;

use quipu_node::Time;

use crate::request::{Operation, Outcome};
use crate::run::{Done, History};

/// What a history is worth.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// Operations begun.
    pub invoked: u64,
    /// Operations done.
    pub accepted: u64,
    /// Operations that certainly were not done, for another reason than an empty counter.
    pub failed: u64,
    /// Operations refused because nothing was left.
    pub empty: u64,
    /// Operations of which the user does not know whether they were done.
    pub unknown: u64,
    /// Acknowledged adds that the final values lack.
    pub lost: u64,
    /// What the final values have and nobody has asked for.
    pub extra: u64,
    /// Counters whose final reads differ between nodes.
    pub diverged: u64,
    /// Units taken and acknowledged beyond the stock.
    pub oversold: u64,
    /// Units of stock left in the end.
    pub left: u64,
    /// Reads done.
    pub reads: u64,
    /// Reads that lack an add which was acknowledged, to whomever, before they began.
    pub stale: u64,
    /// Reads of less than the same user had read before.
    pub backwards: u64,
    /// Reads of less than the same user's own add had shown.
    pub own_writes_missed: u64,
    /// Of every read: for how long what it lacked had been acknowledged; zero for a fresh one.
    pub staleness: Vec<Duration>,
}

impl Verdict {
    /// Judges a history.
    pub fn of(history: &History) -> Self {
        let mut verdict = Self::default();
        verdict.count(&history.done);
        verdict.sum_up(history);
        verdict.look_at_reads(history);
        verdict
    }

    /// Anomalies of a kind per million operations done.
    pub fn per_million(&self, count: u64) -> f64 {
        1e6 * count as f64 / self.accepted.max(1) as f64
    }

    fn count(&mut self, done: &[Done]) {
        for operation in done {
            self.invoked += 1;
            match operation.outcome {
                Outcome::Done(_) => self.accepted += 1,
                Outcome::Empty => self.empty += 1,
                Outcome::Failed => self.failed += 1,
                Outcome::Unknown => self.unknown += 1,
            }
        }
    }

    /// Holds the final values against what was acknowledged and what may have been done.
    fn sum_up(&mut self, history: &History) {
        let mut sums: BTreeMap<u64, (i64, i64)> = BTreeMap::new();
        for done in &history.done {
            let Operation::Add { key, change } = done.operation else { continue };
            let (acknowledged, open) = sums.entry(key).or_default();
            match done.outcome {
                Outcome::Done(_) => *acknowledged += change,
                Outcome::Unknown => *open += change,
                Outcome::Empty | Outcome::Failed => {}
            }
        }
        for (acknowledged, _) in sums.values() {
            self.oversold += u64::try_from(-(history.stock + acknowledged)).unwrap_or(0);
        }
        let mut seen: BTreeMap<u64, Vec<i64>> = BTreeMap::new();
        for done in &history.finals {
            if let Outcome::Done(value) = done.outcome {
                seen.entry(done.operation.key()).or_default().push(value);
            }
        }
        for (key, values) in seen {
            let (least, most) = (values.iter().min().copied(), values.iter().max().copied());
            let (Some(least), Some(most)) = (least, most) else { continue };
            self.diverged += u64::from(least != most);
            self.left += u64::try_from(least).unwrap_or(0);
            let (acknowledged, open) = sums.get(&key).copied().unwrap_or_default();
            let (all, none) = (history.stock + acknowledged + open, history.stock + acknowledged);
            let (lowest, highest) = (all.min(none), all.max(none));
            self.lost += if open < 0 || acknowledged < 0 {
                u64::try_from(least - highest).unwrap_or(0)
            } else {
                u64::try_from(lowest - least).unwrap_or(0)
            };
            self.extra += if open < 0 || acknowledged < 0 {
                u64::try_from(lowest - least).unwrap_or(0)
            } else {
                u64::try_from(most - highest).unwrap_or(0)
            };
        }
    }

    /// Each read against what had been acknowledged before it, in the order of time.
    fn look_at_reads(&mut self, history: &History) {
        let mut acknowledged: BTreeMap<u64, Vec<Time>> = BTreeMap::new();
        for done in &history.done {
            if let (Operation::Add { key, .. }, Outcome::Done(_)) = (done.operation, done.outcome) {
                acknowledged.entry(key).or_default().push(done.ended);
            }
        }
        let mut shown: BTreeMap<(u32, u64), Shown> = BTreeMap::new();
        for done in &history.done {
            let Outcome::Done(value) = done.outcome else { continue };
            let key = done.operation.key();
            let shown = shown.entry((done.client, key)).or_default();
            if let Operation::Add { .. } = done.operation {
                shown.by_own_add = shown.by_own_add.max(value);
                continue;
            }
            self.reads += 1;
            self.backwards += u64::from(value < shown.by_read);
            self.own_writes_missed += u64::from(value < shown.by_own_add);
            shown.by_read = shown.by_read.max(value);
            let times = acknowledged.get(&key).map_or(&[][..], Vec::as_slice);
            let before = times.partition_point(|time| *time <= done.invoked);
            let has = usize::try_from(value - history.stock).unwrap_or(0);
            let missed = if has < before { done.invoked.since(times[has]) } else { Duration::ZERO };
            self.stale += u64::from(has < before);
            self.staleness.push(missed);
        }
        self.staleness.sort_unstable();
    }
}

/// The most that a user has seen of a counter.
#[derive(Clone, Copy, Debug, Default)]
struct Shown {
    by_read: i64,
    by_own_add: i64,
}

/// The value below which this share of the sorted spans lies; zero if there are none.
pub fn quantile(sorted: &[Duration], share: f64) -> Duration {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the slice, by `min`")]
    let index = ((sorted.len() as f64 * share) as usize).min(sorted.len().saturating_sub(1));
    sorted.get(index).copied().unwrap_or(Duration::ZERO)
}

/// How fast a history went: without its first tenth, in which it got going.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Speed {
    /// Operations done per second.
    pub goodput: f64,
    /// The time that each took which was done, sorted.
    pub latencies: Vec<Duration>,
}

impl Speed {
    /// The speed of a history.
    pub fn of(history: &History) -> Self {
        let span = history.stopped.since(history.began);
        let from = history.began + span / 10;
        let counted = |done: &&Done| {
            matches!(done.outcome, Outcome::Done(_)) && done.ended >= from && done.ended <= history.stopped
        };
        let mut latencies: Vec<Duration> =
            history.done.iter().filter(counted).map(|done| done.ended.since(done.invoked)).collect();
        latencies.sort_unstable();
        let seconds = history.stopped.since(from).as_secs_f64();
        let goodput = if seconds > 0.0 { latencies.len() as f64 / seconds } else { 0.0 };
        Self { goodput, latencies }
    }

    /// The latency below which this share lies, in milliseconds.
    pub fn latency_ms(&self, share: f64) -> f64 {
        1e3 * quantile(&self.latencies, share).as_secs_f64()
    }

    /// The mean latency in milliseconds.
    pub fn mean_ms(&self) -> f64 {
        1e3 * self.latencies.iter().sum::<Duration>().as_secs_f64() / self.latencies.len().max(1) as f64
    }
}

#[cfg(test)]
#[path = "oracle_tests.rs"]
mod tests;
