//! When which fault happens: the schedule of a run, made before it begins.

use std::time::Duration;

use quipu_node::Rng;
use quipu_sim::{Fault, Partition};
use serde::{Deserialize, Serialize};

use crate::options::{Options, named};

/// A kind of fault that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NemesisKind {
    /// Links between nodes are cut and healed; clients and services stay reachable.
    Partition,
    /// Nodes are killed and started again.
    Kill,
    /// Nodes are stopped and resumed; what arrives meanwhile waits.
    Pause,
    /// All latencies are ten times as long for a while.
    Slow,
}

named!(NemesisKind {
    "partition" => Self::Partition,
    "kill" => Self::Kill,
    "pause" => Self::Pause,
    "slow" => Self::Slow,
});

/// A fault and when it happens, counted from the beginning of the load.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimedFault {
    /// Span since the load began.
    pub at: Duration,
    /// What happens.
    pub fault: Fault,
}

/// The faults of a run, in order of time. Each kind alternates between start and stop by itself: the first start at
/// once, each next step evenly 0 to 2 intervals later, as Jepsen's nemesis packages do; but nodes that are all down
/// or stopped come back sooner.
pub fn schedule(options: &Options, rng: &mut Rng) -> Vec<TimedFault> {
    let mut faults = Vec::new();
    for kind in &options.nemesis {
        let mut at = Duration::ZERO;
        let mut started = false;
        while at < options.load_span() {
            let fault = if started { kind.stop(options) } else { kind.start(options, rng) };
            started = !started;
            let interval = Duration::from_secs_f64(options.nemesis_interval);
            let step = rng.uniform(if stops_everything(&fault, options) {
                interval / OUTAGE_SHARE
            } else {
                interval
            });
            faults.push(TimedFault { at, fault });
            at += step;
        }
    }
    faults.sort_by_key(|timed| timed.at);
    faults
}

/// While no node runs, nothing is tested: such an outage lasts that many times shorter than other faults.
const OUTAGE_SHARE: u32 = 10;

fn stops_everything(fault: &Fault, options: &Options) -> bool {
    match fault {
        Fault::Kill(nodes) | Fault::Pause(nodes) => nodes.len() == usize::from(options.node_count),
        _ => false,
    }
}

/// What ends every fault that may still be on when the load is over.
pub fn recovery(options: &Options) -> Vec<Fault> {
    options.nemesis.iter().map(|kind| kind.stop(options)).collect()
}

impl NemesisKind {
    fn start(self, options: &Options, rng: &mut Rng) -> Fault {
        match self {
            Self::Partition => Fault::Partition(Partition::sample(options.node_count, rng)),
            Self::Kill => Fault::Kill(some_nodes(options.node_count, rng)),
            Self::Pause => Fault::Pause(some_nodes(options.node_count, rng)),
            Self::Slow => Fault::Slow,
        }
    }

    fn stop(self, options: &Options) -> Fault {
        let all = || (0..options.node_count).collect();
        match self {
            Self::Partition => Fault::Heal,
            Self::Kill => Fault::Restart(all()),
            Self::Pause => Fault::Resume(all()),
            Self::Slow => Fault::Fast,
        }
    }
}

/// One node, a minority, a majority, or all of them, evenly drawn: Jepsen's choices for process faults.
fn some_nodes(count: u16, rng: &mut Rng) -> Vec<u16> {
    let mut nodes: Vec<u16> = (0..count).collect();
    rng.shuffle(&mut nodes);
    let size = match rng.below(4) {
        0 => 1,
        1 => count.div_ceil(2) - 1,
        2 => count / 2 + 1,
        _ => count,
    };
    nodes.truncate(usize::from(size.max(1)));
    nodes.sort_unstable();
    nodes
}
