//! Sixty-four changes of a replica at a time: pages of counters and the live ones among them as bits.

use core::num::NonZeroU64;

use crate::{Dot, ReplicaId};

/// The page that a counter is on: page p holds the counters from 64 p to 64 p + 63.
#[inline]
pub(super) const fn page_of(counter: NonZeroU64) -> u64 {
    counter.get() / 64
}

/// The bit that stands for a counter on its page.
#[inline]
pub(super) const fn bit_of(counter: NonZeroU64) -> u64 {
    1 << (counter.get() % 64)
}

/// The counters that the bits of a page stand for, ascending.
#[inline]
pub(super) fn counters_of(page: u64, bits: u64) -> impl DoubleEndedIterator<Item = NonZeroU64> + Clone {
    Bits(bits).filter_map(move |bit| NonZeroU64::new(page * 64 + u64::from(bit)))
}

/// The ranges that the bits of a page stand for, first and last counter, ascending.
pub(super) fn ranges_of(page: u64, mut bits: u64) -> impl Iterator<Item = (u64, u64)> {
    core::iter::from_fn(move || {
        let start = bits.trailing_zeros();
        let length = bits.checked_shr(start)?.trailing_ones();
        bits &= u64::MAX.checked_shl(start + length).unwrap_or(0);
        let first = page * 64 + u64::from(start);
        // The last counter there is stands at the end of a page: what comes behind it is no number.
        Some((first, first + u64::from(length - 1)))
    })
}

/// Dots of one replica and one page, found in a store.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    pub(super) replica: ReplicaId,
    /// Where the store keeps them: a number of a row, or the place in a list.
    pub(super) row: u32,
    pub(super) page: u64,
    pub(super) bits: u64,
}

impl Word {
    #[inline]
    pub(super) fn dots(self) -> impl DoubleEndedIterator<Item = Dot> {
        counters_of(self.page, self.bits).map(move |counter| Dot::new(self.replica, counter))
    }
}

/// The places of the bits that are set.
#[derive(Clone)]
struct Bits(u64);

impl Iterator for Bits {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        let lowest = (self.0 != 0).then(|| self.0.trailing_zeros())?;
        self.0 &= self.0 - 1;
        Some(lowest)
    }
}

impl DoubleEndedIterator for Bits {
    #[inline]
    fn next_back(&mut self) -> Option<u32> {
        let highest = self.0.checked_ilog2()?;
        self.0 ^= 1 << highest;
        Some(highest)
    }
}
