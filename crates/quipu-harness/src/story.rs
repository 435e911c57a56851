//! A short run told in numbered sentences: who asked whom, which state of the store was shown, and what it lacked.

use quipu_node::Time;
use quipu_sim::{Endpoint, LossCause, Observation, TraceEvent, TraceKind};

use crate::check::Checked;
use crate::operation::Operation;
use crate::runner::Run;

/// Past this many sentences the middle of a story is left out.
const SENTENCES_MAX: usize = 120;

/// Tells a run whose trace was recorded.
pub fn tell(run: &Run, checked: &Checked) -> Vec<String> {
    let mut told: Vec<(Time, String)> = Vec::new();
    let mut observed: Option<&Observation> = None;
    for event in &run.trace {
        match &event.kind {
            TraceKind::Observed(observation) => observed = Some(observation),
            TraceKind::Sent if matches!(event.from, Endpoint::Service(_)) => {
                let place = observed.take().map(place).unwrap_or_default();
                told.push((event.at, format!("{} answers {}: {}{place}", event.from, event.to, event.label)));
            }
            _ => {
                if let Some(sentence) = sentence(event) {
                    told.push((event.at, sentence));
                }
            }
        }
    }
    told.extend(run.faults.iter().map(|(at, fault)| (*at, format!("fault: {fault}"))));
    told.sort_by_key(|(at, _)| *at);
    let mut sentences = numbered(&shortened(with_silences(told)));
    sentences.extend(verdict(run, checked));
    sentences
}

/// What one event of the trace says, if it says something that the others do not.
fn sentence(event: &TraceEvent) -> Option<String> {
    let TraceEvent { from, to, label, .. } = event;
    match (&event.kind, from, to) {
        (TraceKind::Sent, Endpoint::Client(_), _) => Some(format!("{from} asks {to}: {label}")),
        (TraceKind::Received, Endpoint::Node(_), Endpoint::Client(_)) => Some(format!("{from} has answered {to}: {label}")),
        (TraceKind::Received, Endpoint::Node(_), Endpoint::Service(_)) => Some(format!("{from} asks {to}: {label}")),
        (TraceKind::Received, Endpoint::Node(_), Endpoint::Node(_)) => Some(format!("{from} tells {to}: {label}")),
        (TraceKind::Lost(cause), _, _) => Some(format!("a message from {from} to {to} is lost ({}): {label}", why(*cause))),
        (TraceKind::Duplicated, _, _) => Some(format!("a message from {from} to {to} is on its way twice: {label}")),
        (TraceKind::Crashed, _, _) => Some(format!("{from} crashes")),
        (TraceKind::Restarted, _, _) => Some(format!("{from} starts again")),
        (TraceKind::Paused, _, _) => Some(format!("{from} stops")),
        (TraceKind::Resumed, _, _) => Some(format!("{from} goes on")),
        _ => None,
    }
}

const fn why(cause: LossCause) -> &'static str {
    match cause {
        LossCause::Partition => "partition",
        LossCause::Loss => "loss",
        LossCause::Down => "nobody is there",
    }
}

/// Which state of seq-kv an answer came from, and what that state lacked.
fn place(observation: &Observation) -> String {
    let Observation { picked, newest, missed, .. } = observation;
    if picked >= newest {
        return format!("  [the newest state, {newest}]");
    }
    let lacking: Vec<_> = missed
        .iter()
        .map(|change| {
            let before = change.from.as_ref().map_or_else(|| "nothing".into(), ToString::to_string);
            format!("{} had changed {} from {before} to {}", change.by, change.key, change.to)
        })
        .collect();
    let behind = newest - picked;
    let plural = if behind == 1 { "" } else { "s" };
    format!("  [an old state: {picked} of {newest}, {behind} change{plural} behind: {}]", lacking.join("; "))
}

/// Says when nothing happened for more than a second.
fn with_silences(told: Vec<(Time, String)>) -> Vec<(Time, String)> {
    let mut last = None;
    let mut all = Vec::with_capacity(told.len());
    for (at, sentence) in told {
        let silence = last.map_or(0.0, |last: Time| at.since(last).as_secs_f64());
        if silence >= 1.0 {
            all.push((at, format!("for {silence:.1} s nothing happens")));
        }
        last = Some(at);
        all.push((at, sentence));
    }
    all
}

fn shortened(mut told: Vec<(Time, String)>) -> Vec<(Time, String)> {
    if told.len() > SENTENCES_MAX {
        let half = SENTENCES_MAX / 2;
        let left_out = told.len() - SENTENCES_MAX;
        let at = told[half].0;
        let end = told.split_off(told.len() - half);
        told.truncate(half);
        told.push((at, format!("({left_out} more sentences are left out here)")));
        told.extend(end);
    }
    told
}

fn numbered(told: &[(Time, String)]) -> Vec<String> {
    let number = |(index, (at, sentence)): (usize, &(Time, String))| {
        format!("{:>3}. {:>10.3} ms  {sentence}", index + 1, at.as_secs_f64() * 1000.0)
    };
    told.iter().enumerate().map(number).collect()
}

/// How the story ends.
fn verdict(run: &Run, checked: &Checked) -> Vec<String> {
    let mut lines: Vec<String> =
        checked.findings.iter().filter_map(|finding| finding.sentence.clone()).map(|text| format!("So: {text}.")).collect();
    for check in checked.reads.iter().filter(|check| check.violations > 0) {
        lines.extend(check.examples.iter().take(1).map(|example| format!("So ({}): {}.", check.name, example.text)));
    }
    if lines.is_empty() {
        let count = run.history.iter().filter(|op| Operation::is_ok(op)).count();
        lines.push(format!("So: all {count} successful operations are right."));
    }
    lines
}
