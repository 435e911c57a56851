//! One number and a maximum forget concurrent increments; one per node do not.

use quipu_harness::options::Options;

use crate::contest::{Contest, challenge, described};
use crate::lab::{Lab, LessonError};
use crate::report::{Block, Exercise, Question, Report};
use crate::specimen::Specimen;
use crate::toys::{OneNumber, PerNode, ROUND, Told};

pub(crate) fn give(lab: &Lab<'_>) -> Result<Report, LessonError> {
    let options = Options { quiet_time: 1.0, ..challenge() };
    let one = Specimen::telling("one number, the larger wins", || Told::at_once(OneNumber::default(), ROUND));
    let each = Specimen::telling("one number per node", || Told::at_once(PerNode::default(), ROUND));
    let contest = Contest::run(lab, &one, &each, &options, lab.seeds(80))?;
    let mut failure = vec![Block::text(format!(
        "All nodes keep one sum, tell it to each other after every add, and keep the larger one. There are no faults at all. \
         The test: {}.",
        described(&options)
    ))];
    failure.extend(contest.failure_blocks());
    Ok(Report {
        problem: vec![
            "Joining by a maximum looks as if it threw things away: of 5 and 7 only 7 is left. Does a G-Counter lose \
             increments that happen at the same time?"
                .into(),
        ],
        failure,
        idea: idea(),
        remedy: contest.remedy_blocks(),
        exercise: exercise(),
        questions: vec![
            Question::new(
                "Two replicas of a G-Counter are incremented at the same moment, then merged by maximum. What is lost?",
                format!(
                    "Nothing: {} of {} tests failed. With one number for all, {} did, and the shortest failing run found \
                     has {} operations.",
                    contest.remedy.rate.hits,
                    contest.remedy.rate.trials,
                    contest.failing.rate.percent(),
                    contest.operations()
                ),
            ),
        ],
        claims: contest.claims(),
    })
}

/// What to understand.
fn idea() -> Vec<String> {
    vec![
        "Two nodes know 5. Both add one, both say 6, and the larger one of 6 and 6 is 6: an add is gone. The maximum is \
         innocent. What was wrong is that the two sixes mean different things."
            .into(),
        "With one number per node each number has one author, and an author counts upwards. So of two values of one \
         number the larger one is the *later* one, and contains the smaller: nothing is thrown away that the other does \
         not include. Concurrent increments are in different numbers, and the sum has both."
            .into(),
    ]
}

/// What to try oneself.
fn exercise() -> Exercise {
    Exercise {
        task: "The skeleton is the failing node. Find the smallest change that makes it right.".into(),
        judge: "-w g-counter --node-count 3 --rate 100 --time-limit 5",
    }
}
