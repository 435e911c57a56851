//! One run and some deletions in few bytes.
//!
//! A byte of flags, the replicas, then of the run its number, its origins as distances from that, and its text. A place in
//! the list of replicas is left out where there is but one.

use alloc::vec::Vec;

use super::number::{Ids, Input, place, write as write_number, write_near, write_replicas};
use super::{LITTLE, Malformed, in_order};
use crate::ReplicaId;
use crate::text::change::{Change, Id, IdRange, Run, Snippet};
use crate::text::span::{Measure, narrow};

/// In the first byte: it is not the little form.
pub(super) const FULL: u8 = 1;
const RUN: u8 = 2;
const LEFT: u8 = 4;
/// The left origin is the character before, of the same replica.
const LEFT_OWN: u8 = 8;
const RIGHT: u8 = 16;
const DROPPED: u8 = 32;
const DELETED: u8 = 64;
/// The right origin is the character after the left one, of the same replica.
const RIGHT_NEXT: u8 = 128;

pub(super) fn write(change: &Change, to: &mut Vec<u8>) {
    let replicas = replicas(change);
    let own = |run: &Run| run.left == Some(Id { seq: run.id.seq - 1, ..run.id });
    let flags = to.len();
    to.push(0);
    write_replicas(&replicas, to);
    let id = |id: Id, base: u32, to: &mut Vec<u8>| {
        if replicas.len() > 1 {
            write_number(place(&replicas, id), to);
        }
        write_near(id.seq, base, to);
    };
    if let Some(run) = &change.insert {
        to[flags] |= RUN;
        id(run.id, 0, to);
        if own(run) {
            to[flags] |= LEFT_OWN;
        } else if let Some(left) = run.left {
            to[flags] |= LEFT;
            id(left, run.id.seq, to);
        }
        if run.right.is_some() && run.right == next(run.left) {
            to[flags] |= RIGHT_NEXT;
        } else if let Some(right) = run.right {
            to[flags] |= RIGHT;
            id(right, run.id.seq, to);
        }
        if let Some(text) = &run.text {
            write_number(text.as_str().len() as u64, to);
            to.extend_from_slice(text.as_str().as_bytes());
        } else {
            to[flags] |= DROPPED;
            write_number(u64::from(run.chars), to);
        }
    }
    let deleted = change.deleted.as_slice();
    if !deleted.is_empty() {
        to[flags] |= DELETED;
        write_number(deleted.len() as u64, to);
        let mut base = change.insert.as_ref().map_or(0, |run| run.id.seq);
        for range in deleted {
            id(Id { replica: range.replica, seq: range.start }, base, to);
            write_number(u64::from(range.end - range.start), to);
            base = range.end;
        }
    }
}

pub(super) fn read(flags: u8, input: &mut Input<'_>) -> Result<Change, Malformed> {
    let of_run = LEFT | LEFT_OWN | RIGHT | RIGHT_NEXT | DROPPED;
    let both = |one: u8, other: u8| flags & one != 0 && flags & other != 0;
    if both(LEFT, LEFT_OWN) || both(RIGHT, RIGHT_NEXT) || (flags & RUN == 0 && flags & of_run != 0) {
        return Err(Malformed::UnknownForm);
    }
    let replicas = input.replicas()?;
    let run = if flags & RUN == 0 { None } else { Some(read_run(flags, &replicas, input)?) };
    let mut deleted = Vec::new();
    if flags & DELETED != 0 {
        let mut base = run.as_ref().map_or(0, |run| run.id.seq);
        let count = input.number()?;
        if count == 0 {
            return Err(Malformed::BadRange);
        }
        for _ in 0..count {
            let Id { replica, seq: start } = read_id(&replicas, base, input)?;
            let end = start.checked_add(input.small()?).ok_or(Malformed::BadRange)?;
            if start == end {
                return Err(Malformed::BadRange);
            }
            deleted.push(IdRange { replica, start, end });
            base = end;
        }
    }
    let change = Change { insert: run, deleted: in_order(deleted)? };
    if self::replicas(&change) != replicas {
        return Err(Malformed::BadReplica);
    }
    if change.insert.as_ref().is_some_and(|run| run.text.is_none() && !change.deleted.cover(run)) {
        return Err(Malformed::TextLost);
    }
    Ok(change)
}

fn read_run(flags: u8, replicas: &[ReplicaId], input: &mut Input<'_>) -> Result<Run, Malformed> {
    let id = read_id(replicas, 0, input)?;
    let mut left = None;
    if flags & LEFT_OWN != 0 {
        left =
            Some(Id { seq: id.seq.checked_sub(1).filter(|seq| *seq > 0).ok_or(Malformed::BadRange)?, ..id });
    } else if flags & LEFT != 0 {
        left = Some(read_id(replicas, id.seq, input)?);
    }
    let mut right = None;
    if flags & RIGHT_NEXT != 0 {
        right = Some(next(left).ok_or(Malformed::NoOrigin)?);
    } else if flags & RIGHT != 0 {
        right = Some(read_id(replicas, id.seq, input)?);
    }
    let size = input.small()?;
    let (mut text, mut chars) = (None, size);
    if flags & DROPPED == 0 {
        let slice = core::str::from_utf8(input.take(size as usize)?).map_err(|_| Malformed::BadText)?;
        if slice.len() > LITTLE {
            return Err(Malformed::BadText);
        }
        chars = narrow(Measure::of(slice).chars);
        text = Some(Snippet::new(slice));
    }
    check_run(Run { id, left, right, chars, text })
}

/// The character after one, of the same replica.
fn next(id: Option<Id>) -> Option<Id> {
    id.and_then(|id| Some(Id { seq: id.seq.checked_add(1)?, ..id }))
}

/// A run that could be one.
pub(super) fn check_run(run: Run) -> Result<Run, Malformed> {
    if run.chars == 0 || run.id.seq.checked_add(run.chars).is_none() {
        return Err(Malformed::BadRange);
    }
    let own = |origin: Option<Id>| {
        origin.is_some_and(|id| id.replica == run.id.replica && id.seq >= run.id.seq && id.seq < run.end())
    };
    if own(run.left) || own(run.right) || (run.left.is_some() && run.left == run.right) {
        return Err(Malformed::Misplaced);
    }
    Ok(run)
}

fn read_id(replicas: &[ReplicaId], base: u32, input: &mut Input<'_>) -> Result<Id, Malformed> {
    let place = if replicas.len() > 1 { input.size()? } else { 0 };
    let replica = *replicas.get(place).ok_or(Malformed::NoSuchReplica)?;
    let seq = input.near(base)?;
    if seq == 0 { Err(Malformed::BadNumber) } else { Ok(Id { replica, seq }) }
}

/// All replicas that a change names, in order.
fn replicas(change: &Change) -> Ids {
    let mut replicas = Ids::new();
    let mut add = |replica: ReplicaId| {
        if let Err(place) = replicas.binary_search(&replica) {
            replicas.insert(place, replica);
        }
    };
    if let Some(run) = &change.insert {
        let origins = [run.left, run.right].into_iter().flatten();
        core::iter::once(run.id).chain(origins).for_each(|id| add(id.replica));
    }
    change.deleted.as_slice().iter().for_each(|range| add(range.replica));
    replicas
}

#[cfg(test)]
mod tests;
