//! Up to 128 entries under marks: 2,048 bits that tell nearly always at once that a register has no entry yet.
//!
//! At precision 11 and below each register has a bit of its own; above, neighbours share one. Where the bit is set, the entries are
//! searched. 776 bytes in one piece: a sketch soon has more than a few elements or stays with few.

use alloc::boxed::Box;

use super::{Entry, search};

/// How many entries there may be.
pub(super) const MARKED: usize = 128;

/// See the module.
#[derive(Clone)]
pub(in super::super) struct Marked<const PRECISION: u8> {
    marks: [u64; 32],
    entries: [Entry; MARKED],
    len: usize,
}

impl<const PRECISION: u8> Marked<PRECISION> {
    /// Of at most [`MARKED`] entries.
    pub(super) fn of(entries: &[Entry]) -> Box<Self> {
        let mut marked = Box::new(Self { marks: [0; 32], entries: [Entry::default(); MARKED], len: 0 });
        for entry in entries {
            marked.push(*entry);
        }
        marked
    }

    /// Adds an entry if its mark is not set and there are fewer than `most`.
    #[inline]
    pub(super) fn add(&mut self, entry: Entry, most: usize) -> bool {
        let (word, bit) = mark::<PRECISION>(entry.index());
        let is_new = self.marks[word] & bit == 0 && self.len < most;
        if is_new && let Some(free) = self.entries.get_mut(self.len) {
            *free = entry;
            self.len += 1;
            self.marks[word] |= bit;
        }
        is_new
    }

    /// Adds the entry of a register that has none. There is room for it.
    pub(super) fn push(&mut self, entry: Entry) {
        let (word, bit) = mark::<PRECISION>(entry.index());
        self.marks[word] |= bit;
        self.entries[self.len] = entry;
        self.len += 1;
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries[..self.len]
    }

    pub(super) fn entries_mut(&mut self) -> &mut [Entry] {
        &mut self.entries[..self.len]
    }

    pub(super) fn place(&self, register: u32) -> Option<usize> {
        let (word, bit) = mark::<PRECISION>(register);
        if self.marks[word] & bit == 0 { None } else { search(self.entries(), register) }
    }
}

/// The word and the bit in it that stand for a register.
#[inline]
fn mark<const PRECISION: u8>(register: u32) -> (usize, u64) {
    let number = register >> PRECISION.saturating_sub(11);
    (number as usize / 64 % 32, 1 << (number % 64))
}
