//! From elements to their dots: a hash table of places, which holds no element itself.
//!
//! A place is a row and a counter in the store of the elements, so an element is compared where it lives. Beside it
//! stands the element's hash: so the table grows, and passes over nearly all that is not meant, without a look at an
//! element. An element under several dots has several places.

use core::hash::{BuildHasher, Hash};
use core::num::NonZeroU64;

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use smallvec::SmallVec;

use crate::Dot;
use crate::dot_fun::{Entry, Leaving, Rows};

/// See the module.
#[derive(Clone)]
pub(super) struct Index {
    places: HashTable<Place>,
    /// How many different elements there are.
    elements: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Place {
    counter: NonZeroU64,
    row: u32,
    hash: u32,
}

/// 32 bits of a hash of the element, the same in every run.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the halves")]
pub(super) fn hash_of<T: Hash>(element: &T) -> u32 {
    let hash = FixedState::default().hash_one(element);
    (hash ^ (hash >> 32)) as u32
}

impl Index {
    /// The index of these entries.
    pub(super) fn of<'a, T: Eq + Hash + 'a>(
        rows: &Rows<'_, T>,
        len: usize,
        entries: impl Iterator<Item = Entry<'a, T>>,
    ) -> Self {
        let mut index = Self { places: HashTable::with_capacity(len), elements: 0 };
        entries.for_each(|entry| index.insert(rows, &entry));
        index
    }

    /// How many different elements there are.
    pub(super) const fn elements(&self) -> usize {
        self.elements
    }

    #[inline]
    pub(super) fn contains<T: Eq>(&self, rows: &Rows<'_, T>, hash: u32, element: &T) -> bool {
        // By the hash alone, which is quick; it is hardly ever that of another element as well.
        let first = self.places.find(spread(hash), |place| place.hash == hash);
        first.is_some_and(|place| {
            place.holds(rows, hash, element) || self.holds_beside_others(rows, hash, element)
        })
    }

    #[inline(never)]
    fn holds_beside_others<T: Eq>(&self, rows: &Rows<'_, T>, hash: u32, element: &T) -> bool {
        self.places_of(rows, hash, element).next().is_some()
    }

    /// The dots of an element, in any order.
    pub(super) fn dots_of<T: Eq>(
        &self,
        rows: &Rows<'_, T>,
        hash: u32,
        element: &T,
    ) -> impl Iterator<Item = Dot> {
        self.places_of(rows, hash, element).filter_map(|place| rows.dot(place.row, place.counter))
    }

    /// Takes note of an entry.
    pub(super) fn insert<T: Eq + Hash>(&mut self, rows: &Rows<'_, T>, entry: &Entry<'_, T>) {
        let place = Place::of(entry);
        self.elements += usize::from(!self.contains(rows, place.hash, entry.value));
        self.insert_place(place);
    }

    /// Takes note of an element that is under no other dot.
    #[inline]
    pub(super) fn insert_new(&mut self, hash: u32, row: u32, counter: NonZeroU64) {
        self.elements += 1;
        self.insert_place(Place { counter, row, hash });
    }

    /// Forgets entries, which are still in their rows.
    pub(super) fn remove_all<T: Eq + Hash>(&mut self, rows: &Rows<'_, T>, leaving: &Leaving<'_, T>) {
        let each_has_one_place = self.elements == self.places.len();
        // All are sought before one is taken out, so that the processor need not wait for one to look for the next.
        let found = leaving.entries().filter_map(|entry| self.find(Place::of(&entry)));
        for bucket in found.collect::<SmallVec<[usize; 2]>>() {
            if let Ok(entry) = self.places.get_bucket_entry(bucket) {
                let (place, _) = entry.remove();
                let is_elsewhere = !each_has_one_place && self.holds_element_of(rows, place);
                self.elements -= usize::from(!is_elsewhere);
            }
        }
        self.shrink();
    }

    /// Forgets all dots of an element, which are still in their rows, and returns them.
    pub(super) fn take<T: Eq>(&mut self, rows: &Rows<'_, T>, hash: u32, element: &T) -> SmallVec<[Dot; 1]> {
        let places: SmallVec<[Place; 2]> = self.places_of(rows, hash, element).copied().collect();
        self.elements -= usize::from(!places.is_empty());
        places.iter().for_each(|place| self.remove_place(*place));
        places.iter().filter_map(|place| rows.dot(place.row, place.counter)).collect()
    }

    #[inline]
    fn places_of<T: Eq>(&self, rows: &Rows<'_, T>, hash: u32, element: &T) -> impl Iterator<Item = &Place> {
        self.places.iter_hash(spread(hash)).filter(move |place| place.holds(rows, hash, element))
    }

    #[inline]
    fn insert_place(&mut self, place: Place) {
        if self.places.len() == self.places.capacity() {
            self.grow();
        }
        self.places.insert_unique(spread(place.hash), place, |place| spread(place.hash));
    }

    /// To four times the size, and twice if it is large already: a table that grows has to place all anew.
    #[inline(never)]
    fn grow(&mut self) {
        let len = self.places.len();
        let more = if len < 1 << 15 { len * 3 } else { len };
        self.places.reserve(more, |place| spread(place.hash));
    }

    fn remove_place(&mut self, place: Place) {
        if let Ok(entry) = self.places.find_entry(spread(place.hash), |other| *other == place) {
            entry.remove();
        }
        self.shrink();
    }

    /// The bucket that a place is in.
    #[inline]
    fn find(&self, place: Place) -> Option<usize> {
        self.places.find_bucket_index(spread(place.hash), |other| *other == place)
    }

    /// True if the element at a place, which is in its row, is at one that stands here.
    fn holds_element_of<T: Eq>(&self, rows: &Rows<'_, T>, place: Place) -> bool {
        rows.get(place.row, place.counter).is_some_and(|element| self.contains(rows, place.hash, element))
    }

    fn shrink(&mut self) {
        // Memory follows the elements; with room to spare, so that they can go to and fro.
        if self.places.len() * 8 < self.places.capacity() {
            self.places.shrink_to(self.places.len() * 2, |place| spread(place.hash));
        }
    }
}

impl Place {
    #[inline]
    fn of<T: Hash>(entry: &Entry<'_, T>) -> Self {
        Self { counter: entry.dot.counter, row: entry.row, hash: hash_of(entry.value) }
    }

    #[inline]
    fn holds<T: Eq>(&self, rows: &Rows<'_, T>, hash: u32, element: &T) -> bool {
        self.hash == hash && rows.get(self.row, self.counter) == Some(element)
    }
}

/// The table takes the place from the low bits and a tag from the highest.
#[inline]
const fn spread(hash: u32) -> u64 {
    (hash as u64) << 32 | hash as u64
}
