//! The version vector: which changes are known, as one count per replica.
//!
//! `{n0: 3, n1: 1}` is the set of the dots n0:1, n0:2, n0:3 and n1:1. It can hold no gaps; whoever receives the changes of
//! a replica in order needs no more.
//!
//! *Under concurrency.* Two vectors are equal, one includes the other, or they are **concurrent**: each knows a change
//! that the other lacks.
//!
//! ```text
//! n0 makes a change: {n0: 1}            n1 makes a change: {n1: 1}       concurrent
//! n1 hears of n0's:  {n0: 1, n1: 1}     includes both: whatever n1 does next is after n0's change
//! ```
//!
//! *Cost* for n replicas: numbering O(1) by the replica that did so last here, else O(log n); asking O(log n); joining and
//! comparing with m entries O(m + n), and one pass over the counts if both sides know the same replicas. Memory and bytes
//! as for [`crate::GCounter`].
//!
//! *Overflow:* a replica's 2^64th change is an error.
//!
//! *Left out:* dots beyond a gap: [`crate::CausalContext`] has them.
//!
//! *Source:* Parker et al., *Detection of mutual inconsistency in distributed systems*, 1983.

use core::cmp::Ordering;
use core::fmt;
use core::num::NonZeroU64;

use crate::slots::{Count, Slots};
use crate::{Dot, Lattice, Overflow, ReplicaId};

/// A set of changes without gaps: all changes of each replica up to a number.
///
/// ```
/// use quipu_crdt::{Lattice, NodeName, ReplicaId, VersionVector};
///
/// let [alice, bob] = ["alice", "bob"].map(|name| ReplicaId::new(NodeName::new(name), 1));
/// let (mut at_alice, mut at_bob) = (VersionVector::default(), VersionVector::default());
/// let first = at_alice.next_dot(alice)?;
/// at_bob.next_dot(bob)?;
/// assert!(at_alice.is_concurrent_with(&at_bob));
/// at_bob.join(&at_alice);
/// assert!(at_bob.contains(first) && at_bob > at_alice);
/// # Ok::<(), quipu_crdt::Overflow>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct VersionVector {
    counts: Slots<Count>,
}

impl VersionVector {
    /// All changes of one replica up to and including `dot`.
    pub fn up_to(dot: Dot) -> Self {
        Self { counts: Slots::of(dot.replica, Count(dot.counter.get())) }
    }

    /// Numbers the next change of `replica`, which must be the caller's own id, and takes note of it.
    ///
    /// # Errors
    /// [`Overflow`] if the replica has made 2^64 - 1 changes; then nothing is changed.
    #[inline]
    pub fn next_dot(&mut self, replica: ReplicaId) -> Result<Dot, Overflow> {
        let mut counter = NonZeroU64::MIN;
        self.counts.grow(replica, |Count(known)| {
            counter = counter.checked_add(known).ok_or(Overflow)?;
            Ok(Count(counter.get()))
        })?;
        Ok(Dot::new(replica, counter))
    }

    /// True if that change is known.
    #[inline]
    pub fn contains(&self, dot: Dot) -> bool {
        self.of(dot.replica) >= dot.counter.get()
    }

    /// How many changes of `replica` are known.
    #[inline]
    pub fn of(&self, replica: ReplicaId) -> u64 {
        self.counts.get(replica).0
    }

    /// How many changes of each replica are known, in the order of their ids; none is 0.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (ReplicaId, u64)> + '_ {
        self.counts.iter().map(|(replica, Count(count))| (replica, count))
    }

    /// True if each of the two knows a change that the other lacks.
    pub fn is_concurrent_with(&self, other: &Self) -> bool {
        self.compare(other).is_none()
    }
}

impl Lattice for VersionVector {
    fn join(&mut self, other: &Self) {
        self.counts.join(&other.counts);
    }

    fn includes(&self, other: &Self) -> bool {
        self.counts.includes(&other.counts)
    }

    /// The entries that are ahead of `known`. As a set of dots the result may overlap with `known`: an entry is a
    /// whole prefix.
    fn difference(&self, known: &Self) -> Self {
        Self { counts: self.counts.difference(&known.counts) }
    }

    fn is_bottom(&self) -> bool {
        self.counts.is_bottom()
    }
}

impl PartialOrd for VersionVector {
    /// Inclusion; `None` if concurrent.
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.compare(other)
    }
}

impl fmt::Debug for VersionVector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for VersionVector {
    /// As a map: `{"n0@1f": 3}`.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.counts.serialize(serializer)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for VersionVector {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { counts: Slots::deserialize(deserializer)? })
    }
}
