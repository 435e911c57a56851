//! The live dots of one replica and their values, in pages of 64 counters.
//!
//! Invariant: pages ascend, and each holds as many values as bits, in their order. A page without live dots holds no
//! memory of its own and stays for the time being, so that the pages of a replica stay dense and are found by counting; when
//! there are more such pages than others they are taken out.

use core::num::NonZeroU64;

use smallvec::SmallVec;

use super::digest::Digest;
use super::word::{bit_of, counters_of, page_of};
use crate::ranges::{Ranges, bits_between};
use crate::{Dot, ReplicaId};

/// See the module.
#[derive(Clone)]
pub(super) struct Row<V> {
    pub(super) replica: ReplicaId,
    pages: SmallVec<[Page<V>; 1]>,
    /// Of the live counters.
    digest: Digest,
    /// How many pages have no live dot.
    vacant: usize,
}

#[derive(Clone)]
struct Page<V> {
    number: u64,
    live: u64,
    /// Those under the live dots, in their order.
    values: SmallVec<[V; 1]>,
}

impl<V> Row<V> {
    pub(super) fn new(replica: ReplicaId) -> Self {
        Self { replica, pages: SmallVec::new(), digest: Digest::default(), vacant: 0 }
    }

    /// True if the dot is new here; else its value is replaced.
    pub(super) fn insert(&mut self, counter: NonZeroU64, value: V) -> bool {
        let (number, bit) = (page_of(counter), bit_of(counter));
        let at = match self.find(number) {
            Ok(at) => at,
            Err(at) => {
                self.pages.insert(at, Page { number, live: 0, values: SmallVec::new() });
                self.vacant += 1;
                at
            }
        };
        let page = &mut self.pages[at];
        if page.live & bit != 0 {
            let rank = page.rank(bit);
            page.values[rank] = value;
            return false;
        }
        self.vacant -= usize::from(page.live == 0);
        page.insert(bit, value);
        self.digest.insert(counter);
        true
    }

    pub(super) fn remove(&mut self, counter: NonZeroU64) -> Option<V> {
        let at = self.find(page_of(counter)).ok()?;
        let value = self.pages[at].remove(bit_of(counter))?;
        self.digest.remove(counter);
        if self.pages[at].live == 0 {
            self.vacant += 1;
            if self.vacant * 2 > self.pages.len() {
                self.pages.retain(|page| page.live != 0);
                self.pages.shrink_to_fit();
                self.vacant = 0;
            }
        }
        Some(value)
    }

    #[inline]
    pub(super) fn get(&self, counter: NonZeroU64) -> Option<&V> {
        let page = &self.pages[self.find(page_of(counter)).ok()?];
        let bit = bit_of(counter);
        if page.live & bit == 0 { None } else { page.values.get(page.rank(bit)) }
    }

    /// How many dots are alive.
    #[cfg(feature = "serde")]
    pub(super) fn len(&self) -> usize {
        self.pages.iter().map(|page| page.values.len()).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pages.len() == self.vacant
    }

    /// The live ones on a page.
    #[inline]
    pub(super) fn live(&self, number: u64) -> u64 {
        self.find(number).map_or(0, |at| self.pages[at].live)
    }

    /// The live dots and their values, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Dot, &V)> + Clone + '_ {
        self.pages.iter().flat_map(|page| {
            let counters = counters_of(page.number, page.live);
            counters.zip(&page.values).map(|(counter, value)| (Dot::new(self.replica, counter), value))
        })
    }

    /// Shows the live ones that are in `seen`, page by page. A page may be shown in parts.
    #[inline]
    pub(super) fn within(&self, seen: &Ranges, mut visit: impl FnMut(u64, u64)) {
        if self.pages.len() <= seen.iter().len() {
            return self.masked(seen, |page, mask| visit(page.number, page.live & mask));
        }
        for (first, last) in seen.iter() {
            let (Ok(from) | Err(from)) = self.find(first / 64);
            for page in self.pages[from..].iter().take_while(|page| page.number <= last / 64) {
                let start = page.number * 64;
                visit(page.number, page.live & bits_between(first.max(start), last.min(start + 63)));
            }
        }
    }

    /// Shows the live ones that are not in `seen`, page by page.
    #[inline]
    pub(super) fn outside(&self, seen: &Ranges, mut visit: impl FnMut(u64, u64)) {
        self.masked(seen, |page, mask| visit(page.number, page.live & !mask));
    }

    fn masked(&self, seen: &Ranges, mut visit: impl FnMut(&Page<V>, u64)) {
        let mut from = 0;
        self.pages.iter().for_each(|page| visit(page, seen.word(page.number, &mut from)));
    }

    /// True if the same dots are alive; wrongly so with the probability that [`Digest`] speaks of.
    pub(super) fn has_dots_of(&self, other: &Self) -> bool {
        self.replica == other.replica && self.digest == other.digest
    }

    /// The place of a page, or where it would have to be.
    #[inline]
    fn find(&self, number: u64) -> Result<usize, usize> {
        let Some(first) = self.pages.first() else { return Err(0) };
        // If no page is missing it is here, and in no case later.
        let guess = usize::try_from(number.wrapping_sub(first.number)).unwrap_or(usize::MAX);
        match self.pages.get(guess) {
            Some(page) if page.number == number => Ok(guess),
            _ => self.search(number, guess),
        }
    }

    #[inline(never)]
    fn search(&self, number: u64, limit: usize) -> Result<usize, usize> {
        let within = &self.pages[..limit.min(self.pages.len())];
        within.binary_search_by_key(&number, |page| page.number)
    }
}

impl<V: PartialEq> PartialEq for Row<V> {
    fn eq(&self, other: &Self) -> bool {
        let live = |row: &Self| row.pages.len() - row.vacant;
        self.has_dots_of(other) && live(self) == live(other) && {
            let mine = self.pages.iter().filter(|page| page.live != 0);
            let theirs = other.pages.iter().filter(|page| page.live != 0);
            mine.zip(theirs).all(|(mine, theirs)| {
                (mine.number, mine.live) == (theirs.number, theirs.live) && mine.values == theirs.values
            })
        }
    }
}

impl<V> Page<V> {
    /// How many live dots are before this one.
    #[inline]
    fn rank(&self, bit: u64) -> usize {
        let before = bit - 1;
        let live = self.live & before;
        // Mostly all are alive.
        let rank = if live == before { bit.trailing_zeros() } else { live.count_ones() };
        rank as usize
    }

    #[inline]
    fn insert(&mut self, bit: u64, value: V) {
        if self.values.len() == self.values.capacity() {
            // 1, 4, 16 and 64: a page that fills up is soon at its full size.
            let room = (self.values.len() * 3).min(64 - self.values.len());
            self.values.reserve_exact(room);
        }
        if self.live < bit {
            self.values.push(value);
        } else {
            let rank = self.rank(bit);
            self.values.insert(rank, value);
        }
        self.live |= bit;
    }

    fn remove(&mut self, bit: u64) -> Option<V> {
        if self.live & bit == 0 {
            return None;
        }
        let value = self.values.remove(self.rank(bit));
        self.live ^= bit;
        if self.values.len() * 4 <= self.values.capacity() {
            self.values.shrink_to_fit();
        }
        Some(value)
    }
}
