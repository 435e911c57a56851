//! The checks that count: operation statistics, availability, identifiers made twice, echoes.

use std::collections::BTreeMap;

use serde_json::json;

use super::{Finding, Validity};
use crate::operation::{Action, Operation, Outcome, Returned};
use crate::options::Options;

/// Numbers of operations, overall and by function.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// All operations.
    pub all: Counts,
    /// By the function's name.
    pub by_function: BTreeMap<&'static str, Counts>,
}

/// Numbers of operations by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Succeeded.
    pub ok: u64,
    /// Did not happen.
    pub fail: u64,
    /// May have happened.
    pub info: u64,
}

impl Counts {
    /// All of them.
    pub const fn total(self) -> u64 {
        self.ok + self.fail + self.info
    }

    const fn count(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Ok(_) => self.ok += 1,
            Outcome::Fail(_) => self.fail += 1,
            Outcome::Info(_) => self.info += 1,
        }
    }

    fn to_json(self) -> serde_json::Value {
        json!({
            "valid?": self.ok > 0,
            "count": self.total(),
            "ok-count": self.ok,
            "fail-count": self.fail,
            "info-count": self.info,
        })
    }
}

impl Stats {
    /// Counts a history.
    pub fn of(history: &[Operation]) -> Self {
        let mut stats = Self::default();
        for op in history {
            stats.all.count(&op.outcome);
            stats.by_function.entry(op.action.name()).or_default().count(&op.outcome);
        }
        stats
    }

    /// The share of operations that succeeded; 1 if there were none.
    pub fn ok_fraction(&self) -> f64 {
        if self.all.total() == 0 { 1.0 } else { self.all.ok as f64 / self.all.total() as f64 }
    }

    /// Invalid if a kind of operation never succeeded.
    pub(super) fn finding(&self) -> Finding {
        let silent: Vec<_> =
            self.by_function.iter().filter(|(_, counts)| counts.ok == 0).map(|(name, _)| *name).collect();
        let by_function: BTreeMap<_, _> =
            self.by_function.iter().map(|(name, counts)| (*name, counts.to_json())).collect();
        let mut details = self.all.to_json();
        details["by-f"] = json!(by_function);
        let sentence = (!silent.is_empty())
            .then(|| format!("no operation of these kinds ever succeeded: {}", silent.join(", ")));
        Finding::new("stats", Validity::of(silent.is_empty()), details, sentence)
    }
}

pub(super) fn availability(options: &Options, stats: &Stats) -> Finding {
    let fraction = stats.ok_fraction();
    let good = options.availability.is_none_or(|target| fraction >= target);
    let sentence = (!good).then(|| format!("only {fraction:.4} of the operations succeeded"));
    Finding::new("availability", Validity::of(good), json!({ "ok-fraction": fraction }), sentence)
}

pub(super) fn unique_ids(history: &[Operation]) -> Finding {
    let mut times: BTreeMap<_, u64> = BTreeMap::new();
    for op in history {
        if let Outcome::Ok(Returned::Value(id)) = &op.outcome {
            *times.entry(id).or_default() += 1;
        }
    }
    let twice: Vec<_> = times.iter().filter(|(_, count)| **count > 1).collect();
    let sentence = twice
        .first()
        .map(|(id, count)| format!("{} ids were made twice, e.g. {id} {count} times", twice.len()));
    let details = json!({
        "attempted-count": history.len(),
        "acknowledged-count": times.values().sum::<u64>(),
        "duplicated-count": twice.len(),
        "duplicated": twice.iter().take(48).map(|(id, count)| json!([id, count])).collect::<Vec<_>>(),
        "range": [times.keys().next(), times.keys().next_back()],
    });
    Finding::new("workload", Validity::of(twice.is_empty()), details, sentence)
}

pub(super) fn echo(history: &[Operation]) -> Finding {
    let errors: Vec<_> = history
        .iter()
        .filter_map(|op| {
            let Action::Echo(sent) = &op.action else { return None };
            match &op.outcome {
                Outcome::Ok(Returned::Value(got)) if got.as_text() == Some(sent) => None,
                Outcome::Ok(got) => Some(format!("expected {sent:?}, got {got}")),
                Outcome::Fail(error) | Outcome::Info(error) => {
                    Some(format!("expected {sent:?}, got none: {error}"))
                }
            }
        })
        .collect();
    let sentence = errors.first().map(|first| format!("{} echoes are wrong, e.g. {first}", errors.len()));
    let details =
        json!({ "error-count": errors.len(), "errors": errors.iter().take(32).collect::<Vec<_>>() });
    Finding::new("workload", Validity::of(errors.is_empty()), details, sentence)
}
