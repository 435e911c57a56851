//! Laws and specifications of replicated data types, checked on executions.
//!
//! A type that converges on a wrong value obeys every algebraic law, and laws checked only on replicas that were built
//! apart miss most faults. So this crate runs **executions**: replicas edit, pull from one another, receive deltas late,
//! twice, out of order or never, are partitioned, encoded and decoded, restarted. After every step each replica must show
//! what a **specification** makes of the operations it knows of, and all states reached are held against the [`Law`]s.
//!
//! A type is made a [`Subject`] in a few lines; it need not come from this project. Here is a set that only grows:
//!
//! ```
//! use quipu_laws::{Bounds, Past, Replica, Settings, Subject, check, exhaust};
//! use std::collections::BTreeSet;
//!
//! #[derive(Clone)]
//! struct Set(BTreeSet<u8>);
//!
//! impl Subject for Set {
//!     type Operation = u8;
//!     type Delta = u8;
//!     type View = BTreeSet<u8>;
//!     fn new(_: Replica) -> Self { Set(BTreeSet::new()) }
//!     fn alphabet() -> Vec<u8> { vec![1, 2] }
//!     fn edit(&mut self, element: &u8) -> Option<u8> { self.0.insert(*element).then_some(*element) }
//!     fn receive(&mut self, delta: &u8) { self.0.insert(*delta); }
//!     fn pull(&mut self, other: &Self) { self.0.extend(&other.0); }
//!     fn view(&self) -> BTreeSet<u8> { self.0.clone() }
//!     fn specification(past: Past<'_, u8>) -> BTreeSet<u8> {
//!         past.iter().map(|(_, record)| record.operation).collect()
//!     }
//! }
//!
//! // A thousand random executions, and all executions of three operations and two deliveries.
//! let report = check::<Set>(&Settings::default())?;
//! let census = exhaust::<Set>(Bounds::new(3, 2))?;
//! assert!(report.states > 10_000 && census.states > 100);
//! # Ok::<(), quipu_laws::Failure>(())
//! ```
//!
//! A [`Failure`] is a short story: the fewest steps that still fail, the state after each, the law that does not hold, and
//! the one command that runs it again.
//!
//! # What is left out
//! Time and size: how fast a type is and how many bytes it takes is not asked here. Byzantine replicas. Types whose
//! joins can fail: an adapter has to decide what a failure means.

#![allow(clippy::missing_errors_doc, reason = "the one error is a `Failure`")]

mod check;
mod execution;
mod failure;
mod history;
mod law;
mod laws;
mod random;
mod search;
mod shrink;
mod step;
mod subject;

use std::io::Write;

pub use check::{Report, Settings, check};
pub use failure::Failure;
pub use history::{History, OperationId, Operations, Past, Record};
pub use law::Law;
pub use random::Random;
pub use search::{Bounds, Census, exhaust};
pub use step::Weights;
pub use subject::{Delivery, Replica, Subject};

/// Runs the executions that the environment asks for, a thousand by default, and says how many on stderr.
///
/// # Panics
/// With the story, if a law is broken.
pub fn assert_lawful<S: Subject>(name: &str) {
    match check::<S>(&Settings::from_environment()) {
        Ok(report) => say(&format!("{name}: {report}")),
        Err(failure) => panic!("{name}: {failure}"),
    }
}

/// Goes through all executions within the bounds, and says how many states that were on stderr.
///
/// # Panics
/// With the story, if a law is broken.
pub fn assert_exhausted<S: Subject>(name: &str, bounds: Bounds) -> Census {
    match exhaust::<S>(bounds) {
        Ok(census) => {
            say(&format!("{name}: {census}"));
            census
        }
        Err(failure) => panic!("{name}: {failure}"),
    }
}

/// Past the capture of the test runner: the figures belong to the result also if it is good.
fn say(line: &str) {
    // Nobody to tell is no reason to fail.
    let _ = writeln!(std::io::stderr(), "{line}");
}
