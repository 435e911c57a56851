//! `quipu test`: one test, or a few in a row.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use quipu_harness::check::{Checked, check};
use quipu_harness::explore::{run_virtual_watched, world_seed};
use quipu_harness::options::Options;
use quipu_harness::process::{Launch, ProcessConfig, ProcessWorld};
use quipu_harness::runner::{Phase, Plan, Progress, Run, run};
use quipu_harness::saved::{SavedRun, VERSION};
use quipu_harness::store::RunFolder;
use quipu_harness::world::{MakeNode, network_config, seq_kv_model};
use quipu_sim::TraceKind;

use super::report::{Finished, Labels, Style, folder, goes_on};
use crate::exit::Exit;
use crate::node_flags::NodeFlags;
use crate::terminal::{LiveLine, complain};
use crate::test_flags::{Stock, TestFlags, as_typed, command_words};

/// Run one test: a built-in node in virtual time, or a program of yours in real time.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct TestCommand {
    #[command(flatten)]
    test: TestFlags,
    #[command(flatten)]
    node: NodeFlags,
    #[command(flatten)]
    program: ProgramFlags,
    /// Run that many tests, each with the next seed; stop at the first that is not valid
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    test_count: u64,
    /// Write every message sent to stderr, after the run
    #[arg(long)]
    log_net_send: bool,
    /// Write every message received to stderr, after the run
    #[arg(long)]
    log_net_recv: bool,
    /// Folder for results, history, logs and page [default: store/WORKLOAD/NODE-SEED]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print the results as JSON instead of a summary
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  quipu test -w g-counter --node-count 3 --rate 100 --time-limit 20 --nemesis partition
  quipu test -w pn-counter --node gossip --nemesis partition --latency 100 --latency-dist exponential
  quipu test -w g-counter --node cas --seed 7 --strict
  quipu test -w cart --node-count 3 --nemesis partition,kill --loss 0.05
  quipu test -w echo --bin ./echo.py --time-limit 10 -- --verbose

Exit codes: 0 valid, 1 invalid, 2 unknown, 254 wrong usage, 255 crash (of a node, too).";

/// A program of one's own as the node.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "A program as node, in real time")]
pub(crate) struct ProgramFlags {
    /// Program to start once per node; it speaks Maelstrom's protocol on stdin and stdout
    #[arg(long, value_name = "PROGRAM")]
    pub bin: Option<PathBuf>,
    /// After a line it cannot use, go deaf to the node, as Maelstrom does
    #[arg(long, requires = "bin")]
    pub like_maelstrom: bool,
    /// Copy what the nodes write to stderr to our stderr
    #[arg(long, requires = "bin")]
    pub log_stderr: bool,
    /// Arguments of the program
    #[arg(last = true, value_name = "ARGS", requires = "bin")]
    pub args: Vec<String>,
}

impl ProgramFlags {
    /// Sees to it that the program can be started, before anything is written or run.
    pub(crate) fn check(&self) -> Result<(), Exit> {
        match &self.bin {
            Some(bin) => self.launch(bin, Path::new(".")).map(drop),
            None => Ok(()),
        }
    }

    fn launch(&self, bin: &Path, directory: &Path) -> Result<Launch, Exit> {
        Launch::new(bin, self.args.clone(), directory).map_err(Exit::usage)
    }

    /// The program's file name and arguments, if there is a program.
    pub(crate) fn label(&self) -> Option<String> {
        let bin = self.bin.as_ref()?;
        let mut words = vec![bin.file_name().unwrap_or(bin.as_os_str()).to_string_lossy().into_owned()];
        words.extend(self.args.iter().cloned());
        Some(words.join(" "))
    }

    /// The words that give the same program on the command line, if there is one.
    pub(crate) fn words(&self) -> Option<Vec<String>> {
        let mut words = Vec::new();
        if self.like_maelstrom {
            words.push("--like-maelstrom".to_owned());
        }
        words.extend(["--bin".into(), self.bin.as_ref()?.display().to_string()]);
        if !self.args.is_empty() {
            words.push("--".into());
            words.extend(self.args.iter().cloned());
        }
        Some(words)
    }
}

/// How long a node may take to answer `init`, as in Maelstrom.
const INIT_WITHIN: Duration = Duration::from_secs(10);

impl TestCommand {
    pub(crate) fn run(self) -> Result<u8, Exit> {
        let mut options = self.test.options(Stock::MAELSTROM)?;
        if self.program.bin.is_some() {
            self.node.refuse_with_bin()?;
            self.program.check()?;
        } else {
            self.node.check(options.workload)?;
        }
        for index in 0..self.test_count {
            let out = self
                .out
                .as_ref()
                .map(|out| if self.test_count > 1 { out.join(index.to_string()) } else { out.clone() });
            let code = self.run_once(&options, out.as_deref())?;
            if !goes_on(code) {
                return Ok(code);
            }
            options.seed = options.seed.wrapping_add(1);
        }
        Ok(0)
    }

    fn run_once(&self, options: &Options, out: Option<&Path>) -> Result<u8, Exit> {
        let labels = self.labels(options);
        let folder = folder(out, options, &labels.node)?;
        let (run, checked, saved) = if self.program.bin.is_some() {
            let (run, checked) = run_program(options, &self.program, &folder)?;
            (run, checked, None)
        } else {
            let seed = world_seed(options.seed);
            let make = self.node.make(options.workload);
            let (run, checked) = run_in_virtual_time(options, &Plan::Random, seed, &make)?;
            let node_arguments = self.node.words(options.workload);
            let saved = SavedRun {
                version: VERSION,
                node_arguments,
                options: options.clone(),
                world_seed: seed,
                script: None,
            };
            (run, checked, Some(saved))
        };
        log_net(&run, self.log_net_send, self.log_net_recv);
        let style = if self.json { Style::Json } else { Style::Summary };
        let saved = saved.as_ref();
        Finished { options, labels: &labels, run: &run, checked: &checked, saved, folder: &folder }
            .report(style)
    }

    fn labels(&self, options: &Options) -> Labels {
        let mut words = vec!["quipu".to_owned(), "test".into()];
        words.extend(command_words(options, Stock::MAELSTROM));
        let program = self.program.words();
        let is_virtual = program.is_none();
        words.extend(program.unwrap_or_else(|| self.node.words(options.workload)));
        let node = self.program.label().unwrap_or_else(|| self.node.label(options.workload));
        Labels { node, command: as_typed(&words), is_virtual }
    }
}

/// Runs a test of built-in nodes, and tells how it goes on if it takes long.
pub(crate) fn run_in_virtual_time(
    options: &Options,
    plan: &Plan,
    world_seed: u64,
    make: &MakeNode,
) -> Result<(Run, Checked), Exit> {
    let mut line = LiveLine::new();
    let mut watch = |progress: Progress<'_>| line.tell(|| words(&progress));
    let result = run_virtual_watched(options, plan, world_seed, make, true, &mut watch);
    line.finish();
    result.map_err(Exit::crash)
}

/// Runs a test of child processes, in real time.
pub(crate) fn run_program(
    options: &Options,
    program: &ProgramFlags,
    folder: &RunFolder,
) -> Result<(Run, Checked), Exit> {
    let bin = program.bin.clone().ok_or_else(|| Exit::usage("--bin is missing"))?;
    let config = ProcessConfig {
        launch: program.launch(&bin, folder.path())?,
        node_count: options.node_count,
        network: network_config(options, Duration::ZERO),
        seq_kv: seq_kv_model(options.seq_kv),
        seed: world_seed(options.seed),
        logs: folder.node_logs(),
        init_within: INIT_WITHIN,
        trace: true,
        like_maelstrom: program.like_maelstrom,
        echo_stderr: program.log_stderr,
    };
    let mut world = ProcessWorld::start(config).map_err(|error| {
        if error.is_usage() {
            return Exit::usage(error);
        }
        let logs = folder.node_logs();
        Exit::crash(format!("{error}\nwhat the nodes wrote to stderr is in {}/", logs.display()))
    })?;
    let mut line = LiveLine::new();
    let run = run(options, &Plan::Random, &mut world, &mut |progress| line.tell(|| words(&progress)));
    line.finish();
    let run = run.map_err(Exit::crash)?;
    let checked = check(options, &run.history);
    Ok((run, checked))
}

/// Writes what was sent, or received, to stderr.
fn log_net(run: &Run, sent: bool, received: bool) {
    for event in &run.trace {
        let wanted = match event.kind {
            TraceKind::Sent => sent,
            TraceKind::Received => received,
            _ => false,
        };
        if wanted {
            let word = if event.kind == TraceKind::Sent { "send" } else { "recv" };
            complain(format!("{} {word} {} -> {}: {}", event.at, event.from, event.to, event.label));
        }
    }
}

fn words(progress: &Progress<'_>) -> String {
    let phase = match progress.phase {
        Phase::Load => "load",
        Phase::Recovery => "recovery",
        Phase::Quiet => "quiet",
        Phase::FinalReads => "final reads",
    };
    let faults = if progress.active_faults.is_empty() {
        "no faults".into()
    } else {
        progress.active_faults.join("; ")
    };
    format!(
        "{:5.1} s {phase}: {} ok, {} not, {} in flight; {faults}",
        progress.elapsed.as_secs_f64(),
        progress.ok,
        progress.not_ok,
        progress.in_flight,
    )
}
