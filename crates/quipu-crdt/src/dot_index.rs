//! Which key each live dot belongs to, so that a join need not look at all keys.
//!
//! Spans of consecutive dots with the same key are one entry. Invariant: spans do not overlap.
//!
//! *Cost* for n spans: finding those of a range O(log n) and what is found; memory a key and 48 bytes for each span.

use alloc::vec::Vec;
use core::num::NonZeroU64;

use crate::runs::{Run, split};
use crate::small_map::SmallMap;
use crate::spans::{Span, context_of};
use crate::{CausalContext, Dot, ReplicaId};

/// Live dots and their keys.
#[derive(Clone, Debug)]
pub(crate) struct DotIndex<K> {
    /// By the first dot of each span: the number of its last, and the key.
    spans: SmallMap<Dot, (u64, K)>,
}

impl<K: Clone + Eq> DotIndex<K> {
    /// Notes that the dots of this span belong to a key, whatever they belonged to.
    pub(crate) fn insert(&mut self, (replica, mut first, mut last): Span, key: K) {
        self.remove((replica, first, last));
        // What is left beside the span touches it.
        if let Some((before, _)) = self.part_at(replica, first - 1, &key) {
            first = before;
        }
        if let Some((after, end)) = self.part_at(replica, last.saturating_add(1), &key) {
            self.take(replica, after);
            last = end;
        }
        if let Some(dot) = dot(replica, first) {
            self.spans.insert(dot, (last, key));
        }
    }

    /// As [`DotIndex::insert`], but false, and nothing is changed, if one of the dots has a key already.
    #[cfg(feature = "serde")]
    pub(crate) fn insert_new(&mut self, (replica, first, last): Span, key: K) -> bool {
        let is_free = self.parts(replica, first, last).next().is_none();
        if is_free {
            self.insert((replica, first, last), key);
        }
        is_free
    }

    /// Forgets the dots of this span.
    pub(crate) fn remove(&mut self, (replica, first, last): Span) {
        let starts: Vec<u64> = self.parts_from(replica, first, last).map(|(start, _, _)| start).collect();
        for start in starts {
            let Some((end, key)) = self.take(replica, start) else { continue };
            if let Some(dot) = dot(replica, start).filter(|_| start < first) {
                self.spans.insert(dot, (first - 1, key.clone()));
            }
            if let Some(dot) = last.checked_add(1).and_then(|next| dot(replica, next)).filter(|_| end > last)
            {
                self.spans.insert(dot, (end, key));
            }
        }
    }

    /// All spans with their keys, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Span, &K)> + '_ {
        self.spans.iter().map(|(dot, (last, key))| ((dot.replica, dot.counter.get(), *last), key))
    }

    /// All dots.
    pub(crate) fn dots(&self) -> CausalContext {
        context_of(self.iter().map(|(span, _)| span))
    }

    /// The parts of spans that are in `context`, and their keys.
    pub(crate) fn within<'a>(
        &'a self,
        context: &'a CausalContext,
    ) -> impl Iterator<Item = (Span, &'a K)> + 'a {
        context.ranges().flat_map(|(replica, first, last)| {
            self.parts(replica, first, last).map(move |(first, last, key)| ((replica, first, last), key))
        })
    }

    /// The parts of spans that are in `context` and have no key in `other`, and their keys.
    pub(crate) fn within_but_not_in<'a>(
        &'a self,
        context: &CausalContext,
        other: &Self,
    ) -> Vec<(Span, &'a K)> {
        let mut missing = Vec::new();
        for (replica, first, last) in context.ranges() {
            let part = |(first, last, key)| Run { first, last, step: key };
            let here: Vec<Run<&K>> = self.parts(replica, first, last).map(part).collect();
            let there = other.parts(replica, first, last).map(|(first, last, _)| (first, last));
            let lacking = split(&here, there).1;
            missing.extend(lacking.into_iter().map(|run| ((replica, run.first, run.last), run.step)));
        }
        missing
    }

    /// The parts of spans that are not in `context`, and their keys.
    pub(crate) fn outside(&self, context: &CausalContext) -> Vec<(Span, &K)> {
        let mut outside = Vec::new();
        let mut spans = self.iter().peekable();
        while let Some(((replica, first, last), key)) = spans.next() {
            let mut row = Vec::from([Run { first, last, step: key }]);
            while let Some(((_, first, last), key)) = spans.next_if(|((other, _, _), _)| *other == replica) {
                row.push(Run { first, last, step: key });
            }
            let unknown = split(&row, context.ranges_of(replica)).1;
            outside.extend(unknown.into_iter().map(|run| ((replica, run.first, run.last), run.step)));
        }
        outside
    }

    /// The parts of spans between two numbers of a replica.
    fn parts(&self, replica: ReplicaId, first: u64, last: u64) -> impl Iterator<Item = (u64, u64, &K)> + '_ {
        let clip = move |(start, end, key): (u64, u64, _)| (start.max(first), end.min(last), key);
        self.parts_from(replica, first, last).map(clip)
    }

    /// The spans that touch the numbers from `first` to `last`, unclipped.
    fn parts_from(
        &self,
        replica: ReplicaId,
        first: u64,
        last: u64,
    ) -> impl Iterator<Item = (u64, u64, &K)> + '_ {
        let row = |from: u64, to: u64| {
            let bounds = dot(replica, from).zip(dot(replica, to)).filter(|_| from <= to);
            bounds.into_iter().flat_map(|(from, to)| self.spans.range(from..=to))
        };
        let before = row(1, first.saturating_sub(1)).next_back().filter(move |(_, (end, _))| *end >= first);
        before.into_iter().chain(row(first, last)).map(|(dot, (end, key))| (dot.counter.get(), *end, key))
    }

    /// The span that holds this number, if it has this key.
    fn part_at(&self, replica: ReplicaId, number: u64, key: &K) -> Option<(u64, u64)> {
        let found = self.parts_from(replica, number, number).next();
        found.filter(|(_, _, owner)| *owner == key).map(|(start, end, _)| (start, end))
    }

    fn take(&mut self, replica: ReplicaId, first: u64) -> Option<(u64, K)> {
        self.spans.remove(&dot(replica, first)?)
    }
}

fn dot(replica: ReplicaId, number: u64) -> Option<Dot> {
    NonZeroU64::new(number).map(|counter| Dot::new(replica, counter))
}

impl<K> Default for DotIndex<K> {
    fn default() -> Self {
        Self { spans: SmallMap::default() }
    }
}

#[cfg(test)]
mod tests;
