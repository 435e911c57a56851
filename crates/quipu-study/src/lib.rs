//! The trade-off study: one workload, one oracle, and the mechanism as the only variable.
//!
//! Many users add to counters, read them and take from them, at some nodes that stand a round trip apart. How the nodes
//! keep the counters in step is a [`Mechanism`]: replicated data types, optimistic concurrency, locks, one operation at a
//! leader, a majority quorum. Each mechanism is a node under the ordinary contract, run by the simulator in virtual time;
//! the users are the same, the network is the same, and one oracle, which knows no mechanism, says what a history is worth.
//!
//! ```
//! use quipu_study::{Load, Mechanism, Plan, Setup, Verdict};
//!
//! let plan = |mechanism| Plan {
//!     mechanism,
//!     setup: Setup::default(),
//!     load: Load { clients: 8, keys: 1, operations: 500, ..Load::default() },
//!     seed: 1,
//!     weigh: false,
//! };
//! // Eight users at one counter: who reads and then writes loses updates, who compares and swaps loses none.
//! assert!(Verdict::of(&plan(Mechanism::Blind).run()).lost > 0);
//! assert_eq!(Verdict::of(&plan(Mechanism::Optimistic).run()).lost, 0);
//! ```
//!
//! # Left out
//! Processor time: nodes compute in no time, so that what a figure shows is waiting for messages, disks and one another.
//! Elections: the leader stands for the whole run. Real engines: a command beside this one measures those.

pub mod advise;
pub mod law;
mod load;
mod mechanism;
mod meter;
mod nodes;
mod oracle;
pub mod plot;
pub mod report;
mod request;
mod run;
mod setup;
pub mod sweep;
pub mod table;
mod words;

pub use load::{Load, Pace, Zipf};
pub use mechanism::Mechanism;
pub use meter::Tally;
pub use oracle::{Speed, Verdict, quantile};
pub use request::{Operation, Outcome};
pub use run::{Done, History, Plan};
pub use setup::Setup;
