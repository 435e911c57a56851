//! The replicated sum of decimal amounts: a PN-Counter of minor units that carries its unit.
//!
//! One slot per replica holds what it has added and what it has taken away, in minor units of `U`; joining takes the
//! larger of each. Sums of different units are different types, in memory as on the wire.
//!
//! *Under concurrency.* Two tills take 12.34 EUR and 0.66 EUR at the same time, and one pays back 2.00 EUR:
//!
//! ```text
//! till 1: {till 1: +1234 -0}      -- delta -->  till 2 shows 12.34 + 0.66 - 2.00 = 11.00 EUR
//! till 2: {till 2:   +66 -200}    -- delta -->  till 1 shows 11.00 EUR
//! ```
//!
//! *Cost:* that of [`PnCounter`]; a delta is one slot, and the unit on the wire.
//!
//! *Range:* what a replica adds, and what it takes away, is each at most 2^64 - 1 minor units in all; the sum over replicas is
//! 128 bits wide and exact.
//!
//! *Left out:* a lower bound: an account of this type can be overdrawn by two tills at once.
//!
//! *Source:* as for [`PnCounter`] and [`Amount`].
//!
//! ```
//! use quipu_crdt::{Amount, AmountCounter, Lattice, NodeName, ReplicaId, Unit};
//!
//! enum Eur {}
//!
//! impl Unit for Eur {
//!     const CODE: &'static str = "EUR";
//!     const SCALE: u8 = 2;
//! }
//!
//! let (north, south) = (ReplicaId::new(NodeName::new("north"), 1), ReplicaId::new(NodeName::new("south"), 1));
//! let (mut at_north, mut at_south) = (AmountCounter::<Eur>::default(), AmountCounter::<Eur>::default());
//! at_north.add(north, "12.34".parse()?)?;
//! let delta = at_south.add(south, "-2.00 EUR".parse()?)?;
//! at_north.join(&delta);
//! assert_eq!(at_north.value().to_string(), "10.34 EUR");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::marker::PhantomData;

use crate::{Amount, Lattice, Overflow, PnCounter, ReplicaId, Unit};

/// A sum of amounts in `U` that many replicas change without asking each other.
pub struct AmountCounter<U> {
    minor: PnCounter,
    unit: PhantomData<fn() -> U>,
}

impl<U: Unit> AmountCounter<U> {
    /// Adds `amount`, which may be negative, in the name of `replica`, which must be the caller's own id, and returns
    /// the delta.
    ///
    /// # Errors
    /// [`Overflow`] if what this replica has added, or taken away, would pass 2^64 - 1 minor units; then nothing is changed.
    pub fn add(&mut self, replica: ReplicaId, amount: Amount<U>) -> Result<Self, Overflow> {
        let size = u64::try_from(amount.minor().unsigned_abs()).map_err(|_| Overflow)?;
        let delta = if amount.minor() < 0 {
            self.minor.decrement(replica, size)?
        } else {
            self.minor.increment(replica, size)?
        };
        Ok(Self { minor: delta, unit: PhantomData })
    }

    /// The sum of all amounts known here. Exact.
    pub fn value(&self) -> Amount<U> {
        Amount::from_minor(self.minor.value())
    }

    /// What `replica` has added and what it has taken away, as far as known here.
    pub fn of(&self, replica: ReplicaId) -> (Amount<U>, Amount<U>) {
        let (added, taken) = self.minor.of(replica);
        (Amount::from_minor(added.into()), Amount::from_minor(taken.into()))
    }
}

impl<U> Lattice for AmountCounter<U> {
    fn join(&mut self, other: &Self) {
        self.minor.join(&other.minor);
    }

    fn includes(&self, other: &Self) -> bool {
        self.minor.includes(&other.minor)
    }

    fn difference(&self, known: &Self) -> Self {
        Self { minor: self.minor.difference(&known.minor), unit: PhantomData }
    }

    fn is_bottom(&self) -> bool {
        self.minor.is_bottom()
    }
}

impl<U> PartialOrd for AmountCounter<U> {
    /// The order of knowledge, not of values: see [`Lattice::compare`].
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.compare(other)
    }
}

impl<U: Unit> fmt::Debug for AmountCounter<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {:?}", self.value(), self.minor)
    }
}

// Written out, since derived ones would ask the same of the unit, which has no values.
impl<U> Clone for AmountCounter<U> {
    fn clone(&self) -> Self {
        Self { minor: self.minor.clone(), unit: PhantomData }
    }
}

impl<U> Default for AmountCounter<U> {
    fn default() -> Self {
        Self { minor: PnCounter::default(), unit: PhantomData }
    }
}

impl<U> PartialEq for AmountCounter<U> {
    fn eq(&self, other: &Self) -> bool {
        self.minor == other.minor
    }
}

impl<U> Eq for AmountCounter<U> {}

impl<U> Hash for AmountCounter<U> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.minor.hash(state);
    }
}

#[cfg(feature = "serde")]
mod wire {
    use core::marker::PhantomData;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::AmountCounter;
    use crate::amount::Declared;
    use crate::{PnCounter, Unit};

    #[derive(Serialize)]
    #[serde(bound = "U: Unit")]
    struct Written<'a, U> {
        unit: Declared<U>,
        minor: &'a PnCounter,
    }

    #[derive(Deserialize)]
    #[serde(bound = "U: Unit", deny_unknown_fields)]
    struct Read<U> {
        #[serde(rename = "unit")]
        _unit: Declared<U>,
        minor: PnCounter,
    }

    impl<U: Unit> Serialize for AmountCounter<U> {
        /// With the unit in front: `{"unit": ["EUR", 2], "minor": {"n0@1f": [1234, 0]}}`.
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            Written { unit: Declared::<U>::UNIT, minor: &self.minor }.serialize(serializer)
        }
    }

    impl<'de, U: Unit> Deserialize<'de> for AmountCounter<U> {
        /// Refuses another unit and another scale.
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let read = Read::<U>::deserialize(deserializer)?;
            Ok(Self { minor: read.minor, unit: PhantomData })
        }
    }
}
