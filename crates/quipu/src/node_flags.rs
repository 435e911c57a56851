//! Which built-in node, with which settings.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser};
use quipu_harness::workload::Workload;
use quipu_harness::world::MakeNode;
use quipu_maelstrom::serve_seeded;
use quipu_node::Overlay;
use quipu_node::nodes::{Fence, NodeKind, Remedy, Settings};

use crate::exit::Exit;

/// A parser for the names of nodes, which tells in the help what each one is.
pub(crate) fn node_parser() -> impl TypedValueParser<Value = NodeKind> {
    let values = NodeKind::ALL.map(|kind| PossibleValue::new(kind.name()).help(kind.summary()));
    PossibleValuesParser::new(values)
        .map(|name| name.parse().expect("clap has checked the name against the same list"))
}

/// The node of a test.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Built-in node, in virtual time")]
pub struct NodeFlags {
    /// Which built-in node to test [default: chain for counters, otherwise the one of the workload's name]
    #[arg(long, value_parser = node_parser())]
    node: Option<NodeKind>,
    #[command(flatten)]
    settings: SettingFlags,
}

/// What can be set about built-in nodes; whatever is not given keeps its default.
#[derive(Args, Clone, Debug, Default, PartialEq)]
#[command(next_help_heading = "Settings of built-in nodes")]
pub(crate) struct SettingFlags {
    /// lossy, cas, keys: what a node does so that its reads are not stale [none, fresh, identity, constant, random]
    #[arg(long, value_name = "HOW")]
    fence: Option<Fence>,
    /// cas: try again also when an answer was lost, and so perhaps add twice
    #[arg(long)]
    blind_retry: bool,
    /// locked: do without the fencing token
    #[arg(long)]
    no_fencing: bool,
    /// locked: how long a lock may be held before others may break it
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..=3_600_000))]
    lease: Option<u64>,
    /// Leave out one part of a node, to see what it is there for: of chain and slots [tags, settling, joining, barrier,
    /// floors], or-set [context], mv-register [siblings], cart [additions], bounded-counter [escrow], text [origins], or
    /// any of these five [incarnation]
    #[arg(long, value_name = "PART")]
    without: Option<Remedy>,
    /// How long to wait for the answer of a service
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..=4000))]
    question_timeout: Option<u64>,
    /// gossip: make a node's own adds durable before they are acknowledged, as or-set and its like always do (the
    /// simulated disk only)
    #[arg(long)]
    durable: bool,
    /// Nodes that gossip: who pushes to whom at once [star, given, tree2, tree3, ...]
    #[arg(long, value_name = "SHAPE")]
    overlay: Option<Overlay>,
    /// Nodes that gossip: changes are collected for that long before the next push
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(0..=60_000))]
    flush: Option<u64>,
    /// Nodes that gossip: span between two rounds of anti-entropy
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..=3_600_000))]
    gossip_interval: Option<u64>,
    /// Nodes that gossip: peers that get a digest in each round
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    fanout: Option<u16>,
}

impl SettingFlags {
    /// The settings that the flags give.
    pub(crate) fn settings(&self) -> Settings {
        let mut settings = Settings::default();
        settings.fence = self.fence.unwrap_or(settings.fence);
        settings.blind_retry = self.blind_retry;
        settings.fencing = !self.no_fencing;
        settings.without = self.without;
        settings.durable = self.durable;
        let set = |target: &mut Duration, millis: Option<u64>| {
            if let Some(millis) = millis {
                *target = Duration::from_millis(millis);
            }
        };
        set(&mut settings.lease, self.lease);
        set(&mut settings.question_timeout, self.question_timeout);
        set(&mut settings.gossip.flush, self.flush);
        set(&mut settings.gossip.interval, self.gossip_interval);
        if let Some(overlay) = self.overlay {
            settings.gossip.overlay = overlay;
        }
        if let Some(fanout) = self.fanout {
            settings.gossip.fanout = usize::from(fanout);
        }
        settings
    }

    /// What is to be left out must be there.
    pub(crate) fn check(&self, kind: NodeKind) -> Result<(), Exit> {
        let Some(part) = self.without.filter(|part| !kind.remedies().contains(part)) else { return Ok(()) };
        let parts: Vec<_> = kind.remedies().iter().map(|part| part.name()).collect();
        let parts = if parts.is_empty() { "nothing that can".to_owned() } else { parts.join(", ") };
        Err(Exit::usage(format!("--without: {kind} has no {part} to leave out; it has {parts}")))
    }

    /// A node with these settings in short: `cas --fence identity`.
    pub(crate) fn label(&self, kind: NodeKind) -> String {
        [vec![kind.to_string()], self.words()].concat().join(" ")
    }

    /// The words that give these settings on the command line.
    fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        let mut option = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                words.extend([format!("--{name}"), value]);
            }
        };
        option("fence", self.fence.map(|fence| fence.to_string()));
        option("lease", self.lease.map(|millis| millis.to_string()));
        option("without", self.without.map(|remedy| remedy.to_string()));
        option("question-timeout", self.question_timeout.map(|millis| millis.to_string()));
        option("overlay", self.overlay.map(|overlay| overlay.to_string()));
        option("flush", self.flush.map(|millis| millis.to_string()));
        option("gossip-interval", self.gossip_interval.map(|millis| millis.to_string()));
        option("fanout", self.fanout.map(|peers| peers.to_string()));
        for (on, name) in [
            (self.blind_retry, "--blind-retry"),
            (self.no_fencing, "--no-fencing"),
            (self.durable, "--durable"),
        ] {
            if on {
                words.push(name.into());
            }
        }
        words
    }
}

/// Node flags alone, as they stand in a saved run.
#[derive(Debug, Parser)]
#[command(no_binary_name = true, disable_help_flag = true)]
struct NodeWords {
    #[command(flatten)]
    flags: NodeFlags,
}

impl NodeFlags {
    /// The flags that `words` spell.
    pub(crate) fn from_words(words: &[String]) -> Result<Self, String> {
        let parsed = NodeWords::try_parse_from(words);
        parsed.map(|words| words.flags).map_err(|error| {
            let text = error.to_string();
            let problem = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
            format!("the saved run names a node that cannot be made (`{}`): {problem}", words.join(" "))
        })
    }

    /// The words that give the same node for `workload`.
    pub(crate) fn words(&self, workload: Workload) -> Vec<String> {
        let mut words = vec!["--node".to_owned(), self.kind(workload).to_string()];
        words.extend(self.settings.words());
        words
    }

    /// The node and its settings in short: `cas --fence identity`.
    pub(crate) fn label(&self, workload: Workload) -> String {
        self.words(workload)[1..].join(" ")
    }

    /// The node that is named, with its settings.
    pub(crate) fn kind_and_settings(&self) -> Option<(NodeKind, Settings)> {
        Some((self.node?, self.settings.settings()))
    }

    /// Makes fresh nodes.
    pub(crate) fn make(&self, workload: Workload) -> MakeNode {
        let kind = self.kind(workload);
        let settings = self.settings.settings();
        Arc::new(move || kind.build(&settings))
    }

    /// A node must serve what the workload asks, and have what it is to do without.
    pub(crate) fn check(&self, workload: Workload) -> Result<(), Exit> {
        let kind = self.kind(workload);
        if kind.serves().contains(&workload.to_string().as_str()) {
            return self.settings.check(kind);
        }
        let able: Vec<_> = NodeKind::ALL
            .iter()
            .filter(|kind| kind.serves().contains(&workload.to_string().as_str()))
            .map(|kind| kind.name())
            .collect();
        Err(Exit::usage(format!("--node: {kind} does not serve {workload}; these do: {}", able.join(", "))))
    }

    /// Flags of built-in nodes mean nothing to a program of one's own.
    pub(crate) fn refuse_with_bin(&self) -> Result<(), Exit> {
        if self.node.is_some() || self.settings != SettingFlags::default() {
            return Err(Exit::usage(
                "--bin and the flags of built-in nodes exclude each other; arguments of the program go after --",
            ));
        }
        Ok(())
    }

    fn kind(&self, workload: Workload) -> NodeKind {
        self.node.unwrap_or(match workload {
            Workload::Echo => NodeKind::Echo,
            Workload::UniqueIds => NodeKind::UniqueIds,
            Workload::Broadcast => NodeKind::Broadcast,
            Workload::GSet => NodeKind::GSet,
            Workload::OrSet => NodeKind::OrSet,
            Workload::MvRegister => NodeKind::MvRegister,
            Workload::Cart => NodeKind::Cart,
            Workload::BoundedCounter => NodeKind::BoundedCounter,
            Workload::Text => NodeKind::Text,
            Workload::GCounter | Workload::PnCounter => NodeKind::Chain,
        })
    }
}

/// How a node serves.
#[derive(Args, Clone, Debug)]
pub(crate) struct ServeFlags {
    /// Seed of the node's randomness, so that it can be repeated; drawn from the system if not given
    #[arg(long)]
    seed: Option<u64>,
}

impl ServeFlags {
    /// Serves on stdin and stdout until stdin ends.
    pub(crate) fn run(&self, kind: NodeKind, settings: &Settings) -> ExitCode {
        serve_seeded(self.seed, |_| kind.build(settings))
    }
}

/// A counter for Maelstrom's g-counter and pn-counter workloads, right every time.
///
/// Reads requests from stdin and writes replies to stdout, one JSON message per line.
#[derive(Debug, Parser)]
#[command(name = "maelstrom-counter", version, after_help = COUNTER_EXAMPLES)]
pub struct CounterFlags {
    /// Which counter [default: chain]
    #[arg(value_parser = node_parser(), value_name = "NODE")]
    kind: Option<NodeKind>,
    /// The same, as a flag
    #[arg(long = "node", value_parser = node_parser(), value_name = "NODE", conflicts_with = "kind")]
    node: Option<NodeKind>,
    #[command(flatten)]
    settings: SettingFlags,
    #[command(flatten)]
    serve: ServeFlags,
}

const COUNTER_EXAMPLES: &str = "\
Examples:
  maelstrom test -w g-counter --bin maelstrom-counter --node-count 3 --rate 100 --time-limit 20 --nemesis partition
  maelstrom test -w pn-counter --bin maelstrom-counter --node-count 5 -- gossip
  quipu test -w g-counter --bin maelstrom-counter --node-count 3 -- --node slots";

impl CounterFlags {
    /// Serves on stdin and stdout until stdin ends.
    pub fn serve(self) -> Result<ExitCode, Exit> {
        let kind = self.kind.or(self.node).unwrap_or(NodeKind::Chain);
        self.settings.check(kind)?;
        Ok(self.serve.run(kind, &self.settings.settings()))
    }
}
