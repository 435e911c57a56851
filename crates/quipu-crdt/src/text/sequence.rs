//! A document that can be edited: the tree, who wrote it, what waits for its place, and where the last edit was.

use alloc::vec::Vec;

use super::change::{Id, byte_of_char};
use super::offset::{Edit, Offset, TextError, Unit};
use super::pending::Pending;
use super::replicas::Replicas;
use super::span::{Local, Measure, Span};
use super::tree::{Builder, Place, Tree};

#[derive(Clone, Debug)]
pub(super) struct Sequence {
    pub(super) tree: Tree,
    pub(super) replicas: Replicas,
    pub(super) pending: Pending,
    /// Where the last edit was; the next one is mostly near. A span that exists, or index 0 of the empty document.
    pub(super) cursor: Place,
}

/// Between two characters: before the one at `offset` of a span, or after its last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gap {
    pub(super) leaf: u32,
    pub(super) index: usize,
    pub(super) offset: u32,
}

/// Collects the edits an editor must make, if one asked.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) unit: Option<Unit>,
    pub(super) edits: Vec<Edit>,
}

impl Log {
    pub(super) fn inserted(&mut self, at: Measure, text: &str) {
        let Some(unit) = self.unit else { return };
        let at = at.in_unit(unit);
        self.edits.push(Edit::Insert { at, text: text.into() });
    }

    pub(super) fn deleted(&mut self, at: Measure, gone: Measure) {
        let Some(unit) = self.unit else { return };
        let (at, len) = (at.in_unit(unit), gone.in_unit(unit));
        match self.edits.last_mut() {
            Some(Edit::Delete { at: before, len: more }) if *before == at => *more += len,
            _ => self.edits.push(Edit::Delete { at, len }),
        }
    }
}

impl Default for Sequence {
    fn default() -> Self {
        Self::with(Tree::new(), Replicas::default())
    }
}

impl Sequence {
    /// A document of a finished tree, whose leaves are noted here.
    pub(super) fn with(tree: Tree, mut replicas: Replicas) -> Self {
        replicas.note_leaves(&tree);
        let cursor = Place { leaf: 0, index: 0, start: Measure::default() };
        Self { tree, replicas, pending: Pending::default(), cursor }
    }

    pub(super) fn is_bottom(&self) -> bool {
        self.tree.leaf(0).spans.is_empty() && self.pending.is_empty()
    }

    /// The gap at an offset, right after the visible character before it, and the start of its span.
    #[inline]
    pub(super) fn gap_at(&self, at: Offset) -> Result<(Gap, Place), TextError> {
        let (unit, count) = (at.unit(), at.count());
        if count == 0 {
            let place = Place { leaf: 0, index: 0, start: Measure::default() };
            return Ok((Gap { leaf: 0, index: 0, offset: 0 }, place));
        }
        let len = self.tree.total().in_unit(unit);
        if count > len {
            return Err(TextError::OutOfRange { offset: at, len });
        }
        let place = self.near(unit, count).unwrap_or_else(|| self.tree.find(unit, count));
        let span = self.tree.span(place.leaf, place.index);
        let within = count - place.start.in_unit(unit);
        let offset = if span.is_ascii() || unit == Unit::Chars {
            super::span::narrow(within)
        } else {
            self.chars_before(span, unit, within).ok_or(TextError::InsideCharacter { offset: at })?
        };
        Ok((Gap { leaf: place.leaf, index: place.index, offset }, place))
    }

    /// The span with the visible character before `offset`, if it is in the leaf of the last edit.
    #[inline]
    fn near(&self, unit: Unit, offset: usize) -> Option<Place> {
        let mut place = self.cursor;
        let spans = &self.tree.leaf(place.leaf).spans;
        while offset <= place.start.in_unit(unit) {
            place.index = place.index.checked_sub(1)?;
            place.start = place.start.minus(spans.get(place.index)?.visible());
        }
        loop {
            let end = place.start.plus(spans.get(place.index)?.visible());
            if offset <= end.in_unit(unit) {
                return Some(place);
            }
            place.start = end;
            place.index += 1;
        }
    }

    /// How many characters the first `within` units of a span are; `None` if that is inside a character.
    fn chars_before(&self, span: &Span, unit: Unit, within: usize) -> Option<u32> {
        let (mut chars, mut units) = (0, 0);
        for char in self.replicas.text(span).chars() {
            if units >= within {
                break;
            }
            units += if unit == Unit::Utf16 { char.len_utf16() } else { char.len_utf8() };
            chars += 1;
        }
        (units == within).then_some(chars)
    }

    /// The size of the first `chars` characters of a span.
    #[inline]
    pub(super) fn measure(&self, span: &Span, chars: u32) -> Measure {
        if span.is_ascii() {
            let size = chars as usize;
            return Measure { chars: size, utf16: size, bytes: size };
        }
        if chars == span.chars {
            return span.measure();
        }
        if span.text == Span::DROPPED {
            return Measure { chars: chars as usize, utf16: 0, bytes: 0 };
        }
        let text = self.replicas.text(span);
        Measure::of(&text[..byte_of_char(text, chars as usize)])
    }

    /// Where a character that has a place is: its span, and its offset there.
    pub(super) fn place_of(&self, id: Local) -> Option<Gap> {
        let cursor = self.cursor;
        if let Some(span) = self.tree.leaf(cursor.leaf).spans.get(cursor.index)
            && span.contains(id)
        {
            return Some(Gap { leaf: cursor.leaf, index: cursor.index, offset: id.seq - span.id.seq });
        }
        if id.is_edge() {
            return None;
        }
        let leaf = self.replicas.leaf_of(id)?;
        let spans = &self.tree.leaf(leaf).spans;
        let index = spans.iter().position(|span| span.contains(id))?;
        Some(Gap { leaf, index, offset: id.seq - spans[index].id.seq })
    }

    /// The visible size of all before a span.
    pub(super) fn start_of(&self, leaf: u32, index: usize) -> Measure {
        let cursor = self.cursor;
        if cursor.leaf != leaf {
            return self.tree.start_of(leaf, index);
        }
        let spans = &self.tree.leaf(leaf).spans;
        let sum =
            |spans: &[Span]| spans.iter().fold(Measure::default(), |sum, span| sum.plus(span.visible()));
        if index < cursor.index {
            cursor.start.minus(sum(&spans[index..cursor.index]))
        } else {
            cursor.start.plus(sum(&spans[cursor.index..index]))
        }
    }

    /// The character right after a gap, visible or not.
    #[inline]
    pub(super) fn after(&self, gap: Gap) -> Local {
        let spans = &self.tree.leaf(gap.leaf).spans;
        match spans.get(gap.index) {
            Some(span) if gap.offset < span.chars => span.at(gap.offset),
            _ => self
                .tree
                .after(gap.leaf, gap.index)
                .map_or(Local::EDGE, |(leaf, index)| self.tree.span(leaf, index).id),
        }
    }

    /// The character right before a gap, visible or not, if the gap is not at the beginning of a span.
    #[inline]
    pub(super) fn before(&self, gap: Gap) -> Local {
        if gap.offset == 0 { Local::EDGE } else { self.tree.span(gap.leaf, gap.index).at(gap.offset - 1) }
    }

    /// The visible text, slice by slice.
    pub(super) fn slices(&self) -> impl Iterator<Item = &str> {
        self.tree.iter().filter(|span| !span.deleted).map(|span| self.replicas.text(span))
    }

    /// Rebuilds the document without the text of what is deleted.
    pub(super) fn drop_deleted_text(&mut self) {
        let mut tree = Builder::default();
        let mut replicas = self.replicas.without_text();
        for span in self.tree.iter() {
            let mut span = *span;
            if span.deleted {
                (span.text, span.utf16, span.bytes) = (Span::DROPPED, 0, 0);
            } else {
                span.text = replicas.keep(span.id.replica, self.replicas.text(&span));
            }
            // Visible text stands side by side only where it is written side by side, so this joins deleted spans alone.
            match tree.last_mut() {
                Some(last) if last.deleted && last.can_take(&span) => last.take(&span),
                _ => tree.push(span),
            }
        }
        let pending = core::mem::take(&mut self.pending);
        *self = Self::with(tree.finish(), replicas);
        self.pending = pending;
    }

    /// Whether a character is here or waiting, and up to which number, at most `end`, that is the same.
    pub(super) fn knows(&self, id: Id, end: u32) -> (bool, u32) {
        let Some(number) = self.replicas.find(id.replica) else { return (false, end) };
        let replica = self.replicas.get(number);
        if id.seq >= replica.next {
            return (false, end);
        }
        if replica.leaves.get(id.seq).is_some() {
            return (true, replica.leaves.placed_until(id.seq, end));
        }
        if let Some(run) = self.pending.run_at(id) {
            return (true, run.end().min(end));
        }
        let mut unknown = end.min(replica.leaves.first_from(id.seq).unwrap_or(end));
        if let Some(run) = self.pending.run_from(id) {
            unknown = unknown.min(run.id.seq);
        }
        (false, unknown)
    }

    /// Whether a character is deleted, and up to which number, at most `end`, that is the same.
    pub(super) fn deletes(&self, id: Id, end: u32) -> (bool, u32) {
        let Some(number) = self.replicas.find(id.replica) else { return (false, end) };
        let local = Local { replica: number, seq: id.seq };
        if let Some(gap) = self.place_of(local) {
            let span = self.tree.span(gap.leaf, gap.index);
            return (span.deleted, span.end().min(end));
        }
        let end = self.replicas.get(number).leaves.first_from(id.seq).map_or(end, |start| start.min(end));
        self.pending.deleted_at(id, end)
    }
}
