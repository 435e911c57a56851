//! The counter over a sliding window of event time, with allowed lateness.
//!
//! Events carry the time at which they happened. Time is cut into **buckets** of one width; each holds a count per replica, as
//! a [`GCounter`] does. A window is a fixed number of buckets and slides by one. The newest bucket that has counted
//! anything is the **watermark**: an event that is more than the allowed lateness (in buckets) before it is **late**. It is
//! not counted in its bucket but among the late ones, and [`Added`] says so. Buckets that no open window needs are dropped.
//!
//! *Under concurrency.* Buckets of 10, windows of 3, lateness of 1; the replicas have not heard of each other:
//!
//! ```text
//! n0 counts an event at 57             {5: n0 1}
//! n1 counts events at 12 and 23        {1: n1 1, 2: n1 1}
//! joined: the watermark is bucket 5; kept are 3 + 1 buckets, 2 to 5:   {2: n1 1, 5: n0 1}
//! the window of buckets 3 to 5 shows 1, that of 2 to 4 shows 1; before that: forgotten
//! then an event at 45 counts (bucket 4), one at 38 is late.
//! ```
//!
//! Whether an event is late is decided once, by the replica that takes it, by the watermark it knows. An event that counted at
//! `n1` may be older than what `n0` keeps, as the one at 12 above: joining then drops it everywhere.
//!
//! *Why the laws survive dropping.* Think of the full state F that never drops: one counter per bucket, joined bucket by bucket,
//! with the watermark w(F) its newest bucket. The state kept is k(F): the buckets above w(F) - kept. Since a join only
//! raises the watermark, what k has dropped from a part would be dropped from the whole as well:
//! `k(k(F) ⊔ k(G)) = k(F ⊔ G)`. So joining and then dropping inherits commutativity, associativity and idempotence from the
//! full state, and is a function of knowledge alone. A replica never counts into a bucket that it has dropped (that event would be
//! late), so no slot starts again from zero.
//!
//! *One wrong clock.* A single event far in the future would close all windows for everybody, and for good. So
//! [`WindowedCounter::add`] takes the latest time it may believe and refuses later ones with [`TooFarAhead`]. Joining cannot
//! refuse: check [`WindowedCounter::watermark`] of what comes from replicas whose clocks you do not trust.
//!
//! *Cost* for n replicas: window plus lateness buckets of at most n slots of 32 bytes, however many events and however much
//! time; adding O(log n), the value of a window O(window · n); a delta is one slot of one bucket.
//!
//! *Left out:* windows that advance without events: a watermark is knowledge of an event. A count per late event's time.
//!
//! *Source:* Akidau et al., *The Dataflow Model*, 2015 (event time, watermark, lateness); Spenger, Krafeld, van Gemeren, Haller and
//! Carbone, *Holon Streaming: Global Aggregations with Windowed CRDTs*, 2025; the counters: see [`GCounter`].
//!
//! ```
//! use quipu_crdt::{Added, NodeName, ReplicaId, WindowedCounter};
//!
//! /// Requests of the last minute, in steps of 10 s, up to 20 s late; times in seconds.
//! type PerMinute = WindowedCounter<10, 6, 2>;
//!
//! let n0 = ReplicaId::new(NodeName::new("n0"), 1);
//! let mut requests = PerMinute::default();
//! let clock = 1000;
//! assert!(matches!(requests.add(n0, 940, 1, clock)?, Added::Counted(_)));
//! assert!(matches!(requests.add(n0, 995, 2, clock)?, Added::Counted(_)));
//! assert!(matches!(requests.add(n0, 960, 1, clock)?, Added::Late(_)));
//! assert_eq!(requests.value(995), Ok(3)); // 940 to 999
//! assert_eq!(requests.value(989), Ok(1)); // 930 to 989
//! assert_eq!(requests.late(), 1);
//! assert!(requests.add(n0, 5_000_000, 1, clock).is_err());
//! # Ok::<(), quipu_crdt::AddError>(())
//! ```

use alloc::collections::BTreeMap;
use core::cmp::Ordering;
use core::fmt;

use crate::{GCounter, Lattice, Overflow, ReplicaId};

/// A counter over sliding windows of event time: buckets of `WIDTH` units of time, windows of `WINDOW` buckets, events
/// up to `LATENESS` buckets behind the newest one still count.
///
/// The parameters are part of the type, so counters of different ones cannot be joined. A width or window of 0 does not compile.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct WindowedCounter<const WIDTH: u64, const WINDOW: u64, const LATENESS: u64> {
    /// By number, which is the time divided by the width. Invariant: none is empty, none is older than what is kept.
    buckets: BTreeMap<u64, GCounter>,
    late: GCounter,
}

/// What became of an event, with the delta.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Added<D> {
    /// It counts in its bucket.
    Counted(D),
    /// It came after its time: it counts among the late ones only.
    Late(D),
}

impl<D> Added<D> {
    /// The delta, whatever became of the event.
    pub fn into_delta(self) -> D {
        match self {
            Self::Counted(delta) | Self::Late(delta) => delta,
        }
    }
}

impl<const WIDTH: u64, const WINDOW: u64, const LATENESS: u64> WindowedCounter<WIDTH, WINDOW, LATENESS> {
    /// How many buckets are kept, counted back from the newest: as many as the oldest open window reaches.
    const KEPT: u64 = {
        assert!(WIDTH > 0 && WINDOW > 0, "a bucket has a width and a window has a bucket");
        WINDOW.saturating_add(LATENESS)
    };

    /// Counts `amount` events that happened at `time`, in the name of `replica`, which must be the caller's own id.
    /// `not_after` is the latest time to be believed: the clock, and what other clocks may be ahead of it.
    ///
    /// Counting 0 events changes nothing and returns the empty delta.
    ///
    /// # Errors
    /// [`AddError`] if `time` is after `not_after`, or if the replica's count would pass 2^64 - 1; then nothing is changed.
    pub fn add(
        &mut self,
        replica: ReplicaId,
        time: u64,
        amount: u64,
        not_after: u64,
    ) -> Result<Added<Self>, AddError> {
        if time > not_after {
            return Err(TooFarAhead { time, not_after }.into());
        }
        let number = time / WIDTH;
        if self.newest().is_some_and(|newest| newest.saturating_sub(number) > LATENESS) {
            let late = self.late.increment(replica, amount)?;
            return Ok(Added::Late(Self { buckets: BTreeMap::new(), late }));
        }
        let mut delta = Self::default();
        if amount > 0 {
            // A bucket that is not there has room for any amount, so an error leaves no empty one behind.
            let count = self.buckets.entry(number).or_default().increment(replica, amount)?;
            delta.buckets.insert(number, count);
            self.forget();
        }
        Ok(Added::Counted(delta))
    }

    /// How many events happened in the window that ends with the bucket of `time`.
    ///
    /// # Errors
    /// [`Forgotten`] if that window begins before what is kept.
    pub fn value(&self, time: u64) -> Result<u128, Forgotten> {
        let last = time / WIDTH;
        let first = last.saturating_sub(WINDOW - 1);
        let oldest = self.oldest();
        if first < oldest {
            let earliest = oldest.saturating_add(WINDOW - 1).saturating_mul(WIDTH);
            return Err(Forgotten { time, earliest });
        }
        Ok(self.buckets.range(first..=last).map(|(_, count)| count.value()).sum())
    }

    /// How many events came too late to be counted in a window, where they came first.
    pub fn late(&self) -> u128 {
        self.late.value()
    }

    /// The late events by the replica that took them.
    pub fn late_by_replica(&self) -> &GCounter {
        &self.late
    }

    /// Where the newest bucket begins; nothing if no event counts. Events more than the lateness before it are late.
    pub fn watermark(&self) -> Option<u64> {
        self.newest().map(|number| number * WIDTH)
    }

    /// The buckets that are kept, oldest first: where each begins, and how many events it holds. Empty ones are left out.
    pub fn buckets(&self) -> impl Iterator<Item = (u64, u128)> + '_ {
        self.buckets.iter().map(|(number, count)| (number * WIDTH, count.value()))
    }

    fn newest(&self) -> Option<u64> {
        self.buckets.last_key_value().map(|(number, _)| *number)
    }

    /// The oldest bucket that is kept, whether or not anything is in it.
    fn oldest(&self) -> u64 {
        self.newest().map_or(0, |newest| newest.saturating_sub(Self::KEPT - 1))
    }

    fn forget(&mut self) {
        let oldest = self.oldest();
        while let Some(bucket) = self.buckets.first_entry().filter(|bucket| *bucket.key() < oldest) {
            bucket.remove();
        }
    }
}

impl<const WIDTH: u64, const WINDOW: u64, const LATENESS: u64> Lattice
    for WindowedCounter<WIDTH, WINDOW, LATENESS>
{
    fn join(&mut self, other: &Self) {
        let oldest = self.oldest();
        for (number, count) in other.buckets.range(oldest..) {
            self.buckets.entry(*number).or_default().join(count);
        }
        self.forget();
        self.late.join(&other.late);
    }

    fn includes(&self, other: &Self) -> bool {
        let known = |(number, count)| self.buckets.get(number).is_some_and(|own| own.includes(count));
        self.late.includes(&other.late) && other.buckets.range(self.oldest()..).all(known)
    }

    /// Leaves out what `known` has dropped.
    fn difference(&self, known: &Self) -> Self {
        let unknown = self.buckets.range(known.oldest()..).filter_map(|(number, count)| {
            let lacking =
                known.buckets.get(number).map_or_else(|| count.clone(), |own| count.difference(own));
            (!lacking.is_bottom()).then_some((*number, lacking))
        });
        Self { buckets: unknown.collect(), late: self.late.difference(&known.late) }
    }

    fn is_bottom(&self) -> bool {
        self.buckets.is_empty() && self.late.is_bottom()
    }
}

impl<const WIDTH: u64, const WINDOW: u64, const LATENESS: u64> PartialOrd
    for WindowedCounter<WIDTH, WINDOW, LATENESS>
{
    /// The order of knowledge, not of values: see [`Lattice::compare`].
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.compare(other)
    }
}

impl<const WIDTH: u64, const WINDOW: u64, const LATENESS: u64> fmt::Debug
    for WindowedCounter<WIDTH, WINDOW, LATENESS>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WindowedCounter").field("buckets", &self.buckets).field("late", &self.late).finish()
    }
}

/// Why an event was refused. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddError {
    /// It claims to be from the future.
    TooFarAhead(TooFarAhead),
    /// It does not fit the count.
    Overflow(Overflow),
}

/// An event claims a time after all that may be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooFarAhead {
    /// When it is said to have happened.
    pub time: u64,
    /// The latest time that was to be believed.
    pub not_after: u64,
}

/// The window begins before what is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forgotten {
    /// What was asked for.
    pub time: u64,
    /// The earliest time whose window is still known.
    pub earliest: u64,
}

impl fmt::Display for AddError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFarAhead(ahead) => ahead.fmt(f),
            Self::Overflow(overflow) => overflow.fmt(f),
        }
    }
}

impl fmt::Display for TooFarAhead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { time, not_after } = self;
        write!(
            f,
            "the event is from {time}, after {not_after}, the latest to be believed: its clock is wrong, or this one"
        )
    }
}

impl fmt::Display for Forgotten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { time, earliest } = self;
        write!(
            f,
            "the window that ends at {time} is no longer known; the earliest that is ends at {earliest}"
        )
    }
}

impl core::error::Error for AddError {}
impl core::error::Error for TooFarAhead {}
impl core::error::Error for Forgotten {}

impl From<TooFarAhead> for AddError {
    fn from(ahead: TooFarAhead) -> Self {
        Self::TooFarAhead(ahead)
    }
}

impl From<Overflow> for AddError {
    fn from(overflow: Overflow) -> Self {
        Self::Overflow(overflow)
    }
}

#[cfg(feature = "serde")]
mod wire {
    use alloc::collections::BTreeMap;
    use core::fmt;

    use serde::de::{Error, MapAccess, Visitor};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::WindowedCounter;
    use crate::{GCounter, Lattice};

    #[derive(Serialize)]
    struct Written<'a> {
        width: u64,
        window: u64,
        lateness: u64,
        buckets: &'a BTreeMap<u64, GCounter>,
        late: &'a GCounter,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Read {
        width: u64,
        window: u64,
        lateness: u64,
        buckets: Buckets,
        late: GCounter,
    }

    struct Buckets(BTreeMap<u64, GCounter>);

    impl<const WIDTH: u64, const WINDOW: u64, const LATENESS: u64> Serialize
        for WindowedCounter<WIDTH, WINDOW, LATENESS>
    {
        /// With the parameters in front:
        /// `{"width": 10, "window": 6, "lateness": 2, "buckets": {"99": {"n0@1f": 2}}, "late": {}}`.
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let (width, window, lateness) = (WIDTH, WINDOW, LATENESS);
            Written { width, window, lateness, buckets: &self.buckets, late: &self.late }
                .serialize(serializer)
        }
    }

    impl<'de, const WIDTH: u64, const WINDOW: u64, const LATENESS: u64> Deserialize<'de>
        for WindowedCounter<WIDTH, WINDOW, LATENESS>
    {
        /// Refuses other parameters, an empty bucket, two of one number, and buckets that would have been dropped.
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let Read { width, window, lateness, buckets: Buckets(buckets), late } =
                Read::deserialize(deserializer)?;
            if (width, window, lateness) != (WIDTH, WINDOW, LATENESS) {
                return Err(D::Error::custom(format_args!(
                    "buckets of {width}, {window} a window, {lateness} of lateness; here they are {WIDTH}, {WINDOW}, \
                     {LATENESS}"
                )));
            }
            let read = Self { buckets, late };
            let past_the_end = read.newest().is_some_and(|newest| newest > u64::MAX / WIDTH);
            let dropped = read.buckets.first_key_value().is_some_and(|(number, _)| *number < read.oldest());
            if past_the_end || dropped {
                return Err(D::Error::custom("a bucket lies outside of what is kept"));
            }
            Ok(read)
        }
    }

    impl<'de> Deserialize<'de> for Buckets {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_map(BucketsVisitor)
        }
    }

    struct BucketsVisitor;

    impl<'de> Visitor<'de> for BucketsVisitor {
        type Value = Buckets;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map from bucket numbers to counts")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Buckets, A::Error> {
            let mut buckets = BTreeMap::new();
            while let Some((number, count)) = map.next_entry::<u64, GCounter>()? {
                if count.is_bottom() {
                    return Err(A::Error::custom(format_args!("bucket {number} is empty")));
                }
                if buckets.insert(number, count).is_some() {
                    return Err(A::Error::custom(format_args!("bucket {number} is there twice")));
                }
            }
            Ok(Buckets(buckets))
        }
    }
}
