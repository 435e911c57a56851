//! Down as well as up, and what happens if only one half is merged.

use quipu_harness::options::Options;
use quipu_harness::workload::Workload;
use quipu_node::nodes::NodeKind;

use crate::contest::{Contest, Measured, challenge, described};
use crate::lab::{Lab, LessonError};
use crate::report::{Block, Claim, Exercise, Question, Report};
use crate::specimen::Specimen;
use crate::toys::{Halves, PerNode, ROUND, Told};

pub(crate) fn give(lab: &Lab<'_>) -> Result<Report, LessonError> {
    let options = Options { workload: Workload::PnCounter, quiet_time: 1.0, ..challenge() };
    let seeds = lab.seeds(80);
    let half =
        Specimen::telling("increments joined, decrements not", || Told::at_once(Halves::new(false), ROUND));
    let whole = Specimen::telling("both halves joined", || Told::at_once(Halves::new(true), ROUND));
    let contest = Contest::run(lab, &half, &whole, &options, seeds)?;
    let single =
        Specimen::telling("one number per node, up and down", || Told::at_once(PerNode::default(), ROUND));
    let single = Measured::of(lab, &single, &options, seeds)?;
    let built_in = Measured::of(lab, &Specimen::plain(NodeKind::Gossip), &options, seeds)?;
    let mut failure = vec![
        Block::text(format!(
            "First try: the G-Counter as it is, and let each node's number also go down. The maximum then keeps the number \
             from before the decrement. The test: {}.",
            described(&options)
        )),
        Block::Rate(single.rate.clone()),
        Block::text(
            "Second try: two G-Counters, one for what was added and one for what was taken; the value is the difference. \
             Here with a mistake that reviews overlook: `merge` joins the first and forgets the second.",
        ),
    ];
    failure.extend(contest.failure_blocks());
    let mut remedy = contest.remedy_blocks();
    remedy.push(Block::text("The same as a data type of the library, gossiped:"));
    remedy.extend(built_in.blocks());
    let mut claims = contest.claims();
    claims.push(Claim::happens(&single.rate));
    claims.push(Claim::never(&built_in.rate));
    Ok(Report {
        problem: vec![
            "A counter of likes must also go down. The join of a G-Counter is a maximum, and knows only up."
                .into(),
        ],
        failure,
        idea: idea(),
        remedy,
        exercise: exercise(),
        questions: vec![
            Question::new(
                "Why two counters and not one that goes both ways?",
                format!(
                    "Because the join could not tell a decrement from an old value: {} of the tests failed with one \
                     number per node, {} of {} with two.",
                    single.rate.percent(),
                    contest.remedy.rate.hits,
                    contest.remedy.rate.trials
                ),
            ),
            Question::new(
                "How would you notice that a merge forgets a field?",
                format!(
                    "By executions of several replicas, not by tests of one: {} of the tests here, and the shortest has {} \
                     operations.",
                    contest.failing.rate.percent(),
                    contest.operations()
                ),
            ),
        ],
        claims,
    })
}

/// What to understand.
fn idea() -> Vec<String> {
    vec![
        "What must only grow is what a replica *knows*, not the value. So a decrement is one more thing known: a second \
         G-Counter counts them. Both halves grow, both are joined by maximum, and the value is their difference."
            .into(),
        "If one half is not joined, each node shows everybody's increments and only its own decrements. All nodes agree \
         on the increments, every unit test of one replica passes, and the values are too large by what the others \
         took. It shows only when a decrement and a read happen at different nodes."
            .into(),
    ]
}

/// What to try oneself.
fn exercise() -> Exercise {
    Exercise {
        task: "Turn your G-Counter into a PN-Counter. Adds may be negative now.".into(),
        judge: "-w pn-counter --node-count 3 --rate 100 --time-limit 5 --quiet-time 5",
    }
}
