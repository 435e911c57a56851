//! `quipu explore`: how often does it fail, how, and what is the shortest run that does?

use std::path::PathBuf;

use clap::Args;
use quipu_harness::explore::{Exploration, Judged, explore, run_virtual, world_seed};
use quipu_harness::mistake::MistakeKind;
use quipu_harness::options::Options;
use quipu_harness::runner::Plan;
use quipu_harness::saved::{SavedRun, VERSION};
use quipu_harness::shrink::{Effort, Failing, shrink};
use quipu_harness::statistics::wilson_interval;
use quipu_harness::store::RunFolder;
use quipu_harness::world::MakeNode;
use serde_json::{Value as Json, json};

use super::report::{CRASH, Finished, Labels, Style, folder, place};
use super::test::{ProgramFlags, run_program};
use crate::exit::Exit;
use crate::node_flags::NodeFlags;
use crate::terminal::{Paint, Steps, present, say};
use crate::test_flags::{Stock, TestFlags, as_typed, command_words};

/// Run thousands of seeds, give the failure rate, and shrink the first failure.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct ExploreCommand {
    #[command(flatten)]
    test: TestFlags,
    #[command(flatten)]
    node: NodeFlags,
    #[command(flatten)]
    program: ProgramFlags,
    /// How many seeds to run, from --seed on (default 0) [default: 1000; with --bin 10]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    seeds: Option<u64>,
    /// How many run at a time [default: one per core; with --bin 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1024))]
    jobs: Option<u64>,
    /// Runs that shrinking the first failure may take; 0 does not shrink
    #[arg(long, default_value_t = 30_000, value_name = "N")]
    shrink_runs: u64,
    /// Folder for the shrunk run [default: store/WORKLOAD/NODE-SEED-shrunk]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
The test is the challenge's: 3 nodes, 100 operations a second, 20 s, unless you say otherwise.

Examples:
  quipu explore --node cas -w g-counter --seeds 10000
  quipu explore --node chain --seeds 10000 --nemesis partition,kill --strict
  quipu explore -w cart --without additions --nemesis partition
  quipu explore --bin ./my-counter --seeds 20 --time-limit 5 --quiet-time 2

Exit codes: 0 no seed failed, 1 some did, 2 some verdicts are unknown, 254 wrong usage, 255 crash.";

impl ExploreCommand {
    pub(crate) fn run(mut self) -> Result<u8, Exit> {
        // Explorations are to be compared with one another: the seeds start at 0 unless told otherwise.
        let first = *self.test.seed.get_or_insert(0);
        let options = self.test.options(Stock::CHALLENGE)?;
        let is_program = self.program.bin.is_some();
        if is_program {
            self.node.refuse_with_bin()?;
            self.program.check()?;
        } else {
            self.node.check(options.workload)?;
        }
        if let Some(out) = &self.out {
            RunFolder::check(out).map_err(Exit::usage)?;
        }
        let seeds = self.seeds.unwrap_or(if is_program { 10 } else { 1000 });
        let started = present();
        let exploration = if is_program {
            self.explore_program(&options, first, seeds)?
        } else {
            let make = self.node.make(options.workload);
            explore_virtual(&options, first, seeds, self.jobs(), &make)?
        };
        let wall = started.elapsed().as_secs_f64();
        if !self.json {
            self.print(&options, &exploration, wall);
        }
        let to_shrink = exploration.first_failure.filter(|_| !is_program && self.shrink_runs > 0);
        let shortest = to_shrink.map(|seed| self.shrink_first(&options, seed)).transpose()?;
        if self.json {
            let label = self.label(&options);
            let document = to_json(&options, &label, &exploration, &shortest.unwrap_or_default());
            say(serde_json::to_string_pretty(&document).map_err(Exit::crash)?);
        }
        Ok(match (exploration.failures, exploration.unknown) {
            _ if exploration.mistakes.contains_key(&MistakeKind::Exited) => CRASH,
            (0, 0) => 0,
            (0, _) => 2,
            _ => 1,
        })
    }

    fn label(&self, options: &Options) -> String {
        self.program.label().unwrap_or_else(|| self.node.label(options.workload))
    }

    fn print(&self, options: &Options, exploration: &Exploration, wall: f64) {
        let label = self.label(options);
        let (low, high) = wilson_interval(exploration.failures, exploration.seeds);
        say(Paint::of_stdout()
            .bold(&format!("{label} under {}: {} seeds", options.workload, exploration.seeds)));
        say(format!(
            "failed       {} of {} = {:.2} %  (95 % interval: {:.2} to {:.2} %)",
            exploration.failures,
            exploration.seeds,
            100.0 * exploration.failure_rate(),
            100.0 * low,
            100.0 * high
        ));
        for (kind, count) in &exploration.kinds {
            say(format!("  {count:>8}   {kind}"));
        }
        if exploration.unknown > 0 {
            say(format!("unknown      {}", exploration.unknown));
        }
        for (kind, runs) in &exploration.mistakes {
            say(format!("mistake      in {runs} runs a node {}", kind.words()));
        }
        let counts = if options.strict { "counted above" } else { "not counted without --strict" };
        say(format!(
            "every read   {} runs with a wrong or missing read ({counts})",
            exploration.read_violations
        ));
        let seeds = exploration.seeds.max(1) as f64;
        say(format!(
            "mean         {:.0} operations, {:.2} messages per operation, {:.3} % available",
            exploration.operations as f64 / seeds,
            exploration.messages_per_operation(),
            100.0 * exploration.availability()
        ));
        say(format!("wall         {wall:.1} s, {:.1} ms per seed", 1000.0 * wall / seeds));
        if let Some(seed) = exploration.first_failure {
            let command = self.command(&Options { seed, ..options.clone() });
            say(format!("first        seed {seed}: {command}"));
        }
        if self.program.bin.is_some() {
            let seed = exploration.first_failure.unwrap_or(options.seed);
            let path = self.place(&Options { seed, ..options.clone() });
            say(format!("page         of seed {seed}: {}/index.html; the others beside it", path.display()));
        }
    }

    /// The folder of one run of a program.
    fn place(&self, options: &Options) -> PathBuf {
        let out = self.out.as_ref().map(|out| out.join(options.seed.to_string()));
        place(out.as_deref(), options, &self.label(options))
    }

    /// The command that runs one seed of the exploration by itself.
    fn command(&self, options: &Options) -> String {
        let mut words = vec!["quipu".to_owned(), "test".into()];
        words.extend(command_words(options, Stock::MAELSTROM));
        words.extend(self.program.words().unwrap_or_else(|| self.node.words(options.workload)));
        as_typed(&words)
    }

    fn jobs(&self) -> usize {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        self.jobs.map_or(cores, |jobs| usize::try_from(jobs).unwrap_or(cores))
    }

    /// Runs a program many times in real time: a flake meter.
    fn explore_program(&self, options: &Options, first: u64, seeds: u64) -> Result<Exploration, Exit> {
        let progress = Steps::new(seeds);
        let jobs = self.jobs.map_or(1, |jobs| usize::try_from(jobs).unwrap_or(1));
        let judge = |seed| {
            let options = Options { seed, ..options.clone() };
            let folder = RunFolder::create(&self.place(&options)).map_err(Exit::usage)?;
            let (run, checked) = run_program(&options, &self.program, &folder)?;
            let labels =
                Labels { node: self.label(&options), command: self.command(&options), is_virtual: false };
            let finished = Finished {
                options: &options,
                labels: &labels,
                run: &run,
                checked: &checked,
                saved: None,
                folder: &folder,
            };
            finished.write()?;
            Ok(Judged::of(&run, checked))
        };
        let result = explore(first, seeds, jobs, &judge, &|so_far| tell(&progress, so_far));
        progress.finish();
        result
    }

    /// Shrinks the failing run of a seed and shows what is left of it; as a part of the JSON, if that is wanted.
    fn shrink_first(&self, options: &Options, seed: u64) -> Result<Json, Exit> {
        let make = self.node.make(options.workload);
        let options = Options { seed, ..options.clone() };
        let (run, checked) =
            run_virtual(&options, &Plan::Random, world_seed(seed), &make, false).map_err(Exit::crash)?;
        let Some(kind) = checked.kinds.first().copied() else { return Ok(Json::Null) };
        let failing = Failing { options, script: run.script(), world_seed: world_seed(seed), kind };
        let progress = Steps::new(self.shrink_runs);
        let (shortest, effort) = shrink(failing, &make, self.shrink_runs, &mut |so_far, effort| {
            let operations = so_far.script.operations.len() + so_far.script.final_reads.len();
            progress.tell(effort.runs, || format!("shrunk to {operations} operations"));
        });
        progress.finish();
        self.show_shortest(shortest, effort, &make)
    }

    fn show_shortest(&self, shortest: Failing, effort: Effort, make: &MakeNode) -> Result<Json, Exit> {
        let Failing { options, script, world_seed, kind } = shortest;
        let saved = SavedRun {
            version: VERSION,
            node_arguments: self.node.words(options.workload),
            options,
            world_seed,
            script: Some(script),
        };
        let options = &saved.options;
        let (run, checked) =
            run_virtual(options, &saved.plan(), world_seed, make, true).map_err(Exit::crash)?;
        let label = self.node.label(options.workload);
        let folder = folder(self.out.as_deref(), options, &format!("{label}-shrunk"))?;
        let command = format!("quipu replay {} --story", folder.path().display());
        let labels = Labels { node: label, command, is_virtual: true };
        let finished = Finished {
            options,
            labels: &labels,
            run: &run,
            checked: &checked,
            saved: Some(&saved),
            folder: &folder,
        };
        let operations = run.history.len();
        let faults = saved.script.as_ref().map_or(0, |script| script.faults.len());
        if self.json {
            let results: Json = serde_json::from_str(&finished.write()?.results).map_err(Exit::crash)?;
            return Ok(json!({
                "kind": kind,
                "seed": options.seed,
                "operations": operations,
                "nodes": options.node_count,
                "faults": faults,
                "runs": effort.runs,
                "folder": folder.path(),
                "results": results,
            }));
        }
        say("");
        say(Paint::of_stdout().bold(&format!("The shortest failing run found ({kind})")));
        let budget = if effort.exhausted { ", all that were allowed" } else { "" };
        say(format!(
            "seed {}, shrunk to {operations} operations, {} nodes, {faults} faults ({} runs{budget})",
            options.seed, options.node_count, effort.runs
        ));
        say("");
        finished.report(Style::Story)?;
        Ok(Json::Null)
    }
}

/// Runs the seeds of a built-in node on all cores.
pub(crate) fn explore_virtual(
    options: &Options,
    first: u64,
    seeds: u64,
    jobs: usize,
    make: &MakeNode,
) -> Result<Exploration, Exit> {
    let progress = Steps::new(seeds);
    let judge = |seed| {
        let options = Options { seed, ..options.clone() };
        let (run, checked) =
            run_virtual(&options, &Plan::Random, world_seed(seed), make, false).map_err(Exit::crash)?;
        Ok(Judged::of(&run, checked))
    };
    let result = explore(first, seeds, jobs, &judge, &|so_far| tell(&progress, so_far));
    progress.finish();
    result
}

fn tell(progress: &Steps, so_far: &Exploration) {
    progress.tell(so_far.seeds, || format!("{} failed", so_far.failures));
}

fn to_json(options: &Options, label: &str, exploration: &Exploration, shortest: &Json) -> Json {
    let (low, high) = wilson_interval(exploration.failures, exploration.seeds);
    let mistakes: Vec<_> =
        exploration.mistakes.iter().map(|(kind, runs)| json!({"kind": kind, "runs": runs})).collect();
    json!({
        "node": label,
        "options": options,
        "seeds": exploration.seeds,
        "failures": exploration.failures,
        "failure-rate": exploration.failure_rate(),
        "interval-95": [low, high],
        "unknown": exploration.unknown,
        "kinds": exploration.kinds,
        "runs-with-wrong-reads": exploration.read_violations,
        "first-failure": exploration.first_failure,
        "messages-per-op": exploration.messages_per_operation(),
        "availability": exploration.availability(),
        "final-reads": exploration.final_reads.0,
        "wrong-final-reads": exploration.final_reads.1,
        "mistakes": mistakes,
        "shortest": shortest,
    })
}
