//! What nodes have to do at set times: timers, finished syncs, questions that expire.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use quipu_node::{Time, Timer};

/// All that is due at set times, in order of time; of equal times, in the order in which it was put in.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    entries: BinaryHeap<Reverse<Entry>>,
    order: u64,
}

/// Something due at one node in one of its lives; once that life is over it is void.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Errand {
    pub(super) node: u16,
    pub(super) life: u32,
    pub(super) task: Task,
}

/// What there is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// A timer of the node fires.
    Timer(Timer),
    /// The oldest unsynced record is durable.
    Synced,
    /// Look for questions whose time is over.
    Expire,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    at: Time,
    order: u64,
    errand: Errand,
}

impl Agenda {
    pub(super) fn push(&mut self, at: Time, errand: Errand) {
        self.order += 1;
        self.entries.push(Reverse(Entry { at, order: self.order, errand }));
    }

    pub(super) fn next_due(&self) -> Option<Time> {
        self.entries.peek().map(|entry| entry.0.at)
    }

    pub(super) fn pop(&mut self) -> Option<Errand> {
        self.entries.pop().map(|entry| entry.0.errand)
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
