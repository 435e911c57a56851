//! The flag in which a concurrent enable wins over a disable (enable-wins flag).
//!
//! Enabling puts a new dot in the place of those seen; disabling takes away the dots that the disabler has seen. The flag is on
//! while a dot is alive. It starts off.
//!
//! *Under concurrency.*
//!
//! ```text
//! both on    under alice:1
//! alice      disables          delta: alive {}        seen {alice:1}
//! bob        enables again     delta: alive {bob:1}   seen {alice:1, bob:1}
//! both end   on, under bob:1
//! ```
//!
//! As a specification over the history: *the flag is on exactly if some enable that was received is not among the operations
//! that a received enable or disable had seen.*
//! That is exact where all that a received operation had seen was received too. If deltas arrive with a gap, what a missing one
//! took away may show until it comes.
//!
//! *The anomaly of flags with counters.* A flag that keeps a count of enables and one bit for each replica lets a disable undo
//! an enable it never saw, when states are merged in an unlucky order. Here each enable has a name of its own, so a disable
//! covers those it saw and no other.
//!
//! *Cost:* one dot for each enable that no other has seen, nearly always one; every operation O(d) for d dots.
//!
//! *Left out:* a flag that starts on: that is a [`crate::DwFlag`] read the other way round.
//!
//! *Source:* Shapiro et al., *A comprehensive study of CRDTs*, 2011; the flags of `riak_dt`, 2013, where a merge once kept a dot
//! that one side had removed.

use core::fmt;

use crate::{Causal, CausalContext, Dot, DotFun, DotStore, Overflow, ReplicaId, Writer};

/// A flag in which a concurrent enable wins: the dot store. As a state of its own, `Causal<EwFlag>`.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct EwFlag {
    enables: DotFun<()>,
}

impl EwFlag {
    /// Switches the flag on and returns the delta.
    ///
    /// # Errors
    /// [`Overflow`] if the replica has made 2^64 - 1 changes; then nothing is changed.
    pub fn enable(&mut self, writer: &mut Writer<'_>) -> Result<Self, Overflow> {
        let dot = writer.dot()?;
        self.enables.iter().for_each(|(seen, ())| writer.forget(seen));
        self.enables = DotFun::of(dot, ());
        Ok(self.clone())
    }

    /// Switches the flag off, as far as its enables are known here, and returns the delta.
    pub fn disable(&mut self, writer: &mut Writer<'_>) -> Self {
        self.enables.iter().for_each(|(seen, ())| writer.forget(seen));
        *self = Self::default();
        Self::default()
    }

    /// True if the flag is on.
    pub fn value(&self) -> bool {
        !self.enables.is_empty()
    }
}

impl Causal<EwFlag> {
    /// Switches the flag on in the name of `replica`, which must be the caller's own id, and returns the delta.
    ///
    /// ```
    /// use quipu_crdt::{Causal, EwFlag, Lattice, NodeName, ReplicaId};
    ///
    /// let alice = ReplicaId::new(NodeName::new("alice"), 1);
    /// let bob = ReplicaId::new(NodeName::new("bob"), 1);
    /// let mut at_alice: Causal<EwFlag> = Causal::default();
    /// at_alice.enable(alice)?;
    /// let mut at_bob = at_alice.clone();
    ///
    /// at_alice.disable(alice);
    /// let on_again = at_bob.enable(bob)?;
    /// assert!(!at_alice.value());
    /// at_alice.join(&on_again);
    /// assert!(at_alice.value());
    /// # Ok::<(), quipu_crdt::Overflow>(())
    /// ```
    ///
    /// # Errors
    /// As for [`EwFlag::enable`].
    pub fn enable(&mut self, replica: ReplicaId) -> Result<Self, Overflow> {
        self.change(replica, EwFlag::enable)
    }

    /// Switches the flag off, as far as its enables are known here, and returns the delta.
    pub fn disable(&mut self, replica: ReplicaId) -> Self {
        self.apply(replica, EwFlag::disable)
    }
}

impl DotStore for EwFlag {
    fn join(&mut self, ours: &CausalContext, other: &Self, theirs: &CausalContext) {
        self.enables.join(ours, &other.enables, theirs);
    }

    fn is_empty(&self) -> bool {
        self.enables.is_empty()
    }

    fn for_each_dot(&self, visit: &mut dyn FnMut(Dot)) {
        self.enables.for_each_dot(visit);
    }

    fn unknown_to(&self, context: &CausalContext) -> Self {
        Self { enables: self.enables.unknown_to(context) }
    }
}

impl fmt::Debug for EwFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", if self.value() { "on" } else { "off" }, self.enables.dots())
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for EwFlag {
    /// As the list of its enables: `[["n0@1f", 3]]`.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.enables.iter().map(|(dot, ())| dot))
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for EwFlag {
    /// Refuses dots out of order.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Dots;

        impl<'de> serde::de::Visitor<'de> for Dots {
            type Value = EwFlag;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the dots of the enables, in order")
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<EwFlag, A::Error> {
                let mut enables = DotFun::default();
                let mut last: Option<Dot> = None;
                while let Some(dot) = seq.next_element::<Dot>()? {
                    if last.is_some_and(|last| last >= dot) {
                        let problem = format_args!("{dot} is out of order or there twice");
                        return Err(serde::de::Error::custom(problem));
                    }
                    enables.insert(dot, ());
                    last = Some(dot);
                }
                Ok(EwFlag { enables })
            }
        }

        deserializer.deserialize_seq(Dots)
    }
}
