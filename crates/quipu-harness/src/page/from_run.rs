//! From a run to what its page shows.

use std::collections::BTreeMap;

use quipu_sim::{Endpoint, LossCause, TraceEvent, TraceKind};

use super::data::{
    Figure, FinalRead, PageData, PageEvent, PageEventKind, PageFault, PageFinding, PageMessage, PageMistake,
    PageOperation, PageOutcome, PageReadCheck, Verdict,
};
use crate::check::{Checked, Validity};
use crate::fault_window;
use crate::operation::{Operation, Outcome};
use crate::options::Options;
use crate::results::per_operation;
use crate::runner::Run;
use crate::story::Sentence;

/// What a run is called on its page, and where its files are.
#[derive(Clone, Copy, Debug)]
pub struct RunLabels<'a> {
    /// The node: the name of a built-in one with its settings, or the program.
    pub node: &'a str,
    /// The command line that does the same again.
    pub command: &'a str,
    /// True if time was simulated.
    pub is_virtual: bool,
    /// Where the rest is.
    pub files: &'a [String],
}

impl PageData {
    /// The page of a run. `story` tells it in sentences; empty if it is too long for that.
    pub fn from_run(
        options: &Options,
        labels: RunLabels<'_>,
        run: &Run,
        checked: &Checked,
        story: &[Sentence],
    ) -> Self {
        let (messages, events) = from_trace(&run.trace, story);
        Self {
            title: format!("{} on {}", options.workload, labels.node),
            node: labels.node.into(),
            command: labels.command.into(),
            seed: options.seed,
            virtual_time: labels.is_virtual,
            began: run.began.as_nanos(),
            healed: run.healed.as_nanos(),
            ended: run.ended.as_nanos(),
            verdict: checked.verdict.into(),
            maelstrom: checked.maelstrom.into(),
            strict: options.strict,
            findings: checked.findings.iter().map(PageFinding::from).collect(),
            reads: checked.reads.iter().map(PageReadCheck::from).collect(),
            acceptable: acceptable(checked),
            finals: finals(run, checked),
            figures: figures(run),
            mistakes: run.mistakes.iter().map(PageMistake::from).collect(),
            operations: operations(run, checked),
            faults: faults(run),
            messages,
            events,
            messages_total: run.network.all.send_count,
            story: story.iter().map(|sentence| sentence.text.clone()).collect(),
            files: labels.files.to_vec(),
        }
    }
}

impl From<Validity> for Verdict {
    fn from(validity: Validity) -> Self {
        match validity {
            Validity::Valid => Self::Valid,
            Validity::Unknown => Self::Unknown,
            Validity::Invalid => Self::Invalid,
        }
    }
}

impl From<&crate::check::Finding> for PageFinding {
    fn from(finding: &crate::check::Finding) -> Self {
        Self {
            name: finding.name.into(),
            verdict: finding.validity.into(),
            sentence: finding.sentence.clone(),
            details: finding.details.clone(),
        }
    }
}

impl From<&crate::check::ReadCheck> for PageReadCheck {
    fn from(check: &crate::check::ReadCheck) -> Self {
        Self {
            name: check.name.into(),
            checked: check.checked,
            violations: check.violations,
            examples: check.examples.iter().map(|example| example.text.clone()).collect(),
        }
    }
}

impl From<&crate::mistake::Mistake> for PageMistake {
    fn from(mistake: &crate::mistake::Mistake) -> Self {
        Self {
            node: mistake.node.clone(),
            words: mistake.kind.words().into(),
            count: mistake.count,
            examples: mistake.examples.clone(),
        }
    }
}

/// The intervals as they stand in the results; empty for workloads without.
fn acceptable(checked: &Checked) -> String {
    let intervals = checked.workload().details.get("acceptable").and_then(|list| list.as_array());
    let words = intervals.into_iter().flatten().take(8).map(|interval| {
        let (from, to) = (&interval[0], &interval[1]);
        if from == to { from.to_string() } else { format!("{from} to {to}") }
    });
    words.collect::<Vec<_>>().join(", ")
}

/// The final reads that the workload's finding calls wrong are known by their process.
fn finals(run: &Run, checked: &Checked) -> Vec<FinalRead> {
    let errors = checked.workload().details.get("errors").and_then(|list| list.as_array());
    let wrong = |op: &Operation| {
        errors.into_iter().flatten().any(|error| error["process"].as_u64() == Some(u64::from(op.process)))
    };
    let finals = run.history.iter().filter(|op| op.is_final);
    let final_read = |op: &Operation| FinalRead {
        worker: op.worker,
        node: format!("n{}", op.node),
        value: result(op),
        right: op.is_ok() && !wrong(op),
    };
    finals.map(final_read).collect()
}

fn figures(run: &Run) -> Vec<Figure> {
    let each = per_operation(run.network.servers.msg_count, run.history.len()).unwrap_or(0.0);
    vec![Figure {
        name: "Messages per operation".into(),
        value: format!("{each:.2}"),
        note: "between nodes and services".into(),
    }]
}

fn operations(run: &Run, checked: &Checked) -> Vec<PageOperation> {
    let examples = checked.reads.iter().flat_map(|check| &check.examples);
    let wrong: BTreeMap<usize, &str> =
        examples.map(|example| (example.operation, example.text.as_str())).collect();
    let finals = finals(run, checked);
    let bad_final = |op: &Operation| {
        op.is_final && finals.iter().any(|read| read.worker == op.worker && !read.right && op.is_ok())
    };
    let operation = |(index, op): (usize, &Operation)| {
        let text = op.action.to_string();
        let (function, argument) = text.split_once(' ').unwrap_or((&text, ""));
        let found = wrong.get(&index).map(|text| (*text).to_owned());
        PageOperation {
            worker: op.worker,
            process: op.process,
            node: format!("n{}", op.node),
            function: function.into(),
            argument: argument.into(),
            result: result(op),
            outcome: match op.outcome {
                Outcome::Ok(_) => PageOutcome::Ok,
                Outcome::Info(_) => PageOutcome::Info,
                Outcome::Fail(_) => PageOutcome::Fail,
            },
            invoked: op.invoked.as_nanos(),
            completed: op.completed.as_nanos(),
            is_final: op.is_final,
            wrong: found.or_else(|| bad_final(op).then(|| "not an acceptable final value".into())),
        }
    };
    run.history.iter().enumerate().map(operation).collect()
}

fn result(op: &Operation) -> String {
    match &op.outcome {
        Outcome::Ok(returned) => returned.to_string(),
        Outcome::Fail(error) | Outcome::Info(error) => error.clone(),
    }
}

fn faults(run: &Run) -> Vec<PageFault> {
    let windows = fault_window::windows(&run.faults, run.ended);
    windows
        .into_iter()
        .map(|window| PageFault {
            kind: window.kind.into(),
            text: window.text,
            from: window.from,
            to: window.to,
        })
        .collect()
}

/// Messages and other events of a trace. Each message gets the number of the sentence that tells it.
fn from_trace(trace: &[TraceEvent], story: &[Sentence]) -> (Vec<PageMessage>, Vec<PageEvent>) {
    let mut messages: BTreeMap<u64, PageMessage> = BTreeMap::new();
    let mut events = Vec::new();
    let mut shown_old_state = false;
    for event in trace {
        let at = event.at.as_nanos();
        match &event.kind {
            TraceKind::Sent => {
                let from_service = matches!(event.from, Endpoint::Service(_));
                let stale = from_service && std::mem::take(&mut shown_old_state);
                messages.insert(event.id, message(event, stale, story));
            }
            TraceKind::Received | TraceKind::Duplicated => {
                if let Some(message) = messages.get_mut(&event.id) {
                    message.received.push(at);
                }
            }
            TraceKind::Lost(cause) => {
                if let Some(message) = messages.get_mut(&event.id) {
                    message.lost = Some(why(*cause).into());
                }
            }
            TraceKind::Observed(observation) => {
                shown_old_state = observation.picked < observation.newest;
                let kind = if shown_old_state { PageEventKind::Stale } else { PageEventKind::Observed };
                let text = format!("state {} of {}", observation.picked, observation.newest);
                events.push(PageEvent { at, place: event.from.to_string(), kind, text });
            }
            TraceKind::Unwanted | TraceKind::Fault => {}
            TraceKind::Crashed => events.push(node_event(event, PageEventKind::Crashed)),
            TraceKind::Restarted => events.push(node_event(event, PageEventKind::Restarted)),
            TraceKind::Paused => events.push(node_event(event, PageEventKind::Paused)),
            TraceKind::Resumed => events.push(node_event(event, PageEventKind::Resumed)),
        }
    }
    (messages.into_values().collect(), events)
}

fn message(event: &TraceEvent, stale: bool, story: &[Sentence]) -> PageMessage {
    let told = story.iter().position(|sentence| sentence.messages.contains(&event.id));
    PageMessage {
        id: event.id,
        from: event.from.to_string(),
        to: event.to.to_string(),
        sent: event.at.as_nanos(),
        received: Vec::new(),
        lost: None,
        label: event.label.clone(),
        stale,
        step: told.and_then(|index| u32::try_from(index + 1).ok()),
    }
}

fn node_event(event: &TraceEvent, kind: PageEventKind) -> PageEvent {
    PageEvent { at: event.at.as_nanos(), place: event.from.to_string(), kind, text: event.label.clone() }
}

const fn why(cause: LossCause) -> &'static str {
    match cause {
        LossCause::Partition => "partition",
        LossCause::Loss => "loss",
        LossCause::Down => "node down",
        LossCause::NoSuchNode => "nobody of that name",
    }
}
