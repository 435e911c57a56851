//! The staleness of one tick, and pushing at once.

use std::time::Duration;

use quipu_harness::explore::{run_virtual, world_seed};
use quipu_harness::operation::Action;
use quipu_harness::options::Options;
use quipu_harness::runner::{Plan, Script, ScriptedOperation};
use quipu_harness::shrink::Failing;

use crate::figures::{Rate, Table};
use crate::lab::{Lab, LessonError, tell};
use crate::report::{Block, Claim, Exercise, Question, Report, Story};
use crate::specimen::Specimen;
use crate::toys::{PerNode, Told};

const TICK: Duration = Duration::from_millis(500);
/// When the add happens.
const BEGIN: u64 = 600;
/// How long after it another node is read, in milliseconds.
const AFTER: [u64; 5] = [10, 50, 125, 250, 490];

pub(crate) fn give(lab: &Lab<'_>) -> Result<Report, LessonError> {
    let seeds = lab.seeds(200);
    let rounds = Specimen::telling("told each round", || Told::in_rounds(PerNode::default(), TICK));
    let pushed =
        Specimen::telling("told at once, and each round", || Told::at_once(PerNode::default(), TICK));
    let mut table =
        Table::new(["read so long after the add", "each round", "at once", "at once, 30 % of messages lost"]);
    let mut at: Vec<[Rate; 3]> = Vec::new();
    for after in AFTER {
        let row = [
            stale(lab, &rounds, 0.0, after, seeds)?,
            stale(lab, &pushed, 0.0, after, seeds)?,
            stale(lab, &pushed, 0.3, after, seeds)?,
        ];
        table.row([format!("{after} ms"), row[0].figures(), row[1].figures(), row[2].figures()]);
        at.push(row);
    }
    let schedule = shortest(&rounds, seeds)?;
    let told = |node: &Specimen, title: &str| -> Result<Option<Story>, LessonError> {
        let told = schedule.as_ref().map(|schedule| tell(node, schedule, title)).transpose()?;
        Ok(told.map(|(story, _)| story))
    };
    let mut wrong = told(&rounds, "An add that another node does not show yet")?;
    if let Some(story) = &mut wrong {
        story.lines.pop();
        story.lines.push(
            "So: the read misses an add that was acknowledged before, and no check forbids that.".into(),
        );
    }
    let right = told(&pushed, "The same schedule, told at once")?;
    let (first, last) = (&at[1], &at[4]);
    let failure = vec![
        Block::text(format!(
            "Two nodes; each tells the other all it knows every {} ms. One is asked to add, and some time later the other is \
             read. How often does the read miss the add?",
            TICK.as_millis()
        )),
        Block::Rate(first[0].clone()),
        Block::text("This is no error: the value converges. But a reader waits for half a round on average."),
    ];
    let remedy = vec![
        Block::Rate(first[1].clone()),
        Block::Table(table),
        Block::text(
            "With messages lost, what was pushed in vain comes with the next round: pushing is for speed, rounds are for \
             certainty.",
        ),
    ];
    Ok(Report {
        problem: problem(),
        failure: failure.into_iter().chain(wrong.map(Block::Story)).collect(),
        idea: idea(),
        remedy: right.map(Block::Story).into_iter().chain(remedy).collect(),
        exercise: exercise(),
        questions: questions(&at),
        claims: vec![
            Claim::happens(&first[0]),
            Claim::never(&first[1]),
            Claim::new("there is a schedule that shows it", schedule.is_some()),
            Claim::new("staleness falls with time", at[0][0].share() > last[0].share()),
            Claim::new("loss makes pushed changes wait for a round", first[2].hits > 0),
        ],
    })
}

fn questions(at: &[[Rate; 3]]) -> Vec<Question> {
    vec![
        Question::new(
            "Gossip every half second. How stale is a read?",
            format!(
                "It depends on when you look: {} of the reads missed the add after {} ms, {} after {} ms and {} after \
                     {} ms.",
                at[1][0].percent(),
                AFTER[1],
                at[3][0].percent(),
                AFTER[3],
                at[4][0].percent(),
                AFTER[4]
            ),
        ),
        Question::new(
            "If you push every change, what are the rounds for?",
            format!(
                "For what is lost: at 30 % loss {} of the reads missed the add after {} ms, and {} after {} ms.",
                at[1][2].percent(),
                AFTER[1],
                at[4][2].percent(),
                AFTER[4]
            ),
        ),
    ]
}

/// What it is about.
fn problem() -> Vec<String> {
    vec!["Nodes that tell each other what they know in rounds are right in the end. When is the end?".into()]
}

/// What to understand.
fn idea() -> Vec<String> {
    vec![
        "A change waits for the next round: between nothing and one tick, all equally likely, then the way of one \
         message. So tell at once, and keep the rounds: the push makes a change visible after one message, the rounds \
         make good whatever was lost. Faster rounds would do as well, at a price for each tick in which nothing \
         happened."
            .into(),
    ]
}

/// What to try oneself.
fn exercise() -> Exercise {
    Exercise {
        task: "Let your counter push after each change. Then count messages: with many changes at once it pays to \
               collect for a moment."
            .into(),
        judge: "-w g-counter --node-count 5 --rate 100 --time-limit 5 --quiet-time 5 --nemesis partition",
    }
}

/// An add on n0, and a read on n1 some time later.
fn schedule(seed: u64, loss: f64, after: u64) -> Failing {
    let at = |worker, millis, action| ScriptedOperation { at: Duration::from_millis(millis), worker, action };
    let operations = vec![at(0, BEGIN, Action::Add(1)), at(1, BEGIN + after, Action::Read)];
    Failing {
        options: Options {
            node_count: 2,
            concurrency: 2,
            time_limit: 1,
            quiet_time: 0.0,
            loss,
            seed,
            ..Options::default()
        },
        script: Script { operations, faults: Vec::new(), final_reads: Vec::new() },
        world_seed: world_seed(seed),
        kind: "stale",
    }
}

fn misses(node: &Specimen, schedule: &Failing) -> Result<bool, LessonError> {
    let plan = Plan::Script(schedule.script.clone());
    let (run, _) = run_virtual(&schedule.options, &plan, schedule.world_seed, &node.make, false)?;
    Ok(run.history.iter().any(|op| op.action == Action::Read && op.counter() == Some(0)))
}

fn stale(lab: &Lab<'_>, node: &Specimen, loss: f64, after: u64, seeds: u64) -> Result<Rate, LessonError> {
    let mut problem = None;
    let what = format!("{}: reads that miss the add after {after} ms", node.label);
    let rate = lab.count(what, seeds, |seed| match misses(node, &schedule(seed, loss, after)) {
        Ok(missed) => missed,
        Err(error) => {
            problem = Some(error);
            false
        }
    });
    problem.map_or(Ok(rate), Err)
}

/// The first schedule on which a read misses the add.
fn shortest(node: &Specimen, seeds: u64) -> Result<Option<Failing>, LessonError> {
    for seed in 0..seeds {
        let schedule = schedule(seed, 0.0, AFTER[1]);
        if misses(node, &schedule)? {
            return Ok(Some(schedule));
        }
    }
    Ok(None)
}
