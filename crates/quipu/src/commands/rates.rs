//! `quipu rates`: how often each counter over seq-kv fails, beside the reference figures.

use clap::Args;
use quipu_harness::options::Options;
use quipu_harness::statistics::wilson_interval;
use serde_json::json;

use super::explore::explore_virtual;
use crate::exit::Exit;
use crate::node_flags::NodeFlags;
use crate::terminal::{LiveLine, say};

/// Measure the failure rate of every counter over seq-kv, and compare with the reference.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct RatesCommand {
    /// Seeds per row
    #[arg(long, default_value_t = 2000, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    seeds: u64,
    /// First seed
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Only the rows whose name contains this
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Print JSON instead of a Markdown table
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Each row is the challenge's test (3 nodes, 100 operations a second, 20 s, 10 s of quiet); failed is a test in which a
final read is wrong. The reference was measured with an independent model of Maelstrom's store. A row agrees if the
95 % intervals of both measurements overlap. Exit code: 0 if all rows agree, 1 if one does not.

Examples:
  quipu rates
  quipu rates --seeds 500 --only cas";

/// One measurement: a node with its settings, under a loss, and what the reference found.
struct Row {
    name: &'static str,
    node: &'static [&'static str],
    loss: f64,
    /// Failed tests and tests of the reference.
    reference: (u64, u64),
}

const fn row(name: &'static str, node: &'static [&'static str], loss: f64, reference: (u64, u64)) -> Row {
    Row { name, node, loss, reference }
}

const ROWS: &[Row] = &[
    row("read, add, write", &["--node", "lossy"], 0.0, (2000, 2000)),
    row(
        "the same, fresh value written before reads",
        &["--node", "lossy", "--fence", "fresh"],
        0.0,
        (2000, 2000),
    ),
    row("CAS loop, plain read", &["--node", "cas"], 0.0, (1319, 2000)),
    row("key per node, plain reads", &["--node", "keys"], 0.0, (680, 2000)),
    row("CAS loop, identity CAS as read check", &["--node", "cas", "--fence", "identity"], 0.0, (608, 2000)),
    row(
        "CAS loop, constant written before read",
        &["--node", "cas", "--fence", "constant"],
        0.0,
        (712, 2000),
    ),
    row("CAS loop, random 0..99 before read", &["--node", "cas", "--fence", "random"], 0.0, (7, 2000)),
    row("CAS loop, fresh value before read", &["--node", "cas", "--fence", "fresh"], 0.0, (0, 2000)),
    row("key per node, fresh value before reads", &["--node", "keys", "--fence", "fresh"], 0.0, (0, 2000)),
    row("lock in the store", &["--node", "locked"], 0.0, (0, 2000)),
    row("own key by CAS, then the others' (slots)", &["--node", "slots"], 0.0, (0, 2000)),
    row("tagged CAS chain, reads by CAS (chain)", &["--node", "chain"], 0.0, (0, 2000)),
    row("gossip, no store", &["--node", "gossip"], 0.0, (0, 2000)),
    row(
        "CAS loop, lost replies retried, 0.1 % loss",
        &["--node", "cas", "--fence", "fresh", "--blind-retry", "--question-timeout", "300"],
        0.001,
        (213, 500),
    ),
    row(
        "CAS loop, lost replies retried, 1 % loss",
        &["--node", "cas", "--fence", "fresh", "--blind-retry", "--question-timeout", "300"],
        0.01,
        (499, 500),
    ),
    row("CAS loop, lost replies reported, 1 % loss", &["--node", "cas", "--fence", "fresh"], 0.01, (0, 500)),
    row("slots, 1 % loss", &["--node", "slots"], 0.01, (0, 500)),
    row("chain, 1 % loss", &["--node", "chain"], 0.01, (0, 500)),
];

/// What a row came to.
struct Measured {
    name: &'static str,
    failures: u64,
    seeds: u64,
    wrong_reads: f64,
    messages: f64,
    reference: (u64, u64),
}

impl RatesCommand {
    pub(crate) fn run(self) -> Result<u8, Exit> {
        let mut measured = Vec::new();
        let mut line = LiveLine::new();
        let chosen: Vec<_> = ROWS
            .iter()
            .filter(|row| self.only.as_ref().is_none_or(|only| row.name.contains(only.as_str())))
            .collect();
        if chosen.is_empty() {
            return Err(Exit::usage(
                "--only: no row's name contains that; `quipu rates --seeds 1` lists them",
            ));
        }
        if !self.json {
            say(
                "| counter | failed tests % | reference % | agrees | wrong final reads % | messages per op |",
            );
            say("|---|---|---|---|---|---|");
        }
        for row in chosen {
            line.tell(|| row.name.to_owned());
            let result = self.measure(row)?;
            if !self.json {
                say(result.to_markdown());
            }
            measured.push(result);
        }
        line.finish();
        if self.json {
            let rows: Vec<_> = measured.iter().map(Measured::to_json).collect();
            say(json!(rows).to_string());
        }
        Ok(u8::from(!measured.iter().all(Measured::agrees)))
    }

    fn measure(&self, row: &Row) -> Result<Measured, Exit> {
        let words: Vec<_> = row.node.iter().map(|word| (*word).to_owned()).collect();
        let node = NodeFlags::from_words(&words).map_err(Exit::crash)?;
        let options = Options {
            node_count: 3,
            concurrency: 3,
            rate: 100.0,
            time_limit: 20,
            loss: row.loss,
            ..Options::default()
        };
        let jobs = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let result = explore_virtual(&options, self.seed, self.seeds, jobs, &node.make(options.workload))?;
        Ok(Measured {
            name: row.name,
            failures: result.failures,
            seeds: result.seeds,
            wrong_reads: result.final_reads.1 as f64 / result.final_reads.0.max(1) as f64,
            messages: result.messages_per_operation(),
            reference: row.reference,
        })
    }
}

impl Measured {
    fn intervals(&self) -> [(f64, f64); 2] {
        [wilson_interval(self.failures, self.seeds), wilson_interval(self.reference.0, self.reference.1)]
    }

    fn agrees(&self) -> bool {
        let [ours, theirs] = self.intervals();
        ours.0 <= theirs.1 && theirs.0 <= ours.1
    }

    fn to_markdown(&self) -> String {
        let [ours, theirs] = self.intervals();
        let percent = |part: u64, whole: u64, (low, high): (f64, f64)| {
            format!(
                "{:.2} [{:.2}, {:.2}]",
                100.0 * part as f64 / whole.max(1) as f64,
                100.0 * low,
                100.0 * high
            )
        };
        format!(
            "| {} | {} | {} | {} | {:.1} | {:.1} |",
            self.name,
            percent(self.failures, self.seeds, ours),
            percent(self.reference.0, self.reference.1, theirs),
            if self.agrees() { "yes" } else { "NO" },
            100.0 * self.wrong_reads,
            self.messages,
        )
    }

    fn to_json(&self) -> serde_json::Value {
        let [ours, theirs] = self.intervals();
        json!({
            "counter": self.name,
            "failures": self.failures,
            "seeds": self.seeds,
            "interval-95": [ours.0, ours.1],
            "reference-failures": self.reference.0,
            "reference-tests": self.reference.1,
            "reference-interval-95": [theirs.0, theirs.1],
            "agrees": self.agrees(),
            "wrong-final-reads": self.wrong_reads,
            "messages-per-op": self.messages,
        })
    }
}
