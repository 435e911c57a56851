//! Last writer wins means that somebody loses unread.

use quipu_harness::options::Options;
use quipu_harness::workload::Workload;
use quipu_node::nodes::NodeKind;

use crate::contest::{Contest, challenge, described};
use crate::lab::{Lab, LessonError};
use crate::report::{Block, Exercise, Question, Report};
use crate::specimen::Specimen;
use crate::toys::{LastWriter, ROUND, Told};

pub(crate) fn give(lab: &Lab<'_>) -> Result<Report, LessonError> {
    let options = Options { workload: Workload::MvRegister, quiet_time: 1.0, ..challenge() };
    let last = Specimen::telling("last writer wins", || Told::at_once(LastWriter::default(), ROUND));
    let register = Specimen::plain(NodeKind::MvRegister);
    let contest = Contest::run(lab, &last, &register, &options, lab.seeds(80))?;
    let writes = contest.failing.found.operations / contest.failing.found.seeds.max(1);
    let mut failure = vec![Block::text(format!(
        "A register that keeps the write with the highest number, told at once. The check is strict about what matters: \
         a value may be replaced only by a writer who had read it. It looks at the last reads, when all is quiet. The test: \
         {}, no faults.",
        described(&options)
    ))];
    failure.extend(contest.failure_blocks());
    Ok(Report {
        problem: vec![
            "Two people write the same field at the same time. One value must be kept, so keep the later one. Nearly every \
             system does it. What does it cost?"
                .into(),
        ],
        failure,
        idea: idea(),
        remedy: contest.remedy_blocks(),
        exercise: exercise(),
        questions: vec![
            Question::new(
                "How often does last-writer-wins lose something in practice?",
                format!(
                    "As often as two writes cross and neither is read before the end. Here {} of the tests of {writes} \
                     operations ended with an acknowledged write lost that no later writer had read; with siblings {} of \
                     {} did. The smallest case has {} operations.",
                    contest.failing.rate.percent(),
                    contest.remedy.rate.hits,
                    contest.remedy.rate.trials,
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
        "Two writes that have not seen each other have no \"later\". A rule that picks one throws the other away, although \
         it was acknowledged and nobody has ever read it. All replicas agree, so no check of convergence finds fault."
            .into(),
        "A multi-value register keeps both, side by side, until somebody writes who has read both. A read gives the values \
         and a context; the write brings the context back and replaces exactly what was read. The application decides, \
         or its user. Where any value will do, last writer wins is good enough, and then it should be a decision."
            .into(),
    ]
}

/// What to try oneself.
fn exercise() -> Exercise {
    Exercise {
        task: "Let the skeleton keep concurrent writes. A write comes with the context of its client's last read.".into(),
        judge: "-w mv-register --node-count 3 --rate 50 --time-limit 5 --quiet-time 5",
    }
}
