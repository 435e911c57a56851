//! A short run told in numbered sentences: who asked whom, which state of the store was shown, and what it lacked.

use quipu_node::Time;
use quipu_sim::{Endpoint, Fault, LossCause, Observation, TraceEvent, TraceKind};

use crate::check::Checked;
use crate::operation::Operation;
use crate::runner::Run;

/// Past this many sentences the middle of a story is left out.
const SENTENCES_MAX: usize = 120;

/// One sentence of a story.
#[derive(Clone, Debug, PartialEq)]
pub struct Sentence {
    /// When it happened; nothing for how it all ended.
    pub at: Option<Time>,
    /// What happened.
    pub text: String,
    /// The numbers of the messages that it tells: none, one, or a question and its answer.
    pub messages: Vec<u64>,
}

impl Sentence {
    const fn new(at: Option<Time>, text: String) -> Self {
        Self { at, text, messages: Vec::new() }
    }
}

/// Tells a run whose trace was recorded.
pub fn tell(run: &Run, checked: &Checked) -> Vec<Sentence> {
    let mut told: Vec<Sentence> = Vec::new();
    let mut observed: Option<&Observation> = None;
    for event in &run.trace {
        match &event.kind {
            TraceKind::Observed(observation) => observed = Some(observation),
            TraceKind::Sent if matches!(event.from, Endpoint::Service(_)) => {
                tell_answer(&mut told, event, observed.take());
            }
            _ => told.extend(sentence(event).map(|text| Sentence {
                at: Some(event.at),
                text,
                messages: vec![event.id],
            })),
        }
    }
    let fault = |(at, fault): &(Time, Fault)| Sentence::new(Some(*at), format!("fault: {fault}"));
    told.extend(run.faults.iter().map(fault));
    told.sort_by_key(|sentence| sentence.at);
    let mut story = shortened(with_silences(told));
    story.extend(verdict(run, checked).into_iter().map(|text| Sentence::new(None, text)));
    story
}

/// A service answers at once, so that question and answer make one sentence.
fn tell_answer(told: &mut Vec<Sentence>, event: &TraceEvent, observed: Option<&Observation>) {
    let answer = format!("{}{}", event.label, observed.map(place).unwrap_or_default());
    match told.last_mut().filter(|asked| asked.at == Some(event.at)) {
        Some(asked) => {
            asked.text = format!("{}, and is answered {answer}", asked.text);
            asked.messages.push(event.id);
        }
        None => told.push(Sentence {
            at: Some(event.at),
            text: format!("{} answers {}: {answer}", event.from, event.to),
            messages: vec![event.id],
        }),
    }
}

/// The story as numbered lines.
pub fn lines(story: &[Sentence]) -> Vec<String> {
    let line = |(index, sentence): (usize, &Sentence)| match sentence.at {
        Some(at) => format!("{:>3}. {:>10.3} ms  {}", index + 1, at.as_secs_f64() * 1000.0, sentence.text),
        None => sentence.text.clone(),
    };
    story.iter().enumerate().map(line).collect()
}

/// What one event of the trace says, if it says something that the others do not.
fn sentence(event: &TraceEvent) -> Option<String> {
    let TraceEvent { from, to, label, .. } = event;
    match (&event.kind, from, to) {
        (TraceKind::Sent, Endpoint::Client(_), _) => Some(format!("{from} asks {to}: {label}")),
        (TraceKind::Received, Endpoint::Node(_), Endpoint::Client(_)) => {
            Some(format!("{from} has answered {to}: {label}"))
        }
        (TraceKind::Received, Endpoint::Node(_), Endpoint::Service(_)) => {
            Some(format!("{from} asks {to}: {label}"))
        }
        (TraceKind::Received, Endpoint::Node(_), Endpoint::Node(_)) => {
            Some(format!("{from} tells {to}: {label}"))
        }
        (TraceKind::Lost(cause), _, _) => {
            Some(format!("a message from {from} to {to} is lost ({}): {label}", why(*cause)))
        }
        (TraceKind::Duplicated, _, _) => {
            Some(format!("a message from {from} to {to} is on its way twice: {label}"))
        }
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
        LossCause::Down => "the node is down",
        LossCause::NoSuchNode => "there is nobody of that name",
    }
}

/// Which state of seq-kv an answer came from, and what that state lacked.
pub(crate) fn place(observation: &Observation) -> String {
    let Observation { picked, newest, missed, .. } = observation;
    if picked >= newest {
        return format!(" from the newest state, {newest}");
    }
    let lacking = missed.iter().map(|change| {
        let before = change.from.as_ref().map_or_else(|| "nothing".into(), ToString::to_string);
        format!("{} had changed {} from {before} to {}", change.by, change.key, change.to)
    });
    let lacking: Vec<_> = lacking.collect();
    format!(" from an OLD state, {picked} of {newest}: by then {}", lacking.join(", "))
}

/// Says when nothing happened for more than a second.
fn with_silences(told: Vec<Sentence>) -> Vec<Sentence> {
    let mut last: Option<Time> = None;
    let mut all = Vec::with_capacity(told.len());
    for sentence in told {
        let silence = sentence.at.zip(last).map_or(0.0, |(at, last)| at.since(last).as_secs_f64());
        if silence >= 1.0 {
            let text = format!("for {silence:.1} s nothing happens");
            all.push(Sentence::new(sentence.at, text));
        }
        last = sentence.at;
        all.push(sentence);
    }
    all
}

fn shortened(mut told: Vec<Sentence>) -> Vec<Sentence> {
    if told.len() > SENTENCES_MAX {
        let half = SENTENCES_MAX / 2;
        let text = format!("({} more sentences are left out here)", told.len() - SENTENCES_MAX);
        let end = told.split_off(told.len() - half);
        told.truncate(half);
        let at = told.last().and_then(|sentence| sentence.at);
        told.push(Sentence::new(at, text));
        told.extend(end);
    }
    told
}

/// How the story ends.
fn verdict(run: &Run, checked: &Checked) -> Vec<String> {
    let mut lines: Vec<String> = checked
        .findings
        .iter()
        .filter_map(|finding| finding.sentence.clone())
        .map(|text| format!("So: {text}."))
        .collect();
    for check in checked.reads.iter().filter(|check| check.violations > 0) {
        lines.extend(
            check.examples.iter().take(1).map(|example| format!("So ({}): {}.", check.name, example.text)),
        );
    }
    if lines.is_empty() {
        let count = run.history.iter().filter(|op| Operation::is_ok(op)).count();
        lines.push(format!("So: all {count} successful operations are right."));
    }
    lines
}
