//! The counter that goes both ways (PN-Counter).
//!
//! One slot per replica holds two counts, each of which only grows: what the replica has added and what it has
//! taken away. The value is the sum of the former less the sum of the latter; joining takes the larger of each count.
//!
//! The two counts of a replica sit in one slot and travel together, in deltas too. So whatever a counter holds of a
//! replica is something that this replica itself once held: a reader can see it at an earlier moment, never with a
//! decrement before the increment that made room for it.
//!
//! *Under concurrency.* `n0` adds 5 and takes 1 while `n1` takes 2, both at an empty counter:
//!
//! ```text
//! n0: {n0: +5 -1}    -- delta {n0: +5 -1} -->   n1 shows 5 - 1 - 2 = 2
//! n1: {n1: +0 -2}    -- delta {n1: +0 -2} -->   n0 shows 2
//! ```
//!
//! *Cost* for n replicas that ever changed it: as for [`crate::GCounter`], with 40 bytes of memory a slot and one more number
//! on the wire.
//!
//! *Overflow:* each of the two counts of a replica is 64 bits and a change that does not fit is an error; the value is 128
//! bits and always exact.
//!
//! *Left out:* a lower bound (stock that must not go below zero) and a reset. Neither is a property of this type: two
//! replicas may take the last item at the same time. [`crate::BoundedCounter`] has the bound.
//!
//! *Source:* Shapiro, Preguiça, Baquero and Zawirski, *A comprehensive study of CRDTs*, 2011; the delta form is that of
//! Almeida, Shoker and Baquero, 2018.

use core::cmp::Ordering;
use core::fmt;

use crate::slots::{Slot, Slots};
use crate::{Lattice, Overflow, ReplicaId};

/// A counter that many replicas change in both directions without asking each other, and that loses no change.
///
/// ```
/// use quipu_crdt::{Lattice, NodeName, PnCounter, ReplicaId};
///
/// let [alice, bob] = ["alice", "bob"].map(|name| ReplicaId::new(NodeName::new(name), 1));
/// let (mut at_alice, mut at_bob) = (PnCounter::default(), PnCounter::default());
/// at_alice.increment(alice, 5)?;
/// at_bob.join(&at_alice.decrement(alice, 1)?);
/// at_alice.join(&at_bob.add(bob, -2)?);
/// assert_eq!((at_alice.value(), at_bob.value()), (2, 2));
/// # Ok::<(), quipu_crdt::Overflow>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct PnCounter {
    slots: Slots<Tally>,
}

/// What one replica has added and taken away.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Tally {
    added: u64,
    taken: u64,
}

impl PnCounter {
    /// A counter that knows one slot: `replica` has added and taken away these amounts. To bring back a stored slot.
    pub fn of_slot(replica: ReplicaId, added: u64, taken: u64) -> Self {
        Self { slots: Slots::of(replica, Tally { added, taken }) }
    }

    /// Adds `change`, which may be negative, in the name of `replica`, which must be the caller's own id, and returns
    /// the delta.
    ///
    /// # Errors
    /// [`Overflow`] if what this replica has added, or taken away, would pass 2^64 - 1; then nothing is changed.
    #[inline]
    pub fn add(&mut self, replica: ReplicaId, change: i64) -> Result<Self, Overflow> {
        if change < 0 {
            self.decrement(replica, change.unsigned_abs())
        } else {
            self.increment(replica, change.unsigned_abs())
        }
    }

    /// Adds `amount`; otherwise like [`PnCounter::add`]. Adding 0 changes nothing and returns the empty delta.
    ///
    /// # Errors
    /// As for [`PnCounter::add`].
    #[inline]
    pub fn increment(&mut self, replica: ReplicaId, amount: u64) -> Result<Self, Overflow> {
        let grown = |tally: Tally| {
            let added = tally.added.checked_add(amount).ok_or(Overflow)?;
            Ok(Tally { added, ..tally })
        };
        Ok(Self { slots: self.slots.grow(replica, grown)? })
    }

    /// Takes `amount` away; otherwise like [`PnCounter::add`]. Taking 0 changes nothing and returns the empty delta.
    ///
    /// # Errors
    /// As for [`PnCounter::add`].
    #[inline]
    pub fn decrement(&mut self, replica: ReplicaId, amount: u64) -> Result<Self, Overflow> {
        let grown = |tally: Tally| {
            let taken = tally.taken.checked_add(amount).ok_or(Overflow)?;
            Ok(Tally { taken, ..tally })
        };
        Ok(Self { slots: self.slots.grow(replica, grown)? })
    }

    /// The sum of all changes known here. Exact: 2^63 full slots fit.
    #[inline]
    pub fn value(&self) -> i128 {
        self.slots.total()
    }

    /// What `replica` has added and what it has taken away, as far as known here.
    #[inline]
    pub fn of(&self, replica: ReplicaId) -> (u64, u64) {
        let tally = self.slots.get(replica);
        (tally.added, tally.taken)
    }

    /// What each replica has added and taken away, in the order of their ids; never both 0.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (ReplicaId, (u64, u64))> + '_ {
        self.slots.iter().map(|(replica, tally)| (replica, (tally.added, tally.taken)))
    }
}

impl Lattice for PnCounter {
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

impl Lattice for Tally {
    #[inline]
    fn join(&mut self, other: &Self) {
        self.added = self.added.max(other.added);
        self.taken = self.taken.max(other.taken);
    }

    #[inline]
    fn includes(&self, other: &Self) -> bool {
        self.added >= other.added && self.taken >= other.taken
    }

    /// Both halves or nothing: they travel together.
    fn difference(&self, known: &Self) -> Self {
        if known.includes(self) { Self::default() } else { *self }
    }
}

impl Slot for Tally {
    type Total = i128;

    #[inline]
    fn gain(self, before: Self) -> i128 {
        i128::from(self.added - before.added) - i128::from(self.taken - before.taken)
    }
}

impl PartialOrd for PnCounter {
    /// The order of knowledge, not of values: see [`Lattice::compare`].
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.compare(other)
    }
}

impl fmt::Debug for PnCounter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.slots.iter()).finish()
    }
}

impl fmt::Debug for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{} -{}", self.added, self.taken)
    }
}

#[cfg(feature = "serde")]
mod wire {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{PnCounter, Slots, Tally};

    impl Serialize for PnCounter {
        /// As a map from replicas to what they added and took away: `{"n0@1f": [5, 1]}`.
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.slots.serialize(serializer)
        }
    }

    impl<'de> Deserialize<'de> for PnCounter {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            Ok(Self { slots: Slots::deserialize(deserializer)? })
        }
    }

    impl Serialize for Tally {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            (self.added, self.taken).serialize(serializer)
        }
    }

    impl<'de> Deserialize<'de> for Tally {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let (added, taken) = Deserialize::deserialize(deserializer)?;
            Ok(Self { added, taken })
        }
    }
}

/// `order_types.rs` has the laws of whole counters; a slot alone never needs its own difference there.
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_counts_of_a_slot_travel_together_or_not_at_all() {
        let slot = Tally { added: 3, taken: 1 };
        for (added, taken) in [(2, 1), (3, 0), (2, 5), (0, 0)] {
            assert_eq!(slot.difference(&Tally { added, taken }), slot);
        }
        for (added, taken) in [(3, 1), (4, 1), (3, 2)] {
            assert_eq!(slot.difference(&Tally { added, taken }), Tally::default());
        }
    }
}
