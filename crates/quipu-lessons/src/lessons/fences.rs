//! Identity swap, lock and fresh write: what they do on one store, and what the definition allows.

use quipu_harness::options::{Options, SeqKv};
use quipu_node::nodes::{Fence, NodeKind};

use crate::contest::{Contest, Measured, challenge, described};
use crate::figures::{Rate, Table};
use crate::lab::{Lab, LessonError};
use crate::report::{Block, Claim, Exercise, Question, Report};
use crate::specimen::Specimen;

pub(crate) fn give(lab: &Lab<'_>) -> Result<Report, LessonError> {
    let (kind, seeds) = (challenge(), lab.seeds(40));
    let hostile = Options { seq_kv: SeqKv::Adversary, ..kind.clone() };
    let fresh = Specimen::built_in(NodeKind::Cas, "--fence fresh", |settings| settings.fence = Fence::Fresh);
    let chain = Specimen::plain(NodeKind::Chain);
    let contest = Contest::run(lab, &fresh, &chain, &hostile, seeds)?;
    let mut table = Table::new(["counter", "on Maelstrom's store", "on the most inconvenient lawful store"]);
    let mut rates: Vec<(Rate, Rate)> = Vec::new();
    let identity =
        Specimen::built_in(NodeKind::Cas, "--fence identity", |settings| settings.fence = Fence::Identity);
    for node in [&identity, &Specimen::plain(NodeKind::Locked), &fresh, &chain] {
        let here = Measured::of(lab, node, &kind, seeds)?.rate;
        let there = Measured::of(lab, node, &hostile, seeds)?.rate;
        table.row([node.label.clone(), here.figures(), there.figures()]);
        rates.push((here, there));
    }
    let mut failure = vec![Block::text(format!(
        "Three ways in which people make a read current: swap the value for itself; take a lock around it; write a \
         fresh value first. Here the last one, on a store that always gives the most inconvenient answer the \
         definition allows (`--seq-kv adversary`). The test: {}.",
        described(&hostile)
    ))];
    failure.extend(contest.failure_blocks());
    failure.push(Block::text("All three, on both stores, and the chain of the next lesson beside them:"));
    failure.push(Block::Table(table));
    let mut claims = contest.claims();
    let [(swapped, _), (locked, locked_hostile), (written, written_hostile), _] = &rates[..] else {
        return Err(LessonError("four counters are measured".into()));
    };
    claims.push(Claim::happens(swapped));
    claims.push(Claim::never(locked));
    claims.push(Claim::never(written));
    claims.push(Claim::new("lock and fresh write fail on the inconvenient store", {
        locked_hostile.hits > 0 && written_hostile.hits > 0
    }));
    Ok(Report {
        problem: vec![
            "An operation that changes the store carries its node to the newest state of *Maelstrom's* store. So writing \
             something before each read passes all tests. Is it right?"
                .into(),
        ],
        failure,
        idea: idea(),
        remedy: contest.remedy_blocks(),
        exercise: exercise(),
        questions: vec![
            Question::new(
                "Your read takes a lock first. Can it be stale?",
                format!(
                    "On Maelstrom's store it was not, in {} tests. On a store that uses all the freedom of the definition \
                     it was in {} of them.",
                    locked.trials,
                    locked_hostile.percent()
                ),
            ),
            Question::new(
                "And a compare-and-swap from the value to itself?",
                format!(
                    "It changes nothing, so it may run in the past even on Maelstrom's store: {} of the tests failed.",
                    swapped.percent()
                ),
            ),
        ],
        claims,
    })
}

/// What to understand.
fn idea() -> Vec<String> {
    vec![
        "The definition asks for one order of all operations that keeps each node's own. A write to a key that \
         nobody else reads can stand early in that order without anybody noticing, and the read behind it too. The \
         same holds for a lock that others have not held in between, and for a swap that changes nothing. That the \
         tests pass is a property of one store, not of the promise."
            .into(),
        "What would help is an operation that could not have stood earlier: one whose ground did not exist then."
            .into(),
    ]
}

/// What to try oneself.
fn exercise() -> Exercise {
    Exercise {
        task: "Find a read that survives `quipu explore --seq-kv adversary` (a built-in node's option; your own \
               program is judged on Maelstrom's store). Argue first, then look at the lesson `chain`."
            .into(),
        judge: "-w g-counter --node-count 3 --rate 100 --time-limit 5",
    }
}
