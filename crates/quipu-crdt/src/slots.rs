//! What the counters and the version vector are made of: a slot per replica, joined slot by slot.
//!
//! Only its owner changes a slot, and a slot only grows. Invariant: no slot is at bottom; an absent slot *is* bottom.
//! So every state has one form, and equality is equality of knowledge.

use alloc::collections::BTreeMap;
use alloc::collections::btree_map::Entry;

use crate::{Lattice, ReplicaId};

/// A map from replicas to lattice values, itself a lattice, slot by slot.
///
/// A join looks up each slot of the other side: O(m log n) for m slots joined into n.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Slots<V>(BTreeMap<ReplicaId, V>);

/// What one replica counted: the larger count is the newer one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Count(pub(crate) u64);

impl<V: Lattice + Copy> Slots<V> {
    /// The slot of one replica alone. Bottom makes no slot.
    pub(crate) fn of(replica: ReplicaId, value: V) -> Self {
        let mut slots = Self::default();
        slots.raise(replica, value);
        slots
    }

    /// Joins `value` into one slot.
    pub(crate) fn raise(&mut self, replica: ReplicaId, value: V) {
        if value.is_bottom() {
            return;
        }
        match self.0.entry(replica) {
            Entry::Occupied(mut slot) => slot.get_mut().join(&value),
            Entry::Vacant(slot) => {
                slot.insert(value);
            }
        }
    }

    pub(crate) fn get(&self, replica: ReplicaId) -> V {
        self.0.get(&replica).copied().unwrap_or_default()
    }

    /// All slots above bottom, in the order of their replicas.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (ReplicaId, V)> + '_ {
        self.0.iter().map(|(replica, value)| (*replica, *value))
    }
}

impl<V> Default for Slots<V> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<V: Lattice + Copy> Lattice for Slots<V> {
    fn join(&mut self, other: &Self) {
        for (replica, value) in &other.0 {
            self.raise(*replica, *value);
        }
    }

    fn includes(&self, other: &Self) -> bool {
        other.0.iter().all(|(replica, value)| self.get(*replica).includes(value))
    }

    fn difference(&self, known: &Self) -> Self {
        let unknown = self.0.iter().filter(|(replica, value)| !known.get(**replica).includes(value));
        Self(unknown.map(|(replica, value)| (*replica, *value)).collect())
    }

    fn is_bottom(&self) -> bool {
        self.0.is_empty()
    }
}

impl Lattice for Count {
    fn join(&mut self, other: &Self) {
        self.0 = self.0.max(other.0);
    }

    fn includes(&self, other: &Self) -> bool {
        self.0 >= other.0
    }

    fn difference(&self, known: &Self) -> Self {
        if known.includes(self) { Self(0) } else { *self }
    }
}

#[cfg(feature = "serde")]
mod wire {
    use alloc::collections::BTreeMap;
    use core::fmt;
    use core::marker::PhantomData;

    use serde::de::{Error, MapAccess, Visitor};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Count, Slots};
    use crate::{Lattice, ReplicaId};

    impl Serialize for Count {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.0.serialize(serializer)
        }
    }

    impl<'de> Deserialize<'de> for Count {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            u64::deserialize(deserializer).map(Self)
        }
    }

    impl<V: Serialize> Serialize for Slots<V> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map(&self.0)
        }
    }

    impl<'de, V: Lattice + Deserialize<'de>> Deserialize<'de> for Slots<V> {
        /// Refuses what no replica writes: an empty slot, and two slots of one replica.
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_map(SlotsVisitor(PhantomData))
        }
    }

    struct SlotsVisitor<V>(PhantomData<V>);

    impl<'de, V: Lattice + Deserialize<'de>> Visitor<'de> for SlotsVisitor<V> {
        type Value = Slots<V>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map from replicas to what they counted")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Slots<V>, A::Error> {
            let mut slots = BTreeMap::new();
            while let Some((replica, value)) = map.next_entry::<ReplicaId, V>()? {
                if value.is_bottom() {
                    return Err(A::Error::custom(format_args!("{replica} has an empty slot")));
                }
                if slots.insert(replica, value).is_some() {
                    return Err(A::Error::custom(format_args!("{replica} has two slots")));
                }
            }
            Ok(Slots(slots))
        }
    }
}
