//! What a test runs against: the simulator, or child processes. The runner cannot tell which.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use quipu_maelstrom::ReplyShape;
use quipu_node::{Node, Reply, Request, Time};
use quipu_sim::{
    Distribution, Fault, Latency, NetworkConfig, NetworkStats, SeqKvModel, Sim, SimConfig, TraceEvent,
};

use crate::mistake::{Mistake, MistakeKind};
use crate::options::{LatencyDistribution, Options, SeqKv};

/// A cluster with clients, services, a network and a clock.
pub trait World {
    /// The present moment.
    fn now(&self) -> Time;

    /// Sends a client's request; the reply comes out of [`World::run_until`]. `shape` is what a good answer looks like.
    fn request(&mut self, client: u32, node: u16, msg_id: i64, request: &Request, shape: ReplyShape);

    /// Closes a client: later replies to it have nowhere to go.
    fn close_client(&mut self, client: u32);

    /// Goes on until a reply reaches a client, or until `until`.
    fn run_until(&mut self, until: Time) -> Option<Arrival>;

    /// Makes a fault happen now.
    fn inject(&mut self, fault: &Fault);

    /// Messages sent and received so far.
    fn network_stats(&self) -> NetworkStats;

    /// What passed between nodes, clients and services, if it was recorded.
    fn take_trace(&mut self) -> Vec<TraceEvent>;

    /// Ends the world: nodes are stopped, and what they did wrong is told.
    fn finish(&mut self) -> Vec<Mistake>;
}

/// A reply that reached a client.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrival {
    /// The client.
    pub client: u32,
    /// The node that answered.
    pub node: u16,
    /// The number of the request that it answers.
    pub msg_id: i64,
    /// The reply, or what is wrong with its form.
    pub reply: Result<Reply, String>,
}

/// Makes a fresh node for each start; shared by the threads of an exploration.
pub type MakeNode = Arc<dyn Fn() -> Box<dyn Node> + Send + Sync>;

/// The world of built-in nodes: [`Sim`], in virtual time.
pub struct VirtualWorld {
    sim: Sim,
}

impl VirtualWorld {
    /// A simulated cluster of the nodes that `make` makes. `trace` records every message, for stories and pictures.
    pub fn new(options: &Options, seed: u64, make: &MakeNode, trace: bool) -> Self {
        let make = Arc::clone(make);
        let config = SimConfig {
            nodes: options.node_count,
            network: network_config(options, Duration::from_secs_f64(options.hop / 1000.0)),
            seq_kv: seq_kv_model(options.seq_kv),
            trace,
            ..SimConfig::default()
        };
        Self { sim: Sim::new(config, seed, Box::new(move || make())) }
    }
}

/// The network that the options ask for.
pub fn network_config(options: &Options, hop: Duration) -> NetworkConfig {
    let distribution = match options.latency_dist {
        LatencyDistribution::Constant => Distribution::Constant,
        LatencyDistribution::Uniform => Distribution::Uniform,
        LatencyDistribution::Exponential => Distribution::Exponential,
    };
    let latency = Latency { mean: Duration::from_millis(options.latency), distribution };
    NetworkConfig {
        latency,
        loss: options.loss,
        duplicate: options.duplicate,
        hop,
        ..NetworkConfig::default()
    }
}

/// The `seq-kv` that the options ask for.
pub const fn seq_kv_model(seq_kv: SeqKv) -> SeqKvModel {
    match seq_kv {
        SeqKv::Maelstrom => SeqKvModel::Maelstrom,
        SeqKv::Strict => SeqKvModel::Strict,
        SeqKv::Adversary => SeqKvModel::Adversary,
    }
}

impl World for VirtualWorld {
    fn now(&self) -> Time {
        self.sim.now()
    }

    fn request(&mut self, client: u32, node: u16, msg_id: i64, request: &Request, _shape: ReplyShape) {
        self.sim.request(client, node, msg_id, request.clone());
    }

    // The simulator's clients live for ever; the runner ignores what a closed one receives.
    fn close_client(&mut self, _client: u32) {}

    fn run_until(&mut self, until: Time) -> Option<Arrival> {
        let reply = self.sim.run_until(until)?;
        Some(Arrival { client: reply.client, node: reply.node, msg_id: reply.msg_id, reply: Ok(reply.reply) })
    }

    fn inject(&mut self, fault: &Fault) {
        self.sim.inject(fault);
    }

    fn network_stats(&self) -> NetworkStats {
        self.sim.network_stats()
    }

    fn take_trace(&mut self) -> Vec<TraceEvent> {
        self.sim.take_trace()
    }

    /// The one mistake that a built-in node can make: to answer late. The simulator does not deliver such a reply.
    fn finish(&mut self) -> Vec<Mistake> {
        let mut mistakes: BTreeMap<u16, Mistake> = BTreeMap::new();
        for late in self.sim.late_replies() {
            let node = format!("n{}", late.node);
            let kind = MistakeKind::LateReply;
            let mistake =
                mistakes.entry(late.node).or_insert(Mistake { node, kind, count: 0, examples: Vec::new() });
            mistake.count += 1;
            if mistake.examples.len() < 3 {
                let late_by = late.late_by.as_secs_f64();
                mistake
                    .examples
                    .push(format!("request {} of c{}, {late_by:.1} s late", late.msg_id, late.client));
            }
        }
        mistakes.into_values().collect()
    }
}
