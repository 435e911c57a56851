//! What every command that runs a test does with the run: files, page, summary, exit code.

use std::path::{Path, PathBuf};

use quipu_harness::check::{Checked, Validity};
use quipu_harness::mistake::MistakeKind;
use quipu_harness::options::Options;
use quipu_harness::page::{PageData, RunLabels};
use quipu_harness::runner::Run;
use quipu_harness::saved::{self, SavedRun};
use quipu_harness::store::RunFolder;
use quipu_harness::story::Sentence;
use quipu_harness::{page, results, story, summary};

use crate::exit::Exit;
use crate::terminal::{Paint, say};

/// How a run is called in what is printed and written.
pub(crate) struct Labels {
    /// The node, with the settings that differ from the defaults: `cas --fence identity`, or a program's name.
    pub node: String,
    /// The command that does the same again.
    pub command: String,
    /// True if the run was in virtual time, so that the command gives the identical run.
    pub is_virtual: bool,
}

/// How results are printed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Style {
    /// A summary for people.
    Summary,
    /// The summary, and before it the run told in sentences.
    Story,
    /// The results as one JSON document.
    Json,
}

/// The folder that a run is written to: as asked for, or one named after what is run.
pub(crate) fn folder(out: Option<&Path>, options: &Options, node: &str) -> Result<RunFolder, Exit> {
    RunFolder::create(&place(out, options, node)).map_err(Exit::usage)
}

/// Where that folder is.
pub(crate) fn place(out: Option<&Path>, options: &Options, node: &str) -> PathBuf {
    let plain: String = node.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let name = plain.split('-').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-");
    let default =
        || PathBuf::from("store").join(options.workload.to_string()).join(format!("{name}-{}", options.seed));
    out.map_or_else(default, Path::to_path_buf)
}

/// A run that is over, with all that its report needs.
#[derive(Clone, Copy)]
pub(crate) struct Finished<'a> {
    pub options: &'a Options,
    pub labels: &'a Labels,
    pub run: &'a Run,
    pub checked: &'a Checked,
    /// What makes the same run again, if anything does.
    pub saved: Option<&'a SavedRun>,
    pub folder: &'a RunFolder,
}

impl Finished<'_> {
    /// Writes the run's files and prints what is asked for; returns the exit code.
    pub(crate) fn report(&self, style: Style) -> Result<u8, Exit> {
        let Written { results, told } = self.write()?;
        match style {
            Style::Json => say(results.trim_end()),
            Style::Story => {
                story::lines(&told).iter().for_each(say);
                say("");
                self.print_summary();
            }
            Style::Summary => self.print_summary(),
        }
        Ok(if self.exited().is_empty() { self.checked.verdict.exit_code() } else { CRASH })
    }

    /// Writes the run's files.
    pub(crate) fn write(&self) -> Result<Written, Exit> {
        let Self { options, labels, run, checked, folder, .. } = *self;
        let results = results::to_json(options, &labels.node, run, checked);
        let results = serde_json::to_string_pretty(&results).map_err(Exit::crash)? + "\n";
        let told = if labels.is_virtual { story::tell(run, checked) } else { Vec::new() };
        folder.write("results.json", &results).map_err(Exit::crash)?;
        folder.write_history(&run.history).map_err(Exit::crash)?;
        if labels.is_virtual {
            folder.write_node_logs(&run.trace, options.node_count).map_err(Exit::crash)?;
        }
        if let Some(saved) = self.saved {
            folder.write(saved::FILE_NAME, &saved.to_text()).map_err(Exit::crash)?;
        }
        let files = ["results.json", "history.jsonl", "node-logs/"].map(String::from);
        let labels = RunLabels {
            node: &labels.node,
            command: &labels.command,
            is_virtual: labels.is_virtual,
            files: &files,
        };
        // Only a story that fits on a page is shown there; long runs have their plots.
        let shown: &[Sentence] = if told.len() <= 80 { &told } else { &[] };
        let data = PageData::from_run(options, labels, run, checked, shown);
        if let Some(picture) = page::diagram_svg(&data) {
            folder.write("diagram.svg", &picture).map_err(Exit::crash)?;
        }
        folder.write("index.html", &page::render(&data)).map_err(Exit::crash)?;
        Ok(Written { results, told })
    }

    fn print_summary(&self) {
        let Self { options, labels, run, checked, folder, .. } = *self;
        let paint = Paint::of_stdout();
        say(paint.bold(&format!("{} under {}, seed {}", labels.node, options.workload, options.seed)));
        for line in summary::lines(options, run, checked) {
            say(line);
        }
        let path = folder.path().display();
        say(format!("files        {path}/ (results.json, history.jsonl, node-logs/)"));
        say(format!("page         {path}/index.html"));
        say(format!("again        {}", labels.command));
        say("");
        match &self.exited()[..] {
            [] => say(paint.verdict(checked.verdict)),
            exited => say(format!(
                "Crashed: {} exited before the end, so the verdict \"{}\" does not count.",
                exited.join(", "),
                checked.verdict.sentence()
            )),
        }
    }

    /// The nodes that ended by themselves. They make the whole run a crash, as under Maelstrom; but the files are
    /// written all the same.
    fn exited(&self) -> Vec<&str> {
        let exits = self.run.mistakes.iter().filter(|mistake| mistake.kind == MistakeKind::Exited);
        exits.map(|mistake| &*mistake.node).collect()
    }
}

/// What was written, for whoever wants to show it.
pub(crate) struct Written {
    /// The text of `results.json`.
    pub results: String,
    /// The run in sentences; none of a run in real time.
    pub told: Vec<Sentence>,
}

/// The exit code of a crash.
pub(crate) const CRASH: u8 = 255;

/// Whether a row of tests goes on after one that ended with `code`: only after a valid one.
pub(crate) const fn goes_on(code: u8) -> bool {
    code == Validity::Valid.exit_code()
}
