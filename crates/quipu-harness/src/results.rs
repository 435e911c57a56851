//! The results of a run, for machines: `results.json`.

use serde_json::{Map, Value as Json, json};

use crate::check::{Checked, Validity};
use crate::fault_window;
use crate::mistake::MistakeKind;
use crate::operation::{Operation, Outcome};
use crate::options::Options;
use crate::runner::Run;
use crate::statistics::quantile;
use quipu_sim::MessageCounts;

/// Everything that a run showed, as JSON. In virtual time it is a function of options, node and seed: no wall-clock
/// value is in it.
///
/// Keys follow Maelstrom's result map where it has the thing (`valid?`, `stats`, `availability`, `net`, `workload`).
pub fn to_json(options: &Options, node: &str, run: &Run, checked: &Checked) -> Json {
    let mut results = Map::new();
    // A node that ended by itself makes the run a crash: what was checked says nothing of what it would have done.
    let crashed = run.mistakes.iter().any(|mistake| mistake.kind == MistakeKind::Exited);
    let verdict = if crashed { checked.verdict.max(Validity::Unknown) } else { checked.verdict };
    results.insert("valid?".into(), verdict.to_json());
    results.insert("crashed?".into(), json!(crashed));
    results.insert("maelstrom-valid?".into(), checked.maelstrom.to_json());
    results.insert("node".into(), json!(node));
    results.insert("seed".into(), json!(options.seed));
    results.insert("options".into(), json!(options));
    for finding in &checked.findings {
        results.insert(finding.name.into(), finding.to_json());
    }
    let reads: Map<_, _> = checked.reads.iter().map(|check| (check.name.into(), check.to_json())).collect();
    results.insert("reads".into(), Json::Object(reads));
    results.insert("failure-kinds".into(), json!(checked.kinds));
    results.insert("net".into(), network(run));
    results.insert("latency-ms".into(), latencies(&run.history));
    results.insert("faults".into(), json!(fault_window::windows(&run.faults, run.ended)));
    results.insert("mistakes".into(), json!(run.mistakes));
    Json::Object(results)
}

fn network(run: &Run) -> Json {
    let operations = run.history.len();
    let counts = |counts: MessageCounts| {
        json!({
            "send-count": counts.send_count,
            "recv-count": counts.recv_count,
            "msg-count": counts.msg_count,
            "msgs-per-op": per_operation(counts.msg_count, operations),
        })
    };
    json!({
        "all": counts(run.network.all),
        "clients": counts(run.network.clients),
        "servers": counts(run.network.servers),
    })
}

/// Messages per client operation.
pub fn per_operation(messages: u64, operations: usize) -> Option<f64> {
    (operations > 0).then(|| messages as f64 / operations as f64)
}

/// Latency quantiles of successful operations in milliseconds, overall and by function.
fn latencies(history: &[Operation]) -> Json {
    let mut all = Map::new();
    all.insert("all".into(), quantiles(history.iter()));
    let mut names: Vec<_> = history.iter().map(|op| op.action.name()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        all.insert(name.into(), quantiles(history.iter().filter(|op| op.action.name() == name)));
    }
    Json::Object(all)
}

fn quantiles<'a>(operations: impl Iterator<Item = &'a Operation>) -> Json {
    let sorted = sorted_latencies(operations);
    let at = |share: f64| quantile(&sorted, share);
    json!({ "0.5": at(0.5), "0.95": at(0.95), "0.99": at(0.99), "1": at(1.0) })
}

/// The latencies of the successful ones among `operations`, in milliseconds, ascending.
pub fn sorted_latencies<'a>(operations: impl Iterator<Item = &'a Operation>) -> Vec<f64> {
    let mut sorted: Vec<_> = operations
        .filter(|op| matches!(op.outcome, Outcome::Ok(_)))
        .map(|op| op.completed.since(op.invoked).as_secs_f64() * 1000.0)
        .collect();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}
