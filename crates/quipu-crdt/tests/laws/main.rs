//! Every type of this crate against its specification and the laws, on executions: see the crate `quipu-laws`.
//!
//! One file per family says what each type should show after a given history. For each type a thousand random executions
//! are run, and the causal ones go through all executions up to a bound. How many that were is printed.
//!
//! A failure prints a short story, and the command that runs it again. `QUIPU_LAWS_SEED=<number>` and
//! `QUIPU_LAWS_EXECUTIONS=<number>` choose others.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bounded_counter;
mod counters;
mod flags;
mod kind;
mod registers;
mod sets;
mod version_vector;

use quipu_laws::Bounds;

/// The bounds of an exhaustive search.
const fn bounds(operations: u8, deliveries: u8, restarts: u8) -> Bounds {
    Bounds { replicas: 3, operations, deliveries, restarts }
}
