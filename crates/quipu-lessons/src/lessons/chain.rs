//! The chain: values that never return.

use quipu_harness::options::{Options, SeqKv};
use quipu_node::nodes::{NodeKind, Remedy};

use crate::contest::{Contest, Measured, challenge, described};
use crate::figures::Table;
use crate::lab::{Lab, LessonError};
use crate::report::{Block, Claim, Exercise, Question, Report};
use crate::specimen::Specimen;

pub(crate) fn give(lab: &Lab<'_>) -> Result<Report, LessonError> {
    let seeds = lab.seeds(60);
    let options = Options { seq_kv: SeqKv::Adversary, ..challenge() };
    let untagged = Specimen::built_in(NodeKind::Chain, "--without tags", |settings| {
        settings.without = Some(Remedy::Tags);
    });
    let chain = Specimen::plain(NodeKind::Chain);
    let contest = Contest::run(lab, &untagged, &chain, &options, seeds)?;
    let mut table = Table::new(["store", "failed tests", "messages per operation"]);
    let mut claims = contest.claims();
    for store in [SeqKv::Maelstrom, SeqKv::Strict, SeqKv::Adversary] {
        let options = Options { seq_kv: store, strict: true, ..options.clone() };
        let measured = Measured::of(lab, &chain, &options, seeds)?;
        let each = format!("{:.1}", measured.found.messages_per_operation());
        table.row([store.to_string(), measured.rate.figures(), each]);
        claims.push(Claim::never(&measured.rate));
    }
    let mut failure = vec![Block::text(format!(
        "A counter whose every operation, reads included, ends in a successful swap of its one key. Left out is one \
         thing: the tag that makes each value a new one. The store gives the most inconvenient lawful answers. The test: {}.",
        described(&options)
    ))];
    failure.extend(contest.failure_blocks());
    let mut remedy = contest.remedy_blocks();
    remedy.push(Block::text("And with every single read checked, on three stores:"));
    remedy.push(Block::Table(table));
    Ok(Report {
        problem: vec![
            "Wanted: a counter that is right on *every* sequentially consistent store, not on the one that happens to be \
             there; reads that show every add acknowledged before they began."
                .into(),
        ],
        failure,
        idea: idea(),
        remedy,
        exercise: exercise(),
        questions: vec![
            Question::new(
                "Can one build something linearizable on something that is only sequentially consistent?",
                format!(
                    "Yes, with compare-and-swap and values that never return: {} of {} tests failed on the most \
                     inconvenient lawful store, and {} without the tags.",
                    contest.remedy.rate.hits,
                    contest.remedy.rate.trials,
                    contest.failing.rate.percent()
                ),
            ),
            Question::new(
                "What does it cost?",
                format!(
                    "{:.1} messages per operation here, and one successful swap at a time for the whole cluster.",
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
        "Keep under one key: the sum, the number of each node's last operation, and a tag that no earlier value had. \
         An add swaps the value last seen for one with the new sum and a new tag. A read does the same and adds 0."
            .into(),
        "No value ever returns, so no two swaps succeed from the same one: all successes form a chain. Suppose a swap \
         began after another had succeeded, and stood before it in the chain. Then the other was built, directly or \
         not, on a value whose tag had not been made when it was sent. So real time cannot cross the chain: every \
         operation takes effect between its call and its answer, and the counter is linearizable although its store \
         is not. Without the tag a read changes nothing, and all is lost."
            .into(),
    ]
}

/// What to try oneself.
fn exercise() -> Exercise {
    Exercise {
        task: "Write the chain: a value of sum and tag, adds and reads by swap from the value last seen, a fresh read \
               when a swap is refused. Take one operation at a time per node; let others wait."
            .into(),
        judge: "-w g-counter --node-count 3 --rate 100 --time-limit 5 --strict",
    }
}
