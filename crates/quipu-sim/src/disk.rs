//! A node's disk: what was written, what of it would survive a crash, and what waits for it.

use std::collections::VecDeque;

use quipu_node::{Effect, Record};

/// One node's disk. The world tells it when a sync is over; it has no clock.
///
/// Records become durable in the order written. An effect that follows a record in the node's order waits here until
/// that record is durable, and so does everything after it.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    durable: Vec<Record>,
    unsynced: VecDeque<Record>,
    /// Records made durable since the node started.
    synced: u64,
    /// Records written since the node started.
    written: u64,
    /// Effects with the number of the record they wait for.
    waiting: VecDeque<(u64, Effect)>,
}

impl Disk {
    /// Writes a record; a sync is now under way for it.
    pub(crate) fn write(&mut self, record: Record) {
        self.unsynced.push_back(record);
        self.written += 1;
    }

    /// Gives an effect back if it may be carried out now; otherwise keeps it until what precedes it is durable.
    pub(crate) fn gate(&mut self, effect: Effect) -> Option<Effect> {
        if self.synced == self.written {
            return Some(effect);
        }
        self.waiting.push_back((self.written, effect));
        None
    }

    /// One more record is durable. Returns how many are, and the effects that waited for it.
    pub(crate) fn synced(&mut self) -> (u64, Vec<Effect>) {
        self.durable.extend(self.unsynced.pop_front());
        self.synced += 1;
        let mut released = Vec::new();
        while self.waiting.front().is_some_and(|(record, _)| *record <= self.synced) {
            released.extend(self.waiting.pop_front().map(|(_, effect)| effect));
        }
        (self.synced, released)
    }

    /// The node crashes: what was not synced is lost, and so is what waited for it. What is left is for the next start.
    pub(crate) fn crash(&mut self) {
        *self = Self { durable: std::mem::take(&mut self.durable), ..Self::default() };
    }

    /// What a start finds.
    pub(crate) fn recovered(&self) -> Vec<Record> {
        self.durable.clone()
    }
}
