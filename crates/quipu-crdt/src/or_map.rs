//! The map whose values are causal types, in which a concurrent update of a value wins over the removal of its key (OR-Map).
//!
//! A key is in the map while its value has a live dot. Removing a key takes away exactly the dots of its value that were seen:
//! it **resets** the value. An update that the remover had not seen survives alone, without the old value under it. Values may
//! be maps again. All share the one causal context of the outermost [`Causal`], and a value is tagged with its own dots only.
//!
//! *Under concurrency.*
//!
//! ```text
//! both have   hits = 7 under alice:1
//! alice       removes "hits"         delta: alive {}                  seen {alice:1}
//! bob         adds 1 to it           delta: alive {hits: bob:1 +1}    seen {bob:1}
//! both end    with hits = 1: not 8, and not without hits
//! ```
//!
//! As a specification over the history: *the value of a key is what its type makes of the operations on the key, a removal of
//! the key counting as an operation that takes away everything it had seen; the key is in the map exactly if something is left.*
//! That is exact where all that a received operation had seen was received too. If deltas arrive with a gap, what a missing one
//! took away may show until it comes.
//!
//! *A store for everything.* One map may be the whole store, and its context then has one entry per replica, not per key. Keys
//! of different types share it through a product of dot stores, in which each key uses its part:
//!
//! ```
//! use quipu_crdt::{Causal, Lattice, NodeName, OrMap, OrSet, ReplicaId, ResettableCounter};
//!
//! /// A key holds tags, or a count, or both if two replicas did not agree what it is.
//! type Value = (OrSet<String>, ResettableCounter);
//! type Store = Causal<OrMap<String, Value>>;
//!
//! fn tag(store: &mut Store, by: ReplicaId, key: &str, tag: &str) -> Result<Store, quipu_crdt::Overflow> {
//!     store.update(by, key.into(), |(tags, _), writer| {
//!         Ok((tags.add(writer, tag.into())?, ResettableCounter::default()))
//!     })
//! }
//!
//! fn count(store: &mut Store, by: ReplicaId, key: &str, step: i64) -> Result<Store, quipu_crdt::Overflow> {
//!     store.update(by, key.into(), |(_, count), writer| Ok((OrSet::default(), count.add(writer, step)?)))
//! }
//!
//! let alice = ReplicaId::new(NodeName::new("alice"), 1);
//! let mut at_alice = Store::default();
//! let mut at_bob = tag(&mut at_alice, alice, "page", "new")?;
//! at_bob.join(&count(&mut at_alice, alice, "page hits", 3)?);
//! assert_eq!(at_bob.get(&"page hits".to_string()).map(|(_, count)| count.value()), Some(3));
//! assert_eq!(at_bob, at_alice);
//! # Ok::<(), quipu_crdt::Overflow>(())
//! ```
//!
//! *Cost* for n keys: an index says which key each live dot belongs to. So an update costs O(log n) beside that of its value, a
//! delta of d dots joins in O(d log n), and a whole state in O(n log n), where only values that change are joined. Memory: the
//! values, and for each span of consecutive dots of one key an index entry of 48 bytes and the key; in nested maps at each level.
//!
//! *Left out:* a limit on the number of keys; keys without a value (give them one with an existence of its own, as
//! [`crate::Document`] does).
//!
//! *Source:* Almeida, Shoker and Baquero, *Delta State Replicated Data Types*, 2018 (`ORMap`); the removal that resets follows the
//! map of `riak_dt`.

use alloc::vec::Vec;
use core::fmt;
use core::hash::{Hash, Hasher};

use crate::dot_index::DotIndex;
use crate::small_map::SmallMap;
use crate::spans::{Span, context_of};
use crate::{Causal, CausalContext, Dot, DotStore, ReplicaId, Writer};

/// A map from keys to dot stores, itself a dot store. As a state of its own, `Causal<OrMap<K, S>>`.
#[derive(Clone)]
pub struct OrMap<K, S> {
    /// None of the values is empty.
    entries: SmallMap<K, S>,
    /// The live dots of all values: `entries` the other way round.
    index: DotIndex<K>,
}

impl<K: Clone + Ord, S: DotStore> OrMap<K, S> {
    /// Changes the value of a key, an empty one if the key is not in the map, and returns the delta.
    ///
    /// `change` changes the value through the writer and returns the delta's value, as the mutators of all dot stores do.
    ///
    /// # Errors
    /// Those of `change`, which then must have changed nothing.
    pub fn update<E>(
        &mut self,
        writer: &mut Writer<'_>,
        key: K,
        change: impl FnOnce(&mut S, &mut Writer<'_>) -> Result<S, E>,
    ) -> Result<Self, E> {
        let value = self.entries.or_default(key.clone());
        let (changed, dots) = writer.part(|writer| change(value, writer));
        let live = value.dots_within(&dots);
        if value.is_empty() {
            self.entries.remove(&key);
        }
        self.reindex(&key, &dots, &live);
        let mut delta = Self::default();
        delta.put(key, changed?);
        Ok(delta)
    }

    /// Removes a key and resets its value, as far as that is known here, and returns the delta.
    pub fn remove(&mut self, writer: &mut Writer<'_>, key: &K) -> Self {
        if let Some(value) = self.entries.remove(key) {
            let dots = value.dots();
            dots.ranges().for_each(|span| self.index.remove(span));
            writer.forget_all(&dots);
        }
        Self::default()
    }

    /// Removes all keys that are known here and returns the delta.
    pub fn clear(&mut self, writer: &mut Writer<'_>) -> Self {
        writer.forget_all(&self.index.dots());
        *self = Self::default();
        Self::default()
    }

    /// After a change of one key's value that made and removed `dots`, of which `live` are alive.
    fn reindex(&mut self, key: &K, dots: &CausalContext, live: &CausalContext) {
        let gone: Vec<(Span, K)> = self.index.within(dots).map(|(span, key)| (span, key.clone())).collect();
        for (span, owner) in gone {
            self.index.remove(span);
            // Dots of another key, which a read context of that key brings along: they are removed all the same.
            if owner != *key {
                // What is alive was seen; what else was does not matter, as nothing new comes.
                let seen = self.entries.get(&owner).map(DotStore::dots).unwrap_or_default();
                self.join_value(&owner, &seen, None, &context_of([span].into_iter()));
            }
        }
        live.ranges().for_each(|span| self.index.insert(span, key.clone()));
    }

    fn join_value(&mut self, key: &K, ours: &CausalContext, other: Option<&S>, theirs: &CausalContext) {
        let value = self.entries.or_default(key.clone());
        match other {
            Some(other) => value.join(ours, other, theirs),
            None => value.join(ours, &S::default(), theirs),
        }
        if value.is_empty() {
            self.entries.remove(key);
        }
    }

    /// Puts a value in; an empty one is no value.
    pub(crate) fn put(&mut self, key: K, value: S) {
        if !value.is_empty() {
            value.dots().ranges().for_each(|span| self.index.insert(span, key.clone()));
            self.entries.insert(key, value);
        }
    }
}

impl<K: Ord, S> OrMap<K, S> {
    /// The value of a key, if the key is in the map.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&S>
    where
        K: core::borrow::Borrow<Q>,
    {
        self.entries.get(key)
    }

    /// True if the key is in the map.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: core::borrow::Borrow<Q>,
    {
        self.entries.get(key).is_some()
    }
}

impl<K, S> OrMap<K, S> {
    /// The keys and their values, in the order of the keys.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &S)> + ExactSizeIterator + '_ {
        self.entries.iter()
    }

    /// The keys, ascending.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> + ExactSizeIterator + '_ {
        self.iter().map(|(key, _)| key)
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True if there is no key.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl<K: Clone + Ord, S: DotStore> Causal<OrMap<K, S>> {
    /// Changes the value of a key in the name of `replica`, which must be the caller's own id, and returns the delta.
    ///
    /// ```
    /// use quipu_crdt::{Causal, Lattice, NodeName, OrMap, Overflow, ReplicaId, ResettableCounter};
    ///
    /// let alice = ReplicaId::new(NodeName::new("alice"), 1);
    /// let bob = ReplicaId::new(NodeName::new("bob"), 1);
    /// let mut at_alice: Causal<OrMap<&str, ResettableCounter>> = Causal::default();
    /// at_alice.update(alice, "hits", |hits, writer| hits.add(writer, 7))?;
    /// let mut at_bob = at_alice.clone();
    ///
    /// let removed = at_alice.remove(alice, &"hits");
    /// let one_more = at_bob.update(bob, "hits", |hits, writer| hits.add(writer, 1))?;
    /// at_alice.join(&one_more);
    /// at_bob.join(&removed);
    /// assert_eq!(at_alice.get("hits").map(ResettableCounter::value), Some(1));
    /// assert_eq!(at_alice, at_bob);
    /// # Ok::<(), Overflow>(())
    /// ```
    ///
    /// # Errors
    /// Those of `change`, which then must have changed nothing.
    pub fn update<E>(
        &mut self,
        replica: ReplicaId,
        key: K,
        change: impl FnOnce(&mut S, &mut Writer<'_>) -> Result<S, E>,
    ) -> Result<Self, E> {
        self.change(replica, |map, writer| map.update(writer, key, change))
    }

    /// Removes a key and resets its value, as far as that is known here, and returns the delta.
    pub fn remove(&mut self, replica: ReplicaId, key: &K) -> Self {
        self.apply(replica, |map, writer| map.remove(writer, key))
    }

    /// Removes all keys that are known here and returns the delta.
    pub fn clear(&mut self, replica: ReplicaId) -> Self {
        self.apply(replica, OrMap::clear)
    }
}

impl<K: Clone + Ord, S: DotStore> DotStore for OrMap<K, S> {
    /// Joins the values in which a dot comes or goes, and leaves the others alone.
    fn join(&mut self, ours: &CausalContext, other: &Self, theirs: &CausalContext) {
        let gone: Vec<(Span, K)> = {
            let gone = self.index.within_but_not_in(theirs, &other.index);
            gone.into_iter().map(|(span, key)| (span, key.clone())).collect()
        };
        let new = other.index.outside(ours);
        let mut touched: Vec<&K> =
            gone.iter().map(|(_, key)| key).chain(new.iter().map(|(_, key)| *key)).collect();
        touched.sort_unstable();
        touched.dedup();
        for key in touched {
            self.join_value(key, ours, other.entries.get(key), theirs);
        }
        for (span, _) in gone {
            self.index.remove(span);
        }
        for (span, key) in new {
            self.index.insert(span, key.clone());
        }
    }

    fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn for_each_dot(&self, visit: &mut dyn FnMut(Dot)) {
        self.entries.iter().for_each(|(_, value)| value.for_each_dot(visit));
    }

    fn dots(&self) -> CausalContext {
        self.index.dots()
    }

    fn dots_within(&self, context: &CausalContext) -> CausalContext {
        context_of(self.index.within(context).map(|(span, _)| span))
    }

    fn unknown_to(&self, context: &CausalContext) -> Self {
        let mut keys: Vec<&K> = self.index.outside(context).into_iter().map(|(_, key)| key).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut unknown = Self::default();
        for (key, value) in keys.into_iter().filter_map(|key| Some((key, self.entries.get(key)?))) {
            unknown.put(key.clone(), value.unknown_to(context));
        }
        unknown
    }
}

impl<K, S> Default for OrMap<K, S> {
    fn default() -> Self {
        Self { entries: SmallMap::default(), index: DotIndex::default() }
    }
}

impl<K: PartialEq, S: PartialEq> PartialEq for OrMap<K, S> {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

impl<K: Eq, S: Eq> Eq for OrMap<K, S> {}

impl<K: Hash, S: Hash> Hash for OrMap<K, S> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.entries.hash(state);
    }
}

impl<K: fmt::Debug, S: fmt::Debug> fmt::Debug for OrMap<K, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.entries.fmt(f)
    }
}

#[cfg(feature = "serde")]
pub(crate) mod wire {
    use core::fmt;
    use core::marker::PhantomData;

    use serde::de::{DeserializeSeed, Error, MapAccess, Visitor};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::OrMap;
    use crate::DotStore;

    impl<K: Serialize, S: Serialize> Serialize for OrMap<K, S> {
        /// As a map from keys to values. JSON takes only keys that can be written as a string.
        fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
            serializer.collect_map(self.entries.iter())
        }
    }

    impl<'de, K: Deserialize<'de> + Clone + Ord, S: DotStore + Deserialize<'de>> Deserialize<'de>
        for OrMap<K, S>
    {
        /// Refuses what no replica writes: a key twice, empty values, a dot under two keys.
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            MapSeed { value: PhantomData, key: PhantomData }.deserialize(deserializer)
        }
    }

    impl<K: Clone + Ord, S: DotStore> OrMap<K, S> {
        /// Appends a decoded entry, or says why no map has it.
        pub(crate) fn admit(&mut self, key: K, value: S) -> Result<(), &'static str> {
            if self.entries.get(&key).is_some() {
                return Err("a key is there twice");
            }
            if value.is_empty() {
                return Err("a key has an empty value");
            }
            if !value.dots().ranges().all(|span| self.index.insert_new(span, key.clone())) {
                return Err("a change is alive under two keys");
            }
            self.entries.insert(key, value);
            Ok(())
        }
    }

    /// Decodes a map, each value by a copy of the seed.
    pub(crate) struct MapSeed<K, V> {
        pub(crate) value: V,
        pub(crate) key: PhantomData<K>,
    }

    impl<'de, K, V> DeserializeSeed<'de> for MapSeed<K, V>
    where
        K: Deserialize<'de> + Clone + Ord,
        V: DeserializeSeed<'de, Value: DotStore> + Copy,
    {
        type Value = OrMap<K, V::Value>;

        fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
            deserializer.deserialize_map(self)
        }
    }

    impl<'de, K, V> Visitor<'de> for MapSeed<K, V>
    where
        K: Deserialize<'de> + Clone + Ord,
        V: DeserializeSeed<'de, Value: DotStore> + Copy,
    {
        type Value = OrMap<K, V::Value>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map, its values not empty")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut decoded = OrMap::default();
            while let Some(key) = map.next_key::<K>()? {
                let value = map.next_value_seed(self.value)?;
                decoded.admit(key, value).map_err(A::Error::custom)?;
            }
            Ok(decoded)
        }
    }
}
