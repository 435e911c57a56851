//! No store: send what you know, not what you did.

use quipu_harness::nemesis::NemesisKind;
use quipu_harness::options::Options;

use crate::contest::{Contest, challenge, described};
use crate::lab::{Lab, LessonError};
use crate::report::{Block, Exercise, Question, Report};
use crate::specimen::Specimen;
use crate::toys::{DeltasOnce, PerNode, ROUND, Told};

pub(crate) fn give(lab: &Lab<'_>) -> Result<Report, LessonError> {
    let options = Options {
        nemesis: vec![NemesisKind::Partition],
        nemesis_interval: 2.0,
        quiet_time: 1.0,
        ..challenge()
    };
    let deltas = Specimen::own("what I did, once", DeltasOnce::default);
    let counter = Specimen::telling("what I know, each round", || Told::in_rounds(PerNode::default(), ROUND));
    let contest = Contest::run(lab, &deltas, &counter, &options, lab.seeds(100))?;
    let mut failure = vec![Block::text(format!(
        "The first node sends each add to its peers, once, and adds what it is sent. The test: {}, with partitions \
         between nodes that come and go.",
        described(&options)
    ))];
    failure.extend(contest.failure_blocks());
    let duplicated = Options { nemesis: Vec::new(), duplicate: 0.02, ..options.clone() };
    let twice = lab.explore(&deltas, &duplicated, lab.seeds(100))?;
    let twice = crate::figures::Rate::new(
        "what I did, once; 2 % of messages delivered twice: failed tests",
        twice.failures,
        twice.seeds,
    );
    failure.push(Block::text("A message that arrives twice is as bad as one that does not:"));
    failure.push(Block::Rate(twice.clone()));
    let mut claims = contest.claims();
    claims.push(crate::report::Claim::happens(&twice));
    Ok(Report {
        problem: vec![
            "A store that all share must be reached for every add. Each node could as well count by itself and tell the \
             others. But messages between nodes get lost, arrive twice, and arrive in any order."
                .into(),
        ],
        failure,
        idea: idea(),
        remedy: contest.remedy_blocks(),
        exercise: exercise(),
        questions: vec![
            Question::new(
                "Why not put the adds into a reliable queue between the nodes?",
                format!(
                    "Because exactly once is what has to be paid for. Sent once over plain messages, {} of the tests \
                     failed under partitions and {} when 2 % of the messages came twice; with state instead of adds {} \
                     of {} failed, over the same links.",
                    contest.failing.rate.percent(),
                    twice.percent(),
                    contest.remedy.rate.hits,
                    contest.remedy.rate.trials
                ),
            ),
            Question::new(
                "What does the state cost?",
                format!(
                    "{:.1} messages per operation here, each with one number per node: it grows with the nodes, not with \
                     the adds.",
                    contest.remedy.found.messages_per_operation()
                ),
            ),
        ],
        claims,
    })
}

/// What to understand.
fn idea() -> Vec<String> {
    vec![
        "A message that says what *happened* must arrive exactly once. One that says what is *known* need not: let each \
         node keep one number per node, raise only its own, and send all of them, again and again. Who hears \
         numbers keeps the larger one of each. The value is their sum."
            .into(),
        "That is a G-Counter. A lost message costs time, because the next one says the same and more. A message twice \
         costs nothing. The order does not matter."
            .into(),
    ]
}

/// What to try oneself.
fn exercise() -> Exercise {
    Exercise {
        task: "The skeleton tells its peers one number and keeps the larger one. Make it a G-Counter.".into(),
        judge: "-w g-counter --node-count 3 --rate 100 --time-limit 5 --quiet-time 5 --nemesis partition",
    }
}
