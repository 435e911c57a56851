//! Many entries, in a hash table with linear probing.
//!
//! An entry's home is as far down the table as its register is among all, since registers come from hashes already, and at most half
//! of the slots are taken: O(1); at worst, if somebody chose the hashes, O(entries). No more than one load tells of most registers that
//! they are not there. How many slots there are follows from the number of entries.
//!
//! *Source:* Knuth, *The Art of Computer Programming*, volume 3, section 6.4, algorithm L.

use alloc::boxed::Box;
use alloc::vec;

use super::sparse::{Entry, Full, Sparse};

/// How many slots there are at first, if the list may be as long: with 64, which would have to grow once more, the first hundred
/// additions take a sixth longer. A table then grows fourfold, so that few of many additions move entries.
const SLOTS: usize = 256;

/// See the module.
#[derive(Clone)]
pub(super) struct Table<const PRECISION: u8> {
    /// As many as a power of two.
    slots: Box<[Entry]>,
    len: usize,
}

impl<const PRECISION: u8> Table<PRECISION> {
    /// When this many slots are half taken, the list is full.
    const MOST_SLOTS: usize = 2 * Sparse::<PRECISION>::MOST;

    pub(super) fn of(entries: &[Entry]) -> Self {
        Self::with_slots(SLOTS.min(Self::MOST_SLOTS), entries)
    }

    fn with_slots(count: usize, entries: &[Entry]) -> Self {
        let mut table = Self { slots: vec![Entry::NONE; count].into(), len: 0 };
        for entry in entries.iter().filter(|entry| !entry.is_none()) {
            let slot = table.slot(entry.index());
            table.put(slot, *entry);
        }
        table
    }

    /// Adds an entry if that is done at once: its home is free, and the table need not grow.
    #[inline]
    pub(super) fn add(&mut self, entry: Entry) -> bool {
        let home = self.home(entry.index());
        let is_free = self.slots[home].is_none() && !self.is_half_full();
        if is_free {
            self.put(home, entry);
        }
        is_free
    }

    /// Raises one register; true if it was lower.
    pub(super) fn raise(&mut self, entry: Entry) -> Result<bool, Full> {
        let slot = self.slot(entry.index());
        let own = self.slots[slot];
        if own.is_none() {
            if self.is_half_full() {
                self.grow()?;
                return self.raise(entry);
            }
            self.put(slot, entry);
            return Ok(true);
        }
        if own.rank() >= entry.rank() {
            return Ok(false);
        }
        self.slots[slot] = entry;
        Ok(true)
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The rank of a register.
    pub(super) fn get(&self, register: u32) -> u8 {
        self.slots[self.slot(register)].rank()
    }

    /// The entries, with free slots among them.
    pub(super) fn slots(&self) -> &[Entry] {
        &self.slots
    }

    fn is_half_full(&self) -> bool {
        2 * self.len >= self.slots.len()
    }

    fn grow(&mut self) -> Result<(), Full> {
        if self.slots.len() == Self::MOST_SLOTS {
            return Err(Full);
        }
        *self = Self::with_slots((4 * self.slots.len()).min(Self::MOST_SLOTS), &self.slots);
        Ok(())
    }

    /// Takes a free slot.
    fn put(&mut self, slot: usize, entry: Entry) {
        self.slots[slot] = entry;
        self.len += 1;
    }

    /// The slot that has the register's entry, or would have it.
    fn slot(&self, register: u32) -> usize {
        let mut slot = self.home(register);
        while !self.slots[slot].is_none() && self.slots[slot].index() != register {
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        slot
    }

    fn home(&self, register: u32) -> usize {
        (register as usize * self.slots.len()) >> PRECISION
    }
}
