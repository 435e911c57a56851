//! Sums of distinct counts count twice; `HyperLogLog` joins.

use quipu_crdt::{HyperLogLog, Lattice};
use quipu_node::Rng;

use crate::figures::{Table, percent};
use crate::lab::{Lab, LessonError};
use crate::report::{Block, Claim, Exercise, Question, Report};
use crate::sketch::Sketch;

type Sketched = HyperLogLog<11>;

const NODES: usize = 3;
const VIEWERS: u64 = 20_000;
/// An estimate may be so far off: three standard errors.
const TOLERATED: f64 = 3.0 * Sketched::STANDARD_ERROR;

/// What one day of viewers came to.
struct Day {
    summed: f64,
    joined: f64,
    /// True if joining twice and in another order gave the same.
    order_free: bool,
}

#[expect(clippy::unnecessary_wraps, reason = "the face of all lessons: others may fail")]
pub(crate) fn give(lab: &Lab<'_>) -> Result<Report, LessonError> {
    let seeds = lab.seeds(200);
    let mut errors: Vec<f64> = Vec::new();
    let mut order_free = true;
    let joined = lab.count("sketches joined: off by more than three standard errors", seeds, |seed| {
        let day = day(seed, VIEWERS);
        errors.push(error(day.joined, VIEWERS));
        order_free &= day.order_free;
        error(day.joined, VIEWERS).abs() > TOLERATED
    });
    let summed = lab.count("counts summed: off by more than three standard errors", seeds, |seed| {
        error(day(seed, VIEWERS).summed, VIEWERS).abs() > TOLERATED
    });
    let spread = (errors.iter().map(|error| error * error).sum::<f64>() / errors.len().max(1) as f64).sqrt();
    let worst = errors.iter().fold(0.0_f64, |worst, error| worst.max(error.abs()));
    let (table, within) = by_size((seeds / 4).max(5));
    let (wrong_story, right_story) = stories();
    Ok(Report {
        problem: problem(),
        failure: vec![
            Block::text(format!(
                "The counts of the nodes added up, for {VIEWERS} viewers of whom each visits one to {NODES} nodes. Called \
                 wrong is what is off by more than {:.1} %.",
                100.0 * TOLERATED
            )),
            Block::Rate(summed.clone()),
            Block::Story(wrong_story),
        ],
        idea: idea(),
        remedy: vec![Block::Rate(joined.clone()), Block::Table(table), Block::Story(right_story)],
        exercise: exercise(),
        questions: vec![
            Question::new(
                "Count distinct viewers over many servers in little memory. How good is it?",
                format!(
                    "With 2^11 registers, 1.5 KB: a standard deviation of {:.2} % was measured over {seeds} days of {VIEWERS} \
                     viewers, {:.2} % is predicted (1.04 / sqrt(registers)); the largest error was {:.2} %.",
                    100.0 * spread,
                    100.0 * Sketched::STANDARD_ERROR,
                    100.0 * worst
                ),
            ),
            Question::new(
                "Why not add the servers' counts?",
                format!(
                    "Because a person who visits two counts twice: on the first day the sum was {} of the truth.",
                    percent(day(0, VIEWERS).summed / VIEWERS as f64)
                ),
            ),
        ],
        claims: vec![
            Claim::happens(&summed),
            Claim::new("joined sketches are off by more than three standard errors in under 5 % of days", {
                joined.share() < 0.05
            }),
            Claim::new("joining twice and in another order changes nothing", order_free),
            Claim::new("every measured deviation is below twice the predicted one", within),
        ],
    })
}

/// The errors by the number of viewers, and whether each deviation is about the predicted one.
fn by_size(few: u64) -> (Table, bool) {
    let mut table = Table::new(["viewers", "standard deviation of the error", "largest error", "predicted"]);
    let mut within = true;
    for viewers in [10, 100, 1_000, 10_000, 100_000] {
        let errors: Vec<f64> = (0..few).map(|seed| error(day(seed, viewers).joined, viewers)).collect();
        let deviation = (errors.iter().map(|error| error * error).sum::<f64>() / errors.len() as f64).sqrt();
        let worst = errors.iter().fold(0.0_f64, |worst, error| worst.max(error.abs()));
        within &= deviation < 2.0 * Sketched::STANDARD_ERROR;
        table.row([
            viewers.to_string(),
            format!("{:.2} %", 100.0 * deviation),
            format!("{:.2} %", 100.0 * worst),
            format!("{:.2} %", 100.0 * Sketched::STANDARD_ERROR),
        ]);
    }
    (table, within)
}

/// What it is about.
fn problem() -> Vec<String> {
    vec![format!(
        "{NODES} nodes serve a video; how many *different* people have seen it? Each node can count its own different \
             viewers. Many people come by more than one node."
    )]
}

/// What to understand.
fn idea() -> Vec<String> {
    vec![
        "Different viewers are a set, and sets join by union; a count does not. But a set of all viewers is large. \
         HyperLogLog keeps, for each of some thousand groups of hashes, the longest row of leading zeros seen in it. \
         Long rows are rare, so they tell how many different hashes there were. The join is a maximum per register: \
         commutative, associative, idempotent, and exactly what one node that had seen everybody would hold."
            .into(),
        "What is given up is exactness. What cannot be had is an intersection, and the list itself. And whoever knows the \
         hash can choose viewers that inflate the count: key it where that matters."
            .into(),
    ]
}

/// What to try oneself.
fn exercise() -> Exercise {
    Exercise {
        task: "The harness has no workload for sketches. What it can judge is the part that must be right: the union. \
               Write a set that only grows, `add {element}` and `read`, starting from the set without `remove`."
            .into(),
        judge: "-w g-set --node-count 3 --rate 50 --time-limit 5 --quiet-time 5 --nemesis partition",
    }
}

/// Viewers with random numbers, each of whom visits one to all of the nodes.
fn day(seed: u64, viewers: u64) -> Day {
    let mut rng = Rng::new(seed);
    let mut sketches: [Sketched; NODES] = std::array::from_fn(|_| Sketched::default());
    let mut exact = [0_u64; NODES];
    for _ in 0..viewers {
        let viewer = rng.next_u64();
        let first = rng.index(NODES);
        for visit in 0..=rng.index(NODES) {
            let node = (first + visit) % NODES;
            let _delta = sketches[node].add_number(viewer);
            exact[node] += 1;
        }
    }
    let forwards = sketches.iter().fold(Sketched::default(), Lattice::joined);
    let backwards = sketches.iter().rev().fold(forwards.clone(), Lattice::joined);
    let order_free = forwards == backwards;
    Day { summed: exact.iter().sum::<u64>() as f64, joined: forwards.estimate(), order_free }
}

fn error(estimate: f64, viewers: u64) -> f64 {
    estimate / viewers as f64 - 1.0
}

/// Two viewers at two nodes, one of them at both.
fn stories() -> (crate::report::Story, crate::report::Story) {
    let visits = [(0_u16, 1_u64), (0, 2), (1, 2)];
    let told = |sketched: bool| {
        let mut sketch = Sketch::new();
        let mut nodes = [Sketched::default(), Sketched::default()];
        for (node, viewer) in visits {
            let _delta = nodes[usize::from(node)].add_number(viewer);
            sketch.asks(node, &format!("view by {viewer}"), "ok");
        }
        let counts = nodes.each_ref().map(HyperLogLog::value);
        let joined = nodes[1].clone().joined(&nodes[0]).value();
        let summed = counts[0] + counts[1];
        if sketched {
            sketch.tells(0, 1, "registers", &joined.to_string());
            sketch.asks(1, "read", &joined.to_string());
            sketch.note("So: who came twice counts once.");
            sketch.story("The same visits, sketches joined")
        } else {
            sketch.tells(0, 1, &counts[0].to_string(), &summed.to_string());
            sketch.asks_wrongly(
                1,
                "read",
                &summed.to_string(),
                &format!("{joined} people came, {summed} are counted"),
            );
            sketch.story("Counts added up")
        }
    };
    (told(false), told(true))
}
