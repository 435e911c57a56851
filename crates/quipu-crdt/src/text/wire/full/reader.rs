//! The full form, read and checked.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::super::number::Input;
use super::super::{Malformed, columns, in_order, little};
use super::{COLUMNS, Columns, Piece, kind};
use crate::ReplicaId;
use crate::text::change::{Id, IdRange, Run, Snippet, byte_of_char};
use crate::text::replicas::Replicas;
use crate::text::sequence::{Log, Sequence};
use crate::text::span::{Local, Measure, Span, narrow};
use crate::text::tree::{Builder, Tree};

/// Stands for the first character of a piece ahead, by the piece's number, until that is read.
const AHEAD: u32 = u32::MAX - 1;

pub(in super::super) fn read(first: u8, input: &mut Input<'_>) -> Result<Sequence, Malformed> {
    if first != little::FULL {
        return Err(Malformed::UnknownForm);
    }
    let ids = input.replicas()?;
    let mut all: [Cow<'_, [u8]>; COLUMNS] = Default::default();
    for (column, (_, most_ratio)) in all.iter_mut().zip(Columns::default().in_order()) {
        *column = columns::read(most_ratio, input)?;
    }
    let [kinds, pops, lengths, numbers, rights, named, visible, kept, text, deleted_text, pending] =
        all.each_ref().map(|column| &**column);
    let inputs = [pops, lengths, numbers, rights, named].map(Input::new);
    let pieces = read_pieces(kinds, inputs, ids.len())?;
    check_order(&pieces)?;
    let contents = Contents {
        visible: Alternating::new(visible),
        kept: Alternating::new(kept),
        text: utf8(text)?,
        deleted_text: utf8(deleted_text)?,
    };
    let mut replicas = Replicas::of(&ids);
    let tree = contents.fill(&pieces, &mut replicas)?;
    let mut sequence = Sequence::with(tree, replicas);
    read_pending(&mut sequence, &ids, &mut Input::new(pending))?;
    Ok(sequence)
}

fn utf8(column: &[u8]) -> Result<&str, Malformed> {
    core::str::from_utf8(column).map_err(|_| Malformed::BadText)
}

fn read_pieces(kinds: &[u8], inputs: [Input<'_>; 5], replicas: usize) -> Result<Vec<Piece>, Malformed> {
    let [pops, lengths, numbers, rights, named] = inputs;
    let stack = Vec::from([Piece::START]);
    let mut reader = Pieces { pops, lengths, numbers, rights, named, replicas, stack };
    let mut pieces = Vec::with_capacity(kinds.len());
    for (here, kind) in (0..).zip(kinds) {
        pieces.push(reader.read(*kind, here)?);
    }
    let Pieces { pops, lengths, numbers, rights, named, .. } = reader;
    [pops, lengths, numbers, rights, named].iter().try_for_each(Input::finish)?;
    for index in 0..pieces.len() {
        let right = pieces[index].right;
        if right.replica == AHEAD {
            pieces[index].right = pieces.get(right.seq as usize).ok_or(Malformed::NoOrigin)?.id;
        }
    }
    Ok(pieces)
}

struct Pieces<'a> {
    pops: Input<'a>,
    lengths: Input<'a>,
    numbers: Input<'a>,
    rights: Input<'a>,
    named: Input<'a>,
    replicas: usize,
    stack: Vec<Piece>,
}

impl Pieces<'_> {
    /// The piece number `here`.
    fn read(&mut self, kind: u8, here: u32) -> Result<Piece, Malformed> {
        let chars = self.lengths.small()?;
        let continues = kind & kind::LOWER_HALF == kind::CONTINUES;
        let mut left = None;
        if continues || kind & kind::LEFT_NAMED == 0 {
            let few = kind >> 4;
            let count = if few == kind::MANY_POPS { self.pops.size()? } else { usize::from(few) };
            let depth = self.stack.len().checked_sub(count).filter(|depth| *depth > 0);
            self.stack.truncate(depth.ok_or(Malformed::NoOrigin)?);
        } else {
            if kind >> 4 != 0 || kind & kind::RIGHT == kind::RIGHT_SAME {
                return Err(Malformed::UnknownForm);
            }
            left = Some(self.name()?);
        }
        let top = self.stack[self.stack.len() - 1];
        let mut piece = Piece { id: top.end(), chars, left: left.unwrap_or(top.last()), right: top.right };
        if continues {
            if top.id.is_edge() {
                return Err(Malformed::NoOrigin);
            }
            self.stack.pop();
        } else {
            if kind & kind::REPLICA != 0 {
                let number = self.named.small()?;
                piece.id.replica = self.replica(number)?;
            }
            piece.id.seq = self.numbers.near(top.end().seq)?;
            piece.right = self.right(kind, top, here)?;
        }
        if piece.id.replica >= AHEAD {
            return Err(Malformed::NoSuchReplica);
        }
        if chars == 0 || piece.id.seq == 0 || piece.id.seq.checked_add(chars).is_none() {
            return Err(Malformed::BadRange);
        }
        self.stack.push(piece);
        Ok(piece)
    }

    fn right(&mut self, kind: u8, top: Piece, here: u32) -> Result<Local, Malformed> {
        match kind & kind::RIGHT {
            kind::RIGHT_SAME => Ok(top.right),
            kind::RIGHT_BELOW => {
                let below = self.stack.iter().nth_back(self.rights.size()?);
                Ok(below.filter(|below| !below.id.is_edge()).ok_or(Malformed::NoOrigin)?.end())
            }
            kind::RIGHT_AHEAD => {
                let ahead = here.checked_add(self.rights.small()?).ok_or(Malformed::NoOrigin)?;
                Ok(Local { replica: AHEAD, seq: ahead })
            }
            _ => self.name(),
        }
    }

    fn name(&mut self) -> Result<Local, Malformed> {
        match self.named.small()?.checked_sub(1) {
            Some(number) => Ok(Local { replica: self.replica(number)?, seq: self.named.small()? }),
            None => Ok(Local::EDGE),
        }
    }

    fn replica(&self, number: u32) -> Result<u32, Malformed> {
        if (number as usize) < self.replicas { Ok(number) } else { Err(Malformed::NoSuchReplica) }
    }
}

/// Checks that no character is there twice, and that every piece stands between its origins.
fn check_order(pieces: &[Piece]) -> Result<(), Malformed> {
    let mut by_id: Vec<(u32, u32, u32)> = Vec::with_capacity(pieces.len());
    for (index, piece) in (0..).zip(pieces) {
        by_id.push((piece.id.replica, piece.id.seq, index));
    }
    by_id.sort_unstable();
    let piece = |entry: &(u32, u32, u32)| &pieces[entry.2 as usize];
    let overlap = |pair: &[(u32, u32, u32)]| pair[0].0 == pair[1].0 && piece(&pair[0]).end().seq > pair[1].1;
    if by_id.windows(2).any(overlap) {
        return Err(Malformed::Twice);
    }
    let holder = |id: Local| {
        let after = by_id.partition_point(|entry| (entry.0, entry.1) <= (id.replica, id.seq));
        let entry =
            by_id[..after].last().filter(|entry| entry.0 == id.replica && piece(entry).end().seq > id.seq);
        entry.map(|entry| entry.2).ok_or(Malformed::NoOrigin)
    };
    let mut before = Piece::START;
    for (index, piece) in (0..).zip(pieces) {
        // Mostly the left origin is right before.
        if piece.left != before.last() && !piece.left.is_edge() && holder(piece.left)? >= index {
            return Err(Malformed::Misplaced);
        }
        if !piece.right.is_edge() && holder(piece.right)? <= index {
            return Err(Malformed::Misplaced);
        }
        before = *piece;
    }
    Ok(())
}

/// What the pieces say.
struct Contents<'a> {
    visible: Alternating<'a>,
    kept: Alternating<'a>,
    text: &'a str,
    deleted_text: &'a str,
}

impl Contents<'_> {
    fn fill(mut self, pieces: &[Piece], replicas: &mut Replicas) -> Result<Tree, Malformed> {
        let mut tree = Builder::default();
        let ascii = self.text.is_ascii() && self.deleted_text.is_ascii();
        for piece in pieces {
            let mut from = 0;
            while from < piece.chars {
                let (is_visible, mut count) = self.visible.take((piece.chars - from).min(MOST_CHARS))?;
                let mut has_text = true;
                if !is_visible {
                    (has_text, count) = self.kept.take_again(&mut self.visible, count)?;
                }
                let column = if is_visible { &mut self.text } else { &mut self.deleted_text };
                let bytes = match (has_text, ascii) {
                    (false, _) => 0,
                    (true, true) => count as usize,
                    (true, false) => byte_of_char(column, count as usize),
                };
                let (slice, rest) = column.split_at_checked(bytes).ok_or(Malformed::BadText)?;
                *column = rest;
                let size =
                    if ascii { Measure { chars: bytes, utf16: bytes, bytes } } else { Measure::of(slice) };
                if has_text && size.chars != count as usize {
                    return Err(Malformed::BadText);
                }
                let id = Local { seq: piece.id.seq + from, ..piece.id };
                tree.push(Span {
                    id,
                    left: if from == 0 { piece.left } else { Local { seq: id.seq - 1, ..id } },
                    right: piece.right,
                    text: if has_text { replicas.keep(id.replica, slice) } else { Span::DROPPED },
                    chars: count,
                    utf16: narrow(size.utf16),
                    bytes: narrow(size.bytes),
                    deleted: !is_visible,
                });
                from += count;
            }
        }
        self.visible.finish()?;
        self.kept.finish()?;
        if self.text.is_empty() && self.deleted_text.is_empty() {
            Ok(tree.finish())
        } else {
            Err(Malformed::BadText)
        }
    }
}

/// No span of more characters is made, so that its sizes fit.
const MOST_CHARS: u32 = 1 << 26;

/// Counts of what is so, then is not, then is again. Without any, all is so.
struct Alternating<'a> {
    input: Input<'a>,
    is: bool,
    left: u64,
    all: bool,
}

impl<'a> Alternating<'a> {
    fn new(column: &'a [u8]) -> Self {
        Self { input: Input::new(column), is: false, left: 0, all: column.is_empty() }
    }

    /// Whether the next characters are so, and how many of them, at most `most`.
    fn take(&mut self, most: u32) -> Result<(bool, u32), Malformed> {
        if self.all {
            return Ok((true, most));
        }
        while self.left == 0 {
            self.left = self.input.number()?;
            self.is = !self.is;
        }
        let count = u32::try_from(self.left).unwrap_or(u32::MAX).min(most);
        self.left -= u64::from(count);
        Ok((self.is, count))
    }

    /// The same of what another has given out, to which it returns what it does not take.
    fn take_again(&mut self, other: &mut Self, most: u32) -> Result<(bool, u32), Malformed> {
        let (is, count) = self.take(most)?;
        other.left += u64::from(most - count);
        Ok((is, count))
    }

    fn finish(&self) -> Result<(), Malformed> {
        if self.left == 0 { self.input.finish() } else { Err(Malformed::BadRange) }
    }
}

fn read_pending(sequence: &mut Sequence, ids: &[ReplicaId], input: &mut Input<'_>) -> Result<(), Malformed> {
    if input.is_empty() {
        return Ok(());
    }
    let mut deleted = Vec::new();
    for _ in 0..input.number()? {
        let Id { replica, seq: start } = read_id(ids, input)?;
        let end = start.checked_add(input.small()?).filter(|end| *end > start).ok_or(Malformed::BadRange)?;
        deleted.push(IdRange { replica, start, end });
    }
    let mut log = Log::default();
    for range in in_order(deleted)?.as_slice() {
        sequence.take_deleted(*range, &mut log);
    }
    for _ in 0..input.number()? {
        let run = read_run(ids, input)?;
        if sequence.knows(run.id, run.end()) != (false, run.end()) {
            return Err(Malformed::Twice);
        }
        let range = IdRange { replica: run.id.replica, start: run.id.seq, end: run.end() };
        if run.text.is_none() && !sequence.deletes_all(range) {
            return Err(Malformed::TextLost);
        }
        sequence.take_run(&run, &mut log);
    }
    input.finish()
}

fn read_run(ids: &[ReplicaId], input: &mut Input<'_>) -> Result<Run, Malformed> {
    let flags = input.byte()?;
    if flags > 7 {
        return Err(Malformed::UnknownForm);
    }
    let id = read_id(ids, input)?;
    let left = if flags & 1 == 0 { None } else { Some(read_id(ids, input)?) };
    let right = if flags & 2 == 0 { None } else { Some(read_id(ids, input)?) };
    let size = input.small()?;
    let (mut text, mut chars) = (None, size);
    if flags & 4 == 0 {
        let slice = utf8(input.take(size as usize)?)?;
        if slice.len() > Span::MOST_BYTES {
            return Err(Malformed::BadText);
        }
        chars = narrow(Measure::of(slice).chars);
        text = Some(Snippet::new(slice));
    }
    little::check_run(Run { id, left, right, chars, text })
}

/// An id, by the replica's place in the list.
fn read_id(ids: &[ReplicaId], input: &mut Input<'_>) -> Result<Id, Malformed> {
    let replica = *ids.get(input.size()?).ok_or(Malformed::NoSuchReplica)?;
    let seq = input.small()?;
    if seq == 0 { Err(Malformed::BadNumber) } else { Ok(Id { replica, seq }) }
}
