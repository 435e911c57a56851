//! One file per subcommand.

mod compare;
mod explore;
mod learn;
mod node;
mod rates;
mod replay;
mod report;
mod search;
mod search_rows;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::exit::Exit;

/// Counters that always add up, however the network behaves: a harness for Maelstrom nodes, and the nodes.
#[derive(Debug, Parser)]
#[command(name = "quipu", version, arg_required_else_help = true, after_help = EXAMPLES)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  quipu test -w g-counter --node-count 3 --rate 100 --time-limit 20 --nemesis partition
  quipu test -w broadcast --bin ./my-node.py --node-count 5 -- --verbose
  quipu explore --node cas --seeds 10000
  quipu search --node slots --store definition
  quipu learn stale-reads
  quipu replay store/g-counter/cas-17 --story";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run one test: a built-in node in virtual time, or a program of yours in real time
    Test(Box<test::TestCommand>),
    /// Run thousands of seeds, give the failure rate, and shrink the first failure
    Explore(Box<explore::ExploreCommand>),
    /// Show a saved run again, identically
    Replay(replay::ReplayCommand),
    /// Measure the failure rate of every counter over seq-kv, and compare with the reference
    Rates(rates::RatesCommand),
    /// Go through every short execution of a counter over seq-kv: right within the bounds, or the shortest counterexample
    Search(search::SearchCommand),
    /// Give lessons: what fails, how often, and what helps, shown by runs of their own
    Learn(learn::LearnCommand),
    /// Measure CRDT, optimistic, lock, leader and quorum on the same counter, or get advice
    Compare(compare::CompareCommand),
    /// Be a built-in node on stdin and stdout, for Maelstrom or `quipu test --bin`
    Node(node::NodeCommand),
}

impl Cli {
    /// Carries out the command; the exit code of a verdict, or why there is none.
    pub fn run(self) -> Result<ExitCode, Exit> {
        let code = match self.command {
            Command::Test(command) => command.run()?,
            Command::Explore(command) => command.run()?,
            Command::Replay(command) => command.run()?,
            Command::Rates(command) => command.run()?,
            Command::Search(command) => command.run()?,
            Command::Learn(command) => command.run()?,
            Command::Compare(command) => command.run()?,
            Command::Node(command) => return command.run(),
        };
        Ok(ExitCode::from(code))
    }
}
