//! Two who read the same sum write the same sum.

use quipu_node::nodes::{Fence, NodeKind};

use crate::contest::{Contest, Measured, challenge, described};
use crate::lab::{Lab, LessonError};
use crate::report::{Block, Claim, Exercise, Question, Report};
use crate::specimen::Specimen;

pub(crate) fn give(lab: &Lab<'_>) -> Result<Report, LessonError> {
    let options = challenge();
    let lossy =
        Specimen::built_in(NodeKind::Lossy, "--fence fresh", |settings| settings.fence = Fence::Fresh);
    let chain = Specimen::plain(NodeKind::Chain);
    let plain = Measured::of(lab, &Specimen::plain(NodeKind::Lossy), &options, lab.seeds(60))?;
    let contest = Contest::run(lab, &lossy, &chain, &options, lab.seeds(60))?;
    let wrong = contest.failing.wrong_finals();
    let adds = contest.failing.found.operations / contest.failing.found.seeds.max(1);
    let mut failure = vec![Block::text(format!(
        "The node `lossy` does the obvious: read the sum, add, write it back. The test: {}. A test fails if one of \
             its last reads shows what no order of the acknowledged adds can give.",
        described(&options)
    ))];
    failure.push(Block::Rate(plain.rate.clone()));
    failure.push(Block::text(
        "Two things are wrong with it: it loses updates, and its reads may be old, which is the next lesson. To see the \
         first one alone, its reads are made current by writing a fresh value before each (`--fence fresh`):",
    ));
    failure.extend(contest.failure_blocks());
    let mut claims = contest.claims();
    claims.push(Claim::happens(&plain.rate));
    let kinds = &contest.failing.found.kinds;
    claims.push(Claim::new("with current reads, what fails are lost updates alone", {
        !kinds.is_empty() && kinds.keys().all(|kind| kind.starts_with("lost"))
    }));
    Ok(Report {
        problem: vec![
            "A counter is kept under one key of a store that several servers share. Each server answers `add` by \
             reading the sum, adding, and writing the new sum. Every single step is right, and every test on one \
             machine passes."
                .into(),
        ],
        failure,
        idea: idea(),
        remedy: contest.remedy_blocks(),
        exercise: exercise(),
        questions: vec![
            Question::new(
                "How likely is a lost update when it takes two requests within a few milliseconds?",
                format!(
                    "Per pair of requests unlikely, per test nearly certain: with about {adds} operations a test, {} of \
                     the tests ended wrong, and {} of the final reads in them.",
                    contest.failing.rate.percent(),
                    wrong.percent()
                ),
            ),
            Question::new(
                "What is the smallest run that shows it?",
                format!("The shortest found here has {} operations, reads included.", contest.operations()),
            ),
        ],
        claims,
    })
}

/// What to understand.
fn idea() -> Vec<String> {
    vec![
        "Between the read and the write of one server another one may write. The later write was made from the \
         older sum, so it takes the other's add away. Nobody gets an error: both clients are told that their add \
         was done. No waiting afterwards brings it back, because the add is nowhere any more."
            .into(),
        "So the write must say what it was made from: put the new sum only where the old one still stands. That \
         is compare-and-swap, and the node below does all its work by it. Why it does so much more than one swap \
         is what the next four lessons are about."
            .into(),
    ]
}

/// What to try oneself.
fn exercise() -> Exercise {
    Exercise {
        task: "Start from the skeleton, which is the losing node. Make `add` lose nothing. The harness will still \
               find old reads: that is the next lesson."
            .into(),
        judge: "-w g-counter --node-count 3 --rate 100 --time-limit 5",
    }
}
