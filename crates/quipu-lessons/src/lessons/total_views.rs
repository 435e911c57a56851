//! Sliding windows of event time, late events, and retries.

use std::collections::BTreeSet;

use quipu_crdt::{Added, Lattice, NodeName, ReplicaId, WindowedCounter};
use quipu_node::Rng;

use crate::figures::{Rate, Table, percent};
use crate::lab::{Lab, LessonError};
use crate::report::{Block, Claim, Exercise, Question, Report, Story};
use crate::sketch::Sketch;

/// Buckets of 10 s, windows of 6 of them, and events up to one bucket late.
const WIDTH: u64 = 10;
const WINDOW: u64 = 6;
const LATENESS: u64 = 1;
type Windowed = WindowedCounter<WIDTH, WINDOW, LATENESS>;

const NODES: u16 = 3;
const EVENTS: u64 = 600;
/// Seconds over which the events happen.
const SPAN: u64 = 120;

/// A view: who reports it, its number there, when it happened and when it arrives.
struct View {
    node: u16,
    number: u64,
    happened: u64,
    arrives: u64,
}

/// What a stream of views came to in its last window.
struct Outcome {
    truth: u128,
    by_arrival: u128,
    retried: u128,
    windowed: u128,
    /// Views that came too late for any window, all of them and those of this window.
    late: u128,
    late_in_window: u128,
}

pub(crate) fn give(lab: &Lab<'_>) -> Result<Report, LessonError> {
    let seeds = lab.seeds(300);
    let mut total = (0.0, 0.0, 0.0, 0.0);
    let mut broken = None;
    let mut rate = |what: &str, wrong: fn(&Outcome) -> bool| -> Rate {
        lab.count(what, seeds, |seed| match stream(seed) {
            Ok(outcome) => wrong(&outcome),
            Err(error) => {
                broken = Some(error);
                true
            }
        })
    };
    let arrival = rate("counted when they arrive: wrong windows", |it| it.by_arrival != it.truth);
    let retried = rate("reports repeated, counted each time: wrong windows", |it| it.retried != it.truth);
    let windowed = rate("counted when they happened, each once, late ones apart: wrong windows", |it| {
        it.windowed + it.late_in_window != it.truth
    });
    if let Some(error) = broken {
        return Err(error);
    }
    for seed in 0..seeds {
        let outcome = stream(seed)?;
        total.0 += off(outcome.by_arrival, outcome.truth);
        total.1 += off(outcome.retried, outcome.truth);
        total.2 += outcome.late as f64 / EVENTS as f64;
        total.3 += off(outcome.windowed + outcome.late_in_window, outcome.truth);
    }
    let means = [total.0, total.1, total.2].map(|sum| percent(sum / seeds.max(1) as f64));
    let mut table = Table::new(["way of counting", "wrong windows", "off by, on average"]);
    table.row(["when they arrive".into(), arrival.figures(), means[0].clone()]);
    table.row(["when they happened, repetitions too".into(), retried.figures(), means[1].clone()]);
    table.row(["when they happened, each once".into(), windowed.figures(), percent(total.3)]);
    let (wrong_story, right_story) = stories()?;
    Ok(Report {
        problem: problem(),
        failure: vec![
            Block::text(
                "Two obvious ways. Count a view when its report arrives; or count it for the time it happened, each report:",
            ),
            Block::Rate(arrival.clone()),
            Block::Rate(retried.clone()),
            Block::Story(wrong_story),
        ],
        idea: idea(),
        remedy: vec![
            Block::text(
                "The same reports, counted for the time they happened, each once, joined over the nodes:",
            ),
            Block::Rate(windowed.clone()),
            Block::Table(table),
            Block::Story(right_story),
        ],
        exercise: exercise(),
        questions: questions(&arrival, &windowed, &means),
        claims: vec![Claim::happens(&arrival), Claim::happens(&retried), Claim::never(&windowed)],
    })
}

fn questions(arrival: &Rate, windowed: &Rate, [by_arrival, retried, late]: &[String; 3]) -> Vec<Question> {
    vec![
        Question::new(
            "Event time or processing time?",
            format!(
                "Processing time answers another question: {} of the windows were wrong, by {} on average.",
                arrival.percent(),
                by_arrival
            ),
        ),
        Question::new(
            "At-least-once delivery, and the dashboard shows too much. Why?",
            format!(
                "Retries count again: on average the windows were off by {}. With a number per report {} of {} windows \
                 were wrong; {} of the events came too late for any window, and were counted as such.",
                retried, windowed.hits, windowed.trials, late
            ),
        ),
    ]
}

/// What it is about.
fn problem() -> Vec<String> {
    vec![format!(
        "How many views were there in the last minute? Views happen on phones and are reported later, some after half a \
             minute; a report without an answer is sent again. {NODES} nodes count {EVENTS} views over {SPAN} s."
    )]
}

/// What to understand.
fn idea() -> Vec<String> {
    vec![
        format!(
            "What belongs together is what *happened* together. Keep a G-Counter for each bucket of {WIDTH} s of event time; \
             a window is the sum of {WINDOW} buckets and slides with the newest event seen. An event that is more than \
             {LATENESS} bucket late is counted apart: not lost, and not in a window that was already told. The memory is \
             a fixed number of buckets."
        ),
        "And a repeated report must be recognisable: reporter and number, as everywhere in this path. Then a retry costs \
         nothing, and whoever reports may be as stubborn as he likes."
            .into(),
    ]
}

/// What to try oneself.
fn exercise() -> Exercise {
    Exercise {
        task: "The harness judges totals, not windows. Write the part that must be right: a counter whose adds carry a \
               number, so that a repeated message counts once."
            .into(),
        judge: "-w g-counter --node-count 3 --rate 100 --time-limit 5 --quiet-time 5 --nemesis partition",
    }
}

/// Views with their delays; some reports are sent twice.
fn views(seed: u64) -> Vec<View> {
    let mut rng = Rng::new(seed);
    let mut views = Vec::new();
    for number in 0..EVENTS {
        let (node, happened) = (u16::try_from(rng.below(NODES.into())).unwrap_or(0), rng.below(SPAN));
        let arrives = happened + rng.below(30);
        views.push(View { node, number, happened, arrives });
        if rng.chance(0.05) {
            views.push(View { node, number, happened, arrives: arrives + 1 + rng.below(5) });
        }
    }
    views.sort_by_key(|view| (view.arrives, view.number));
    views
}

/// Each node counts what is reported to it; in the end all are joined, and the window that ends with the last bucket is read.
fn stream(seed: u64) -> Result<Outcome, LessonError> {
    let failed = |error: &dyn std::fmt::Display| LessonError(error.to_string());
    let end = SPAN - 1;
    let from = SPAN - WINDOW * WIDTH;
    let mut nodes: Vec<Windowed> = vec![Windowed::default(); NODES.into()];
    let mut known: BTreeSet<u64> = BTreeSet::new();
    let mut outcome =
        Outcome { truth: 0, by_arrival: 0, retried: 0, windowed: 0, late: 0, late_in_window: 0 };
    for view in views(seed) {
        let in_window = u128::from(view.happened >= from);
        outcome.by_arrival += u128::from((from..SPAN).contains(&view.arrives));
        outcome.retried += in_window;
        if known.insert(view.number) {
            outcome.truth += in_window;
            let id = ReplicaId::new(NodeName::new(&format!("n{}", view.node)), 1);
            let added = nodes[usize::from(view.node)].add(id, view.happened, 1, view.arrives);
            if let Added::Late(_) = added.map_err(|error| failed(&error))? {
                outcome.late_in_window += in_window;
            }
        }
    }
    let all = nodes.iter().fold(Windowed::default(), Lattice::joined);
    outcome.windowed = all.value(end).map_err(|error| failed(&error))?;
    outcome.late = all.late();
    Ok(outcome)
}

/// How far off a count is, as a share of the truth.
fn off(shown: u128, truth: u128) -> f64 {
    shown.abs_diff(truth) as f64 / truth.max(1) as f64
}

/// One view that is reported late and twice.
fn stories() -> Result<(Story, Story), LessonError> {
    let failed = |error: &dyn std::fmt::Display| LessonError(error.to_string());
    let id = ReplicaId::new(NodeName::new("n0"), 1);
    let mut counter = Windowed::default();
    let (mut wrong, mut right) = (Sketch::new(), Sketch::new());
    let mut shown = 0;
    for (index, happened) in [5, 5].into_iter().enumerate() {
        shown += 1;
        wrong.asks(0, &format!("view at {happened} s"), &format!("ok: {shown}"));
        if index == 0 {
            let added = counter.add(id, happened, 1, 60).map_err(|error| failed(&error))?;
            drop(added);
        }
        let value = counter.value(happened).map_err(|error| failed(&error))?;
        right.asks(0, &format!("view #1 at {happened} s"), &format!("ok: {value}"));
    }
    let value = counter.value(5).map_err(|error| failed(&error))?;
    let copy = Windowed::default().joined(&counter).joined(&counter);
    let joined = copy.value(5).map_err(|error| failed(&error))?;
    wrong.asks_wrongly(0, "read", &shown.to_string(), &format!("{value} view happened, {shown} are shown"));
    right.tells(0, 1, "buckets", &joined.to_string());
    right.asks(1, "read", &joined.to_string());
    right.note("So: a report that is repeated, and a state that is joined twice, count once.");
    Ok((wrong.story("A report sent again"), right.story("The same reports, numbered")))
}
