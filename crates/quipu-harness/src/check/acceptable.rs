//! Which final values a counter may have: the sum of what happened plus any part of what may have happened.

use std::collections::BTreeMap;

/// The set {definite + sum of any subset of the indeterminate deltas}, as closed intervals in ascending order.
///
/// Thousands of indeterminate adds stay fast: the deltas of the workloads are small, so the reachable sums are a
/// bit set over a small range, and equal deltas are added in doubling bundles: d distinct deltas of which k occur
/// take about d log k shifts of the bit set. Deltas spread wider than 2^26 fall back to merging intervals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptableSums {
    intervals: Vec<(i128, i128)>,
}

/// Up to this distance between the least and the greatest sum, a bit set is used: 8 MiB.
const DENSE_RANGE: u128 = 1 << 26;

/// Past this many intervals the fallback stops telling sums apart within the gaps it closes.
const INTERVALS_MAX: usize = 1 << 16;

impl AcceptableSums {
    /// The sums reachable from `definite` by any subset of `indeterminate`.
    pub fn new(definite: i128, indeterminate: &[i64]) -> Self {
        let low: i128 = indeterminate.iter().map(|delta| i128::from(*delta).min(0)).sum();
        let high: i128 = indeterminate.iter().map(|delta| i128::from(*delta).max(0)).sum();
        let mut counts: BTreeMap<u64, u64> = BTreeMap::new();
        for delta in indeterminate.iter().filter(|delta| **delta != 0) {
            *counts.entry(delta.unsigned_abs()).or_default() += 1;
        }
        // A negative delta left out is a positive one put in, seen from the lowest sum: only magnitudes matter.
        let range = high.abs_diff(low);
        let intervals = if range < DENSE_RANGE { dense(range, &counts) } else { sparse(&counts) };
        let base = definite + low;
        Self { intervals: intervals.into_iter().map(|(from, to)| (base + from, base + to)).collect() }
    }

    /// True if `value` is one of the sums.
    pub fn contains(&self, value: i128) -> bool {
        let after = self.intervals.partition_point(|(from, _)| *from <= value);
        after > 0 && value <= self.intervals[after - 1].1
    }

    /// The closed intervals, in ascending order, with gaps between them.
    pub fn intervals(&self) -> &[(i128, i128)] {
        &self.intervals
    }
}

/// Splits `count` equal deltas into bundles 1, 2, 4, ..., rest: every number up to `count` is a sum of some of them.
fn bundles(magnitude: u64, mut count: u64) -> impl Iterator<Item = u128> {
    let mut size = 1;
    std::iter::from_fn(move || {
        let bundle = size.min(count);
        count -= bundle;
        size *= 2;
        (bundle > 0).then(|| u128::from(magnitude) * u128::from(bundle))
    })
}

#[expect(clippy::cast_possible_truncation, reason = "the range is below DENSE_RANGE")]
fn dense(range: u128, counts: &BTreeMap<u64, u64>) -> Vec<(i128, i128)> {
    let mut words = vec![0u64; range as usize / 64 + 1];
    words[0] = 1;
    for bundle in counts.iter().flat_map(|(magnitude, count)| bundles(*magnitude, *count)) {
        let (whole, bits) = (bundle as usize / 64, bundle as u32 % 64);
        for target in (whole..words.len()).rev() {
            let here = words[target - whole] << bits;
            let carried =
                if bits > 0 && target > whole { words[target - whole - 1] >> (64 - bits) } else { 0 };
            words[target] |= here | carried;
        }
    }
    let mut intervals: Vec<(i128, i128)> = Vec::new();
    for sum in 0..=range as usize {
        if words[sum / 64] >> (sum % 64) & 1 == 1 {
            merge(&mut intervals, (sum as i128, sum as i128), 1);
        }
    }
    intervals
}

fn sparse(counts: &BTreeMap<u64, u64>) -> Vec<(i128, i128)> {
    let mut intervals = vec![(0, 0)];
    for bundle in counts.iter().flat_map(|(magnitude, count)| bundles(*magnitude, *count)) {
        let bundle = i128::try_from(bundle).unwrap_or(i128::MAX >> 1);
        let mut all: Vec<_> = intervals.iter().map(|(from, to)| (from + bundle, to + bundle)).collect();
        all.extend(&intervals);
        all.sort_unstable();
        intervals.clear();
        // Too many to keep apart: closing gaps can only accept more, never reject a value that is right.
        let reach = if all.len() > INTERVALS_MAX { bundle } else { 1 };
        for interval in all {
            merge(&mut intervals, interval, reach);
        }
    }
    intervals
}

/// Appends an interval, joining it to the last one if at most `reach` lies between.
fn merge(intervals: &mut Vec<(i128, i128)>, interval: (i128, i128), reach: i128) {
    match intervals.last_mut() {
        Some(last) if interval.0 <= last.1 + reach => last.1 = last.1.max(interval.1),
        _ => intervals.push(interval),
    }
}
