//! A run written down so that it can be run again, identically: `run.json`.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::fault_nodes::nodes_of;
use crate::options::Options;
use crate::runner::{Plan, Script};

/// The file's name in a run's folder.
pub const FILE_NAME: &str = "run.json";

/// What a run of a built-in node is a function of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedRun {
    /// Version of this format.
    pub version: u32,
    /// The node and its settings, as words of the command line.
    pub node_arguments: Vec<String>,
    /// The test's options, seed included.
    pub options: Options,
    /// Seed of the simulated world; differs from the options' only in shrunk runs.
    pub world_seed: u64,
    /// The operations and faults, if they are not drawn from the seed.
    pub script: Option<Script>,
}

/// The version written.
pub const VERSION: u32 = 1;

/// Why a saved run cannot be read.
#[derive(Debug)]
pub struct LoadError {
    path: PathBuf,
    problem: String,
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot replay {}: {}", self.path.display(), self.problem)
    }
}

impl std::error::Error for LoadError {}

impl SavedRun {
    /// What the runner is to do.
    pub fn plan(&self) -> Plan {
        self.script.clone().map_or(Plan::Random, Plan::Script)
    }

    /// Reads a saved run from its file, or from the folder of a run.
    pub fn load(path: &Path) -> Result<Self, LoadError> {
        let is_folder = path.is_dir();
        let path = if is_folder { path.join(FILE_NAME) } else { path.to_path_buf() };
        let fail = |problem: String| LoadError { path: path.clone(), problem };
        if is_folder && !path.exists() {
            return Err(fail("there is no such file (a run of a program of one's own has none)".into()));
        }
        let text = std::fs::read_to_string(&path).map_err(|error| fail(error.to_string()))?;
        let saved: Self = serde_json::from_str(&text).map_err(|error| fail(error.to_string()))?;
        if saved.version != VERSION {
            return Err(fail(format!(
                "its format is version {}, this program reads {VERSION}",
                saved.version
            )));
        }
        saved.options.validate().map_err(|error| fail(error.to_string()))?;
        saved.check_script().map_err(fail)?;
        Ok(saved)
    }

    /// A script edited by hand may ask for what cannot be done: workers or nodes that are not there, actions of another
    /// workload, two final reads of one worker at a time.
    fn check_script(&self) -> Result<(), String> {
        let Some(script) = &self.script else { return Ok(()) };
        let workers = script.operations.iter().map(|op| op.worker).chain(script.final_reads.iter().copied());
        let last = self.options.concurrency - 1;
        if let Some(worker) = workers.max().filter(|worker| *worker > last) {
            return Err(format!("its script names worker {worker}, but the last one is {last}"));
        }
        let workload = self.options.workload;
        if let Some(op) = script.operations.iter().find(|op| !workload.has_action(&op.action)) {
            return Err(format!("its script asks for `{}`, which is no operation of {workload}", op.action));
        }
        let mut readers = BTreeSet::new();
        if let Some(worker) = script.final_reads.iter().find(|worker| !readers.insert(**worker)) {
            return Err(format!("its script lets worker {worker} read twice at the end"));
        }
        let nodes = script.faults.iter().flat_map(|timed| nodes_of(&timed.fault));
        match nodes.max().filter(|node| *node >= self.options.node_count) {
            Some(node) => {
                Err(format!("its script names node n{node}, but there are {}", self.options.node_count))
            }
            None => Ok(()),
        }
    }

    /// The file's text.
    pub fn to_text(&self) -> String {
        serde_json::to_string_pretty(self).expect("plain data can always be written as JSON") + "\n"
    }
}
