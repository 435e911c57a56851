//! A copy of the repository with all mutants in it, compiled; those that do not compile are left out one round after another.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::list::Mutant;
use crate::memory::Memory;
use crate::weave::{Body, Changes, Woven, weave};

/// More than rounds that ever were needed: the compiler shows errors of names, of types and of borrows one after the other.
const ROUNDS: usize = 12;

/// The compiler's number for a call of a plain function where all must be constant.
const NOT_CONSTANT: &str = "E0015";

/// What stands in each crate that has mutants: the switch.
const SWITCH: &str = include_str!("mutant_switch.txt");

/// What goes into the copy.
#[derive(Default)]
pub(crate) struct Plan<'a> {
    /// Numbered from 1 on.
    pub(crate) mutants: &'a [Mutant],
    /// Other bodies of functions, by file.
    pub(crate) bodies: BTreeMap<String, Vec<(u32, Body)>>,
    /// The packages whose tests are wanted.
    pub(crate) packages: Vec<String>,
    /// Some of their integration tests, and `lib` for the unit tests; all if there are none.
    pub(crate) targets: Vec<String>,
    /// True for one mutant by itself: it is compiled more often than run.
    pub(crate) is_alone: bool,
}

/// The copy, and which mutants are in it.
pub(crate) struct Build {
    /// The test programs: the package they are of, and where they are.
    pub(crate) programs: Vec<Program>,
    /// Numbers of mutants that are no valid Rust, and why.
    pub(crate) unviable: BTreeMap<u32, String>,
}

/// A test program.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) package: String,
    pub(crate) name: String,
    pub(crate) path: PathBuf,
}

/// Makes the copy at `tree` and compiles the tests.
pub(crate) fn build(root: &Path, tree: &Path, plan: &Plan<'_>) -> Result<Build, String> {
    copy_tree(root, tree)?;
    let memory = Memory::of(root, tree, plan.mutants)?;
    let (mut unviable, mut made_plain) = (memory.recall(plan.mutants), memory.recall_plain());
    for round in 1..=ROUNDS {
        let woven = write_woven(root, tree, plan, &made_plain, &mut unviable)?;
        let errors = check(tree, plan)?;
        if errors.is_empty() {
            memory.keep(plan.mutants, &unviable, &made_plain)?;
            return Ok(Build { programs: tests(tree, plan)?, unviable });
        }
        let before = unviable.len();
        for error in &errors {
            let whose: Vec<u32> = whose(error, &woven).into_iter().collect();
            if let Some(number) = whose.iter().find(|number| **number as usize > plan.mutants.len()) {
                return Err(format!("{}\nchange number {number} does not compile", error.rendered));
            }
            if let Some(span) = error.calls_plain_function(&woven).filter(|_| whose.is_empty()) {
                made_plain.entry(span.file_name.clone()).or_insert_with(Vec::new).push(span.line_start);
            } else if whose.is_empty() {
                return Err(format!("no change is at the place of this error:\n{}", error.rendered));
            }
            unviable.extend(whose.into_iter().map(|number| (number, error.message.clone())));
        }
        eprintln!("round {round}: {} more mutants do not compile", unviable.len() - before);
    }
    Err(format!("there are still errors after {ROUNDS} rounds"))
}

/// Compiles a program of the copy, and returns where it is.
pub(crate) fn program(tree: &Path, name: &str) -> Result<PathBuf, String> {
    let plan = Plan { packages: vec![name.to_owned()], ..Plan::default() };
    let (lines, succeeded) = cargo(tree, &["build", "--bin", name], &plan)?;
    let path = lines.into_iter().filter_map(|line| line.executable).next_back();
    path.filter(|_| succeeded).ok_or_else(|| format!("`{name}` does not compile"))
}

/// Makes the copy at `tree`, or makes it the same again, without any change.
pub(crate) fn copy(root: &Path, tree: &Path) -> Result<(), String> {
    copy_tree(root, tree)?;
    write_woven(root, tree, &Plan::default(), &BTreeMap::new(), &mut BTreeMap::new()).map(|_| ())
}

/// Copies what the tests need. A file that is the same already is not touched, so that nothing is compiled for it.
fn copy_tree(root: &Path, tree: &Path) -> Result<(), String> {
    for name in ["Cargo.toml", "Cargo.lock", "clippy.toml"] {
        write_if_other(&tree.join(name), &read(&root.join(name))?)?;
    }
    // What tests read beyond their own packages.
    copy_folder(&root.join("fuzz/corpus"), &tree.join("fuzz/corpus"))?;
    let specification = "proofs/specification.json";
    write_if_other(&tree.join(specification), &read(&root.join(specification))?)?;
    for name in ["crates", "xtask"] {
        copy_folder(&root.join(name), &tree.join(name))?;
    }
    Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> Result<(), String> {
    let cannot = |error: std::io::Error| format!("cannot list {}: {error}", from.display());
    for entry in fs::read_dir(from).map_err(cannot)? {
        let entry = entry.map_err(cannot)?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy_folder(&from, &to)?;
        } else if !to.to_string_lossy().contains("/src/") || !to.exists() {
            write_if_other(&to, &read(&from)?)?;
        }
    }
    Ok(())
}

/// Writes the source files, with the changes that they have.
fn write_woven(
    root: &Path,
    tree: &Path,
    plan: &Plan<'_>,
    made_plain: &BTreeMap<String, Vec<usize>>,
    unviable: &mut BTreeMap<u32, String>,
) -> Result<BTreeMap<String, Woven>, String> {
    let mut mutants: BTreeMap<&str, Vec<(u32, &Mutant)>> = BTreeMap::new();
    for (number, mutant) in (1..).zip(plan.mutants) {
        let of_file = mutants.entry(&mutant.file).or_default();
        if !unviable.contains_key(&number) {
            of_file.push((number, mutant));
        }
    }
    let changed: BTreeSet<&str> =
        mutants.keys().copied().chain(plan.bodies.keys().map(|file| &**file)).collect();
    let mut all = BTreeMap::new();
    for file in sources(root, &root.join("crates"))? {
        let mut text =
            String::from_utf8(read(&root.join(&file))?).map_err(|error| format!("{file}: {error}"))?;
        let woven_in = Changes {
            mutants: mutants.get(&*file).map_or(&[], |mutants| mutants),
            bodies: plan.bodies.get(&file).map_or(&[], |bodies| bodies),
            plain: made_plain.get(&file).map_or(&[], |lines| lines),
        };
        if changed.contains(&*file) || made_plain.contains_key(&file) {
            let mut woven = weave(&text, woven_in).map_err(|error| format!("{file}: {error}"))?;
            text = std::mem::take(&mut woven.text);
            unviable.extend(woven.unviable.iter().map(|number| (*number, "no place for it".to_owned())));
            if changed.contains(&*file) {
                all.insert(file.clone(), woven);
            }
        }
        if let Some(folder) = file.strip_suffix("/src/lib.rs")
            && changed.iter().any(|with| with.starts_with(&format!("{folder}/src/")))
        {
            // Whether the alternatives, and what they make of the rest, are beautiful is of no interest.
            text.insert_str(0, "#![allow(warnings)]\n");
            text.push_str("\nextern crate std;\n#[allow(missing_docs)]\n#[doc(hidden)]\npub mod mutant;\n");
            write_if_other(&tree.join(folder).join("src/mutant.rs"), SWITCH.as_bytes())?;
        }
        write_if_other(&tree.join(&file), text.as_bytes())?;
    }
    Ok(all)
}

/// Every source file below a folder that belongs to a program or library, from the root.
fn sources(root: &Path, folder: &Path) -> Result<Vec<String>, String> {
    let cannot = |error: std::io::Error| format!("cannot list {}: {error}", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(cannot)? {
        let path = entry.map_err(cannot)?.path();
        if path.is_dir() {
            files.extend(sources(root, &path)?);
        } else if let Ok(name) = path.strip_prefix(root)
            && name.to_string_lossy().contains("/src/")
        {
            files.push(name.to_string_lossy().into_owned());
        }
    }
    Ok(files)
}

/// What the compiler says, as far as it matters here.
#[derive(Deserialize)]
struct Line {
    reason: String,
    message: Option<Error>,
    executable: Option<PathBuf>,
    target: Option<Target>,
    package_id: Option<String>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

#[derive(Deserialize)]
pub(crate) struct Error {
    level: String,
    message: String,
    code: Option<Code>,
    rendered: String,
    spans: Vec<ErrorSpan>,
}

#[derive(Deserialize)]
struct Code {
    code: String,
}

#[derive(Deserialize)]
struct ErrorSpan {
    file_name: String,
    line_start: usize,
    line_end: usize,
    is_primary: bool,
}

impl Error {
    /// Where it is, if all it says is that something constant calls what became a plain function.
    fn calls_plain_function(&self, woven: &BTreeMap<String, Woven>) -> Option<&ErrorSpan> {
        let is_that = self.code.as_ref().is_some_and(|code| code.code == NOT_CONSTANT);
        self.spans.iter().find(|span| span.is_primary && is_that && !woven.contains_key(&span.file_name))
    }
}

/// The errors of the packages.
pub(crate) fn check(tree: &Path, plan: &Plan<'_>) -> Result<Vec<Error>, String> {
    let lines = cargo(tree, &["check"], plan)?.0;
    let errors = lines.into_iter().filter_map(|line| line.message);
    Ok(errors.filter(|error| error.level == "error" && !error.spans.is_empty()).collect())
}

/// Compiles the tests, which must succeed.
pub(crate) fn tests(tree: &Path, plan: &Plan<'_>) -> Result<Vec<Program>, String> {
    let mut what = vec!["test", "--no-run"];
    if plan.targets.is_empty() {
        what.extend(["--lib", "--tests"]);
    }
    for target in &plan.targets {
        match &**target {
            "lib" => what.push("--lib"),
            name => what.extend(["--test", name]),
        }
    }
    let (lines, succeeded) = cargo(tree, &what, plan)?;
    if !succeeded {
        let errors: Vec<String> = lines.into_iter().filter_map(|line| Some(line.message?.rendered)).collect();
        return Err(format!("the tests do not compile:\n{}", errors.join("\n")));
    }
    let program = |line: Line| {
        let package = line.package_id?;
        let package = package.split('#').next()?.rsplit('/').next()?.to_owned();
        Some(Program { package, name: line.target?.name, path: line.executable? })
    };
    Ok(lines.into_iter().filter(|line| line.reason == "compiler-artifact").filter_map(program).collect())
}

/// Runs cargo for the packages of a plan; its messages, and whether it succeeded.
fn cargo(tree: &Path, what: &[&str], plan: &Plan<'_>) -> Result<(Vec<Line>, bool), String> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(tree).args(what).args(["--message-format=json", "--quiet"]);
    for package in &plan.packages {
        command.args(["--package", package]);
        if plan.is_alone {
            command.arg("--config").arg(format!("profile.dev.package.{package}.opt-level=0"));
        }
    }
    if plan.packages.iter().any(|package| package == "quipu-crdt") {
        command.arg("--all-features");
    }
    // A folder of its own: the names of results do not tell this copy from the repository. And nobody debugs here.
    command.env("CARGO_TARGET_DIR", tree.with_file_name("target")).env("CARGO_INCREMENTAL", "0");
    command.env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_PROFILE_TEST_DEBUG", "0");
    let output =
        command.stderr(Stdio::inherit()).output().map_err(|error| format!("cannot run cargo: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let lines = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    Ok((lines, output.status.success()))
}

/// The mutants at the place of an error: at that which it is about, or else at one that it mentions.
fn whose(error: &Error, woven: &BTreeMap<String, Woven>) -> BTreeSet<u32> {
    let at = |primary: bool| -> BTreeSet<u32> {
        let spans = error.spans.iter().filter(|span| span.is_primary == primary);
        let of_span = |span: &ErrorSpan| -> Vec<u32> {
            let Some(woven) = woven.get(&span.file_name) else { return Vec::new() };
            let within = woven
                .lines
                .iter()
                .filter(|(lines, _)| lines.start <= span.line_end && span.line_start < lines.end);
            within.map(|(_, number)| *number).collect()
        };
        spans.flat_map(of_span).collect()
    };
    let primary = at(true);
    if primary.is_empty() { at(false) } else { primary }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

fn write_if_other(path: &Path, content: &[u8]) -> Result<(), String> {
    if fs::read(path).is_ok_and(|there| there == content) {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(path);
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(path, content));
    written.map_err(|error| format!("cannot write {}: {error}", path.display()))
}
