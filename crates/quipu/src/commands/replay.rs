//! `quipu replay`: a saved run, or one given by its seed, again and identically.

use std::path::PathBuf;

use clap::Args;
use quipu_harness::explore::world_seed;
use quipu_harness::saved::{SavedRun, VERSION};

use super::report::{Finished, Labels, Style, folder};
use super::test::run_in_virtual_time;
use crate::exit::Exit;
use crate::node_flags::NodeFlags;
use crate::test_flags::{Stock, TestFlags, as_typed, command_words};

/// Show a saved run again, identically.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct ReplayCommand {
    /// The saved run: a run's folder, or its run.json. Without it, give the options of the test and its --seed
    #[arg(conflicts_with_all = OF_A_TEST)]
    run: Option<PathBuf>,
    #[command(flatten)]
    test: TestFlags,
    #[command(flatten)]
    node: NodeFlags,
    /// Tell the run in numbered sentences
    #[arg(long)]
    story: bool,
    /// Folder for results, history, logs and page [default: store/WORKLOAD/NODE-SEED-replay]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print the results as JSON instead of a summary
    #[arg(long, conflicts_with = "story")]
    json: bool,
}

/// What a saved run says itself. Named one by one, so that a complaint names only what was given.
const OF_A_TEST: &[&str] = &[
    "workload",
    "node_count",
    "concurrency",
    "rate",
    "time_limit",
    "latency",
    "latency_dist",
    "nemesis",
    "nemesis_interval",
    "topology",
    "availability",
    "seed",
    "loss",
    "duplicate",
    "quiet_time",
    "seq_kv",
    "strict",
    "hop",
    "node",
    "fence",
    "blind_retry",
    "no_fencing",
    "lease",
    "without",
    "question_timeout",
    "durable",
    "overlay",
    "flush",
    "gossip_interval",
    "fanout",
];

const EXAMPLES: &str = "\
Examples:
  quipu replay store/g-counter/cas-17-shrunk --story
  quipu replay -w g-counter --node cas --node-count 3 --rate 100 --time-limit 20 --seed 17";

impl ReplayCommand {
    pub(crate) fn run(self) -> Result<u8, Exit> {
        let saved = match &self.run {
            Some(path) => SavedRun::load(path).map_err(Exit::usage)?,
            None => self.run_of_flags()?,
        };
        let node = NodeFlags::from_words(&saved.node_arguments).map_err(Exit::usage)?;
        node.check(saved.options.workload)?;
        let label = node.label(saved.options.workload);
        let command = if let Some(path) = &self.run {
            as_typed(&["quipu".into(), "replay".into(), path.display().to_string()])
        } else {
            let mut words = vec!["quipu".to_owned(), "replay".into()];
            words.extend(command_words(&saved.options, Stock::MAELSTROM));
            words.extend(saved.node_arguments.iter().cloned());
            as_typed(&words)
        };
        let folder = folder(self.out.as_deref(), &saved.options, &format!("{label}-replay"))?;
        let make = node.make(saved.options.workload);
        let (run, checked) = run_in_virtual_time(&saved.options, &saved.plan(), saved.world_seed, &make)?;
        let labels = Labels { node: label, command, is_virtual: true };
        let style = match (self.story, self.json) {
            (true, _) => Style::Story,
            (_, true) => Style::Json,
            _ => Style::Summary,
        };
        let (options, saved) = (&saved.options, Some(&saved));
        Finished { options, labels: &labels, run: &run, checked: &checked, saved, folder: &folder }
            .report(style)
    }

    fn run_of_flags(&self) -> Result<SavedRun, Exit> {
        if self.test.seed.is_none() {
            return Err(Exit::usage(
                "nothing to replay: give the folder of a run, or the options of a test and its --seed",
            ));
        }
        let options = self.test.options(Stock::MAELSTROM)?;
        self.node.check(options.workload)?;
        let world_seed = world_seed(options.seed);
        let node_arguments = self.node.words(options.workload);
        Ok(SavedRun { version: VERSION, node_arguments, options, world_seed, script: None })
    }
}

#[cfg(test)]
mod tests {
    use clap::Command;

    use super::*;

    #[test]
    fn every_flag_of_a_test_is_refused_beside_a_saved_run() {
        let command = ReplayCommand::augment_args(Command::new("replay"));
        let own = ["run", "story", "out", "json"];
        let flags = command.get_arguments().map(|flag| flag.get_id().as_str());
        let of_a_test: Vec<_> = flags.filter(|flag| !own.contains(flag)).collect();
        assert_eq!(of_a_test, OF_A_TEST);
    }
}
