//! The register with siblings: a value is there exactly if no write had been based on a read of it.
//!
//! What a write was based on is known from the client's own reads, not from what the node says: a node that replaces what
//! its client has not read is wrong, whatever it reports. Only of a write without a context does the node say what it has
//! replaced.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use quipu_node::Value;
use serde_json::json;

use super::Finding;
use super::finals::{self, NAMED_TWICE, Problem};
use super::ledger::{Entries, Fate, Ledger, View, named_twice};
use super::reads::ReadCheck;
use crate::operation::{Action, Operation, Outcome, Returned};
use crate::session::memories;
use crate::workload::Workload;

const LOST: &str = "an acknowledged write is lost that no later writer had read";
const BACK: &str = "a replaced value came back";
const STRANGE: &str = "a value is shown that nobody had written";

fn ledger(history: &[Operation]) -> Ledger<u64> {
    let mut entries = Entries::new(history);
    let name = |value: u64| Arc::<str>::from(value.to_string());
    let values: BTreeMap<Arc<str>, u64> = history
        .iter()
        .filter_map(|op| match (&op.action, op.change()) {
            (Action::Write { value, .. }, Some(change)) => Some((Arc::clone(change.added.first()?), *value)),
            _ => None,
        })
        .collect();
    for (index, (op, memory)) in memories(history).enumerate() {
        let Action::Write { value, blind } = op.action else { continue };
        if !op.is_ok() && !op.is_unknown() {
            continue;
        }
        entries.make(index, value, Some(name(value)), 0);
        let read = memory.values().filter(|_| !blind);
        let replaced: Vec<u64> = match (read, op.change()) {
            (Some(read), _) => read.to_vec(),
            (None, Some(change)) => {
                change.removed.iter().filter_map(|name| values.get(name)).copied().collect()
            }
            (None, None) => {
                entries.may_remove(index, None);
                Vec::new()
            }
        };
        for value in replaced {
            entries.remove(index, value, name(value));
        }
    }
    entries.close()
}

fn shown(op: &Operation) -> Option<Vec<Value>> {
    match &op.outcome {
        Outcome::Ok(Returned::Siblings { values, .. }) => {
            let mut values = values.clone();
            values.sort_unstable();
            Some(values)
        }
        _ => None,
    }
}

pub(super) fn finding(history: &[Operation]) -> Finding {
    let ledger = ledger(history);
    let twice = named_twice(history);
    let of_all = twice.iter().take(1).map(|name| Problem {
        kind: NAMED_TWICE,
        text: format!("{} writes were given a name that another has, e.g. {name}", twice.len()),
    });
    let judge = |values: &Vec<Value>| problems(&ledger, values, View::End);
    finals::finding(history, shown, |values| json!(values), judge, of_all.collect())
}

/// What is wrong with a read that shows these values.
fn problems(ledger: &Ledger<u64>, values: &[Value], view: View<'_>) -> Vec<Problem> {
    let shown: BTreeSet<u64> = values.iter().filter_map(Workload::element).collect();
    let mut problems = Vec::new();
    let mut problem = |kind, text| problems.push(Problem { kind, text });
    for (value, fate) in ledger.presences(view) {
        match (fate, shown.contains(value)) {
            (Fate::There, false) => {
                problem(
                    LOST,
                    format!(
                        "does not show {value}: the write was acknowledged, and nobody who had read it wrote since"
                    ),
                );
            }
            (Fate::Gone, true) => {
                problem(BACK, format!("shows {value}, which was replaced by somebody who had read it"));
            }
            _ => {}
        }
    }
    if shown.len() < values.len() || shown.iter().any(|value| !ledger.knows(value)) {
        problem(STRANGE, "shows a value twice, or one that nobody wrote".into());
    }
    problems
}

/// Every read: what its node acknowledged, and nothing that nobody had written by then.
pub(super) fn reads(history: &[Operation]) -> Vec<ReadCheck> {
    let ledger = ledger(history);
    let mut check = ReadCheck::new("own-changes");
    for (index, read) in history.iter().enumerate() {
        if let Some(values) = shown(read) {
            let problem = problems(&ledger, &values, View::Read(read)).into_iter().next();
            check.note(index, problem.map(|problem| format!("n{} {}", read.node, problem.text)));
        }
    }
    vec![check]
}
