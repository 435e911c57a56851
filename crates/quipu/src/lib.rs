//! The command line of Quipu: `quipu` and `maelstrom-counter`.
//!
//! Everything it does is a call of another crate; here are only flags, progress and what is printed.
//!
//! ```
//! use clap::Parser;
//! use quipu::Cli;
//!
//! let cli = Cli::try_parse_from(["quipu", "test", "-w", "g-counter", "--node", "chain", "--seed", "7"]);
//! assert!(cli.is_ok());
//! ```

mod commands;
mod exit;
mod node_flags;
mod terminal;
mod test_flags;

pub use commands::{Cli, Command};
pub use exit::{Exit, main_with};
pub use node_flags::{CounterFlags, NodeFlags};
