//! The full form, written.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use super::super::number::{place, write as number, write_near, write_replicas};
use super::super::{columns, little};
use super::{Columns, Piece, kind};
use crate::ReplicaId;
use crate::text::change::{Id, Run};
use crate::text::sequence::Sequence;
use crate::text::span::{Local, Span};

/// How far down the stack one looks; what is deeper is named.
const REACH: usize = 200;

pub(in super::super) fn write(sequence: &Sequence, to: &mut Vec<u8>) {
    to.push(little::FULL);
    let replicas = replicas(sequence);
    write_replicas(&replicas, to);
    let places: Vec<u32> = sequence.replicas.places_in(&replicas);
    let mut columns = Columns::default();
    write_pieces(&pieces(sequence, &places), &mut columns);
    write_contents(sequence, &mut columns);
    write_pending(sequence, &replicas, &mut columns.pending);
    for (column, most_ratio) in columns.in_order() {
        columns::write(column, most_ratio, to);
    }
}

/// All replicas that are named, in order.
fn replicas(sequence: &Sequence) -> Vec<ReplicaId> {
    let mut all: BTreeSet<ReplicaId> = sequence.replicas.in_order().map(|(_, replica)| replica.id).collect();
    for run in sequence.pending.runs() {
        all.extend([run.left, run.right].into_iter().flatten().map(|id| id.replica));
    }
    all.into_iter().collect()
}

fn pieces(sequence: &Sequence, places: &[u32]) -> Vec<Piece> {
    let renumbered = |id: Local| {
        if id.is_edge() { id } else { Local { replica: places[id.replica as usize], seq: id.seq } }
    };
    let mut pieces: Vec<Piece> = Vec::new();
    let mut before: Option<Span> = None;
    for span in sequence.tree.iter() {
        match (before, pieces.last_mut()) {
            (Some(before), Some(piece)) if before.runs_on_in(span) => piece.chars += span.chars,
            _ => pieces.push(Piece {
                id: renumbered(span.id),
                chars: span.chars,
                left: renumbered(span.left),
                right: renumbered(span.right),
            }),
        }
        before = Some(*span);
    }
    pieces
}

fn write_pieces(pieces: &[Piece], to: &mut Columns) {
    let key = |id: Local| (id.replica, id.seq);
    let heads: BTreeMap<(u32, u32), usize> =
        pieces.iter().enumerate().map(|(index, piece)| (key(piece.id), index)).collect();
    let mut stack = Vec::from([Piece::START]);
    for (index, piece) in pieces.iter().enumerate() {
        number(u64::from(piece.chars), &mut to.lengths);
        let below = if piece.left.is_edge() {
            Some(stack.len() - 1)
        } else {
            stack.iter().rev().take(REACH).position(|below| below.last() == piece.left)
        };
        let mut kind = kind::LEFT_NAMED;
        if let Some(pops) = below {
            kind = few(pops) << 4;
            if kind >> 4 == kind::MANY_POPS {
                number(pops as u64, &mut to.pops);
            }
            stack.truncate(stack.len() - pops);
        } else {
            name(piece.left, &mut to.named);
        }
        let top = stack[stack.len() - 1];
        if below.is_some() && top.end() == piece.id && top.right == piece.right {
            to.kinds.push(kind | kind::CONTINUES);
            stack.pop();
            stack.push(*piece);
            continue;
        }
        if top.id.replica != piece.id.replica {
            kind |= kind::REPLICA;
            number(u64::from(piece.id.replica), &mut to.named);
        }
        write_near(piece.id.seq, top.end().seq, &mut to.numbers);
        let depth = || stack.iter().rev().take(REACH).position(|below| below.end() == piece.right);
        kind |= if below.is_some() && top.right == piece.right {
            kind::RIGHT_SAME
        } else if let Some(depth) = depth() {
            number(depth as u64, &mut to.rights);
            kind::RIGHT_BELOW
        } else if let Some(head) = heads.get(&key(piece.right)).and_then(|head| head.checked_sub(index)) {
            number(head as u64, &mut to.rights);
            kind::RIGHT_AHEAD
        } else {
            name(piece.right, &mut to.named);
            kind::RIGHT_NAMED
        };
        to.kinds.push(kind);
        stack.push(*piece);
    }
}

/// What fits into the kind.
fn few(pops: usize) -> u8 {
    u8::try_from(pops).map_or(kind::MANY_POPS, |pops| pops.min(kind::MANY_POPS))
}

/// A character, or the edge of the document.
fn name(id: Local, to: &mut Vec<u8>) {
    if id.is_edge() {
        return number(0, to);
    }
    number(u64::from(id.replica) + 1, to);
    number(u64::from(id.seq), to);
}

/// Writes which characters are visible, and the texts.
fn write_contents(sequence: &Sequence, to: &mut Columns) {
    let (mut visible, mut kept) = (Alternating::default(), Alternating::default());
    for span in sequence.tree.iter() {
        visible.add(!span.deleted, span.chars, &mut to.visible);
        if span.deleted {
            kept.add(span.text != Span::DROPPED, span.chars, &mut to.kept);
        }
        let column = if span.deleted { &mut to.deleted_text } else { &mut to.text };
        column.extend_from_slice(sequence.replicas.text(span).as_bytes());
    }
    visible.finish(&mut to.visible);
    kept.finish(&mut to.kept);
}

/// Counts of things that are so, then are not, then are again, ...; nothing if all are so.
#[derive(Default)]
struct Alternating {
    is_not: bool,
    count: u64,
    changes: bool,
}

impl Alternating {
    fn add(&mut self, is: bool, count: u32, to: &mut Vec<u8>) {
        if self.is_not == is {
            number(self.count, to);
            (self.is_not, self.count, self.changes) = (!is, 0, true);
        }
        self.count += u64::from(count);
    }

    fn finish(self, to: &mut Vec<u8>) {
        if self.changes {
            number(self.count, to);
        }
    }
}

/// Deletions, then runs, each with all it says.
fn write_pending(sequence: &Sequence, replicas: &[ReplicaId], to: &mut Vec<u8>) {
    if sequence.pending.is_empty() {
        return;
    }
    number(sequence.pending.deleted().len() as u64, to);
    for range in sequence.pending.deleted() {
        let start = Id { replica: range.replica, seq: range.start };
        name_id(start, replicas, to);
        number(u64::from(range.end - range.start), to);
    }
    number(sequence.pending.runs().len() as u64, to);
    for run in sequence.pending.runs() {
        write_run(run, replicas, to);
    }
}

fn write_run(run: &Run, replicas: &[ReplicaId], to: &mut Vec<u8>) {
    let flag = |is: bool, bit: u8| if is { bit } else { 0 };
    to.push(flag(run.left.is_some(), 1) | flag(run.right.is_some(), 2) | flag(run.text.is_none(), 4));
    for id in [Some(run.id), run.left, run.right].into_iter().flatten() {
        name_id(id, replicas, to);
    }
    if let Some(text) = &run.text {
        number(text.as_str().len() as u64, to);
        to.extend_from_slice(text.as_str().as_bytes());
    } else {
        number(u64::from(run.chars), to);
    }
}

fn name_id(id: Id, replicas: &[ReplicaId], to: &mut Vec<u8>) {
    number(place(replicas, id), to);
    number(u64::from(id.seq), to);
}
