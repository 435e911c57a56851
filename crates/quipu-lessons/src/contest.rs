//! The frame of most lessons: a node that fails, its remedy on the same seeds, and the shortest failing schedule with both.

use quipu_harness::check::Validity;
use quipu_harness::explore::Exploration;
use quipu_harness::options::{Options, SeqKv};
use quipu_harness::shrink::Failing;

use crate::figures::Rate;
use crate::lab::{Lab, LessonError, tell};
use crate::report::{Block, Claim, Story};
use crate::specimen::Specimen;

/// The challenge's test, with half its load: 3 nodes, 100 operations a second for 10 s, then 10 s of quiet.
pub(crate) fn challenge() -> Options {
    Options { node_count: 3, concurrency: 3, rate: 100.0, time_limit: 10, ..Options::default() }
}

/// The test in words, for the middle of a sentence.
pub(crate) fn described(options: &Options) -> String {
    let Options { node_count, rate, time_limit, quiet_time, .. } = options;
    format!("{node_count} nodes, {rate} operations a second for {time_limit} s, then {quiet_time} s of quiet")
}

/// A node measured.
pub(crate) struct Measured {
    pub(crate) rate: Rate,
    pub(crate) found: Exploration,
    command: Option<String>,
}

impl Measured {
    pub(crate) fn of(
        lab: &Lab<'_>,
        node: &Specimen,
        options: &Options,
        seeds: u64,
    ) -> Result<Self, LessonError> {
        let found = lab.explore(node, options, seeds)?;
        let rate = Rate::new(format!("{}: failed tests", node.label), found.failures, found.seeds);
        Ok(Self { rate, found, command: command(node, options, seeds) })
    }

    /// The rate, the kinds of failure, and the command that measures the same.
    pub(crate) fn blocks(&self) -> Vec<Block> {
        let mut blocks = vec![Block::Rate(self.rate.clone())];
        if !self.found.kinds.is_empty() {
            let kinds = self.found.kinds.iter().map(|(kind, count)| {
                let tests = if *count == 1 { "1 test".into() } else { format!("{count} tests") };
                format!("{kind} ({tests})")
            });
            blocks.push(Block::text(format!("What went wrong: {}.", kinds.collect::<Vec<_>>().join("; "))));
        }
        blocks.extend(self.command.clone().map(Block::Command));
        blocks
    }

    /// Wrong final reads, of those that were answered; counters only.
    pub(crate) fn wrong_finals(&self) -> Rate {
        let (all, wrong) = self.found.final_reads;
        Rate::new("wrong final reads", wrong, all)
    }
}

/// A failing node and its remedy.
pub(crate) struct Contest {
    pub(crate) failing: Measured,
    pub(crate) remedy: Measured,
    /// The shortest failing schedule, and both nodes on it.
    pub(crate) shortest: Option<Shortest>,
}

pub(crate) struct Shortest {
    pub(crate) schedule: Failing,
    pub(crate) failing: Story,
    pub(crate) remedy: Story,
    pub(crate) remedy_verdict: Validity,
}

impl Shortest {
    /// How many operations are left in the schedule, final reads included.
    pub(crate) fn operations(&self) -> usize {
        self.schedule.script.operations.len() + self.schedule.script.final_reads.len()
    }
}

impl Contest {
    /// Measures both on the same seeds, and shrinks the first failure.
    pub(crate) fn run(
        lab: &Lab<'_>,
        failing: &Specimen,
        remedy: &Specimen,
        options: &Options,
        seeds: u64,
    ) -> Result<Self, LessonError> {
        let measured = Measured::of(lab, failing, options, seeds)?;
        let remedied = Measured::of(lab, remedy, options, seeds)?;
        let schedule = match measured.found.first_failure {
            Some(seed) => lab.shortest(failing, options, seed)?,
            None => None,
        };
        let shortest = schedule.map(|schedule| both(failing, remedy, schedule)).transpose()?;
        Ok(Self { failing: measured, remedy: remedied, shortest })
    }

    /// What fails: the rate, and the shortest story.
    pub(crate) fn failure_blocks(&self) -> Vec<Block> {
        let mut blocks = self.failing.blocks();
        blocks.extend(self.shortest.as_ref().map(|shortest| Block::Story(shortest.failing.clone())));
        blocks
    }

    /// The remedy: the rate on the same seeds, and the same schedule told.
    pub(crate) fn remedy_blocks(&self) -> Vec<Block> {
        let mut blocks = self.remedy.blocks();
        blocks.extend(self.shortest.as_ref().map(|shortest| Block::Story(shortest.remedy.clone())));
        blocks
    }

    /// That the one fails, that the other does not, and that there is a story on which they differ.
    pub(crate) fn claims(&self) -> Vec<Claim> {
        let differ = self.shortest.as_ref().is_some_and(|it| it.remedy_verdict != Validity::Invalid);
        vec![
            Claim::happens(&self.failing.rate),
            Claim::never(&self.remedy.rate),
            Claim::new("the remedy does not fail on the shortest failing schedule", differ),
        ]
    }

    /// The number of operations in the shortest failing run, for a sentence; "no" if none was found.
    pub(crate) fn operations(&self) -> String {
        self.shortest.as_ref().map_or_else(|| "no".into(), |shortest| shortest.operations().to_string())
    }
}

fn both(failing: &Specimen, remedy: &Specimen, schedule: Failing) -> Result<Shortest, LessonError> {
    let title = format!("The shortest failing run found of `{}` ({})", failing.label, schedule.kind);
    let (told, _) = tell(failing, &schedule, &title)?;
    let title = format!("The same schedule with `{}`", remedy.label);
    let (told_remedy, checked) = tell(remedy, &schedule, &title)?;
    Ok(Shortest { schedule, failing: told, remedy: told_remedy, remedy_verdict: checked.verdict })
}

/// The command that measures a built-in node in the same way.
fn command(node: &Specimen, options: &Options, seeds: u64) -> Option<String> {
    let mut words = format!(
        "quipu explore -w {} {} --seeds {seeds} --node-count {} --rate {} --time-limit {}",
        options.workload,
        node.words.as_ref()?,
        options.node_count,
        options.rate,
        options.time_limit
    );
    let mut add = |given: bool, word: String| {
        if given {
            words.push(' ');
            words.push_str(&word);
        }
    };
    let kinds: Vec<String> = options.nemesis.iter().map(ToString::to_string).collect();
    add(!kinds.is_empty(), format!("--nemesis {}", kinds.join(",")));
    add(differ(options.nemesis_interval, Options::default().nemesis_interval), {
        format!("--nemesis-interval {}", options.nemesis_interval)
    });
    add(
        differ(options.quiet_time, Options::default().quiet_time),
        format!("--quiet-time {}", options.quiet_time),
    );
    add(options.latency > 0, format!("--latency {}", options.latency));
    add(options.loss > 0.0, format!("--loss {}", options.loss));
    add(options.duplicate > 0.0, format!("--duplicate {}", options.duplicate));
    add(options.seq_kv != SeqKv::Maelstrom, format!("--seq-kv {}", options.seq_kv));
    add(options.strict, "--strict".into());
    add(
        options.concurrency != u32::from(options.node_count),
        format!("--concurrency {}", options.concurrency),
    );
    Some(words)
}

fn differ(one: f64, other: f64) -> bool {
    one.total_cmp(&other).is_ne()
}
