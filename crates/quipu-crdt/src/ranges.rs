//! A set of numbers as ranges: what a causal context keeps for one replica.
//!
//! Nearly always one range, 1 to n, which sits inside the struct. Invariant: ranges are ascending, and between two of
//! them at least one number is missing; so each set has one form. Numbers start at 1.
//!
//! *Cost* for r ranges: asking O(log r); what is done with a set of r' < r ranges takes O(r' log r) steps, and O(r) moves
//! of memory if the larger set has to make room. For that, the next place is sought by doubling steps from the last one
//! ([`places_before`]).

use core::cmp::{max, min};
use core::num::NonZeroU64;

use smallvec::SmallVec;

use crate::Overflow;

type Range = (u64, u64);

/// Ascending ranges of numbers from 1 on, ends included, never touching one another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Ranges(SmallVec<[Range; 1]>);

impl Ranges {
    /// The one number.
    #[inline]
    pub(crate) fn of(number: NonZeroU64) -> Self {
        Self(SmallVec::from_buf([(number.get(), number.get())]))
    }

    /// All numbers from `first` to `last`; none if that is backwards. `first` is at least 1.
    #[inline]
    pub(crate) fn span(first: u64, last: u64) -> Self {
        if first > last {
            return Self::default();
        }
        Self(SmallVec::from_buf([(max(first, 1), last)]))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[inline]
    pub(crate) fn contains(&self, number: u64) -> bool {
        if let [(first, last)] = self.0[..] {
            return first <= number && number <= last;
        }
        let after = self.0.partition_point(|(first, _)| *first <= number);
        after > 0 && self.0[after - 1].1 >= number
    }

    /// The largest number; 0 if there is none.
    #[inline]
    pub(crate) fn largest(&self) -> u64 {
        self.0.last().map_or(0, |(_, last)| *last)
    }

    /// How many numbers there are.
    pub(crate) fn len(&self) -> u64 {
        self.0.iter().map(|(first, last)| last - first + 1).fold(0, u64::saturating_add)
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = Range> + '_ {
        self.0.iter().copied()
    }

    /// Which of the 64 numbers from 64 * `page` on are in the set: the lowest first, as bits. `from` is the place that
    /// the last look-up ended at, for pages that ascend; 0 at first.
    #[inline]
    pub(crate) fn word(&self, page: u64, from: &mut usize) -> u64 {
        let (start, end) = (page * 64, page * 64 + 63);
        *from += places_before(&self.0[*from..], start);
        let within = self.0[*from..].iter().take_while(|(first, _)| *first <= end);
        within.fold(0, |bits, (first, last)| bits | bits_between(max(*first, start), min(*last, end)))
    }

    /// Adds the number after the largest and returns it.
    ///
    /// # Errors
    /// [`Overflow`] if the largest is 2^64 - 1; then nothing is changed.
    #[inline]
    pub(crate) fn append_next(&mut self) -> Result<NonZeroU64, Overflow> {
        let next = NonZeroU64::MIN.checked_add(self.largest()).ok_or(Overflow)?;
        match self.0.last_mut() {
            Some((_, last)) => *last = next.get(),
            None => *self = Self::of(next),
        }
        Ok(next)
    }

    #[inline]
    pub(crate) fn insert(&mut self, number: NonZeroU64) {
        let number = number.get();
        match self.0.last_mut() {
            // Nearly always the next number after all that is known.
            Some((_, last)) if *last == number - 1 => *last = number,
            Some((_, last)) if *last >= number => self.fill(number, number),
            _ => self.0.push((number, number)),
        }
    }

    /// Adds all numbers from `first` to `last`, in place.
    #[inline(never)]
    fn fill(&mut self, first: u64, last: u64) {
        // The ranges that overlap or touch the new one grow together with it.
        let from = self.0.partition_point(|(_, end)| *end < first - 1);
        let to = from + places_starting_by(&self.0[from..], last.saturating_add(1));
        if from == to {
            self.0.insert(from, (first, last));
        } else {
            self.0[from] = (min(first, self.0[from].0), max(last, self.0[to - 1].1));
            self.0.drain(from + 1..to);
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

    #[inline]
    pub(crate) fn join(&mut self, other: &Self) {
        if let ([(first, last)], [(from, to)]) = (&mut self.0[..], &other.0[..])
            && *first <= to.saturating_add(1)
            && *from <= last.saturating_add(1)
        {
            (*first, *last) = (min(*first, *from), max(*last, *to));
        } else {
            self.join_many(other);
        }
    }

    fn join_many(&mut self, other: &Self) {
        if let [(first, last)] = other.0[..] {
            self.fill(first, last);
        } else if !self.includes(other) {
            *self = self.union(other);
        }
    }

    pub(crate) fn includes(&self, other: &Self) -> bool {
        let mut mine = &self.0[..];
        other.0.iter().all(|(first, last)| {
            mine = &mine[places_before(mine, *first)..];
            mine.first().is_some_and(|(start, end)| start <= first && last <= end)
        })
    }

    fn union(&self, other: &Self) -> Self {
        let (mut mine, mut theirs) = (&self.0[..], &other.0[..]);
        let mut result = Self(SmallVec::with_capacity(max(mine.len(), theirs.len())));
        while let (Some(a), Some(b)) = (mine.first(), theirs.first()) {
            let from = if a.0 <= b.0 { &mut mine } else { &mut theirs };
            result.extend(from[0].0, from[0].1);
            *from = &from[1..];
        }
        mine.iter().chain(theirs).for_each(|(first, last)| result.extend(*first, *last));
        result
    }

    /// Adds a range that begins at or after the beginning of the last one.
    #[inline]
    pub(crate) fn extend(&mut self, first: u64, last: u64) {
        match self.0.last_mut() {
            Some((_, end)) if first <= end.saturating_add(1) => *end = max(*end, last),
            _ => self.0.push((first, last)),
        }
    }

    pub(crate) fn intersection(&self, other: &Self) -> Self {
        if other.0.len() < self.0.len() {
            return other.intersection(self);
        }
        let mut theirs = &other.0[..];
        let mut result = SmallVec::new();
        for (first, last) in &self.0 {
            theirs = &theirs[places_before(theirs, *first)..];
            let within = theirs.iter().take_while(|(from, _)| from <= last);
            result.extend(within.map(|(from, to)| (max(*first, *from), min(*last, *to))));
        }
        Self(result)
    }

    /// The numbers that `other` lacks.
    pub(crate) fn difference(&self, other: &Self) -> Self {
        let mut holes = &other.0[..];
        let mut result = SmallVec::new();
        for &(first, last) in &self.0 {
            holes = &holes[places_before(holes, first)..];
            // The first number that is not dealt with, unless that would be the one after 2^64 - 1.
            let mut next = Some(first);
            for (start, end) in holes.iter().take_while(|(start, _)| *start <= last) {
                if let Some(next) = next.filter(|next| next < start) {
                    result.push((next, start - 1));
                }
                next = end.checked_add(1);
            }
            if let Some(next) = next.filter(|next| *next <= last) {
                result.push((next, last));
            }
        }
        Self(result)
    }
}

/// The bits for the numbers from `first` to `last`, which are of one page.
#[inline]
pub(crate) const fn bits_between(first: u64, last: u64) -> u64 {
    (u64::MAX >> (63 - (last - first))) << (first % 64)
}

/// How many ranges end before `number`. Takes O(log d) steps if they are d.
#[inline]
fn places_before(ranges: &[Range], number: u64) -> usize {
    match ranges.first() {
        Some((_, last)) if *last < number => doubling(ranges, |(_, last)| *last < number),
        _ => 0,
    }
}

/// How many ranges begin at `number` or before it.
fn places_starting_by(ranges: &[Range], number: u64) -> usize {
    doubling(ranges, |(first, _)| *first <= number)
}

/// How many ranges at the beginning fulfil a condition that no later one fulfils.
fn doubling(ranges: &[Range], holds: impl Fn(&Range) -> bool) -> usize {
    let mut bound = 1;
    while bound <= ranges.len() && holds(&ranges[bound - 1]) {
        bound *= 2;
    }
    let (from, to) = (bound / 2, min(bound, ranges.len()));
    from + ranges[from..to].partition_point(holds)
}
