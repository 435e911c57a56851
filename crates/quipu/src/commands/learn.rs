//! `quipu learn`: lessons that show by their own runs what fails, how often, and what helps.

mod progress;

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use quipu_lessons::site::Site;
use quipu_lessons::{LESSONS, Lab, Lesson, Report, find, plain};

use crate::exit::Exit;
use crate::terminal::{LiveLine, Paint, say};
use progress::Progress;

/// Lessons that show by their own runs what fails, how often, and what helps.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct LearnCommand {
    /// Lessons, by name or number. Without any, they are listed
    lessons: Vec<String>,
    /// All lessons
    #[arg(long, conflicts_with = "lessons")]
    all: bool,
    /// Write the lessons, all of them unless some are named, as pages into this folder
    #[arg(long, value_name = "DIR")]
    html: Option<PathBuf>,
    /// Write the skeletons of the lessons' exercises into this folder
    #[arg(long, value_name = "DIR", conflicts_with = "html")]
    exercise: Option<PathBuf>,
    /// Seeds per measurement, instead of each lesson's own number
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    seeds: Option<u64>,
    /// How many run at a time [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1024))]
    jobs: Option<u64>,
    /// Do not note which lessons were given
    #[arg(long)]
    no_progress: bool,
}

const EXAMPLES: &str = "\
Every figure in a lesson is measured while it is given. At its end stands what its words take for granted, and whether this
run shows it; with few seeds it may not.

Examples:
  quipu learn                     which lessons there are
  quipu learn 3                   the third one
  quipu learn or-set --seeds 500
  quipu learn --html lessons      all of them, as pages: open lessons/index.html
  quipu learn or-set --exercise . the skeletons of its exercise, in Rust and Python

Exit codes: 0 all was shown, 1 something was not, 254 wrong usage, 255 crash.";

impl LearnCommand {
    pub(crate) fn run(self) -> Result<u8, Exit> {
        let mut chosen = self.lessons.iter().map(|name| lesson(name)).collect::<Result<Vec<_>, _>>()?;
        if let Some(folder) = &self.exercise {
            return exercises(&chosen, folder);
        }
        let progress = Progress::of_user(!self.no_progress);
        if chosen.is_empty() && !self.all && self.html.is_none() {
            list(&progress);
            return Ok(0);
        }
        if chosen.is_empty() {
            chosen = LESSONS.iter().collect();
        }
        let line = std::sync::Mutex::new(LiveLine::new());
        let watch = |what: &str, done: u64, of: u64| {
            let mut line = line.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            line.tell(|| format!("{what}: {done} of {of}"));
        };
        let lab = Lab::new(self.seeds, self.jobs(), &watch);
        let mut reports = Vec::new();
        for lesson in chosen {
            let report = lesson.give(&lab).map_err(Exit::crash)?;
            line.lock().unwrap_or_else(std::sync::PoisonError::into_inner).finish();
            if self.html.is_none() {
                let paint = Paint::of_stdout();
                plain::report(lesson, &report, &|text| paint.bold(text)).iter().for_each(say);
                say("");
            }
            if report.claims.iter().all(|claim| claim.holds) {
                progress.note(lesson.name);
            }
            reports.push((lesson, report));
        }
        if let Some(folder) = &self.html {
            write_site(&reports, folder)?;
        }
        Ok(u8::from(!all_shown(&reports)))
    }

    fn jobs(&self) -> usize {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        self.jobs.map_or(cores, |jobs| usize::try_from(jobs).unwrap_or(cores))
    }
}

fn lesson(name: &str) -> Result<&'static Lesson, Exit> {
    find(name).ok_or_else(|| Exit::usage(format!("there is no lesson `{name}`; `quipu learn` lists them")))
}

fn list(progress: &Progress) {
    let done = progress.done();
    plain::index(&|name| done.contains(name)).iter().for_each(say);
    say("");
    say("`quipu learn NAME` gives one, `quipu learn --html DIR` writes all of them as pages.");
}

/// Says what was written, and, of each lesson, what its run does not show.
fn write_site(reports: &[(&Lesson, Report)], folder: &Path) -> Result<(), Exit> {
    let site = Site::new(reports);
    for (path, text) in site.files() {
        write(&folder.join(path), text)?;
    }
    for (lesson, report) in reports {
        let missing = report.claims.iter().filter(|claim| !claim.holds);
        missing.for_each(|claim| say(format!("{}: {}", lesson.name, plain::claim(claim))));
    }
    say(format!("{} files; open {}", site.files().len(), folder.join("index.html").display()));
    Ok(())
}

fn all_shown(reports: &[(&Lesson, Report)]) -> bool {
    reports.iter().all(|(_, report)| report.claims.iter().all(|claim| claim.holds))
}

fn exercises(chosen: &[&Lesson], folder: &Path) -> Result<u8, Exit> {
    if chosen.is_empty() {
        return Err(Exit::usage("--exercise needs the name of a lesson"));
    }
    for lesson in chosen {
        let skeleton = lesson.skeleton;
        for (ending, text) in [("rs", skeleton.rust()), ("py", skeleton.python())] {
            let path = folder.join(format!("{}.{ending}", skeleton.name()));
            if path.exists() {
                return Err(Exit::usage(format!("{} is there already; it is left as it is", path.display())));
            }
            write(&path, text)?;
            make_executable(&path, ending)?;
            say(format!("wrote {}", path.display()));
        }
    }
    Ok(0)
}

fn write(path: &Path, text: &str) -> Result<(), Exit> {
    let failed = |error| Exit::usage(format!("cannot write {}: {error}", path.display()));
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    fs::write(path, text).map_err(failed)
}

/// A script is run by its name.
fn make_executable(path: &Path, ending: &str) -> Result<(), Exit> {
    #[cfg(unix)]
    if ending == "py" {
        use std::os::unix::fs::PermissionsExt;
        let failed = |error| Exit::usage(format!("cannot make {} executable: {error}", path.display()));
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).map_err(failed)?;
    }
    Ok(())
}
