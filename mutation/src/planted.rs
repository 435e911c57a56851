//! `planted`: a bug in the join of each type, and whether the proofs' oracle finds it.
//!
//! Writes the table between two markers in proofs/README.md.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::compile::{Plan, build};
use crate::layers::{Finding, Layer, look};
use crate::patches::Patches;
use crate::run::{Depth, Suite};

const PAGE: &str = "proofs/README.md";
const MARKERS: (&str, &str) = ("<!-- planted bugs: begin -->", "<!-- planted bugs: end -->");

/// Runs the oracle's tests on every planted bug and writes the table.
pub(crate) fn run(root: &Path, scratch: &Path) -> Result<String, String> {
    let all = Patches::read(root)?;
    let planted = &all.planted;
    println!("{} planted bugs; compiling them into one build", planted.len());
    let tree = scratch.join("tree");
    let bodies = all.bodies(root, &scratch.join("patched"))?;
    let (packages, targets) =
        (vec!["quipu-crdt".to_owned(), "quipu-node".to_owned()], vec!["oracle".to_owned()]);
    let build = build(root, &tree, &Plan { bodies, packages, targets, ..Plan::default() })?;
    // In full: the quick look leaves out the tests of large sets, which alone reach what only large sets have.
    let suite = Suite::record(&tree, &build.programs, Depth::Full)?;
    let mut table = String::from(
        "| type | planted bug | found by execution | steps, when found and shrunk |\n|---|---|---|---|\n",
    );
    let mut missed = Vec::new();
    for patch in planted {
        let finding = look(Layer::Oracle, &suite, patch.number)?;
        println!("{}: {finding}", patch.name);
        let Finding::Found(found) = finding else {
            missed.push(&*patch.name);
            continue;
        };
        let after = found.after.map_or_else(|| "not counted".to_owned(), |(count, _)| count.to_string());
        let steps =
            found.steps.map_or_else(|| "not counted".to_owned(), |(from, to)| format!("{from} to {to}"));
        let _ = writeln!(table, "| {} | {} | {after} | {steps} |", patch.name, patch.title);
    }
    if !missed.is_empty() {
        return Err(format!("the oracle does not find {}", missed.join(", ")));
    }
    let path = root.join(PAGE);
    let page =
        fs::read_to_string(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let page = between(&page, &table).ok_or(format!("{PAGE} lacks the lines {MARKERS:?}"))?;
    fs::write(&path, page).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    Ok(format!("{} planted bugs, all found; {PAGE} says after how many executions", planted.len()))
}

/// The page with the table in the place of what stood between the markers.
fn between(page: &str, table: &str) -> Option<String> {
    let begin = page.find(MARKERS.0)? + MARKERS.0.len();
    let end = begin + page[begin..].find(MARKERS.1)?;
    Some([&page[..begin], "\n", table, &page[end..]].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_takes_the_place_of_the_last_one() {
        let page = format!("a\n{}\nold\n{}\nb\n", MARKERS.0, MARKERS.1);
        let expected = format!("a\n{}\nnew\n{}\nb\n", MARKERS.0, MARKERS.1);
        assert_eq!(between(&page, "new\n"), Some(expected));
        assert_eq!(between("no markers", "new"), None);
    }
}
