//! The flags of a test, under Maelstrom's names and with its defaults, and how they become [`Options`].

use std::hash::{BuildHasher, RandomState};

use clap::builder::PossibleValuesParser;
use clap::{Args, builder::TypedValueParser};
use quipu_harness::nemesis::NemesisKind;
use quipu_harness::options::{Concurrency, LatencyDistribution, Named, Options, SeqKv};
use quipu_harness::topology::Topology;
use quipu_harness::workload::Workload;

use crate::exit::Exit;

/// A parser for a closed set of names, which lists them in the help and in errors.
fn named<T: Named + Send + Sync>() -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(T::NAMES.iter().map(|(name, _)| *name))
        .map(|name| T::from_name(&name).expect("clap has checked the name against the same list"))
}

/// What a test is made of, whether it is run once or ten thousand times.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Test")]
pub(crate) struct TestFlags {
    /// What clients do and what is checked
    #[arg(short, long, default_value = "g-counter", value_parser = named::<Workload>())]
    pub workload: Workload,
    /// Number of nodes: n0, n1, ... [default: 5; explore and rates: 3]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub node_count: Option<u16>,
    /// Number of clients that work at a time; 3n means 3 for each node
    #[arg(long, default_value = "1n", value_name = "N|Nn", allow_negative_numbers = true)]
    pub concurrency: Concurrency,
    /// Operations per second, over all clients together; 0 sends none [default: 5; explore and rates: 100]
    #[arg(long, value_name = "PER_SECOND", allow_negative_numbers = true)]
    pub rate: Option<f64>,
    /// Seconds of load; recovery and final reads come on top [default: 60; explore and rates: 20]
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub time_limit: Option<u64>,
    /// Mean latency between nodes, and between nodes and services, in milliseconds
    #[arg(long, default_value_t = 0, value_name = "MS", allow_negative_numbers = true)]
    pub latency: u64,
    /// How latencies are distributed
    #[arg(long, default_value = "constant", value_parser = named::<LatencyDistribution>())]
    pub latency_dist: LatencyDistribution,
    /// Faults to inject, separated by commas
    #[arg(long, value_delimiter = ',', value_parser = named::<NemesisKind>())]
    pub nemesis: Vec<NemesisKind>,
    /// Mean seconds between two steps of the nemesis
    #[arg(long, default_value_t = 10.0, value_name = "SECONDS", allow_negative_numbers = true)]
    pub nemesis_interval: f64,
    /// The topology told to broadcast nodes
    #[arg(long, default_value = "grid", value_parser = named::<Topology>())]
    pub topology: Topology,
    /// Least share of operations that must succeed: `total`, or a number from 0 to 1
    #[arg(long, value_parser = availability, value_name = "SHARE", allow_negative_numbers = true)]
    pub availability: Option<f64>,
    /// Seed of every random choice; drawn and printed if not given
    #[arg(long, allow_negative_numbers = true)]
    pub seed: Option<u64>,
    /// Probability that a message between nodes, or between node and service, is lost
    #[arg(long, default_value_t = 0.0, value_name = "P", allow_negative_numbers = true)]
    pub loss: f64,
    /// Probability that such a message arrives twice
    #[arg(long, default_value_t = 0.0, value_name = "P", allow_negative_numbers = true)]
    pub duplicate: f64,
    /// Seconds of quiet between healing and the final reads
    #[arg(long, default_value_t = 10.0, value_name = "SECONDS", allow_negative_numbers = true)]
    pub quiet_time: f64,
    /// How seq-kv answers: as Maelstrom's does; truly sequential; or the most inconvenient lawful answer
    #[arg(long, default_value = "maelstrom", value_parser = named::<SeqKv>())]
    pub seq_kv: SeqKv,
    /// Let checks of every read, and missing final reads, decide the verdict too
    #[arg(long)]
    pub strict: bool,
    /// Mean milliseconds that handling one message takes, in virtual time
    #[arg(long, default_value_t = 1.0, value_name = "MS", allow_negative_numbers = true)]
    pub hop: f64,
}

/// The defaults that differ between a single test and an exploration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stock {
    pub node_count: u16,
    pub rate: f64,
    pub time_limit: u64,
}

impl Stock {
    /// Maelstrom's defaults.
    pub(crate) const MAELSTROM: Self = Self { node_count: 5, rate: 5.0, time_limit: 60 };
    /// The test that the challenge is judged by.
    pub(crate) const CHALLENGE: Self = Self { node_count: 3, rate: 100.0, time_limit: 20 };
}

impl TestFlags {
    /// The options, checked.
    pub(crate) fn options(&self, stock: Stock) -> Result<Options, Exit> {
        let node_count = self.node_count.unwrap_or(stock.node_count);
        let options = Options {
            workload: self.workload,
            node_count,
            concurrency: self.concurrency.workers(node_count),
            rate: self.rate.unwrap_or(stock.rate),
            time_limit: self.time_limit.unwrap_or(stock.time_limit),
            latency: self.latency,
            latency_dist: self.latency_dist,
            nemesis: self.nemesis.clone(),
            nemesis_interval: self.nemesis_interval,
            topology: self.topology,
            availability: self.availability,
            seed: self.seed.unwrap_or_else(drawn_seed),
            loss: self.loss,
            duplicate: self.duplicate,
            quiet_time: self.quiet_time,
            seq_kv: self.seq_kv,
            strict: self.strict,
            hop: self.hop,
        };
        options.validate().map_err(Exit::usage)?;
        Ok(options)
    }
}

/// A seed that nobody chose: short, because people will type it again.
fn drawn_seed() -> u64 {
    RandomState::new().hash_one("seed") % 1_000_000_000
}

fn availability(text: &str) -> Result<f64, String> {
    match text {
        "total" => Ok(1.0),
        number => {
            number.parse().map_err(|_| format!("`{number}` is neither `total` nor a number from 0 to 1"))
        }
    }
}

/// Words as one would type them in a shell: quoted where they would otherwise not stay one word.
pub(crate) fn as_typed(words: &[String]) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./,:=+@%".contains(c);
    let typed = words.iter().map(|word| {
        if !word.is_empty() && word.chars().all(plain) {
            word.clone()
        } else {
            format!("'{}'", word.replace('\'', r"'\''"))
        }
    });
    typed.collect::<Vec<_>>().join(" ")
}

/// The words that give these options on the command line, as far as they differ from the defaults of `stock`.
pub(crate) fn command_words(options: &Options, stock: Stock) -> Vec<String> {
    let default = Options::default();
    let mut words = vec!["-w".into(), options.workload.to_string()];
    let mut add = |differs: bool, name: &str, value: String| {
        if differs {
            words.extend([format!("--{name}"), value]);
        }
    };
    add(options.node_count != stock.node_count, "node-count", options.node_count.to_string());
    add(options.concurrency != u32::from(options.node_count), "concurrency", options.concurrency.to_string());
    add(options.rate.to_bits() != stock.rate.to_bits(), "rate", options.rate.to_string());
    add(options.time_limit != stock.time_limit, "time-limit", options.time_limit.to_string());
    add(options.latency != 0, "latency", options.latency.to_string());
    add(options.latency_dist != default.latency_dist, "latency-dist", options.latency_dist.to_string());
    let kinds: Vec<_> = options.nemesis.iter().map(ToString::to_string).collect();
    add(!kinds.is_empty(), "nemesis", kinds.join(","));
    let interval = options.nemesis_interval;
    add(interval.to_bits() != default.nemesis_interval.to_bits(), "nemesis-interval", interval.to_string());
    add(options.topology != default.topology, "topology", options.topology.to_string());
    add(options.availability.is_some(), "availability", options.availability.unwrap_or_default().to_string());
    add(options.loss > 0.0, "loss", options.loss.to_string());
    add(options.duplicate > 0.0, "duplicate", options.duplicate.to_string());
    add(
        options.quiet_time.to_bits() != default.quiet_time.to_bits(),
        "quiet-time",
        options.quiet_time.to_string(),
    );
    add(options.seq_kv != default.seq_kv, "seq-kv", options.seq_kv.to_string());
    add(options.hop.to_bits() != default.hop.to_bits(), "hop", options.hop.to_string());
    add(true, "seed", options.seed.to_string());
    if options.strict {
        words.push("--strict".into());
    }
    words
}
