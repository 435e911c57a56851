//! `quipu compare`: the trade-off study in virtual time, and advice from it.

mod advise;
#[cfg(feature = "engines")]
mod engines;

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use quipu_study::report;
use quipu_study::sweep::run_all;

use crate::exit::Exit;
use crate::terminal::{LiveLine, say};

/// Measure the same counter by each mechanism: CRDT, optimistic, lock, leader, quorum.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub struct CompareCommand {
    #[command(subcommand)]
    action: Option<Action>,
    /// Write the report to this folder: a page, the same as Markdown, series as CSV, pictures as SVG
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// A fixed subset of the sweeps, with shorter runs
    #[arg(long)]
    quick: bool,
    #[cfg(feature = "engines")]
    #[command(flatten)]
    engines: engines::EngineFlags,
    /// On a real engine; this program was built without them
    #[cfg(not(feature = "engines"))]
    #[arg(long, value_name = "ENGINE")]
    engine: Vec<String>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// From an application's numbers and its invariant to the mechanism to take
    Advise(advise::AdviseCommand),
}

const EXAMPLES: &str = "\
In virtual time: the same command gives the same files, byte for byte. Without --out the report goes to stdout, as
Markdown without pictures. With --engine: in real time, on a real engine; figures are those of this machine.

Examples:
  quipu compare --out docs/compare
  quipu compare --quick
  quipu compare --engine redis --engine postgres --clients 8,64
  quipu compare advise --invariant non-negative --round-trip 80 --survive-partition";

impl CompareCommand {
    pub(crate) fn run(self) -> Result<u8, Exit> {
        if let Some(Action::Advise(advise)) = self.action {
            advise.run();
            return Ok(0);
        }
        #[cfg(feature = "engines")]
        if self.engines.are_given() {
            return self.engines.run(self.out.as_deref(), self.quick).map(|()| 0);
        }
        #[cfg(not(feature = "engines"))]
        if !self.engine.is_empty() {
            return Err(Exit::usage(
                "--engine: this program was built without engines; build it with: cargo build --release --features engines",
            ));
        }
        let mut line = LiveLine::new();
        let study = run_all(self.quick, &mut |run, what| line.tell(|| format!("run {run}, {what}")));
        line.finish();
        let files = report::files(&study, self.quick);
        match self.out {
            None => {
                let markdown = files.iter().find(|(path, _)| path == "README.md");
                say(markdown.map_or("", |(_, text)| text.trim_end()));
            }
            Some(folder) => {
                for (path, content) in &files {
                    write(&folder.join(path), content)?;
                }
                let page = folder.join("index.html");
                say(format!("{} runs, {} files; the page is {}", study.runs, files.len(), page.display()));
            }
        }
        Ok(0)
    }
}

fn write(path: &Path, content: &str) -> Result<(), Exit> {
    let failed = |error: std::io::Error| Exit::usage(format!("--out: {}: {error}", path.display()));
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    fs::write(path, content).map_err(failed)
}
