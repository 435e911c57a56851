//! Local edits, and the cutting and joining of spans that all edits share.

use alloc::vec::Vec;
use core::ops::Range;

use super::change::{Change, Id, IdRange, Ranges, Run, Snippet};
use super::offset::{Offset, TextError, Unit};
use super::sequence::{Gap, Sequence};
use super::span::{Local, Measure, Span, narrow};
use super::tree::{LEAF, NONE, Place};
use crate::ReplicaId;

impl Sequence {
    pub(super) fn insert(&mut self, replica: ReplicaId, at: Offset, text: &str) -> Result<Change, TextError> {
        let (gap, place) = self.gap_at(at)?;
        if text.len() > Span::MOST_BYTES {
            return Err(TextError::TooLong { bytes: text.len() });
        }
        if text.is_empty() {
            return Ok(Change::default());
        }
        let size = Measure::of(text);
        let next = self.replicas.number(replica).map_or(1, |number| self.replicas.get(number).next);
        if next.checked_add(narrow(size.chars)).is_none() {
            return Err(TextError::Exhausted { replica });
        }
        let id = Local { replica: self.replicas.number_or_new(replica), seq: next };
        let (left, right) = (self.before(gap), self.after(gap));
        let run = Run {
            id: Id { replica, seq: next },
            left: self.replicas.global(left),
            right: self.replicas.global(right),
            chars: narrow(size.chars),
            text: Some(Snippet::new(text)),
        };
        let span = self.write(id, left, right, text, size);
        self.put_at(gap, place.start, span);
        Ok(Change { insert: Some(run), deleted: Ranges::None })
    }

    pub(super) fn delete(&mut self, range: Range<Offset>) -> Result<Change, TextError> {
        let chars = |this: &Self, at: Offset| -> Result<usize, TextError> {
            if let Offset::Chars(count) = at
                && count <= this.tree.total().chars
            {
                return Ok(count);
            }
            let (gap, place) = this.gap_at(at)?;
            Ok(place.start.chars + gap.offset as usize)
        };
        let (start, end) = (chars(self, range.start)?, chars(self, range.end)?);
        if start > end {
            return Err(TextError::Reversed { start: range.start, end: range.end });
        }
        let mut left = end - start;
        let mut deleted = Vec::new();
        while left > 0 {
            let (gap, place) = self.gap_at(Offset::new(Unit::Chars, start + 1))?;
            let span = *self.tree.span(gap.leaf, gap.index);
            let from = gap.offset - 1;
            let count = (span.chars - from).min(narrow(left.min(span.chars as usize)));
            left -= count as usize;
            self.hide(place, from, from + count);
            let gone = IdRange {
                replica: self.replicas.get(span.id.replica).id,
                start: span.id.seq + from,
                end: span.id.seq + from + count,
            };
            if left == 0 && deleted.is_empty() {
                return Ok(Change { insert: None, deleted: Ranges::One(gone) });
            }
            deleted.push(gone);
        }
        Ok(Change { insert: None, deleted: Ranges::of(deleted) })
    }

    /// Keeps a text in the buffer of its replica and makes a visible span of it.
    #[inline]
    pub(super) fn write(&mut self, id: Local, left: Local, right: Local, text: &str, size: Measure) -> Span {
        let replica = self.replicas.get_mut(id.replica);
        let start = replica.text.len();
        replica.text.push_str(text);
        replica.next = replica.next.max(id.seq + narrow(size.chars));
        Span {
            id,
            left,
            right,
            text: start,
            chars: narrow(size.chars),
            utf16: narrow(size.utf16),
            bytes: narrow(size.bytes),
            deleted: false,
        }
    }

    /// Gives a new span its place in a gap. `start` is that of the gap's span.
    #[inline]
    pub(super) fn put_at(&mut self, gap: Gap, start: Measure, span: Span) {
        let Gap { leaf, index, offset } = gap;
        if offset == 0 {
            let (leaf, index) = self.put(leaf, index, span, NONE);
            self.cursor = Place { leaf, index, start };
            return;
        }
        let here = &mut self.tree.spans_mut(leaf)[index];
        if offset == here.chars && here.can_take(&span) {
            here.take(&span);
            self.replicas.get_mut(span.id.replica).leaves.set(span.id.seq, span.end(), leaf);
            self.tree.resize(leaf, span.visible());
            self.cursor = Place { leaf, index, start };
            return;
        }
        let here = *here;
        let head = self.measure(&here, offset);
        let start = if here.deleted { start } else { start.plus(head) };
        let (leaf, index) = if offset == here.chars {
            self.put(leaf, index + 1, span, NONE)
        } else {
            let tail = self.tree.spans_mut(leaf)[index].cut(head);
            self.shrink(leaf, tail.visible());
            let (new_leaf, new_index) = self.put(leaf, index + 1, tail, leaf);
            self.put(new_leaf, new_index, span, NONE)
        };
        self.cursor = Place { leaf, index, start };
    }

    /// Deletes the characters `from..to` of a visible span, and returns what they measured.
    pub(super) fn hide(&mut self, place: Place, from: u32, to: u32) -> Measure {
        let Place { leaf, index, start } = place;
        let span = *self.tree.span(leaf, index);
        let (before, after) = (self.measure(&span, from), self.measure(&span, to));
        self.cursor = match (from == 0, to == span.chars) {
            (true, true) => Place { leaf, index: self.hide_all(leaf, index), start },
            (true, false) => self.hide_first(place, after),
            (false, true) => self.hide_last(place, before),
            (false, false) => self.hide_middle(place, before, after),
        };
        after.minus(before)
    }

    fn hide_all(&mut self, leaf: u32, mut index: usize) -> usize {
        let spans = self.tree.spans_mut(leaf);
        let gone = spans[index].measure();
        spans[index].deleted = true;
        if index + 1 < spans.len() && spans[index].can_take(&spans[index + 1]) {
            let next = spans.remove(index + 1);
            spans[index].take(&next);
        }
        if index > 0 && spans[index - 1].can_take(&spans[index]) {
            let taken = spans.remove(index);
            index -= 1;
            spans[index].take(&taken);
        }
        self.shrink(leaf, gone);
        index
    }

    fn hide_first(&mut self, Place { leaf, index, start }: Place, gone: Measure) -> Place {
        let spans = self.tree.spans_mut(leaf);
        let mut head = spans[index];
        let tail = head.cut(gone);
        head.deleted = true;
        if index > 0 && spans[index - 1].can_take(&head) {
            spans[index - 1].take(&head);
            spans[index] = tail;
            self.shrink(leaf, gone);
            return Place { leaf, index, start };
        }
        spans[index] = head;
        self.shrink(leaf, gone.plus(tail.visible()));
        let (leaf, index) = self.put(leaf, index + 1, tail, leaf);
        Place { leaf, index, start }
    }

    fn hide_last(&mut self, Place { leaf, index, start }: Place, before: Measure) -> Place {
        let spans = self.tree.spans_mut(leaf);
        let mut tail = spans[index].cut(before);
        let gone = tail.measure();
        tail.deleted = true;
        if index + 1 < spans.len() && tail.can_take(&spans[index + 1]) {
            tail.take(&spans[index + 1]);
            spans[index + 1] = tail;
            self.shrink(leaf, gone);
            return Place { leaf, index, start };
        }
        self.shrink(leaf, gone);
        let (leaf, index) = self.put(leaf, index + 1, tail, leaf);
        Place { leaf, index, start: start.plus(before) }
    }

    fn hide_middle(&mut self, Place { leaf, index, start }: Place, before: Measure, after: Measure) -> Place {
        let here = &mut self.tree.spans_mut(leaf)[index];
        let mut middle = here.cut(before);
        let tail = middle.cut(after.minus(before));
        middle.deleted = true;
        self.shrink(leaf, middle.measure().plus(tail.measure()));
        let (new_leaf, new_index) = self.put(leaf, index + 1, tail, leaf);
        let (new_leaf, new_index) = self.put(new_leaf, new_index, middle, leaf);
        Place { leaf: new_leaf, index: new_index, start: start.plus(before) }
    }

    #[inline]
    fn shrink(&mut self, leaf: u32, by: Measure) {
        self.tree.resize(leaf, Measure::default().minus(by));
    }

    /// Puts a span before the one at `index`, splits a full leaf for it, and returns where it is now. `was_in` is the
    /// leaf its characters are noted to be in, if any.
    fn put(&mut self, leaf: u32, index: usize, span: Span, was_in: u32) -> (u32, usize) {
        let (mut leaf, mut index) = (leaf, index);
        let count = self.tree.leaf(leaf).spans.len();
        if count >= LEAF {
            // Whoever types at the end leaves full leaves behind.
            let at = if index == count { count } else { LEAF / 2 };
            let new = self.tree.split(leaf, at);
            let runs_on = |one: &Span, next: &Span| one.at(one.chars) == next.id;
            for moved in self.tree.leaf(new).spans.chunk_by(runs_on) {
                let (first, last) = (moved[0].id, moved[moved.len() - 1].end());
                self.replicas.get_mut(first.replica).leaves.set(first.seq, last, new);
            }
            if index > at || index == count {
                (leaf, index) = (new, index - at);
            }
        }
        self.tree.insert(leaf, index, span);
        if leaf != was_in {
            self.replicas.get_mut(span.id.replica).leaves.set(span.id.seq, span.end(), leaf);
        }
        (leaf, index)
    }
}
