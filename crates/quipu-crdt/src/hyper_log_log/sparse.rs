//! A short list of the registers that are above zero.
//!
//! Entries are in the order in which they came, so adding one is a push. Up to 128 are searched from end to end, several in an instruction
//! and without a branch, which takes less time than to keep them in order. More of them, at precisions above 11, have an index:
//! a hash table with linear probing of their places in the list. A register's home there is as far down the table as the
//! register is among all, since registers come from hashes already, and at most half of the slots are taken: O(1); at worst, if
//! somebody chose the hashes, O(entries).
//!
//! Nothing that can be observed follows the order: lists are equal and hash alike if their entries are, and are written in the
//! order of the registers.
//!
//! *Source:* Knuth, *The Art of Computer Programming*, volume 3, section 6.4, algorithm L.

use alloc::boxed::Box;
use alloc::vec;
use core::hash::{Hash, Hasher};

use smallvec::SmallVec;

/// A register and its rank, which is above zero: the index in the upper bits, the rank in the lower 6.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
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

/// Entries without an allocation while there are up to four, as in deltas.
pub(super) type Entries = SmallVec<[Entry; 4]>;

/// How many entries there may be without an index.
const SEARCHED: usize = 128;

#[derive(Clone)]
pub(super) struct Sparse<const PRECISION: u8> {
    /// One for each register.
    entries: Entries,
    /// Places in the list plus one, or zero; as many as a power of two. None up to [`SEARCHED`] entries.
    index: Box<[u16]>,
}

impl<const PRECISION: u8> Default for Sparse<PRECISION> {
    #[inline]
    fn default() -> Self {
        Self { entries: Entries::new(), index: Box::default() }
    }
}

impl<const PRECISION: u8> Sparse<PRECISION> {
    #[inline]
    pub(super) fn of(entry: Entry) -> Self {
        Self::of_all(Entries::from_iter([entry]))
    }

    /// Of entries in any order, one for each register.
    #[inline]
    pub(super) fn of_all(entries: Entries) -> Self {
        let mut list = Self { entries, index: Box::default() };
        if list.len() > SEARCHED {
            list.make_index();
        }
        list
    }

    /// Raises one register; true if it was lower.
    #[inline]
    pub(super) fn raise(&mut self, entry: Entry) -> bool {
        let rank = self.get(entry.index());
        if rank >= entry.rank() {
            return false;
        }
        if rank == 0 {
            self.push(entry);
        } else if let Some(place) = self.place(entry.index()) {
            self.entries[place] = entry;
        }
        true
    }

    /// Adds the entry of a register that has none.
    #[inline]
    fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
        if self.len() > SEARCHED {
            self.extend_index();
        }
    }

    /// Lets the index find the last entry.
    fn extend_index(&mut self) {
        if 2 * self.len() > self.index.len() {
            self.make_index();
        } else {
            self.index_entry(self.len() - 1);
        }
    }

    fn make_index(&mut self) {
        self.index = vec![0; (2 * self.len()).next_power_of_two()].into();
        (0..self.len()).for_each(|place| self.index_entry(place));
    }

    fn index_entry(&mut self, place: usize) {
        let mut slot = self.home(self.entries[place].index());
        while self.index[slot] != 0 {
            slot = self.after(slot);
        }
        self.index[slot] = u16::try_from(place + 1).expect("a list has at most 1,024 entries");
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The rank of a register.
    #[inline]
    pub(super) fn get(&self, index: u32) -> u8 {
        if self.index.is_empty() {
            // At most one entry is the register's, so "or" selects it.
            let own = |entry: &Entry| if entry.index() == index { entry.0 } else { 0 };
            return Entry(self.entries.iter().map(own).fold(0, |all, own| all | own)).rank();
        }
        self.place(index).map_or(0, |place| self.entries[place].rank())
    }

    /// Where in the list the register is.
    fn place(&self, index: u32) -> Option<usize> {
        if self.index.is_empty() {
            return self.entries.iter().position(|entry| entry.index() == index);
        }
        let mut slot = self.home(index);
        loop {
            let place = usize::from(self.index[slot]).checked_sub(1)?;
            if self.entries[place].index() == index {
                return Some(place);
            }
            slot = self.after(slot);
        }
    }

    fn home(&self, index: u32) -> usize {
        (index as usize * self.index.len()) >> PRECISION
    }

    fn after(&self, slot: usize) -> usize {
        (slot + 1) & (self.index.len() - 1)
    }

    /// In no order that means anything.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = Entry> + '_ {
        self.entries.iter().copied()
    }

    /// In the order of their registers.
    pub(super) fn sorted(&self) -> Entries {
        let mut entries = self.entries.clone();
        entries.sort_unstable_by_key(|entry| entry.0);
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
