//! A run: what was planned, what it left behind, and what is told of it meanwhile.

use std::fmt;
use std::time::Duration;

use quipu_node::Time;
use quipu_sim::{Fault, NetworkStats, TraceEvent};
use serde::{Deserialize, Serialize};

use crate::mistake::Mistake;
use crate::nemesis::TimedFault;
use crate::operation::{Action, Operation};

/// What happens in a run: drawn as it goes, or written down.
#[derive(Clone, Debug)]
pub enum Plan {
    /// Operations are drawn from the options' seed and given to random free workers.
    Random,
    /// Exactly these operations and faults.
    Script(Script),
}

/// A run written down: operations, faults and final reads.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Script {
    /// The operations in order of time.
    pub operations: Vec<ScriptedOperation>,
    /// The faults in order of time.
    pub faults: Vec<TimedFault>,
    /// The workers that read once more at the end.
    pub final_reads: Vec<u32>,
}

/// One operation of a script.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScriptedOperation {
    /// Span since the load began; later if the worker is busy then.
    pub at: Duration,
    /// Who does it.
    pub worker: u32,
    /// What.
    pub action: Action,
}

/// All that a run left behind.
#[derive(Clone, Debug)]
pub struct Run {
    /// Every operation, in the order of invocation.
    pub history: Vec<Operation>,
    /// Every fault and when it really happened.
    pub faults: Vec<(Time, Fault)>,
    /// When the load began.
    pub began: Time,
    /// When the load ended and recovery began.
    pub healed: Time,
    /// When the last operation ended.
    pub ended: Time,
    /// Message counts.
    pub network: NetworkStats,
    /// Messages, if recorded.
    pub trace: Vec<TraceEvent>,
    /// What nodes did wrong.
    pub mistakes: Vec<Mistake>,
}

impl Run {
    /// The run as a script that does the same again.
    pub fn script(&self) -> Script {
        let operations = self.history.iter().filter(|op| !op.is_final).map(|op| ScriptedOperation {
            at: op.invoked.since(self.began),
            worker: op.worker,
            action: op.action.clone(),
        });
        let faults = self.faults.iter().filter(|(at, _)| *at < self.healed);
        Script {
            operations: operations.collect(),
            faults: faults
                .map(|(at, fault)| TimedFault { at: at.since(self.began), fault: fault.clone() })
                .collect(),
            final_reads: self.history.iter().filter(|op| op.is_final).map(|op| op.worker).collect(),
        }
    }
}

/// A run that could not begin: a node did not answer the set-up request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetupError(pub String);

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SetupError {}

/// Where a run stands, for whoever watches.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// Span since the load began.
    pub elapsed: Duration,
    /// What is going on.
    pub phase: Phase,
    /// Operations that ended well.
    pub ok: u64,
    /// Operations that ended otherwise.
    pub not_ok: u64,
    /// Operations in flight.
    pub in_flight: usize,
    /// Faults on now, in words.
    pub active_faults: &'a [String],
}

/// The parts of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Clients work, faults happen.
    Load,
    /// The last operations end, faults are healed.
    Recovery,
    /// Nothing happens, so that replicas can converge.
    Quiet,
    /// Every worker reads once.
    FinalReads,
}
