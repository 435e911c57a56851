//! Commutative, associative, idempotent: each broken once.

use quipu_crdt::{GCounter, Lattice, NodeName, ReplicaId};
use quipu_laws::{Past, Replica, Settings, Subject, check};
use quipu_node::Rng;

use crate::figures::{Rate, Table};
use crate::lab::{Lab, LessonError};
use crate::report::{Block, Claim, Exercise, Question, Report, Story};
use crate::sketch::Sketch;

/// A way to join two numbers.
type Join = fn(f64, f64) -> f64;

/// True if a join keeps a law on three numbers.
type Holds = fn(Join, [f64; 3]) -> bool;

/// Each of the first three keeps two of the laws; the last one keeps all.
const JOINS: [(&str, Join); 4] = [
    ("keep mine", |mine, _| mine),
    ("the mean of both", |a, b| f64::midpoint(a, b)),
    ("the sum of both", |a, b| a + b),
    ("the larger one", f64::max),
];

const LAWS: [(&str, Holds); 3] = [
    ("commutative", |join, [a, b, _]| same(join(a, b), join(b, a))),
    ("associative", |join, [a, b, c]| same(join(join(a, b), c), join(a, join(b, c)))),
    ("idempotent", |join, [a, ..]| same(join(a, a), a)),
];

/// The numbers drawn are small and whole, so that floats are exact here.
fn same(a: f64, b: f64) -> bool {
    a.total_cmp(&b).is_eq()
}

/// A counter that adds what it is told.
#[derive(Clone)]
struct Adding(u64);

impl Subject for Adding {
    type Operation = ();
    type Delta = u64;
    type View = u64;

    fn new(_: Replica) -> Self {
        Self(0)
    }

    fn alphabet() -> Vec<()> {
        vec![()]
    }

    fn edit(&mut self, (): &()) -> Option<u64> {
        self.0 += 1;
        Some(1)
    }

    fn receive(&mut self, delta: &u64) {
        self.0 = self.0.saturating_add(*delta);
    }

    fn pull(&mut self, other: &Self) {
        self.0 = self.0.saturating_add(other.0);
    }

    fn view(&self) -> u64 {
        self.0
    }

    fn specification(past: Past<'_, ()>) -> u64 {
        past.iter().count() as u64
    }
}

/// A G-Counter, and who raises it here.
#[derive(Clone)]
struct Counting(GCounter, ReplicaId);

impl Subject for Counting {
    type Operation = ();
    type Delta = GCounter;
    type View = u128;

    fn new(replica: Replica) -> Self {
        let name = NodeName::new(&format!("n{}", replica.node));
        Self(GCounter::default(), ReplicaId::new(name, replica.incarnation.into()))
    }

    fn alphabet() -> Vec<()> {
        vec![()]
    }

    fn edit(&mut self, (): &()) -> Option<GCounter> {
        self.0.increment(self.1, 1).ok()
    }

    fn receive(&mut self, delta: &GCounter) {
        self.0.join(delta);
    }

    fn pull(&mut self, other: &Self) {
        self.0.join(&other.0);
    }

    fn view(&self) -> u128 {
        self.0.value()
    }

    fn specification(past: Past<'_, ()>) -> u128 {
        past.iter().count() as u128
    }

    fn stands_for(
        history: &quipu_laws::History<()>,
        id: quipu_laws::OperationId,
        _: &GCounter,
    ) -> quipu_laws::Operations {
        history.by_same_replica_up_to(id)
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the face of all lessons: others may fail")]
pub(crate) fn give(lab: &Lab<'_>) -> Result<Report, LessonError> {
    let seeds = lab.seeds(300);
    let (table, rates) = broken(lab, seeds);
    let settings = Settings { executions: seeds, ..Settings::default() };
    let found = check::<Adding>(&settings).err();
    let report = check::<Counting>(&settings);
    let mut failure = vec![
        Block::text(format!(
            "Four ways to join two numbers, each tried on {seeds} triples drawn at random. How often does a law not hold?"
        )),
        Block::Table(table),
        Block::text(
            "What a broken law does to replicas: a counter that joins by the sum, in random executions of edits, pulls, \
             deltas late and twice. The shortest failing execution:",
        ),
    ];
    if let Some(found) = &found {
        failure.push(Block::Story(Story {
            title: format!("Broken: {}", found.law),
            lines: found.story.iter().cloned().chain([format!("So: {}.", found.detail)]).collect(),
            picture: None,
        }));
    }
    let (adding, wrong) = twice(Adding::new(replica(0)), Adding::new(replica(1)), "The sum, told twice");
    let (counting, right) =
        twice(Counting::new(replica(0)), Counting::new(replica(1)), "The same schedule with a G-Counter");
    failure.push(Block::Story(adding));
    let remedy = vec![
        Block::text(match &report {
            Ok(report) => format!("A G-Counter in the same executions: {report}; no law is broken."),
            Err(failure) => format!("A G-Counter in the same executions: {failure}"),
        }),
        Block::Story(counting),
    ];
    Ok(Report {
        problem: problem(),
        failure,
        idea: idea(),
        remedy,
        exercise: exercise(),
        questions: vec![
            Question::new(
                "Which law does `merge(a, b) = a + b` break?",
                format!(
                    "Idempotence, in {} of {} triples; it is commutative and associative ({} and {} violations).",
                    rates[2][2].hits, rates[2][2].trials, rates[2][0].hits, rates[2][1].hits
                ),
            ),
            Question::new(
                "Is the mean of two replicas a CRDT?",
                format!(
                    "No: it is not associative ({} of the triples), so the value depends on who was merged first.",
                    rates[1][1].percent()
                ),
            ),
            Question::new(
                "How do you test the laws?",
                format!(
                    "On states that were reached, by executions, and against a specification: the sum was found out after \
                     {} executions and shrunk to {} steps.",
                    found.as_ref().map_or(0, |found| found.found_after),
                    found.as_ref().map_or(0, |found| found.story.len())
                ),
            ),
        ],
        claims: claims(&rates, found.is_some(), report.is_ok(), [wrong, right]),
    })
}

/// What it is about.
fn problem() -> Vec<String> {
    vec![
        "Replicas hear from each other in any order, in any grouping, and more than once. When do they all come to the \
         same value?"
            .into(),
    ]
}

/// What to understand.
fn idea() -> Vec<String> {
    vec![
        "Three laws of the join, one for each thing a network does. It reorders: the join must be *commutative*. It \
         groups, because one who has heard from another tells both: *associative*. It repeats: *idempotent*. \
         Whoever has received the same is then in the same state, and that is all that strong eventual convergence says."
            .into(),
        "Each law can be broken alone. *Keep mine* depends on who asks. The *mean* depends on who was first. The *sum* \
         counts repetitions. The larger one obeys all three; so does a maximum per node, and whatever is made of such \
         parts. The laws say nothing about *which* value: a type that always shows 0 obeys them. So it needs a \
         specification beside them, and the executions above hold every state against one."
            .into(),
    ]
}

/// What to try oneself.
fn exercise() -> Exercise {
    Exercise {
        task: "Break one law on purpose in a counter that was right, and see whether the harness notices without \
               faults, with `--nemesis partition`, and with `quipu explore --duplicate 0.05` for a built-in node."
            .into(),
        judge: "-w g-counter --node-count 3 --rate 100 --time-limit 5 --nemesis partition",
    }
}

fn claims(rates: &[Vec<Rate>], found: bool, lawful: bool, told_twice: [bool; 2]) -> Vec<Claim> {
    let only = |join: usize, law: usize| {
        rates[join].iter().enumerate().all(|(index, rate)| (rate.hits > 0) == (index == law))
    };
    vec![
        Claim::new("keep mine breaks commutativity alone", only(0, 0)),
        Claim::new("the mean breaks associativity alone", only(1, 1)),
        Claim::new("the sum breaks idempotence alone", only(2, 2)),
        Claim::new("the larger one breaks none", rates[3].iter().all(|rate| rate.hits == 0)),
        Claim::new("the executions find the sum out", found),
        Claim::new("the executions find nothing in a G-Counter", lawful),
        Claim::new(
            "told twice, the sum counts twice and the G-Counter does not",
            told_twice == [false, true],
        ),
    ]
}

/// How often each join breaks each law.
fn broken(lab: &Lab<'_>, seeds: u64) -> (Table, Vec<Vec<Rate>>) {
    let mut table = Table::new(["join", "not commutative", "not associative", "not idempotent"]);
    let mut all = Vec::new();
    for (name, join) in JOINS {
        let rates: Vec<Rate> = LAWS
            .iter()
            .map(|(law, holds)| {
                lab.count(format!("{name}: not {law}"), seeds, |seed| {
                    let mut rng = Rng::new(seed);
                    let mut number = || (1 + rng.below(9)) as f64;
                    !holds(join, [number(), number(), number()])
                })
            })
            .collect();
        table.row([name.into(), rates[0].figures(), rates[1].figures(), rates[2].figures()]);
        all.push(rates);
    }
    (table, all)
}

const fn replica(node: u8) -> Replica {
    Replica { node, incarnation: 1 }
}

/// One replica adds, and tells another twice. True if the other then shows what was added.
fn twice<S: Subject<Operation = ()>>(mut one: S, mut other: S, title: &str) -> (Story, bool)
where
    S::View: std::fmt::Debug,
{
    let mut sketch = Sketch::new();
    let _delta = one.edit(&());
    sketch.asks(0, "add 1", "ok");
    for _ in 0..2 {
        other.pull(&one);
        sketch.tells(0, 1, &format!("state {:?}", one.view()), &format!("{:?}", other.view()));
    }
    let (shown, added) = (format!("{:?}", other.view()), format!("{:?}", one.view()));
    if shown == added {
        sketch.asks(1, "read", &shown);
        sketch.note("So: what was told twice counts once.");
    } else {
        sketch.asks_wrongly(1, "read", &shown, &format!("it shows {shown}; {added} was added"));
    }
    (sketch.story(title), shown == added)
}
