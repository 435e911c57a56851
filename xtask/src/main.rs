//! Chores of the repository, run as `cargo xtask CHORE`.
//!
//! ```sh
//! cargo xtask test                 # everything that continuous integration runs, in its order
//! cargo xtask test format clippy   # only these steps
//! cargo xtask tidy                 # only the rules about sizes and words
//! ```
//!
//! The one idea: what continuous integration runs is one command that anybody can run. It prints each step before it
//! starts and how long it took, stops at the first that fails, and says so in its last line and its exit code.
//!
//! Left out: any dependency. The crate is compiled before anything else can happen on a fresh clone.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line talks to people")]

#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
mod bench;
mod bench_crdt;
mod command;
mod determinism;
mod end_to_end;
mod engines;
mod fuzz;
mod lessons;
mod mutation;
mod proofs;
mod readme;
mod steps;
mod study;
mod tidy;
mod tools;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const HELP: &str = "\
Chores of the Quipu repository.

Usage: cargo xtask <CHORE>

Chores:
  test [STEP]...  Run every check, or only the steps named; stop at the first that fails
  bench harness   Measure the simulator, the harness and the counter against their targets (about 4 minutes)
  bench crdt      Measure quipu-crdt beside its peers (about 10 minutes); `bench crdt --help` tells the options
  fuzz [SECONDS]  Look for inputs that break a decoder, 60 seconds for each target; reduces the corpus afterwards
  mutants         Change the code in every way that cargo-mutants lists: do the tests notice? `mutants --help` tells the options
  museum          Make bugs that others had, one by one: which layer of checks finds each? Writes docs/museum.md
  museum --check  Only that each is still found by the check that found it first
  planted         Make a bug in the join of each type: does the proofs' oracle find it? Writes into proofs/README.md
  proofs          Check every proof with Coq, and list every theorem with what it rests on (2 minutes); `proofs --bless`
                  takes over what is extracted from them
  engines         Start PostgreSQL, Redis, etcd and NATS, and try the suite of quipu-engines on each; installs what is missing.
                  `engines --report` measures them and writes docs/compare/engines.md (minutes, on a quiet machine)
  tidy            Check sizes of files and functions, and words that must not stand in the tree
  help            Print this text

Steps of `test`, in their order:
  tools           Find python3, node, cc, rustfmt and clippy; install what is missing
  format          cargo fmt --check
  clippy          cargo clippy --workspace --all-targets --all-features -- -D warnings
  docs            cargo doc --workspace --no-deps --all-features, with warnings denied
  tests           cargo test --workspace, but for the data types: unit, golden, seeded and documentation tests; and the
                  tests of the package mutation, with which every known bug must still fit the code
  laws            cargo test --package quipu-crdt: the data types; prints how many cases were checked
  proofs          Check every proof with Coq: what `cargo xtask proofs` does
  build           cargo build --release --package quipu --bins
  determinism     Run seeds twice in virtual time and compare the files byte for byte
  rates           Measure the failure rates of the wrong counters, and compare with the reference
  lessons         Give every lesson of `quipu learn`; check its figures, its claims, its site and its skeletons
  study           Make the report of `quipu compare` and compare it with docs/compare byte for byte
  readme          Compile and run the program that README.md offers for copying, in a fresh crate
  end-to-end      Run real processes in real time: maelstrom-counter, and the nodes of examples/nodes

Examples:
  cargo xtask test                      Everything; what .ci/run calls
  cargo xtask test format clippy tests  Before a commit
  cargo xtask test build determinism    After a change to the simulator
  cargo xtask bench harness             On a quiet machine
  cargo xtask bench crdt --quick        A first look: under 2 minutes once it is built
  cargo xtask fuzz 600                  After a change to a decoder
  cargo xtask mutants --file ranges.rs  After a change to that file or to its tests
  cargo xtask tidy                      After adding files

Exit codes: 0 all well, 1 a check failed, 2 the command line was not understood.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let ["bench", "crdt", rest @ ..] = words.as_slice() {
        return bench_crdt(rest);
    }
    if let ["mutants", .., "-h" | "--help"] = words.as_slice() {
        print!("{}", mutation::HELP);
        return ExitCode::SUCCESS;
    }
    if words.iter().any(|word| matches!(*word, "-h" | "--help")) {
        print!("{HELP}");
        return ExitCode::SUCCESS;
    }
    match words.as_slice() {
        ["test", names @ ..] => match steps::select(names) {
            Ok(selected) => exit_code(steps::run_all(&root(), &selected)),
            Err(message) => usage_error(&message),
        },
        ["bench", "harness"] => exit_code(steps::build(&root()).and_then(|()| bench::harness(&root()))),
        ["fuzz"] => exit_code(fuzz::look(&root(), "60")),
        ["fuzz", seconds] => exit_code(fuzz::look(&root(), seconds)),
        ["mutants", options @ ..] => exit_code(mutation::mutants(&root(), options)),
        ["museum"] => exit_code(mutation::museum(&root(), &[])),
        ["museum", "--check"] => exit_code(mutation::museum(&root(), &["--check"])),
        ["planted"] => exit_code(mutation::planted(&root())),
        ["proofs"] => exit_code(proofs::check(&root())),
        ["proofs", "--bless"] => exit_code(proofs::bless(&root())),
        ["engines"] => exit_code(engines::check(&root()).map(|()| "the engines conform".to_owned())),
        ["engines", "--report"] => {
            exit_code(engines::report(&root()).map(|()| "docs/compare/engines.md is new".to_owned()))
        }
        ["tidy"] => exit_code(tidy::check(&root())),
        ["help"] => {
            print!("{HELP}");
            ExitCode::SUCCESS
        }
        [] => usage_error("no chore named"),
        other => usage_error(&format!("unknown chore `{}`", other.join(" "))),
    }
}

fn bench_crdt(arguments: &[&str]) -> ExitCode {
    if arguments.iter().any(|word| matches!(*word, "-h" | "--help")) {
        print!("{}", bench_crdt::HELP);
        return ExitCode::SUCCESS;
    }
    bench_crdt::crdt(&root(), arguments).unwrap_or_else(|message| exit_code(Err(message)))
}

/// The root of the repository: the folder above this crate.
fn root() -> PathBuf {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_folder.parent().unwrap_or(crate_folder).to_path_buf()
}

fn exit_code(outcome: Result<String, String>) -> ExitCode {
    match outcome {
        Ok(message) => {
            println!("{message}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn usage_error(message: &str) -> ExitCode {
    eprintln!("error: {message}; `cargo xtask --help` lists the chores");
    ExitCode::from(2)
}
