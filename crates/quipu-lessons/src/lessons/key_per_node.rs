//! A key per node: no contention, the same old reads, and the swap that is its own barrier.

use quipu_node::nodes::NodeKind;

use crate::contest::{Contest, Measured, challenge, described};
use crate::lab::{Lab, LessonError};
use crate::report::{Block, Claim, Exercise, Question, Report};
use crate::specimen::Specimen;

pub(crate) fn give(lab: &Lab<'_>) -> Result<Report, LessonError> {
    let (options, seeds) = (challenge(), lab.seeds(100));
    let (keys, slots) = (Specimen::plain(NodeKind::Keys), Specimen::plain(NodeKind::Slots));
    let contest = Contest::run(lab, &keys, &slots, &options, seeds)?;
    let cas = Measured::of(lab, &Specimen::plain(NodeKind::Cas), &options, seeds)?;
    let mut failure = vec![Block::text(format!(
        "The node `keys` gives each node a key of its own, which only that node writes; a read sums them all. The test: {}.",
        described(&options)
    ))];
    failure.extend(contest.failure_blocks());
    failure.push(Block::text("Beside it, one key for all with compare-and-swap and plain reads:"));
    failure.push(Block::Rate(cas.rate.clone()));
    let mut claims = contest.claims();
    claims.push(Claim::new(
        "a key per node fails less often than one key with plain reads",
        contest.failing.rate.share() < cas.rate.share(),
    ));
    claims.push(Claim::new("no update is lost: what fails is stale", {
        contest.failing.found.kinds.keys().all(|kind| kind.starts_with("stale"))
    }));
    Ok(Report {
        problem: vec![
            "Swaps on one key are refused when others swap: the more writers, the more repetition. If each node wrote a \
             key of its own there would be nothing to refuse."
                .into(),
        ],
        failure,
        idea: idea(),
        remedy: contest.remedy_blocks(),
        exercise: exercise(),
        questions: vec![
            Question::new(
                "You shard a hot counter into one row per writer. What have you gained and what not?",
                format!(
                    "No contention: {:.1} messages per operation, whatever the others do. Not fresher reads: {} of the \
                     tests still ended with an old one, against {} with one key.",
                    contest.failing.found.messages_per_operation(),
                    contest.failing.rate.percent(),
                    cas.rate.percent()
                ),
            ),
            Question::new(
                "What does a current read cost then?",
                format!(
                    "{:.1} messages per operation with the swap as its own barrier; {} of {} tests failed.",
                    contest.remedy.found.messages_per_operation(),
                    contest.remedy.rate.hits,
                    contest.remedy.rate.trials
                ),
            ),
        ],
        claims,
    })
}

/// What to understand.
fn idea() -> Vec<String> {
    vec![
        "This is a G-Counter, kept in a store: one number per node, raised by its owner alone, and the value is the \
         sum. No add is ever lost. But each of the reads may be old, key by key."
            .into(),
        "`slots` moves its own key by compare-and-swap from the old sum to the new one, also before a read. That \
         changes the store, which on Maelstrom's store carries the node to the newest state; the reads of the others \
         come after it. A swap whose answer was lost is settled by looking at the own key: nobody else writes it. The \
         definition alone does not promise any of it: see `fences`."
            .into(),
    ]
}

/// What to try oneself.
fn exercise() -> Exercise {
    Exercise {
        task:
            "Change the skeleton to a key per node. Then make the read current without slowing the add down."
                .into(),
        judge: "-w g-counter --node-count 3 --rate 100 --time-limit 5",
    }
}
