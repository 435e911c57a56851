//! What a document knows, compared and joined with what another does.

use alloc::vec::Vec;
use core::num::NonZeroU64;

#[cfg(feature = "serde")]
use super::change::Ranges;
use super::change::{Change, Id, IdRange, Run, Snippet};
use super::sequence::{Log, Sequence};
use super::span::Span;
use crate::{Dot, Lattice, VersionVector};

/// Any part of a text: runs and deletions, in no order.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) runs: Vec<Run>,
    pub(super) deleted: Vec<IdRange>,
}

impl Parts {
    /// Adds what of a run `known` lacks.
    pub(super) fn add_run(&mut self, run: &Run, known: &Sequence) {
        let mut from = 0;
        while from < run.chars {
            let (is_known, until) = known.knows(run.id.plus(from), run.end());
            let to = until - run.id.seq;
            if !is_known {
                self.runs.push(run.slice(from, to));
                if run.text.is_none() {
                    // A character without a text is nowhere without its deletion.
                    self.deleted.push(IdRange {
                        replica: run.id.replica,
                        start: run.id.seq + from,
                        end: until,
                    });
                }
            }
            from = to;
        }
    }

    /// Adds what of a deletion `known` lacks.
    pub(super) fn add_deleted(&mut self, range: IdRange, known: &Sequence) {
        let IdRange { replica, mut start, end } = range;
        while start < end {
            let (is_known, until) = known.deletes(Id { replica, seq: start }, end);
            if !is_known {
                self.deleted.push(IdRange { replica, start, end: until });
            }
            start = until;
        }
    }
}

impl Sequence {
    /// Takes in a small part, with the edits it makes.
    pub(super) fn take_change(&mut self, change: &Change, log: &mut Log) {
        for range in change.deleted.as_slice() {
            self.take_deleted(*range, log);
        }
        if let Some(run) = &change.insert {
            self.take_run(run, log);
        }
    }

    /// Takes in all that another document knows, with the edits it makes.
    pub(super) fn take_all(&mut self, other: &Self, log: &mut Log) {
        for range in other.deleted() {
            self.take_deleted(range, log);
        }
        for span in other.by_id() {
            let id = other.id_of(span);
            if self.knows(id, span.end()) != (true, span.end()) {
                self.take_run(&other.run(span), log);
            }
        }
        for run in other.pending.runs() {
            self.take_run(run, log);
        }
    }

    /// What a document that knows `known` lacks of this one.
    pub(super) fn unknown_to(&self, known: &Self) -> Parts {
        let mut parts = Parts::default();
        for span in self.by_id() {
            if known.knows(self.id_of(span), span.end()) != (true, span.end()) {
                parts.add_run(&self.run(span), known);
            }
        }
        for run in self.pending.runs() {
            parts.add_run(run, known);
        }
        for range in self.deleted() {
            parts.add_deleted(range, known);
        }
        parts
    }

    /// What a document lacks that knows of each replica the first characters, as many as `version` says.
    pub(super) fn since(&self, version: &VersionVector) -> Parts {
        let mut parts = Parts { runs: Vec::new(), deleted: self.deleted().collect() };
        let mut add = |run: Run| {
            let known = version.of(run.id.replica).saturating_sub(u64::from(run.id.seq) - 1);
            let known = u32::try_from(known).unwrap_or(u32::MAX);
            if known < run.chars {
                parts.runs.push(run.slice(known, run.chars));
            }
        };
        for span in self.by_id() {
            if u64::from(span.end()) > version.of(self.replicas.get(span.id.replica).id) {
                add(self.run(span));
            }
        }
        self.pending.runs().cloned().for_each(add);
        parts
    }

    pub(super) fn includes(&self, other: &Self) -> bool {
        let knows = |id: Id, end: u32| self.knows_all(id, end);
        other.by_id().all(|span| knows(other.id_of(span), span.end()))
            && other.pending.runs().all(|run| knows(run.id, run.end()))
            && other.deleted().all(|range| self.deletes_all(range))
    }

    pub(super) fn includes_change(&self, change: &Change) -> bool {
        change.insert.as_ref().is_none_or(|run| self.knows_all(run.id, run.end()))
            && change.deleted.as_slice().iter().all(|range| self.deletes_all(*range))
    }

    fn knows_all(&self, mut id: Id, end: u32) -> bool {
        while let (true, until) = self.knows(id, end) {
            if until == end {
                return true;
            }
            id.seq = until;
        }
        false
    }

    pub(super) fn deletes_all(&self, range: IdRange) -> bool {
        let mut id = Id { replica: range.replica, seq: range.start };
        while let (true, until) = self.deletes(id, range.end) {
            if until == range.end {
                return true;
            }
            id.seq = until;
        }
        false
    }

    /// The document as one run and what is deleted, if it is no more than that.
    #[cfg(feature = "serde")]
    pub(super) fn as_change(&self) -> Option<Change> {
        let mut whole: Option<Run> = None;
        let mut add = |run: Run| match &mut whole {
            None => {
                whole = Some(run);
                true
            }
            Some(whole) => whole.extend(&run),
        };
        let one_run = self.tree.iter().all(|span| add(self.run(span)))
            && self.pending.runs().all(|run| add(run.clone()));
        one_run.then(|| Change { insert: whole, deleted: Ranges::of(self.deleted().collect()) })
    }

    /// How many of the first characters of each replica are known without a gap.
    pub(super) fn version(&self) -> VersionVector {
        let mut version = VersionVector::default();
        for (_, replica) in self.replicas.in_order() {
            let mut end = 1;
            while let (true, until) = self.knows(Id { replica: replica.id, seq: end }, replica.next) {
                end = until;
                if end == replica.next {
                    break;
                }
            }
            if let Some(count) = NonZeroU64::new(u64::from(end) - 1) {
                version.join(&VersionVector::up_to(Dot::new(replica.id, count)));
            }
        }
        version
    }

    /// All spans, replica by replica, in the order of their numbers.
    pub(super) fn by_id(&self) -> impl Iterator<Item = &Span> {
        self.replicas.in_order().flat_map(move |(number, replica)| {
            let mut seq = 1;
            core::iter::from_fn(move || {
                let start = replica.leaves.first_from(seq)?;
                let leaf = replica.leaves.get(start)?;
                let holds = |span: &&Span| {
                    span.id.replica == number && span.id.seq <= start && start - span.id.seq < span.chars
                };
                let span = self.tree.leaf(leaf).spans.iter().find(holds)?;
                seq = span.end();
                Some(span)
            })
        })
    }

    /// All that is deleted, in no order.
    pub(super) fn deleted(&self) -> impl Iterator<Item = IdRange> {
        let spans = self.tree.iter().filter(|span| span.deleted).map(|span| {
            let Id { replica, seq } = self.id_of(span);
            IdRange { replica, start: seq, end: span.end() }
        });
        spans.chain(self.pending.deleted())
    }

    pub(super) fn id_of(&self, span: &Span) -> Id {
        Id { replica: self.replicas.get(span.id.replica).id, seq: span.id.seq }
    }

    /// A span under global names.
    pub(super) fn run(&self, span: &Span) -> Run {
        let text = (span.text != Span::DROPPED).then(|| Snippet::new(self.replicas.text(span)));
        let (left, right) = (self.replicas.global(span.left), self.replicas.global(span.right));
        Run { id: self.id_of(span), left, right, chars: span.chars, text }
    }

    /// Whether the spans in order say the same, however each document has cut them.
    fn same_order(&self, other: &Self) -> bool {
        let (mut ours, mut theirs) = (self.tree.iter(), other.tree.iter());
        let (mut one, mut two) = (ours.next().copied(), theirs.next().copied());
        while let (Some(mut a), Some(mut b)) = (one, two) {
            let count = a.chars.min(b.chars);
            let (rest_a, rest_b) = (cut_after(self, &mut a, count), cut_after(other, &mut b, count));
            let names = |this: &Self, span: &Span| {
                (this.id_of(span), this.replicas.global(span.left), this.replicas.global(span.right))
            };
            let same_text = a.deleted || self.replicas.text(&a) == other.replicas.text(&b);
            if a.deleted != b.deleted || !same_text || names(self, &a) != names(other, &b) {
                return false;
            }
            one = rest_a.or_else(|| ours.next().copied());
            two = rest_b.or_else(|| theirs.next().copied());
        }
        one.is_none() && two.is_none()
    }
}

/// Cuts a copy of a span after `count` characters and returns the rest of it.
fn cut_after(sequence: &Sequence, span: &mut Span, count: u32) -> Option<Span> {
    (count < span.chars).then(|| span.cut(sequence.measure(span, count)))
}

impl PartialEq for Sequence {
    fn eq(&self, other: &Self) -> bool {
        // The text of what is deleted is no knowledge: it may have been dropped on one side.
        self.tree.total() == other.tree.total() && self.pending == other.pending && self.same_order(other)
    }
}
