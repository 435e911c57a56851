//! The grow-only set (G-Set).
//!
//! Elements are added, never removed; joining is union.
//!
//! *Under concurrency.* Two replicas that add `a` and `b` at the same time both end with `{a, b}`; two that add the same
//! element have added it once. An element seen anywhere will be seen everywhere and for ever.
//!
//! *Cost* for n elements: adding and asking O(log n), joining m elements O(m log n); the elements and the tree's
//! overhead in memory; a delta is one element, and on the wire nothing is added to elements but their number. It needs no
//! replica ids: an element is its own name.
//!
//! *Left out:* removal, which needs dots and a causal context and is a different type: [`crate::OrSet`].
//!
//! *Source:* Shapiro, Preguiça, Baquero and Zawirski, *A comprehensive study of CRDTs*, 2011.

use alloc::collections::{BTreeSet, btree_set};
use core::cmp::Ordering;
use core::fmt;

use crate::Lattice;

/// A set that only grows, of any ordered elements.
///
/// ```
/// use quipu_crdt::{GSet, Lattice};
///
/// let (mut at_alice, mut at_bob) = (GSet::default(), GSet::default());
/// at_alice.insert("milk");
/// let delta = at_bob.insert("eggs");
/// at_alice.join(&delta);
/// assert!(at_alice.iter().eq(&["eggs", "milk"]));
/// assert!(at_alice.insert("eggs").is_bottom()); // nothing to send
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct GSet<T> {
    elements: BTreeSet<T>,
}

impl<T: Ord + Clone> GSet<T> {
    /// Adds an element and returns the delta: the element alone, or nothing if it was there.
    pub fn insert(&mut self, element: T) -> Self {
        let mut delta = Self::default();
        if self.elements.insert(element.clone()) {
            delta.elements.insert(element);
        }
        delta
    }

    /// True if the element is known here.
    pub fn contains(&self, element: &T) -> bool {
        self.elements.contains(element)
    }
}

impl<T> GSet<T> {
    /// How many elements are known here.
    pub fn len(&self) -> usize {
        self.elements.len()
    }

    /// True if no element is known here.
    pub fn is_empty(&self) -> bool {
        self.elements.is_empty()
    }

    /// The elements, in order.
    pub fn iter(&self) -> btree_set::Iter<'_, T> {
        self.elements.iter()
    }
}

impl<'a, T> IntoIterator for &'a GSet<T> {
    type Item = &'a T;
    type IntoIter = btree_set::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: Ord> FromIterator<T> for GSet<T> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        Self { elements: elements.into_iter().collect() }
    }
}

impl<T> Default for GSet<T> {
    fn default() -> Self {
        Self { elements: BTreeSet::new() }
    }
}

impl<T: Ord + Clone> Lattice for GSet<T> {
    fn join(&mut self, other: &Self) {
        for element in &other.elements {
            if !self.elements.contains(element) {
                self.elements.insert(element.clone());
            }
        }
    }

    fn includes(&self, other: &Self) -> bool {
        self.elements.is_superset(&other.elements)
    }

    fn difference(&self, known: &Self) -> Self {
        Self { elements: self.elements.difference(&known.elements).cloned().collect() }
    }

    fn is_bottom(&self) -> bool {
        self.elements.is_empty()
    }
}

impl<T: Ord + Clone> PartialOrd for GSet<T> {
    /// Inclusion; `None` if each has an element that the other lacks.
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.compare(other)
    }
}

impl<T: fmt::Debug> fmt::Debug for GSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(&self.elements).finish()
    }
}

#[cfg(feature = "serde")]
mod wire {
    use alloc::collections::BTreeSet;
    use core::fmt;
    use core::marker::PhantomData;

    use serde::de::{Error, SeqAccess, Visitor};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::GSet;

    impl<T: Serialize> Serialize for GSet<T> {
        /// As a sequence in order.
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_seq(&self.elements)
        }
    }

    impl<'de, T: Deserialize<'de> + Ord> Deserialize<'de> for GSet<T> {
        /// In a form that people read, takes elements in any order, and one that comes twice is there once. In a binary
        /// form, refuses what no replica writes: elements out of order or twice.
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let any_order = deserializer.is_human_readable();
            deserializer.deserialize_seq(ElementsVisitor { any_order, elements: PhantomData })
        }
    }

    struct ElementsVisitor<T> {
        any_order: bool,
        elements: PhantomData<T>,
    }

    impl<'de, T: Deserialize<'de> + Ord> Visitor<'de> for ElementsVisitor<T> {
        type Value = GSet<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the elements of a set, in order")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<GSet<T>, A::Error> {
            let mut elements = BTreeSet::new();
            while let Some(element) = seq.next_element()? {
                if !self.any_order && elements.last().is_some_and(|last| *last >= element) {
                    return Err(A::Error::custom("an element is out of order or there twice"));
                }
                elements.insert(element);
            }
            Ok(GSet { elements })
        }
    }
}
