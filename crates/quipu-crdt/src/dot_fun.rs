//! A function from dots: the dot store that keeps one value under each live dot.
//!
//! What sets, registers and flags are made of. The value under a dot is written once, by the change that the dot names, and
//! never altered: two states that hold the same dot hold the same value.
//!
//! *Source:* Almeida, Shoker and Baquero, *Delta State Replicated Data Types*, 2018 (`DotFun`).

use alloc::collections::BTreeMap;
use core::fmt;
use core::hash::Hash;

use crate::{CausalContext, Dot, DotStore};

/// One value under each live dot.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DotFun<V> {
    values: BTreeMap<Dot, V>,
}

/// What a join did to one entry.
#[derive(Debug)]
pub(crate) enum Change<'a, V> {
    Added(Dot, &'a V),
    Removed(Dot, V),
}

impl<V> DotFun<V> {
    /// The one value.
    #[inline]
    pub fn of(dot: Dot, value: V) -> Self {
        let mut single = Self::default();
        single.insert(dot, value);
        single
    }

    /// Puts a value under a new dot.
    #[inline]
    pub fn insert(&mut self, dot: Dot, value: V) {
        self.values.insert(dot, value);
    }

    /// Takes the value under a dot out.
    pub fn remove(&mut self, dot: Dot) -> Option<V> {
        self.values.remove(&dot)
    }

    /// The value under a dot, if it is alive.
    pub fn get(&self, dot: Dot) -> Option<&V> {
        self.values.get(&dot)
    }

    /// How many dots are alive.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// True if no dot is alive.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The live dots and their values, in the order of dots.
    pub fn iter(&self) -> impl Iterator<Item = (Dot, &V)> + '_ {
        self.values.iter().map(|(dot, value)| (*dot, value))
    }

    /// The live dots.
    pub fn dots(&self) -> CausalContext {
        self.values.keys().copied().collect()
    }
}

impl<V: Clone> DotFun<V> {
    /// Joins and reports every entry that came or went.
    pub(crate) fn join_reporting(
        &mut self,
        ours: &CausalContext,
        other: &Self,
        theirs: &CausalContext,
        mut report: impl FnMut(Change<'_, V>),
    ) {
        let gone = |dot: &Dot, _: &mut V| theirs.contains(*dot) && !other.values.contains_key(dot);
        for (dot, value) in self.values.extract_if(.., gone) {
            report(Change::Removed(dot, value));
        }
        for (dot, value) in &other.values {
            if !ours.contains(*dot) {
                report(Change::Added(*dot, value));
                self.values.insert(*dot, value.clone());
            }
        }
    }
}

impl<V: Clone + PartialEq> DotStore for DotFun<V> {
    fn join(&mut self, ours: &CausalContext, other: &Self, theirs: &CausalContext) {
        self.join_reporting(ours, other, theirs, |_| {});
    }

    fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    fn for_each_dot(&self, visit: &mut dyn FnMut(Dot)) {
        self.values.keys().for_each(|dot| visit(*dot));
    }

    fn unknown_to(&self, context: &CausalContext) -> Self {
        let unknown = self.values.iter().filter(|(dot, _)| !context.contains(**dot));
        Self { values: unknown.map(|(dot, value)| (*dot, value.clone())).collect() }
    }
}

impl<V> Default for DotFun<V> {
    fn default() -> Self {
        Self { values: BTreeMap::new() }
    }
}

impl<V: fmt::Debug> fmt::Debug for DotFun<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(feature = "serde")]
mod wire {
    use alloc::collections::BTreeMap;
    use core::fmt;
    use core::marker::PhantomData;

    use serde::de::{Error, SeqAccess, Visitor};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::DotFun;
    use crate::Dot;

    impl<V: Serialize> Serialize for DotFun<V> {
        /// As a list of dots and values in the order of dots: `[[["n0@1f", 3], "milk"]]`.
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_seq(&self.values)
        }
    }

    impl<'de, V: Deserialize<'de>> Deserialize<'de> for DotFun<V> {
        /// Refuses dots out of order.
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_seq(EntriesVisitor(PhantomData))
        }
    }

    struct EntriesVisitor<V>(PhantomData<V>);

    impl<'de, V: Deserialize<'de>> Visitor<'de> for EntriesVisitor<V> {
        type Value = DotFun<V>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("dots and their values, in the order of dots")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<DotFun<V>, A::Error> {
            let mut values: BTreeMap<Dot, V> = BTreeMap::new();
            while let Some((dot, value)) = seq.next_element::<(Dot, V)>()? {
                if values.last_key_value().is_some_and(|(last, _)| *last >= dot) {
                    return Err(A::Error::custom(format_args!("{dot} is out of order or there twice")));
                }
                values.insert(dot, value);
            }
            Ok(DotFun { values })
        }
    }
}
