//! `quipu node`: a built-in node as a program.

use std::process::ExitCode;

use clap::Args;

use crate::exit::Exit;
use crate::node_flags::{ServeFlags, SettingFlags};
use quipu_node::nodes::NodeKind;

/// Be a built-in node on stdin and stdout, for Maelstrom or `quipu test --bin`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct NodeCommand {
    /// Which node
    #[arg(value_parser = crate::node_flags::node_parser())]
    kind: NodeKind,
    #[command(flatten)]
    settings: SettingFlags,
    #[command(flatten)]
    serve: ServeFlags,
}

const EXAMPLES: &str = "\
Examples:
  maelstrom test -w broadcast --bin target/release/quipu -- node broadcast
  quipu test -w g-counter --bin target/release/quipu -- node cas --fence fresh
  quipu test -w text --bin target/release/quipu -- node text";

impl NodeCommand {
    pub(crate) fn run(&self) -> Result<ExitCode, Exit> {
        self.settings.check(self.kind)?;
        Ok(self.serve.run(self.kind, &self.settings.settings()))
    }
}
