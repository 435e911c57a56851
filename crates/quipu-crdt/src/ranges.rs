//! A set of numbers as ranges: what a causal context keeps for one replica.
//!
//! Nearly always one range, 1 to n, which sits inside the struct. Invariant: ranges are ascending, and between two of
//! them at least one number is missing; so each set has one form. Numbers start at 1.
//!
//! *Cost* for r ranges: asking O(log r), joining two sets O(r + r').

use core::cmp::{max, min};
use core::num::NonZeroU64;

use smallvec::SmallVec;

/// Ascending ranges of numbers from 1 on, ends included, never touching one another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Ranges(SmallVec<[(u64, u64); 1]>);

impl Ranges {
    /// The one number.
    pub(crate) fn of(number: NonZeroU64) -> Self {
        Self::span(number.get(), number.get())
    }

    /// All numbers from `first` to `last`; none if that is backwards. `first` is at least 1.
    pub(crate) fn span(first: u64, last: u64) -> Self {
        let mut ranges = SmallVec::new();
        if first <= last {
            ranges.push((max(first, 1), last));
        }
        Self(ranges)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn contains(&self, number: u64) -> bool {
        let after = self.0.partition_point(|(first, _)| *first <= number);
        after > 0 && self.0[after - 1].1 >= number
    }

    /// All numbers up to this one are in the set, and the next is not. 0 if 1 is missing.
    pub(crate) fn prefix(&self) -> u64 {
        self.0.first().map_or(0, |(first, last)| if *first == 1 { *last } else { 0 })
    }

    /// The largest number; 0 if there is none.
    pub(crate) fn largest(&self) -> u64 {
        self.0.last().map_or(0, |(_, last)| *last)
    }

    /// How many numbers there are.
    pub(crate) fn len(&self) -> u64 {
        self.0.iter().map(|(first, last)| last - first + 1).fold(0, u64::saturating_add)
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (u64, u64)> + '_ {
        self.0.iter().copied()
    }

    pub(crate) fn insert(&mut self, number: NonZeroU64) {
        let number = number.get();
        match self.0.last_mut() {
            // Nearly always the next number after all that is known.
            Some((_, last)) if number > 1 && *last == number - 1 => *last = number,
            Some((_, last)) if *last >= number => *self = self.union(&Self::span(number, number)),
            _ => self.0.push((number, number)),
        }
    }

    /// Appends a range that lies beyond all others. False, and nothing is changed, if it does not.
    #[cfg(feature = "serde")]
    pub(crate) fn append(&mut self, first: u64, last: u64) -> bool {
        let free = self.0.last().map_or(Some(1), |(_, end)| end.checked_add(2));
        let fits = free.is_some_and(|free| first >= free) && first <= last;
        if fits {
            self.0.push((first, last));
        }
        fits
    }

    pub(crate) fn join(&mut self, other: &Self) {
        if let ([(first, last)], [(from, to)]) = (&mut self.0[..], &other.0[..])
            && *first <= to.saturating_add(1)
            && *from <= last.saturating_add(1)
        {
            (*first, *last) = (min(*first, *from), max(*last, *to));
        } else if !self.includes(other) {
            *self = self.union(other);
        }
    }

    pub(crate) fn includes(&self, other: &Self) -> bool {
        let mut mine = self.0.iter();
        let mut current = mine.next();
        other.0.iter().all(|(first, last)| {
            while current.is_some_and(|(_, end)| end < first) {
                current = mine.next();
            }
            current.is_some_and(|(start, end)| start <= first && last <= end)
        })
    }

    fn union(&self, other: &Self) -> Self {
        let (mut mine, mut theirs) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut result: SmallVec<[(u64, u64); 1]> = SmallVec::new();
        loop {
            let from_mine = match (mine.peek(), theirs.peek()) {
                (None, None) => return Self(result),
                (Some(a), Some(b)) => a.0 <= b.0,
                (a, _) => a.is_some(),
            };
            let Some(&(first, last)) = (if from_mine { mine.next() } else { theirs.next() }) else {
                return Self(result);
            };
            match result.last_mut() {
                Some((_, end)) if first <= end.saturating_add(1) => *end = max(*end, last),
                _ => result.push((first, last)),
            }
        }
    }

    pub(crate) fn intersection(&self, other: &Self) -> Self {
        let (mut i, mut j) = (0, 0);
        let mut result = SmallVec::new();
        while let (Some((first, last)), Some((from, to))) = (self.0.get(i), other.0.get(j)) {
            if max(first, from) <= min(last, to) {
                result.push((*max(first, from), *min(last, to)));
            }
            if last < to { i += 1 } else { j += 1 }
        }
        Self(result)
    }

    /// The numbers that `other` lacks.
    pub(crate) fn difference(&self, other: &Self) -> Self {
        let mut result = SmallVec::new();
        let mut holes = other.0.iter().peekable();
        for &(mut first, last) in &self.0 {
            while holes.peek().is_some_and(|(_, end)| *end < first) {
                holes.next();
            }
            let mut covered = false;
            while let Some((start, end)) = holes.peek().copied().filter(|(start, _)| *start <= last) {
                if first < *start {
                    result.push((first, *start - 1));
                }
                if *end >= last {
                    covered = true;
                    break;
                }
                first = *end + 1;
                holes.next();
            }
            if !covered {
                result.push((first, last));
            }
        }
        Self(result)
    }
}
