//! `cargo xtask mutants`, `museum` and `planted`: builds the package `mutation`, which ordinary builds do not compile, and runs it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::{answers_version, cargo, run, run_quietly};

/// What `cargo xtask mutants --help` prints.
pub(crate) const HELP: &str = "\
Change the code in every way that cargo-mutants lists, and see whether a test notices.

Usage: cargo xtask mutants [OPTIONS]

All changes are compiled into one build, in a copy of the repository under target/mutants; tests run with one of them
switched on. First with a tenth of the random cases, then what is left with all. What was found is kept in
target/mutants/verdicts.txt. Which changes no test can notice, and why, stands in docs/mutants.md.

Options:
  --file PART   Only changes to files whose name contains this; may be given several times
  --shard K/N   Only every Nth change, beginning with the Kth
  --again       Only what was neither noticed the last time nor is explained
  --alone       Only what cannot be switched on: constants, and functions that name no type. A build for each, minutes
  --help        Print this text

Examples:
  cargo xtask mutants --file ranges.rs --file context.rs
  cargo xtask mutants --shard 1/8
  cargo xtask mutants --again            After new tests

Exit codes: 0 every change was noticed or is explained, 1 one is neither, 2 the command line was not understood.
";

/// Lists the mutants and tries them.
pub(crate) fn mutants(root: &Path, options: &[&str]) -> Result<String, String> {
    let program = program(root)?;
    if !answers_version(cargo(root).get_program(), &["mutants"]) {
        println!("cargo mutants: missing, installing it from source");
        run(cargo(root).args(["install", "cargo-mutants", "--locked"]))?;
    }
    let scratch = root.join("target/mutants");
    let list = scratch.join("list.json");
    let packages = ["--package", "quipu-crdt", "--package", "quipu-node"];
    let listed = run_quietly(cargo(root).args(["mutants", "--list", "--json"]).args(packages), &[0])?;
    let written = fs::create_dir_all(&scratch).and_then(|()| fs::write(&list, listed.printed));
    written.map_err(|error| format!("cannot write {}: {error}", list.display()))?;
    run(Command::new(program).arg("mutants").arg(root).arg(scratch).arg(list).args(options))?;
    Ok("every mutant is noticed by a test, or explained".to_owned())
}

/// Runs every layer of checks on every bug of the museum, or only the one that found it first.
pub(crate) fn museum(root: &Path, options: &[&str]) -> Result<String, String> {
    let program = program(root)?;
    run(Command::new(program).arg("museum").arg(root).arg(root.join("target/museum")).args(options))?;
    Ok("every bug of the museum is found".to_owned())
}

/// Holds the proofs' oracle against a bug in the join of each type.
pub(crate) fn planted(root: &Path) -> Result<String, String> {
    let program = program(root)?;
    run(Command::new(program).arg("planted").arg(root).arg(root.join("target/museum")))?;
    Ok("every planted bug is found".to_owned())
}

/// The program, built now if it is not there.
fn program(root: &Path) -> Result<PathBuf, String> {
    let folder = root.join("mutation");
    run(cargo(&folder).args(["build", "--locked"]))?;
    Ok(root.join("target/mutation-tool/debug/quipu-mutation"))
}
