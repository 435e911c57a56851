//! The composed causal types: what they do, what every order of concurrent changes ends in, and what decoding refuses.

mod executions;
mod resettable_counter;

use quipu_crdt::{NodeName, ReplicaId};

fn replica(name: &str) -> ReplicaId {
    ReplicaId::new(NodeName::new(name), 1)
}
