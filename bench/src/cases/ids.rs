//! Who makes changes: our replica ids, and the numbers that the peers take.

use quipu_crdt::{NodeName, ReplicaId};

/// Our id number `index`: a short name and a random incarnation.
pub(crate) fn replica(index: usize) -> ReplicaId {
    ReplicaId::new(NodeName::new(&format!("n{index}")), fastrand::Rng::with_seed(index as u64).u64(..))
}

/// The first ids of the peers: random numbers of 64 bits.
pub(crate) fn numbers(count: usize) -> Vec<u64> {
    let mut random = fastrand::Rng::with_seed(7);
    (0..count).map(|_| random.u64(1..)).collect()
}

/// `count` different elements of 64 random bits, always the same.
pub(crate) fn elements(count: usize) -> Vec<u64> {
    let mut random = fastrand::Rng::with_seed(42);
    (0..count).map(|_| random.u64(..)).collect()
}
