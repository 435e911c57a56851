//! What has arrived before what it builds on: runs without a place yet, and deletions of characters without one.
//!
//! It is part of the state: another replica may need it. Runs are as long as they can be, ranges do not touch, so there
//! is one form of each content. Its size is bounded by what was received.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use super::change::{Id, IdRange, Run};
use crate::{NodeName, ReplicaId};

#[derive(Clone, Debug, Default)]
pub(super) struct Pending {
    /// By their first character.
    runs: BTreeMap<Id, Run>,
    /// Deleted characters without a place: `start..end` by start.
    deleted: BTreeMap<Id, u32>,
    /// Which run waits for which character: one at a time, the left origin or else the right one.
    waiting: BTreeSet<(Id, Id)>,
}

impl PartialEq for Pending {
    fn eq(&self, other: &Self) -> bool {
        // What is waited for follows from the runs and from what has a place.
        self.deleted == other.deleted && (self.runs == other.runs || self.same_runs(other))
    }
}

impl Pending {
    /// Whether the runs say the same but for the text of what is deleted, which one side may have dropped.
    fn same_runs(&self, other: &Self) -> bool {
        let (mut ours, mut theirs) = (self.runs.values(), other.runs.values());
        let (mut one, mut two) = (ours.next().cloned(), theirs.next().cloned());
        while let (Some(a), Some(b)) = (&one, &two) {
            let (deleted, until) = self.deleted_at(a.id, a.end().min(b.end()));
            // Of two that begin with the same character at least that one.
            let count = until.saturating_sub(a.id.seq);
            let (mut head_a, mut head_b) = (a.slice(0, count), b.slice(0, count));
            if deleted {
                (head_a.text, head_b.text) = (None, None);
            }
            if head_a != head_b {
                return false;
            }
            let rest = |run: &Run| (count < run.chars).then(|| run.slice(count, run.chars));
            (one, two) =
                (rest(a).or_else(|| ours.next().cloned()), rest(b).or_else(|| theirs.next().cloned()));
        }
        one.is_none() && two.is_none()
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.runs.is_empty() && self.deleted.is_empty()
    }

    pub(super) fn runs(&self) -> impl ExactSizeIterator<Item = &Run> {
        self.runs.values()
    }

    pub(super) fn deleted(&self) -> impl ExactSizeIterator<Item = IdRange> {
        self.deleted.iter().map(|(start, end)| IdRange {
            replica: start.replica,
            start: start.seq,
            end: *end,
        })
    }

    /// The run that holds this character.
    pub(super) fn run_at(&self, id: Id) -> Option<&Run> {
        let (start, run) = self.runs.range(..=id).next_back()?;
        (start.replica == id.replica && id.seq < run.end()).then_some(run)
    }

    /// The first run of this replica that begins at or after `id`.
    pub(super) fn run_from(&self, id: Id) -> Option<&Run> {
        self.runs.range(id..).next().map(|(_, run)| run).filter(|run| run.id.replica == id.replica)
    }

    /// Keeps a run, none of whose characters is known, until `missing` is there.
    pub(super) fn keep(&mut self, run: Run, missing: Id) {
        let mut run = run;
        let end = run.id.plus(run.chars);
        let last = run.id.plus(run.chars - 1);
        if let Some(next) = self.runs.get(&end)
            && run.extend(next)
        {
            self.runs.remove(&end);
            // A run that goes on another waits for its left origin, the last character of that.
            self.waiting.remove(&(last, end));
        }
        if let Some((_, before)) = self.runs.range_mut(..run.id).next_back()
            && before.extend(&run)
        {
            return;
        }
        self.waiting.insert((missing, run.id));
        self.runs.insert(run.id, run);
    }

    /// Gives out the runs that waited for one of these characters.
    pub(super) fn release(&mut self, replica: ReplicaId, start: u32, end: u32) -> Vec<Run> {
        let least = Id { replica: ReplicaId::new(NodeName::new(""), 0), seq: 0 };
        let bound = |seq| (Id { replica, seq }, least);
        let waited: Vec<_> = self.waiting.range(bound(start)..bound(end)).copied().collect();
        for entry in &waited {
            self.waiting.remove(entry);
        }
        waited.iter().filter_map(|(_, run)| self.runs.remove(run)).collect()
    }

    /// Keeps a deletion of characters without a place.
    pub(super) fn keep_deleted(&mut self, range: IdRange) {
        let IdRange { replica, mut start, mut end } = range;
        let replica_id = |seq| Id { replica, seq };
        while let Some((from, to)) = self.deleted.range(..=replica_id(end)).next_back() {
            let (from, to) = (*from, *to);
            if from.replica != replica || to < start {
                break;
            }
            (start, end) = (start.min(from.seq), end.max(to));
            self.deleted.remove(&from);
        }
        self.deleted.insert(replica_id(start), end);
    }

    /// Whether a character without a place is deleted, and up to which number that holds, at most `end`.
    pub(super) fn deleted_at(&self, id: Id, end: u32) -> (bool, u32) {
        if let Some((from, to)) = self.deleted.range(..=id).next_back()
            && from.replica == id.replica
            && *to > id.seq
        {
            return (true, (*to).min(end));
        }
        let next = self.deleted.range(id..).next().filter(|(from, _)| from.replica == id.replica);
        (false, next.map_or(end, |(from, _)| from.seq.min(end)))
    }

    /// Forgets the deletion of characters, all kept here, that get a place now, deleted.
    pub(super) fn forget_deleted(&mut self, range: IdRange) {
        let id = Id { replica: range.replica, seq: range.start };
        let Some((from, to)) = self.deleted.range(..=id).next_back() else { return };
        let (from, to) = (*from, *to);
        self.deleted.remove(&from);
        if from.seq < range.start {
            self.deleted.insert(from, range.start);
        }
        if range.end < to {
            self.deleted.insert(Id { replica: range.replica, seq: range.end }, to);
        }
    }
}

#[cfg(test)]
mod tests;
