//! Every type of this crate against its specification and the laws, on executions: see the crate `quipu-laws`.
//!
//! One file per family says what each type should show after a given history. For each type a thousand random executions
//! are run, and the causal ones go through all executions up to a bound. How many that were is printed.
//!
//! A failure prints a short story, and the command that runs it again. `QUIPU_LAWS_SEED=<number>` and
//! `QUIPU_LAWS_EXECUTIONS=<number>` choose others.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod amnesia;
mod bounded_counter;
mod cart;
mod counters;
mod document;
mod flags;
mod kind;
mod maps;
mod maps_of_stores;
mod maxima;
mod registers;
mod sets;
mod text;
mod version_vector;

use quipu_laws::{Bounds, Subject, assert_exhausted, assert_lawful};

/// All short executions: three operations of all kinds, two deliveries, a restart.
const SHORT: Bounds = Bounds { restarts: 1, ..Bounds::new(3, 2) };

/// Longer ones, of the first two kinds of operation.
const LONGER: Bounds = Bounds { kinds: 2, ..Bounds::new(4, 3) };

/// A thousand random executions, and all short ones.
fn assert_laws<S: Subject>(name: &str) {
    assert_lawful::<S>(name);
    assert_exhausted::<S>(name, SHORT);
}

/// The same, and longer ones, for types whose states depend on who had seen what.
fn assert_causal_laws<S: Subject>(name: &str) {
    assert_laws::<S>(name);
    assert_exhausted::<S>(name, LONGER);
}
