//! Real engines: the suite of `quipu-engines` on each of Debian's, and the page about their speed.

use std::path::Path;

use crate::command::{cargo, run};

/// Starts each engine, tries every case of the suite on it, and ends it. What is missing is installed.
pub(crate) fn check(root: &Path) -> Result<(), String> {
    let example = ["--package", "quipu-engines", "--all-features", "--example", "conformance"];
    run(cargo(root).arg("run").args(example))
}

/// Measures all of them and writes the page into `docs/compare`. Its figures are those of this machine and this hour, so that
/// nothing compares them with what is committed.
pub(crate) fn report(root: &Path) -> Result<(), String> {
    let quipu = ["--release", "--package", "quipu", "--bin", "quipu", "--features", "engines"];
    let compare = ["compare", "--engine", "all", "--rounds", "3", "--seconds", "1", "--out", "docs/compare"];
    run(cargo(root).arg("run").args(quipu).arg("--").args(compare))
}
