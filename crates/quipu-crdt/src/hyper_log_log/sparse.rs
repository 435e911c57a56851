//! A short list of the registers that are above zero.
//!
//! Entries are in the order in which they came, so adding one is a push, once it is known that its register has none. How that is
//! known depends on their number: up to 8 are searched from end to end, several in an instruction and without a branch, which takes
//! less time than to keep them in order; up to 128 stand under marks ([`marked`]); more of them, at precisions above 11, have an
//! index ([`indexed`]).
//!
//! Nothing that can be observed follows the order: lists are equal and hash alike if their entries are, and are written in the
//! order of the registers.

mod indexed;
mod marked;

use alloc::boxed::Box;
use core::hash::{Hash, Hasher};

use indexed::Indexed;
use marked::{MARKED, Marked};
use smallvec::{SmallVec, smallvec};

/// A register and its rank, which is above zero: the index in the upper bits, the rank in the lower 6.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Entry(u32);

const RANK_BITS: u32 = 6;

impl Entry {
    pub(super) fn new(index: u32, rank: u8) -> Self {
        Self(index << RANK_BITS | u32::from(rank))
    }

    /// Where the element with this hash belongs: the register in the first `precision` bits, and the position of the first 1 in
    /// the others; one more than they are if there is none.
    #[expect(clippy::cast_possible_truncation, reason = "a precision is at most 18 bits")]
    #[inline]
    pub(super) fn of_hash(hash: u64, precision: u8) -> Self {
        let index = (hash >> (64 - precision)) as u32;
        let others = hash << precision | 1 << (precision - 1);
        Self(index << RANK_BITS | (others.leading_zeros() + 1))
    }

    #[inline]
    pub(super) fn index(self) -> u32 {
        self.0 >> RANK_BITS
    }

    #[inline]
    pub(super) fn rank(self) -> u8 {
        (self.0 & ((1 << RANK_BITS) - 1)) as u8
    }
}

/// How many entries are searched without ado.
const SEARCHED: usize = 8;

/// Entries without an allocation while there are few, as in deltas.
pub(super) type Entries = SmallVec<[Entry; SEARCHED]>;

/// Entries, one for each register.
#[derive(Clone)]
pub(super) enum Sparse<const PRECISION: u8> {
    /// Up to [`SEARCHED`].
    Few(Entries),
    /// Up to [`MARKED`].
    Marked(Box<Marked<PRECISION>>),
    Indexed(Box<Indexed<PRECISION>>),
}

impl<const PRECISION: u8> Default for Sparse<PRECISION> {
    #[inline]
    fn default() -> Self {
        Self::Few(Entries::new())
    }
}

impl<const PRECISION: u8> Sparse<PRECISION> {
    #[inline]
    pub(super) fn of(entry: Entry) -> Self {
        Self::Few(smallvec![entry])
    }

    /// Of entries in any order, one for each register.
    pub(super) fn of_all(entries: Entries) -> Self {
        match entries.len() {
            0..=SEARCHED => Self::Few(entries),
            more if more <= MARKED => Self::Marked(Marked::of(&entries)),
            _ => Self::Indexed(Box::new(Indexed::of(&entries))),
        }
    }

    /// Adds an entry if that is done at once: its register has none, and there is room among marked ones, at most `most`.
    #[inline]
    pub(super) fn add(&mut self, entry: Entry, most: usize) -> bool {
        if let Self::Marked(marked) = self { marked.add(entry, most) } else { false }
    }

    /// Raises one register; true if it was lower.
    pub(super) fn raise(&mut self, entry: Entry) -> bool {
        if let Some(place) = self.place(entry.index()) {
            let own = &mut self.entries_mut()[place];
            let is_lower = own.rank() < entry.rank();
            if is_lower {
                *own = entry;
            }
            return is_lower;
        }
        match self {
            Self::Few(entries) if entries.len() < SEARCHED => entries.push(entry),
            Self::Few(entries) => {
                let mut marked = Marked::of(entries);
                marked.push(entry);
                *self = Self::Marked(marked);
            }
            Self::Marked(marked) if marked.entries().len() < MARKED => marked.push(entry),
            Self::Marked(marked) => {
                let mut indexed = Box::new(Indexed::of(marked.entries()));
                indexed.push(entry);
                *self = Self::Indexed(indexed);
            }
            Self::Indexed(indexed) => indexed.push(entry),
        }
        true
    }

    fn entries(&self) -> &[Entry] {
        match self {
            Self::Few(entries) => entries,
            Self::Marked(marked) => marked.entries(),
            Self::Indexed(indexed) => indexed.entries(),
        }
    }

    fn entries_mut(&mut self) -> &mut [Entry] {
        match self {
            Self::Few(entries) => entries,
            Self::Marked(marked) => marked.entries_mut(),
            Self::Indexed(indexed) => indexed.entries_mut(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.entries().len()
    }

    /// The rank of a register.
    pub(super) fn get(&self, index: u32) -> u8 {
        self.place(index).map_or(0, |place| self.entries()[place].rank())
    }

    /// Where in the list the register is.
    fn place(&self, register: u32) -> Option<usize> {
        match self {
            Self::Few(entries) => entries.iter().position(|entry| entry.index() == register),
            Self::Marked(marked) => marked.place(register),
            Self::Indexed(indexed) => indexed.place(register),
        }
    }

    /// In no order that means anything.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = Entry> + '_ {
        self.entries().iter().copied()
    }

    /// In the order of their registers.
    pub(super) fn sorted(&self) -> Entries {
        let mut entries = Entries::from_slice(self.entries());
        entries.sort_unstable_by_key(|entry| entry.0);
        entries
    }
}

/// Where the register is among a few entries.
fn search(entries: &[Entry], register: u32) -> Option<usize> {
    // At most one entry is the register's, so "or" selects it.
    let own = |entry: &Entry| if entry.index() == register { entry.0 } else { 0 };
    let found = entries.iter().map(own).fold(0, |all, own| all | own);
    if found == 0 { None } else { entries.iter().position(|entry| entry.0 == found) }
}

impl<const PRECISION: u8> PartialEq for Sparse<PRECISION> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|own| other.get(own.index()) == own.rank())
    }
}

impl<const PRECISION: u8> Eq for Sparse<PRECISION> {}

impl<const PRECISION: u8> Hash for Sparse<PRECISION> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.sorted().hash(state);
    }
}
