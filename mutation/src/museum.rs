//! `museum`: bugs that others had, made again in this code, and which layer of checks finds each of them, how fast.
//!
//! `museum --check` asks, for each bug, only the test that docs/museum.md says finds it first: a patch that no longer applies,
//! or a bug that its test no longer finds, is named.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::compile::{self, Plan, build};
use crate::layers::{Finding, Found, Layer, explore, look};
use crate::patches::{Patch, Patches};
use crate::run::{Depth, Ended, Suite};

const PAGE: &str = "docs/museum.md";

/// What comes before the first fastest test of a bug, in the page.
const FIRST_BY: &str = "Found first by `";

/// Runs every layer on every bug and writes the page.
pub(crate) fn run(root: &Path, scratch: &Path) -> Result<String, String> {
    let all = Patches::read(root)?;
    let patches = &all.museum;
    println!("{} bugs; compiling them into one build", patches.len());
    let tree = scratch.join("tree");
    let bodies = all.bodies(root, &scratch.join("patched"))?;
    let packages = ["quipu-crdt", "quipu-node"].map(str::to_owned).to_vec();
    let build = build(root, &tree, &Plan { bodies, packages, ..Plan::default() })?;
    let quipu = compile::program(&tree, "quipu")?;
    println!("which tests reach which bugs?");
    // Quickly: how long tests take beside one another, and what they reach, is the same with fewer random cases.
    let mut suite = Suite::record(&tree, &build.programs, Depth::Quick)?;
    suite.depth = Depth::Full;
    let mut rows = Vec::new();
    for patch in patches {
        let mut findings = BTreeMap::new();
        for layer in Layer::ALL {
            let finding = match layer {
                Layer::Explore => explore(&quipu, patch)?,
                _ => look(layer, &suite, patch.number)?,
            };
            println!("{} {}: {finding}", patch.name, layer.name());
            findings.insert(layer, finding);
        }
        rows.push((patch, findings));
    }
    let path = root.join(PAGE);
    fs::write(&path, page(&rows)).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    let missed: Vec<&str> =
        rows.iter().filter(|(_, all)| first(all).is_none()).map(|(patch, _)| &*patch.name).collect();
    if missed.is_empty() {
        Ok(format!("{} bugs, each found by a layer; {PAGE} says which, and how fast", rows.len()))
    } else {
        Err(format!("no layer finds {}", missed.join(", ")))
    }
}

/// The finding that took least.
fn first(findings: &BTreeMap<Layer, Finding>) -> Option<&Found> {
    let found = findings.values().filter_map(|finding| match finding {
        Finding::Found(found) => Some(found),
        _ => None,
    });
    found.min_by(|one, other| one.seconds.total_cmp(&other.seconds))
}

fn page(rows: &[(&Patch, BTreeMap<Layer, Finding>)]) -> String {
    let mut page = String::from(HEAD);
    for (patch, findings) in rows {
        let _ = write!(page, "| [{}](#{}) |", patch.name, patch.name);
        for finding in findings.values() {
            let _ = write!(page, " {finding} |");
        }
        page.push('\n');
    }
    for (patch, findings) in rows {
        let _ = writeln!(page, "\n### {}\n", patch.name);
        let _ = writeln!(page, "{}. *Source:* {}.\n\n{}", patch.title, patch.source, patch.story);
        if let Some(found) = first(findings) {
            let _ = writeln!(page, "\n{FIRST_BY}{}`.", found.by);
        }
        for (layer, finding) in findings {
            if let Finding::Found(Found { by, steps: Some((from, to)), .. }) = finding {
                let _ = writeln!(
                    page,
                    "The {} tell it in {to} steps, shrunk from {from} (`{by}`).",
                    layer.name()
                );
            }
        }
    }
    page
}

const HEAD: &str = "\
# The bug museum

Bugs that replicated data types and their nodes have had elsewhere, made again in this code as patches (`museum/*.patch`), and
which layer of checks finds each of them, how fast. `cargo xtask museum` writes this page; the code that is shipped has none of
these bugs and no switches for them.

Each cell says how many processor seconds the layer needed up to its first failing test, the quickest tests first, in the
development profile; and which execution, state of the search or seed it was. `-`: the layer does not run the code of the bug.

| layer | what it is |
|---|---|
| tests | unit tests, traps, golden vectors and all other integration tests of `quipu-crdt` but the next three |
| laws | laws and specification on 1,000 random executions for each type (`tests/laws`) |
| search | the same on all executions up to a bound |
| oracle | the executable specification that the proofs are about, beside the Rust types, step by step (`tests/oracle`) |
| nodes | the tests of `quipu-node`: nodes in small worlds, with parts switched off |
| explore | `quipu explore` on the workload that the patch names |

| bug | tests | laws | search | oracle | nodes | explore |
|---|---|---|---|---|---|---|
";

/// Runs for each bug the test that found it first.
pub(crate) fn check(root: &Path, scratch: &Path) -> Result<String, String> {
    let all = Patches::read(root)?;
    let patches = &all.museum;
    let path = root.join(PAGE);
    let page =
        fs::read_to_string(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let mut tests = Vec::new();
    for patch in patches {
        let test = first_of(&page, &patch.name);
        tests.push(test.ok_or(format!("{PAGE} has nothing on {}: run `cargo xtask museum`", patch.name))?);
    }
    let bodies = all.bodies(root, &scratch.join("patched"))?;
    println!("{} patches apply", patches.len() + all.planted.len());
    let programs: BTreeSet<&str> = tests.iter().filter_map(|test| Some(test.split_once(": ")?.0)).collect();
    let packages = ["quipu-crdt", "quipu-node"].map(str::to_owned).to_vec();
    let targets =
        programs.iter().filter(|name| !name.starts_with("quipu")).map(|name| (*name).to_owned()).collect();
    let tree = scratch.join("tree");
    let build = build(root, &tree, &Plan { bodies, packages, targets, ..Plan::default() })?;
    for (patch, test) in patches.iter().zip(&tests) {
        if let Some(arguments) = test.strip_prefix("quipu explore ") {
            let quipu = compile::program(&tree, "quipu")?;
            let mut shown = patch.clone();
            shown.explore = arguments.split(' ').map(str::to_owned).collect();
            if !matches!(explore(&quipu, &shown)?, Finding::Found(_)) {
                return Err(format!("{}: `{test}` no longer finds it", patch.name));
            }
            continue;
        }
        let known = test
            .split_once(": ")
            .and_then(|(program, name)| Some((build.programs.iter().find(|one| one.name == program)?, name)));
        let (program, name) = known.ok_or(format!("{}: there is no test `{test}`", patch.name))?;
        if Suite::run_alone(&tree, program, name, patch.number)? == Ended::Passed {
            return Err(format!("{}: `{test}` no longer finds it", patch.name));
        }
        println!("{}: found by `{test}`", patch.name);
    }
    Ok(format!("{} bugs, each found by the test that {PAGE} names", patches.len()))
}

/// The test that the page says finds a bug first.
fn first_of<'a>(page: &'a str, name: &str) -> Option<&'a str> {
    let section = &page[page.find(&format!("\n### {name}\n"))?..];
    let section = section[1..].split("\n### ").next()?;
    let rest = &section[section.find(FIRST_BY)? + FIRST_BY.len()..];
    rest.split('`').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_names_the_first_test_of_each_bug() {
        let page = "| a |\n\n### 01-a\n\nText.\n\nFound first by `laws: a_test`.\n\n### 02-b\n\nText.\n";
        assert_eq!(first_of(page, "01-a"), Some("laws: a_test"));
        assert_eq!((first_of(page, "02-b"), first_of(page, "03-c")), (None, None));
    }
}
