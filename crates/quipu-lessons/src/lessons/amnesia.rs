//! A replica that forgot its newest change must not speak under its old name.

use quipu_crdt::{Causal, DotStore, Lattice, NodeName, OrSet, ReplicaId};
use quipu_harness::nemesis::NemesisKind;
use quipu_harness::options::Options;
use quipu_harness::workload::Workload;
use quipu_node::nodes::{NodeKind, Remedy};

use crate::contest::{Contest, challenge, described};
use crate::lab::{Lab, LessonError};
use crate::report::{Block, Claim, Exercise, Question, Report, Story};
use crate::sketch::Sketch;
use crate::specimen::Specimen;

pub(crate) fn give(lab: &Lab<'_>) -> Result<Report, LessonError> {
    let options = Options {
        workload: Workload::OrSet,
        nemesis: vec![NemesisKind::Kill],
        nemesis_interval: 4.0,
        time_limit: 20,
        loss: 0.05,
        ..challenge()
    };
    let forgetful = Specimen::built_in(NodeKind::OrSet, "--without incarnation", |settings| {
        settings.without = Some(Remedy::Incarnation);
    });
    let set = Specimen::plain(NodeKind::OrSet);
    let contest = Contest::run(lab, &forgetful, &set, &options, lab.seeds(80))?;
    let (old_name, lost) = restored(false)?;
    let (new_name, kept) = restored(true)?;
    let mut failure = vec![
        Block::text("With the data type alone: a node restored from a backup goes on under its old name."),
        Block::Story(old_name),
        Block::text(format!(
            "With nodes: killed at random, they come back under their old name without what was not yet durable; {} % of \
             the messages between nodes are lost. The test: {}.",
            100.0 * options.loss,
            described(&options)
        )),
    ];
    failure.extend(contest.failure_blocks());
    let mut remedy = vec![Block::Story(new_name)];
    remedy.extend(contest.remedy_blocks());
    let mut claims = contest.claims();
    claims.push(Claim::new("under the old name an add is lost, under a new one none is", lost && !kept));
    Ok(Report {
        problem: vec![
            "A node loses its newest changes: a crash before the disk had them, a disk restored from last night's backup. \
             Others may have received those changes. It starts again. What harm can it do?"
                .into(),
        ],
        failure,
        idea: idea(),
        remedy,
        exercise: exercise(),
        questions: vec![
            Question::new(
                "You restore one replica of a CRDT from a backup. What must you change before it starts?",
                format!(
                    "Its replica id. Under the old one {} of the tests with killed nodes failed; under a new one per start \
                     {} of {}.",
                    contest.failing.rate.percent(),
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
        "A change is known by its name: replica and number. A node that has forgotten number 7 will give the number 7 \
         again, to another change. Whoever knows the first 7 takes the second one for known, and ignores it, or takes \
         it for removed. No law of the join is broken; the laws assume that a name means one thing."
            .into(),
        "So each start that may have lost something is a new replica: the node's name and an incarnation, a number that no \
         other start has. What the old life had told others comes back from them, under the old name, and nothing is \
         ever added under it. The price is one more entry per life in the version vector."
            .into(),
    ]
}

/// What to try oneself.
fn exercise() -> Exercise {
    Exercise {
        task: "Put the boot number into your set's names (`cx.boot()` in Rust; in Python a random number drawn at the \
               start), and see what is lost without it when the nodes are killed."
            .into(),
        judge: "-w or-set --node-count 3 --rate 50 --time-limit 5 --quiet-time 5 --nemesis kill",
    }
}

/// n0 adds `a`, tells n1, is restored to its beginning, adds `b`, and tells n1. True if n1 never sees `b`.
fn restored(new_name: bool) -> Result<(Story, bool), LessonError> {
    let id = |incarnation| ReplicaId::new(NodeName::new("n0"), incarnation);
    let failed = |error: quipu_crdt::Overflow| LessonError(error.to_string());
    let mut sketch = Sketch::new();
    let (mut at_0, mut at_1) = (Causal::<OrSet<&str>>::default(), Causal::<OrSet<&str>>::default());
    let first = at_0.add(id(1), "a").map_err(failed)?;
    sketch.asks(0, "add a", &format!("ok: {}", names(&first)));
    at_1.join(&first);
    sketch.tells(0, 1, &names(&first), &shown(&at_1));
    at_0 = Causal::default();
    sketch.restarts(0, "is restored to its beginning");
    let second = at_0.add(id(if new_name { 2 } else { 1 }), "b").map_err(failed)?;
    sketch.asks(0, "add b", &format!("ok: {}", names(&second)));
    at_1.join(&second);
    sketch.tells(0, 1, &names(&second), &shown(&at_1));
    let lost = !at_1.contains(&"b");
    if lost {
        sketch.asks_wrongly(
            1,
            "read",
            &shown(&at_1),
            "b was acknowledged, and n1 has received it, and does not show it",
        );
    } else {
        sketch.asks(1, "read", &shown(&at_1));
        sketch.note("So: nothing is lost.");
    }
    let title =
        if new_name { "The same with a new name after the loss" } else { "Restored, under the old name" };
    Ok((sketch.story(title), lost))
}

fn names(delta: &Causal<OrSet<&str>>) -> String {
    delta.store().dots().dots().map(|dot| dot.to_string()).collect::<Vec<_>>().join(", ")
}

fn shown(set: &Causal<OrSet<&str>>) -> String {
    let elements: Vec<&str> = set.iter().copied().collect();
    format!("{{{}}}", elements.join(", "))
}
