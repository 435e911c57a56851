//! Types with one mistake each: the harness must find every one, soon, and for the right reason.
//!
//! Most of the mistakes were made in published libraries. Beside each set of them stands the type without a mistake, which
//! must pass: otherwise whatever is found says nothing.

mod dot_set;
mod known_bugs;
mod one_law;
mod register;

use quipu_laws::{Bounds, Law, Settings, Subject, check, exhaust};

/// Finds the mistake by random executions, within so many.
fn found_by_chance<S: Subject>(executions: u64) {
    let failure = check::<S>(&Settings { executions, ..Settings::default() }).expect_err("has a mistake");
    assert_ne!(failure.law, Law::NoPanic, "found, but as a panic of the test's own: {failure}");
}

/// Finds the mistake by the exhaustive search over so many operations and deliveries.
fn found_by_search<S: Subject>(operations: u8, deliveries: u8) {
    let failure = exhaust::<S>(Bounds::new(operations, deliveries)).expect_err("has a mistake");
    assert_ne!(failure.law, Law::NoPanic, "found, but as a panic of the test's own: {failure}");
}
