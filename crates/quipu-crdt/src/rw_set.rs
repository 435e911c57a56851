//! The set in which a concurrent remove wins over an add (RW-Set, remove-wins set).
//!
//! Adding and removing both leave a mark under a new dot, in the place of the element's marks that were seen. An element is in
//! the set if it has marks and every one of them is an add. So a remove wins over the adds made at the same time, and an add
//! by someone who has seen the remove brings the element back.
//!
//! *Under concurrency.*
//!
//! ```text
//! both have   milk under alice:1
//! alice       removes milk          delta: alive {alice:2 -milk}   seen {alice:1..=2}
//! bob         adds milk again       delta: alive {bob:1 +milk}     seen {alice:1, bob:1}
//! both end    without milk; then bob, who has seen the remove, adds it: alive {bob:2 +milk}
//! ```
//!
//! As a specification over the history: *of the adds and removes of an element that were received and that no other received one
//! of the same element had seen, there is at least one, and all are adds.*
//! That is exact where all that a received operation had seen was received too. If deltas arrive with a gap, what a missing one
//! took away may show until it comes.
//!
//! Removing an element that is not there is a change too: it wins over adds made at the same time elsewhere.
//!
//! *Cost* for n elements, present or removed: adding, removing and asking O(log n), a delta of d dots joins in O(d log n).
//! **A removed element stays in memory**, itself and one dot, until it is added again. Choose an [`crate::OrSet`] where
//! elements come and go.
//!
//! *Left out:* forgetting removed elements, which is safe only once no replica can still send an add that has not seen the
//! remove. In a map, removing the key forgets the set with all its marks.
//!
//! *Source:* Bieniusa et al., *Brief announcement: semantics of eventually consistent replicated sets*, 2012; the remove-wins set of
//! Antidote, 2016.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;
use core::hash::{Hash, Hasher};

use smallvec::SmallVec;

use crate::dot_fun::{Change, DotFun};
use crate::{Causal, CausalContext, Dot, DotStore, Overflow, ReplicaId, Writer};

/// A set in which a concurrent remove wins over an add: the dot store. As a state of its own, `Causal<RwSet<T>>`.
#[derive(Clone)]
pub struct RwSet<T> {
    marks: DotFun<Mark<T>>,
    /// The live marks of each element, added or not: `marks` the other way round.
    dots: BTreeMap<T, SmallVec<[(Dot, bool); 1]>>,
    /// How many elements are in the set.
    len: usize,
}

/// An element, and whether it was added or removed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
enum Mark<T> {
    Added(T),
    Removed(T),
}

impl<T: Clone + Ord + Hash> RwSet<T> {
    /// Adds an element and returns the delta.
    ///
    /// # Errors
    /// [`Overflow`] if the replica has made 2^64 - 1 changes; then nothing is changed.
    pub fn add(&mut self, writer: &mut Writer<'_>, element: T) -> Result<Self, Overflow> {
        self.mark(writer, Mark::Added(element))
    }

    /// Removes an element and returns the delta.
    ///
    /// # Errors
    /// As for [`RwSet::add`].
    pub fn remove(&mut self, writer: &mut Writer<'_>, element: T) -> Result<Self, Overflow> {
        self.mark(writer, Mark::Removed(element))
    }

    fn mark(&mut self, writer: &mut Writer<'_>, mark: Mark<T>) -> Result<Self, Overflow> {
        let dot = writer.dot()?;
        let known: SmallVec<[(Dot, bool); 1]> = self.dots.get(mark.element()).cloned().unwrap_or_default();
        for (seen, _) in known {
            writer.forget(seen);
            if let Some(old) = self.marks.remove(seen) {
                self.unlink(seen, &old);
            }
        }
        self.link(dot, &mark);
        self.marks.insert(dot, mark.clone());
        Ok(Self::from_marks(DotFun::of(dot, mark)))
    }
}

impl<T: Ord> RwSet<T> {
    /// True if the element is in the set.
    pub fn contains(&self, element: &T) -> bool {
        self.dots.get(element).is_some_and(|marks| marks.iter().all(|(_, added)| *added))
    }
}

impl<T> RwSet<T> {
    /// How many elements are in the set.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True if no element is in the set. Removed ones may still be remembered: see [`RwSet::removed`].
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The elements in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = &T> + '_ {
        self.of_kind(true)
    }

    /// The elements in ascending order.
    pub fn value(&self) -> Vec<&T> {
        self.iter().collect()
    }

    /// The elements that are not in the set and whose removal is remembered.
    pub fn removed(&self) -> impl Iterator<Item = &T> + '_ {
        self.of_kind(false)
    }

    fn of_kind(&self, present: bool) -> impl Iterator<Item = &T> + '_ {
        let is = move |marks: &[(Dot, bool)]| marks.iter().all(|(_, added)| *added) == present;
        self.dots.iter().filter(move |(_, marks)| is(marks)).map(|(element, _)| element)
    }
}

impl<T: Clone + Ord> RwSet<T> {
    fn from_marks(marks: DotFun<Mark<T>>) -> Self {
        let mut set = Self::default();
        for (dot, mark) in marks.iter() {
            set.link(dot, mark);
        }
        set.marks = marks;
        set
    }

    fn link(&mut self, dot: Dot, mark: &Mark<T>) {
        let known = self.dots.entry(mark.element().clone()).or_default();
        let before = is_present(known);
        known.push((dot, mark.is_added()));
        self.len = self.len + usize::from(is_present(known)) - usize::from(before);
    }

    fn unlink(&mut self, dot: Dot, mark: &Mark<T>) {
        if let Some(known) = self.dots.get_mut(mark.element()) {
            let before = is_present(known);
            known.retain(|(other, _)| *other != dot);
            self.len = self.len + usize::from(is_present(known)) - usize::from(before);
            if known.is_empty() {
                self.dots.remove(mark.element());
            }
        }
    }
}

fn is_present(marks: &[(Dot, bool)]) -> bool {
    !marks.is_empty() && marks.iter().all(|(_, added)| *added)
}

impl<T> Mark<T> {
    const fn element(&self) -> &T {
        match self {
            Self::Added(element) | Self::Removed(element) => element,
        }
    }

    const fn is_added(&self) -> bool {
        matches!(self, Self::Added(_))
    }
}

impl<T: Clone + Ord + Hash> Causal<RwSet<T>> {
    /// Adds an element in the name of `replica`, which must be the caller's own id, and returns the delta.
    ///
    /// ```
    /// use quipu_crdt::{Causal, Lattice, NodeName, ReplicaId, RwSet};
    ///
    /// let alice = ReplicaId::new(NodeName::new("alice"), 1);
    /// let bob = ReplicaId::new(NodeName::new("bob"), 1);
    /// let mut at_alice: Causal<RwSet<&str>> = Causal::default();
    /// at_alice.add(alice, "door code")?;
    /// let mut at_bob = at_alice.clone();
    ///
    /// let removed = at_alice.remove(alice, "door code")?;
    /// at_bob.add(bob, "door code")?;
    /// at_bob.join(&removed);
    /// assert!(!at_bob.contains(&"door code"));
    /// # Ok::<(), quipu_crdt::Overflow>(())
    /// ```
    ///
    /// # Errors
    /// As for [`RwSet::add`].
    pub fn add(&mut self, replica: ReplicaId, element: T) -> Result<Self, Overflow> {
        self.change(replica, |set, writer| set.add(writer, element))
    }

    /// Removes an element and returns the delta.
    ///
    /// # Errors
    /// As for [`RwSet::add`].
    pub fn remove(&mut self, replica: ReplicaId, element: T) -> Result<Self, Overflow> {
        self.change(replica, |set, writer| set.remove(writer, element))
    }
}

impl<T: Clone + Ord + Hash> DotStore for RwSet<T> {
    fn join(&mut self, ours: &CausalContext, other: &Self, theirs: &CausalContext) {
        let mut marks = core::mem::take(&mut self.marks);
        marks.join_reporting(ours, &other.marks, theirs, |change| match change {
            Change::Added(dot, mark) => self.link(dot, mark),
            Change::Removed(dot, mark) => self.unlink(dot, &mark),
        });
        self.marks = marks;
    }

    fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    fn for_each_dot(&self, visit: &mut dyn FnMut(Dot)) {
        self.marks.for_each_dot(visit);
    }

    fn dots_within(&self, context: &CausalContext) -> CausalContext {
        self.marks.dots_within(context)
    }

    fn unknown_to(&self, context: &CausalContext) -> Self {
        Self::from_marks(self.marks.unknown_to(context))
    }
}

impl<T> Default for RwSet<T> {
    fn default() -> Self {
        Self { marks: DotFun::default(), dots: BTreeMap::new(), len: 0 }
    }
}

impl<T: PartialEq> PartialEq for RwSet<T> {
    fn eq(&self, other: &Self) -> bool {
        self.marks == other.marks
    }
}

impl<T: Eq> Eq for RwSet<T> {}

impl<T: Hash> Hash for RwSet<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.marks.hash(state);
    }
}

impl<T: fmt::Debug> fmt::Debug for RwSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.marks.fmt(f)
    }
}

#[cfg(feature = "serde")]
impl<T: serde::Serialize> serde::Serialize for RwSet<T> {
    /// As its dots and marks: `[[["n0@1f", 3], {"added": "milk"}]]`.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.marks.serialize(serializer)
    }
}

#[cfg(feature = "serde")]
impl<'de, T: serde::Deserialize<'de> + Clone + Ord> serde::Deserialize<'de> for RwSet<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::from_marks(DotFun::deserialize(deserializer)?))
    }
}
