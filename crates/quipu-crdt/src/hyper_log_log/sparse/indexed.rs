//! Many entries with an index: a hash table with linear probing of their places in the list.
//!
//! A register's home there is as far down the table as the register is among all, since registers come from hashes already, and at
//! most half of the slots are taken: O(1); at worst, if somebody chose the hashes, O(entries).
//!
//! *Source:* Knuth, *The Art of Computer Programming*, volume 3, section 6.4, algorithm L.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use super::Entry;

/// See the module.
#[derive(Clone)]
pub(in super::super) struct Indexed<const PRECISION: u8> {
    entries: Vec<Entry>,
    /// Places in the list plus one, or zero; as many as a power of two.
    places: Box<[u16]>,
}

impl<const PRECISION: u8> Indexed<PRECISION> {
    pub(super) fn of(entries: &[Entry]) -> Self {
        let mut indexed = Self { entries: entries.to_vec(), places: Box::default() };
        indexed.make_index();
        indexed
    }

    /// Adds the entry of a register that has none.
    pub(super) fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
        if 2 * self.entries.len() > self.places.len() {
            self.make_index();
        } else {
            self.note(self.entries.len() - 1);
        }
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(super) fn entries_mut(&mut self) -> &mut [Entry] {
        &mut self.entries
    }

    pub(super) fn place(&self, register: u32) -> Option<usize> {
        usize::from(self.places[self.slot(register)]).checked_sub(1)
    }

    fn make_index(&mut self) {
        self.places = vec![0; (2 * self.entries.len()).next_power_of_two()].into();
        (0..self.entries.len()).for_each(|place| self.note(place));
    }

    /// Lets the index find an entry.
    fn note(&mut self, place: usize) {
        let slot = self.slot(self.entries[place].index());
        self.places[slot] = u16::try_from(place + 1).expect("a list has at most 1,024 entries");
    }

    /// The slot that has the register's place, or would have it.
    fn slot(&self, register: u32) -> usize {
        let last = self.places.len() - 1;
        let mut slot = (register as usize * self.places.len()) >> PRECISION;
        loop {
            let place = usize::from(self.places[slot & last]);
            if place == 0 || self.entries[place - 1].index() == register {
                return slot & last;
            }
            slot += 1;
        }
    }
}
