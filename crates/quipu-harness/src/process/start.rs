//! Setting up a world of child processes: what is wanted, and why it could not be had.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use quipu_sim::{NetworkConfig, SeqKvModel};

use super::launch::{Launch, LaunchError};
use crate::mistake::{Mistake, MistakeKind};

/// A cluster of child processes, all of one program.
#[derive(Clone, Debug)]
pub struct ProcessConfig {
    /// What to start.
    pub launch: Launch,
    /// How many nodes: n0, n1, ...
    pub node_count: u16,
    /// The network between them. Its `hop` should be zero: real processes take their own time.
    pub network: NetworkConfig,
    /// How `seq-kv` answers.
    pub seq_kv: SeqKvModel,
    /// Seed of the network's and the services' chance. Nodes have their own, so a run is not a function of it.
    pub seed: u64,
    /// The folder for the nodes' logs, which exists.
    pub logs: PathBuf,
    /// How long a node may take to answer `init`; Maelstrom gives it 10 s.
    pub init_within: Duration,
    /// Whether to record every message.
    pub trace: bool,
    /// Copies the original harness in not hearing a node any more after the first line that it cannot deliver.
    pub like_maelstrom: bool,
    /// Whether to repeat on our stderr what nodes write on theirs.
    pub echo_stderr: bool,
}

/// Why a world of child processes could not be set up.
#[derive(Debug)]
pub enum StartError {
    /// The program cannot be started: the user's mistake.
    Launch(LaunchError),
    /// A node's log cannot be written.
    Log {
        /// Which file.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// A node did not come to life.
    NoInitOk {
        /// All that nodes did wrong by then; at least one did not answer `init`, answered it otherwise, or ended.
        mistakes: Vec<Mistake>,
    },
}

impl StartError {
    /// True if the command was wrong rather than the program: exit code 254 instead of 255.
    pub const fn is_usage(&self) -> bool {
        matches!(self, Self::Launch(_) | Self::Log { .. })
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Launch(error) => error.fmt(f),
            Self::Log { path, error } => write!(f, "cannot write the log {}: {error}", path.display()),
            Self::NoInitOk { mistakes } => {
                // What ended the set-up first, then what may explain it.
                let decisive =
                    |mistake: &&Mistake| matches!(mistake.kind, MistakeKind::NoInitOk | MistakeKind::Exited);
                let (first, rest): (Vec<&Mistake>, Vec<&Mistake>) = mistakes.iter().partition(decisive);
                let lines: Vec<String> = first.into_iter().chain(rest).map(ToString::to_string).collect();
                f.write_str(&lines.join("\n"))
            }
        }
    }
}

impl std::error::Error for StartError {}

impl From<LaunchError> for StartError {
    fn from(error: LaunchError) -> Self {
        Self::Launch(error)
    }
}
