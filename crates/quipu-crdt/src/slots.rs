//! What the counters and the version vector are made of: a slot per replica, joined slot by slot.
//!
//! Only its owner changes a slot, and a slot only grows. Invariant: no slot is at bottom; an absent slot *is* bottom.
//! So every state has one form, and equality is equality of knowledge.
//!
//! Two sorted vectors, ids and values: replicas that have met hold the same ids, and their join is one pass of maxima
//! over the values. One slot, which is what a delta is, sits inline and allocates nothing.

mod lists;

use alloc::vec::Vec;
use core::hash::{Hash, Hasher};
use core::ops::AddAssign;

use lists::Lists;

use crate::{Lattice, NodeName, Overflow, ReplicaId};

/// What one replica counted.
pub(crate) trait Slot: Lattice + Copy + Eq {
    /// What slots add up to, exactly for any number of them.
    type Total: Copy + Default + Eq + AddAssign;

    /// What a slot adds to the total when it grows from `before` to this.
    fn gain(self, before: Self) -> Self::Total;
}

/// A map from replicas to slots, itself a lattice, slot by slot; and the total of all slots.
///
/// Joining m slots into n takes O(min(m log n, m + n)), and O(m) with the smallest factor if the ids are the same.
#[derive(Clone)]
pub(crate) struct Slots<V: Slot> {
    /// No value is bottom.
    lists: Lists<V>,
}

/// What one replica counted in one direction: the larger count is the newer one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Count(pub(crate) u64);

impl<V: Slot> Slots<V> {
    /// The slot of one replica alone. Bottom makes no slot.
    #[inline]
    pub(crate) fn of(replica: ReplicaId, value: V) -> Self {
        if value.is_bottom() {
            return Self::default();
        }
        Self::one(replica, value)
    }

    #[inline]
    fn one(replica: ReplicaId, value: V) -> Self {
        Self { lists: Lists::One(replica, value) }
    }

    /// Lets a replica's own slot grow, and returns the delta: that slot, or nothing if it stayed as it was.
    #[expect(clippy::inline_always, reason = "inlined, a delta that is not wanted is not made")]
    #[inline(always)]
    pub(crate) fn grow(
        &mut self,
        replica: ReplicaId,
        grown: impl FnOnce(V) -> Result<V, Overflow>,
    ) -> Result<Self, Overflow> {
        let (before, after) = match &mut self.lists {
            Lists::One(id, slot) if *id == replica => grow_slot(slot, grown)?,
            Lists::Any(lists) if lists.ids.get(lists.hint) == Some(&replica) => {
                let (before, after) = grow_slot(&mut lists.values[lists.hint], grown)?;
                lists.total += after.gain(before);
                (before, after)
            }
            _ => self.grow_sought(replica.node.word(), replica.incarnation, grown)?,
        };
        Ok(if after == before { Self::default() } else { Self::one(replica, after) })
    }

    /// As [`Slots::grow`], wherever the slot is. The id comes in registers: in memory it would have to be put there each time,
    /// for a call that is hardly ever made.
    #[inline(never)]
    fn grow_sought(
        &mut self,
        name: u128,
        incarnation: u64,
        grown: impl FnOnce(V) -> Result<V, Overflow>,
    ) -> Result<(V, V), Overflow> {
        let replica = ReplicaId::new(NodeName::from_word(name), incarnation);
        if let Lists::Any(lists) = &mut self.lists
            && let Ok(at) = search(&lists.ids, replica)
        {
            lists.hint = at;
            let (before, after) = grow_slot(&mut lists.values[at], grown)?;
            lists.total += after.gain(before);
            return Ok((before, after));
        }
        let first = grown(V::default())?;
        self.insert(replica, first);
        Ok((V::default(), first))
    }

    #[inline]
    pub(crate) fn get(&self, replica: ReplicaId) -> V {
        self.find(replica).map_or_else(|_| V::default(), |at| self.lists.values()[at])
    }

    /// All slots above bottom, in the order of their replicas.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (ReplicaId, V)> + ExactSizeIterator + '_ {
        self.lists.ids().iter().copied().zip(self.lists.values().iter().copied())
    }

    /// The sum of all slots.
    #[inline]
    pub(crate) fn total(&self) -> V::Total {
        match &self.lists {
            Lists::Empty => V::Total::default(),
            Lists::One(_, value) => value.gain(V::default()),
            Lists::Any(lists) => lists.total,
        }
    }

    #[inline]
    fn find(&self, replica: ReplicaId) -> Result<usize, usize> {
        match &self.lists {
            Lists::Any(lists) if lists.ids.get(lists.hint) == Some(&replica) => Ok(lists.hint),
            lists => search(lists.ids(), replica),
        }
    }

    /// Puts in the slot of a replica that has none, unless it is at bottom. It is the one that was changed last.
    #[inline(never)]
    fn insert(&mut self, replica: ReplicaId, value: V) {
        let place = search(self.lists.ids(), replica);
        if let (Err(at), false) = (place, value.is_bottom()) {
            self.lists.insert(at, replica, value);
            if let Lists::Any(lists) = &mut self.lists {
                lists.hint = at;
            }
        }
    }

    /// Joins one slot. The hint stays with the slot that was changed last: what is joined comes from others.
    fn join_one(&mut self, replica: ReplicaId, value: V) {
        match (self.find(replica), &mut self.lists) {
            (Ok(_), Lists::One(_, slot)) => slot.join(&value),
            (Ok(at), Lists::Any(lists)) => lists.total += raise(&mut lists.values[at], value),
            (Ok(at) | Err(at), lists) => lists.insert(at, replica, value),
        }
    }

    /// Joins slots in place up to the first one that is lacking here. Returns its place here and in `other`.
    fn join_common(&mut self, other: &Self) -> Option<(usize, usize)> {
        let sparse = self.outnumbers(other);
        let lists = self.lists.many();
        let mut at = 0;
        for (from, (replica, value)) in other.iter().enumerate() {
            at += steps_to(&lists.ids[at..], replica, sparse);
            if lists.ids.get(at) != Some(&replica) {
                return Some((at, from));
            }
            lists.total += raise(&mut lists.values[at], value);
        }
        None
    }

    /// Joins the slots of `other` with those here from the given places on, into new vectors: one pass.
    fn merge(&mut self, other: &Self, mut at: usize, from: usize) {
        let ours = self.lists.many();
        let own = ours.ids.get(ours.hint).copied();
        let room = ours.ids.len() + other.len() - from;
        let (mut ids, mut values) = (Vec::with_capacity(room), Vec::with_capacity(room));
        ids.extend_from_slice(&ours.ids[..at]);
        values.extend_from_slice(&ours.values[..at]);
        for (replica, value) in other.iter().skip(from) {
            while at < ours.ids.len() && ours.ids[at] < replica {
                ids.push(ours.ids[at]);
                values.push(ours.values[at]);
                at += 1;
            }
            let mut slot = V::default();
            if ours.ids.get(at) == Some(&replica) {
                slot = ours.values[at];
                at += 1;
            }
            ours.total += raise(&mut slot, value);
            ids.push(replica);
            values.push(slot);
        }
        ids.extend_from_slice(&ours.ids[at..]);
        values.extend_from_slice(&ours.values[at..]);
        ids.shrink_to_fit();
        values.shrink_to_fit();
        ours.hint = own.and_then(|own| search(&ids, own).ok()).unwrap_or(0);
        (ours.ids, ours.values) = (ids, values);
    }

    fn len(&self) -> usize {
        self.lists.ids().len()
    }

    /// True if so few slots of another state face so many here that each is searched for.
    fn outnumbers(&self, other: &Self) -> bool {
        let steps = self.len().checked_ilog2().unwrap_or(0) as usize;
        other.len().saturating_mul(2 * steps) < self.len()
    }

    /// The values here for the slots of `other`, in their order.
    fn beside<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = V> + 'a {
        let sparse = self.outnumbers(other);
        let (ids, values) = (self.lists.ids(), self.lists.values());
        let mut from = 0;
        other.lists.ids().iter().map(move |replica| {
            from += steps_to(&ids[from..], *replica, sparse);
            if ids.get(from) == Some(replica) { values[from] } else { V::default() }
        })
    }
}

/// Lets a slot grow, and says what it was and is.
#[expect(clippy::inline_always, reason = "see `Slots::grow`")]
#[inline(always)]
fn grow_slot<V: Slot>(
    slot: &mut V,
    grown: impl FnOnce(V) -> Result<V, Overflow>,
) -> Result<(V, V), Overflow> {
    let before = *slot;
    *slot = grown(before)?;
    Ok((before, *slot))
}

/// Joins `value` into a slot and says what the slot gained.
#[inline]
fn raise<V: Slot>(slot: &mut V, value: V) -> V::Total {
    let before = *slot;
    slot.join(&value);
    slot.gain(before)
}

/// The place of `replica`, or where it would have to be.
#[inline(never)]
fn search(ids: &[ReplicaId], replica: ReplicaId) -> Result<usize, usize> {
    let place = ids.partition_point(|id| *id < replica);
    if ids.get(place) == Some(&replica) { Ok(place) } else { Err(place) }
}

/// How many of `ids` come before `replica`: many if its neighbours are `sparse`, few if not.
#[inline]
fn steps_to(ids: &[ReplicaId], replica: ReplicaId, sparse: bool) -> usize {
    if sparse {
        ids.partition_point(|id| *id < replica)
    } else {
        ids.iter().take_while(|id| **id < replica).count()
    }
}

/// True if both lists are equal. Looks at blocks of ids without a branch for each, which is several times as fast.
fn same(ours: &[ReplicaId], theirs: &[ReplicaId]) -> bool {
    const BLOCK: usize = 16;
    ours.len() == theirs.len()
        && ours.chunks(BLOCK).zip(theirs.chunks(BLOCK)).all(|(ours, theirs)| {
            ours.iter().zip(theirs).filter(|(ours, theirs)| ours != theirs).count() == 0
        })
}

impl<V: Slot> Default for Slots<V> {
    #[inline]
    fn default() -> Self {
        Self { lists: Lists::Empty }
    }
}

impl<V: Slot> PartialEq for Slots<V> {
    fn eq(&self, other: &Self) -> bool {
        self.total() == other.total()
            && self.lists.values() == other.lists.values()
            && same(self.lists.ids(), other.lists.ids())
    }
}

impl<V: Slot> Eq for Slots<V> {}

impl<V: Slot + Hash> Hash for Slots<V> {
    /// As a map hashes: the number of slots, then each replica with its value. Digests of states are made of it.
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.len());
        self.iter().for_each(|slot| slot.hash(state));
    }
}

impl<V: Slot> Lattice for Slots<V> {
    fn join(&mut self, other: &Self) {
        match other.lists {
            Lists::Empty => return,
            Lists::One(replica, value) => return self.join_one(replica, value),
            Lists::Any(_) if self.is_bottom() => return self.clone_from(other),
            Lists::Any(_) => {}
        }
        let lists = self.lists.many();
        if same(&lists.ids, other.lists.ids()) {
            let mut gained = V::Total::default();
            for (slot, value) in lists.values.iter_mut().zip(other.lists.values()) {
                gained += raise(slot, *value);
            }
            lists.total += gained;
        } else if let Some((at, from)) = self.join_common(other) {
            self.merge(other, at, from);
        }
    }

    fn includes(&self, other: &Self) -> bool {
        if self.len() < other.len() {
            return false;
        }
        let theirs = other.lists.values().iter();
        if same(self.lists.ids(), other.lists.ids()) {
            return self.lists.values().iter().zip(theirs).all(|(ours, theirs)| ours.includes(theirs));
        }
        self.beside(other).zip(theirs).all(|(ours, theirs)| ours.includes(theirs))
    }

    fn difference(&self, known: &Self) -> Self {
        let mut lacking = Self::default();
        for ((replica, value), theirs) in self.iter().zip(known.beside(self)) {
            let lacks = value.difference(&theirs);
            if !lacks.is_bottom() {
                lacking.lists.insert(lacking.len(), replica, lacks);
            }
        }
        lacking
    }

    fn is_bottom(&self) -> bool {
        self.lists.ids().is_empty()
    }
}

impl Lattice for Count {
    #[inline]
    fn join(&mut self, other: &Self) {
        self.0 = self.0.max(other.0);
    }

    #[inline]
    fn includes(&self, other: &Self) -> bool {
        self.0 >= other.0
    }

    fn difference(&self, known: &Self) -> Self {
        if known.includes(self) { Self(0) } else { *self }
    }

    #[inline]
    fn is_bottom(&self) -> bool {
        self.0 == 0
    }
}

impl Slot for Count {
    type Total = u128;

    #[inline]
    fn gain(self, before: Self) -> u128 {
        u128::from(self.0 - before.0)
    }
}

#[cfg(feature = "serde")]
mod wire {
    use alloc::vec::Vec;
    use core::fmt;
    use core::marker::PhantomData;

    use serde::de::{Error, MapAccess, Visitor};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Count, Slot, Slots};
    use crate::ReplicaId;

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

    impl<V: Slot + Serialize> Serialize for Slots<V> {
        /// As a map in the order of the replicas.
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map(self.iter())
        }
    }

    impl<'de, V: Slot + Deserialize<'de>> Deserialize<'de> for Slots<V> {
        /// Refuses what no replica writes: an empty slot, two slots of one replica, and, in a binary form, another
        /// order than that of the replicas. The keys of a JSON object have no order.
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let any_order = deserializer.is_human_readable();
            deserializer.deserialize_map(SlotsVisitor { any_order, values: PhantomData })
        }
    }

    struct SlotsVisitor<V> {
        any_order: bool,
        values: PhantomData<V>,
    }

    impl<'de, V: Slot + Deserialize<'de>> Visitor<'de> for SlotsVisitor<V> {
        type Value = Slots<V>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map from replicas to what they counted")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Slots<V>, A::Error> {
            let mut slots = Slots::default();
            let mut in_order = true;
            // Grows as slots come: a length in the input is not taken at its word.
            while let Some((replica, value)) = map.next_entry::<ReplicaId, V>()? {
                if value.is_bottom() {
                    return Err(A::Error::custom(format_args!("{replica} has an empty slot")));
                }
                in_order &= slots.lists.ids().last().is_none_or(|last| *last < replica);
                if !in_order && !self.any_order {
                    return Err(A::Error::custom(format_args!("{replica} is out of order or there twice")));
                }
                slots.lists.insert(slots.len(), replica, value);
            }
            if !in_order {
                sort(&mut slots).map_err(|twice| A::Error::custom(format_args!("{twice} has two slots")))?;
            }
            Ok(slots)
        }
    }

    /// Puts the slots in order, or says which replica has two.
    fn sort<V: Slot>(slots: &mut Slots<V>) -> Result<(), ReplicaId> {
        let mut pairs: Vec<(ReplicaId, V)> = slots.iter().collect();
        pairs.sort_unstable_by_key(|(replica, _)| *replica);
        if let Some(twice) = pairs.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(twice[0].0);
        }
        let (ids, values) = pairs.into_iter().unzip();
        let lists = slots.lists.many();
        (lists.ids, lists.values) = (ids, values);
        Ok(())
    }
}
