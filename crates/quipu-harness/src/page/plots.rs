//! The numbers behind the plots, binned so that their size does not grow with the run.

use std::collections::BTreeMap;

use serde::Serialize;

use super::data::{PageData, PageOperation, PageOutcome};
use crate::statistics::quantile;

const COLUMNS: u64 = 240;
const ROWS_PER_DECADE: f64 = 24.0;
const RATE_BINS: u64 = 100;
/// Functions with a panel of their own.
pub(super) const FUNCTIONS_MAX: usize = 6;

/// Operations of one outcome that began at about the same time and took about as long: one mark of the latency plot.
///
/// A mark of a single operation stands exactly where that operation belongs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Cell {
    /// Mean time of invocation, in milliseconds since the load began.
    at: f64,
    /// Mean latency in milliseconds.
    took: f64,
    outcome: PageOutcome,
    pub(super) count: u64,
}

/// Operations that ended within one bin of time, by outcome.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct RateBin {
    ok: u64,
    info: u64,
    fail: u64,
}

/// Outcome, column and row of a mark.
type Place = (PageOutcome, u64, i64);
/// Number of operations, sums of their times and of their latencies.
type Sums = (u64, f64, f64);

/// The marks of the latency plot for each function.
pub(super) fn cells(data: &PageData) -> BTreeMap<String, Vec<Cell>> {
    let width = span(data).div_ceil(COLUMNS).max(1);
    let mut sums: BTreeMap<&str, BTreeMap<Place, Sums>> = BTreeMap::new();
    for op in &data.operations {
        if !sums.contains_key(op.function.as_str()) && sums.len() == FUNCTIONS_MAX {
            continue;
        }
        let (at, took) = (op.invoked.saturating_sub(data.began), latency(op));
        #[expect(clippy::cast_possible_truncation, reason = "a logarithm of a 64 bit number is small")]
        let row = ((took.max(1) as f64).log10() * ROWS_PER_DECADE).floor() as i64;
        let of_function = sums.entry(&op.function).or_default();
        let cell = of_function.entry((op.outcome, at / width, row)).or_insert((0, 0.0, 0.0));
        *cell = (cell.0 + 1, cell.1 + at as f64, cell.2 + took as f64);
    }
    let mark = |((outcome, _, _), (count, at, took)): (Place, Sums)| {
        let mean = |sum: f64| (sum / count as f64 / 100.0).round() / 1e4;
        Cell { at: mean(at), took: mean(took), outcome, count }
    };
    sums.into_iter()
        .map(|(function, cells)| (function.to_owned(), cells.into_iter().map(mark).collect()))
        .collect()
}

/// Completed operations in bins of equal width, and that width in milliseconds.
pub(super) fn rate_bins(data: &PageData) -> (Vec<RateBin>, f64) {
    let span = span(data);
    let width = round_width(span.div_ceil(RATE_BINS).max(1_000_000));
    let length = usize::try_from(span / width + 1).expect("at most RATE_BINS bins");
    let mut bins = vec![RateBin::default(); length];
    for op in &data.operations {
        let index = usize::try_from(op.completed.saturating_sub(data.began) / width).unwrap_or(usize::MAX);
        let bin = &mut bins[index.min(length - 1)];
        match op.outcome {
            PageOutcome::Ok => bin.ok += 1,
            PageOutcome::Info => bin.info += 1,
            PageOutcome::Fail => bin.fail += 1,
        }
    }
    (bins, width as f64 / 1e6)
}

/// The next 1, 2 or 5 times a power of ten.
fn round_width(least: u64) -> u64 {
    let mut power = 1;
    loop {
        for factor in [1, 2, 5] {
            if factor * power >= least {
                return factor * power;
            }
        }
        power *= 10;
    }
}

/// One row of the table of functions.
#[derive(Clone, Debug, Default)]
pub(super) struct FunctionRow {
    pub(super) ok: u64,
    pub(super) info: u64,
    pub(super) fail: u64,
    /// Latencies of the successful ones, ascending, in nanoseconds.
    pub(super) latencies: Vec<u64>,
}

impl FunctionRow {
    /// All of them.
    pub(super) const fn total(&self) -> u64 {
        self.ok + self.info + self.fail
    }

    /// The latency at a quantile, if any succeeded.
    pub(super) fn latency(&self, share: f64) -> Option<u64> {
        quantile(&self.latencies, share)
    }
}

/// Counts and latencies by function; under the empty name, of all functions together.
pub(super) fn function_rows(data: &PageData) -> BTreeMap<String, FunctionRow> {
    let mut rows: BTreeMap<String, FunctionRow> = BTreeMap::new();
    for op in &data.operations {
        for name in ["", &op.function] {
            let row = rows.entry(name.to_owned()).or_default();
            match op.outcome {
                PageOutcome::Ok => {
                    row.ok += 1;
                    row.latencies.push(latency(op));
                }
                PageOutcome::Info => row.info += 1,
                PageOutcome::Fail => row.fail += 1,
            }
        }
    }
    for row in rows.values_mut() {
        row.latencies.sort_unstable();
    }
    rows
}

fn latency(op: &PageOperation) -> u64 {
    op.completed.saturating_sub(op.invoked)
}

fn span(data: &PageData) -> u64 {
    data.ended.saturating_sub(data.began).max(1)
}
