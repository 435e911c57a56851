//! The counter that can be reset without losing what the resetter had not seen.
//!
//! Every step, up or down, is a change of its own under its own dot; the value is the sum of the live steps. A reset takes
//! away the steps that the resetter has seen, and no others. In a map, removing a counter's key is a reset.
//!
//! *Under concurrency.*
//!
//! ```text
//! both read  7: alice:1..=2 by 2 each, bob:1 by 3
//! alice      resets             delta: alive {}             seen {alice:1..=2, bob:1}
//! bob        adds 1             delta: alive {bob:2 +1}     seen {bob:2}
//! both end   with 1
//! ```
//!
//! As a specification over the history: *the value is the sum of the steps that were received and are not among the steps that
//! a received reset had seen.*
//! That is exact where all that a received operation had seen was received too. If deltas arrive with a gap, what a missing one
//! took away may show until it comes.
//!
//! *Why a dot for each step.* A resetter may have seen any part of another replica's steps. A counter with one dot per
//! replica, under which the replica keeps its sum (the embedded counter), must give that dot up for a new one at some step. If
//! it keeps the dot, a reset that saw 3 of 5 steps takes all 5; if it moves the whole sum to a new dot, a reset that saw the
//! old dot takes nothing. Here a reset is exact.
//!
//! *Cost.* Steps of one replica that follow one another and are equal are one run of 24 bytes. A counter alone in its context
//! that goes up by 1 is one run per replica, however far it counts. **Steps that differ, or dots that alternate between
//! counters of one shared context, are a run each**: memory then grows with the steps since the last reset. Adding O(log n)
//! for n replicas; the value O(1); a delta joins in O(log r) beside the runs it touches, for r runs of its replica; a reset O(runs).
//!
//! *Left out:* folding old steps into one, which is safe only once no replica can still send a reset that has not seen them.
//!
//! *Source:* Baquero, Almeida and Lerche, *The problem with embedded CRDT counters and a solution*, 2016, for the problem; a dot for
//! each step, kept in runs, is the plain use of a dot store (Almeida, Shoker and Baquero, 2018).

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::num::NonZeroU64;

use crate::runs::{Run, Runs, Total, split};
use crate::spans::context_of;
use crate::{Causal, CausalContext, Dot, DotStore, Overflow, ReplicaId, Writer};

/// A counter whose reset removes what was seen: the dot store. As a state of its own, `Causal<ResettableCounter>`.
#[derive(Clone, Default)]
pub struct ResettableCounter {
    /// The live steps; no row is empty.
    rows: BTreeMap<ReplicaId, Runs>,
    /// Of all rows.
    total: Total,
}

impl ResettableCounter {
    /// Takes a step, up or down, and returns the delta. A step of 0 is no change.
    ///
    /// # Errors
    /// [`Overflow`] if the replica has made 2^64 - 1 changes; then nothing is changed.
    pub fn add(&mut self, writer: &mut Writer<'_>, step: i64) -> Result<Self, Overflow> {
        let mut delta = Self::default();
        if step != 0 {
            let dot = writer.dot()?;
            let number = dot.counter.get();
            let run = Run { first: number, last: number, step };
            self.put(dot.replica, run);
            delta.put(dot.replica, run);
        }
        Ok(delta)
    }

    /// Removes the steps that are known here and returns the delta: its store is empty, its context holds their dots.
    pub fn reset(&mut self, writer: &mut Writer<'_>) -> Self {
        writer.forget_all(&self.dots());
        *self = Self::default();
        Self::default()
    }

    /// The sum of the live steps: exact while there are fewer than 2^64 of them, which takes longer than machines last.
    /// Beyond it stays at the limits of 128 bits.
    pub fn value(&self) -> i128 {
        if self.total.steps <= u64::MAX.into() { self.total.sum } else { self.limited_sum() }
    }

    /// How many steps are alive.
    pub fn steps(&self) -> u128 {
        self.total.steps
    }

    /// True if no step is alive. A counter that went up and down by the same amount is 0 and not empty.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many runs keep the steps: what the counter costs.
    pub fn runs(&self) -> usize {
        self.rows.values().map(|runs| runs.iter().len()).sum()
    }

    /// True if some live step goes down.
    #[cfg(feature = "serde")]
    pub(crate) fn goes_down(&self) -> bool {
        self.rows.values().flat_map(Runs::iter).any(|run| run.step < 0)
    }

    fn limited_sum(&self) -> i128 {
        let all = || self.rows.values().flat_map(Runs::iter).map(Run::sum);
        let up = all().map(|sum| sum.max(0)).fold(0, i128::saturating_add);
        all().map(|sum| sum.min(0)).fold(up, i128::saturating_add)
    }

    fn put(&mut self, replica: ReplicaId, run: Run) {
        if self.rows.entry(replica).or_default().push(run) {
            self.total.replace(Total::default(), Total::of(&[run]));
        }
    }

    fn put_all(&mut self, replica: ReplicaId, runs: Runs) {
        if !runs.is_empty() {
            runs.iter().for_each(|run| self.total.replace(Total::default(), Total::of(&[run])));
            self.rows.insert(replica, runs);
        }
    }

    fn join_row(
        &mut self,
        replica: ReplicaId,
        ours: &CausalContext,
        other: Option<&Runs>,
        theirs: &CausalContext,
    ) {
        let none = Runs::default();
        let live_there = other.unwrap_or(&none);
        let known: Vec<(u64, u64)> = ours.ranges_of(replica).collect();
        let mine = self.rows.entry(replica).or_default();
        for (first, last) in theirs.ranges_of(replica) {
            let window = mine.window(first, last);
            let news = live_there.slice(live_there.window(first, last));
            let (seen_there, mut parts) = split(mine.slice(window), core::iter::once((first, last)));
            parts.append(&mut split(&seen_there, news.iter().map(|run| (run.first, run.last))).0);
            let from = known.partition_point(|(_, end)| *end < first);
            parts.append(&mut split(news, known[from..].iter().copied()).1);
            self.total.replace(Total::of(mine.slice(window)), Total::of(&parts));
            mine.replace(window, parts);
        }
        if mine.is_empty() {
            self.rows.remove(&replica);
        }
    }
}

impl Causal<ResettableCounter> {
    /// Takes a step in the name of `replica`, which must be the caller's own id, and returns the delta.
    ///
    /// ```
    /// use quipu_crdt::{Causal, Lattice, NodeName, ReplicaId, ResettableCounter};
    ///
    /// let alice = ReplicaId::new(NodeName::new("alice"), 1);
    /// let bob = ReplicaId::new(NodeName::new("bob"), 1);
    /// let mut at_alice: Causal<ResettableCounter> = Causal::default();
    /// at_alice.add(alice, 7)?;
    /// let mut at_bob = at_alice.clone();
    ///
    /// let reset = at_alice.reset(alice);
    /// let one_more = at_bob.add(bob, 1)?;
    /// at_alice.join(&one_more);
    /// at_bob.join(&reset);
    /// assert_eq!((at_alice.value(), at_bob.value()), (1, 1));
    /// # Ok::<(), quipu_crdt::Overflow>(())
    /// ```
    ///
    /// # Errors
    /// As for [`ResettableCounter::add`].
    pub fn add(&mut self, replica: ReplicaId, step: i64) -> Result<Self, Overflow> {
        self.change(replica, |counter, writer| counter.add(writer, step))
    }

    /// Removes the steps that are known here and returns the delta.
    pub fn reset(&mut self, replica: ReplicaId) -> Self {
        self.apply(replica, ResettableCounter::reset)
    }
}

impl DotStore for ResettableCounter {
    fn join(&mut self, ours: &CausalContext, other: &Self, theirs: &CausalContext) {
        let mut done = None;
        for (replica, _, _) in theirs.ranges() {
            if done != Some(replica) {
                self.join_row(replica, ours, other.rows.get(&replica), theirs);
                done = Some(replica);
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// One by one, also where a run is long: see [`DotStore::dots`].
    fn for_each_dot(&self, visit: &mut dyn FnMut(Dot)) {
        for (replica, runs) in &self.rows {
            for number in runs.ranges().flat_map(|(first, last)| first..=last).filter_map(NonZeroU64::new) {
                visit(Dot::new(*replica, number));
            }
        }
    }

    fn dots(&self) -> CausalContext {
        let ranges = |(replica, runs): (&ReplicaId, &'_ Runs)| {
            let replica = *replica;
            runs.iter().map(move |run| (replica, run.first, run.last)).collect::<Vec<_>>()
        };
        context_of(self.rows.iter().flat_map(ranges))
    }

    fn dots_within(&self, context: &CausalContext) -> CausalContext {
        let mut spans = Vec::new();
        for (replica, runs) in &self.rows {
            let inside = split(runs.slice((0, runs.iter().len())), context.ranges_of(*replica)).0;
            spans.extend(inside.into_iter().map(|run| (*replica, run.first, run.last)));
        }
        context_of(spans.into_iter())
    }

    fn unknown_to(&self, context: &CausalContext) -> Self {
        let mut unknown = Self::default();
        for (replica, runs) in &self.rows {
            let outside = split(runs.slice((0, runs.iter().len())), context.ranges_of(*replica)).1;
            unknown.put_all(*replica, Runs::of(outside));
        }
        unknown
    }
}

impl PartialEq for ResettableCounter {
    fn eq(&self, other: &Self) -> bool {
        self.rows == other.rows
    }
}

impl Eq for ResettableCounter {}

impl Hash for ResettableCounter {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.rows.hash(state);
    }
}

impl fmt::Debug for ResettableCounter {
    /// `{n0@1: 1..=3 by 2, 5..=5 by -1}`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "{";
        for (replica, runs) in &self.rows {
            write!(f, "{separator}{replica}:")?;
            for (number, run) in runs.iter().enumerate() {
                let comma = if number == 0 { "" } else { "," };
                write!(f, "{comma} {}..={} by {}", run.first, run.last, run.step)?;
            }
            separator = ", ";
        }
        f.write_str(if self.rows.is_empty() { "{}" } else { "}" })
    }
}

#[cfg(feature = "serde")]
mod wire {
    use alloc::vec::Vec;
    use core::fmt;

    use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::ResettableCounter;
    use crate::ReplicaId;
    use crate::runs::{Run, Runs};

    impl Serialize for ResettableCounter {
        /// As a map from replicas to runs, each its first and last number and the step: `{"n0@1f": [[1, 3, 1]]}`. In binary
        /// formats a run is the number skipped since the last one, the length less one, and the step.
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let readable = serializer.is_human_readable();
            serializer.collect_map(self.rows.iter().map(|(replica, runs)| (replica, triples(runs, readable))))
        }
    }

    fn triples(runs: &Runs, readable: bool) -> Vec<(u64, u64, i64)> {
        let mut end = 0;
        let skip = |run: Run| {
            let triple = (run.first - end - 1, run.last - run.first, run.step);
            end = run.last;
            triple
        };
        let plain = |run: Run| (run.first, run.last, run.step);
        if readable { runs.iter().map(plain).collect() } else { runs.iter().map(skip).collect() }
    }

    impl<'de> Deserialize<'de> for ResettableCounter {
        /// Refuses what no replica writes: empty rows, steps of 0, runs that overlap, descend or should be one.
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let readable = deserializer.is_human_readable();
            deserializer.deserialize_map(RowsVisitor { readable })
        }
    }

    struct RowsVisitor {
        readable: bool,
    }

    impl<'de> Visitor<'de> for RowsVisitor {
        type Value = ResettableCounter;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map from replicas to runs of steps")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ResettableCounter, A::Error> {
            let mut counter = ResettableCounter::default();
            while let Some(replica) = map.next_key::<ReplicaId>()? {
                let runs = map.next_value_seed(RunsSeed { readable: self.readable })?;
                if runs.is_empty() {
                    return Err(A::Error::custom(format_args!("{replica} has no steps")));
                }
                if counter.rows.contains_key(&replica) {
                    return Err(A::Error::custom(format_args!("{replica} is there twice")));
                }
                counter.put_all(replica, runs);
                // The keys of a JSON object have no order.
                let is_last = counter.rows.last_key_value().is_some_and(|(last, _)| *last == replica);
                if !is_last && !self.readable {
                    return Err(A::Error::custom(format_args!("{replica} is out of order")));
                }
            }
            Ok(counter)
        }
    }

    struct RunsSeed {
        readable: bool,
    }

    impl<'de> DeserializeSeed<'de> for RunsSeed {
        type Value = Runs;

        fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Runs, D::Error> {
            deserializer.deserialize_seq(self)
        }
    }

    impl<'de> Visitor<'de> for RunsSeed {
        type Value = Runs;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("ascending runs of change numbers, each with a step other than 0")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Runs, A::Error> {
            let mut runs = Runs::default();
            let mut end = 0;
            while let Some((a, b, step)) = seq.next_element::<(u64, u64, i64)>()? {
                let bounds = if self.readable { Some((a, b)) } else { absolute(end, a, b) };
                let before = runs.iter().len();
                let placed = bounds.is_some_and(|(first, last)| runs.push(Run { first, last, step }));
                if !placed || runs.iter().len() == before {
                    return Err(A::Error::custom(format_args!("the run ({a}, {b}, {step}) is out of place")));
                }
                end = bounds.map_or(end, |(_, last)| last);
            }
            Ok(runs)
        }
    }

    /// From what was skipped and the length less one to first and last.
    fn absolute(end: u64, skipped: u64, more: u64) -> Option<(u64, u64)> {
        let first = end.checked_add(1)?.checked_add(skipped)?;
        Some((first, first.checked_add(more)?))
    }
}
