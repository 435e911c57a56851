//! The name of one change.
//!
//! A replica numbers its changes 1, 2, 3, ...; replica and number together name a change for ever and everywhere
//! (Almeida et al. call it a dot, after Preguiça's *dotted* version vectors). A [`crate::VersionVector`] is a set of
//! dots without gaps.

use core::fmt;
use core::num::NonZeroU64;

use crate::ReplicaId;

/// One change: the replica that made it and its number there, counted from 1. 32 bytes, copied.
///
/// The order is by replica, then number. It is total and says nothing about time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dot {
    /// Who made the change.
    pub replica: ReplicaId,
    /// The how-manieth change of that replica it is.
    pub counter: NonZeroU64,
}

impl Dot {
    /// The change number `counter` of `replica`.
    pub const fn new(replica: ReplicaId, counter: NonZeroU64) -> Self {
        Self { replica, counter }
    }
}

impl fmt::Display for Dot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.replica, self.counter)
    }
}

impl fmt::Debug for Dot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Dot {
    /// As a pair: `["n0@1f", 3]`.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.replica, self.counter).serialize(serializer)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Dot {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (replica, counter) = serde::Deserialize::deserialize(deserializer)?;
        Ok(Self { replica, counter })
    }
}
