//! The same seed gives the same run, byte for byte: every case is run twice, in two processes.
//!
//! The second process gets another time zone and another working folder, so that neither can leak into a history.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::run_quietly;

/// Options of `quipu test` in virtual time. Wrong nodes are among them: their failures must repeat as well.
const CASES: [&str; 12] = [
    "-w g-counter --node chain --node-count 3 --nemesis partition",
    "-w g-counter --node slots --node-count 3 --nemesis partition,kill",
    "-w pn-counter --node gossip --node-count 5 --nemesis partition --latency 100 --latency-dist exponential",
    "-w g-counter --node cas --node-count 3 --seq-kv strict --loss 0.01 --duplicate 0.01",
    "-w g-counter --node keys --node-count 5 --seq-kv adversary",
    "-w g-counter --node locked --node-count 3 --nemesis pause",
    "-w broadcast --node broadcast --node-count 9 --nemesis partition --latency 20 --latency-dist uniform",
    "-w g-set --node g-set --node-count 3 --nemesis partition --loss 0.05",
    "-w cart --node-count 3 --nemesis partition,kill --loss 0.05",
    "-w text --node-count 3 --nemesis partition,kill --loss 0.05",
    "-w bounded-counter --node-count 3 --nemesis partition,kill --loss 0.05",
    "-w or-set --without context --node-count 3 --nemesis partition",
];

const SEEDS: [u64; 3] = [1, 7, 18_446_744_073_709_551_557];

/// What must not differ between two runs of one seed.
const FILES: [&str; 2] = ["history.jsonl", "results.json"];

/// Runs each case with each seed twice and compares.
pub(crate) fn check(root: &Path) -> Result<(), String> {
    let folder = root.join("target/xtask/determinism");
    let quipu = root.join("target/release/quipu");
    for case in CASES {
        for seed in SEEDS {
            let first = run_once(&quipu, case, seed, &folder.join("first"), "UTC")?;
            let second = run_once(&quipu, case, seed, &folder.join("second"), "Asia/Kathmandu")?;
            if first != second {
                return Err(format!(
                    "`quipu test {case} --seed {seed}` exited with {first}, then with {second}"
                ));
            }
            for file in FILES {
                compare(&folder, file)
                    .map_err(|error| format!("`quipu test {case} --seed {seed}`: {error}"))?;
            }
        }
        println!("same twice for {} seeds: quipu test {case}", SEEDS.len());
    }
    Ok(())
}

/// One run with its files under `folder`, which is emptied before; returns the exit code.
fn run_once(quipu: &Path, case: &str, seed: u64, folder: &Path, time_zone: &str) -> Result<i32, String> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(|error| format!("cannot empty {}: {error}", folder.display()))?;
    }
    fs::create_dir_all(folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    let mut command = Command::new(quipu);
    command.arg("test").args(case.split(' ')).args(["--rate", "100", "--time-limit", "20"]);
    command.args(["--seed", &seed.to_string(), "--out"]).arg(folder.join("run"));
    command.current_dir(folder).env("TZ", time_zone);
    // 0 valid, 1 invalid, 2 unknown: all are outcomes that must repeat; a crash or a refusal is not.
    run_quietly(&mut command, &[0, 1, 2]).map(|ended| ended.code)
}

fn compare(folder: &Path, file: &str) -> Result<(), String> {
    let read = |side: &str| {
        let path = find(&folder.join(side), file).ok_or_else(|| format!("no {file} was written"))?;
        fs::read(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))
    };
    let (first, second) = (read("first")?, read("second")?);
    match first_difference(&first, &second) {
        None if first.is_empty() => Err(format!("{file} is empty")),
        None => Ok(()),
        Some(line) => Err(format!("{file} differs between two runs, first in line {line}")),
    }
}

/// The first line, counted from 1, in which the two differ.
fn first_difference(first: &[u8], second: &[u8]) -> Option<usize> {
    if first == second {
        return None;
    }
    let same = first.iter().zip(second).take_while(|(a, b)| a == b).count();
    Some(first[..same].split(|byte| *byte == b'\n').count())
}

/// The file of that name in a folder or in one of its subfolders.
fn find(folder: &Path, file: &str) -> Option<PathBuf> {
    let here = folder.join(file);
    if here.is_file() {
        return Some(here);
    }
    let entries = fs::read_dir(folder).ok()?;
    entries.flatten().filter(|entry| entry.path().is_dir()).find_map(|entry| find(&entry.path(), file))
}

#[cfg(test)]
mod tests {
    use super::first_difference;

    #[test]
    fn equal_files_do_not_differ() {
        assert_eq!(first_difference(b"a\nb\n", b"a\nb\n"), None);
    }

    #[test]
    fn the_first_differing_line_is_named() {
        assert_eq!(first_difference(b"a\nb\nc\n", b"a\nb\nd\n"), Some(3));
        assert_eq!(first_difference(b"x", b"y"), Some(1));
    }

    #[test]
    fn a_file_that_ends_early_differs() {
        assert_eq!(first_difference(b"a\nb\n", b"a\n"), Some(2));
    }
}
