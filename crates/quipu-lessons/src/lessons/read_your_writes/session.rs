//! One client that writes and reads, by each of the ways; in the simulator, with the clock and the messages of a run.

use std::collections::BTreeMap;
use std::time::Duration;

use quipu_harness::check::check;
use quipu_harness::operation::{Action, Operation, Outcome, Returned};
use quipu_harness::options::Options;
use quipu_harness::runner::Run;
use quipu_node::nodes::{NodeKind, Settings};
use quipu_node::{Node, Reply, Request, Rng, Time, Value};
use quipu_sim::{ClientReply, Distribution, Fault, Latency, NetworkConfig, Partition, Sim, SimConfig};

use crate::lab::story_of;
use crate::report::Story;
use crate::toys::{READ_AFTER, Sync, Waiting};

/// From node to node, and from node to store.
pub(super) const LATENCY: Duration = Duration::from_millis(20);
/// Adds of a session, and as many reads.
pub(super) const OPERATIONS: u64 = 10;
const NODES: u16 = 3;

/// How a session tries to read its writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    AnyNode,
    Sticky,
    Token,
    Synchronous,
    Linearizable,
}

impl Way {
    pub(super) const ALL: [Self; 5] =
        [Self::AnyNode, Self::Sticky, Self::Token, Self::Synchronous, Self::Linearizable];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::AnyNode => "any node",
            Self::Sticky => "sticky session",
            Self::Token => "causal token",
            Self::Synchronous => "synchronous replication",
            Self::Linearizable => "linearizable store",
        }
    }

    fn node(self) -> Box<dyn Node> {
        match self {
            Self::AnyNode | Self::Sticky => NodeKind::Gossip.build(&Settings::default()),
            Self::Token => Box::new(Waiting::default()),
            Self::Synchronous => Box::new(Sync::default()),
            Self::Linearizable => NodeKind::Chain.build(&Settings::default()),
        }
    }
}

/// What one session came to.
#[derive(Default)]
pub(super) struct Session {
    pub(super) asked: u64,
    pub(super) answered: u64,
    pub(super) violations: u64,
    pub(super) write_millis: Vec<f64>,
    pub(super) read_millis: Vec<f64>,
}

impl Session {
    /// Adds and reads in turn, each at a node chosen at random, or always at the same one.
    pub(super) fn run(way: Way, cut_off: bool, seed: u64) -> Self {
        let latency = Latency { mean: LATENCY, distribution: Distribution::Uniform };
        let network = NetworkConfig { latency, ..NetworkConfig::default() };
        let config = SimConfig { nodes: NODES, network, ..SimConfig::default() };
        let mut sim = Sim::new(config, seed, Box::new(move || way.node()));
        let mut rng = Rng::new(seed ^ 0x5345_5353);
        if cut_off {
            sim.inject(&Fault::Partition(Partition::isolating(&[NODES - 1], NODES)));
        }
        let mut session = Self::default();
        let (home, mut own, mut token) = (rng.below(NODES.into()), 0, None);
        for number in 0..2 * OPERATIONS {
            let node = if way == Way::Sticky { home } else { rng.below(NODES.into()) };
            let request = match (number % 2, &token) {
                (0, _) => Request::Add(1),
                (_, Some(token)) => Request::Custom { kind: READ_AFTER.into(), fields: Value::clone(token) },
                _ => Request::Read,
            };
            session.asked += 1;
            let (reply, millis) = ask(&mut sim, node, number, request);
            match reply {
                Some(Reply::AddOk) => own += 1,
                Some(Reply::Custom { fields, .. }) => {
                    own += 1;
                    token = Some(joined(token.as_ref(), &fields));
                }
                Some(Reply::Counter(shown)) => {
                    session.violations += u64::from(shown < own);
                    session.read_millis.push(millis);
                    session.answered += 1;
                    continue;
                }
                _ => continue,
            }
            session.write_millis.push(millis);
            session.answered += 1;
        }
        session
    }
}

/// Both tokens in one: a node that was written to need not know what another one has acknowledged.
fn joined(one: Option<&Value>, other: &Value) -> Value {
    let entries = |token: &Value| match token {
        Value::Map(entries) => (**entries).clone(),
        _ => BTreeMap::new(),
    };
    let mut all = one.map(entries).unwrap_or_default();
    for (node, count) in entries(other) {
        let known = all.get(&node).and_then(Value::as_int).unwrap_or(0);
        all.insert(node, Value::Int(known.max(count.as_int().unwrap_or(0))));
    }
    Value::map(all)
}

/// One add at n1, and, once it is acknowledged, a read at n2: told and drawn. Changes spread over n0, so that n2 hears of it last.
pub(super) fn told(way: Way, title: &str) -> (Story, Option<i128>) {
    let options = Options { node_count: NODES, concurrency: NODES.into(), latency: 20, ..Options::default() };
    let latency = Latency { mean: LATENCY, distribution: Distribution::Constant };
    let network = NetworkConfig { latency, ..NetworkConfig::default() };
    let config = SimConfig { nodes: NODES, network, trace: true, ..SimConfig::default() };
    let mut sim = Sim::new(config, 1, Box::new(move || way.node()));
    // What the nodes say to one another at their start is over by then.
    let began = Time::from_millis(1000);
    let idle = sim.run_until(began);
    debug_assert!(idle.is_none(), "nobody has asked yet");
    let mut history = Vec::new();
    let mut token = None;
    for (worker, action) in [(1, Action::Add(1)), (2, Action::Read)] {
        let request = match (&action, &token) {
            (Action::Add(delta), _) => Request::Add(*delta),
            (_, Some(token)) => Request::Custom { kind: READ_AFTER.into(), fields: Value::clone(token) },
            _ => Request::Read,
        };
        let invoked = sim.now();
        let (reply, _) = ask_as(&mut sim, worker, u64::from(worker), 1, request);
        let outcome = match reply {
            Some(Reply::AddOk) => Outcome::Ok(Returned::Nothing),
            Some(Reply::Custom { fields, .. }) => {
                token = Some(fields);
                Outcome::Ok(Returned::Nothing)
            }
            Some(Reply::Counter(shown)) => Outcome::Ok(Returned::Counter(shown)),
            other => Outcome::Info(format!("{other:?}")),
        };
        let node = if worker == 1 { 1 } else { 2 };
        let completed = sim.now();
        history.push(Operation {
            worker,
            process: worker,
            node,
            action,
            is_final: false,
            invoked,
            completed,
            outcome,
        });
    }
    let shown = history.last().and_then(Operation::counter);
    let ended = sim.now();
    let trace = sim.take_trace().into_iter().filter(|event| event.at >= began).collect();
    let run = Run {
        history,
        faults: Vec::new(),
        began,
        healed: ended,
        ended,
        network: sim.network_stats(),
        trace,
        mistakes: Vec::new(),
    };
    let checked = check(&options, &run.history);
    let wrong = shown
        .filter(|shown| *shown < 1)
        .map(|shown| (1, format!("its client has added 1, and is shown {shown}")));
    (story_of(way.name(), &options, &run, &checked, title, wrong), shown)
}

/// Asks and waits, at most as long as clients do; the reply, and after how many milliseconds it came.
fn ask(sim: &mut Sim, node: u64, number: u64, request: Request) -> (Option<Reply>, f64) {
    ask_as(sim, 0, node, number, request)
}

fn ask_as(sim: &mut Sim, client: u32, node: u64, number: u64, request: Request) -> (Option<Reply>, f64) {
    let began = sim.now();
    let number = i64::try_from(number).unwrap_or(i64::MAX);
    sim.request(client, u16::try_from(node).unwrap_or(0), number, request);
    let until = began + Duration::from_secs(5);
    while let Some(ClientReply { msg_id, reply, .. }) = sim.run_until(until) {
        if msg_id == number {
            return (Some(reply), sim.now().since(began).as_secs_f64() * 1000.0);
        }
    }
    (None, 5000.0)
}
