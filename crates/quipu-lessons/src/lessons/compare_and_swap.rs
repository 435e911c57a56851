//! Compare and swap: nothing is lost any more; the last read is still old.

use quipu_node::nodes::{Fence, NodeKind};

use crate::contest::{Contest, Measured, challenge, described};
use crate::figures::Table;
use crate::lab::{Lab, LessonError};
use crate::report::{Block, Claim, Exercise, Question, Report};
use crate::specimen::Specimen;

pub(crate) fn give(lab: &Lab<'_>) -> Result<Report, LessonError> {
    let (options, seeds) = (challenge(), lab.seeds(80));
    let fenced = |kind| Specimen::built_in(kind, "--fence fresh", |settings| settings.fence = Fence::Fresh);
    let (lossy, cas) = (fenced(NodeKind::Lossy), fenced(NodeKind::Cas));
    let contest = Contest::run(lab, &lossy, &cas, &options, seeds)?;
    let bare = Measured::of(lab, &Specimen::plain(NodeKind::Cas), &options, seeds)?;
    let lost = |measured: &Measured| {
        measured
            .found
            .kinds
            .iter()
            .filter(|(kind, _)| kind.starts_with("lost"))
            .map(|(_, count)| *count)
            .sum::<u64>()
    };
    let mut table =
        Table::new(["counter", "failed tests", "of these, lost updates", "messages per operation"]);
    for (name, measured) in [
        ("read, add, write; fresh value written before reads", &contest.failing),
        ("compare-and-swap, plain reads", &bare),
        ("compare-and-swap, fresh value written before reads", &contest.remedy),
    ] {
        table.row([
            name.into(),
            measured.rate.figures(),
            lost(measured).to_string(),
            format!("{:.1}", measured.found.messages_per_operation()),
        ]);
    }
    let mut failure = vec![Block::text(format!(
        "To see lost updates alone, both nodes of this lesson make their reads current by writing a fresh value first. \
         What is left is what `add` does. The test: {}.",
        described(&options)
    ))];
    failure.extend(contest.failure_blocks());
    let mut remedy = contest.remedy_blocks();
    remedy.push(Block::Table(table));
    let mut claims = contest.claims();
    claims.push(Claim::new(
        "plain reads fail, though no update is lost",
        bare.rate.hits > 0 && lost(&bare) == 0,
    ));
    Ok(Report {
        problem: problem(),
        failure,
        idea: idea(),
        remedy,
        exercise: exercise(),
        questions: questions(&contest, &bare, options.node_count),
        claims,
    })
}

fn questions(contest: &Contest, bare: &Measured, node_count: u16) -> Vec<Question> {
    vec![
        Question::new(
            "What does optimism cost?",
            format!(
                "{:.1} messages per operation with swaps against {:.1} without, at this rate and with {} nodes; the \
                     difference is what refused swaps repeat.",
                contest.remedy.found.messages_per_operation(),
                contest.failing.found.messages_per_operation(),
                node_count
            ),
        ),
        Question::new(
            "Is a compare-and-swap counter correct?",
            format!(
                "Its adds are: in {} tests no update was lost. Its plain reads are not: {} of the tests ended with an \
                     old one.",
                bare.rate.trials,
                bare.rate.percent()
            ),
        ),
    ]
}

/// What it is about.
fn problem() -> Vec<String> {
    vec![
        "A write that does not say what it was made from overwrites what came in between. There are two cures: let \
         only one node at a time do it, or let the store refuse the write when its ground has gone."
            .into(),
    ]
}

/// What to understand.
fn idea() -> Vec<String> {
    vec![
        "`cas key from to` puts `to` where `from` still stands, or changes nothing and says so. A refused swap costs a \
         round trip, not an add: read again, swap again. An old read before the swap does no harm either, because the \
         swap made from it is refused."
            .into(),
        "That repairs `add` and only `add`. A read is no swap, and plain reads may still be old: the table has both."
            .into(),
    ]
}

/// What to try oneself.
fn exercise() -> Exercise {
    Exercise {
        task: "Write the loop: read, swap, and again when the store answers with error 22. Bound it: a client waits \
               5 s, and an answer that comes later silences a node for good."
            .into(),
        judge: "-w g-counter --node-count 3 --rate 100 --time-limit 5",
    }
}
