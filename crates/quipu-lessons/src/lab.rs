//! Where lessons make their runs: rates over seeds, shortest failing runs, the same schedule with another node.

mod trim;

use std::fmt;

use quipu_harness::check::Checked;
use quipu_harness::explore::{Exploration, Judged, explore, run_virtual, world_seed};
use quipu_harness::options::Options;
use quipu_harness::page::{PageData, RunLabels, diagram_svg};
use quipu_harness::runner::{Plan, Run, SetupError};
use quipu_harness::shrink::{Failing, shrink};
use quipu_harness::story;

use crate::figures::Rate;
use crate::report::Story;
use crate::specimen::Specimen;

/// Runs that shrinking one failure may take: a second or two, and enough for every failure in the lessons.
const SHRINK_RUNS: u64 = 12_000;

/// Where lessons make their runs.
#[derive(Clone, Copy)]
pub struct Lab<'a> {
    seeds: Option<u64>,
    jobs: usize,
    watch: &'a (dyn Fn(&str, u64, u64) + Sync),
}

impl fmt::Debug for Lab<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lab").field("seeds", &self.seeds).field("jobs", &self.jobs).finish_non_exhaustive()
    }
}

/// Why a lesson could not be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LessonError(pub String);

impl fmt::Display for LessonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the lesson could not make its runs: {}", self.0)
    }
}

impl std::error::Error for LessonError {}

impl From<SetupError> for LessonError {
    fn from(error: SetupError) -> Self {
        Self(error.to_string())
    }
}

impl<'a> Lab<'a> {
    /// A lab on `jobs` threads. `seeds` replaces each lesson's own number of seeds; `watch` is told what is being measured,
    /// how many seeds of it are done, and of how many.
    pub fn new(seeds: Option<u64>, jobs: usize, watch: &'a (dyn Fn(&str, u64, u64) + Sync)) -> Self {
        Self { seeds, jobs, watch }
    }

    /// The number of seeds to run where a lesson would run `own`.
    pub fn seeds(&self, own: u64) -> u64 {
        self.seeds.unwrap_or(own)
    }

    /// How often a node fails its test, over the seeds from 0 on.
    pub(crate) fn explore(
        &self,
        node: &Specimen,
        options: &Options,
        seeds: u64,
    ) -> Result<Exploration, LessonError> {
        let judge = |seed| {
            let options = Options { seed, ..options.clone() };
            let (run, checked) = run_virtual(&options, &Plan::Random, world_seed(seed), &node.make, false)?;
            Ok::<_, SetupError>(Judged::of(&run, checked))
        };
        let watch = |so_far: &Exploration| (self.watch)(&node.label, so_far.seeds, seeds);
        Ok(explore(0, seeds, self.jobs, &judge, &watch)?)
    }

    /// Counts the seeds from 0 on for which `happens`. For experiments that are no test of a node.
    pub(crate) fn count(
        &self,
        what: impl Into<String>,
        seeds: u64,
        mut happens: impl FnMut(u64) -> bool,
    ) -> Rate {
        let what = what.into();
        let mut hits = 0;
        for seed in 0..seeds {
            hits += u64::from(happens(seed));
            (self.watch)(&what, seed + 1, seeds);
        }
        Rate::new(what, hits, seeds)
    }

    /// The shortest failing run found from that of a seed; none if the seed does not fail.
    pub(crate) fn shortest(
        &self,
        node: &Specimen,
        options: &Options,
        seed: u64,
    ) -> Result<Option<Failing>, LessonError> {
        let options = Options { seed, ..options.clone() };
        let (run, checked) = run_virtual(&options, &Plan::Random, world_seed(seed), &node.make, false)?;
        let Some(kind) = checked.kinds.first().copied() else { return Ok(None) };
        let failing = Failing { options, script: run.script(), world_seed: world_seed(seed), kind };
        let what = format!("{}: shrinking", node.label);
        let (shortest, _) = shrink(failing, &node.make, SHRINK_RUNS, &mut |_, effort| {
            (self.watch)(&what, effort.runs, SHRINK_RUNS);
        });
        Ok(Some(shortest))
    }
}

impl Lab<'static> {
    /// A lab on one thread that tells nobody how far it is.
    pub fn quiet(seeds: Option<u64>) -> Self {
        Self { seeds, jobs: 1, watch: &|_, _, _| {} }
    }
}

/// Runs a schedule with a node, and tells it.
pub(crate) fn tell(
    node: &Specimen,
    schedule: &Failing,
    title: &str,
) -> Result<(Story, Checked), LessonError> {
    let plan = Plan::Script(schedule.script.clone());
    let (mut run, checked) = run_virtual(&schedule.options, &plan, schedule.world_seed, &node.make, true)?;
    let left_out = trim::trim(&mut run, node.repeats);
    let mut story = story_of(&node.label, &schedule.options, &run, &checked, title, None);
    if left_out > 0 {
        let why = if node.repeats { ", or that say again what was said" } else { "" };
        story
            .lines
            .push(format!("(Left out: {left_out} messages between nodes before the first request{why}.)"));
    }
    Ok((story, checked))
}

/// A traced run in sentences and as a picture. `wrong` is what the lesson finds wrong beyond the checks: an operation of the
/// history, and why.
pub(crate) fn story_of(
    label: &str,
    options: &Options,
    run: &Run,
    checked: &Checked,
    title: &str,
    wrong: Option<(usize, String)>,
) -> Story {
    let sentences = story::tell(run, checked);
    let labels = RunLabels { node: label, command: "", is_virtual: true, files: &[] };
    let mut data = PageData::from_run(options, labels, run, checked, &sentences);
    // Times in the picture count from the first request.
    data.began = data.operations.first().map_or(data.began, |operation| operation.invoked);
    let mut lines = story::lines(&sentences);
    if let Some((operation, why)) = wrong {
        // The last sentence says that the checks found nothing.
        lines.pop();
        lines.push(format!("So: {why}."));
        data.operations[operation].wrong = Some(why);
    }
    Story { title: title.to_owned(), lines, picture: diagram_svg(&data) }
}
