//! `mutants`: every mutant against the tests, first quickly, and what is left, unless it is explained, thoroughly.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::alone;
use crate::compile::{Build, Plan, build};
use crate::known::{self, Key};
use crate::list::Mutant;
use crate::run::{Depth, Ended, Suite, processor_seconds};
use crate::verdict::{Verdict, Verdicts};

/// What is to be done.
pub(crate) struct Wanted {
    /// The root of the repository.
    pub(crate) root: PathBuf,
    /// Where the copy goes.
    pub(crate) scratch: PathBuf,
    /// Only mutants of files whose name contains one of these; of all if there are none.
    pub(crate) files: Vec<String>,
    /// Part so many of so many.
    pub(crate) shard: (usize, usize),
    /// Only those that were not caught the last time.
    pub(crate) again: bool,
    /// Only those that cannot be switched.
    pub(crate) alone: bool,
}

/// Processor seconds that the quick look spends on one mutant: what is noticed is nearly always noticed in the first one.
const QUICK_SECONDS: f64 = 4.0;

/// One mutant and what it is known by.
pub(crate) struct Case<'a> {
    number: u32,
    pub(crate) mutant: &'a Mutant,
    pub(crate) key: Key,
    pub(crate) order: usize,
}

/// Runs them all; the text says how it ended.
pub(crate) fn run(wanted: &Wanted, mutants: &[Mutant]) -> Result<String, String> {
    let cases = cases(&wanted.root, mutants)?;
    let apart = alone::apart(&wanted.root, mutants)?;
    let mut verdicts = Verdicts::load(wanted.scratch.join("verdicts.txt"));
    let path = wanted.root.join("docs/mutants.md");
    let explained = known::read(&fs::read_to_string(&path).unwrap_or_default());
    let is_chosen = |case: &&Case<'_>| {
        let is_open = |verdict: &Verdict| {
            *verdict == Verdict::Apart || verdict.is_missed() && !explained.contains_key(&case.key)
        };
        let is_left = !wanted.again || verdicts.get(&case.key, case.order).is_none_or(is_open);
        wanted.wants(case) && is_left && (!wanted.alone || apart.contains(&case.number))
    };
    let chosen: Vec<&Case<'_>> = cases.iter().filter(is_chosen).collect();
    if wanted.alone {
        alone::look(wanted, &chosen, &mut verdicts)?;
    } else {
        look_together(wanted, mutants, &chosen, (&apart, &explained), &mut verdicts)?;
    }
    conclude(&explained, &cases, &chosen, &verdicts)
}

/// Compiles all mutants into one build and tries what is chosen.
fn look_together(
    wanted: &Wanted,
    mutants: &[Mutant],
    chosen: &[&Case<'_>],
    (apart, explained): (&BTreeSet<u32>, &BTreeMap<Key, String>),
    verdicts: &mut Verdicts,
) -> Result<(), String> {
    let tree = wanted.scratch.join("tree");
    println!("{} mutants; compiling them into one build", mutants.len());
    let packages: BTreeSet<&str> = mutants.iter().map(|mutant| &*mutant.package).collect();
    let packages = packages.into_iter().map(str::to_owned).collect();
    let build = build(&wanted.root, &tree, &Plan { mutants, packages, ..Plan::default() })?;
    let mut open = Vec::new();
    for case in chosen {
        if build.unviable.contains_key(&case.number) {
            verdicts.put(&case.key, case.order, Verdict::Unviable)?;
        } else if !apart.contains(&case.number) {
            open.push(*case);
        } else if verdicts.get(&case.key, case.order).is_none() {
            // What was tried alone before keeps its verdict.
            verdicts.put(&case.key, case.order, Verdict::Apart)?;
        }
    }
    let mut left = look(&tree, &build, Depth::Quick, &open, verdicts)?;
    // Of what is explained it is asked only whether it has become easy to notice.
    left.retain(|case| !explained.contains_key(&case.key));
    look(&tree, &build, Depth::Full, &left, verdicts).map(|_| ())
}

impl Wanted {
    fn wants(&self, case: &Case<'_>) -> bool {
        let (part, parts) = self.shard;
        let in_file = self.files.is_empty() || self.files.iter().any(|name| case.mutant.file.contains(name));
        in_file && case.number as usize % parts == part % parts
    }
}

/// What each mutant is known by.
fn cases<'a>(root: &Path, mutants: &'a [Mutant]) -> Result<Vec<Case<'a>>, String> {
    let (mut texts, mut seen) = (BTreeMap::new(), BTreeMap::new());
    let mut cases = Vec::new();
    for (number, mutant) in (1..).zip(mutants) {
        if !texts.contains_key(&mutant.file) {
            let path = root.join(&mutant.file);
            let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            texts.insert(&mutant.file, text);
        }
        let line = texts[&mutant.file].lines().nth(mutant.span.start.line - 1).unwrap_or_default();
        let key = Key {
            file: mutant.file.clone(),
            change: mutant.change().to_owned(),
            line: line.trim().to_owned(),
        };
        let count = seen.entry(key.clone()).or_insert(0);
        *count += 1;
        cases.push(Case { number, mutant, key, order: *count });
    }
    Ok(cases)
}

/// Tries mutants at one depth, and returns those that were not caught.
fn look<'a>(
    tree: &Path,
    build: &Build,
    depth: Depth,
    open: &[&'a Case<'a>],
    verdicts: &mut Verdicts,
) -> Result<Vec<&'a Case<'a>>, String> {
    if open.is_empty() {
        return Ok(Vec::new());
    }
    println!("{depth:?}: which tests reach which mutants?");
    let mut suite = Suite::record(tree, &build.programs, depth)?;
    let seconds: f64 = suite.tests.iter().map(|test| test.seconds).sum();
    println!(
        "{depth:?}: {} mutants against {} tests, which take {seconds:.0} s",
        open.len(),
        suite.tests.len()
    );
    let mut left = Vec::new();
    for (index, case) in open.iter().enumerate() {
        let verdict = judge(&mut suite, case)?;
        if verdict.is_missed() {
            left.push(*case);
            println!("{}/{} {}: {}: {verdict}", index + 1, open.len(), case.mutant.place(), case.key.change);
        } else if (index + 1) % 100 == 0 {
            println!("{}/{}, {} not caught so far", index + 1, open.len(), left.len());
        }
        verdicts.put(&case.key, case.order, verdict)?;
    }
    Ok(left)
}

fn judge(suite: &mut Suite, case: &Case<'_>) -> Result<Verdict, String> {
    let tests = suite.ordered(case.number, &case.mutant.file);
    if tests.is_empty() {
        return Ok(Verdict::Unreached);
    }
    let before = processor_seconds();
    for test in tests {
        if suite.depth == Depth::Quick && processor_seconds() - before > QUICK_SECONDS {
            break;
        }
        let ended = suite.run(test, case.number)?;
        suite.note(test, &case.mutant.file, ended != Ended::Passed);
        let name = || format!("{}: {}", suite.tests[test].program.name, suite.tests[test].name);
        match ended {
            Ended::Passed => {}
            Ended::Failed => return Ok(Verdict::Caught(name())),
            Ended::Endless => return Ok(Verdict::Endless(name())),
        }
    }
    Ok(Verdict::Survived)
}

/// Counts, and holds what was missed against the list of what cannot be noticed.
fn conclude(
    explained: &BTreeMap<Key, String>,
    cases: &[Case<'_>],
    chosen: &[&Case<'_>],
    verdicts: &Verdicts,
) -> Result<String, String> {
    let mut counts: BTreeMap<&str, Count> = BTreeMap::new();
    let (mut unexplained, mut needless) = (Vec::new(), Vec::new());
    for case in chosen {
        let Some(verdict) = verdicts.get(&case.key, case.order) else { continue };
        let count = counts.entry(&case.mutant.file).or_default();
        let is_explained = explained.contains_key(&case.key);
        count.add(verdict, is_explained);
        if verdict.is_missed() && !is_explained {
            unexplained.push(format!(
                "{} ({verdict}, line {})",
                case.key.shown(),
                case.mutant.span.start.line
            ));
        }
    }
    for key in explained.keys() {
        let mut same = cases.iter().filter(|case| case.key == *key).peekable();
        let all_caught = |case: &Case<'_>| {
            verdicts
                .get(&case.key, case.order)
                .is_some_and(|verdict| !verdict.is_missed() && *verdict != Verdict::Apart)
        };
        if same.peek().is_none() || same.all(all_caught) {
            needless.push(format!("{}: no such mutant, or a test notices it", key.shown()));
        }
    }
    print!("{}", table(&counts));
    let total = counts.values().fold(Count::default(), Count::plus);
    if unexplained.is_empty() && needless.is_empty() {
        return Ok(total.to_string());
    }
    let mut report = String::new();
    for line in unexplained.iter().chain(&needless) {
        let _ = writeln!(report, "{line}");
    }
    let (missed, stale) = (unexplained.len(), needless.len());
    Err(format!(
        "{report}{total}\nFAILED: {missed} mutants that no test notices, {stale} lines of docs/mutants.md too many"
    ))
}

/// How many mutants there were, and what became of them.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    caught: u32,
    endless: u32,
    unviable: u32,
    apart: u32,
    explained: u32,
    missed: u32,
}

impl Count {
    fn add(&mut self, verdict: &Verdict, is_explained: bool) {
        match verdict {
            Verdict::Caught(_) => self.caught += 1,
            Verdict::Endless(_) => self.endless += 1,
            Verdict::Unviable => self.unviable += 1,
            Verdict::Apart => self.apart += 1,
            Verdict::Unreached | Verdict::Survived if is_explained => self.explained += 1,
            Verdict::Unreached | Verdict::Survived => self.missed += 1,
        }
    }

    fn plus(self, other: &Self) -> Self {
        Self {
            caught: self.caught + other.caught,
            endless: self.endless + other.endless,
            unviable: self.unviable + other.unviable,
            apart: self.apart + other.apart,
            explained: self.explained + other.explained,
            missed: self.missed + other.missed,
        }
    }

    fn all(&self) -> u32 {
        self.caught + self.endless + self.unviable + self.apart + self.explained + self.missed
    }
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { caught, endless, unviable, apart, explained, missed } = self;
        write!(
            f,
            "{} mutants: {caught} caught, {endless} without end, {unviable} do not compile, {apart} to be tried alone, \
             {explained} explained, {missed} neither",
            self.all()
        )
    }
}

fn table(counts: &BTreeMap<&str, Count>) -> String {
    let mut table =
        String::from("| file | mutants | caught | endless | not compiled | alone | explained | missed |\n");
    table.push_str("|---|---|---|---|---|---|---|---|\n");
    for (file, count) in counts {
        let Count { caught, endless, unviable, apart, explained, missed } = count;
        let _ = writeln!(
            table,
            "| {file} | {} | {caught} | {endless} | {unviable} | {apart} | {explained} | {missed} |",
            count.all()
        );
    }
    table
}
