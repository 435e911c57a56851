//! The steps of `cargo xtask test`: their names, their order, and how each is announced and timed.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crate::command::{cargo, run};
use crate::{determinism, end_to_end, lessons, proofs, readme, study, tools};

/// One check. The order of [`ALL`] is the order of running: cheap checks first.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    name: &'static str,
    what: &'static str,
    check: fn(&Path) -> Result<(), String>,
}

const ALL: [Step; 14] = [
    Step { name: "tools", what: "find what the steps need, install what is missing", check: tools::ensure },
    Step { name: "format", what: "cargo fmt --check", check: format },
    Step {
        name: "clippy",
        what: "cargo clippy --workspace --all-targets --all-features -- -D warnings",
        check: clippy,
    },
    Step {
        name: "docs",
        what: "RUSTDOCFLAGS=\"-D warnings\" cargo doc --workspace --no-deps --all-features",
        check: docs,
    },
    Step {
        name: "tests",
        what: "cargo test --workspace --all-features, but for the data types",
        check: tests,
    },
    Step {
        name: "laws",
        what: "cargo test --package quipu-crdt --all-features -- --nocapture: the data types, with counts of cases",
        check: laws,
    },
    Step {
        name: "proofs",
        what: "every proof checked by Coq, every theorem with what it rests on",
        check: proofs::step,
    },
    Step { name: "build", what: "cargo build --release --package quipu --bins", check: build },
    Step { name: "determinism", what: "seeds run twice, compared byte for byte", check: determinism::check },
    Step {
        name: "rates",
        what: "quipu rates --seeds 200: failure rates agree with the reference",
        check: rates,
    },
    Step {
        name: "lessons",
        what: "every lesson of `quipu learn`: figures, claims, site, skeletons",
        check: lessons::check,
    },
    Step { name: "study", what: "docs/compare is what `quipu compare` makes", check: study::check },
    Step { name: "readme", what: "the README's program in a fresh crate", check: readme::check },
    Step { name: "end-to-end", what: "real processes in real time, judged", check: end_to_end::check },
];

/// The steps named, in the order of running; all of them if none is named.
pub(crate) fn select(names: &[&str]) -> Result<Vec<Step>, String> {
    let unknown = names.iter().find(|name| ALL.iter().all(|step| step.name != **name));
    if let Some(name) = unknown {
        return Err(format!("unknown step `{name}` of `test`"));
    }
    let wanted = |step: &Step| names.is_empty() || names.contains(&step.name);
    Ok(ALL.into_iter().filter(wanted).collect())
}

/// Runs the steps in order and stops at the first that fails; the text is the last line to print.
#[expect(clippy::disallowed_methods, reason = "chores run in real time, and say how long they took")]
pub(crate) fn run_all(root: &Path, steps: &[Step]) -> Result<String, String> {
    let begin = Instant::now();
    for (index, step) in steps.iter().enumerate() {
        println!("==> {}/{} {}: {}", index + 1, steps.len(), step.name, step.what);
        let step_begin = Instant::now();
        let outcome = (step.check)(root);
        let seconds = step_begin.elapsed().as_secs_f64();
        outcome.map_err(|message| {
            format!("{message}\nFAILED: step `{}` after {seconds:.1} s; later steps did not run", step.name)
        })?;
        println!("<== {} passed in {seconds:.1} s", step.name);
    }
    Ok(format!("PASSED: {} steps in {:.1} s", steps.len(), begin.elapsed().as_secs_f64()))
}

fn format(root: &Path) -> Result<(), String> {
    run(cargo(root).args(["fmt", "--check"]))?;
    run(cargo(root).args(["fmt", "--check", "--manifest-path", "bench/Cargo.toml"]))?;
    run(cargo(root).args(["fmt", "--check", "--manifest-path", "mutation/Cargo.toml"]))
}

fn clippy(root: &Path) -> Result<(), String> {
    let deny = ["--", "-D", "warnings"];
    // Without features first: what only they need must not be missing or unused.
    run(cargo(root).args(["clippy", "--package", "quipu-crdt"]).args(deny))?;
    run(cargo(root).args(["clippy", "--workspace", "--all-targets", "--all-features"]).args(deny))?;
    run(cargo(&root.join("mutation")).args(["clippy", "--locked", "--all-targets"]).args(deny))
}

fn docs(root: &Path) -> Result<(), String> {
    run(cargo(root)
        .args(["doc", "--workspace", "--no-deps", "--all-features"])
        .env("RUSTDOCFLAGS", "-D warnings"))
}

fn tests(root: &Path) -> Result<(), String> {
    run(cargo(root).args(["test", "--workspace", "--all-features", "--exclude", "quipu-crdt"]))?;
    run(cargo(&root.join("mutation")).args(["test", "--locked"]))
}

/// Not captured: how many cases, executions and states were checked is part of the result.
fn laws(root: &Path) -> Result<(), String> {
    run(cargo(root).args(["test", "--package", "quipu-crdt", "--all-features", "--", "--nocapture"]))
}

pub(crate) fn build(root: &Path) -> Result<(), String> {
    run(cargo(root).args(["build", "--release", "--package", "quipu", "--bins"]))
}

/// The seeds are fixed, so that this cannot fail by chance, only by a change.
fn rates(root: &Path) -> Result<(), String> {
    run(Command::new(root.join("target/release/quipu")).args(["rates", "--seeds", "200"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(steps: &[Step]) -> Vec<&str> {
        steps.iter().map(|step| step.name).collect()
    }

    #[test]
    fn no_name_selects_every_step() {
        let selected = select(&[]).unwrap();
        assert_eq!(names(&selected), names(&ALL));
    }

    #[test]
    fn named_steps_run_in_the_fixed_order_whatever_order_they_are_named_in() {
        let selected = select(&["docs", "format"]).unwrap();
        assert_eq!(names(&selected), ["format", "docs"]);
    }

    #[test]
    fn an_unknown_step_is_refused_by_name() {
        let refusal = select(&["format", "lint"]).err().unwrap();
        assert!(refusal.contains("`lint`"), "{refusal}");
    }

    #[test]
    fn the_first_failing_step_is_named_last_and_stops_the_rest() {
        const PASSES: Step = Step { name: "one", what: "", check: |_| Ok(()) };
        const FAILS: Step = Step { name: "two", what: "", check: |_| Err("because".to_owned()) };
        const NEVER: Step = Step { name: "three", what: "", check: |_| panic!("must not run") };
        let message = run_all(Path::new("."), &[PASSES, FAILS, NEVER]).unwrap_err();
        assert!(message.starts_with("because\nFAILED: step `two`"), "{message}");
    }
}
