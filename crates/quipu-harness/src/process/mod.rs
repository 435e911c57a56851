//! Child processes of any language as a world: real time, real pipes, and the simulator's network and services between.
//!
//! One loop does everything that decides something ([`ProcessWorld`]); threads only move bytes (`children`). What a node
//! says is judged as strictly as Maelstrom judges it, but where Maelstrom stops listening this world gives the mistake
//! a name, counts it, and goes on ([`crate::mistake::MistakeKind`]).
//!
//! What is left out: disks. A killed process starts again from nothing but what it wrote to files of its own.

mod children;
mod clients;
mod clock;
mod label;
mod launch;
mod mistakes;
mod routing;
mod start;
mod world;

pub use launch::{Launch, LaunchError, Problem};
pub use start::{ProcessConfig, StartError};
pub use world::ProcessWorld;
