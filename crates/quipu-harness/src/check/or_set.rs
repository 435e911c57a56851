//! The set with removal: an element is there exactly if some add of it is not among the adds that a removal had seen.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;

use super::Finding;
use super::finals::{self, NAMED_TWICE, Problem};
use super::ledger::{Entries, Fate, Ledger, View, named_twice};
use super::reads::ReadCheck;
use crate::operation::{Action, Operation};
use crate::workload::Workload;

const LOST: &str = "an acknowledged add is lost";
const BACK: &str = "a removed element came back";
const STRANGE: &str = "an element is shown that nobody had added";

fn ledger(history: &[Operation]) -> Ledger<u64> {
    let mut entries = Entries::new(history);
    let mut unknown_adds = Vec::new();
    for (index, op) in history.iter().enumerate() {
        let (element, adds) = match op.action {
            Action::AddElement(element) => (element, true),
            Action::RemoveElement(element) => (element, false),
            _ => continue,
        };
        if let Some(change) = op.change() {
            for name in change.added.iter() {
                entries.make(index, element, Some(Arc::clone(name)), 0);
            }
            for name in change.removed.iter() {
                entries.remove(index, element, Arc::clone(name));
            }
        } else if op.is_unknown() && adds {
            entries.make(index, element, None, 0);
            unknown_adds.push((index, element));
        } else if op.is_unknown() {
            entries.may_remove(index, Some(element));
        }
    }
    // An add without an answer may have replaced earlier ones; that shows only where the add itself was removed.
    let strange = entries.removed_and_never_made();
    for (index, element) in unknown_adds {
        if strange.contains(&element) {
            entries.may_remove(index, Some(element));
        }
    }
    entries.close()
}

fn shown(op: &Operation) -> Option<Vec<u64>> {
    // What is no element of ours is counted as one that nobody can have added.
    let id = |value| Workload::element(value).unwrap_or(u64::MAX);
    let mut shown: Vec<u64> = op.elements()?.iter().map(id).collect();
    shown.sort_unstable();
    Some(shown)
}

pub(super) fn finding(history: &[Operation]) -> Finding {
    let ledger = ledger(history);
    let twice = named_twice(history);
    let of_all = twice.iter().take(1).map(|name| Problem {
        kind: NAMED_TWICE,
        text: format!("{} changes were given a name that another has, e.g. {name}", twice.len()),
    });
    let judge = |elements: &Vec<u64>| problems(&ledger, elements, View::End);
    finals::finding(history, shown, |elements| json!(elements), judge, of_all.collect())
}

/// What is wrong with a read that shows these elements.
fn problems(ledger: &Ledger<u64>, elements: &[u64], view: View<'_>) -> Vec<Problem> {
    let shown: BTreeSet<u64> = elements.iter().copied().collect();
    let mut problems = Vec::new();
    let mut problem = |kind, text| problems.push(Problem { kind, text });
    if shown.len() < elements.len() {
        problem(STRANGE, "shows an element twice".into());
    }
    for (element, fate) in ledger.presences(view) {
        match (fate, shown.contains(element)) {
            (Fate::There, false) => {
                problem(
                    LOST,
                    format!(
                        "does not show {element}: an add of it was acknowledged, and no remove had seen it"
                    ),
                );
            }
            (Fate::Gone, true) => {
                problem(BACK, format!("shows {element}: removes had seen every add of it"));
            }
            _ => {}
        }
    }
    if let Some(stranger) = shown.iter().find(|element| !ledger.knows(element)) {
        problem(STRANGE, format!("shows {stranger}, which nobody had added"));
    }
    problems
}

/// Every read: what its node acknowledged, and nothing that nobody had added by then.
pub(super) fn reads(history: &[Operation]) -> Vec<ReadCheck> {
    let ledger = ledger(history);
    let mut check = ReadCheck::new("own-changes");
    for (index, read) in history.iter().enumerate() {
        if let Some(elements) = shown(read) {
            let problem = problems(&ledger, &elements, View::Read(read)).into_iter().next();
            check.note(index, problem.map(|problem| format!("n{} {}", read.node, problem.text)));
        }
    }
    vec![check]
}
