//! `cargo xtask fuzz`: looks for inputs that break a decoder, and keeps the corpus small.

use std::path::Path;
use std::process::Command;

use crate::command::{answers_version, cargo, run};

/// The fuzz targets, as `fuzz/Cargo.toml` names them.
const TARGETS: [&str; 2] = ["binary", "json"];

/// Runs every target for so many seconds each, then reduces its corpus to what reaches something new.
pub(crate) fn look(root: &Path, seconds: &str) -> Result<String, String> {
    let seconds: u32 = seconds.parse().map_err(|_| format!("`{seconds}` is no number of seconds"))?;
    if !answers_version(cargo(root).get_program(), &["fuzz"]) {
        println!("cargo fuzz: missing, installing it from source");
        run(cargo(root).args(["install", "cargo-fuzz"]))?;
    }
    for target in TARGETS {
        println!("==> {target}: {seconds} s");
        let limit = format!("-max_total_time={seconds}");
        run(cargo_fuzz(root, "run", target).args(["--", &limit, "-print_final_stats=1", "-verbosity=0"]))?;
        // Edges alone, not how often each was taken: a tenth of the files.
        run(cargo_fuzz(root, "cmin", target).args(["--", "-use_counters=0"]))?;
    }
    Ok(format!(
        "NOTHING FOUND: {} targets for {seconds} s each; fuzz/corpus holds what they reached",
        TARGETS.len()
    ))
}

/// Without a sanitizer: there is no `unsafe` of ours to watch over, and only so does it run on stable Rust.
fn cargo_fuzz(root: &Path, subcommand: &str, target: &str) -> Command {
    let mut command = cargo(root);
    command.env("RUSTC_BOOTSTRAP", "1").args(["fuzz", subcommand, "--sanitizer", "none", target]);
    command
}
