//! Changes that come from elsewhere: a place for each run by the rule of `FugueMax`, or a wait for what it builds on.

use core::cmp::Ordering;

use super::change::{Id, IdRange, Run, Snippet};
use super::sequence::{Gap, Log, Sequence};
use super::span::{Local, Measure, Span};
use super::tree::Place;

impl Sequence {
    /// Takes in deleted characters, known or not.
    pub(super) fn take_deleted(&mut self, range: IdRange, log: &mut Log) {
        let IdRange { replica, start, end } = range;
        let number = self.replicas.number_or_new(replica);
        let known = self.replicas.get_mut(number);
        known.next = known.next.max(end);
        let mut seq = start;
        while seq < end {
            let Some(gap) = self.place_of(Local { replica: number, seq }) else {
                let placed = self.replicas.get(number).leaves.first_from(seq);
                let until = placed.map_or(end, |placed| placed.min(end));
                self.pending.keep_deleted(IdRange { replica, start: seq, end: until });
                seq = until;
                continue;
            };
            let span = *self.tree.span(gap.leaf, gap.index);
            let until = span.end().min(end);
            if !span.deleted {
                let start = self.start_of(gap.leaf, gap.index);
                let at = start.plus(self.measure(&span, gap.offset));
                let place = Place { leaf: gap.leaf, index: gap.index, start };
                let gone = self.hide(place, gap.offset, until - span.id.seq);
                log.deleted(at, gone);
            }
            seq = until;
        }
    }

    /// Takes in a run, parts of which may be known. Deletions of it must have been taken in before.
    pub(super) fn take_run(&mut self, run: &Run, log: &mut Log) {
        let number = self.replicas.number_or_new(run.id.replica);
        if run.id.seq >= self.replicas.get(number).next {
            return self.take_unknown(run, log);
        }
        let mut from = 0;
        while from < run.chars {
            let (known, until) = self.knows(run.id.plus(from), run.end());
            let to = until - run.id.seq;
            if !known {
                self.take_unknown(&run.slice(from, to), log);
            }
            from = to;
        }
    }

    /// Takes in a run that is not known, and all that waited for it.
    fn take_unknown(&mut self, run: &Run, log: &mut Log) {
        match self.origins(run) {
            Ok(origins) if self.pending.is_empty() && run.chars <= MOST_CHARS => {
                return self.place_piece(run, origins, false, log);
            }
            Ok(_) => self.place(run, log),
            Err(missing) => {
                let known = self.replicas.number_or_new(run.id.replica);
                let known = self.replicas.get_mut(known);
                known.next = known.next.max(run.end());
                return self.pending.keep(run.clone(), missing);
            }
        }
        let mut ready = self.pending.release(run.id.replica, run.id.seq, run.end());
        while let Some(run) = ready.pop() {
            if let Err(missing) = self.origins(&run) {
                self.pending.keep(run, missing);
            } else {
                self.place(&run, log);
                ready.extend(self.pending.release(run.id.replica, run.id.seq, run.end()));
            }
        }
    }

    /// The origins of a run and the gap right after the left one, or the first origin that has no place yet.
    #[inline]
    fn origins(&self, run: &Run) -> Result<Origins, Id> {
        let (mut left, mut right) = (Local::EDGE, Local::EDGE);
        let mut gap = Gap { leaf: 0, index: 0, offset: 0 };
        if let Some(id) = run.left {
            left = Local { replica: self.replicas.find(id.replica).ok_or(id)?, seq: id.seq };
            gap = self.place_of(left).ok_or(id)?;
            gap.offset += 1;
        }
        if let Some(id) = run.right {
            right = Local { replica: self.replicas.find(id.replica).ok_or(id)?, seq: id.seq };
            if self.after(gap) != right && self.replicas.leaf_of(right).is_none() {
                return Err(id);
            }
        }
        Ok(Origins { left, right, gap })
    }

    /// Gives a run whose origins have places its own, in pieces that are wholly deleted or not at all.
    fn place(&mut self, run: &Run, log: &mut Log) {
        let mut from = 0;
        while from < run.chars {
            let most = run.end().min((run.id.seq + from).saturating_add(MOST_CHARS));
            let (deleted, until) = if self.pending.is_empty() {
                (false, most)
            } else {
                self.pending.deleted_at(run.id.plus(from), most)
            };
            let to = until - run.id.seq;
            let piece = run.slice(from, to);
            if let Ok(origins) = self.origins(&piece) {
                self.place_piece(&piece, origins, deleted, log);
            }
            if deleted {
                let (replica, start) = (run.id.replica, run.id.seq + from);
                self.pending.forget_deleted(IdRange { replica, start, end: until });
            }
            from = to;
        }
    }

    fn place_piece(&mut self, run: &Run, origins: Origins, deleted: bool, log: &mut Log) {
        let Origins { left, right, mut gap } = origins;
        let id = Local { replica: self.replicas.number_or_new(run.id.replica), seq: run.id.seq };
        if self.after(gap) != right {
            gap = self.between(left, right, run.id, gap);
        }
        let start = self.start_of(gap.leaf, gap.index);
        let text = run.text.as_ref().map(Snippet::as_str);
        let mut size = text.map(Measure::of).unwrap_or_default();
        size.chars = run.chars as usize;
        let mut span = self.write(id, left, right, text.unwrap_or_default(), size);
        span.deleted = deleted || text.is_none();
        if text.is_none() {
            span.text = Span::DROPPED;
        }
        let offset = gap.offset;
        if !span.deleted && log.unit.is_some() && self.tree.leaf(gap.leaf).spans.len() > gap.index {
            let here = *self.tree.span(gap.leaf, gap.index);
            let within = if here.deleted { Measure::default() } else { self.measure(&here, offset) };
            log.inserted(start.plus(within), text.unwrap_or_default());
        } else if !span.deleted {
            log.inserted(start, text.unwrap_or_default());
        }
        self.put_at(gap, start, span);
    }

    /// The place for a run among those that were put between the same characters, `gap` being right after `left`.
    ///
    /// This is `FugueMax` without its tree: of the runs with the same left origin the one with the farther right origin
    /// comes first, then the smaller id; and each keeps what was put between it and its own origins.
    fn between(&self, left: Local, right: Local, id: Id, gap: Gap) -> Gap {
        let mut here = Some(gap);
        let (mut best, mut passing) = (gap, false);
        while let Some(at) = here {
            if !passing {
                best = at;
            }
            let next = self.after(at);
            if next.is_edge() || next == right {
                break;
            }
            // Where the next run stands; `at` may be the end of the span before it.
            let at = self.forward(at);
            let span = self.tree.span(at.leaf, at.index);
            let origin = span.left_of(at.offset);
            if origin == left {
                match self.compare(span.right, right, Ordering::Greater) {
                    Ordering::Less => passing = true,
                    Ordering::Equal if self.replicas.global(next).is_some_and(|next| id < next) => break,
                    _ => passing = false,
                }
            } else if self.compare(origin, left, Ordering::Less).is_lt() {
                break;
            }
            here = Some(Gap { offset: span.chars, ..at });
        }
        best
    }

    /// The same gap, named by the span after it, which must exist.
    fn forward(&self, gap: Gap) -> Gap {
        match self.tree.leaf(gap.leaf).spans.get(gap.index) {
            Some(span) if gap.offset >= span.chars => self
                .tree
                .after(gap.leaf, gap.index)
                .map_or(gap, |(leaf, index)| Gap { leaf, index, offset: 0 }),
            _ => gap,
        }
    }

    /// The order of two characters that have places; an edge of the document is on the side that `edge` says.
    fn compare(&self, one: Local, other: Local, edge: Ordering) -> Ordering {
        match (self.place_of(one), self.place_of(other)) {
            (Some(one), Some(other)) => self
                .tree
                .compare_leaves(one.leaf, other.leaf)
                .then(one.index.cmp(&other.index))
                .then(one.offset.cmp(&other.offset)),
            (None, None) => Ordering::Equal,
            (None, Some(_)) => edge,
            (Some(_), None) => edge.reverse(),
        }
    }
}

/// Of a run: its origins, and the gap right after the left one.
#[derive(Clone, Copy)]
struct Origins {
    left: Local,
    right: Local,
    gap: Gap,
}

/// No piece is longer, so that each fits a span.
const MOST_CHARS: u32 = 1 << 26;
const _: () = assert!(MOST_CHARS as usize * 4 <= Span::MOST_BYTES);
