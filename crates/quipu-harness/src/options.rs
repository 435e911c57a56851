//! What a test is told: Maelstrom's options under their own names, and ours beside them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::nemesis::NemesisKind;
use crate::topology::Topology;
use crate::workload::Workload;

/// A test's parameters. [`Options::validate`] says what cannot work before anything runs.
///
/// Equal options and equal seeds give equal runs in virtual time. Defaults are Maelstrom's where Maelstrom has the option.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Options {
    /// What clients do and what is checked.
    pub workload: Workload,
    /// Number of nodes, named n0, n1, ...
    pub node_count: u16,
    /// Number of workers, each with a client of its own; worker i talks to node i mod `node_count`.
    pub concurrency: u32,
    /// Target operations per second, over all clients; 0 sends none.
    pub rate: f64,
    /// Seconds of load; recovery and final reads come on top.
    pub time_limit: u64,
    /// Mean latency between nodes, and between nodes and services, in milliseconds.
    pub latency: u64,
    /// The distribution of that latency.
    pub latency_dist: LatencyDistribution,
    /// Faults to inject.
    pub nemesis: Vec<NemesisKind>,
    /// Mean seconds between two steps of the nemesis.
    pub nemesis_interval: f64,
    /// The topology told to broadcast nodes.
    pub topology: Topology,
    /// Least fraction of operations that must succeed.
    pub availability: Option<f64>,
    /// Seed of every random choice.
    pub seed: u64,
    /// Probability that a message on a node-node or node-service link is lost.
    pub loss: f64,
    /// Probability that such a message is delivered twice.
    pub duplicate: f64,
    /// Seconds of quiet between healing and the final reads.
    pub quiet_time: f64,
    /// How `seq-kv` answers.
    pub seq_kv: SeqKv,
    /// Checks of every read, and missing final reads, decide the verdict too.
    pub strict: bool,
    /// Mean milliseconds that handling a message takes, in virtual time only.
    pub hop: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            workload: Workload::GCounter,
            node_count: 5,
            concurrency: 5,
            rate: 5.0,
            time_limit: 60,
            latency: 0,
            latency_dist: LatencyDistribution::Constant,
            nemesis: Vec::new(),
            nemesis_interval: 10.0,
            topology: Topology::Grid,
            availability: None,
            seed: 0,
            loss: 0.0,
            duplicate: 0.0,
            quiet_time: 10.0,
            seq_kv: SeqKv::Maelstrom,
            strict: false,
            hop: 1.0,
        }
    }
}

/// An option that cannot work: which, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionError {
    /// The option's name on the command line.
    pub option: &'static str,
    /// What is wrong with it and what would be right.
    pub problem: String,
}

impl fmt::Display for OptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "--{}: {}", self.option, self.problem)
    }
}

impl std::error::Error for OptionError {}

impl Options {
    /// Checks every option by itself and together.
    pub fn validate(&self) -> Result<(), OptionError> {
        let check = |good: bool, option: &'static str, problem: &str| {
            if good { Ok(()) } else { Err(OptionError { option, problem: problem.into() }) }
        };
        check(self.node_count > 0, "node-count", "must be at least 1")?;
        check(self.node_count <= 1000, "node-count", "must be at most 1000")?;
        check(self.concurrency > 0, "concurrency", "must be at least 1")?;
        check(self.concurrency <= 100_000, "concurrency", "must be at most 100000")?;
        check(self.rate.is_finite() && self.rate >= 0.0, "rate", "must be 0 or more operations per second")?;
        check(self.rate <= 1e6, "rate", "must be at most 1000000")?;
        check(
            self.rate == 0.0 || self.rate >= 1e-6,
            "rate",
            "must be 0, which sends nothing, or at least 0.000001",
        )?;
        check(self.time_limit <= 86_400, "time-limit", "must be at most 86400 seconds")?;
        check(self.latency <= 3_600_000, "latency", "must be at most 3600000 milliseconds")?;
        check(
            self.latency > 0 || self.latency_dist == LatencyDistribution::Constant,
            "latency-dist",
            "uniform and exponential need a mean: give --latency above 0",
        )?;
        let kinds = self.nemesis.iter().enumerate();
        let mut twice = kinds.filter(|(index, kind)| self.nemesis[..*index].contains(kind));
        check(twice.next().is_none(), "nemesis", "names a kind of fault twice")?;
        check(
            (0.001..=86_400.0).contains(&self.nemesis_interval),
            "nemesis-interval",
            "must be from 0.001 to 86400 seconds",
        )?;
        check((0.0..=1.0).contains(&self.loss), "loss", "must be a probability from 0 to 1")?;
        check((0.0..=1.0).contains(&self.duplicate), "duplicate", "must be a probability from 0 to 1")?;
        check((0.0..=86_400.0).contains(&self.quiet_time), "quiet-time", "must be from 0 to 86400 seconds")?;
        check((0.0..=1000.0).contains(&self.hop), "hop", "must be from 0 to 1000 milliseconds")?;
        check(
            self.availability.is_none_or(|share| (0.0..=1.0).contains(&share)),
            "availability",
            "must be `total` or a number from 0 to 1",
        )
    }

    /// The time limit as a span.
    pub const fn load_span(&self) -> Duration {
        Duration::from_secs(self.time_limit)
    }

    /// The quiet time as a span.
    pub fn quiet_span(&self) -> Duration {
        Duration::from_secs_f64(self.quiet_time)
    }

    /// The node that a worker's clients talk to.
    #[expect(clippy::cast_possible_truncation, reason = "below node_count, which is 16 bits")]
    pub fn node_of(&self, worker: u32) -> u16 {
        (worker % u32::from(self.node_count)) as u16
    }
}

/// How latencies are distributed around their mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LatencyDistribution {
    /// Always the mean.
    Constant,
    /// Evenly from 0 up to twice the mean.
    Uniform,
    /// Exponential.
    Exponential,
}

/// How the simulated `seq-kv` answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SeqKv {
    /// As Maelstrom's does, quirks included.
    Maelstrom,
    /// Truly sequentially consistent, with random lawful staleness.
    Strict,
    /// The most inconvenient answer that sequential consistency allows.
    Adversary,
}

/// A set of names that an option may have, for parsing, help and error messages alike.
pub trait Named: Copy + Sized + 'static {
    /// Every value with its name.
    const NAMES: &'static [(&'static str, Self)];

    /// The value called `name`, or an error that lists what there is.
    fn from_name(name: &str) -> Result<Self, String> {
        let known = Self::NAMES.iter().find(|(known, _)| *known == name);
        known.map(|(_, value)| *value).ok_or_else(|| {
            let names: Vec<_> = Self::NAMES.iter().map(|(known, _)| *known).collect();
            format!("there is no `{name}`; choose one of {}", names.join(", "))
        })
    }
}

macro_rules! named {
    ($type:ty { $($name:literal => $value:expr),+ $(,)? }) => {
        impl $crate::options::Named for $type {
            const NAMES: &'static [(&'static str, Self)] = &[$(($name, $value)),+];
        }
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let known = <Self as $crate::options::Named>::NAMES.iter().find(|(_, value)| value == self);
                f.write_str(known.map_or("?", |(name, _)| *name))
            }
        }
        impl std::str::FromStr for $type {
            type Err = String;
            fn from_str(name: &str) -> Result<Self, String> {
                <Self as $crate::options::Named>::from_name(name)
            }
        }
    };
}
pub(crate) use named;

named!(LatencyDistribution { "constant" => Self::Constant, "uniform" => Self::Uniform, "exponential" => Self::Exponential });
named!(SeqKv { "maelstrom" => Self::Maelstrom, "strict" => Self::Strict, "adversary" => Self::Adversary });

/// A number of workers: plain, or as a multiple of the number of nodes (`3n`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concurrency {
    /// That many workers.
    Workers(u32),
    /// That many workers for each node.
    PerNode(u32),
}

impl Concurrency {
    /// The number of workers for a cluster of `node_count`.
    pub fn workers(self, node_count: u16) -> u32 {
        match self {
            Self::Workers(workers) => workers,
            Self::PerNode(each) => each.saturating_mul(u32::from(node_count)),
        }
    }
}

impl FromStr for Concurrency {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (digits, make): (_, fn(u32) -> Self) = match text.strip_suffix('n') {
            Some(digits) => (digits, Self::PerNode),
            None => (text, Self::Workers),
        };
        match digits.parse::<u32>() {
            Ok(number) if number > 0 => Ok(make(number)),
            _ => Err(format!("`{text}` is not a number of workers: give e.g. 10, or 3n for 3 per node")),
        }
    }
}
