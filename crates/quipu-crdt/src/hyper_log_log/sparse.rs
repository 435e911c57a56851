//! A short list of the registers that are above zero.
//!
//! Up to eight entries stand one after the other, in the order in which they came, and are searched, which takes less time than to
//! keep them in order; so a delta needs no allocation. More of them are in a hash table (see `table.rs`).
//!
//! Nothing that can be observed follows their order: lists are equal and hash alike if their entries are, and are written in the
//! order of the registers.

use core::hash::{Hash, Hasher};

use smallvec::SmallVec;

use super::table::Table;

/// A register and its rank, which is above zero: the index in the upper bits, the rank in the lower 6. Or none.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Entry(u32);

const RANK_BITS: u32 = 6;

impl Entry {
    pub(super) const NONE: Self = Self(0);

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
    pub(super) fn is_none(self) -> bool {
        self == Self::NONE
    }

    #[inline]
    pub(super) fn index(self) -> u32 {
        self.0 >> RANK_BITS
    }

    /// Zero if there is none.
    #[inline]
    pub(super) fn rank(self) -> u8 {
        (self.0 & ((1 << RANK_BITS) - 1)) as u8
    }
}

/// How many entries are searched without ado.
const FEW: usize = 8;

/// Entries, one for each register, at most [`MOST`](Sparse::MOST).
#[derive(Clone)]
pub(super) enum Sparse<const PRECISION: u8> {
    /// Those that are there come first.
    Few([Entry; FEW]),
    Many(Table<PRECISION>),
}

/// The list has as many entries as it may, and none of the register.
#[derive(Debug)]
pub(super) struct Full;

impl<const PRECISION: u8> Default for Sparse<PRECISION> {
    #[inline]
    fn default() -> Self {
        Self::Few([Entry::NONE; FEW])
    }
}

impl<const PRECISION: u8> Sparse<PRECISION> {
    /// How many registers above zero are listed before all are kept: a power of two.
    pub(super) const MOST: usize = match (1 << PRECISION) / 16 {
        0..2 => 2,
        few @ 2..1024 => few,
        _ => 1024,
    };

    #[inline]
    pub(super) fn of(entry: Entry) -> Self {
        let mut few = [Entry::NONE; FEW];
        few[0] = entry;
        Self::Few(few)
    }

    /// Adds an entry if that is done at once, and it is sure that its register has none.
    #[inline]
    pub(super) fn add(&mut self, entry: Entry) -> bool {
        if let Self::Many(table) = self { table.add(entry) } else { false }
    }

    /// Raises one register; true if it was lower.
    pub(super) fn raise(&mut self, entry: Entry) -> Result<bool, Full> {
        let few = match self {
            Self::Few(few) => few,
            Self::Many(table) => return table.raise(entry),
        };
        let belongs = |own: &&mut Entry| own.is_none() || own.index() == entry.index();
        if let Some(own) = few.iter_mut().take(Self::MOST).find(belongs) {
            let is_lower = own.rank() < entry.rank();
            if is_lower {
                *own = entry;
            }
            return Ok(is_lower);
        }
        if Self::MOST <= FEW {
            return Err(Full);
        }
        *self = Self::Many(Table::of(few));
        self.raise(entry)
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Few(_) => self.iter().count(),
            Self::Many(table) => table.len(),
        }
    }

    /// The rank of a register.
    pub(super) fn get(&self, register: u32) -> u8 {
        match self {
            Self::Few(few) => {
                few.iter().find(|own| own.index() == register && !own.is_none()).map_or(0, |own| own.rank())
            }
            Self::Many(table) => table.get(register),
        }
    }

    /// In no order that means anything.
    pub(super) fn iter(&self) -> impl Iterator<Item = Entry> + '_ {
        let slots = match self {
            Self::Few(few) => few.as_slice(),
            Self::Many(table) => table.slots(),
        };
        slots.iter().copied().filter(|entry| !entry.is_none())
    }

    /// In the order of their registers.
    pub(super) fn sorted(&self) -> SmallVec<[Entry; FEW]> {
        let mut entries: SmallVec<_> = self.iter().collect();
        entries.sort_unstable_by_key(|entry: &Entry| entry.0);
        entries
    }
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
