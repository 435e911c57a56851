//! The checks of every read, which Maelstrom does not make: bounds, one's own acknowledged writes, no step back.
//!
//! All of them hold for every counter or set that calls itself eventually consistent with sticky sessions: they compare
//! a read only with what its own node acknowledged, and with what was invoked at all. They are reported apart from
//! Maelstrom's verdict, and count only under `strict`.

use std::collections::BTreeMap;

use serde_json::json;

use super::{cart, mv_register, or_set, text};
use crate::operation::{Action, Operation, Outcome};
use crate::options::Options;
use crate::workload::Workload;
use quipu_node::{Time, Value};

/// One check over all reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadCheck {
    /// Its name in the results.
    pub name: &'static str,
    /// How many reads it looked at.
    pub checked: u64,
    /// How many of them it found wrong.
    pub violations: u64,
    /// The first few.
    pub examples: Vec<Violation>,
}

/// One wrong read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Index of the read in the history.
    pub operation: usize,
    /// What is wrong, for people.
    pub text: String,
}

const EXAMPLES_MAX: usize = 5;

impl ReadCheck {
    pub(super) const fn new(name: &'static str) -> Self {
        Self { name, checked: 0, violations: 0, examples: Vec::new() }
    }

    pub(super) fn note(&mut self, operation: usize, problem: Option<String>) {
        self.checked += 1;
        if let Some(text) = problem {
            self.violations += 1;
            if self.examples.len() < EXAMPLES_MAX {
                self.examples.push(Violation { operation, text });
            }
        }
    }

    /// The check as it stands in the results.
    pub fn to_json(&self) -> serde_json::Value {
        json!({
            "valid?": self.violations == 0,
            "checked": self.checked,
            "violations": self.violations,
            "examples": self.examples.iter().map(|example| json!({ "op": example.operation, "text": example.text })).collect::<Vec<_>>(),
        })
    }
}

/// Makes every check that applies to the workload.
pub(super) fn check(options: &Options, history: &[Operation]) -> Vec<ReadCheck> {
    let mut checks = match options.workload {
        Workload::GCounter | Workload::PnCounter | Workload::BoundedCounter => counters(options, history),
        Workload::GSet | Workload::Broadcast => sets(history),
        Workload::OrSet => or_set::reads(history),
        Workload::MvRegister => mv_register::reads(history),
        Workload::Cart => cart::reads(history),
        Workload::Text => text::reads(history),
        Workload::Echo | Workload::UniqueIds => Vec::new(),
    };
    if options.workload.has_final_reads() {
        checks.push(final_reads(history));
    }
    checks
}

/// Every worker's final read must have an answer.
fn final_reads(history: &[Operation]) -> ReadCheck {
    let mut check = ReadCheck::new("final-reads-present");
    for (index, op) in history.iter().enumerate().filter(|(_, op)| op.is_final) {
        let problem = || {
            let why = match &op.outcome {
                Outcome::Ok(_) => "",
                Outcome::Fail(why) | Outcome::Info(why) => why,
            };
            format!("the final read at n{} (worker {}) gave no value: {why}", op.node, op.worker)
        };
        check.note(index, (!op.is_ok()).then(problem));
    }
    check
}

/// What one node acknowledged, in the order of time, as running sums of positive and of negative deltas.
#[derive(Clone, Debug, Default)]
struct RunningSums {
    at: Vec<Time>,
    sums: Vec<(i128, i128)>,
}

impl RunningSums {
    fn of(mut entries: Vec<(Time, i64)>) -> Self {
        entries.sort_unstable();
        let mut running = Self::default();
        let mut sum = (0, 0);
        for (at, delta) in entries {
            sum = (sum.0 + i128::from(delta.max(0)), sum.1 + i128::from(delta.min(0)));
            running.at.push(at);
            running.sums.push(sum);
        }
        running
    }

    /// The sums of all that came before `at`, or up to it if `inclusive`.
    fn before(&self, at: Time, inclusive: bool) -> (i128, i128) {
        let count = self.at.partition_point(|entry| if inclusive { *entry <= at } else { *entry < at });
        if count == 0 { (0, 0) } else { self.sums[count - 1] }
    }
}

fn counters(options: &Options, history: &[Operation]) -> Vec<ReadCheck> {
    let adds = |node: Option<u16>, acknowledged: bool| {
        let entries = history
            .iter()
            .filter(|op| node.is_none_or(|node| op.node == node) && (!acknowledged || op.is_ok()))
            .filter_map(|op| {
                op.delta().map(|delta| (if acknowledged { op.completed } else { op.invoked }, delta))
            });
        RunningSums::of(entries.collect())
    };
    let invoked = adds(None, false);
    let acknowledged: Vec<_> = (0..options.node_count).map(|node| adds(Some(node), true)).collect();
    let mut bounds = ReadCheck::new("bounds");
    let mut own_writes = ReadCheck::new("read-your-writes");
    for (index, read, value) in counter_reads(history) {
        let (most, least) = invoked.before(read.completed, true);
        let outside = value < least || value > most;
        bounds.note(
            index,
            outside.then(|| {
                format!("n{} read {value}; everything invoked by then allows {least} to {most}", read.node)
            }),
        );
        let (own_plus, own_minus) = acknowledged[usize::from(read.node)].before(read.invoked, false);
        // Others' adds may be seen or not; one's own acknowledged ones must be.
        let (low, high) = (own_plus + least, own_minus + most);
        let missing = value < low || value > high;
        own_writes.note(
            index,
            missing.then(|| {
                format!(
                    "n{} read {value}; with its own acknowledged adds it must be {low} to {high}",
                    read.node
                )
            }),
        );
    }
    let mut checks = vec![bounds, own_writes];
    if options.workload == Workload::GCounter {
        checks.push(monotonic_counter(history));
    }
    checks
}

fn counter_reads(history: &[Operation]) -> impl Iterator<Item = (usize, &Operation, i128)> {
    history.iter().enumerate().filter_map(|(index, op)| op.counter().map(|value| (index, op, value)))
}

/// On each node, a read invoked after another ended shows at least as much.
fn monotonic_counter(history: &[Operation]) -> ReadCheck {
    let mut check = ReadCheck::new("monotonic");
    let mut reads: Vec<_> = counter_reads(history).collect();
    reads.sort_by_key(|(_, op, _)| op.invoked);
    let mut ended: Vec<_> = reads.clone();
    ended.sort_by_key(|(_, op, _)| op.completed);
    let mut highest: BTreeMap<u16, i128> = BTreeMap::new();
    let mut next_ended = ended.iter().peekable();
    for (index, read, value) in &reads {
        while let Some((_, earlier, seen)) = next_ended.next_if(|(_, op, _)| op.completed < read.invoked) {
            let high = highest.entry(earlier.node).or_insert(*seen);
            *high = (*high).max(*seen);
        }
        let before = highest.get(&read.node).copied();
        let back = before.filter(|before| value < before);
        check.note(
            *index,
            back.map(|before| format!("n{} read {value} after it had read {before}", read.node)),
        );
    }
    check
}

fn sets(history: &[Operation]) -> Vec<ReadCheck> {
    let mut bounds = ReadCheck::new("bounds");
    let mut own_writes = ReadCheck::new("read-your-writes");
    let mut monotonic = ReadCheck::new("monotonic");
    let mut adds: Vec<_> = history.iter().filter_map(|op| element_of(op).map(|id| (op, id))).collect();
    adds.sort_by_key(|(op, _)| op.completed);
    let invoked: BTreeMap<u64, Time> = adds.iter().map(|(op, id)| (*id, op.invoked)).collect();
    let mut reads: Vec<_> = history
        .iter()
        .enumerate()
        .filter_map(|(index, op)| op.elements().map(|shown| (index, op, shown)))
        .collect();
    reads.sort_by_key(|(_, op, _)| op.invoked);
    let mut sizes: BTreeMap<u16, Vec<(Time, usize)>> = BTreeMap::new();
    for (index, read, shown) in reads {
        let mut ids: Vec<_> = shown.iter().filter_map(Workload::element).collect();
        ids.sort_unstable();
        ids.dedup();
        bounds.note(index, foreign(read, shown, &invoked));
        let missing = adds
            .iter()
            .filter(|(add, _)| add.is_ok() && add.node == read.node && add.completed < read.invoked)
            .find(|(_, id)| ids.binary_search(id).is_err());
        own_writes.note(
            index,
            missing.map(|(_, id)| format!("n{} does not show {id}, which it had acknowledged", read.node)),
        );
        // A set that only grows on a node can be told by its size alone, once every element is known to be lawful.
        let earlier = sizes.entry(read.node).or_default();
        let before = earlier.iter().filter(|(ended, _)| *ended < read.invoked).map(|(_, size)| *size).max();
        let back = before.filter(|before| ids.len() < *before);
        monotonic.note(
            index,
            back.map(|before| {
                format!("n{} shows {} elements after it had shown {before}", read.node, ids.len())
            }),
        );
        earlier.push((read.completed, ids.len()));
    }
    vec![bounds, own_writes, monotonic]
}

const fn element_of(op: &Operation) -> Option<u64> {
    match op.action {
        Action::AddElement(id) | Action::Broadcast(id) => Some(id),
        _ => None,
    }
}

/// What a read shows that nobody had added by then, or that it shows twice.
fn foreign(read: &Operation, shown: &[Value], invoked: &BTreeMap<u64, Time>) -> Option<String> {
    let mut seen: Vec<&Value> = shown.iter().collect();
    seen.sort_unstable();
    if let Some([twice, _]) = seen.array_windows().find(|[one, next]| one == next) {
        return Some(format!("n{} shows {twice} twice", read.node));
    }
    let known = |value: &Value| {
        Workload::element(value).and_then(|id| invoked.get(&id)).is_some_and(|at| *at <= read.completed)
    };
    let stranger = shown.iter().find(|value| !known(value))?;
    Some(format!("n{} shows {stranger}, which nobody had added by then", read.node))
}
