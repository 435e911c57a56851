//! How good are the tests? This package changes the code and asks them.
//!
//! ```sh
//! cargo xtask mutants                      # every mutant: hours on one core
//! cargo xtask mutants --file ranges.rs     # those of one file
//! cargo xtask museum                       # bugs that others had: which checks find them
//! cargo xtask planted                      # a bug in the join of each type: does the oracle find it
//! ```
//!
//! The one idea: compiling takes a hundred times as long as the test that notices. So all changes are compiled into *one*
//! build, in a copy of the repository, each behind its number ([`weave`]); a test is asked about a change by starting it
//! with that number in its environment. What is shipped has no switches in it.
//!
//! Which changes: those that cargo-mutants lists, which stands for the choice of operators, and plain
//! `cargo mutants --file F --re 'replace .. in f'` repeats any one of them by itself.
//!
//! *Source:* Untch, Offutt and Harrold, *Mutation analysis using mutant schemata*, 1993.

mod alone;
mod compile;
mod known;
mod layers;
mod list;
mod memory;
mod museum;
mod mutants;
mod patches;
mod planted;
mod recording;
mod run;
mod verdict;
mod weave;

use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "\
usage: quipu-mutation mutants ROOT SCRATCH LIST [--file PART]... [--shard K/N] [--again] [--alone]
       quipu-mutation museum ROOT SCRATCH [--check]
       quipu-mutation planted ROOT SCRATCH";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["mutants", root, scratch, list, options @ ..] => mutate(root, scratch, list, options),
        ["museum", root, scratch] => museum::run(root.as_ref(), scratch.as_ref()),
        ["museum", root, scratch, "--check"] => museum::check(root.as_ref(), scratch.as_ref()),
        ["planted", root, scratch] => planted::run(root.as_ref(), scratch.as_ref()),
        _ => Err(USAGE.to_owned()),
    };
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

fn mutate(root: &str, scratch: &str, list: &str, options: &[&str]) -> Result<String, String> {
    let mut wanted = mutants::Wanted {
        root: PathBuf::from(root),
        scratch: PathBuf::from(scratch),
        files: Vec::new(),
        shard: (0, 1),
        again: false,
        alone: false,
    };
    let mut options = options.iter();
    while let Some(option) = options.next() {
        match (*option, options.as_slice().first()) {
            ("--again", _) => wanted.again = true,
            ("--alone", _) => wanted.alone = true,
            ("--file", Some(part)) => wanted.files.push((*part).to_owned()),
            ("--shard", Some(text)) => wanted.shard = shard(text)?,
            _ => return Err(format!("`{option}`: {USAGE}")),
        }
        if !matches!(*option, "--again" | "--alone") {
            options.next();
        }
    }
    let text = std::fs::read_to_string(list).map_err(|error| format!("cannot read {list}: {error}"))?;
    mutants::run(&wanted, &list::read(&text)?)
}

/// `2/8`: the second of eight parts.
fn shard(text: &str) -> Result<(usize, usize), String> {
    let numbers =
        text.split_once('/').and_then(|(part, parts)| Some((part.parse().ok()?, parts.parse().ok()?)));
    numbers.filter(|(_, parts)| *parts > 0).ok_or_else(|| format!("`{text}` is not of the form 2/8"))
}
