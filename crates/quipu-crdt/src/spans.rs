//! Ranges of dots by replica: what types that keep runs of dots hand to one another.

use alloc::vec::Vec;

use crate::{CausalContext, Lattice, ReplicaId};

/// The changes of one replica from a first to a last number, both included.
pub(crate) type Span = (ReplicaId, u64, u64);

/// The dots of these spans, in any order, as a context. O(n log n) for n spans.
pub(crate) fn context_of(spans: impl Iterator<Item = Span>) -> CausalContext {
    let mut parts: Vec<CausalContext> =
        spans.map(|(replica, first, last)| CausalContext::span(replica, first, last)).collect();
    while parts.len() > 1 {
        let mut pairs = parts.chunks_exact_mut(2);
        let mut joined: Vec<CausalContext> =
            (&mut pairs).map(|pair| core::mem::take(&mut pair[0]).joined(&pair[1])).collect();
        joined.append(&mut pairs.into_remainder().iter_mut().map(core::mem::take).collect());
        parts = joined;
    }
    parts.pop().unwrap_or_default()
}
