//! A check on a replica is a check of the past; rights are not.

use quipu_harness::nemesis::NemesisKind;
use quipu_harness::options::Options;
use quipu_harness::workload::Workload;
use quipu_node::nodes::{NodeKind, Remedy};

use crate::contest::{Contest, challenge, described};
use crate::figures::percent;
use crate::lab::{Lab, LessonError};
use crate::report::{Block, Exercise, Question, Report};
use crate::specimen::Specimen;

pub(crate) fn give(lab: &Lab<'_>) -> Result<Report, LessonError> {
    let options = Options {
        workload: Workload::BoundedCounter,
        nemesis: vec![NemesisKind::Partition],
        nemesis_interval: 2.0,
        ..challenge()
    };
    let looks = Specimen::built_in(NodeKind::BoundedCounter, "--without escrow", |settings| {
        settings.without = Some(Remedy::Escrow);
    });
    let escrow = Specimen::plain(NodeKind::BoundedCounter);
    let contest = Contest::run(lab, &looks, &escrow, &options, lab.seeds(80))?;
    let done = |found: &quipu_harness::explore::Exploration| percent(found.availability());
    let mut failure = vec![Block::text(format!(
        "A PN-counter that looks before it sells: is there enough, as far as this node knows? The test: {}, with partitions.",
        described(&options)
    ))];
    failure.extend(contest.failure_blocks());
    Ok(Report {
        problem: vec![
            "Ten pieces are in stock, and three nodes sell. None must sell what is not there. A counter that converges is \
             right in the end; the customer whose order cannot be filled came before."
                .into(),
        ],
        failure,
        idea: idea(),
        remedy: contest.remedy_blocks(),
        exercise: exercise(),
        questions: vec![
            Question::new(
                "Can a stock be sold without coordination and never be oversold?",
                format!(
                    "Yes, with rights that were distributed before: {} of {} tests oversold, against {} with a look at the \
                     local count. It is paid with refusals: {} of the operations succeeded, against {}.",
                    contest.remedy.rate.hits,
                    contest.remedy.rate.trials,
                    contest.failing.rate.percent(),
                    done(&contest.remedy.found),
                    done(&contest.failing.found)
                ),
            ),
            Question::new(
                "What is the smallest oversale?",
                format!("The shortest failing run found has {} operations.", contest.operations()),
            ),
        ],
        claims: contest.claims(),
    })
}

/// What to understand.
fn idea() -> Vec<String> {
    vec![
        "\"Never below zero\" is no property of one replica's knowledge: two nodes may both see the last piece. So either \
         ask somebody for each sale, or agree beforehand who may sell what."
            .into(),
        "Escrow does the latter: whoever puts pieces in has the rights to them, rights can be handed over, and whoever \
         sells needs as many rights as pieces. A node decides by itself while it has rights, in every partition; the \
         rights of all together are never more than the stock. What it costs is refusals: a node without rights must \
         say no, although there are pieces elsewhere."
            .into(),
    ]
}

/// What to try oneself.
fn exercise() -> Exercise {
    Exercise {
        task: "The skeleton sells only what it was given, so it never oversells, and shows a wrong total. Share what is \
               there, and hand rights over when a node runs out."
            .into(),
        judge: "-w bounded-counter --node-count 3 --rate 50 --time-limit 5 --quiet-time 5 --nemesis partition",
    }
}
