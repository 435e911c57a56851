//! Runs tests with a mutant on, the one most likely to notice it for the least time first.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use crate::compile::Program;
use crate::recording::Recording;

/// How thoroughly the tests look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// With a tenth of the random cases: enough for nearly all.
    Quick,
    /// As the tests are run otherwise.
    Full,
}

/// One test function.
#[derive(Clone, Debug)]
pub(crate) struct Test {
    /// The program it is in, and its name there.
    pub(crate) program: Program,
    pub(crate) name: String,
    /// Processor seconds, where nothing is wrong.
    pub(crate) seconds: f64,
    /// The numbers of the mutants that it reaches, ascending.
    pub(crate) reaches: Vec<u32>,
}

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Passed,
    Failed,
    /// It took far more time or memory than it takes where nothing is wrong.
    Endless,
}

/// The tests, and what is known of how they do.
pub(crate) struct Suite {
    tree: PathBuf,
    pub(crate) depth: Depth,
    pub(crate) tests: Vec<Test>,
    /// By file and test: how often it was asked, and how often it noticed.
    asked: BTreeMap<(String, usize), (u32, u32)>,
}

/// A test that takes longer than this beside what it takes otherwise, in times of that and in seconds, is stopped.
const PATIENCE: (f64, f64) = (5.0, 3.0);

/// Processor seconds that a test may take where nothing is wrong.
const QUICK_AT_MOST: u64 = 10;
const FULL_AT_MOST: u64 = 900;

/// Kilobytes of memory that a test may have.
const MEMORY: &str = "4000000";

impl Suite {
    /// Finds all tests of these programs, and which mutants each of them reaches. All must pass. What is found is kept
    /// beside the copy, for the next time that the programs are the same.
    pub(crate) fn record(tree: &Path, programs: &[Program], depth: Depth) -> Result<Self, String> {
        let mut suite = Self { tree: tree.to_path_buf(), depth, tests: Vec::new(), asked: BTreeMap::new() };
        for program in programs {
            let known = Recording::of(tree, program, depth)?;
            let tests = if let Some(tests) = known.load(program) {
                tests
            } else {
                let before = processor_seconds();
                let names = suite.names(program)?;
                let tests: Result<Vec<Option<Test>>, String> =
                    names.into_iter().map(|name| suite.recorded(program, name)).collect();
                let tests: Vec<Test> = tests?.into_iter().flatten().collect();
                known.save(&tests)?;
                let (count, seconds) = (tests.len(), processor_seconds() - before);
                println!("    {} {}: {count} tests in {seconds:.1} s", program.package, program.name);
                tests
            };
            suite.tests.extend(tests);
        }
        Ok(suite)
    }

    fn names(&self, program: &Program) -> Result<Vec<String>, String> {
        let output = self.command(program, &["--list", "--format", "terse"], 60).output();
        let output = output.map_err(|error| format!("cannot run {}: {error}", program.path.display()))?;
        let text = String::from_utf8_lossy(&output.stdout);
        Ok(text.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect())
    }

    /// None if it takes too long for the depth.
    fn recorded(&self, program: &Program, name: String) -> Result<Option<Test>, String> {
        let file = self.tree.join("reached.txt");
        let _ = fs::remove_file(&file);
        let before = processor_seconds();
        let most = if self.depth == Depth::Quick { QUICK_AT_MOST } else { FULL_AT_MOST };
        let mut command = self.command(program, &["--exact", &name, "--test-threads=1"], most);
        let output = command.env("QUIPU_REACHED", &file).output();
        let output = output.map_err(|error| format!("cannot run {}: {error}", program.path.display()))?;
        match ended(output.status) {
            Ended::Passed => {}
            // Recording opens a file, which a test may notice that counts allocations.
            Ended::Failed if self.passes(program, &name)? => {
                println!("    left out, as it notices that it is watched: {}: {name}", program.name);
                return Ok(None);
            }
            Ended::Endless if self.depth == Depth::Quick => {
                println!("    left out, as it takes over {QUICK_AT_MOST} s: {}: {name}", program.name);
                return Ok(None);
            }
            _ => {
                let printed = String::from_utf8_lossy(&output.stdout);
                return Err(format!("{printed}\n{name} of {} fails without any mutant", program.name));
            }
        }
        let seconds = processor_seconds() - before;
        let text = fs::read_to_string(&file).unwrap_or_default();
        let mut reaches: Vec<u32> = text.lines().filter_map(|line| line.parse().ok()).collect();
        reaches.sort_unstable();
        Ok(Some(Test { program: program.clone(), name, seconds, reaches }))
    }

    fn passes(&self, program: &Program, name: &str) -> Result<bool, String> {
        let status = self.command(program, &["--exact", name, "--test-threads=1"], FULL_AT_MOST).output();
        Ok(status
            .map_err(|error| format!("cannot run {}: {error}", program.path.display()))?
            .status
            .success())
    }

    /// The tests that reach a mutant.
    pub(crate) fn reaching(&self, number: u32) -> Vec<usize> {
        (0..self.tests.len())
            .filter(|test| self.tests[*test].reaches.binary_search(&number).is_ok())
            .collect()
    }

    /// The same, in the order in which they should be asked about a mutant of this file.
    pub(crate) fn ordered(&self, number: u32, file: &str) -> Vec<usize> {
        let cost = |test: &usize| {
            let (asked, noticed) = self.asked.get(&(file.to_owned(), *test)).copied().unwrap_or_default();
            let chance = f64::from(noticed + 1) / f64::from(asked + 2);
            (self.tests[*test].seconds + 0.005) / chance
        };
        let mut tests = self.reaching(number);
        tests.sort_by(|one, other| cost(one).total_cmp(&cost(other)));
        tests
    }

    /// Takes note of how a test did.
    pub(crate) fn note(&mut self, test: usize, file: &str, noticed: bool) {
        let (asked, all) = self.asked.entry((file.to_owned(), test)).or_default();
        *asked += 1;
        *all += u32::from(noticed);
    }

    /// Runs one test with a mutant on, and perhaps something more in its environment; and what it printed.
    pub(crate) fn run_printing(
        &self,
        test: usize,
        number: u32,
        more: Option<(&str, &str)>,
    ) -> Result<(Ended, String), String> {
        let test = &self.tests[test];
        let mut command =
            self.command(&test.program, &["--exact", &test.name, "--test-threads=1"], FULL_AT_MOST);
        command.env("QUIPU_MUTANT", number.to_string()).envs(more);
        let output =
            command.output().map_err(|error| format!("cannot run {}: {error}", test.program.name))?;
        Ok((ended(output.status), String::from_utf8_lossy(&output.stdout).into_owned()))
    }

    /// Runs a test of which nothing is known with a mutant on.
    pub(crate) fn run_alone(
        tree: &Path,
        program: &Program,
        name: &str,
        number: u32,
    ) -> Result<Ended, String> {
        let program = program.clone();
        let test = Test { program, name: name.to_owned(), seconds: 100.0, reaches: Vec::new() };
        let suite =
            Self { tree: tree.to_path_buf(), depth: Depth::Full, tests: vec![test], asked: BTreeMap::new() };
        suite.run(0, number)
    }

    /// Runs all tests of a program quickly, in which there may be a mutant without a switch, for so many processor seconds.
    pub(crate) fn run_whole(tree: &Path, program: &Program, limit: u64) -> Result<Ended, String> {
        let suite =
            Self { tree: tree.into(), depth: Depth::Quick, tests: Vec::new(), asked: BTreeMap::new() };
        let mut command = suite.command(program, &[], limit);
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.map(ended).map_err(|error| format!("cannot run {}: {error}", program.name))
    }

    /// Runs one test with a mutant on.
    pub(crate) fn run(&self, test: usize, number: u32) -> Result<Ended, String> {
        let test = &self.tests[test];
        let limit = limit(test.seconds);
        let mut command = self.command(&test.program, &["--exact", &test.name, "--test-threads=1"], limit);
        command.env("QUIPU_MUTANT", number.to_string()).stdout(Stdio::null()).stderr(Stdio::null());
        let status =
            command.status().map_err(|error| format!("cannot run {}: {error}", test.program.name))?;
        Ok(ended(status))
    }

    fn command(&self, program: &Program, arguments: &[&str], limit: u64) -> Command {
        let mut command = Command::new("sh");
        command.args([
            "-c",
            r#"ulimit -t "$0"; ulimit -v "$1"; shift; exec "$@""#,
            &limit.to_string(),
            MEMORY,
        ]);
        command
            .arg(&program.path)
            .args(arguments)
            .current_dir(self.tree.join("crates").join(&program.package));
        if self.depth == Depth::Quick {
            command.env("QUIPU_LAWS_EXECUTIONS", "100").env("QUIPU_LAWS_SEARCH", "off");
            command.env("PROPTEST_CASES", "32");
        }
        command.env("RUST_BACKTRACE", "0").stdin(Stdio::null());
        command
    }
}

/// Whole seconds that a test may take which takes so long where nothing is wrong.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few hundred at most")]
fn limit(seconds: f64) -> u64 {
    (seconds * PATIENCE.0 + PATIENCE.1).ceil() as u64
}

fn ended(status: ExitStatus) -> Ended {
    match status.code() {
        Some(0) => Ended::Passed,
        Some(101) => Ended::Failed,
        _ => Ended::Endless,
    }
}

/// What the processes started from here have used so far, of those that ended.
pub(crate) fn processor_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The command's name may hold anything; the fields after it are counted from its closing bracket.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(13) + ticks(14)) / 100.0
}
