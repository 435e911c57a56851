//! Everything in the order of the document, in columns.
//!
//! The document is a sequence of *pieces*: parts of runs, as long as they stand together. Most of what a piece says
//! follows from what stands before it. Writer and reader keep a stack of the pieces that may still matter: a new piece is
//! put after one of them (its left origin, mostly the top), or it continues one (what was typed into the middle of a run
//! is over), and whatever was above that one is done with. A right origin lies ahead: it is that of the left origin,
//! or where a piece on the stack goes on, or the beginning of the piece so many ahead. What follows from neither is
//! named by id; in a document without concurrent insertions at one place that never happens.

mod reader;
mod writer;

pub(super) use reader::read;
pub(super) use writer::write;

use alloc::vec::Vec;

use super::columns;
use crate::text::span::Local;

/// The columns, in the order in which they are written.
#[derive(Default)]
struct Columns {
    /// What sort of piece each is: the constants in [`kind`].
    kinds: Vec<u8>,
    /// How many pieces are above the one it is put after or continues, if that does not fit into the kind.
    pops: Vec<u8>,
    lengths: Vec<u8>,
    /// Of new pieces: the first number, as a distance from where the left origin's piece ends.
    numbers: Vec<u8>,
    /// Of new pieces: how far down or ahead the right origin is.
    rights: Vec<u8>,
    /// What does not follow: replicas, and origins by id.
    named: Vec<u8>,
    /// How many characters are visible, then deleted, then visible, ...
    visible: Vec<u8>,
    /// Of the deleted: how many have a text, then have none, ... Empty if all have one.
    kept: Vec<u8>,
    text: Vec<u8>,
    deleted_text: Vec<u8>,
    /// What has no place.
    pending: Vec<u8>,
}

impl Columns {
    /// Each with how well it may be compressed.
    fn in_order(&self) -> [(&Vec<u8>, usize); COLUMNS] {
        let text = |column| (column, columns::TEXT);
        let numbers = |column| (column, columns::NUMBERS);
        [
            numbers(&self.kinds),
            numbers(&self.pops),
            numbers(&self.lengths),
            numbers(&self.numbers),
            numbers(&self.rights),
            numbers(&self.named),
            numbers(&self.visible),
            numbers(&self.kept),
            text(&self.text),
            text(&self.deleted_text),
            numbers(&self.pending),
        ]
    }
}

const COLUMNS: usize = 11;

/// The sorts of pieces: two bits of flags, two for the right origin, and in the upper half the number of pops.
mod kind {
    /// The replica is not that of the left origin's piece, and is named.
    pub(super) const REPLICA: u8 = 1;
    /// The left origin is not on the stack, and is named.
    pub(super) const LEFT_NAMED: u8 = 2;
    /// Instead of both, and nothing else is said: it goes on where a piece on the stack was interrupted.
    pub(super) const CONTINUES: u8 = 3;
    pub(super) const LOWER_HALF: u8 = 0x0f;
    pub(super) const RIGHT: u8 = 0x0c;
    /// The right origin is that of the left origin's piece,
    pub(super) const RIGHT_SAME: u8 = 0;
    /// or where a piece on the stack goes on,
    pub(super) const RIGHT_BELOW: u8 = 0x04;
    /// or the beginning of a piece ahead,
    pub(super) const RIGHT_AHEAD: u8 = 0x08;
    /// or is named.
    pub(super) const RIGHT_NAMED: u8 = 0x0c;
    /// As many pops, or more, are in their own column.
    pub(super) const MANY_POPS: u8 = 15;
}

/// Part of a run that stands together. Replicas are numbered by their place in the list that is written.
#[derive(Clone, Copy, Debug)]
struct Piece {
    id: Local,
    chars: u32,
    left: Local,
    right: Local,
}

impl Piece {
    /// What comes before all pieces: a place to put things after.
    const START: Self = Self { id: Local::EDGE, chars: 1, left: Local::EDGE, right: Local::EDGE };

    fn last(&self) -> Local {
        Local { seq: self.id.seq + (self.chars - 1), ..self.id }
    }

    /// Where the run would go on.
    fn end(&self) -> Local {
        Local { seq: self.id.seq + self.chars, ..self.id }
    }
}

#[cfg(test)]
mod tests;
