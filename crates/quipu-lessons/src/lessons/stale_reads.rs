//! A sequentially consistent store may show the past.

use quipu_harness::options::Options;
use quipu_node::nodes::NodeKind;

use crate::contest::{Contest, Measured, challenge, described};
use crate::figures::{Rate, Table};
use crate::lab::{Lab, LessonError};
use crate::report::{Block, Claim, Exercise, Question, Report};
use crate::specimen::Specimen;

pub(crate) fn give(lab: &Lab<'_>) -> Result<Report, LessonError> {
    let (options, seeds) = (challenge(), lab.seeds(100));
    let (cas, chain) = (Specimen::plain(NodeKind::Cas), Specimen::plain(NodeKind::Chain));
    let contest = Contest::run(lab, &cas, &chain, &options, seeds)?;
    let patient = Options { quiet_time: 1000.0, ..options.clone() };
    let patient = Measured::of(lab, &cas, &patient, seeds)?;
    let (by_nodes, few, many) = by_nodes(lab, &cas, &options, seeds)?;
    let mut failure = vec![Block::text(format!(
        "The node `cas` loses nothing: it adds by compare-and-swap, again until the swap succeeds. Its reads are plain \
         reads. The test: {}.",
        described(&options)
    ))];
    failure.extend(contest.failure_blocks());
    failure.push(Block::text(format!(
        "Waiting does not help. The same test with {} s of quiet instead of {} s:",
        1000, options.quiet_time
    )));
    failure.push(Block::Rate(patient.rate.clone()));
    failure.push(Block::text("More nodes make it worse: there are more that can be behind."));
    failure.push(Block::Table(by_nodes));
    let mut claims = contest.claims();
    claims.push(Claim::new(
        "a long quiet time makes no difference beyond chance",
        !contest.failing.rate.exceeds(&patient.rate) && !patient.rate.exceeds(&contest.failing.rate),
    ));
    claims.push(Claim::new("more nodes fail more often", many.share() > few.share()));
    Ok(Report {
        problem: vec![
            "The store promises sequential consistency: one order of all operations, in which each node's own \
             operations keep theirs. That sounds like the truth. It does not promise that you are shown the *end* of \
             that order."
                .into(),
        ],
        failure,
        idea: idea(),
        remedy: contest.remedy_blocks(),
        exercise: exercise(),
        questions: vec![
            Question::new(
                "Is it not enough to wait until the system is quiet?",
                format!(
                    "No. With {} s of quiet {} of the tests failed, with {} s {}: the intervals overlap.",
                    options.quiet_time,
                    contest.failing.rate.percent(),
                    1000,
                    patient.rate.percent()
                ),
            ),
            Question::new(
                "How many reads are old, if so many tests fail?",
                format!(
                    "{} of the final reads; a test has {} of them and fails if one is wrong.",
                    contest.failing.wrong_finals().percent(),
                    options.concurrency
                ),
            ),
        ],
        claims,
    })
}

/// What to understand.
fn idea() -> Vec<String> {
    vec![
        "An operation that changes nothing may stand anywhere in the order between the last state its node has \
         seen and the newest. So the store remembers its states and answers a plain read from one of them: a toss. \
         Only an operation that changes the store must stand at the end, and carries its node there."
            .into(),
        "A node that added last has seen the end and answers rightly. A node one change behind tosses a coin, and \
         tosses it again at each read. Time does not move it: nothing moves a node forward except asking. This is \
         why people remember different figures for the same program."
            .into(),
    ]
}

/// What to try oneself.
fn exercise() -> Exercise {
    Exercise {
        task: "Make the reads of your compare-and-swap counter current on this store. Hint: what carries a node to \
               the newest state?"
            .into(),
        judge: "-w g-counter --node-count 3 --rate 100 --time-limit 5",
    }
}

/// The failure rates with few and many nodes, and the table of all.
fn by_nodes(
    lab: &Lab<'_>,
    node: &Specimen,
    options: &Options,
    seeds: u64,
) -> Result<(Table, Rate, Rate), LessonError> {
    let mut table = Table::new(["nodes", "failed tests"]);
    let mut rates = Vec::new();
    for count in [2_u16, 5, 10] {
        let options = Options { node_count: count, concurrency: u32::from(count), ..options.clone() };
        let rate = Measured::of(lab, node, &options, seeds)?.rate;
        table.row([count.to_string(), rate.figures()]);
        rates.push(rate);
    }
    let many = rates.pop().unwrap_or_else(|| Rate::new("", 0, 0));
    Ok((table, rates.swap_remove(0), many))
}
