//! A union brings back what was removed; an OR-Set knows what it has seen.

use quipu_harness::nemesis::NemesisKind;
use quipu_harness::options::Options;
use quipu_harness::workload::Workload;
use quipu_node::nodes::{NodeKind, Remedy};

use crate::contest::{Contest, challenge, described};
use crate::lab::{Lab, LessonError};
use crate::report::{Block, Exercise, Question, Report};
use crate::specimen::Specimen;

pub(crate) fn give(lab: &Lab<'_>) -> Result<Report, LessonError> {
    let options = Options {
        workload: Workload::OrSet,
        nemesis: vec![NemesisKind::Partition],
        nemesis_interval: 2.0,
        ..challenge()
    };
    let union = Specimen::built_in(NodeKind::OrSet, "--without context", |settings| {
        settings.without = Some(Remedy::Context);
    });
    let set = Specimen::plain(NodeKind::OrSet);
    let contest = Contest::run(lab, &union, &set, &options, lab.seeds(60))?;
    let mut failure = vec![Block::text(format!(
        "A set that joins by union: a node takes the elements it is sent and keeps them. The test: {}, with partitions.",
        described(&options)
    ))];
    failure.extend(contest.failure_blocks());
    Ok(Report {
        problem: vec![
            "A set that only grows joins by union. Now let elements be removed. One node has removed `x`, another one still \
             has it. Is `x` new there, or old here?"
                .into(),
        ],
        failure,
        idea: idea(),
        remedy: contest.remedy_blocks(),
        exercise: exercise(),
        questions: vec![
            Question::new(
                "Why does a removed element come back after a merge?",
                format!(
                    "Because the merge takes \"I still have it\" for \"it is new\": {} of the tests, the shortest with {} \
                     operations. With a causal context {} of {} tests failed.",
                    contest.failing.rate.percent(),
                    contest.operations(),
                    contest.remedy.rate.hits,
                    contest.remedy.rate.trials
                ),
            ),
            Question::new(
                "Does an OR-Set need partitions to be interesting?",
                format!(
                    "No: an add and a remove within one message's way are concurrent too. The shortest failing run of the \
                     union has {} faults.",
                    contest.shortest.as_ref().map_or(0, |it| it.schedule.script.faults.len())
                ),
            ),
        ],
        claims: contest.claims(),
    })
}

/// What to understand.
fn idea() -> Vec<String> {
    vec![
        "From the elements alone it cannot be told. A tombstone for each removal would tell, and would stay for ever, and \
         would forbid adding the element again."
            .into(),
        "Give each *add* a name (a dot: replica and number), and keep a summary of all names ever seen (a causal \
         context). An add that is here, and that the other has seen and no longer has, was removed there. One that the \
         other has never seen is new. A remove takes away exactly the adds it has seen, so an add at the same time wins. \
         What remains of a million removals is one number per replica."
            .into(),
    ]
}

/// What to try oneself.
fn exercise() -> Exercise {
    Exercise {
        task: "The skeleton names its adds and joins by union. Add the context: which names have I seen?"
            .into(),
        judge: "-w or-set --node-count 3 --rate 50 --time-limit 5 --quiet-time 5 --nemesis partition",
    }
}
