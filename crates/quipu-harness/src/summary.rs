//! What a person reads at the end of a run.

use std::fmt::Write as _;

use crate::check::{Checked, Finding};
use crate::operation::{Action, Operation};
use crate::options::Options;
use crate::results::{per_operation, sorted_latencies};
use crate::runner::Run;
use crate::statistics::quantile;

/// The summary, one fact a line, without the verdict's closing sentence.
pub fn lines(options: &Options, run: &Run, checked: &Checked) -> Vec<String> {
    let mut lines = vec![operations(checked), availability(options, checked)];
    lines.extend(latencies(&run.history));
    lines.push(messages(run));
    lines.extend(findings(checked));
    lines.extend(final_values(options, run, checked));
    lines.extend(reads(options, checked));
    lines.extend(run.mistakes.iter().map(|mistake| format!("mistake      {mistake}")));
    lines.extend(consequence(run));
    lines
}

/// What mistakes lead to elsewhere, so that nobody takes our verdict for the original's.
fn consequence(run: &Run) -> Option<String> {
    let mut nodes: Vec<_> =
        run.mistakes.iter().filter(|mistake| mistake.kind.deafens()).map(|mistake| &*mistake.node).collect();
    nodes.dedup();
    (!nodes.is_empty()).then(|| {
        format!(
            "note         Maelstrom ignores all that a node says after the first of these: {} (try --like-maelstrom)",
            nodes.join(", ")
        )
    })
}

fn operations(checked: &Checked) -> String {
    let stats = &checked.stats;
    let mut line = format!("operations   {}", stats.all.total());
    for (name, counts) in &stats.by_function {
        let _ = write!(line, "; {name}: {} ok", counts.ok);
        for (count, word) in [(counts.fail, "failed"), (counts.info, "indeterminate")] {
            if count > 0 {
                let _ = write!(line, ", {count} {word}");
            }
        }
    }
    line
}

fn availability(options: &Options, checked: &Checked) -> String {
    let percent = 100.0 * checked.stats.ok_fraction();
    match options.availability {
        Some(target) => {
            format!("available    {percent:.2} % of operations (asked for: {:.2} %)", 100.0 * target)
        }
        None => format!("available    {percent:.2} % of operations"),
    }
}

fn latencies(history: &[Operation]) -> Vec<String> {
    let mut names: Vec<_> = history.iter().map(|op| op.action.name()).collect();
    names.sort_unstable();
    names.dedup();
    let line = |name: &&str| {
        let sorted = sorted_latencies(history.iter().filter(|op| op.action.name() == *name));
        let at = |share: f64| quantile(&sorted, share).map_or_else(|| "-".into(), |ms| format!("{ms:.1}"));
        format!(
            "latency      {name}: p50 {}, p95 {}, p99 {}, max {} ms",
            at(0.5),
            at(0.95),
            at(0.99),
            at(1.0)
        )
    };
    names.iter().map(line).collect()
}

fn messages(run: &Run) -> String {
    let network = &run.network;
    let each = per_operation(network.servers.msg_count, run.history.len()).unwrap_or(0.0);
    format!(
        "messages     {each:.2} per operation between nodes and services ({} of {} in all)",
        network.servers.msg_count, network.all.msg_count
    )
}

/// What Maelstrom's checks have to complain about, and the latencies of sets.
fn findings(checked: &Checked) -> Vec<String> {
    let mut lines: Vec<_> = checked.findings.iter().filter_map(complaint).collect();
    if let Some(latencies) = checked.workload().details.get("stable-latencies") {
        let at = |key: &str| {
            latencies
                .get(key)
                .filter(|value| !value.is_null())
                .map_or_else(|| "-".into(), ToString::to_string)
        };
        lines.push(format!(
            "visible      everywhere after: p50 {}, p95 {}, p99 {}, max {} ms",
            at("0.5"),
            at("0.95"),
            at("0.99"),
            at("1")
        ));
    }
    lines
}

fn complaint(finding: &Finding) -> Option<String> {
    finding.sentence.as_ref().map(|sentence| format!("{:<12} {sentence}", finding.name))
}

/// The values a counter ended with, and those it may have.
fn final_values(options: &Options, run: &Run, checked: &Checked) -> Vec<String> {
    if !options.workload.is_counter() {
        return Vec::new();
    }
    let intervals = checked.workload().details.get("acceptable").and_then(|list| list.as_array());
    let words: Vec<_> = intervals.into_iter().flatten().take(5).map(interval).collect();
    let more = intervals.map_or(0, |list| list.len().saturating_sub(words.len()));
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let finals = run.history.iter().filter(|op| op.is_final && op.action == Action::Read).map(|op| match op
        .counter()
    {
        Some(value) => format!("n{} {value}", op.node),
        None => format!("n{} no answer", op.node),
    });
    let finals: Vec<_> = finals.collect();
    let shown = if finals.len() > 10 {
        format!("{} ... ({} in all)", finals[..10].join(", "), finals.len())
    } else {
        finals.join(", ")
    };
    vec![format!("acceptable   {}{more}", words.join(", ")), format!("final reads  {shown}")]
}

fn interval(interval: &serde_json::Value) -> String {
    let (from, to) = (&interval[0], &interval[1]);
    if from == to { from.to_string() } else { format!("{from} to {to}") }
}

/// The checks of every read, apart from Maelstrom's own.
fn reads(options: &Options, checked: &Checked) -> Vec<String> {
    let mut lines = Vec::new();
    let counts = if options.strict { "counts" } else { "does not count without --strict" };
    for check in &checked.reads {
        if check.violations == 0 {
            continue;
        }
        let example = check.examples.first().map_or("", |example| &example.text);
        lines.push(format!(
            "every read   {}: {} of {} wrong ({counts}), e.g. {example}",
            check.name, check.violations, check.checked
        ));
    }
    if lines.is_empty() && !checked.reads.is_empty() {
        let names: Vec<_> = checked.reads.iter().map(|check| check.name).collect();
        lines.push(format!("every read   right: {}", names.join(", ")));
    }
    lines
}
