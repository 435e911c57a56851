//! The set in which a concurrent add wins over a remove (OR-Set, observed-remove set, add-wins set).
//!
//! Each add puts the element under a new dot; a remove takes away the dots of the element that the remover has seen. An
//! element is in the set while one of its dots is alive. There are no tombstones: a removed dot is one that is in the
//! causal context and not alive, and the context holds it as part of a range.
//!
//! *Under concurrency.* An add wins over a remove that had not seen it:
//!
//! ```text
//! both have   milk under alice:1
//! alice       removes milk          delta: alive {}             seen {alice:1}
//! bob         adds milk again       delta: alive {bob:1 milk}   seen {alice:1, bob:1}
//! both end    with milk under bob:1
//! ```
//!
//! Two removes are one; two adds of an element keep it once, under two dots, until a later add replaces both or a remove
//! that has seen both takes both. As a specification over the history: *an element is in the set exactly if some add of
//! it that was received is not among the adds that a received remove (or later add of the same element) had seen.*
//!
//! *Cost* for n elements: adding, removing and asking O(log n), a delta of d dots joins in O(d log n). Memory is that of the live
//! elements and one context entry per replica, however much was added and removed.
//!
//! *Left out:* a limit on the number of elements; two replicas may fill the last place at the same time.
//!
//! *Source:* Shapiro et al., *Conflict-free Replicated Data Types*, 2011; Bieniusa et al., *An optimized conflict-free replicated
//! set*, 2012; the delta form is that of Almeida, Shoker and Baquero, 2018.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;
use core::hash::{Hash, Hasher};

use smallvec::SmallVec;

use crate::dot_fun::{Change, DotFun};
use crate::{Causal, CausalContext, Dot, DotStore, Overflow, ReplicaId, Writer};

/// A set in which a concurrent add wins over a remove: the dot store. As a state of its own, `Causal<OrSet<T>>`.
#[derive(Clone)]
pub struct OrSet<T> {
    elements: DotFun<T>,
    /// The live dots of each element: `elements` the other way round.
    dots: BTreeMap<T, SmallVec<[Dot; 1]>>,
}

impl<T: Clone + Ord + Hash> OrSet<T> {
    /// Adds an element and returns the delta. The element's earlier dots are replaced by the new one.
    ///
    /// # Errors
    /// [`Overflow`] if the replica has made 2^64 - 1 changes; then nothing is changed.
    pub fn add(&mut self, writer: &mut Writer<'_>, element: T) -> Result<Self, Overflow> {
        let dot = writer.dot()?;
        self.forget(writer, &element);
        let mut delta = Self::default();
        delta.put(dot, element.clone());
        self.put(dot, element);
        Ok(delta)
    }

    /// Removes an element, as far as its adds are known here, and returns the delta: its store is empty, its context holds
    /// the dots that were removed.
    pub fn remove(&mut self, writer: &mut Writer<'_>, element: &T) -> Self {
        self.forget(writer, element);
        Self::default()
    }

    /// Removes all elements that are known here and returns the delta.
    pub fn clear(&mut self, writer: &mut Writer<'_>) -> Self {
        self.elements.iter().for_each(|(dot, _)| writer.forget(dot));
        *self = Self::default();
        Self::default()
    }

    /// True if the element is in the set.
    pub fn contains(&self, element: &T) -> bool {
        self.dots.contains_key(element)
    }

    /// How many different elements there are.
    pub fn len(&self) -> usize {
        self.dots.len()
    }

    /// True if there is no element.
    pub fn is_empty(&self) -> bool {
        self.dots.is_empty()
    }

    /// The elements, each once, in an order that is the same for equal states.
    pub fn iter(&self) -> impl Iterator<Item = &T> + '_ {
        self.dots.keys()
    }

    /// The elements in ascending order.
    pub fn value(&self) -> Vec<&T> {
        self.dots.keys().collect()
    }

    /// The live dots of an element: the adds that put it here.
    pub fn dots_of(&self, element: &T) -> impl Iterator<Item = Dot> + '_ {
        self.dots.get(element).into_iter().flatten().copied()
    }

    fn forget(&mut self, writer: &mut Writer<'_>, element: &T) {
        for dot in self.dots.remove(element).into_iter().flatten() {
            self.elements.remove(dot);
            writer.forget(dot);
        }
    }

    fn put(&mut self, dot: Dot, element: T) {
        self.dots.entry(element.clone()).or_default().push(dot);
        self.elements.insert(dot, element);
    }
}

impl<T: Clone + Ord + Hash> Causal<OrSet<T>> {
    /// Adds an element in the name of `replica`, which must be the caller's own id, and returns the delta.
    ///
    /// # Errors
    /// As for [`OrSet::add`].
    pub fn add(&mut self, replica: ReplicaId, element: T) -> Result<Self, Overflow> {
        self.change(replica, |set, writer| set.add(writer, element))
    }

    /// Removes an element, as far as its adds are known here, and returns the delta: empty if it is not in the set.
    pub fn remove(&mut self, replica: ReplicaId, element: &T) -> Self {
        self.apply(replica, |set, writer| set.remove(writer, element))
    }

    /// Removes all elements that are known here and returns the delta.
    pub fn clear(&mut self, replica: ReplicaId) -> Self {
        self.apply(replica, OrSet::clear)
    }
}

impl<T: Clone + Ord + Hash> DotStore for OrSet<T> {
    fn join(&mut self, ours: &CausalContext, other: &Self, theirs: &CausalContext) {
        let dots = &mut self.dots;
        self.elements.join_reporting(ours, &other.elements, theirs, |change| match change {
            Change::Added(dot, element) => dots.entry(element.clone()).or_default().push(dot),
            Change::Removed(dot, element) => {
                if let Some(known) = dots.get_mut(&element) {
                    known.retain(|other| *other != dot);
                    if known.is_empty() {
                        dots.remove(&element);
                    }
                }
            }
        });
    }

    fn is_empty(&self) -> bool {
        self.elements.is_empty()
    }

    fn for_each_dot(&self, visit: &mut dyn FnMut(Dot)) {
        self.elements.for_each_dot(visit);
    }

    fn dots_within(&self, context: &CausalContext) -> CausalContext {
        self.elements.dots_within(context)
    }

    fn unknown_to(&self, context: &CausalContext) -> Self {
        Self::from(self.elements.unknown_to(context))
    }
}

impl<T: Clone + Ord> From<DotFun<T>> for OrSet<T> {
    /// The set whose adds are these.
    fn from(elements: DotFun<T>) -> Self {
        let mut dots: BTreeMap<T, SmallVec<[Dot; 1]>> = BTreeMap::new();
        for (dot, element) in elements.iter() {
            dots.entry(element.clone()).or_default().push(dot);
        }
        Self { elements, dots }
    }
}

impl<T> Default for OrSet<T> {
    fn default() -> Self {
        Self { elements: DotFun::default(), dots: BTreeMap::new() }
    }
}

impl<T: PartialEq> PartialEq for OrSet<T> {
    fn eq(&self, other: &Self) -> bool {
        self.elements == other.elements
    }
}

impl<T: Eq> Eq for OrSet<T> {}

impl<T: Hash> Hash for OrSet<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.elements.hash(state);
    }
}

impl<T: fmt::Debug> fmt::Debug for OrSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.elements.fmt(f)
    }
}

#[cfg(feature = "serde")]
impl<T: serde::Serialize> serde::Serialize for OrSet<T> {
    /// As its dots and elements: see [`DotFun`].
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.elements.serialize(serializer)
    }
}

#[cfg(feature = "serde")]
impl<'de, T: serde::Deserialize<'de> + Clone + Ord> serde::Deserialize<'de> for OrSet<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::from(DotFun::deserialize(deserializer)?))
    }
}
