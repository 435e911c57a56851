//! What a client remembers between its operations: its last read, for those operations that build on one.

use std::collections::BTreeMap;

use quipu_node::Value;

use crate::operation::{Operation, Outcome, Returned};
use crate::workload::Workload;

/// A client's memory. One who gave an operation up is replaced by another who remembers nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory {
    context: Option<Value>,
    values: Vec<u64>,
    length: u64,
}

impl Memory {
    /// Takes note of how an operation ended.
    pub fn note(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Ok(Returned::Siblings { values, context }) => {
                self.context = Some(context.clone());
                self.values = values.iter().filter_map(Workload::element).collect();
            }
            Outcome::Ok(Returned::Text(text)) => self.length = count(text),
            Outcome::Ok(Returned::Deleted(text)) => self.length = self.length.saturating_sub(count(text)),
            Outcome::Info(_) => *self = Self::default(),
            Outcome::Ok(_) | Outcome::Fail(_) => {}
        }
    }

    /// The context of the last read of a register.
    pub const fn context(&self) -> Option<&Value> {
        self.context.as_ref()
    }

    /// The values that it showed; none if nothing was read.
    pub fn values(&self) -> Option<&[u64]> {
        self.context.as_ref().map(|_| self.values.as_slice())
    }

    /// The place that lies so many thousandths into the text as last read.
    pub const fn position(&self, at: u16) -> u64 {
        self.length.saturating_mul(at as u64) / 1000
    }

    /// `length`, or what is left of the text behind `position`.
    pub fn at_most(&self, position: u64, length: u64) -> u64 {
        length.min(self.length.saturating_sub(position))
    }
}

/// For each operation of a history, what its client remembered when it was invoked.
pub fn memories(history: &[Operation]) -> impl Iterator<Item = (&Operation, Memory)> {
    let mut workers: BTreeMap<u32, Memory> = BTreeMap::new();
    history.iter().map(move |op| {
        let memory = workers.entry(op.worker).or_default();
        let before = memory.clone();
        memory.note(&op.outcome);
        (op, before)
    })
}

fn count(text: &str) -> u64 {
    text.chars().count() as u64
}
