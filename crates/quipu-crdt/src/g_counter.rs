//! The grow-only counter (G-Counter).
//!
//! One slot per replica holds what that replica has added; the value is the sum of all slots; joining takes the
//! larger of each slot, which is the newer one, because only its owner changes it and only upwards.
//!
//! *Under concurrency.* `n0` adds 3 while `n1` adds 4, both at a counter that shows 10:
//!
//! ```text
//! n0: {n0: 10}  +3 ->  {n0: 13}           -- delta {n0: 13} -->  n1 shows 17
//! n1: {n0: 10}  +4 ->  {n0: 10, n1: 4}    -- delta {n1: 4}  -->  n0 shows 17
//! ```
//!
//! No add is lost, none counts twice, and a delta that comes late is below what is known and changes nothing. A read
//! shows exactly the adds that have arrived. A delta holds the replica's whole slot, so it also makes good for every
//! earlier delta of that replica that was lost.
//!
//! *Cost* for n replicas that ever added: reading O(1), for the sum is kept; an add O(1) by the replica that made the last
//! one here, by another O(log n), the first one O(n). Joining a delta of one slot O(log n), m slots O(m + n), and one pass
//! over the counts if both sides know the same replicas. 32 bytes of memory a slot, 80 for a counter with one slot, which
//! allocates nothing; a delta is one slot. In a binary form the name and 3 bytes with a small incarnation, and 1 for each
//! 7 bits of count beyond the first.
//!
//! *Overflow:* a replica's count is 64 bits and an add that does not fit is an error; the value is 128 bits and always exact.
//!
//! *Left out:* removing the slots of replicas that are gone. That needs agreement among all that are left.
//!
//! *Source:* Shapiro, Preguiça, Baquero and Zawirski, *A comprehensive study of CRDTs*, 2011; the delta form is that of
//! Almeida, Shoker and Baquero, 2018.

use core::cmp::Ordering;
use core::fmt;

use crate::slots::{Count, Slots};
use crate::{Lattice, Overflow, ReplicaId};

/// A counter that many replicas increment without asking each other, and that never loses an increment.
///
/// ```
/// use quipu_crdt::{GCounter, Lattice, NodeName, ReplicaId};
///
/// let [alice, bob] = ["alice", "bob"].map(|name| ReplicaId::new(NodeName::new(name), 1));
/// let (mut at_alice, mut at_bob) = (GCounter::default(), GCounter::default());
/// let lost = at_alice.increment(alice, 1)?;
/// let delta = at_alice.increment(alice, 2)?;
/// at_bob.increment(bob, 4)?;
/// at_bob.join(&delta); // holds all that alice added, the lost delta too
/// at_bob.join(&lost); // late: changes nothing
/// assert_eq!((at_bob.value(), at_bob.of(alice)), (7, 3));
/// # Ok::<(), quipu_crdt::Overflow>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct GCounter {
    slots: Slots<Count>,
}

impl GCounter {
    /// Adds `amount` in the name of `replica`, which must be the caller's own id, and returns the delta.
    ///
    /// Adding 0 changes nothing and returns the empty delta.
    ///
    /// # Errors
    /// [`Overflow`] if what this replica has added would pass 2^64 - 1; then nothing is changed.
    #[inline]
    pub fn increment(&mut self, replica: ReplicaId, amount: u64) -> Result<Self, Overflow> {
        let grown = |Count(before): Count| before.checked_add(amount).map(Count).ok_or(Overflow);
        Ok(Self { slots: self.slots.grow(replica, grown)? })
    }

    /// The sum of all increments known here. Exact: 2^64 full slots fit.
    #[inline]
    pub fn value(&self) -> u128 {
        self.slots.total()
    }

    /// What `replica` has added, as far as known here.
    #[inline]
    pub fn of(&self, replica: ReplicaId) -> u64 {
        self.slots.get(replica).0
    }

    /// What each replica has added, in the order of their ids; none of it is 0.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (ReplicaId, u64)> + '_ {
        self.slots.iter().map(|(replica, Count(count))| (replica, count))
    }
}

impl Lattice for GCounter {
    fn join(&mut self, other: &Self) {
        self.slots.join(&other.slots);
    }

    fn includes(&self, other: &Self) -> bool {
        self.slots.includes(&other.slots)
    }

    fn difference(&self, known: &Self) -> Self {
        Self { slots: self.slots.difference(&known.slots) }
    }

    fn is_bottom(&self) -> bool {
        self.slots.is_bottom()
    }
}

impl PartialOrd for GCounter {
    /// The order of knowledge, not of values: see [`Lattice::compare`].
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.compare(other)
    }
}

impl fmt::Debug for GCounter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for GCounter {
    /// As a map in the order of the replicas: `{"n0@1f": 13}`.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.slots.serialize(serializer)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for GCounter {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { slots: Slots::deserialize(deserializer)? })
    }
}
