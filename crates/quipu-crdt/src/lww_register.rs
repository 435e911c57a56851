//! The register in which the last write wins (LWW-Register), on a hybrid logical clock.
//!
//! A write carries a timestamp of the writer's [`HybridClock`]; joining keeps the write with the larger timestamp. Equal
//! timestamps are told apart by the replica's id. A replica gives out each timestamp once, so no two writes are equal in both;
//! should a broken replica do it all the same, the larger value wins, and joins still agree everywhere.
//!
//! *Under concurrency.* One of two concurrent writes is lost, silently: that is the type. Which one is decided by clocks that
//! may be wrong. What is promised is that a write wins over everything *its writer had seen*: the clock first observes the
//! register's own timestamp, then ticks.
//!
//! ```text
//! alice (clock 5000)  writes "a" at 5000.0
//! bob   (clock 4700)  has seen it, writes "b" at 5000.1   wins everywhere, though bob's clock is behind
//! carol (clock 4990)  has not seen either, writes "c" at 4990.0   loses everywhere
//! ```
//!
//! *A writer whose clock is a year ahead* would win for a year. Joining cannot refuse it, or replicas would differ for ever.
//! The bound is applied before: [`LwwRegister::timestamp`] of what comes in goes to [`HybridClock::observe`], and what that
//! refuses is not joined. If it got in anyway, a write here fails with [`ClockError::Drift`] instead of vanishing; to win
//! over it on purpose, write with a clock of a wider bound.
//!
//! *Cost:* the value and 56 bytes; a write, a join and a read O(1) and a comparison or copy of the value; a delta is the register.
//!
//! *Left out:* removing the value: use `LwwRegister<Option<T>>`. Keeping both of two concurrent writes: use
//! [`crate::MvRegister`].
//!
//! *Source:* Johnson and Thomas, *The maintenance of duplicate databases* (RFC 677), 1975; as a CRDT, Shapiro, Preguiça, Baquero and
//! Zawirski, *A comprehensive study of CRDTs*, 2011; timestamps: see [`Hlc`].
//!
//! ```
//! use quipu_crdt::{HybridClock, Lattice, LwwRegister, NodeName, ReplicaId};
//!
//! let alice = ReplicaId::new(NodeName::new("alice"), 1);
//! let bob = ReplicaId::new(NodeName::new("bob"), 1);
//! let (mut alices_clock, mut bobs_clock) = (HybridClock::new(1000), HybridClock::new(1000));
//! let (mut at_alice, mut at_bob) = (LwwRegister::default(), LwwRegister::default());
//!
//! let first = at_alice.set(alice, &mut alices_clock, 5000, "draft")?;
//! at_bob.join(&first);
//! // Bob's clock is 300 ms behind. He has seen the draft, so his write wins.
//! let second = at_bob.set(bob, &mut bobs_clock, 4700, "final")?;
//! at_alice.join(&second);
//! at_alice.join(&first);
//! assert_eq!(at_alice.value(), Some(&"final"));
//! # Ok::<(), quipu_crdt::ClockError>(())
//! ```

use core::fmt;

use crate::{ClockError, Hlc, HybridClock, Lattice, ReplicaId};

/// A register that many replicas write without asking each other, and that keeps the write with the largest timestamp.
///
/// The order is that of knowledge, which here is total: [`PartialOrd`] and [`Ord`] say which register holds the later write.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct LwwRegister<T> {
    latest: Option<Write<T>>,
}

/// A write; the order of the fields is the order in which they decide.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
struct Write<T> {
    time: Hlc,
    replica: ReplicaId,
    value: T,
}

impl<T: Ord + Clone> LwwRegister<T> {
    /// Writes `value` in the name of `replica`, which must be the caller's own id, at the physical time `now`, and
    /// returns the delta. The write wins over what is here, and over all that `clock` has observed.
    ///
    /// # Errors
    /// [`ClockError`] if what is here is further ahead of `now` than the clock follows, or if no timestamp is left;
    /// then neither the register nor the clock is changed.
    pub fn set(
        &mut self,
        replica: ReplicaId,
        clock: &mut HybridClock,
        now: u64,
        value: T,
    ) -> Result<Self, ClockError> {
        let mut ahead = *clock;
        if let Some(seen) = self.timestamp() {
            ahead.observe(seen, now)?;
        }
        let time = ahead.tick(now)?;
        *clock = ahead;
        self.latest = Some(Write { time, replica, value });
        Ok(self.clone())
    }
}

impl<T> LwwRegister<T> {
    /// The value of the latest write known here, if there is one.
    pub fn value(&self) -> Option<&T> {
        self.latest.as_ref().map(|write| &write.value)
    }

    /// When it was written, by its writer's clock.
    pub fn timestamp(&self) -> Option<Hlc> {
        self.latest.as_ref().map(|write| write.time)
    }

    /// Who wrote it.
    pub fn writer(&self) -> Option<ReplicaId> {
        self.latest.as_ref().map(|write| write.replica)
    }
}

impl<T> Default for LwwRegister<T> {
    fn default() -> Self {
        Self { latest: None }
    }
}

impl<T: Ord + Clone> Lattice for LwwRegister<T> {
    fn join(&mut self, other: &Self) {
        if *self < *other {
            self.clone_from(other);
        }
    }

    fn includes(&self, other: &Self) -> bool {
        *self >= *other
    }

    fn difference(&self, known: &Self) -> Self {
        if known.includes(self) { Self::default() } else { self.clone() }
    }

    fn is_bottom(&self) -> bool {
        self.latest.is_none()
    }
}

impl<T: fmt::Debug> fmt::Debug for LwwRegister<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.latest {
            Some(Write { time, replica, value }) => write!(f, "{value:?} at {time} by {replica}"),
            None => f.write_str("nothing"),
        }
    }
}
