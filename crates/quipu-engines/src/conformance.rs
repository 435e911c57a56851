//! One suite for every engine: what the port promises, tried on an engine of yours or ours.
//!
//! An engine under test is a [`Subject`]: it opens clients, it may lose replies, it may be restarted. [`run`] tries each
//! [`Case`] on keys of its own and says of each whether it held, or the first thing that did not.
//!
//! Nothing here depends on time but what is about time: deadlines, and leases that expire. Left out: what only several servers
//! of one engine could show, such as reads from a replica that lags behind.
//!
//! ```
//! use std::time::Duration;
//! use quipu_engines::conformance::{self, Case, InMemory};
//!
//! let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
//! let subject = InMemory::new();
//! let outcome = runtime.block_on(conformance::try_case(&subject, Case::Swaps, "example"));
//! assert_eq!(outcome, Ok(()));
//! ```

mod counts;
mod in_memory;
#[cfg(feature = "launch")]
mod launched;
mod leases;
mod lost_replies;
mod proxy;
mod restart;
mod semantics;
mod swaps;

use std::future::Future;
use std::time::Duration;

use quipu_node::KvError;

use crate::mechanism::Mechanisms;
use crate::wire::Wire;

pub use self::in_memory::InMemory;
#[cfg(feature = "launch")]
pub use self::launched::InProcess;
pub use self::proxy::Proxy;

/// An engine under test.
pub trait Subject {
    /// Its clients.
    type Engine: Mechanisms;

    /// A client with connections of its own.
    fn connect(&self, deadline: Duration) -> impl Future<Output = Result<Self::Engine, KvError>>;

    /// A client whose replies come over `wire`: for an engine with an address, through a [`Proxy`].
    fn connect_over(
        &self,
        wire: &Wire,
        deadline: Duration,
    ) -> impl Future<Output = Result<Self::Engine, KvError>>;

    /// Ends the engine as a crash would, and starts it again where it was. It may not be ready yet when this returns.
    fn restart(&self) -> impl Future<Output = Result<(), String>>;

    /// Whether it promises that what it has acknowledged survives a restart.
    fn survives_restart(&self) -> bool;
}

/// What is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// Reads, writes, swaps, keys and values of every kind, errors by class.
    Semantics,
    /// Of many swaps from one value exactly one succeeds.
    Swaps,
    /// Counts are right by every mechanism that promises it.
    Counts,
    /// Leases exclude, expire, and fence.
    Leases,
    /// An operation whose reply is lost is reported as what it is; looking again settles it.
    LostReplies,
    /// The engine is restarted in the middle of the run.
    Restart,
}

impl Case {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Semantics, Self::Swaps, Self::Counts, Self::Leases, Self::LostReplies, Self::Restart];

    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Semantics => "semantics",
            Self::Swaps => "swaps",
            Self::Counts => "counts",
            Self::Leases => "leases",
            Self::LostReplies => "lost-replies",
            Self::Restart => "restart",
        }
    }
}

/// Tries every case. `run` is part of every key: two runs with different names do not meet.
pub async fn run<S: Subject>(subject: &S, run: &str) -> Vec<(Case, Result<(), String>)> {
    let mut outcomes = Vec::new();
    for case in Case::ALL {
        outcomes.push((case, try_case(subject, case, run).await));
    }
    outcomes
}

/// Tries one case: that it held, or the first thing that did not.
pub async fn try_case<S: Subject>(subject: &S, case: Case, run: &str) -> Result<(), String> {
    let keys = Keys { prefix: format!("{run}-{}", case.name()) };
    match case {
        Case::Semantics => semantics::check(subject, &keys).await,
        Case::Swaps => swaps::check(subject, &keys).await,
        Case::Counts => counts::check(subject, &keys).await,
        Case::Leases => leases::check(subject, &keys).await,
        Case::LostReplies => lost_replies::check(subject, &keys).await,
        Case::Restart => restart::check(subject, &keys).await,
    }
}

/// The deadline where nothing is supposed to go wrong.
const PATIENT: Duration = Duration::from_secs(5);

/// The keys of one case.
struct Keys {
    prefix: String,
}

impl Keys {
    fn key(&self, name: impl std::fmt::Display) -> String {
        format!("{}-{name}", self.prefix)
    }
}

/// The breach of a promise, unless it holds.
fn ensure(holds: bool, breach: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(breach()) }
}

/// What an operation must have come to.
fn expect<T: PartialEq + std::fmt::Debug>(what: &str, expected: &T, got: &T) -> Result<(), String> {
    ensure(expected == got, || format!("{what}: expected {expected:?}, got {got:?}"))
}

/// A failure where none is allowed.
fn unexpected(what: &str) -> impl FnOnce(KvError) -> String {
    move |error| format!("{what}: {error}")
}
