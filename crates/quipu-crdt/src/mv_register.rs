//! The register that keeps concurrent writes side by side (multi-value register, MV-Register).
//!
//! A write puts its value under a new dot and replaces the values that the writer had read: those and no others. Values
//! written at the same time stand side by side as **siblings** until a later write, by someone who has read them, replaces them.
//! Nothing is lost without somebody having seen it. Where everything up to some change was received, the siblings are exactly the
//! values that no received write had replaced or seen replaced. If the deltas of one replica arrive with a gap, a sibling that a
//! missing delta replaced may show until that delta comes.
//!
//! *Under concurrency.*
//!
//! ```text
//! both read  "draft" under alice:1
//! alice      writes "a"   delta: alive {alice:2 a}   seen {alice:1, alice:2}
//! bob        writes "b"   delta: alive {bob:1 b}     seen {alice:1, bob:1}
//! both read  "a", "b"; then alice writes "ab" having read both: alive {alice:3 ab}
//! ```
//!
//! *Reading and writing at different times.* A client that reads, thinks, and writes later hands back the [`ReadContext`] of
//! its read. The write then replaces what was read, even at another replica and even if that has not arrived there yet, and
//! leaves alone what came in meanwhile. A write without one replaces all that its replica holds at that moment.
//!
//! *Equal values.* Two concurrent writes of one value are two siblings: they are two writes. [`MvRegister::value`] shows a
//! value once.
//!
//! *Cost* for s siblings: a write O(s), a read O(s), a join O((s + s') log (s + s')); a delta is one
//! value, and a write over one sibling of one's own allocates nothing.
//!
//! *Left out:* choosing among siblings. That is the reader's business, or a last-writer-wins register's.
//!
//! *Source:* `DeCandia` et al., *Dynamo*, 2007; Shapiro et al., *A comprehensive study of CRDTs*, 2011; with one dot per value as
//! in Preguiça et al., *Dotted Version Vectors*, 2010.

use alloc::vec::Vec;
use core::fmt;

use crate::{Causal, CausalContext, Dot, DotFun, DotStore, Overflow, ReplicaId, Writer};

/// A register that keeps concurrent writes side by side: the dot store. As a state of its own, `Causal<MvRegister<T>>`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct MvRegister<T> {
    siblings: DotFun<T>,
}

/// What a reader has seen of a register: the writes whose values it was shown. Hand it back with the next write.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct ReadContext(CausalContext);

impl<T: Clone + PartialEq> MvRegister<T> {
    /// Writes a value over all that is here and returns the delta.
    ///
    /// # Errors
    /// [`Overflow`] if the replica has made 2^64 - 1 changes; then nothing is changed.
    #[expect(clippy::inline_always, reason = "see `Causal::end`")]
    #[inline(always)]
    pub fn write(&mut self, writer: &mut Writer<'_>, value: T) -> Result<Self, Overflow> {
        let dot = writer.dot()?;
        match self.siblings.only() {
            Some((seen, _)) => writer.forget(*seen),
            None => self.forget_all(writer),
        }
        self.siblings.replace_all(dot, value.clone());
        Ok(Self { siblings: DotFun::of(dot, value) })
    }

    /// Writes a value over what was read, and over nothing else, and returns the delta.
    ///
    /// # Errors
    /// As for [`MvRegister::write`].
    pub fn write_over(
        &mut self,
        writer: &mut Writer<'_>,
        read: &ReadContext,
        value: T,
    ) -> Result<Self, Overflow> {
        let dot = writer.dot()?;
        for seen in self.siblings.dots_within(&read.0).dots() {
            self.siblings.remove(seen);
        }
        writer.forget_all(&read.0);
        self.siblings.insert(dot, value.clone());
        Ok(Self { siblings: DotFun::of(dot, value) })
    }

    /// Takes away all values that are here and returns the delta.
    pub fn clear(&mut self, writer: &mut Writer<'_>) -> Self {
        self.forget_all(writer);
        *self = Self::default();
        Self::default()
    }

    #[inline(never)]
    fn forget_all(&self, writer: &mut Writer<'_>) {
        self.siblings.iter().for_each(|(seen, _)| writer.forget(seen));
    }
}

impl<T> MvRegister<T> {
    /// The siblings and the writes they come from, in the order of dots.
    pub fn siblings(&self) -> impl Iterator<Item = (Dot, &T)> + '_ {
        self.siblings.iter()
    }

    /// How many siblings there are; equal values count each.
    pub fn len(&self) -> usize {
        self.siblings.len()
    }

    /// True if nothing was written, or all was cleared.
    pub fn is_empty(&self) -> bool {
        self.siblings.is_empty()
    }

    /// What a reader sees now, to be handed back with its write.
    pub fn read_context(&self) -> ReadContext {
        ReadContext(self.siblings.dots())
    }
}

impl<T: Ord> MvRegister<T> {
    /// The values, ascending, each once.
    pub fn value(&self) -> Vec<&T> {
        let mut values: Vec<&T> = self.siblings.iter().map(|(_, value)| value).collect();
        values.sort();
        values.dedup();
        values
    }
}

impl ReadContext {
    /// The writes that were read.
    pub const fn dots(&self) -> &CausalContext {
        &self.0
    }
}

impl From<CausalContext> for ReadContext {
    fn from(dots: CausalContext) -> Self {
        Self(dots)
    }
}

impl<T: Clone + PartialEq> Causal<MvRegister<T>> {
    /// Writes a value over all that is here, in the name of `replica`, which must be the caller's own id, and returns the
    /// delta.
    ///
    /// ```
    /// use quipu_crdt::{Causal, Lattice, MvRegister, NodeName, ReplicaId};
    ///
    /// let alice = ReplicaId::new(NodeName::new("alice"), 1);
    /// let bob = ReplicaId::new(NodeName::new("bob"), 1);
    /// let mut at_alice: Causal<MvRegister<&str>> = Causal::default();
    /// let mut at_bob = at_alice.clone();
    /// let a = at_alice.write(alice, "a")?;
    /// let b = at_bob.write(bob, "b")?;
    /// at_alice.join(&b);
    /// at_bob.join(&a);
    /// assert_eq!(at_alice.value(), [&"a", &"b"]);
    ///
    /// let read = at_alice.read_context();
    /// at_bob.write_over(bob, &read, "both")?;
    /// assert_eq!(at_bob.value(), [&"both"]);
    /// # Ok::<(), quipu_crdt::Overflow>(())
    /// ```
    ///
    /// # Errors
    /// As for [`MvRegister::write`].
    #[expect(clippy::inline_always, reason = "see `Causal::end`")]
    #[inline(always)]
    pub fn write(&mut self, replica: ReplicaId, value: T) -> Result<Self, Overflow> {
        let (register, mut writer) = self.begin(replica);
        let delta = register.write(&mut writer, value)?;
        Ok(Self::end(&mut writer, delta))
    }

    /// Writes a value over what was read, and over nothing else, and returns the delta.
    ///
    /// # Errors
    /// As for [`MvRegister::write`].
    pub fn write_over(&mut self, replica: ReplicaId, read: &ReadContext, value: T) -> Result<Self, Overflow> {
        self.change(replica, |register, writer| register.write_over(writer, read, value))
    }

    /// Takes away all values that are here and returns the delta.
    pub fn clear(&mut self, replica: ReplicaId) -> Self {
        self.apply(replica, MvRegister::clear)
    }
}

impl<T: Clone + PartialEq> DotStore for MvRegister<T> {
    fn join(&mut self, ours: &CausalContext, other: &Self, theirs: &CausalContext) {
        self.siblings.join(ours, &other.siblings, theirs);
    }

    fn is_empty(&self) -> bool {
        self.siblings.is_empty()
    }

    fn for_each_dot(&self, visit: &mut dyn FnMut(Dot)) {
        self.siblings.for_each_dot(visit);
    }

    fn dots_within(&self, context: &CausalContext) -> CausalContext {
        self.siblings.dots_within(context)
    }

    fn unknown_to(&self, context: &CausalContext) -> Self {
        Self { siblings: self.siblings.unknown_to(context) }
    }
}

impl<T> Default for MvRegister<T> {
    fn default() -> Self {
        Self { siblings: DotFun::default() }
    }
}

impl<T: fmt::Debug> fmt::Debug for MvRegister<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.siblings.fmt(f)
    }
}

#[cfg(feature = "serde")]
impl<T: serde::Serialize> serde::Serialize for MvRegister<T> {
    /// As its dots and values: see [`DotFun`].
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.siblings.serialize(serializer)
    }
}

#[cfg(feature = "serde")]
impl<'de, T: serde::Deserialize<'de>> serde::Deserialize<'de> for MvRegister<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { siblings: DotFun::deserialize(deserializer)? })
    }
}
