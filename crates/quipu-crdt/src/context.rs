//! The causal context: which changes have been seen, gaps included.
//!
//! A set of dots. Per replica it is a prefix, 1 to n, as in a version vector, and the exceptions: ranges beyond a gap. A
//! replica that receives everything in order has no exceptions; one that receives a delta early holds it as an
//! exception until the gap is filled, when the ranges grow together again.
//!
//! What a context is for: a dot that is **in the context but not among the live dots has been removed**. That is how
//! the causal types do without tombstones (see [`crate::Causal`]).
//!
//! *Under concurrency.* A set of dots only grows, and joining is union:
//!
//! ```text
//! alice saw: {alice 1..=3}              bob saw: {alice 1..=1, bob 1..=2}
//! bob receives alice's change 3 early:           {alice 1..=1 and 3, bob 1..=2}
//! bob receives alice's change 2:                 {alice 1..=3, bob 1..=2}
//! ```
//!
//! *Cost* for n replicas and r ranges of one of them: asking O(log n + log r), and for the replica asked last O(log r); joining
//! one dot the same and O(n) moves of memory if its replica is new, joining many O(n + n'), each with its ranges (see
//! [`crate::ranges`]); 48 bytes of memory a replica without exceptions, 16 more an exception.
//!
//! *Left out:* forgetting replicas that are gone, which needs agreement among those that are left.
//!
//! *Source:* Almeida, Shoker and Baquero, *Delta State Replicated Data Types*, 2018 (causal context); Preguiça et al.,
//! *Dotted Version Vectors*, 2010.

use core::cmp::Ordering;
use core::fmt;
use core::num::NonZeroU64;

use smallvec::SmallVec;

use crate::ranges::Ranges;
use crate::{Dot, Lattice, NodeName, Overflow, ReplicaId, VersionVector};

/// A set of dots: per replica a prefix, and ranges beyond it.
#[derive(Clone, Default)]
pub struct CausalContext {
    /// Ascending by replica; none is empty.
    rows: SmallVec<[Row; 1]>,
    /// The row that was used last. A guess: checked at each use, no part of the value.
    hint: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Row {
    replica: ReplicaId,
    seen: Ranges,
}

impl CausalContext {
    /// The one dot.
    #[inline]
    pub fn of(dot: Dot) -> Self {
        let row = Row { replica: dot.replica, seen: Ranges::of(dot.counter) };
        Self { rows: SmallVec::from_buf([row]), hint: 0 }
    }

    /// The dots of one replica from `first` to `last`; none if both are 0.
    #[inline]
    pub(crate) fn span(replica: ReplicaId, first: u64, last: u64) -> Self {
        if last == 0 {
            return Self::default();
        }
        let row = Row { replica, seen: Ranges::span(first, last) };
        Self { rows: SmallVec::from_buf([row]), hint: 0 }
    }

    /// Numbers the next change of `replica`, which must be the caller's own id, and takes note of it.
    ///
    /// # Errors
    /// [`Overflow`] if the replica has made 2^64 - 1 changes; then nothing is changed.
    #[inline]
    pub fn next_dot(&mut self, replica: ReplicaId) -> Result<Dot, Overflow> {
        self.next_counter(replica).map(|counter| Dot::new(replica, counter))
    }

    /// As [`CausalContext::next_dot`], the number alone.
    #[inline]
    pub(crate) fn next_counter(&mut self, replica: ReplicaId) -> Result<NonZeroU64, Overflow> {
        match self.rows.get_mut(self.hint) {
            Some(row) if row.replica == replica => row.seen.append_next(),
            _ => self.next_counter_sought(replica.node.word(), replica.incarnation),
        }
    }

    /// The id comes in registers: see [`CausalContext::search`].
    #[inline(never)]
    fn next_counter_sought(&mut self, name: u128, incarnation: u64) -> Result<NonZeroU64, Overflow> {
        let replica = ReplicaId::new(NodeName::from_word(name), incarnation);
        let at = match self.search(name, incarnation) {
            Ok(at) => at,
            Err(at) => {
                self.rows.insert(at, Row { replica, seen: Ranges::default() });
                at
            }
        };
        self.hint = at;
        self.rows[at].seen.append_next()
    }

    /// Takes note of one dot.
    #[inline]
    pub fn insert(&mut self, dot: Dot) {
        match self.find(dot.replica) {
            Ok(at) => {
                self.rows[at].seen.insert(dot.counter);
                self.hint = at;
            }
            Err(at) => self.insert_row(at, dot.replica.node.word(), dot.replica.incarnation, dot.counter),
        }
    }

    #[inline(never)]
    fn insert_row(&mut self, at: usize, name: u128, incarnation: u64, number: NonZeroU64) {
        let replica = ReplicaId::new(NodeName::from_word(name), incarnation);
        self.rows.insert(at, Row { replica, seen: Ranges::of(number) });
        self.hint = at;
    }

    /// Takes note of a range of dots that lies beyond all others, in the order of dots.
    pub(crate) fn append_range(&mut self, replica: ReplicaId, first: u64, last: u64) {
        match self.rows.last_mut() {
            Some(row) if row.replica == replica => row.seen.extend(first, last),
            _ => self.rows.push(Row { replica, seen: Ranges::span(first, last) }),
        }
    }

    /// True if the dot has been seen.
    #[inline]
    pub fn contains(&self, dot: Dot) -> bool {
        self.find(dot.replica).is_ok_and(|at| self.rows[at].seen.contains(dot.counter.get()))
    }

    /// The largest number of a change of `replica` that has been seen; 0 if none has.
    #[inline]
    pub fn largest(&self, replica: ReplicaId) -> u64 {
        self.find(replica).map_or(0, |at| self.rows[at].seen.largest())
    }

    /// How many dots have been seen.
    pub fn len(&self) -> u64 {
        self.rows.iter().map(|row| row.seen.len()).fold(0, u64::saturating_add)
    }

    /// True if nothing has been seen.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The ranges of each replica, first and last number, in the order of the replicas' ids.
    pub fn ranges(&self) -> impl Iterator<Item = (ReplicaId, u64, u64)> + '_ {
        self.rows.iter().flat_map(|row| row.seen.iter().map(|(first, last)| (row.replica, first, last)))
    }

    /// All dots, in order, one by one. A range of a million is a million dots.
    pub fn dots(&self) -> impl Iterator<Item = Dot> + '_ {
        self.ranges().flat_map(|(replica, first, last)| {
            (first..=last).filter_map(NonZeroU64::new).map(move |counter| Dot::new(replica, counter))
        })
    }

    /// The ranges of one replica, first and last number.
    pub fn ranges_of(&self, replica: ReplicaId) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.find(replica).ok().into_iter().flat_map(|at| self.rows[at].seen.iter())
    }

    /// The replicas of which something has been seen, in order, and what.
    pub(crate) fn rows(&self) -> impl ExactSizeIterator<Item = (ReplicaId, &Ranges)> + '_ {
        self.rows.iter().map(|row| (row.replica, &row.seen))
    }

    /// What has been seen of one replica.
    #[inline]
    pub(crate) fn seen_of(&self, replica: ReplicaId) -> Option<&Ranges> {
        self.find(replica).ok().map(|at| &self.rows[at].seen)
    }

    /// The dots that are in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        if other.rows.len() < self.rows.len() {
            return other.intersection(self);
        }
        self.pointwise(other, |mine, theirs| theirs.map(|theirs| mine.intersection(theirs)))
    }

    /// Row by row with the other's row of the same replica; empty rows are left out.
    fn pointwise(&self, other: &Self, op: impl Fn(&Ranges, Option<&Ranges>) -> Option<Ranges>) -> Self {
        let mut result = Self::default();
        for row in &self.rows {
            if let Some(seen) = op(&row.seen, other.seen_of(row.replica)).filter(|seen| !seen.is_empty()) {
                result.rows.push(Row { replica: row.replica, seen });
            }
        }
        result
    }

    fn join_many(&mut self, other: &Self) {
        let known = self.rows.len();
        let mut from = 0;
        for row in &other.rows {
            // Nearly always the same replicas are on both sides; else they are sought.
            if self.rows[from..known].first().is_none_or(|mine| mine.replica != row.replica) {
                from += self.rows[from..known].partition_point(|mine| mine.replica < row.replica);
            }
            match self.rows[from..known].first_mut() {
                Some(mine) if mine.replica == row.replica => {
                    mine.seen.join(&row.seen);
                    from += 1;
                }
                _ => self.rows.push(row.clone()),
            }
        }
        if self.rows.len() > known {
            // Two ascending runs, which the stable sort merges in one pass.
            self.rows.sort_by_key(|row| row.replica);
        }
    }

    #[inline]
    fn find(&self, replica: ReplicaId) -> Result<usize, usize> {
        match self.rows.get(self.hint) {
            Some(row) if row.replica == replica => Ok(self.hint),
            _ => self.search(replica.node.word(), replica.incarnation),
        }
    }

    /// The place of a replica's row, or where it would have to be. The id comes in registers: a call that takes it in memory makes
    /// the caller write it there, and wait for it to be written, even where the call is not made.
    #[inline(never)]
    fn search(&self, name: u128, incarnation: u64) -> Result<usize, usize> {
        let replica = ReplicaId::new(NodeName::from_word(name), incarnation);
        self.rows.binary_search_by_key(&replica, |row| row.replica)
    }
}

impl From<&VersionVector> for CausalContext {
    fn from(known: &VersionVector) -> Self {
        let rows = known.iter().map(|(replica, count)| Row { replica, seen: Ranges::span(1, count) });
        Self { rows: rows.collect(), hint: 0 }
    }
}

impl FromIterator<Dot> for CausalContext {
    fn from_iter<I: IntoIterator<Item = Dot>>(dots: I) -> Self {
        let mut context = Self::default();
        dots.into_iter().for_each(|dot| context.insert(dot));
        context
    }
}

impl Lattice for CausalContext {
    fn join(&mut self, other: &Self) {
        if let [row] = &other.rows[..] {
            match self.find(row.replica) {
                Ok(at) => self.rows[at].seen.join(&row.seen),
                Err(at) => self.rows.insert(at, row.clone()),
            }
        } else if self.rows.is_empty() {
            self.rows.clone_from(&other.rows);
        } else {
            self.join_many(other);
        }
    }

    fn includes(&self, other: &Self) -> bool {
        let mut rows = other.rows.iter();
        self.rows.len() >= other.rows.len()
            && rows.all(|row| self.seen_of(row.replica).is_some_and(|seen| seen.includes(&row.seen)))
    }

    /// The dots that `known` lacks.
    fn difference(&self, known: &Self) -> Self {
        self.pointwise(known, |mine, theirs| {
            Some(theirs.map_or_else(|| mine.clone(), |theirs| mine.difference(theirs)))
        })
    }

    fn is_bottom(&self) -> bool {
        self.rows.is_empty()
    }
}

impl PartialEq for CausalContext {
    fn eq(&self, other: &Self) -> bool {
        self.rows == other.rows
    }
}

impl Eq for CausalContext {}

impl core::hash::Hash for CausalContext {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.rows.hash(state);
    }
}

impl PartialOrd for CausalContext {
    /// Inclusion; `None` if concurrent.
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.compare(other)
    }
}

impl fmt::Debug for CausalContext {
    /// `{n0@1: 1..=3 5..=5}`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (number, row) in self.rows.iter().enumerate() {
            write!(f, "{}{}:", if number == 0 { "" } else { ", " }, row.replica)?;
            for (first, last) in row.seen.iter() {
                write!(f, " {first}..={last}")?;
            }
        }
        f.write_str("}")
    }
}

#[cfg(feature = "serde")]
mod wire {
    use alloc::vec::Vec;
    use core::fmt;

    use serde::de::{Error, MapAccess, SeqAccess, Visitor};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use smallvec::SmallVec;

    use super::{CausalContext, Row};
    use crate::ReplicaId;
    use crate::ranges::Ranges;

    impl Serialize for CausalContext {
        /// As a map from replicas to ranges: `{"n0@1f": [[1, 3], [5, 5]]}`. In binary formats each range is the number
        /// skipped since the last one and the length less one, so that most take two bytes.
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let readable = serializer.is_human_readable();
            serializer.collect_map(self.rows.iter().map(|row| (row.replica, pairs(&row.seen, readable))))
        }
    }

    fn pairs(seen: &Ranges, readable: bool) -> Vec<(u64, u64)> {
        let mut end = 0;
        let skip = |(first, last): (u64, u64)| {
            let pair = (first - end - 1, last - first);
            end = last;
            pair
        };
        if readable { seen.iter().collect() } else { seen.iter().map(skip).collect() }
    }

    impl<'de> Deserialize<'de> for CausalContext {
        /// Refuses what no replica writes: empty, overlapping, touching or descending ranges, a replica twice; in binary
        /// formats, replicas out of order. The keys of a JSON object have none.
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let readable = deserializer.is_human_readable();
            deserializer.deserialize_map(RowsVisitor { readable })
        }
    }

    struct RowsVisitor {
        readable: bool,
    }

    impl<'de> Visitor<'de> for RowsVisitor {
        type Value = CausalContext;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map from replicas to ranges of change numbers")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<CausalContext, A::Error> {
            let mut rows: SmallVec<[Row; 1]> = SmallVec::new();
            while let Some(replica) = map.next_key::<ReplicaId>()? {
                let seen = map.next_value_seed(RangesSeed { readable: self.readable })?;
                if seen.is_empty() {
                    return Err(A::Error::custom(format_args!("{replica} has no ranges")));
                }
                if !self.readable && rows.last().is_some_and(|row| row.replica >= replica) {
                    return Err(A::Error::custom(format_args!("{replica} is out of order or there twice")));
                }
                rows.push(Row { replica, seen });
            }
            rows.sort_by_key(|row| row.replica);
            if let Some(twice) = rows.windows(2).find(|pair| pair[0].replica == pair[1].replica) {
                return Err(A::Error::custom(format_args!("{} is there twice", twice[0].replica)));
            }
            Ok(CausalContext { rows, hint: 0 })
        }
    }

    struct RangesSeed {
        readable: bool,
    }

    impl<'de> serde::de::DeserializeSeed<'de> for RangesSeed {
        type Value = Ranges;

        fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Ranges, D::Error> {
            deserializer.deserialize_seq(self)
        }
    }

    impl<'de> Visitor<'de> for RangesSeed {
        type Value = Ranges;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("ascending ranges of change numbers, with a gap between any two")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Ranges, A::Error> {
            let mut ranges = Ranges::default();
            while let Some((a, b)) = seq.next_element::<(u64, u64)>()? {
                let bounds = if self.readable { Some((a, b)) } else { absolute(ranges.largest(), a, b) };
                if !bounds.is_some_and(|(first, last)| ranges.append(first, last)) {
                    return Err(A::Error::custom(format_args!("the range ({a}, {b}) is out of place")));
                }
            }
            Ok(ranges)
        }
    }

    /// From what was skipped and the length less one to first and last.
    fn absolute(end: u64, skipped: u64, more: u64) -> Option<(u64, u64)> {
        let first = end.checked_add(1)?.checked_add(skipped)?;
        Some((first, first.checked_add(more)?))
    }
}
