//! The one way in which a change that needs nobody's leave can fail, and what is done about large numbers.
//!
//! Numbers that one replica alone makes grow, and that others join by taking the larger, are 64 bits wide. They are checked
//! where they grow, in the mutator, and nowhere else: a join only ever takes one of two numbers that are there. Sums over
//! replicas are 128 bits wide, which no number of replicas that fits into a memory can fill. So:
//! - nothing wraps, saturates or is cut off, in any build;
//! - a mutator that fails has changed nothing, and the same call with a smaller amount may succeed;
//! - a replica whose number is full can go on under a new incarnation.

use core::fmt;

/// A change that does not fit: a replica's own count would pass 2^64 - 1. Nothing was changed.
///
/// The limit is per replica and direction, not per counter: the value of a counter is 128 bits wide and is exact
/// for any number of full replicas. A wrapped count would be *smaller* than the one others have seen, so that
/// their joins would silently undo it; that is why this is an error and never a wrap.
///
/// ```
/// use quipu_crdt::{GCounter, NodeName, Overflow, ReplicaId};
///
/// let n0 = ReplicaId::new(NodeName::new("n0"), 1);
/// let mut counter = GCounter::default();
/// counter.increment(n0, u64::MAX)?;
/// assert_eq!(counter.increment(n0, 1), Err(Overflow));
/// counter.increment(ReplicaId { incarnation: 2, ..n0 }, 1)?;
/// assert_eq!(counter.value(), 1 << 64);
/// # Ok::<(), Overflow>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overflow;

impl fmt::Display for Overflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("overflow: this replica's count would pass 2^64 - 1; nothing was changed")
    }
}

impl core::error::Error for Overflow {}
