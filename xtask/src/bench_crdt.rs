//! `cargo xtask bench crdt`: builds the package `bench`, which ordinary builds do not compile, and runs it.

use std::path::Path;
use std::process::{Command, ExitCode};

use crate::command::{cargo, run};

/// The text that the program itself prints for `--help`; read here, so that asking for it compiles nothing.
pub(crate) const HELP: &str = include_str!("../../bench/help.txt");

/// Runs the program with these arguments; its exit code is ours.
pub(crate) fn crdt(root: &Path, arguments: &[&str]) -> Result<ExitCode, String> {
    let folder = root.join("bench");
    eprintln!("building the benchmark and the peers; the first time takes some minutes");
    run(cargo(&folder).args(["build", "--release", "--locked"]))?;
    // In the folder it was called from, so that paths among the arguments mean what they say.
    let program = root.join("target/bench/release/quipu-bench");
    let status = Command::new(&program).args(arguments).status();
    let status = status.map_err(|error| format!("cannot run {}: {error}", program.display()))?;
    match status.code().and_then(|code| u8::try_from(code).ok()) {
        Some(code) => Ok(ExitCode::from(code)),
        None => Err(format!("the benchmark ended with {status}")),
    }
}
