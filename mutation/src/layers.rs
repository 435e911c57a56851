//! The layers of checks, and what each of them says to a bug.

use std::fmt;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

use crate::patches::Patch;
use crate::run::{Ended, Suite, processor_seconds};

/// A layer of checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Layer {
    /// Unit tests, traps, and whatever else states one case.
    Tests,
    /// Laws and specifications on random executions.
    Laws,
    /// The same on all executions up to a bound.
    Search,
    /// What Coq extracted, beside the Rust types.
    Oracle,
    /// Nodes in worlds of their own tests.
    Nodes,
    /// Whole clusters, seed after seed.
    Explore,
}

impl Layer {
    pub(crate) const ALL: [Self; 6] =
        [Self::Tests, Self::Laws, Self::Search, Self::Oracle, Self::Nodes, Self::Explore];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Tests => "tests",
            Self::Laws => "laws",
            Self::Search => "search",
            Self::Oracle => "oracle",
            Self::Nodes => "nodes",
            Self::Explore => "explore",
        }
    }

    /// Whether a test program belongs to this layer.
    fn has(self, package: &str, program: &str) -> bool {
        match (package, program) {
            ("quipu-node", _) => self == Self::Nodes,
            (_, "laws") => self == Self::Laws || self == Self::Search,
            (_, "oracle") => self == Self::Oracle,
            _ => self == Self::Tests,
        }
    }
}

/// What a layer says to a bug.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Finding {
    /// The bug is nowhere near what the layer runs.
    Unreached,
    /// Nothing, after so many processor seconds.
    Missed(f64),
    Found(Found),
}

/// How a layer finds a bug.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    /// `PROGRAM: TEST`, or the exploration.
    pub(crate) by: String,
    pub(crate) seconds: f64,
    /// Executions, states or seeds that it took, where the layer counts them.
    pub(crate) after: Option<(u64, &'static str)>,
    /// The steps of the story, when it was found and when it was as short as could be.
    pub(crate) steps: Option<(u64, u64)>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreached => f.write_str("-"),
            Self::Missed(seconds) => write!(f, "missed ({seconds:.1} s)"),
            Self::Found(found) => {
                write!(f, "**{:.2} s**", found.seconds)?;
                found.after.map_or(Ok(()), |(count, what)| write!(f, ", {what} {count}"))
            }
        }
    }
}

/// Lets a layer look for a bug; one test after the other, the quickest first, up to the first that fails.
pub(crate) fn look(layer: Layer, suite: &Suite, number: u32) -> Result<Finding, String> {
    let mut tests = suite.reaching(number);
    tests.retain(|test| layer.has(&suite.tests[*test].program.package, &suite.tests[*test].program.name));
    tests.sort_by(|one, other| suite.tests[*one].seconds.total_cmp(&suite.tests[*other].seconds));
    if tests.is_empty() {
        return Ok(Finding::Unreached);
    }
    let before = processor_seconds();
    for test in tests {
        let executions = (layer == Layer::Search).then_some(("QUIPU_LAWS_EXECUTIONS", "0"));
        let (ended, printed) = suite.run_printing(test, number, executions)?;
        let by_search = printed.contains("found by the exhaustive search");
        if ended == Ended::Passed || layer == Layer::Laws && by_search {
            continue;
        }
        let after = match layer {
            Layer::Laws | Layer::Oracle => {
                number_after(&printed, "found by execution ").map(|n| (n, "execution"))
            }
            Layer::Search => number_after(&printed, "exhaustive search, after ").map(|n| (n, "state")),
            _ => None,
        };
        let by = format!("{}: {}", suite.tests[test].program.name, suite.tests[test].name);
        let seconds = processor_seconds() - before;
        let steps = number_after(&printed, "shrunk from ").zip(number_after(&printed, "after these steps ("));
        return Ok(Finding::Found(Found { by, seconds, after, steps }));
    }
    Ok(Finding::Missed(processor_seconds() - before))
}

/// The number that stands right after a text.
fn number_after(printed: &str, text: &str) -> Option<u64> {
    let rest = &printed[printed.find(text)? + text.len()..];
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// What `quipu explore --json` says, as far as it matters here.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Exploration {
    first_failure: Option<u64>,
}

/// Explores clusters with the bug on: ten seeds first, then as many as the patch asks for.
pub(crate) fn explore(quipu: &Path, patch: &Patch) -> Result<Finding, String> {
    if patch.explore.is_empty() {
        return Ok(Finding::Unreached);
    }
    let before = processor_seconds();
    for few in [true, false] {
        let mut command = Command::new(quipu);
        command.arg("explore").args(&patch.explore).args(["--json", "--shrink-runs", "0", "--jobs", "1"]);
        if few && let Some(seeds) = patch.explore.iter().position(|word| word == "--seeds") {
            let mut words = patch.explore.clone();
            "10".clone_into(&mut words[seeds + 1]);
            command = Command::new(quipu);
            command.arg("explore").args(words).args(["--json", "--shrink-runs", "0", "--jobs", "1"]);
        }
        let output = command.env("QUIPU_MUTANT", patch.number.to_string()).output();
        let output = output.map_err(|error| format!("cannot run {}: {error}", quipu.display()))?;
        let exploration: Exploration = serde_json::from_slice(&output.stdout).map_err(|error| {
            format!("{}: {error}\n{}", patch.name, String::from_utf8_lossy(&output.stderr))
        })?;
        if let Some(seed) = exploration.first_failure {
            return Ok(Finding::Found(Found {
                by: format!("quipu explore {}", patch.explore.join(" ")),
                seconds: processor_seconds() - before,
                after: Some((seed + 1, "seed")),
                steps: None,
            }));
        }
    }
    Ok(Finding::Missed(processor_seconds() - before))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_after_a_text_is_read() {
        assert_eq!(number_after("found by execution 17; again", "execution "), Some(17));
        assert_eq!(number_after("nothing", "execution "), None);
    }

    #[test]
    fn a_program_belongs_to_its_layers() {
        let layers = |package, program| {
            Layer::ALL.into_iter().filter(|layer| layer.has(package, program)).collect::<Vec<_>>()
        };
        assert_eq!(layers("quipu-crdt", "laws"), [Layer::Laws, Layer::Search]);
        assert_eq!(layers("quipu-crdt", "traps"), [Layer::Tests]);
        assert_eq!(layers("quipu-node", "peers"), [Layer::Nodes]);
    }
}
