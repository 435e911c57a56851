//! The one way in which a change can fail.

use core::fmt;

/// A change that does not fit: a replica's own count would pass 2^64 - 1. Nothing was changed.
///
/// The limit is per replica and direction, not per counter: the value of a counter is 128 bits wide and is exact
/// for any number of full replicas. A wrapped count would be *smaller* than the one others have seen, so that
/// their joins would silently undo it; that is why this is an error and never a wrap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overflow;

impl fmt::Display for Overflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("overflow: this replica's count would pass 2^64 - 1; nothing was changed")
    }
}

impl core::error::Error for Overflow {}
