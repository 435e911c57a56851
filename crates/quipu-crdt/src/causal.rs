//! Causal types: live dots under a causal context, so that removal needs no tombstones.
//!
//! A causal type keeps a **dot store**, what is alive, each part under the dot of the change that made it, and a
//! [`CausalContext`], the dots of all changes that were seen. A dot that was seen and is not alive has been removed. So two
//! states join by one rule, dot by dot:
//!
//! ```text
//! alive in both                                    stays alive
//! alive on one side, never seen by the other       is alive
//! alive on one side, seen by the other             was removed there: gone
//! ```
//!
//! *Under concurrency.* Alice removes `milk` while Bob adds it again. Alice's removal covers the one dot she had seen:
//!
//! ```text
//! both:   alive {alice:1 milk}   seen {alice 1}
//! alice:  alive {}               seen {alice 1}            delta: alive {}            seen {alice 1}
//! bob:    alive {bob:1 milk}     seen {alice 1, bob 1}     delta: alive {bob:1 milk}  seen {alice 1, bob 1}
//! joined: alive {bob:1 milk}     seen {alice 1, bob 1}     the concurrent add wins
//! ```
//!
//! *One context for many.* [`Causal`] owns one context, and its store may be a map of maps of sets: the nested types share it.
//! A store of a million keys has one entry per replica, not a million vectors. Changes of nested values go through one
//! [`Writer`], which numbers them and collects what the delta has to say.
//!
//! *What a delta claims.* Exactly the dots it makes and the dots it removes. A delta that claimed all that its sender had seen
//! would remove, at a receiver that is ahead, what the sender never looked at.
//!
//! *Source:* Almeida, Shoker and Baquero, *Delta State Replicated Data Types*, 2018; Bieniusa et al., *An optimized conflict-free
//! replicated set*, 2012.

use core::fmt;
use core::hash::{Hash, Hasher};
use core::num::NonZeroU64;
use core::ops::Deref;

use crate::{CausalContext, Dot, Lattice, NodeName, Overflow, ReplicaId};

/// What is alive, under which dots. A causal type is a dot store in a [`Causal`], or nested in another dot store.
pub trait DotStore: Clone + Default + PartialEq {
    /// Joins `other`, seen in the context `theirs`, into this store, seen in the context `ours`; both contexts are those
    /// before the join.
    ///
    /// Keeps what is alive in both, and what is alive on one side and was never seen by the other.
    fn join(&mut self, ours: &CausalContext, other: &Self, theirs: &CausalContext);

    /// True if nothing is alive.
    fn is_empty(&self) -> bool;

    /// Shows all live dots, in any order; each once.
    fn for_each_dot(&self, visit: &mut dyn FnMut(Dot));

    /// All live dots. A type that keeps runs of dots answers with the runs, however long they are.
    fn dots(&self) -> CausalContext {
        let mut dots = CausalContext::default();
        self.for_each_dot(&mut |dot| dots.insert(dot));
        dots
    }

    /// The live dots that are in `context`.
    fn dots_within(&self, context: &CausalContext) -> CausalContext {
        let mut within = CausalContext::default();
        self.for_each_dot(&mut |dot| {
            if context.contains(dot) {
                within.insert(dot);
            }
        });
        within
    }

    /// The part whose dots are not in `context`.
    fn unknown_to(&self, context: &CausalContext) -> Self;
}

/// The hand that makes a change: it numbers what is new and notes what is gone, for the delta.
#[derive(Debug)]
pub struct Writer<'a> {
    context: &'a mut CausalContext,
    replica: ReplicaId,
    /// A range of the writer's own dots, nearly always all that the delta's context holds: first and last; zeros if none.
    own: (u64, u64),
    /// What the delta's context holds beyond that range.
    others: CausalContext,
}

impl<'a> Writer<'a> {
    /// A writer in the name of `replica`, which must be the caller's own id, under the context of the state to be changed.
    #[inline]
    pub fn new(context: &'a mut CausalContext, replica: ReplicaId) -> Self {
        Self { context, replica, own: (0, 0), others: CausalContext::default() }
    }

    /// In whose name the change is made.
    pub const fn replica(&self) -> ReplicaId {
        self.replica
    }

    /// A new dot, seen from now on.
    ///
    /// # Errors
    /// [`Overflow`] if the replica has made 2^64 - 1 changes. A mutator asks for its dots before it changes anything.
    #[expect(
        clippy::inline_always,
        reason = "a dot or context handed over in memory takes longer than all else here"
    )]
    #[inline(always)]
    pub fn dot(&mut self) -> Result<Dot, Overflow> {
        let counter = self.context.next_counter(self.replica)?;
        let dot = Dot::new(self.replica, counter);
        self.note(dot);
        Ok(dot)
    }

    /// The dot that the next call of [`Writer::dot`] will give, for what must be named before it is made.
    ///
    /// # Errors
    /// As for [`Writer::dot`].
    pub fn next_dot(&self) -> Result<Dot, Overflow> {
        let counter = NonZeroU64::MIN.checked_add(self.context.largest(self.replica)).ok_or(Overflow)?;
        Ok(Dot::new(self.replica, counter))
    }

    /// Notes that the change removes a dot. It counts as seen from now on, should it not have arrived here yet.
    #[expect(
        clippy::inline_always,
        reason = "a dot or context handed over in memory takes longer than all else here"
    )]
    #[inline(always)]
    pub fn forget(&mut self, dot: Dot) {
        if !self.context.contains(dot) {
            self.context.insert(dot);
        }
        self.note(dot);
    }

    #[expect(
        clippy::inline_always,
        reason = "a dot or context handed over in memory takes longer than all else here"
    )]
    #[inline(always)]
    fn note(&mut self, dot: Dot) {
        let number = dot.counter.get();
        match self.own {
            _ if dot.replica != self.replica => {
                self.note_other(dot.replica.node.word(), dot.replica.incarnation, dot.counter);
            }
            (_, 0) => self.own = (number, number),
            (first, last) if last == number - 1 => self.own = (first, number),
            (first, last) if first - 1 == number => self.own = (number, last),
            _ => self.note_other(dot.replica.node.word(), dot.replica.incarnation, dot.counter),
        }
    }

    #[inline(never)]
    fn note_other(&mut self, name: u128, incarnation: u64, counter: NonZeroU64) {
        self.others.insert(Dot::new(ReplicaId::new(NodeName::from_word(name), incarnation), counter));
    }

    /// Notes that the change removes all these dots, as [`Writer::forget`] does for one.
    pub fn forget_all(&mut self, dots: &CausalContext) {
        self.context.join(dots);
        self.others.join(dots);
    }

    /// Checks that so many more dots can be made: for a change that needs several and may not fail half-way.
    ///
    /// # Errors
    /// [`Overflow`] if the replica would pass 2^64 - 1 changes.
    pub fn reserve(&self, changes: u64) -> Result<(), Overflow> {
        self.context.largest(self.replica).checked_add(changes).map(|_| ()).ok_or(Overflow)
    }

    /// Makes a part of the change, as one nested value is changed, and returns beside its result the dots that this part
    /// made and removed.
    pub fn part<R>(&mut self, change: impl FnOnce(&mut Writer<'_>) -> R) -> (R, CausalContext) {
        let mut part = Writer::new(self.context, self.replica);
        let result = change(&mut part);
        let dots = part.finish();
        self.others.join(&dots);
        (result, dots)
    }

    /// The dots made and removed so far: the context of the delta.
    #[inline]
    pub fn finish(mut self) -> CausalContext {
        self.collected()
    }

    #[expect(
        clippy::inline_always,
        reason = "a dot or context handed over in memory takes longer than all else here"
    )]
    #[inline(always)]
    fn collected(&mut self) -> CausalContext {
        if self.others.is_empty() {
            CausalContext::span(self.replica, self.own.0, self.own.1)
        } else {
            self.gather();
            core::mem::take(&mut self.others)
        }
    }

    /// Puts all that was noted into `others`.
    #[inline(never)]
    fn gather(&mut self) {
        let own = CausalContext::span(self.replica, self.own.0, self.own.1);
        self.others.join(&own);
    }
}

/// A dot store and its causal context: the state, and equally the delta, of a causal type.
///
/// Reading goes through [`Deref`] to the store; changing through the type's own mutators or [`Causal::change`].
///
/// ```
/// use quipu_crdt::{Causal, Lattice, NodeName, OrSet, ReplicaId};
///
/// let alice = ReplicaId::new(NodeName::new("alice"), 1);
/// let bob = ReplicaId::new(NodeName::new("bob"), 1);
/// let mut at_alice: Causal<OrSet<&str>> = Causal::default();
/// let added = at_alice.add(alice, "milk")?;
/// let mut at_bob = added.clone();
///
/// let removed = at_alice.remove(alice, &"milk");
/// let added_again = at_bob.add(bob, "milk")?;
/// at_alice.join(&added_again);
/// at_bob.join(&removed);
/// assert!(at_alice.contains(&"milk"));
/// assert_eq!(at_alice, at_bob);
/// # Ok::<(), quipu_crdt::Overflow>(())
/// ```
#[derive(Clone, Default)]
pub struct Causal<S> {
    store: S,
    context: CausalContext,
}

impl<S: DotStore> Causal<S> {
    /// A state of these parts.
    ///
    /// # Errors
    /// [`UnseenDot`] if a dot is alive that was never seen: no replica can have such a state, and it would not join as one.
    pub fn from_parts(store: S, context: CausalContext) -> Result<Self, UnseenDot> {
        let unseen = store.unknown_to(&context).dots().dots().next();
        match unseen {
            Some(dot) => Err(UnseenDot(dot)),
            None => Ok(Self { store, context }),
        }
    }

    /// Changes the store in the name of `replica`, which must be the caller's own id, and returns the delta.
    ///
    /// `change` makes its dots and notes its removals through the writer, and returns the delta's store, as the mutators of all
    /// dot stores do.
    ///
    /// # Errors
    /// Those of `change`, which then must have changed nothing.
    #[inline]
    pub fn change<E>(
        &mut self,
        replica: ReplicaId,
        change: impl FnOnce(&mut S, &mut Writer<'_>) -> Result<S, E>,
    ) -> Result<Self, E> {
        let mut writer = Writer::new(&mut self.context, replica);
        let store = change(&mut self.store, &mut writer)?;
        Ok(Self { store, context: writer.collected() })
    }

    /// The two halves of [`Causal::change`], for those whose change is in a line and must be inlined, which closures are not
    /// always: what to change and with what, and then the delta.
    #[inline]
    pub(crate) fn begin(&mut self, replica: ReplicaId) -> (&mut S, Writer<'_>) {
        (&mut self.store, Writer::new(&mut self.context, replica))
    }

    /// See [`Causal::begin`].
    #[expect(
        clippy::inline_always,
        reason = "inlined, a delta that is not wanted is not made, and no other moved"
    )]
    #[inline(always)]
    pub(crate) fn end(writer: &mut Writer<'_>, store: S) -> Self {
        Self { store, context: writer.collected() }
    }

    /// As [`Causal::change`], for changes that cannot fail.
    #[inline]
    pub fn apply(&mut self, replica: ReplicaId, change: impl FnOnce(&mut S, &mut Writer<'_>) -> S) -> Self {
        let mut writer = Writer::new(&mut self.context, replica);
        let store = change(&mut self.store, &mut writer);
        Self { store, context: writer.collected() }
    }

    /// The dots of all changes seen.
    pub const fn context(&self) -> &CausalContext {
        &self.context
    }

    /// What is alive.
    pub const fn store(&self) -> &S {
        &self.store
    }
}

impl<S> Deref for Causal<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.store
    }
}

impl<S: DotStore> Lattice for Causal<S> {
    fn join(&mut self, other: &Self) {
        self.store.join(&self.context, &other.store, &other.context);
        self.context.join(&other.context);
    }

    /// All that `other` has seen was seen, and nothing lives on here that `other` has removed.
    fn includes(&self, other: &Self) -> bool {
        self.context.includes(&other.context) && {
            let alive_here = self.store.dots_within(&other.context);
            other.store.dots_within(&alive_here) == alive_here
        }
    }

    /// The live dots that `known` has not seen, the rest of what it has not seen, and what it still holds that is gone here.
    fn difference(&self, known: &Self) -> Self {
        let alive_there = known.store.dots_within(&self.context);
        let gone_here = alive_there.difference(&self.store.dots_within(&alive_there));
        let context = self.context.difference(&known.context).joined(&gone_here);
        Self { store: self.store.unknown_to(&known.context), context }
    }

    fn is_bottom(&self) -> bool {
        self.context.is_bottom()
    }
}

impl<S: PartialEq> PartialEq for Causal<S> {
    fn eq(&self, other: &Self) -> bool {
        self.context == other.context && self.store == other.store
    }
}

impl<S: Eq> Eq for Causal<S> {}

impl<S: Hash> Hash for Causal<S> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.context.hash(state);
        self.store.hash(state);
    }
}

impl<S: fmt::Debug> fmt::Debug for Causal<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} seen {:?}", self.store, self.context)
    }
}

/// A dot is alive that is not in the causal context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnseenDot(pub Dot);

impl fmt::Display for UnseenDot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is alive and not in the causal context: no replica has such a state", self.0)
    }
}

impl core::error::Error for UnseenDot {}

#[cfg(feature = "serde")]
mod wire {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Causal, DotStore};
    use crate::CausalContext;

    #[derive(Serialize)]
    #[serde(rename = "Causal")]
    struct Parts<'a, S> {
        seen: &'a CausalContext,
        alive: &'a S,
    }

    #[derive(Deserialize)]
    #[serde(rename = "Causal", deny_unknown_fields)]
    struct OwnedParts<S> {
        seen: CausalContext,
        alive: S,
    }

    impl<S: Serialize> Serialize for Causal<S> {
        /// As `{"seen": context, "alive": store}`.
        fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
            Parts { seen: &self.context, alive: &self.store }.serialize(serializer)
        }
    }

    impl<'de, S: DotStore + Deserialize<'de>> Deserialize<'de> for Causal<S> {
        /// Refuses a live dot outside the context.
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let parts = OwnedParts::deserialize(deserializer)?;
            Self::from_parts(parts.alive, parts.seen).map_err(serde::de::Error::custom)
        }
    }
}
