//! Workloads, histories, checkers and reports; drives nodes in the simulator or as child processes.
//!
//! A test is a workload (what clients do), a cluster under faults (a [`world::World`]), and checks of the history that
//! comes out. The code is the same for built-in nodes in virtual time and for programs of any language in real time;
//! only the world differs.
//!
//! ```
//! use std::sync::Arc;
//! use quipu_harness::check::Validity;
//! use quipu_harness::explore::{run_virtual, world_seed};
//! use quipu_harness::options::Options;
//! use quipu_harness::runner::Plan;
//! use quipu_harness::world::MakeNode;
//! use quipu_node::nodes::{NodeKind, Settings};
//!
//! let options = Options { node_count: 3, concurrency: 3, rate: 100.0, time_limit: 5, seed: 42, ..Options::default() };
//! let make: MakeNode = Arc::new(|| NodeKind::Chain.build(&Settings::default()));
//!
//! let (run, checked) = run_virtual(&options, &Plan::Random, world_seed(options.seed), &make, false)?;
//!
//! assert_eq!(checked.verdict, Validity::Valid);
//! assert!(run.history.len() > 300, "about 100 operations a second for 5 s");
//! # Ok::<(), quipu_harness::runner::SetupError>(())
//! ```
//!
//! # Map
//! - What is asked for: [`options`], [`workload`], [`generator`], [`topology`], [`nemesis`].
//! - The run: [`world`], [`runner`], [`operation`] (the history), [`session`]; [`process`] is the world of child processes.
//! - The judgement: [`check`], [`mistake`].
//! - Thousands of runs: [`explore`], [`shrink`], [`saved`].
//! - What people and machines read: [`summary`], [`story`], [`results`], [`page`], [`store`].

pub mod check;
pub mod explore;
mod fault_nodes;
pub mod fault_window;
pub mod generator;
pub mod mistake;
pub mod nemesis;
pub mod operation;
pub mod options;
pub mod page;
pub mod process;
pub mod results;
mod run;
pub mod runner;

pub mod saved;
pub mod search;
pub mod session;
pub mod shrink;
pub mod statistics;
pub mod store;
pub mod story;
pub mod summary;
pub mod topology;
pub mod workload;
pub mod world;
