//! The types that are pure maxima, with parameters and clocks of their own: laws on executions, specifications, edges.
//!
//! A script of edits, pulls, deliveries (late, twice, as text, as bytes) and restarts is run, beside it a record of which
//! changes each state stands for; then the laws are tested on all that was reached, and each state against a specification over its
//! changes. A failure prints the shrunken script; `PROPTEST_RNG_SEED` chooses other ones.

mod amounts;
mod clocks;
mod execution;
mod hostile;
mod lww;
mod lww_orders;
mod sketch_errors;
mod sketches;
mod windows;

use quipu_crdt::{NodeName, ReplicaId};

fn replica(name: &str) -> ReplicaId {
    ReplicaId::new(NodeName::new(name), 1)
}
