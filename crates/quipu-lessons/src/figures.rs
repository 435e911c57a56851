//! Measured rates, and tables of figures.

use std::fmt;

use quipu_harness::statistics::wilson_interval;

/// How often something happened, of how many times it could have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rate {
    /// What happened, as the beginning of a line: "cas: tests with a wrong final read".
    pub what: String,
    /// How often.
    pub hits: u64,
    /// Of how many.
    pub trials: u64,
}

impl Rate {
    /// A rate measured.
    pub fn new(what: impl Into<String>, hits: u64, trials: u64) -> Self {
        Self { what: what.into(), hits, trials }
    }

    /// The share; 0 if nothing was tried.
    pub fn share(&self) -> f64 {
        if self.trials == 0 { 0.0 } else { self.hits as f64 / self.trials as f64 }
    }

    /// Wilson's 95 % interval of the share.
    pub fn interval(&self) -> (f64, f64) {
        wilson_interval(self.hits, self.trials)
    }

    /// True if this rate is larger than the other beyond what chance could do: the intervals do not meet.
    pub fn exceeds(&self, other: &Self) -> bool {
        self.interval().0 > other.interval().1
    }

    /// The share in per cent, for the middle of a sentence.
    pub fn percent(&self) -> String {
        percent(self.share())
    }

    /// The figures without the name.
    pub fn figures(&self) -> String {
        let (low, high) = self.interval();
        format!(
            "{} of {} = {:.2} %  (95 % interval: {:.2} to {:.2} %)",
            self.hits,
            self.trials,
            100.0 * self.share(),
            100.0 * low,
            100.0 * high
        )
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.figures())
    }
}

/// A share in per cent, with decimals only where they tell something.
pub(crate) fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    if percent == 0.0 || percent >= 10.0 { format!("{percent:.0} %") } else { format!("{percent:.1} %") }
}

/// Figures in rows and columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The columns' names.
    pub head: Vec<String>,
    /// The rows, each as long as the head.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    pub fn new<const N: usize>(head: [&str; N]) -> Self {
        Self { head: head.map(str::to_owned).to_vec(), rows: Vec::new() }
    }

    /// Appends a row.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        debug_assert_eq!(N, self.head.len(), "a row has a cell for each column");
        self.rows.push(cells.into());
    }
}

/// The value below which half of the list lies; 0 of an empty one.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    quipu_harness::statistics::quantile(&values, 0.5).unwrap_or(0.0)
}
