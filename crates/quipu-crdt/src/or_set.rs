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
//! That holds exactly where everything up to some change was received. If the deltas of one replica arrive with a gap, an element
//! that a missing delta took away may show until that delta comes.
//!
//! *Cost* for n elements: adding, removing and asking O(1) on average, whatever the number of replicas; joining and memory as
//! for the [`DotFun`] that the elements live in, and 19 to 78 bytes an element for an index by hash (none up to 32 elements).
//! However much was added and removed, memory is that of the live elements and one context entry per replica.
//!
//! *Left out:* a limit on the number of elements; two replicas may fill the last place at the same time. A secret in the
//! hash function: it is fixed, since this crate has no source of randomness, so somebody who may choose the elements
//! can choose ones that meet in it, and asking for those takes O(n). Where that matters, let elements be a type whose
//! `Hash` is keyed.
//!
//! *Source:* Shapiro et al., *Conflict-free Replicated Data Types*, 2011; Bieniusa et al., *An optimized conflict-free replicated
//! set*, 2012; the delta form is that of Almeida, Shoker and Baquero, 2018.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::hash::{Hash, Hasher};

use smallvec::SmallVec;

use crate::dot_fun::{DotFun, Step};
use crate::{Causal, CausalContext, Dot, DotStore, Overflow, ReplicaId, Writer};

mod index;

use index::{Index, hash_of};

/// A set in which a concurrent add wins over a remove: the dot store. As a state of its own, `Causal<OrSet<T>>`.
#[derive(Clone)]
pub struct OrSet<T> {
    elements: DotFun<T>,
    /// From elements to their dots. It is there exactly if `elements` has rows.
    index: Option<Box<Index>>,
}

impl<T: Clone + Ord + Hash> OrSet<T> {
    /// Adds an element and returns the delta. The element's earlier dots are replaced by the new one.
    ///
    /// # Errors
    /// [`Overflow`] if the replica has made 2^64 - 1 changes; then nothing is changed.
    #[expect(clippy::inline_always, reason = "see `Causal::end`")]
    #[inline(always)]
    pub fn add(&mut self, writer: &mut Writer<'_>, element: T) -> Result<Self, Overflow> {
        let dot = writer.dot()?;
        let hash = hash_of(&element);
        self.take(writer, hash, &element);
        let delta = Self { elements: DotFun::of(dot, element.clone()), index: None };
        let row = self.elements.put(dot, element);
        match &mut self.index {
            Some(index) => index.insert_new(hash, row, dot.counter),
            None => self.settle(),
        }
        Ok(delta)
    }

    /// Removes an element, as far as its adds are known here, and returns the delta: its store is empty, its context holds
    /// the dots that were removed.
    pub fn remove(&mut self, writer: &mut Writer<'_>, element: &T) -> Self {
        self.take(writer, hash_of(element), element);
        self.settle();
        Self::default()
    }

    /// Removes all elements that are known here and returns the delta.
    pub fn clear(&mut self, writer: &mut Writer<'_>) -> Self {
        writer.forget_all(&self.elements.dots());
        *self = Self::default();
        Self::default()
    }

    /// True if the element is in the set.
    #[inline]
    pub fn contains(&self, element: &T) -> bool {
        match (self.elements.rows(), &self.index) {
            (Some(rows), Some(index)) => index.contains(&rows, hash_of(element), element),
            _ => self.elements.iter().any(|(_, other)| other == element),
        }
    }

    /// How many different elements there are.
    pub fn len(&self) -> usize {
        self.index.as_ref().map_or_else(|| self.iter().count(), |index| index.elements())
    }

    /// True if there is no element.
    pub fn is_empty(&self) -> bool {
        self.elements.is_empty()
    }

    /// The elements, each once, in an order that is the same for equal states: that of their first dots.
    pub fn iter(&self) -> impl Iterator<Item = &T> + '_ {
        self.elements.iter().filter(|(dot, element)| self.is_first(*dot, element)).map(|(_, element)| element)
    }

    /// The elements in ascending order.
    pub fn value(&self) -> Vec<&T> {
        let mut elements: Vec<&T> = self.iter().collect();
        elements.sort_unstable();
        elements
    }

    /// The live dots of an element, ascending: the adds that put it here.
    pub fn dots_of(&self, element: &T) -> impl Iterator<Item = Dot> + '_ {
        let mut dots: SmallVec<[Dot; 1]> = match (self.elements.rows(), &self.index) {
            (Some(rows), Some(index)) => index.dots_of(&rows, hash_of(element), element).collect(),
            _ => self.few_dots_of(element).collect(),
        };
        dots.sort_unstable();
        dots.into_iter()
    }

    /// True if no dot of the element is before this one.
    fn is_first(&self, dot: Dot, element: &T) -> bool {
        match (self.elements.rows(), &self.index) {
            (Some(_), Some(index)) if index.elements() == self.elements.len() => true,
            (Some(rows), Some(index)) => {
                index.dots_of(&rows, hash_of(element), element).all(|other| dot <= other)
            }
            _ => self.few_dots_of(element).all(|other| dot <= other),
        }
    }

    fn few_dots_of(&self, element: &T) -> impl Iterator<Item = Dot> {
        self.elements.iter().filter(move |(_, other)| *other == element).map(|(dot, _)| dot)
    }

    /// Takes an element out. To be followed by an insertion or by [`OrSet::settle`].
    #[inline]
    fn take(&mut self, writer: &mut Writer<'_>, hash: u32, element: &T) {
        // Mostly it is not there.
        match (self.elements.rows(), &self.index) {
            (Some(rows), Some(index)) if !index.contains(&rows, hash, element) => {}
            _ => self.take_found(writer, hash, element),
        }
    }

    #[inline(never)]
    fn take_found(&mut self, writer: &mut Writer<'_>, hash: u32, element: &T) {
        let dots: SmallVec<[Dot; 1]> = match (self.elements.rows(), &mut self.index) {
            (Some(rows), Some(index)) => index.take(&rows, hash, element),
            _ => self.few_dots_of(element).collect(),
        };
        for dot in dots {
            writer.forget(dot);
            self.elements.take(dot);
        }
    }

    /// Lets the elements take the form that suits their number, and the index follow.
    #[inline]
    fn settle(&mut self) {
        self.elements.settle();
        if self.elements.rows().is_some() != self.index.is_some() {
            self.rebuild();
        }
    }

    #[inline(never)]
    fn rebuild(&mut self) {
        let elements = &self.elements;
        let index = elements.rows().map(|rows| Index::of(&rows, elements.len(), elements.entries()));
        self.index = index.map(Box::new);
    }
}

impl<T: Clone + Ord + Hash> Causal<OrSet<T>> {
    /// Adds an element in the name of `replica`, which must be the caller's own id, and returns the delta.
    ///
    /// # Errors
    /// As for [`OrSet::add`].
    #[expect(clippy::inline_always, reason = "see `Causal::end`")]
    #[inline(always)]
    pub fn add(&mut self, replica: ReplicaId, element: T) -> Result<Self, Overflow> {
        let (set, mut writer) = self.begin(replica);
        let delta = set.add(&mut writer, element)?;
        Ok(Self::end(&mut writer, delta))
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
        if ours.is_empty() {
            self.clone_from(other);
            return;
        }
        let mut index = self.index.as_deref_mut();
        self.elements.join_watched(ours, &other.elements, theirs, |elements, step| {
            if let (Some(rows), Some(index)) = (elements.rows(), &mut index) {
                match step {
                    Step::Leaving(leaving) => index.remove_all(&rows, &leaving),
                    Step::Arrived(entry) => index.insert(&rows, &entry),
                }
            }
        });
        self.settle();
    }

    fn is_empty(&self) -> bool {
        self.elements.is_empty()
    }

    fn for_each_dot(&self, visit: &mut dyn FnMut(Dot)) {
        self.elements.for_each_dot(visit);
    }

    fn dots(&self) -> CausalContext {
        self.elements.dots()
    }

    fn dots_within(&self, context: &CausalContext) -> CausalContext {
        self.elements.dots_within(context)
    }

    fn unknown_to(&self, context: &CausalContext) -> Self {
        Self::from(self.elements.unknown_to(context))
    }
}

impl<T: Clone + Ord + Hash> From<DotFun<T>> for OrSet<T> {
    /// The set whose adds are these.
    fn from(elements: DotFun<T>) -> Self {
        let mut set = Self { elements, index: None };
        set.settle();
        set
    }
}

impl<T> Default for OrSet<T> {
    #[inline]
    fn default() -> Self {
        Self { elements: DotFun::default(), index: None }
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
impl<'de, T: serde::Deserialize<'de> + Clone + Ord + Hash> serde::Deserialize<'de> for OrSet<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::from(DotFun::deserialize(deserializer)?))
    }
}
