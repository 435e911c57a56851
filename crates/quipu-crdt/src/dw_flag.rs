//! The flag in which a concurrent disable wins over an enable (disable-wins flag).
//!
//! Enabling and disabling both put a new dot in the place of all that were seen, marked on or off. The flag is on if there are
//! dots and every one of them says on. It starts off.
//!
//! *Under concurrency.*
//!
//! ```text
//! both on    under alice:1
//! alice      disables          delta: alive {alice:2 off}   seen {alice:1..=2}
//! bob        enables again     delta: alive {bob:1 on}      seen {alice:1, bob:1}
//! both end   off, under alice:2 and bob:1; then bob, who has seen both, enables: on, under bob:2
//! ```
//!
//! As a specification over the history: *of the operations that were received and that no other received one had seen, there is
//! at least one, and all are enables.*
//! That is exact where all that a received operation had seen was received too. If deltas arrive with a gap, what a missing one
//! took away may show until it comes.
//!
//! A disable of a flag that is off already is a change too: it wins over enables made at the same time elsewhere.
//!
//! *Cost:* one dot for each operation that no other has seen, nearly always one, also while the flag is off; every operation
//! O(d) for d dots.
//!
//! *Left out:* forgetting the dot of a disable. In a map, removing the key does that.
//!
//! *Source:* the flags of `riak_dt`, 2013; the delta form follows Almeida, Shoker and Baquero, 2018.

use core::fmt;

use crate::{Causal, CausalContext, Dot, DotFun, DotStore, Overflow, ReplicaId, Writer};

/// A flag in which a concurrent disable wins: the dot store. As a state of its own, `Causal<DwFlag>`.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct DwFlag {
    marks: DotFun<bool>,
}

impl DwFlag {
    /// Switches the flag on and returns the delta.
    ///
    /// # Errors
    /// [`Overflow`] if the replica has made 2^64 - 1 changes; then nothing is changed.
    pub fn enable(&mut self, writer: &mut Writer<'_>) -> Result<Self, Overflow> {
        self.mark(writer, true)
    }

    /// Switches the flag off and returns the delta.
    ///
    /// # Errors
    /// As for [`DwFlag::enable`].
    pub fn disable(&mut self, writer: &mut Writer<'_>) -> Result<Self, Overflow> {
        self.mark(writer, false)
    }

    /// True if the flag is on.
    pub fn value(&self) -> bool {
        !self.marks.is_empty() && self.marks.iter().all(|(_, on)| *on)
    }

    fn mark(&mut self, writer: &mut Writer<'_>, on: bool) -> Result<Self, Overflow> {
        let dot = writer.dot()?;
        self.marks.iter().for_each(|(seen, _)| writer.forget(seen));
        self.marks = DotFun::of(dot, on);
        Ok(self.clone())
    }
}

impl Causal<DwFlag> {
    /// Switches the flag on in the name of `replica`, which must be the caller's own id, and returns the delta.
    ///
    /// ```
    /// use quipu_crdt::{Causal, DwFlag, Lattice, NodeName, ReplicaId};
    ///
    /// let alice = ReplicaId::new(NodeName::new("alice"), 1);
    /// let bob = ReplicaId::new(NodeName::new("bob"), 1);
    /// let mut at_alice: Causal<DwFlag> = Causal::default();
    /// at_alice.enable(alice)?;
    /// let mut at_bob = at_alice.clone();
    ///
    /// let off = at_alice.disable(alice)?;
    /// at_bob.enable(bob)?;
    /// at_bob.join(&off);
    /// assert!(!at_bob.value());
    /// at_bob.enable(bob)?;
    /// assert!(at_bob.value());
    /// # Ok::<(), quipu_crdt::Overflow>(())
    /// ```
    ///
    /// # Errors
    /// As for [`DwFlag::enable`].
    pub fn enable(&mut self, replica: ReplicaId) -> Result<Self, Overflow> {
        self.change(replica, DwFlag::enable)
    }

    /// Switches the flag off and returns the delta.
    ///
    /// # Errors
    /// As for [`DwFlag::enable`].
    pub fn disable(&mut self, replica: ReplicaId) -> Result<Self, Overflow> {
        self.change(replica, DwFlag::disable)
    }
}

impl DotStore for DwFlag {
    fn join(&mut self, ours: &CausalContext, other: &Self, theirs: &CausalContext) {
        self.marks.join(ours, &other.marks, theirs);
    }

    fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    fn for_each_dot(&self, visit: &mut dyn FnMut(Dot)) {
        self.marks.for_each_dot(visit);
    }

    fn unknown_to(&self, context: &CausalContext) -> Self {
        Self { marks: self.marks.unknown_to(context) }
    }
}

impl fmt::Debug for DwFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", if self.value() { "on" } else { "off" }, self.marks)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for DwFlag {
    /// As its dots and marks: `[[["n0@1f", 3], true]]`.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.marks.serialize(serializer)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for DwFlag {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { marks: DotFun::deserialize(deserializer)? })
    }
}
